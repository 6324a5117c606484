package logparse

// delivered reads what follows "=>", "->" or ">>".
func (l *eximLine) delivered(s []byte) bool {
	ev := &l.r.ev
	ev.Status = StatusSent
	l.s = l.recipient(s)
	l.deliveryFields()
	return l.r.sendKind(KindDelivery, ClassNone)
}

// failed reads what follows "**" or "==": the recipient, fields, then the reason
// behind ": " or "defer (errno): ".
func (l *eximLine) failed(s []byte, status Status) bool {
	r := l.r
	r.ev.Status = status
	l.s = l.recipient(s)
	l.deliveryFields()
	var why []byte
	if status == StatusDeferred {
		why = l.deferred()
	}
	text, _ := cutPrefix(trimLeft(l.s), ": ")
	if status == StatusBounced {
		text = l.cutDuration(text)
	}
	if len(text) == 0 {
		text = why
	}
	if t, ok := cutPrefix(text, "H="); ok {
		if p, rest, ok := cutEximHost(t); ok {
			l.relay(p)
			text, _ = cutPrefix(rest, ": ")
		}
	} else if why, rest, ok := cut(text, " H="); ok && indexByte(why, '<') < 0 {
		if p, _, ok := cutEximHost(rest); ok { // "Connection timed out H=mx [ip]: SMTP timeout ..."
			l.relay(p)
			text = why
		}
	}
	r.ev.Reply = r.sub(text)
	l.remoteReply(text)
	if status == StatusBounced && contains(text, "retry timeout exceeded") {
		r.ev.Status = StatusExpired
	}
	return r.sendKind(KindDelivery, ClassNone)
}

// deferred takes "defer (-44)" off, whose number is absent since 4.100, and reads the
// fields behind it: the host and, by log_selector, I=, PS= and DT=. It returns what
// 4.100 writes in place of a number: "(Connection refused)".
func (l *eximLine) deferred() (why []byte) {
	t, _ := cutPrefix(trimLeft(l.s), "routing ")
	t, ok := cutPrefix(t, "defer")
	if !ok {
		return nil
	}
	if n, ok := cutPrefix(t, " ("); ok {
		if num, rest, ok := cutByte(n, ')'); ok {
			if _, _, isNum := leadFloat(num); !isNum {
				why = num
			}
			t = rest
		}
	}
	l.s = t
	l.deliveryFields()
	return why
}

// cutDuration takes " DT=0.1s" off, which stands behind the reason of a bounce.
func (l *eximLine) cutDuration(s []byte) []byte {
	if text, val, ok := cutLast(s, " DT="); ok {
		if d, ok := eximSeconds(val); ok {
			l.r.setDuration(d)
			return text
		}
	}
	return s
}

// deliveryFields reads fields as long as there are any and leaves the text behind
// them in l.s.
func (l *eximLine) deliveryFields() {
	for {
		s := trimLeft(l.s)
		if t, ok := cutPrefix(s, "H="); ok {
			p, rest, ok := cutEximHost(t)
			if !ok {
				return
			}
			l.relay(p)
			l.s = rest
			continue
		}
		if t, ok := cutPrefix(s, "F=<"); ok {
			i := angleEnd(s[2:])
			if i < 0 {
				return
			}
			l.r.setFrom(t[:i-1])
			l.s = s[2+i+1:]
			continue
		}
		key, val, rest, ok := nextField(s, " ")
		if !ok {
			if !cutFlag(&l.s, s) {
				return
			}
			continue
		}
		if n := len(val) - 1; n > 0 && val[n] == ':' && val[0] != '"' { // "T=smtp: reason"
			l.s = s[cap(s)-cap(val)+n:]
			l.deliveryField(key, val[:n])
			return
		}
		l.s = rest
		l.deliveryField(key, val)
	}
}

// cutFlag takes a field that is a bare letter off: "K" (chunking), "L" (pipelined
// connect), "PRDR".
func cutFlag(rest *[]byte, s []byte) bool {
	w, t := word(s)
	switch string(w) {
	case "K", "K/", "L", "PRDR", "TFO":
		*rest = t
		return true
	}
	return false
}

