package logparse

// ruleset reads "check_rcpt, arg1=<a@b>, [arg2=ip, ]relay=HOST, reject=550 5.7.1 text".
func (l sendmailLine) ruleset(s []byte, t *sendmailText) bool {
	r := l.r
	name, s := cutListField(s)
	var arg1, arg2 []byte
	if v, ok := cutPrefix(s, "arg1="); ok {
		arg1, s = cutListField(v)
	}
	if v, ok := cutPrefix(s, "arg2="); ok {
		arg2, s = cutListField(v)
	}
	if v, ok := cutPrefix(s, "relay="); ok {
		p, rest := cutSendmailPeer(v)
		l.peer(p)
		s, _ = cutPrefix(rest, ", ")
	}
	if string(name) == "check_relay" && r.setClientIP(arg2) {
		r.ev.Has |= IsTrusted
	}
	r.ev.Stage = r.sub(name)
	switch string(name) {
	case "check_rcpt", "check_compat":
		r.ev.To = r.sub(unangle(arg1))
	case "check_mail":
		r.setFrom(unangle(arg1))
	}
	return l.rulesetVerdict(name, s)
}

func (l *sendmailLine) rulesetVerdict(name, s []byte) bool {
	r := l.r
	switch {
	case hasPrefix(s, "reject="):
		text := r.replyCodes(s[len("reject="):])
		r.ev.Reply = r.sub(text)
		return r.sendKind(KindReject, sendmailClass(name, text))
	case hasPrefix(s, "discard"):
		return r.sendKind(KindPolicy, ClassDiscard)
	case hasPrefix(s, "quarantine="):
		r.ev.Reply = r.sub(s[len("quarantine="):])
		return r.sendKind(KindPolicy, ClassQuarantine)
	}
	return false
}

// sendmailClass is the class of a ruleset's refusal. The text repeats the address,
// which is the client's, before "... ".
func sendmailClass(ruleset, text []byte) Class {
	if _, why, ok := cutLast(text, "... "); ok {
		text = why
	}
	if c := reasonClass(text); c != ClassNone {
		return c
	}
	switch string(ruleset) {
	case "check_mail":
		return ClassSender
	case "check_rcpt", "check_compat":
		return ClassRecipient
	case "check_relay":
		return ClassPolicy
	case "check_data", "check_eom", "check_eoh", "check_header":
		return ClassContent
	}
	return ClassOther
}

// authFailure reads "MECH): text, user=U, relay=HOST". The user is attacker text;
// the last relay= is the daemon's.
func (l sendmailLine) authFailure(s []byte, t *sendmailText) bool {
	r := l.r
	mech, s, ok := cut(s, "): ")
	if !ok || !isWord(mech) {
		return false
	}
	r.ev.Method = r.sub(mech)
	text, relay, ok := cutLast(s, ", relay=")
	if ok {
		p, _ := cutSendmailPeer(relay)
		l.peer(p)
	}
	if why, user, ok := cut(text, ", user="); ok {
		text = why
		r.ev.User = r.sub(user)
	}
	r.ev.Reply = r.sub(text)
	r.ev.Cause = sendmailCause(text)
	if r.ev.Cause == CauseBackend {
		return r.sendKind(KindAuthError, ClassNone)
	}
	if contains(text, "aborted") {
		return r.sendKind(KindAuthAbort, ClassNone)
	}
	return r.sendKind(t.kind, t.class)
}

// sendmailCause reads the result that Cyrus SASL names, "authentication failure (-13)".
func sendmailCause(s []byte) Cause {
	for _, c := range [...]struct {
		text  string
		cause Cause
	}{
		{"user not found", CauseUnknownUser},
		{"no such user", CauseUnknownUser},
		{"authentication failure", CausePassword},
		{"bad protocol", CauseMechanism},
		{"no mechanism available", CauseMechanism},
		{"encryption needed", CauseMechanism},
		{"mechanism too weak", CauseMechanism},
		{"account disabled", CauseDisabled},
		{"user disabled", CauseDisabled},
		{"password expired", CauseDisabled},
		{"generic failure (-1) SASL(-1): generic failure: All-whitespace username", CauseUnknownUser},
		{"generic failure: All-whitespace username", CauseUnknownUser},
		{"can't request information until later in exchange", CauseMechanism},
		{"generic failure", CauseBackend},
		{"out of memory", CauseBackend},
		{"can't connect", CauseBackend},
		{"remote authentication server unavailable", CauseBackend},
	} {
		if hasPrefix(s, c.text) {
			return c.cause
		}
	}
	return CauseNone
}

