package logparse

// session reads a line that belongs to no message: SMTP sessions, refusals,
// logins, and the daemon itself.
func (l *eximLine) session() bool {
	if t, ok := cutPrefix(l.s, "H="); ok {
		l.s = t
		return l.hostLine()
	}
	if t, ok := cutPrefix(l.s, "U="); ok {
		user, rest := word(t)
		l.r.ev.User = l.r.sub(user)
		l.s = rest
		return l.aclText()
	}
	for _, i := range eximSessionIndex.of(l.s) {
		if e := &eximSessions[i]; hasPrefix(l.s, e.text) {
			l.s = l.s[len(e.text):]
			return e.read(*l, e)
		}
	}
	return l.authFailed() || l.customWarning() || l.daemon()
}

// eximTemplate is a line that begins with a fixed text.
type eximTemplate struct {
	text  string
	kind  Kind
	class Class
	read  func(eximLine, *eximTemplate) bool
}

// eximSessions are the lines outside a message by what they begin with.
var eximSessions = [...]eximTemplate{
	{"Connection from ", KindRateLimit, ClassNone, eximLine.refused},
	{"no host name found for IP address ", KindFCrDNS, ClassNone, eximLine.noName},
	{"no IP address found for host ", KindFCrDNS, ClassNone, eximLine.noAddress},
	{"IP address ", KindFCrDNS, ClassNone, eximLine.noName},
	{"SMTP syntax error in ", KindProtocol, ClassNone, eximLine.badCommand},
	{"SMTP protocol error in ", KindProtocol, ClassNone, eximLine.badCommand},
	{"SMTP protocol synchronization error ", KindProtocol, ClassNone, eximLine.tooEarly},
	{"SMTP protocol violation: synchronization error ", KindProtocol, ClassNone, eximLine.tooEarly},
	{"SMTP call from ", KindLost, ClassTooManyErrors, eximLine.dropped},
	{"SMTP command timeout on ", KindLost, ClassTimeout, eximLine.timeout},
	{"SMTP data timeout (message abandoned) on ", KindLost, ClassTimeout, eximLine.timeout},
	{"SMTP connection from ", KindConnect, ClassNone, eximLine.connection},
	{"SMTP connection Ci=", KindConnect, ClassNone, eximLine.numberedConnection},
	{"unexpected disconnection while reading SMTP command from ", KindLost, ClassLost, eximLine.from},
	{"unexpected TLS disconnection while reading SMTP command from ", KindLost, ClassLost, eximLine.from},
	{"unexpected disconnection while reading SMTP data from ", KindLost, ClassLost, eximLine.from},
	{"no MAIL in SMTP connection from ", KindDisconnect, ClassNone, eximLine.noMail},
	{"ETRN ", KindOther, ClassNone, eximLine.etrn},
	{"no MAIL in TLS SMTP connection from ", KindDisconnect, ClassNone, eximLine.noMail},
	{"no RCPT in SMTP connection from ", KindDisconnect, ClassNone, eximLine.noMail},
	{"TLS error on connection from ", KindTLSError, ClassNone, eximLine.tlsError},
	{"TLS error on connection Ci=", KindTLSError, ClassNone, eximLine.numberedTLSError},
	{"TLS error on connection to ", KindTLSError, ClassNone, eximLine.plain},
	{"TLS error on ", KindTLSError, ClassNone, eximLine.plain},
	{"TLS session failure: ", KindTLSError, ClassNone, eximLine.plain},
	{"rejected ", KindReject, ClassProtocol, eximLine.rejectedEarly},
	{"unqualified recipient rejected: ", KindReject, ClassRecipient, eximLine.unqualified},
	{"unqualified sender rejected: ", KindReject, ClassSender, eximLine.unqualified},
	{"unqualified verify rejected: ", KindReject, ClassProtocol, eximLine.unqualified},
	{"unqualified expand rejected: ", KindReject, ClassProtocol, eximLine.unqualified},
	{"refused connection from ", KindReject, ClassPolicy, eximLine.refusedHost},
	{"temporarily refused connection from ", KindRateLimit, ClassNone, eximLine.refusedHost},
	{"too many recipients: ", KindReject, ClassRate, eximLine.tooManyRecipients},
	{"refused relay ", KindReject, ClassRelayDenied, eximLine.plain},
	{"Start queue run: pid=", KindOther, ClassNone, eximLine.plain},
	{"End queue run: pid=", KindOther, ClassNone, eximLine.plain},
	{"Start '", KindOther, ClassNone, eximLine.plain}, // of a named queue
	{"End '", KindOther, ClassNone, eximLine.plain},
	{"cwd=", KindOther, ClassNone, eximLine.arguments},
	{"Warning: ", KindProcess, ClassWarning, eximLine.plain},
	{"WARNING: ", KindProcess, ClassWarning, eximLine.plain},
}

