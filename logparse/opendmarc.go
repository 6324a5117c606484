package logparse

// parseOpenDMARC reads OpenDMARC's lines (opendmarc(8)):
//
//	QID: DOMAIN pass|fail|none                 dmarc; the domain is that of From
//	QID: SPF(mailfrom|helo): DOMAIN RESULT     spf, evaluated by OpenDMARC itself
//	QID: ignoring mail from HOST               other
func parseOpenDMARC(r *record) bool {
	s := r.msg()
	id, rest, ok := cutJob(s)
	if !ok {
		return r.dmarcIgnoring(s) || r.templated(s, openDMARCProcess[:])
	}
	r.ev.QueueID = r.sub(id)
	if in, ok := cutPrefix(rest, "SPF("); ok {
		return r.dmarcSPF(in)
	}
	if r.templated(rest, openDMARCJobs[:]) {
		return true
	}
	dom, word, ok := cutLast(rest, " ")
	if !ok || len(dom) == 0 || contains(dom, " ") || !isDMARCResult(word) {
		return false
	}
	r.ev.Domain, r.ev.ClassText, r.ev.Reply = r.sub(dom), r.sub(word), r.sub(rest)
	return r.sendKind(KindDMARC, ClassText)
}

func isDMARCResult(s []byte) bool {
	switch string(s) {
	case "pass", "fail", "none", "permerror", "temperror", "reject", "quarantine":
		return true
	}
	return false
}

// dmarcSPF reads "IDENTITY): DOMAIN RESULT".
func (r *record) dmarcSPF(s []byte) bool {
	identity, rest, ok := cut(s, "): ")
	dom, word, ok2 := cutLast(rest, " ")
	if !ok || !ok2 || string(identity) != "mailfrom" && string(identity) != "helo" {
		return false
	}
	switch string(word) {
	case "pass", "fail", "none", "neutral", "softfail", "permerror", "temperror", "unknown":
	default:
		return false
	}
	r.ev.Method, r.ev.Domain, r.ev.ClassText = r.sub(identity), r.sub(dom), r.sub(word)
	return r.sendKind(KindSPF, ClassText)
}

// dmarcIgnoring reads "QID ignoring Authentication-Results at N from HOST", the
// one line without a colon behind the id.
func (r *record) dmarcIgnoring(s []byte) bool {
	id, rest := word(s)
	if !hasPrefix(rest, "ignoring Authentication-Results at ") {
		return false
	}
	r.ev.QueueID = r.sub(id)
	return r.sendKind(KindOther, ClassNone)
}

var openDMARCJobs = [...]note{
	{"ignoring mail from ", "", KindOther, ClassNone},
	{"ignoring invalid ", " header", KindOther, ClassNone},
	{"RFC5322 requirement error: ", "", KindFilter, ClassOther},
	{"unable to parse From header field", "", KindFilter, ClassOther},
	{"multi-valued From field detected", "", KindFilter, ClassOther},
	{"can't extract SPF address from ", "", KindOther, ClassNone},
	{"unable to parse validated SPF address ", "", KindOther, ClassNone},
	{"ARC pass, policy ", "", KindFilter, ClassOther},
	{"opendmarc_policy_", " returned status ", KindProcess, ClassError},
	{"smfi_", " failed", KindProcess, ClassError},
	{"unable to create buffer for failure report", "", KindProcess, ClassError},
	{"popen(): ", "", KindProcess, ClassError},
	{"pclose() ", "", KindProcess, ClassError},
}

var openDMARCProcess = [...]note{
	{"OpenDMARC Filter v", " starting (", KindProcess, ClassStart},
	{"OpenDMARC Filter v", " terminating with status 0", KindProcess, ClassStop},
	{"OpenDMARC Filter v", " terminating with ", KindProcess, ClassError},
	{"OpenDMARC Filter: mi_stop=", "", KindOther, ClassNone},
	{"OpenDMARC Filter: Opening listen socket on conn ", "", KindOther, ClassNone},
	{"OpenDMARC Filter: Unable to ", "", KindProcess, ClassError},
	{"additional trusted authentication services: ", "", KindOther, ClassNone},
	{"configuration reloaded from ", "", KindProcess, ClassReload},
	{"trusted authentication services: ", "", KindOther, ClassNone},
}