func (l *eximLine) deliveryField(key, val []byte) {
	r := l.r
	switch string(key) {
	case "T":
		// The transport stands for the next hop of a local delivery; one that failed
		// may not have come to know its host.
		if r.ev.Relay.Len == 0 && r.ev.Status == StatusSent {
			r.ev.Relay = r.sub(val)
		}
	case "X":
		l.tls(val)
	case "C":
		reply := unquote(val)
		r.ev.Reply = r.sub(r.replyCodes(reply))
		r.pfQueuedAs(reply)
	case "QT":
		if d, ok := eximSeconds(val); ok {
			r.setDelay(d)
		}
	case "DT":
		if d, ok := eximSeconds(val); ok {
			r.setDuration(d)
		}
	case "P":
		r.setFrom(unangle(val))
	}
}

// eximSeconds reads "2d3h4m5s" or "0.123s".
func eximSeconds(s []byte) (sec float64, ok bool) {
	for len(s) > 0 {
		f, rest, isNum := leadFloat(s)
		if !isNum || len(rest) == 0 {
			return 0, false
		}
		switch rest[0] {
		case 'w':
			f *= 7 * 86400
		case 'd':
			f *= 86400
		case 'h':
			f *= 3600
		case 'm':
			f *= 60
		case 's':
		default:
			return 0, false
		}
		sec, s, ok = sec+f, rest[1:], true
	}
	return sec, ok
}

// remoteReply finds the remote server's reply in "SMTP error from remote mail
// server after RCPT TO:<a@b>: 550 5.1.1 text" and sets stage, code and DSN.
func (l *eximLine) remoteReply(s []byte) {
	_, t, ok := cut(s, "SMTP error from remote mail server after ")
	if !ok {
		if _, t, ok = cut(s, "SMTP error from remote mailer after "); !ok { // before 4.87
			return
		}
	}
	r := l.r
	for i := 0; i+2 < len(t); i++ {
		if t[i] != ':' {
			continue
		}
		if r.ev.Stage.Len == 0 {
			r.ev.Stage = r.sub(t[:i])
		}
		if t[i+1] != ' ' {
			continue
		}
		if _, _, ok := leadCode(t[i+2:]); ok {
			r.ev.Reply = r.sub(r.replyCodes(t[i+2:]))
			return
		}
	}
}

// messageEvents are sentences about a message in the queue.
var messageEvents = [...]struct {
	text  string
	kind  Kind
	class Class
}{
	{"Frozen", KindPolicy, ClassHold},
	{"frozen by ", KindPolicy, ClassHold},
	{"*** Frozen", KindPolicy, ClassHold},
	{"Message is frozen", KindOther, ClassNone}, // said at every queue run
	{"Unfrozen", KindPolicy, ClassPermit},
	{"unfrozen by ", KindPolicy, ClassPermit},
	{"removed by ", KindRemoved, ClassNone},
	{"cancelled by ", KindExpired, ClassNone},
	{"Spool file is locked", KindOther, ClassNone},
	{"Spool file not found", KindOther, ClassNone},
	{"retry time not reached", KindOther, ClassNone},
	{"no immediate delivery: ", KindOther, ClassNone},
	{"error ignored", KindOther, ClassNone},
	{"Delivery status for ", KindOther, ClassNone},
	{"Remote host closed connection ", KindOther, ClassNone},
	{"sender address changed to ", KindOther, ClassNone},
	{"marked delivered by ", KindOther, ClassNone},
	{"all recipients marked delivered by ", KindOther, ClassNone},
	{"lowest numbered MX record points to local host", KindProcess, ClassWarning},
	{"remote host address is the local host", KindProcess, ClassWarning},
	{"Spool file for ", KindOther, ClassNone}, // "... is locked"
	{"qualify/rewrite: ", KindOther, ClassNone},
	{"malware acl condition: ", KindProcess, ClassError},
	{"spam acl condition: ", KindProcess, ClassError},
	{"spamd: ", KindProcess, ClassError},
	{"SMTP data timeout ", KindLost, ClassTimeout},
	{"Failed to ", KindProcess, ClassError},
	{"failed to ", KindProcess, ClassError},
	{"DANE ", KindTLSError, ClassNone},
	{"DNSSEC ", KindOther, ClassNone},
	{"TLS session: ", KindTLSError, ClassNone},
	{"TLS error on connection to ", KindTLSError, ClassNone},
}