var eximSessionIndex = indexTexts(len(eximSessions), func(i int) string { return eximSessions[i].text })

// plain sends the template as it is.
func (l eximLine) plain(t *eximTemplate) bool {
	if t.kind != KindOther {
		l.r.ev.Reply = l.r.sub(l.s)
	}
	return l.r.sendKind(t.kind, t.class)
}

// from reads a host part and keeps the rest as text.
func (l eximLine) from(t *eximTemplate) bool {
	if !l.cutPeer() {
		return false
	}
	l.ending()
	return l.r.sendKind(t.kind, t.class)
}

// ending reads " D=12s" and what else follows a host part.
func (l *eximLine) ending() {
	s := trimLeft(l.s)
	l.r.ev.Reply = l.r.sub(s)
	if i := index(s, "D="); i == 0 || i > 0 && s[i-1] == ' ' {
		w, _ := word(s[i+2:])
		if d, ok := eximSeconds(w); ok {
			l.r.setDuration(d)
		}
	}
}

// refused reads "Connection from HOST refused: too many connections".
func (l eximLine) refused(t *eximTemplate) bool {
	if !l.cutPeer() {
		return false
	}
	why, ok := cutPrefix(l.s, " refused: ")
	if !ok {
		if why, ok = cutPrefix(l.s, " temporarily refused: "); !ok {
			return false
		}
	}
	l.r.ev.Reply = l.r.sub(why)
	if !hasPrefix(why, "too many connections") && !hasPrefix(why, "load average") {
		return l.r.sendKind(KindReject, ClassOther)
	}
	limit, load, _ := cut(why, " = ")
	l.r.ev.Limit = l.r.sub(limit)
	if f, _, ok := leadFloat(load); ok {
		l.r.setValue(f)
	}
	return l.r.sendKind(t.kind, t.class)
}

// refusedHost reads "HOST (host_reject_connection)" and "HOST: not in reserve list:
// connected=20 max=20 reserve=5".
func (l eximLine) refusedHost(t *eximTemplate) bool {
	if !l.cutPeer() {
		return false
	}
	why, _ := cutPrefix(l.s, ":")
	l.r.ev.Reply = l.r.sub(trimLeft(why))
	if t.kind == KindRateLimit {
		l.r.ev.Limit = l.r.ev.Reply
	} else {
		l.r.ev.Code, l.r.ev.Has = 554, l.r.ev.Has|HasCode
	}
	return l.r.sendKind(t.kind, t.class)
}

// tooManyRecipients reads "message rejected: sender=<a@b> H=HOST".
func (l eximLine) tooManyRecipients(t *eximTemplate) bool {
	_, s, ok := cut(l.s, "sender=")
	if !ok {
		return false
	}
	from, rest := cutEximAddr(s)
	l.r.setFrom(from)
	if l.s, ok = cutPrefix(rest, "H="); ok {
		l.cutPeer()
	}
	l.r.ev.Code, l.r.ev.Has = 452, l.r.ev.Has|HasCode
	return l.r.sendKind(t.kind, t.class)
}

// noName reads "no host name found for IP address IP" and "IP address IP could not
// be looked up".
func (l eximLine) noName(t *eximTemplate) bool {
	ip, rest := word(l.s)
	if !l.r.setClientIP(ip) {
		return false
	}
	l.r.ev.Has |= IsTrusted
	l.r.ev.Reply = l.r.sub(rest)
	return l.r.sendKind(t.kind, t.class)
}

