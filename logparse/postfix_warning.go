package logparse

// postfixLevel reads "warning: ", "error: ", "fatal: " and "panic: " lines, the
// level word taken off. Some are facts about a client; the others are the
// daemon's own trouble, kind process: those that no template knows are marked
// IsUnmatched and counted as unknown.
func (r *record) postfixLevel(class Class, s []byte) bool {
	if id, rest, ok := cutQueueID(s); ok {
		if string(id) != "NOQUEUE" {
			r.ev.QueueID = r.sub(id)
		}
		s = rest
	}
	if class == ClassWarning && r.pfWarning(s) {
		return true
	}
	known := isTrouble(s) || knownAnywhere(s)
	if !known && r.guess {
		return false
	}
	id, service, mta := r.ev.QueueID, r.ev.Service, r.ev.MTA
	r.clear() // what the templates above have set on their way
	r.ev.QueueID, r.ev.Service, r.ev.MTA = id, service, mta
	if !known {
		r.ev.Has |= IsUnmatched
	}
	r.ev.Kind, r.ev.Class = KindProcess, class
	r.send()
	return true
}

// pfWarning reads the warnings that tell something about a client or a limit.
func (r *record) pfWarning(s []byte) bool {
	var h hostAddr
	if rest, ok := h.cut(s); ok {
		if t, ok := cutPrefix(rest, ": SASL "); ok {
			return r.pfSASLWarning(&h, t)
		}
		if hasPrefix(rest, ": ") && r.pfClientWarning(&h, rest[2:]) {
			return true
		}
	}
	if len(s) == 0 {
		return false
	}
	switch s[0] {
	case 'h':
		if t, ok := cutPrefix(s, "hostname "); ok {
			return r.pfHostname(t)
		}
	case 'n', 'i', 'I', 'b':
		if r.pfProtocol(s) {
			return true
		}
	case 's':
		if t, ok := cutPrefix(s, "service \""); ok {
			return r.pfProcessLimit(t)
		}
	case 'S':
		if t, ok := cutPrefix(s, "SASL: Connect to "); ok {
			r.ev.Kind, r.ev.Cause, r.ev.Reply = KindAuthError, CauseBackend, r.sub(t)
			r.send()
			return true
		}
	case 'T':
		if t, ok := cutPrefix(s, "TLS library problem: "); ok {
			return r.pfTLSFailed(t)
		}
	case 'W':
		if t, ok := cutPrefix(s, "Wrapper-mode request dropped from "); ok {
			rest, ok := r.pfClient(t)
			return ok && r.pfTLSFailed(trimLeft(rest))
		}
	}
	return r.pfRateLimit(s) || r.pfTLSRefused(s) || r.pfOldHostname(s) || r.pfOther(pfOtherWarnings[:], s)
}

// pfSASLWarning reads "METHOD authentication failed: reason[, sasl_username=U]"
// and "METHOD authentication aborted". The method is what the client asked for;
// the user name, attacker text, runs to the end of the line.
func (r *record) pfSASLWarning(h *hostAddr, s []byte) bool {
	method, rest, ok := cut(s, " authentication ")
	if !ok || !r.setClient(h) {
		return false
	}
	r.ev.Has |= IsTrusted
	r.ev.Method = r.sub(method)
	switch {
	case hasPrefix(rest, "aborted"):
		r.ev.Kind = KindAuthAbort
		_, user, _ := cut(rest, ", sasl_username=")
		r.pfLogin(user)
	case hasPrefix(rest, "failed"):
		reason := trimLeft(trimPrefix(rest[len("failed"):], ":"))
		reason, user, _ := cut(reason, ", sasl_username=")
		r.pfLogin(user)
		r.ev.Reply = r.sub(reason)
		r.ev.Kind, r.ev.Cause = pfSASLCause(reason)
	default:
		return false
	}
	r.send()
	return true
}

// pfLogin sets the user; "(unavailable)" is what smtpd writes without one.
func (r *record) pfLogin(user []byte) {
	if string(user) != "(unavailable)" {
		r.ev.User = r.sub(user)
	}
}

// pfSASLCause sorts the reason that the SASL server gave: Cyrus SASL's messages and
// Dovecot's, as logged by smtpd.
func pfSASLCause(reason []byte) (Kind, Cause) {
	switch string(reason) {
	case "", "(reason unavailable)", "UGFzc3dvcmQ6", "VXNlcm5hbWU6": // the challenges "Password:", "Username:"
		return KindAuthFail, CauseNone
	}
	if i := pfSASLReasonSet.find(reason); i >= 0 {
		return pfSASLReasons[i].kind, pfSASLReasons[i].cause
	}
	return KindAuthFail, CauseNone
}

