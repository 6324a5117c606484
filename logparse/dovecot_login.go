package logparse

// loginWords are the beginnings of a login process's line about a client that
// did not get in.
var loginWords = [...]string{
	"Disconnected", "Aborted login", "Login aborted", "Remote closed connection", "Client has quit the connection",
	"Connection closed", "Maximum number of connections", "Login failed", "Logged out",
}

// loginReason is one text in parentheses that says how far a client got.
type loginReason struct {
	text  string // what follows the '('
	kind  Kind
	cause Cause
}

var loginReasons = [...]loginReason{
	{"auth failed, ", KindAuthFail, CauseNone},
	{"no auth attempts", KindDisconnect, CauseNone},
	{"tried to use disallowed ", KindAuthFail, CauseMechanism}, // plaintext; 2.4: cleartext
	{"tried to use unsupported auth mechanism", KindAuthFail, CauseMechanism},
	{"sent invalid base64 in response", KindAuthFail, CauseMechanism},
	{"cert required", KindAuthFail, CauseMechanism},
	{"client sent an invalid cert", KindAuthFail, CauseMechanism},
	{"client didn't send a cert", KindAuthFail, CauseMechanism},
	{"client didn't start TLS", KindAuthFail, CauseMechanism},
	{"anonymous logins disabled", KindAuthFail, CauseMechanism},
	{"user disabled", KindAuthFail, CauseDisabled},
	{"login disabled", KindAuthFail, CauseDisabled},
	{"password expired", KindAuthFail, CauseDisabled},
	{"authorization failed", KindAuthFail, CauseNone},
	{"proxy dest auth failed", KindAuthFail, CauseNone},
	{"client didn't finish SASL auth", KindAuthAbort, CauseNone},
	{"disconnected while authenticating", KindAuthAbort, CauseNone},
	{"aborted authentication", KindAuthAbort, CauseNone},
	{"auth aborted by client", KindAuthAbort, CauseNone},
	{"disconnected while finishing login", KindAuthError, CauseBackend},
	{"auth service reported temporary failure", KindAuthError, CauseBackend},
	{"auth process communication failure", KindAuthError, CauseBackend},
	{"internal failure", KindAuthError, CauseBackend},
	{"disconnected before auth was ready", KindDisconnect, CauseNone},
	{"disconnected before greeting", KindDisconnect, CauseNone},
	{"tls handshake not finished", KindTLSError, CauseNone},
	{"tls handshaking not finished", KindTLSError, CauseNone},
}

// login reads the line of a login process: "text: user=<U>, method=M, rip=...".
func (l *dovecotLine) login() bool {
	head, tail, ok := cut(l.text, ": user=<")
	if !ok {
		return false
	}
	switch {
	case string(head) == "Login", string(head) == "Logged in":
		l.loginFields(tail)
		return l.r.sendKind(KindAuthOK, ClassNone)
	case hasPrefix(head, "proxy("), hasPrefix(head, "Started proxying to "):
		return l.proxied(head, tail)
	}
	if l.refused(head, tail) {
		return true
	}
	for _, w := range &loginWords {
		if hasPrefix(head, w) {
			tls := l.loginFields(tail)
			return l.loginFailed(head, tls)
		}
	}
	return false
}

// refused reads what auth_verbose makes the login process tell of a try that it
// answers by itself: "Authenticate PLAIN failed: why", "Login failed: why" (IMAP's LOGIN,
// POP3's USER and PASS), "APOP failed: why". The line at the end of the session
// counts the try again; only lines like these have a stage.
func (l *dovecotLine) refused(head, tail []byte) bool {
	what, why, ok := cut(head, " failed: ")
	if !ok {
		return false
	}
	if method, ok := cutPrefix(what, "Authenticate "); ok && !isWord(method) ||
		!ok && string(what) != "Login" && string(what) != "APOP" {
		return false
	}
	l.loginFields(tail)
	ev := &l.r.ev
	stage, _ := word(what)
	ev.Stage, ev.Reply = l.r.sub(stage), l.r.sub(why)
	if hasPrefix(why, "Aborted") {
		return l.r.sendKind(KindAuthAbort, ClassNone)
	}
	for _, t := range [...]string{"Unsupported authentication mechanism", "Invalid base64 ", "Plaintext authentication ", "Cleartext authentication ", "APOP not enabled"} {
		if hasPrefix(why, t) {
			ev.Cause = CauseMechanism
		}
	}
	return l.r.sendKind(KindAuthFail, ClassNone)
}

// proxied reads "proxy(user,host:port): Started proxying to <ip> (0.1 secs)", the
// "Disconnected by client" that ends it, and the backend's refusal.
func (l *dovecotLine) proxied(head, tail []byte) bool {
	l.loginFields(tail)
	l.r.ev.Reply = l.r.sub(head)
	switch {
	case contains(head, "tarted proxying to "):
		return l.r.sendKind(KindAuthOK, ClassNone)
	case contains(head, ": Disconnected by "), contains(head, ": disconnecting "):
		return l.r.sendKind(KindDisconnect, ClassNone)
	case contains(head, "ogin failed"):
		return l.r.sendKind(KindAuthFail, ClassNone)
	case contains(head, "timed out"), contains(head, "connect("), contains(head, "onnection "):
		l.r.ev.Cause = CauseBackend
		return l.r.sendKind(KindAuthError, ClassNone)
	}
	return false
}

