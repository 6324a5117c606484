package logparse

// received reads what follows "from=": sender, size=, class=, nrcpts=, msgid=,
// bodytype=, proto=, daemon=, relay=. The message id is the last attacker text and
// relay= the last field, so the last relay= is the daemon's.
func (l sendmailLine) received(s []byte, t *sendmailText) bool {
	r := l.r
	from, s := cutListField(s)
	if !hasPrefix(s, "size=") && !hasPrefix(s, "class=") {
		return false
	}
	r.setFrom(unangle(from))
	head, relay, ok := cutLast(s, ", relay=")
	if !ok {
		head = s
	}
	head = l.daemonFields(head)
	l.sizeFields(head)
	p, _ := cutSendmailPeer(relay)
	if len(p.addr) == 0 && len(p.ident) > 0 { // root@localhost: handed in by a local user
		r.ev.User = r.sub(p.ident)
	} else {
		l.peer(p)
	}
	if l.noMessage() {
		return r.sendKind(KindDisconnect, ClassNone)
	}
	return r.sendKind(t.kind, t.class)
}

// noMessage says whether the transaction ended without mail: no recipient was
// accepted, or no data came. Sendmail logs the sender of those too.
func (l *sendmailLine) noMessage() bool {
	ev := &l.r.ev
	if ev.Has&HasNrcpt == 0 {
		return false
	}
	return ev.Nrcpt == 0 || ev.Size == 0 && ev.Has&HasMessageID == 0
}

// daemonFields takes proto= and daemon=, and what 8.16 puts around them, off the
// end.
func (l *sendmailLine) daemonFields(s []byte) []byte {
	for {
		head, f, ok := cutLast(s, ", ")
		if !ok {
			return s
		}
		key, val, _ := cutByte(f, '=')
		switch string(key) {
		case "daemon":
			l.r.ev.Service = l.r.sub(val)
		case "mech":
			l.r.ev.Method = l.r.sub(val)
		case "auth", "authid":
			l.r.ev.User = l.r.sub(val)
		case "proto", "bodytype", "tls_verify", "bits":
		default:
			return s
		}
		s = head
	}
}

// sizeFields reads "size=1, class=0, nrcpts=1, msgid=<...>" from the left.
func (l *sendmailLine) sizeFields(s []byte) {
	r := l.r
	for len(s) > 0 {
		key, val, ok := cutByte(s, '=')
		if !ok {
			return
		}
		if string(key) == "msgid" {
			r.setMessageID(val)
			return
		}
		var f []byte
		f, s, _ = cut(val, ", ")
		switch string(key) {
		case "size":
			if n, ok := parseUint(f); ok {
				r.setSize(n)
			}
		case "nrcpts":
			if n, ok := parseUint32(f); ok {
				r.setNrcpt(n)
			}
		}
	}
}

// delivery reads what follows "to=": the recipients, ctladdr=, delay=, xdelay=,
// mailer=, pri=, relay=, dsn=, reply=, stat=; the last two are the remote side's
// text. Each recipient is an event.
func (l sendmailLine) delivery(s []byte, t *sendmailText) bool {
	r := l.r
	to, s := cutListField(s)
	stat := l.deliveryFields(s)
	if stat == nil {
		return false
	}
	kind := l.deliveryStatus(stat)
	if r.ev.Has&HasDSN == 0 && !contains(s, "mailer=") {
		// A message refused at its end, by a milter say: the refusal has its own line.
		kind, r.ev.Status = KindOther, StatusNone
	}
	for len(to) > 0 {
		var one []byte
		one, to = cutRecipient(to)
		r.ev.To = r.sub(unangle(one))
		r.sendKind(kind, ClassNone)
	}
	return true
}

// cutRecipient cuts the first address off a list separated by commas.
func cutRecipient(s []byte) (one, rest []byte) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, nil
}