var pfSASLReasons = [...]struct {
	text  string
	kind  Kind
	cause Cause
}{
	{"Connection lost to authentication server", KindAuthError, CauseBackend},
	{"onnect to saslauthd", KindAuthError, CauseBackend},
	{"onnection to authentication server", KindAuthError, CauseBackend},
	{"onnect to Dovecot", KindAuthError, CauseBackend},
	{"generic failure", KindAuthError, CauseBackend},
	{"emporary authentication failure", KindAuthError, CauseBackend},
	{"nternal error", KindAuthError, CauseBackend},
	{"user not found", KindAuthFail, CauseUnknownUser},
	{"nknown user", KindAuthFail, CauseUnknownUser},
	{"no secret in database", KindAuthFail, CauseUnknownUser},
	{"nvalid authentication mechanism", KindAuthFail, CauseMechanism},
	{"no mechanism available", KindAuthFail, CauseMechanism},
	{"nsupported authentication mechanism", KindAuthFail, CauseMechanism},
	{"mechanism too weak", KindAuthFail, CauseMechanism},
	{"ccount is disabled", KindAuthFail, CauseDisabled},
	{"ccount disabled", KindAuthFail, CauseDisabled},
	{"user disabled", KindAuthFail, CauseDisabled},
	{"xpired", KindAuthFail, CauseDisabled},
	{"assword mismatch", KindAuthFail, CausePassword},
	{"bad password", KindAuthFail, CausePassword},
	{"incorrect password", KindAuthFail, CausePassword},
	{"authentication failure", KindAuthFail, CausePassword},
	{"Authentication failed", KindAuthFail, CausePassword},
}

var pfSASLReasonSet = newWordSet(len(pfSASLReasons), func(i int) string { return pfSASLReasons[i].text })

var pfRateLimits = [...]string{
	"Connection concurrency", "Connection rate", "Message delivery request rate", "Recipient address rate",
	"New TLS session rate", "AUTH command rate",
}

// pfRateLimit reads "Connection rate limit exceeded: 45 from name[addr] for
// service 127.0.0.1:25".
func (r *record) pfRateLimit(s []byte) bool {
	for _, name := range pfRateLimits {
		if !hasPrefix(s, name) {
			continue
		}
		rest, ok := cutPrefix(s[len(name):], " limit exceeded: ")
		if !ok {
			return false
		}
		n, rest, ok := leadUint(rest)
		if !ok {
			return false
		}
		if rest, ok = cutPrefix(rest, " from "); !ok {
			return false
		}
		if rest, ok = r.pfClient(rest); !ok {
			return false
		}
		r.setValue(float64(n))
		if service, ok := cutPrefix(rest, " for service "); ok {
			r.ev.Service = r.sub(service)
		}
		return r.pfLimit(s[:len(name)])
	}
	return false
}

// pfTLSRefused reads "Refusing STARTTLS request from name[addr] for service S" and
// "Refusing TLS service request ..": the client is over
// smtpd_client_new_tls_session_rate_limit.
func (r *record) pfTLSRefused(s []byte) bool {
	rest, ok := cutPrefix(s, "Refusing ")
	if !ok {
		return false
	}
	name, rest, ok := cut(rest, " request from ")
	if !ok || string(name) != "STARTTLS" && string(name) != "TLS service" {
		return false
	}
	if rest, ok = r.pfClient(rest); !ok {
		return false
	}
	service, ok := cutPrefix(rest, " for service ")
	if !ok {
		return false
	}
	r.ev.Service = r.sub(service)
	return r.pfLimit(name)
}

func (r *record) pfLimit(name []byte) bool {
	r.ev.Limit = r.sub(name)
	r.ev.Kind, r.ev.Class, r.ev.ClassText = KindRateLimit, ClassText, r.sub(name)
	r.send()
	return true
}

// pfProcessLimit reads `smtp" (25) has reached its process limit "40": ...`.
func (r *record) pfProcessLimit(s []byte) bool {
	name, rest, ok := cut(s, "\" (")
	if !ok {
		return false
	}
	at := index(rest, ") has reached its process limit \"")
	if at < 0 {
		return false
	}
	limit := rest[at+len(") has reached its "):]
	n, _, ok := leadUint(limit[len("process limit \""):])
	if !ok {
		return false
	}
	r.setValue(float64(n))
	r.ev.Service = r.sub(name)
	return r.pfLimit(limit[:len("process limit")])
}

