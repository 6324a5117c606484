package logparse

// authFailed reads "NAME authenticator failed for HOST: 535 text (set_id=U)".
func (l *eximLine) authFailed() bool {
	name, s, ok := cut(l.s, " authenticator failed for ")
	if !ok || !isWord(name) {
		return false
	}
	l.s = s
	if !l.cutPeer() {
		return false
	}
	r := l.r
	r.ev.Method = r.sub(name)
	l.incoming()
	text, ok := cutPrefix(l.s, ": ")
	if !ok {
		return false
	}
	if t, id, ok := cut(text, " (set_id="); ok {
		text = t
		if hasPrefix(text, "4") { // "435 ... (set_id=U): reason"
			id, _, _ = cutLast(id, "): ")
		}
		id, _ = cutSuffix(id, ")")
		r.ev.User = r.sub(id)
	}
	r.ev.Reply = r.sub(r.replyCodes(text))
	return l.authOutcome(text)
}

// incoming takes " I=[ip]:port" off and keeps the port.
func (l *eximLine) incoming() {
	t, ok := cutPrefix(l.s, " I=[")
	if !ok {
		return
	}
	i := indexByte(t, ']')
	if i < 0 {
		return
	}
	t = t[i+1:]
	if p, ok := cutPrefix(t, ":"); ok {
		if n, rest, ok := leadUint(p); ok && n <= 65535 {
			l.r.ev.LocalPort, t = uint16(n), rest
		}
	}
	l.s = t
}

// authOutcome tells our own faults (4xx: "Unable to authenticate at present", and
// its reason in parentheses) from the client's.
func (l *eximLine) authOutcome(text []byte) bool {
	ev := &l.r.ev
	switch {
	case ev.Code >= 400 && ev.Code < 500:
		ev.Cause = CauseBackend
		return l.r.sendKind(KindAuthError, ClassNone)
	case ev.Code == 501 && contains(text, "canceled"):
		return l.r.sendKind(KindAuthAbort, ClassNone)
	case ev.Code == 501:
		ev.Cause = CauseMechanism
	}
	return l.r.sendKind(KindAuthFail, ClassNone)
}