// noAddress reads "no IP address found for host NAME (during SMTP connection from
// HOST)".
func (l eximLine) noAddress(t *eximTemplate) bool {
	name, rest := word(l.s)
	if s, ok := cutPrefix(rest, "(during SMTP connection from "); ok {
		l.s = s
		l.cutPeer()
	}
	l.r.ev.ClientName = l.r.sub(name)
	return l.r.sendKind(t.kind, t.class)
}

// badCommand reads `"COMMAND" H=HOST reason`. The command is the client's, the
// reason may quote it: with two places that look like the host there is no telling.
func (l eximLine) badCommand(t *eximTemplate) bool {
	const mark = `" H=`
	i := index(l.s, mark)
	if i < 1 || l.s[0] != '"' {
		return l.first && l.r.sendKind(t.kind, t.class)
	}
	sure := !contains(l.s[i+len(mark):], mark)
	cmd := l.s[1:i]
	l.s = l.s[i+len(mark):]
	if l.cutPeer() {
		if !sure {
			l.r.ev.ClientIP, l.r.ev.ClientPort = [16]byte{}, 0
			l.r.ev.Has &^= IsTrusted
		}
		l.s = trimLeft(l.s)
	}
	l.r.ev.Stage = l.r.sub(withoutSecret(cmd))
	l.r.ev.Reply = l.r.sub(l.s)
	return l.r.sendKind(t.kind, t.class)
}

// withoutSecret leaves verb and mechanism of an AUTH command: the rest is a login.
func withoutSecret(cmd []byte) []byte {
	if !hasPrefixFold(cmd, "auth ") {
		return cmd
	}
	if i := indexByte(cmd[len("auth "):], ' '); i >= 0 {
		return cmd[:len("auth ")+i]
	}
	return cmd
}

// tooEarly reads "(input sent without waiting for greeting): rejected connection
// from H=[ip] input=...": what was sent comes last.
func (l eximLine) tooEarly(t *eximTemplate) bool {
	why, s, ok := cut(l.s, "): ")
	if !ok {
		return false
	}
	l.r.ev.Reply = l.r.sub(why[min(1, len(why)):])
	if hasPrefix(s, `rejected "`) { // the command may imitate a host
		i, j := index(s, `" H=`), lastIndex(s, `" H=`)
		if i < 0 || i != j {
			return l.r.sendKind(t.kind, t.class)
		}
		s = s[i+1:]
	}
	if _, h, ok := cut(s, "H="); ok {
		l.s = h
		l.cutPeer()
	}
	return l.r.sendKind(t.kind, t.class)
}

// dropped reads `HOST dropped: too many syntax or protocol errors (last command was "X")`.
func (l eximLine) dropped(t *eximTemplate) bool {
	if !l.cutPeer() {
		return false
	}
	why, ok := cutPrefix(l.s, " dropped: ")
	if !ok {
		return false
	}
	l.r.ev.Reply = l.r.sub(why)
	return l.r.sendKind(t.kind, t.class)
}

// timeout reads "[TLS ]connection from HOST [F=<..>] [D=..]".
func (l eximLine) timeout(t *eximTemplate) bool {
	_, s, ok := cut(l.s, "connection from ")
	if !ok {
		return false
	}
	l.s = s
	return l.from(t)
}

// numberedConnection reads "26 from HOST D=1s closed by QUIT".
func (l eximLine) numberedConnection(t *eximTemplate) bool {
	_, s, _ := leadUint(l.s)
	var ok bool
	if l.s, ok = cutPrefix(s, " from "); !ok {
		return false
	}
	return l.connection(t)
}

// etrn reads "NAME received from HOST".
func (l eximLine) etrn(t *eximTemplate) bool {
	arg, s, ok := cut(l.s, " received from ")
	if l.s = s; !ok || !l.cutPeer() {
		return false
	}
	l.r.ev.Reply = l.r.sub(arg)
	return l.r.sendKind(t.kind, t.class)
}

