package logparse

// message reads a line that belongs to a message: the id has been taken off.
func (l *eximLine) message() bool {
	if len(l.s) >= 3 && l.s[2] == ' ' {
		rest := trimLeft(l.s[3:])
		switch string(l.s[:2]) {
		case "<=":
			return l.received(rest)
		case "=>", "->", ">>":
			return l.delivered(rest)
		case "**":
			return l.failed(rest, StatusBounced)
		case "==":
			return l.failed(rest, StatusDeferred)
		case "*>", "(=": // suppressed by -N; fakereject
			return l.r.sendKind(KindOther, ClassNone)
		}
	}
	if rest, ok := cutPrefix(l.s, "Completed"); ok && (len(rest) == 0 || rest[0] == ' ') {
		return l.completed(rest)
	}
	return l.messageEvent() || l.session()
}

// completed reads " QT=3s".
func (l *eximLine) completed(s []byte) bool {
	if key, val, _, ok := nextField(trimLeft(s), " "); ok && string(key) == "QT" {
		if d, ok := eximSeconds(val); ok {
			l.r.setDelay(d)
		}
	}
	return l.r.sendKind(KindRemoved, ClassNone)
}

// received reads what follows "<=": the sender, then fields in a fixed order with
// the attacker's last (id=, T=): the first of a name counts.
func (l *eximLine) received(s []byte) bool {
	r := l.r
	sender, s := cutEximAddr(s)
	r.setFrom(sender)
	var ident, seen []byte
	for len(s) > 0 {
		if t, ok := cutPrefix(s, "H="); ok && seen == nil {
			p, rest, ok := cutEximHost(t)
			if ok {
				seen = t
				l.peer(p)
				s = trimLeft(rest)
				continue
			}
		}
		if t, ok := cutPrefix(s, "for "); ok {
			l.recipients(t)
			break
		}
		if t, ok := cutPrefix(s, "id*="); ok { // an id that Exim itself made
			id, rest := word(t)
			r.setMessageID(id)
			s = skipSubject(rest)
			continue
		}
		key, val, rest, ok := nextField(s, " ")
		if !ok {
			_, s = word(s)
			continue
		}
		s = rest
		if string(key) == "U" {
			ident = val
			continue
		}
		if !l.receivedField(key, val) {
			s = skipSubject(s)
		}
	}
	if string(r.ev.Bytes(r.b, r.ev.Service)) == "local" || seen == nil {
		r.ev.User = r.sub(ident)
	}
	l.bounceLink()
	return r.sendKind(KindAccept, ClassNone)
}

// receivedField reads one field of "<="; false behind the message id, where only
// a recipient list is still the daemon's.
func (l *eximLine) receivedField(key, val []byte) bool {
	r := l.r
	switch string(key) {
	case "P":
		r.ev.Service = r.sub(val)
	case "X":
		l.tls(val)
	case "A":
		l.auth(val)
	case "S":
		if n, ok := parseUint(val); ok && r.ev.Has&HasSize == 0 {
			r.setSize(n)
		}
	case "R":
		r.ev.OrigQueueID = r.sub(val)
	case "I":
		if i := lastIndex(val, "]:"); i >= 0 {
			r.ev.LocalPort, _ = parsePort(val[i+2:])
		}
	case "id":
		r.setMessageID(val)
		return false
	}
	return true
}

// skipSubject goes to the recipient list that may follow id=, T="..." and
// "from <sender>".
func skipSubject(s []byte) []byte {
	if i := lastIndex(s, " for "); i >= 0 {
		return s[i+1:]
	}
	if hasPrefix(s, "for ") {
		return s
	}
	return nil
}

// recipients reads "a@b c@d".
func (l *eximLine) recipients(s []byte) {
	n := uint32(0)
	for len(s) > 0 {
		var a []byte
		a, s = cutEximAddr(s)
		if n++; n == 1 {
			l.r.ev.To = l.r.sub(a)
		}
	}
	if n > 0 {
		l.r.setNrcpt(n)
	}
}

// bounceLink sends the event that ties a bounce to the message it is about:
// "<= <> R=id P=local".
func (l *eximLine) bounceLink() {
	r := l.r
	if r.ev.From.Len > 0 || r.ev.OrigQueueID.Len == 0 {
		return
	}
	own, parent := r.ev.QueueID, r.ev.OrigQueueID
	r.ev.QueueID, r.ev.ChildQueueID, r.ev.OrigQueueID = parent, own, Span{}
	r.sendKind(KindBounce, ClassNone)
	r.ev.QueueID, r.ev.ChildQueueID, r.ev.OrigQueueID = own, Span{}, parent
}

// tls reads "TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256", with ":X25519"
// behind it since 4.100.
func (l *eximLine) tls(s []byte) {
	version, cipher, ok := cutByte(s, ':')
	if !ok {
		return
	}
	cipher, _, _ = cutByte(cipher, ':')
	l.r.ev.TLSVersion, l.r.ev.TLSCipher = l.r.sub(version), l.r.sub(cipher)
}

// auth reads "authenticator:login[:sender]".
func (l *eximLine) auth(s []byte) {
	method, user, _ := cutByte(s, ':')
	user, _, _ = cutByte(user, ':')
	l.r.ev.Method, l.r.ev.User = l.r.sub(method), l.r.sub(user)
}

// recipient reads the address of a delivery line: "final (alias) <original>". What
// is left begins with a blank, with ": " or is empty.
func (l *eximLine) recipient(s []byte) (rest []byte) {
	final, s := cutEximRcpt(s)
	var orig []byte
	if t, ok := cutPrefix(s, " ("); ok {
		if _, t, ok := cutByte(t, ')'); ok {
			s = t
		}
	}
	if hasPrefix(s, " <") {
		if i := angleEnd(s[1:]); i > 0 {
			orig, s = s[2:1+i], s[2+i:]
		}
	}
	if len(orig) > 0 && indexByte(orig, '@') > 0 && indexByte(final, '@') < 0 {
		final, orig = orig, nil // final is a user, a pipe or a file: the transport says so
	}
	l.r.ev.To, l.r.ev.OrigTo = l.r.sub(final), l.r.sub(orig)
	return s
}

// cutEximRcpt cuts the final address off: an address, a user, "|command", "/file",
// ":blackhole:" or ">address" of an autoreply.
func cutEximRcpt(s []byte) (final, rest []byte) {
	if len(s) == 0 {
		return nil, nil
	}
	if s[0] == '|' || s[0] == '/' || s[0] == '>' {
		n := len(s)
		for _, end := range [...]string{" <", " R=", " F=<", ": "} {
			if i := index(s[:n], end); i >= 0 {
				n = i
			}
		}
		return s[:n], s[n:]
	}
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == ' ', c == ':' && i > 0 && i+1 < len(s) && s[i+1] == ' ' && s[0] != ':':
			return s[:i], s[i:]
		}
	}
	if quoted {
		final, _ = word(s)
		return final, s[len(final):]
	}
	return s, nil
}

// angleEnd is where the "<...>" at the start of s ends, quotes minded.
func angleEnd(s []byte) int {
	quoted := false
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == '>' && !quoted:
			return i
		}
	}
	return indexByte(s, '>')
}
