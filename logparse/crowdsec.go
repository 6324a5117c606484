package logparse

// parseCrowdSec reads crowdsec.log and the firewall bouncer's log, lines of logfmt
// (https://docs.crowdsec.net), in their own files or behind a syslog tag:
//
//	time="..." level=info msg="Ip 192.0.2.1 performed 'crowdsecurity/postfix-spam' (6 events over 5s) at ..."
//	time="22-11-2026 04:04:41" level=info msg="(MACHINE/crowdsec) crowdsecurity/postfix-spam by ip 192.0.2.1 (XX/64500) : 4h ban on Ip 192.0.2.1"
//
// The decision is the ban, its class the scenario; "performed" tells of the same
// before and is of kind filter. Scenario and address are CrowdSec's own words.
func parseCrowdSec(r *record) bool {
	level, msg, ok := logfmt(r.msg())
	if !ok {
		return false
	}
	if r.crowdsecDecision(msg) || r.crowdsecAlert(msg) || r.crowdsecAPI(msg) {
		return true
	}
	if r.templated(msg, crowdsecNotes[:]) {
		return true
	}
	switch string(level) {
	case "warning":
		return r.unmatched(msg, ClassWarning)
	case "error":
		return r.unmatched(msg, ClassError)
	case "fatal":
		return r.unmatched(msg, ClassFatal)
	case "panic":
		return r.unmatched(msg, ClassPanic)
	}
	return false
}

// logfmt finds level= and msg= of a line; a quoted message comes without quotes.
func logfmt(s []byte) (level, msg []byte, ok bool) {
	for key, val, rest, more := nextField(s, " "); more; key, val, rest, more = nextField(rest, " ") {
		switch string(key) {
		case "level":
			level = val
		case "msg":
			return level, unquote(val), level != nil
		}
	}
	return nil, nil, false
}

// crowdsecDecision reads "(MACHINE/ORIGIN) SCENARIO by ip A (CC/ASN) : 4h ban on Ip A".
func (r *record) crowdsecDecision(s []byte) bool {
	if len(s) == 0 || s[0] != '(' {
		return false
	}
	_, rest, ok := cut(s, ") ")
	head, decision, ok2 := cutLast(rest, " : ")
	if !ok || !ok2 {
		return false
	}
	_, what := word(decision)
	what, target, ok := cut(what, " on ")
	if !ok || string(what) != "ban" && string(what) != "captcha" && string(what) != "throttle" {
		return false
	}
	scope, value := word(target)
	if !equalFold(scope, "ip") && !equalFold(scope, "range") {
		return false
	}
	scenario, _, _ := cut(head, " by ")
	ip, _, _ := cutByte(value, '/')
	if !r.daemonIP(ip) {
		return false
	}
	r.ev.ClassText, r.ev.Reply = r.sub(scenario), r.sub(decision)
	return r.sendKind(KindBan, ClassText)
}

// crowdsecAlert reads "Ip A performed 'SCENARIO' (6 events over 5s) at STAMP".
func (r *record) crowdsecAlert(s []byte) bool {
	head, rest, ok := cut(s, " performed '")
	if !ok {
		return false
	}
	_, ip := word(head)
	scenario, rest, ok := cut(rest, "' (")
	if !ok || !r.daemonIP(ip) {
		return false
	}
	if n, _, ok := leadUint(rest); ok {
		r.setValue(float64(n))
	}
	r.ev.ClassText = r.sub(scenario)
	return r.sendKind(KindFilter, ClassText)
}

// crowdsecAPI reads a request to the local API, "192.0.2.5 - [STAMP] \"GET /v1/..":
// one that deletes the decisions about an address lifts its ban.
func (r *record) crowdsecAPI(s []byte) bool {
	from, rest, ok := cut(s, " - [")
	_, request, ok2 := cut(rest, `] \"`)
	if _, isAddr := parseAddr(from); !ok || !ok2 || !isAddr {
		return false
	}
	method, path := word(request)
	if !hasPrefix(path, "/v1/") && !hasPrefix(path, "/v3/") && !hasPrefix(path, "/v2/") {
		return false
	}
	ip, deletes := cutPrefix(path, "/v1/decisions?ip=")
	if !deletes || string(method) != "DELETE" {
		return r.sendKind(KindOther, ClassNone)
	}
	ip, rest = word(ip)
	if !hasPrefix(rest, "HTTP/1.1 200 ") {
		return r.sendKind(KindOther, ClassNone)
	}
	ip, _, _ = cutByte(ip, '&')
	if !r.daemonIP(ip) { // an IPv6 address comes percent-encoded
		return r.sendKind(KindOther, ClassNone)
	}
	r.ev.Reply = r.sub(ip)
	return r.sendKind(KindUnban, ClassNone)
}

var crowdsecNotes = [...]note{
	{"unable to register plugin '", "", KindProcess, ClassError},
	{"Successfully registered enricher '", "", KindOther, ClassNone},
	{"No postoverflow parsers to load", "", KindOther, ClassNone},
	{"Communication with CrowdSec Central API disabled", "", KindOther, ClassNone},
	{"push and pull to Central API disabled", "", KindOther, ClassNone},
	{"You are using sqlite without WAL", "", KindOther, ClassNone},
	{"loading acquisition file : ", "", KindOther, ClassNone},
	{"Starting ", "processing routines", KindOther, ClassNone},
	{"Crowdsec v", "", KindOther, ClassNone},
	{"crowdsec v", "", KindOther, ClassNone},
	{"Starting processing data", "", KindOther, ClassNone},
	{"CrowdSec Local API listening on ", "", KindProcess, ClassStart},
	{"Starting crowdsec-", "", KindProcess, ClassStart},
	{"Loaded ", " nodes", KindOther, ClassNone},
	{"Loaded ", " scenarios", KindOther, ClassNone},
	{"Loading ", "grok library ", KindOther, ClassNone},
	{"Loading enrich plugins", "", KindOther, ClassNone},
	{"Loading ", " files", KindOther, ClassNone},
	{"Loading prometheus collectors", "", KindOther, ClassNone},
	{"Loading CAPI ", "", KindOther, ClassNone},
	{"Adding leaky bucket", "", KindOther, ClassNone},
	{"Adding file ", " to datasources", KindOther, ClassNone},
	{"Adding trigger bucket", "", KindOther, ClassNone},
	{"Adding overflow blackhole", "", KindOther, ClassNone},
	{"Overflow discarded", "", KindOther, ClassNone},
	{"Signal push: ", "", KindOther, ClassNone},
	{"capi metrics: ", "", KindOther, ClassNone},
	{"capi/community-blocklist : ", "", KindOther, ClassNone},
	{"Start push to CrowdSec Central API", "", KindOther, ClassNone},
	{"Start pull from CrowdSec Central API", "", KindOther, ClassNone},
	{"Start send metrics to CrowdSec Central API", "", KindOther, ClassNone},
	{"SIGTERM received", "", KindProcess, ClassStop},
	{"SIGHUP received", "", KindProcess, ClassReload},
	{"shutting down", "", KindOther, ClassNone},
	{"Shutting down", "", KindProcess, ClassStop},
	{"adding '", "' for '", KindOther, ClassNone},
	{"backend type : ", "", KindOther, ClassNone},
	{"Processing new and deleted decisions", "", KindOther, ClassNone},
	{"", " decisions added", KindOther, ClassNone},
	{"", " decision added", KindOther, ClassNone},
	{"", " decisions deleted", KindOther, ClassNone},
	{"", " decision deleted", KindOther, ClassNone},
}
