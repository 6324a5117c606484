package logparse

// What Sendmail refuses outside its rulesets.

// badHelo reads "NAME) from HOST": HELO with what is no domain name.
func (l sendmailLine) badHelo(s []byte, t *sendmailText) bool {
	helo, peer, ok := cutLast(s, ") from ")
	if !ok {
		return false
	}
	p, _ := cutSendmailPeer(peer)
	l.peer(p)
	l.r.ev.Helo = l.r.sub(helo)
	return l.r.sendKind(t.kind, t.class)
}

// tempfailed reads "<a@b>) from HOST tempfailed (due to previous checks)": a milter
// or ruleset that could not be asked.
func (l sendmailLine) tempfailed(s []byte, t *sendmailText) bool {
	arg, peer, ok := cutLast(s, ") from ")
	if !ok {
		return false
	}
	p, why := cutSendmailPeer(peer)
	if !hasPrefix(why, " tempfailed ") {
		return false
	}
	l.peer(p)
	r := l.r
	r.setFrom(unangle(arg))
	r.ev.Stage, r.ev.Reply = r.sub(l.s[len("SMTP "):len("SMTP MAIL")]), r.sub(trimLeft(why))
	r.ev.Code, r.ev.Has = 451, r.ev.Has|HasCode
	return r.sendKind(t.kind, t.class)
}

// tooBig reads "71081) exceeds maximum (50000)"; the queue id ties it to the client.
func (l sendmailLine) tooBig(s []byte, t *sendmailText) bool {
	n, _, ok := leadUint(s)
	if !ok {
		return false
	}
	l.r.setSize(n)
	l.r.ev.Reply = l.r.sub(l.s)
	l.r.ev.Code, l.r.ev.Has = 552, l.r.ev.Has|HasCode
	return l.r.sendKind(t.kind, t.class)
}

// tooMany reads "Too many recipients" of MaxRecipientsPerMessage.
func (l sendmailLine) tooMany(s []byte, t *sendmailText) bool {
	if len(s) > 0 {
		return false
	}
	l.r.ev.Limit = l.r.sub(l.s)
	return l.r.sendKind(t.kind, t.class)
}
