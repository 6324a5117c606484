package logparse

// mta reads an event of a session with a next hop.
func (l *smtpdLine) mta() bool {
	r := l.r
	switch string(l.event) {
	case "delivery":
		return l.delivery()
	case "tls", "starttls":
		l.tls()
		return r.sendKind(KindTLS, ClassNone)
	case "connecting":
		l.connecting()
		return r.sendKind(KindOther, ClassNone)
	case "error":
		reason, ok := cutPrefix(l.s, "reason=")
		r.ev.Reply = r.sub(reason)
		return ok && r.sendKind(KindOther, ClassNone)
	case "connected", "disconnected", "closed", "closing", "server-cert-check", "cert-check", "host-rejects-all-mails", "auth", "dsn":
		if _, _, _, ok := nextField(l.s, " "); ok || len(l.s) == 0 {
			return r.sendKind(KindOther, ClassNone)
		}
	}
	return false
}

// mda reads an event of a local delivery.
func (l *smtpdLine) mda() bool {
	if string(l.event) != "delivery" {
		return false
	}
	return l.delivery()
}

// connecting reads "address=smtp://192.0.2.4:25 host=mx1.example.org".
func (l *smtpdLine) connecting() {
	r := l.r
	addr, rest := word(l.s)
	if _, a, ok := cut(addr, "://"); ok {
		if host, port, ok := cutLast(a, ":"); ok {
			if p, ok := parsePort(port); ok {
				a, r.ev.RelayPort = host, p
			}
		}
		if ip, ok := parseAddr(a); ok {
			r.ev.RelayIP = ip
		}
	}
	name, _ := cutPrefix(rest, "host=")
	name, _ = word(name)
	r.ev.Relay = r.sub(name)
}

// delivery reads "evpid= from=<> to=<> rcpt=<> source="" relay="ip (name)" delay=0s
// result="Ok" stat="250 ..."" and, of a local delivery, user= instead of source and
// relay. The last is the next hop's text.
func (l *smtpdLine) delivery() bool {
	if !l.evpid() {
		return false
	}
	return l.envelopeResult()
}

func (l *smtpdLine) envelopeResult() bool {
	r := l.r
	l.address("from=")
	l.address("to=")
	l.address("rcpt=")
	for {
		if stat, ok := cutPrefix(l.s, "stat="); ok { // the last, and of an expired one without quotes
			r.ev.Reply = r.sub(r.replyCodes(unquote(stat)))
			return r.sendKind(KindDelivery, ClassNone)
		}
		key, val, rest, ok := l.nextField()
		if !ok {
			return false
		}
		l.s = rest
		switch string(key) {
		case "relay":
			l.relay(val)
		case "delay":
			if d, ok := eximSeconds(val); ok {
				r.setDelay(d)
			}
		case "result":
			return l.result(val)
		}
	}
}

// nextField is nextField with either separator and without the quotes.
func (l *smtpdLine) nextField() (key, val, rest []byte, ok bool) {
	key, val, rest, ok = nextField(l.s, " ")
	if ok {
		if val, ok = cutSuffix(val, ","); !ok {
			ok = true
		}
		val = unquote(val)
	}
	return key, val, trimLeft(rest), ok
}

// relay reads "192.0.2.4 (mx1.example.org)" or a domain alone.
func (l *smtpdLine) relay(s []byte) {
	addr, name, ok := cut(s, " (")
	if !ok {
		l.r.ev.Relay = l.r.sub(s)
		return
	}
	name, _ = cutSuffix(name, ")")
	l.r.ev.Relay = l.r.sub(name)
	if a, ok := parseAddr(addr); ok {
		l.r.ev.RelayIP = a
	}
}

// result reads the verdict and the status text behind it.
func (l *smtpdLine) result(verdict []byte) bool {
	r := l.r
	switch string(verdict) {
	case "Ok":
		r.ev.Status = StatusSent
	case "TempFail":
		r.ev.Status = StatusDeferred
	case "PermFail", "LoopDetect", "Loop":
		r.ev.Status = StatusBounced
	default:
		return false
	}
	stat, _ := cutPrefix(l.s, "stat=")
	stat = unquote(stat)
	r.ev.Reply = r.sub(r.replyCodes(stat))
	if r.ev.Status == StatusSent {
		r.pfQueuedAs(stat)
	}
	return r.sendKind(KindDelivery, ClassNone)
}
