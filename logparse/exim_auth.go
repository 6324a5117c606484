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

// authOutcome tells our own faults (4xx: "Unable to authenticate at present", and
// its reason in parentheses) from the client's.
func (l *eximLine) authOutcome(text []byte) bool {
	ev := &l.r.ev
	switch {
	case ev.Code >= 400 && ev.Code < 500:
		ev.Cause = CauseBackend
		return l.r.sendKind(KindAuthError, ClassNone)
	case ev.Code == 501 && contains(text, "uthentication cancel"): // one l or two
		return l.r.sendKind(KindAuthAbort, ClassNone)
	case ev.Code == 501:
		ev.Cause = CauseMechanism
	}
	return l.r.sendKind(KindAuthFail, ClassNone)
}
