package logparse

// Cyrus IMAP (programs cyrus/imap, cyrus/pop3s, timsieved, lmtpunix ...). A login is
//
//	login: [host ][ip] user mechanism[+TLS] User logged in SESSIONID=<...>
//	badlogin: [host ][ip] mechanism [user ][SASL(-13): reason]
//
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
	r.ev.Reply = r.sub(s)
	for i := range cyrusTexts {
		if t := &cyrusTexts[i]; hasPrefix(s, t.text) {
			return r.sendKind(t.kind, t.class)
		}
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
	r.ev.Method = r.sub(mech)
	why := rest
	if i := index(rest, "SASL("); i >= 0 {
		user := trimRight(rest[:i])
		user, _ = cutSuffix(user, "[")
		r.ev.User, why = r.sub(trimRight(user)), rest[i:]
		if _, t, ok := cut(why, "): "); ok {
			why = t
		}
		why, _ = cutSuffix(why, "]")
	}
	r.ev.Reply, r.ev.Cause = r.sub(why), sendmailCause(why)
	if r.ev.Cause == CauseBackend {
		return r.sendKind(KindAuthError, ClassNone)
	}
	return r.sendKind(KindAuthFail, ClassNone)
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
	{"starttls: ", KindTLS, ClassNone},
	{"STARTTLS negotiation failed: ", KindTLSError, ClassNone},
	{"imaps TLS negotiation failed: ", KindTLSError, ClassNone},
	{"Delivered: ", KindOther, ClassNone}, // the MTA's delivery line has the recipient
	{"DBERROR", KindProcess, ClassError},
	{"IOERROR", KindProcess, ClassError},
}
