package logparse

// Cyrus IMAP (programs cyrus/imap, cyrus/pop3s, timsieved, lmtpunix ...). A login is
//
//	login: [host ][ip] user mechanism[+TLS] User logged in SESSIONID=<...>
//	badlogin: [host ][ip] mechanism (user) [SASL(-13): reason]
//	badlogin: [host ][ip] mechanism (user) reason
//
// with "[user ]" for "(user)" before 3.0.
// The host is what the resolver said, without blanks; user and reason come after
// the address, so nothing a client typed stands before it.

// parseCyrus reads one line of Cyrus IMAP.
func parseCyrus(r *record) bool {
	r.ev.MTA = Cyrus
	r.ev.Service = r.sub(r.name)
	s := r.msg()
	if t, ok := cutPrefix(s, "badlogin: "); ok {
		return cyrusBadLogin(r, t)
	}
	if t, ok := cutPrefix(s, "login: "); ok {
		return cyrusLogin(r, t)
	}
	if cyrusSession(r, s) {
		return true
	}
	if t, ok := cutPrefix(s, "sieve "); ok && cyrusSieve(r, t) {
		return true
	}
	if t, ok := cutPrefix(s, "Too many open connections ("); ok {
		return cyrusLimit(r, t)
	}
	r.ev.Reply = r.sub(s)
	if hasSuffix(s, "Logins must be at least 1 minute apart") || contains(s, ": Logins must be at least ") {
		return r.sendKind(KindRateLimit, ClassNone)
	}
	for i := range cyrusTexts {
		if t := &cyrusTexts[i]; hasPrefix(s, t.text) {
			return r.sendKind(t.kind, t.class)
		}
	}
	return false
}

// cyrusSession reads what tells of a session's TLS and of its end.
func cyrusSession(r *record, s []byte) bool {
	if t, ok := cutPrefix(s, "starttls: "); ok {
		version, cipher, _ := cut(t, " with cipher ")
		cipher, _ = word(cipher)
		r.ev.TLSVersion, r.ev.TLSCipher = r.sub(version), r.sub(cipher)
		return r.sendKind(KindTLS, ClassNone)
	}
	if t, ok := cutPrefix(s, "session ended: sessionid=<"); ok {
		id, t, _ := cut(t, "> userid=<")
		user, _, _ := cut(t, "> ")
		r.ev.Session, r.ev.User = r.sub(id), r.sub(user)
		return r.sendKind(KindDisconnect, ClassNone)
	}
	if what, peer, ok := cut(s, " negotiation failed: "); ok && (string(what) == "STARTTLS" || hasSuffix(what, "s TLS")) {
		cyrusPeer(r, peer)
		r.ev.Reply = r.sub(s)
		return r.sendKind(KindTLSError, ClassNone)
	}
	return false
}

// cyrusPeer reads "host [ip] ", "[ip] " or "host[ip] ".
func cyrusPeer(r *record, s []byte) (rest []byte, ok bool) {
	i := indexByte(s, '[')
	j := indexByte(s, ']')
	if i < 0 || j < i || indexByte(trimRight(s[:i]), ' ') >= 0 || !r.setClientIP(s[i+1:j]) {
		return s, false
	}
	r.ev.ClientName = r.sub(trimRight(s[:i]))
	r.ev.Has |= IsTrusted
	return trimLeft(s[j+1:]), true
}

func cyrusBadLogin(r *record, s []byte) bool {
	s, ok := cyrusPeer(r, s)
	if !ok {
		return false
	}
	mech, rest := word(s)
	if len(rest) == 0 {
		return false
	}
	r.ev.Method = r.sub(mech)
	why := cyrusUser(r, rest)
	r.ev.Reply, r.ev.Cause = r.sub(why), sendmailCause(why)
	switch {
	case hasPrefix(why, "invalid user"), hasPrefix(why, "bad userid authenticated"):
		r.ev.Cause = CauseUnknownUser
	case hasPrefix(why, "Login only available under a layer"), hasPrefix(why, "plaintext "):
		r.ev.Cause = CauseMechanism
	}
	switch {
	case r.ev.Cause == CauseBackend:
		return r.sendKind(KindAuthError, ClassNone)
	case r.ev.Cause == CauseNone && index(rest, "SASL(") < 0 && !cyrusNamed(mech, rest): // no reason that is known
		return false
	}
	return r.sendKind(KindAuthFail, ClassNone)
}

// cyrusNamed says that a mechanism and a name in parentheses stand there, whatever the
// reason behind them.
func cyrusNamed(mech, rest []byte) bool {
	if string(mech) != "plaintext" {
		for _, c := range mech {
			if 'a' <= c && c <= 'z' || !isKeyByte(c) {
				return false
			}
		}
	}
	return rest[0] == '(' && indexByte(rest, ')') > 0
}