// authServer reads "relay=HOST, authid=U, mech=M, bits=N".
func (l sendmailLine) authServer(s []byte, t *sendmailText) bool {
	r := l.r
	if v, ok := cutPrefix(s, "relay="); ok {
		p, rest := cutSendmailPeer(v)
		l.peer(p)
		s, _ = cutPrefix(rest, ", ")
	}
	id, ok := cutPrefix(s, "authid=")
	if !ok {
		return false
	}
	user, mech, ok := cutLast(id, ", mech=")
	if !ok {
		return false
	}
	mech, _, _ = cut(mech, ", ")
	r.ev.User, r.ev.Method = r.sub(user), r.sub(mech)
	return r.sendKind(t.kind, t.class)
}

// starttls reads "server, relay=HOST, version=V, verify=NO, cipher=C, bits=N/N" and
// "server, error: accept failed=-1, reason=..., relay=HOST".
func (l sendmailLine) starttls(s []byte, t *sendmailText) bool {
	r := l.r
	side, s := cutListField(s)
	if i := indexByte(side, ':'); i >= 0 { // "STARTTLS=server: file x unsafe"
		r.ev.Reply = r.sub(l.s)
		return r.sendKind(KindProcess, ClassWarning)
	}
	server := string(side) == "server"
	if !server && string(side) != "client" && string(side) != "read" && string(side) != "write" {
		return false
	}
	failed := hasPrefix(s, "error: ")
	if failed {
		r.ev.Reply = r.sub(s)
		if _, why, ok := cut(s, "reason="); ok {
			why, _, _ = cut(why, ", SSL_error=")
			r.ev.Reply = r.sub(why)
		}
	}
	if _, v, ok := cutLast(s, "relay="); ok {
		p, rest := cutSendmailPeer(v)
		if server {
			l.peer(p)
		} else {
			l.relay(p)
		}
		l.tlsFields(rest)
	}
	switch {
	case failed:
		return r.sendKind(KindTLSError, ClassNone)
	case r.ev.TLSVersion.Len == 0: // cert-subject=, info: and the like
		return r.sendKind(KindOther, ClassNone)
	}
	return r.sendKind(t.kind, t.class)
}

func (l *sendmailLine) tlsFields(s []byte) {
	s, _ = cutPrefix(s, ", ")
	for {
		key, val, rest, ok := nextField(s, ", ")
		if !ok {
			return
		}
		switch string(key) {
		case "version":
			l.r.ev.TLSVersion = l.r.sub(val)
		case "cipher":
			l.r.ev.TLSCipher = l.r.sub(val)
		}
		s = rest
	}
}

// pregreet reads "HOST [ip] due to pre-greeting traffic after N seconds".
func (l sendmailLine) pregreet(s []byte, t *sendmailText) bool {
	r := l.r
	host, why, ok := cut(s, " due to ")
	if !ok {
		return false
	}
	if p, rest := cutSendmailPeer(host); len(rest) == 0 {
		l.peer(p)
	} else if _, ip, ok := cutLast(host, " "); ok { // without a name: "[ip] [ip]"
		if r.setClientIP(ip) {
			r.ev.Has |= IsTrusted
		}
	}
	r.ev.Reply = r.sub(why)
	r.ev.ClassText = r.ev.Reply
	if i := index(why, " after "); i >= 0 {
		r.ev.ClassText = r.sub(why[:i])
		if n, _, ok := leadUint(why[i+len(" after "):]); ok {
			r.setDuration(float64(n))
		}
	}
	return r.sendKind(t.kind, ClassText)
}

// tooEarly reads "EHLO from HOST [ip] due to traffic before response": a client that
// does not wait, as smuggling tools do.
func (l sendmailLine) tooEarly(s []byte, t *sendmailText) bool {
	r := l.r
	cmd, s, ok := cut(s, " from ")
	if !ok || indexByte(cmd, ' ') >= 0 {
		return false
	}
	r.ev.Stage = r.sub(cmd)
	return l.pregreet(s, t)
}

// lastRelay reads "..., relay=HOST": what stands before may be the client's.
func (l sendmailLine) lastRelay(_ []byte, t *sendmailText) bool {
	why, relay, ok := cutLast(l.s, ", relay=")
	if !ok {
		return false
	}
	p, _ := cutSendmailPeer(relay)
	l.peer(p)
	if t.kind == KindAuthFail {
		l.r.ev.Cause = CauseMechanism
		why, _, _ = cut(why, " [")
	}
	l.r.ev.Reply = l.r.sub(why)
	return l.r.sendKind(t.kind, t.class)
}

// wrapped reads "NAME, IP) rejection" of libwrap.
func (l sendmailLine) wrapped(s []byte, t *sendmailText) bool {
	name, rest, _ := cut(s, ", ")
	ip, rest, ok := cut(rest, ") ")
	if !ok || string(rest) != "rejection" {
		return false
	}
	l.peer(sendmailPeer{name: name, addr: ip})
	return l.r.sendKind(t.kind, t.class)
}

// parameter reads `NAME parameter unrecognized` of MAIL and RCPT.
func (l *sendmailLine) parameter() bool {
	for _, end := range [...]string{" parameter unrecognized", " parameter requires a value"} {
		if hasSuffix(l.s, end) {
			l.r.ev.Reply = l.r.sub(l.s)
			return l.r.sendKind(KindProtocol, ClassNone)
		}
	}
	return false
}