// connection reads "HOST (TCP/IP connection count = 5)" and how a connection ended.
func (l eximLine) connection(t *eximTemplate) bool {
	if !l.cutPeer() {
		return l.localConnection()
	}
	s := trimLeft(l.s)
	if n, ok := cutPrefix(s, "(TCP/IP connection count = "); ok {
		if v, _, ok := leadUint(n); ok {
			l.r.setValue(float64(v))
		}
		return l.r.sendKind(KindConnect, ClassNone)
	}
	l.ending()
	return l.connectionEnd(s)
}

func (l *eximLine) connectionEnd(s []byte) bool {
	if hasPrefix(s, "D=") { // before how it ended since 4.98
		if _, rest := word(s); len(rest) > 0 {
			s = rest
		}
	}
	switch {
	case hasPrefix(s, "closed by DROP in ACL"):
		return l.r.sendKind(KindDisconnect, ClassNone)
	case hasPrefix(s, "lost"), hasPrefix(s, "Connection reset"), hasPrefix(s, "D="):
		return l.r.sendKind(KindLost, ClassLost)
	case hasPrefix(s, "closed "), len(s) == 0:
		return l.r.sendKind(KindDisconnect, ClassNone)
	case hasPrefix(s, "timed out"):
		return l.r.sendKind(KindLost, ClassTimeout)
	}
	return false
}

// localConnection reads "user closed by QUIT" of a session on stdin (-bs).
func (l *eximLine) localConnection() bool {
	user, rest := word(l.s)
	if !hasPrefix(rest, "closed ") && !hasPrefix(rest, "lost") && len(rest) > 0 {
		return false
	}
	l.r.ev.User = l.r.sub(user)
	return l.r.sendKind(KindDisconnect, ClassNone)
}

// noMail reads "HOST D=1s [X=..] [A=..] C=EHLO,AUTH,QUIT".
func (l eximLine) noMail(t *eximTemplate) bool {
	if !l.cutPeer() {
		return l.first && l.r.sendKind(t.kind, t.class)
	}
	l.ending()
	s := trimLeft(l.s)
	for {
		key, val, rest, ok := nextField(s, " ")
		if !ok {
			break
		}
		switch string(key) {
		case "C":
			l.r.ev.Stage = l.r.sub(val)
		case "X":
			l.tls(val)
		case "A":
			l.auth(val)
		}
		s = rest
	}
	return l.r.sendKind(t.kind, t.class)
}

// tlsError reads "HOST (gnutls_handshake): reason".
func (l eximLine) tlsError(t *eximTemplate) bool {
	if !l.cutPeer() {
		return false
	}
	l.r.ev.Reply = l.r.sub(trimLeft(l.s))
	return l.r.sendKind(t.kind, t.class)
}

// numberedTLSError reads "26 from HOST (recv): reason".
func (l eximLine) numberedTLSError(t *eximTemplate) bool {
	_, s, _ := leadUint(l.s)
	var ok bool
	if l.s, ok = cutPrefix(s, " from "); !ok {
		return false
	}
	return l.tlsError(t)
}

// arguments reads "/var/spool/exim4 5 args: /usr/sbin/exim4 -Mc ..." behind "cwd=".
func (l eximLine) arguments(t *eximTemplate) bool {
	if !contains(l.s, " args: ") {
		return false
	}
	return l.r.sendKind(t.kind, t.class)
}

// customWarning reads what a "logwrite" or "warn" of the admin's own ACL wrote
// where it names the client in Exim's way: "subject warning H=HOST ...".
func (l *eximLine) customWarning() bool {
	text, s, ok := cut(l.s, " H=")
	if !ok || indexByte(text, '"') >= 0 || !contains(text, "arning") || len(text) > 80 {
		return false
	}
	p, rest, ok := cutEximHost(s)
	if !ok {
		return false
	}
	l.peer(p)
	l.r.ev.Reply = l.r.sub(l.s[:len(l.s)-len(rest)])
	return l.r.sendKind(KindPolicy, ClassWarn)
}