// cyrusUser reads "(user) reason" and "user [SASL(-13): reason]"; the last SASL( is
// the server's, and so is the last ") " before a reason without one.
func cyrusUser(r *record, s []byte) (why []byte) {
	user, why := []byte(nil), s
	if i := lastIndex(s, "SASL("); i >= 0 {
		user, why = s[:i], s[i:]
		if _, t, ok := cut(why, "): "); ok {
			why = t
		}
		why, _ = cutSuffix(why, "]")
		user, _ = cutSuffix(trimRight(user), "[")
	} else if u, t, ok := cutLast(s, ") "); ok && hasPrefix(s, "(") {
		user, why = s[:len(u)+1], t
	}
	user = trimRight(user)
	if u, ok := cutPrefix(user, "("); ok {
		user, _ = cutSuffix(u, ")")
	}
	if string(user) != "-notset-" && string(r.ev.Bytes(r.b, r.ev.Method)) != "APOP" { // APOP: the challenge stands there
		r.ev.User = r.sub(user)
	}
	if t, ok := cutPrefix(why, "["); ok {
		why, _ = cutSuffix(t, "]")
	}
	return why
}

func cyrusLogin(r *record, s []byte) bool {
	s, ok := cyrusPeer(r, s)
	if !ok {
		return false
	}
	head, session, ok := cut(s, " User logged in")
	if !ok {
		return false
	}
	if i := lastIndexByte(head, ' '); i > 0 {
		r.ev.User, r.ev.Method = r.sub(head[:i]), r.sub(head[i+1:])
	}
	if _, id, ok := cut(session, "SESSIONID=<"); ok {
		id, _ = cutSuffix(id, ">")
		r.ev.Session = r.sub(id)
	}
	return r.sendKind(KindAuthOK, ClassNone)
}

// cyrusSieve reads "redirected: <id> to: a@b", "discarded: <id>" and "rejected: <id>
// to: a@b" of a delivery.
func cyrusSieve(r *record, s []byte) bool {
	what, t, ok := cut(s, ": <")
	if !ok {
		return false
	}
	class := ClassInfo
	switch string(what) {
	case "redirected":
		class = ClassRedirect
	case "discarded":
		class = ClassDiscard
	case "rejected", "LMTP rejected":
	default:
		return false
	}
	id, to, _ := cut(t, ">")
	r.setMessageID(id)
	if to, ok := cutPrefix(to, " to: "); ok {
		r.ev.To = r.sub(unangle(to))
	}
	r.ev.Reply = r.sub(s)
	return r.sendKind(KindPolicy, class)
}

// cyrusLimit reads "5 of 6 from host [ip], 3 of 3 for user)".
func cyrusLimit(r *record, s []byte) bool {
	_, peer, ok := cut(s, " from ")
	if !ok {
		return false
	}
	rest, ok := cyrusPeer(r, peer)
	if !ok {
		return false
	}
	if _, user, ok := cut(rest, " for "); ok {
		user, _ = cutSuffix(user, ")")
		r.ev.User = r.sub(user)
	}
	r.ev.Reply = r.sub(s[:len(s)-1])
	return r.sendKind(KindRateLimit, ClassNone)
}

var cyrusTexts = [...]struct {
	text  string
	kind  Kind
	class Class
}{
	{"accepted connection", KindConnect, ClassNone},
	{"executed", KindOther, ClassNone},
	{"ready for work", KindProcess, ClassStart},
	{"about to exec ", KindOther, ClassNone},
	{"USAGE ", KindOther, ClassNone},
	{"Delivered: ", KindOther, ClassNone}, // the MTA's delivery line has the recipient
	{"counts: ", KindOther, ClassNone},
	{"auditlog: ", KindOther, ClassNone},
	{"SASL ", KindOther, ClassNone}, // "badlogin" follows
	{"autocreateinbox: ", KindOther, ClassNone},
	{"autosubscribe", KindOther, ClassNone},
	{"recovering cyrus databases", KindOther, ClassNone},
	{"done recovering cyrus databases", KindOther, ClassNone},
	{"checkpointing cyrus databases", KindOther, ClassNone},
	{"done checkpointing cyrus databases", KindOther, ClassNone},
	{"skiplist: ", KindOther, ClassNone},
	{"twoskip: ", KindOther, ClassNone},
	{"inittls: ", KindOther, ClassNone},
	{"IDLE: ", KindProcess, ClassWarning},
	{"process type:", KindOther, ClassNone},
	{"graceful shutdown", KindOther, ClassNone},
	{"Connection reset by peer, closing connection", KindLost, ClassLost},
	{"Lost connection to client", KindLost, ClassLost},
	{"exiting on SIGTERM/SIGINT", KindProcess, ClassStop},
	{"attempting clean shutdown on ", KindProcess, ClassStop},
	{"All children have exited, closing down", KindOther, ClassNone},
	{"process started", KindProcess, ClassStart},
	{"verify error:", KindOther, ClassNone},
	{"failed to ", KindProcess, ClassError},
	{"unable to ", KindProcess, ClassError},
	{"sieve runtime error for ", KindOther, ClassNone},
	{"sieve parse error for ", KindOther, ClassNone},
	{"DBERROR", KindProcess, ClassError},
	{"IOERROR", KindProcess, ClassError},
}