// deliveryFields reads the fields up to reply= and returns the status text, nil
// when there is none.
func (l *sendmailLine) deliveryFields(s []byte) (stat []byte) {
	r := l.r
	for len(s) > 0 {
		key, val, ok := cutByte(s, '=')
		if !ok {
			return nil
		}
		switch string(key) {
		case "stat":
			return val
		case "reply":
			reply, stat, ok := cutLast(val, ", stat=")
			if !ok {
				return val
			}
			dsn, has := r.ev.DSN, r.ev.Has&HasDSN // dsn= is Sendmail's, that in the reply the next hop's
			r.ev.Reply = r.sub(r.replyCodes(reply))
			if has != 0 {
				r.ev.DSN = dsn
			}
			return stat
		}
		f, rest := cutListField(val)
		s = rest
		switch string(key) {
		case "delay":
			if d, ok := sendmailSeconds(f); ok {
				r.setDelay(d)
			}
		case "xdelay":
			if d, ok := sendmailSeconds(f); ok {
				r.setDuration(d)
			}
		case "mailer":
			if string(f) == "local" {
				r.ev.Relay = r.sub(f)
			}
		case "relay":
			p, _ := cutSendmailPeer(f)
			l.relay(p)
		case "dsn":
			if d, ok := parseDSN(f); ok {
				r.setDSN(d)
			}
		}
	}
	return nil
}

// deliveryStatus reads the status text. The DSN decides, as the text may be the
// remote side's; before 8.10 there is none.
func (l *sendmailLine) deliveryStatus(stat []byte) Kind {
	ev := &l.r.ev
	if hasPrefix(stat, "queued") {
		return KindQueued
	}
	if ev.Reply.Len == 0 {
		ev.Reply = l.r.sub(stat)
	}
	switch {
	case ev.DSN.Class == 2, ev.DSN.Class == 0 && hasPrefix(stat, "Sent"):
		ev.Status = StatusSent
		if _, inner, ok := paren(stat); ok {
			l.r.pfQueuedAs(inner)
			ev.Reply = l.r.sub(inner)
		}
	case ev.DSN.Class == 4, ev.DSN.Class == 0 && hasPrefix(stat, "Deferred"):
		ev.Status = StatusDeferred
	default:
		ev.Status = StatusBounced
	}
	if text, ok := cutPrefix(stat, "Deferred: "); ok && ev.Has&HasCode == 0 {
		ev.Reply = l.r.sub(text)
	}
	return KindDelivery
}

// sendmailSeconds reads "HH:MM:SS" or "D+HH:MM:SS".
func sendmailSeconds(s []byte) (float64, bool) {
	var days uint64
	if d, rest, ok := cutByte(s, '+'); ok {
		n, ok := parseUint(d)
		if !ok {
			return 0, false
		}
		days, s = n, rest
	}
	sec, n := uint64(0), 0
	for len(s) > 0 && n < 3 {
		v, rest, ok := leadUint(s)
		if !ok {
			return 0, false
		}
		sec, n = sec*60+v, n+1
		s, _ = cutPrefix(rest, ":")
	}
	return float64(days*86400 + sec), n == 3 && len(s) == 0
}

// done reads "delay=00:00:01, ntries=2".
func (l sendmailLine) done(s []byte, t *sendmailText) bool {
	if f, ok := cutPrefix(s, "delay="); ok {
		f, _, _ = cut(f, ", ")
		if d, ok := sendmailSeconds(f); ok {
			l.r.setDelay(d)
		}
	}
	return l.r.sendKind(t.kind, t.class)
}

// child reads "queueid: DSN: reason", "queueid: clone ...", "queueid: return to
// sender: reason": a message made out of this one.
func (l *sendmailLine) child() bool {
	id, s, ok := cutSendmailID(l.s)
	if !ok {
		return false
	}
	r := l.r
	for _, what := range [...]string{"DSN: ", "return to sender: ", "sender notify: ", "postmaster notify: "} {
		text, ok := cutPrefix(s, what)
		if !ok {
			continue
		}
		r.ev.ChildQueueID, r.ev.Reply = r.sub(id), r.sub(text)
		r.sendKind(KindBounce, ClassNone)
		if hasPrefix(text, "Cannot send message ") {
			r.ev.ChildQueueID = Span{}
			r.sendKind(KindExpired, ClassNone)
		}
		return true
	}
	if hasPrefix(s, "clone") {
		r.ev.ChildQueueID = r.sub(id)
		return r.sendKind(KindOther, ClassNone)
	}
	return false
}