// overload reads "MTA: 60 children, max 60", "MTA: load average: 12", "MTA: 25 per
// second".
func (l sendmailLine) overload(s []byte, t *sendmailText) bool {
	r := l.r
	daemon, why, ok := cut(s, ": ")
	if !ok {
		return false
	}
	r.ev.Service, r.ev.Reply = r.sub(daemon), r.sub(why)
	name := why
	if n, rest, ok := leadUint(why); ok {
		r.setValue(float64(n))
		name, _, _ = cut(trimLeft(rest), ",")
	} else if load, v, ok := cut(why, ": "); ok {
		if f, _, ok := leadFloat(v); ok {
			r.setValue(f)
		}
		name = load
	}
	r.ev.Limit = r.sub(name)
	return r.sendKind(t.kind, t.class)
}

// lostInput reads "HOST to MTA after rcpt".
func (l sendmailLine) lostInput(s []byte, t *sendmailText) bool {
	p, rest := cutSendmailPeer(s)
	l.peer(p)
	if daemon, ok := cutPrefix(rest, " to "); ok {
		daemon, stage, _ := cut(daemon, " after ")
		l.r.ev.Service, l.r.ev.Stage = l.r.sub(daemon), l.r.sub(stage)
	}
	return l.r.sendKind(t.kind, t.class)
}

// timeout reads "HOST during server cmd read" of a client and "HOST during client
// greeting" of a next hop.
func (l sendmailLine) timeout(s []byte, t *sendmailText) bool {
	p, rest := cutSendmailPeer(s)
	stage, ok := cutPrefix(rest, " during ")
	if !ok {
		return false
	}
	l.r.ev.Stage = l.r.sub(stage)
	if hasPrefix(stage, "client ") {
		l.relay(p)
		return l.r.sendKind(KindOther, ClassNone)
	}
	l.peer(p)
	return l.r.sendKind(t.kind, t.class)
}

// collectLost reads "HOST, sender=<a@b>".
func (l sendmailLine) collectLost(s []byte, t *sendmailText) bool {
	p, rest := cutSendmailPeer(s)
	l.peer(p)
	if from, ok := cutPrefix(rest, ", sender="); ok {
		from, _, _ = cut(from, ": ")
		l.r.setFrom(unangle(from))
	}
	return l.r.sendKind(t.kind, t.class)
}

// badData reads "NAME, from=<a@b>, info=Bare linefeed (LF) not allowed, where=header,
// status=tempfail": 8.17 and later refuse what SMTP smuggling needs.
func (l sendmailLine) badData(s []byte, t *sendmailText) bool {
	r := l.r
	p, s := cutSendmailPeer(s)
	l.peer(p)
	v, ok := cutPrefix(s, ", from=")
	if !ok {
		return false
	}
	from, rest := cutListField(v)
	r.setFrom(unangle(from))
	info, ok := cutPrefix(rest, "info=")
	if !ok {
		return false
	}
	code := uint16(554)
	if hasSuffix(info, ", status=tempfail") {
		code = 421
	}
	info, _, _ = cut(info, ", where=")
	r.ev.Reply = r.sub(info)
	r.ev.Code, r.ev.Has = code, r.ev.Has|HasCode
	return r.sendKind(t.kind, t.class)
}

func (l sendmailLine) connect(s []byte, t *sendmailText) bool {
	p, _ := cutSendmailPeer(s)
	l.peer(p)
	return l.r.sendKind(t.kind, t.class)
}

// noName reads "198.51.100.1) failed: 1".
func (l sendmailLine) noName(s []byte, t *sendmailText) bool {
	ip, rest, ok := cutByte(s, ')')
	if !ok || !l.r.setClientIP(ip) {
		return false
	}
	l.r.ev.Reply = l.r.sub(trimLeft(rest))
	return l.r.sendKind(t.kind, t.class)
}

// authWarning reads "host: HOST didn't use HELO protocol" and "host: user set
// sender to x using -f".
func (l sendmailLine) authWarning(s []byte, t *sendmailText) bool {
	_, s, ok := cut(s, ": ")
	if !ok {
		return false
	}
	l.r.ev.Reply = l.r.sub(s)
	if host, ok := cutSuffix(s, " didn't use HELO protocol"); ok {
		p, _ := cutSendmailPeer(host)
		l.peer(p)
		return l.r.sendKind(KindProtocol, ClassNone)
	}
	return l.r.sendKind(t.kind, t.class)
}

// aliases reads "/etc/mail/aliases: 2 aliases, longest 5 bytes, 23 bytes total".
func (l sendmailLine) aliases(s []byte, t *sendmailText) bool {
	_, rest, ok := cut(s, ": ")
	if !ok || !contains(rest, " aliases, longest ") {
		return false
	}
	return l.r.sendKind(t.kind, t.class)
}