// pfHostname reads "H does not resolve to address ADDR[: why]".
func (r *record) pfHostname(s []byte) bool {
	name, rest := word(s)
	rest, ok := cutPrefix(rest, "does not resolve to address ")
	if !ok {
		return false
	}
	addr, why, _ := cut(rest, ": ")
	if !r.setClientIP(addr) {
		return false
	}
	return r.pfFCrDNS(name, why)
}

// pfOldHostname reads "ADDR: hostname H verification failed: why" and "ADDR:
// address not listed for hostname H" (before 2.8).
func (r *record) pfOldHostname(s []byte) bool {
	addr, rest, ok := cut(s, ": ")
	if !ok || len(addr) > 45 || !r.setClientIP(addr) {
		return false
	}
	if name, ok := cutPrefix(rest, "address not listed for hostname "); ok {
		return r.pfFCrDNS(name, nil)
	}
	if t, ok := cutPrefix(rest, "hostname "); ok {
		name, t := word(t)
		if why, ok := cutPrefix(t, "verification failed"); ok {
			return r.pfFCrDNS(name, trimPrefix(why, ": "))
		}
	}
	return false
}

func (r *record) pfFCrDNS(name, why []byte) bool {
	r.ev.Kind = KindFCrDNS
	r.ev.ClientName, r.ev.Reply = r.sub(name), r.sub(why)
	r.ev.Has |= IsTrusted
	r.send()
	return true
}

// pfProtocols are abuses of the protocol; the client follows, then the stage or
// what was sent, which is attacker text.
var pfProtocols = [...]struct {
	prefix string
	name   int // how much of prefix is the name of the abuse
	stage  bool
}{
	{"non-SMTP command from ", len("non-SMTP command"), false},
	{"improper command pipelining after ", len("improper command pipelining"), true},
	{"Illegal address syntax from ", len("Illegal address syntax"), false},
	{"bare <LF> received after ", len("bare <LF> received"), true},
	{"bad address syntax from ", len("bad address syntax"), false},
}

func (r *record) pfProtocol(s []byte) bool {
	for i := range pfProtocols {
		p := &pfProtocols[i]
		rest, ok := cutPrefix(s, p.prefix)
		if !ok {
			continue
		}
		if p.stage {
			var stage []byte
			stage, rest = word(rest)
			r.ev.Stage = r.sub(stage)
			if rest, ok = cutPrefix(rest, "from "); !ok {
				return false
			}
		}
		if rest, ok = r.pfClient(rest); !ok {
			return false
		}
		r.ev.Reply = r.sub(trimPrefix(trimPrefix(rest, ":"), " "))
		r.ev.Kind, r.ev.Class, r.ev.ClassText = KindProtocol, ClassText, r.sub(s[:p.name])
		r.send()
		return true
	}
	return false
}

// pfClientWarning reads "name[addr]: TEXT" warnings that are not about SASL.
func (r *record) pfClientWarning(h *hostAddr, s []byte) bool {
	if !matchTemplate(pfClientProtocol[:], s) || !r.setClient(h) {
		return false
	}
	r.ev.Has |= IsTrusted
	r.ev.Reply = r.sub(s)
	r.ev.Kind = KindProtocol
	r.send()
	return true
}

var pfClientProtocol = [...]template{
	{"sent message header instead of SMTP command: ", ""},
	{"sent non-SMTP command", ""},
	{"sent SMTP command after ", ""},
	{"request longer than ", ""},
	{"message length ", ""},
	{"header size ", ""},
	{"bad command", ""},
	{"too many recipients", ""},
}

// pfOtherWarnings are detail lines: the fact they tell is counted elsewhere.
var pfOtherWarnings = [...]template{
	{"SASL authentication failure: ", ""},
	{"SASL authentication problem: ", ""},
	{"to avoid this condition, increase the process count", ""},
	{"to avoid this condition, reduce the service time per client", ""},
	{"see http", "STRESS_README"},
	{"see the Postfix mail logfile for details", ""},
	{"you may need to increase the main.cf ", ""},
	{"please avoid flushing the whole queue when you have", ""},
	{"lots of deferred mail, that is bad for performance", ""},
	{"to turn off these warnings specify: ", ""},
	{"this may slow down other mail deliveries", ""},
	{"you may need to reduce ", ""},
}