var messageEventIndex = indexTexts(len(messageEvents), func(i int) string { return messageEvents[i].text })

// messageEvent reads a sentence behind an id.
func (l *eximLine) messageEvent() bool {
	r := l.r
	if t, ok := cutPrefix(l.s, "DKIM: "); ok {
		return l.dkim(t)
	}
	if t, ok := cutPrefix(l.s, "PDKIM: "); ok {
		return l.dkim(t)
	}
	for _, i := range messageEventIndex.of(l.s) {
		if e := &messageEvents[i]; hasPrefix(l.s, e.text) {
			r.ev.Reply = r.sub(l.s)
			return r.sendKind(e.kind, e.class)
		}
	}
	return l.adminEvent() || l.hostEvent()
}

// adminEvent reads "address <r> marked delivered by root", "recipient <r> added by root",
// "|/bin/false <r>: error ignored", `"a@b" from env-from rewritten as "c@d" by submission mode`.
func (l *eximLine) adminEvent() bool {
	r := l.r
	if t, ok := cutPrefix(l.s, "address <"); ok {
		to, rest, ok := cut(t, ">")
		r.ev.To = r.sub(to)
		return ok && hasPrefix(rest, " marked delivered by ") && r.sendKind(KindOther, ClassNone)
	}
	if t, ok := cutPrefix(l.s, "recipient <"); ok {
		to, rest, ok := cut(t, ">")
		r.ev.To = r.sub(to)
		return ok && hasPrefix(rest, " added by ") && r.sendKind(KindOther, ClassNone)
	}
	if to, ok := cutSuffix(l.s, ": error ignored"); ok {
		l.recipient(to)
		return r.sendKind(KindOther, ClassNone)
	}
	if hasPrefix(l.s, `"`) && contains(l.s, `" from env-from rewritten as "`) {
		return r.sendKind(KindOther, ClassNone)
	}
	return false
}

// hostEvent reads "H=mx [ip]: SMTP error from remote ..." and "H=mx [ip] Connection
// refused": one host of several failed; what became of the recipient comes later.
func (l *eximLine) hostEvent() bool {
	t, ok := cutPrefix(l.s, "H=")
	if !ok {
		return false
	}
	p, rest, ok := cutEximHost(t)
	if !ok {
		return false
	}
	text, ok := cutPrefix(rest, ": ")
	if !ok {
		text = trimLeft(rest)
	}
	for _, known := range [...]string{
		"SMTP error from remote mail", "SMTP timeout after ", "Connection refused", "Connection timed out", "No route to host",
		"Network is unreachable", "Connection reset by peer", "Remote host closed connection", "Network Error", "Network error",
		"Host is unreachable", "retry time not reached", "host lookup did not complete", "Host previously had ", "Malformed SMTP reply",
		"a TLS session is required", "TLS error on connection", "TLS session failure", "SSL verify error", "DANE", "no IP address found", "Unknown error",
		"Permission denied", "Cannot assign requested address", "Protocol not available", "Broken pipe", "remote host does not offer", "LMTP ",
	} {
		if !hasPrefix(text, known) {
			continue
		}
		l.relay(p)
		l.r.ev.Reply = l.r.sub(text)
		l.remoteReply(text)
		if known[:3] == "TLS" || known[:3] == "SSL" || known[:3] == "DAN" || known[:3] == "a T" {
			return l.r.sendKind(KindTLSError, ClassNone)
		}
		return l.r.sendKind(KindOther, ClassNone)
	}
	return false
}

// dkim reads "d=example.org s=sel c=relaxed/relaxed a=rsa-sha256 b=2048
// [verification succeeded]".
func (l *eximLine) dkim(s []byte) bool {
	r := l.r
	for {
		key, val, rest, ok := nextField(s, " ")
		if !ok {
			break
		}
		switch string(key) {
		case "d":
			r.ev.Domain = r.sub(val)
		case "s":
			r.ev.Selector = r.sub(val)
		}
		s = rest
	}
	if i := lastIndexByte(s, '['); i >= 0 {
		class, _ := cutSuffix(s[i+1:], "]")
		r.ev.ClassText = r.sub(class)
		return r.sendKind(KindDKIM, ClassText)
	}
	return r.sendKind(KindDKIM, ClassNone)
}