// loginFields reads what follows "user=<". The name is attacker text and the
// order of the fields is fixed with the name first, so the last rip= is the
// daemon's. It returns the text about TLS, if any.
func (l *dovecotLine) loginFields(s []byte) (tls []byte) {
	r := l.r
	i := lastIndex(s, ", rip=")
	if i < 0 {
		if user, _, ok := cutLast(s, ">"); ok {
			r.ev.User = r.sub(user)
		}
		return nil
	}
	l.loginUser(s[:i])
	rest := s[i+len(", "):]
	for len(rest) > 0 {
		var f []byte
		f, rest, _ = cut(rest, ", ")
		switch key, val, _ := cutByte(f, '='); string(key) {
		case "rip":
			if r.setClientIP(val) {
				r.ev.Has |= IsTrusted
			}
		case "rport":
			r.ev.ClientPort, _ = parsePort(val)
		case "lport":
			r.ev.LocalPort, _ = parsePort(val)
		case "session":
			r.ev.Session = r.sub(unangle(val))
		case "lip", "mpid", "secured", "TLS":
		default:
			if hasPrefix(f, "TLS") || hasPrefix(f, "SSL") {
				l.loginTLS(f)
				tls = f
			}
		}
	}
	return tls
}

// loginUser reads "U>, method=M" or "U>".
func (l *dovecotLine) loginUser(s []byte) {
	if user, method, ok := cutLast(s, ">, method="); ok && isWord(method) {
		l.r.ev.User, l.r.ev.Method = l.r.sub(user), l.r.sub(method)
		return
	}
	user, _ := cutSuffix(s, ">")
	l.r.ev.User = l.r.sub(user)
}

// isWord says whether s is a mechanism or similar name: no blanks, no punctuation
// but '-' and '_'.
func isWord(s []byte) bool {
	for _, c := range s {
		if !isProcByte(c) {
			return false
		}
	}
	return len(s) > 0
}

// loginTLS reads "TLSv1.2 with cipher X (256/256 bits)".
func (l *dovecotLine) loginTLS(s []byte) {
	if version, cipher, ok := cut(s, " with cipher "); ok {
		name, _ := word(cipher)
		l.r.ev.TLSVersion, l.r.ev.TLSCipher = l.r.sub(version), l.r.sub(name)
	}
}

// loginFailed says what became of a client that did not get in, from the text
// before the fields and from what the fields say about TLS.
func (l *dovecotLine) loginFailed(head, tls []byte) bool {
	r := l.r
	r.ev.Reply = r.sub(head)
	text, _ := cutPrefix(head, "Login aborted: ")
	if limit, ok := cutPrefix(text, "Maximum number of connections"); ok {
		return l.loginLimit(limit)
	}
	if why := l.loginReason(head); why != nil && why.kind != KindDisconnect {
		r.ev.Cause = why.cause
		return r.sendKind(why.kind, ClassNone)
	}
	switch {
	case contains(tls, "handshaking"), contains(tls, "failed"), contains(head, "SSL_accept() failed"):
		if contains(tls, ": ") {
			r.ev.Reply = r.sub(tls)
		}
		return r.sendKind(KindTLSError, ClassNone)
	case contains(head, "Too many "):
		return r.sendKind(KindLost, ClassTooManyErrors)
	case contains(head, "Inactivity"):
		return r.sendKind(KindLost, ClassTimeout)
	case contains(head, "Input buffer full"):
		return r.sendKind(KindProtocol, ClassNone)
	}
	return r.sendKind(KindDisconnect, ClassNone)
}

// loginReason finds the reason in parentheses and reads its numbers.
func (l *dovecotLine) loginReason(head []byte) *loginReason {
	for i := range head {
		if head[i] != '(' {
			continue
		}
		for j := range loginReasons {
			if rest, ok := cutPrefix(head[i+1:], loginReasons[j].text); ok {
				l.attempts(rest)
				return &loginReasons[j]
			}
		}
	}
	return nil
}

// attempts reads "3 attempts in 12 secs)", each half of which may be absent; 2.4
// writes it behind every reason, after a comma.
func (l *dovecotLine) attempts(s []byte) {
	if i := index(s, ", "); i >= 0 && i < indexByte(s, ')') {
		s = s[i+len(", "):]
	}
	if n, rest, ok := leadUint(s); ok && hasPrefix(rest, " attempts") {
		l.r.ev.Count = uint32(min(n, 1<<20)) * max(1, l.r.count)
	}
	if _, t, ok := cut(s, " in "); ok {
		if n, _, ok := leadUint(t); ok {
			l.r.setDuration(float64(n))
		}
	} else if _, t, ok := cut(s, "waited "); ok {
		if n, _, ok := leadUint(t); ok {
			l.r.setDuration(float64(n))
		}
	}
}

// loginLimit reads " from user+IP exceeded (mail_max_userip_connections=10)".
func (l *dovecotLine) loginLimit(s []byte) bool {
	if _, inner, ok := cutByte(s, '('); ok {
		inner, _, _ = cutByte(inner, ')')
		name, val, _ := cutByte(inner, '=')
		l.r.ev.Limit = l.r.sub(name)
		if n, ok := parseUint(val); ok {
			l.r.setValue(float64(n))
		}
	}
	return l.r.sendKind(KindRateLimit, ClassNone)
}
