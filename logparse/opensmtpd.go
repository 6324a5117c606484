package logparse

// OpenSMTPD (program smtpd, without a path). Since 6.4 a line of a session is
//
//	sessionid {smtp|mta|mda} event key=value ...
//
// with a session id of 16 hex digits; only "connected" names the address, which
// the session id ties to the rest. The first half of an envelope id (evpid, 16 hex
// digits) is the message id, here the queue id. From 6.0 to 6.3 the event was a
// field, "event=connected address=... host=...", and before that lines were
// sentences, "smtp-in: New session ... from host ...".
//
// Quoted values are not escaped, so a command may hold `" result="`.

type smtpdLine struct {
	r     *record
	event []byte
	s     []byte // the fields
	old   bool   // 6.0 to 6.3: "event=", and address= and host= on each line
}

// parseOpenSMTPD reads one line of OpenSMTPD.
func parseOpenSMTPD(r *record) bool {
	r.ev.MTA = OpenSMTPD
	s := r.msg()
	if !isSMTPDSession(s) {
		return string(r.name) == "smtpd" && (isPAM(s) && pamLine(r, s) || smtpdSentence(r, s))
	}
	if string(s[:16]) != "0000000000000000" { // a delivery that never got a session
		r.ev.Session = r.sub(s[:16])
	}
	side, s := word(s[17:])
	l := smtpdLine{r: r}
	s, l.old = cutPrefix(s, "event=")
	l.event, l.s = word(s)
	switch string(side) {
	case "smtp":
		r.ev.Service = r.sub(side)
		return l.smtp()
	case "mta":
		return l.mta()
	case "mda":
		r.ev.Relay = r.sub(side)
		return l.mda()
	}
	return false
}

// isSMTPDText says whether s is OpenSMTPD's for sure: a line of a session, or a level
// word that Postfix writes behind a queue id only.
func isSMTPDText(s []byte) bool {
	return isSMTPDSession(s) || hasPrefix(s, "warn: ") || hasPrefix(s, "info: ")
}

// isSMTPDSession says whether s begins with a session id and the side it is of.
func isSMTPDSession(s []byte) bool {
	if len(s) < 22 || s[16] != ' ' || s[20] != ' ' && s[21] != ' ' || !isHex(s[:16]) {
		return false
	}
	side, _ := word(s[17:])
	return string(side) == "smtp" || string(side) == "mta" || string(side) == "mda"
}

// smtp reads an event of a session with a client.
func (l *smtpdLine) smtp() bool {
	r := l.r
	l.oldPeer()
	switch string(l.event) {
	case "connected":
		l.connected()
		return r.sendKind(KindConnect, ClassNone)
	case "tls", "starttls":
		l.tls()
		return r.sendKind(KindTLS, ClassNone)
	case "authentication":
		return l.authentication()
	case "message":
		return l.message()
	case "envelope":
		return l.envelope()
	case "failed-command":
		return l.failedCommand()
	case "bad-input":
		_, result, _ := cutLast(l.s, `result="`)
		result, _ = cutSuffix(result, `"`)
		r.ev.Reply = r.sub(r.replyCodes(result))
		return r.sendKind(KindProtocol, ClassNone)
	case "disconnected", "closed":
		return l.disconnected()
	case "cert-check", "client-cert-check", "server-cert-check", "report", "proxy", "filter":
		if _, _, _, ok := nextField(l.s, " "); ok {
			return r.sendKind(KindOther, ClassNone)
		}
	}
	return false
}

// oldPeer reads "address=IP host=NAME" where 6.0 to 6.3 had them on each line.
func (l *smtpdLine) oldPeer() {
	if l.old && string(l.event) != "connected" {
		l.connected()
	}
}

// connected reads "address=IP host=NAME" and leaves what follows. A name is what
// the resolver said, without blanks; "local" is the enqueuer.
func (l *smtpdLine) connected() {
	r := l.r
	if v, ok := cutPrefix(l.s, "address="); ok {
		addr, rest := word(v)
		if r.setClientIP(addr) {
			r.ev.Has |= IsTrusted
		}
		l.s = rest
	}
	if v, ok := cutPrefix(l.s, "host="); ok {
		name, rest := word(v)
		r.ev.ClientName = r.sub(unangle(name))
		l.s = rest
	}
}

// tls reads "ciphers=TLSv1.3:TLS_AES_256_GCM_SHA384:256".
func (l *smtpdLine) tls() {
	for s := l.s; ; {
		key, val, rest, ok := nextField(s, " ")
		if !ok {
			return
		}
		if k := string(key); k == "ciphers" || k == "cipher" {
			version, cipher, _ := cutByte(unquote(val), ':')
			if i := lastIndexByte(cipher, ':'); i > 0 {
				cipher = cipher[:i]
			}
			cipher, _ = cutSuffix(cipher, ",")
			l.r.ev.TLSVersion, l.r.ev.TLSCipher = l.r.sub(version), l.r.sub(cipher)
			return
		}
		s = rest
	}
}

// authentication reads "user=U result=ok|permfail|tempfail": the name is the
// client's text.
func (l *smtpdLine) authentication() bool {
	r := l.r
	user, result, ok := cutLast(l.s, " result=")
	if !ok {
		return false
	}
	user, _ = cutPrefix(user, "user=")
	if u, addr, ok := cutLast(user, " address="); ok && l.old {
		ip, _ := word(addr)
		r.setClientIP(ip)
		user = u
	}
	r.ev.User = r.sub(unquote(user))
	switch string(unquote(result)) {
	case "ok":
		return r.sendKind(KindAuthOK, ClassNone)
	case "tempfail":
		r.ev.Cause = CauseBackend
		return r.sendKind(KindAuthError, ClassNone)
	case "permfail":
		return r.sendKind(KindAuthFail, ClassNone)
	}
	return false
}

// message reads "msgid=26c32ccb size=9209 nrcpt=1 proto=ESMTP" and, before 6.4, the
// same with from=<> to=<> ndest=.
func (l *smtpdLine) message() bool {
	r := l.r
	for s := l.s; ; {
		key, val, rest, ok := nextField(s, " ")
		if !ok {
			break
		}
		switch string(key) {
		case "msgid":
			r.ev.QueueID = r.sub(val)
		case "size":
			if n, ok := parseUint(val); ok {
				r.setSize(n)
			}
		case "nrcpt", "ndest":
			if n, ok := parseUint32(val); ok {
				r.setNrcpt(n)
			}
		case "from":
			r.setFrom(unangle(val))
		case "to":
			r.ev.To = r.sub(unangle(val))
		}
		s = rest
	}
	if r.ev.QueueID.Len == 0 {
		return false
	}
	return r.sendKind(KindAccept, ClassNone)
}

// envelope reads "evpid=26c32ccb58de7460 from=<a@b> to=<c@d>": one recipient of a
// message just accepted.
func (l *smtpdLine) envelope() bool {
	if !l.evpid() {
		return false
	}
	l.address("from=")
	l.address("to=")
	return l.r.sendKind(KindQueued, ClassNone)
}

// evpid takes "evpid=..." off; its first half is the message.
func (l *smtpdLine) evpid() bool {
	v, ok := cutPrefix(l.s, "evpid=")
	if !ok || len(v) < 16 || !isHex(v[:16]) {
		return false
	}
	l.r.ev.QueueID = l.r.sub(v[:8])
	l.s = trimLeft(v[16:])
	return true
}

// address takes "key=<a@b>" off, quotes minded.
func (l *smtpdLine) address(key string) (addr []byte) {
	v, ok := cutPrefix(l.s, key)
	if !ok || len(v) == 0 || v[0] != '<' {
		return nil
	}
	i := angleEnd(v)
	if i < 0 {
		return nil
	}
	addr, l.s = v[1:i], trimLeft(v[i+1:])
	l.s, _ = cutPrefix(l.s, ", ") // before 6.0 the separator was ", "
	switch key {
	case "from=":
		l.r.setFrom(addr)
	case "to=":
		l.r.ev.To = l.r.sub(addr)
	case "rcpt=":
		if string(addr) != "-" && len(addr) > 0 && string(addr) != string(l.r.ev.Bytes(l.r.b, l.r.ev.To)) {
			l.r.ev.OrigTo = l.r.sub(addr)
		}
	}
	return addr
}

// disconnected reads "reason=quit", "reason=disconnect", "reason="io-error: ...".
// A TLS fault is an event of its own: the session ends all the same.
func (l *smtpdLine) disconnected() bool {
	r := l.r
	reason, _ := cutPrefix(l.s, "reason=")
	reason = unquote(reason)
	r.ev.Reply = r.sub(reason)
	switch {
	case hasPrefix(reason, "quit"), hasPrefix(reason, "done"):
		return r.sendKind(KindDisconnect, ClassNone)
	case contains(reason, "SSL"), contains(reason, "TLS"), contains(reason, "handshake failed"):
		r.sendKind(KindTLSError, ClassNone)
		return r.sendKind(KindLost, ClassLost)
	case hasPrefix(reason, "timeout"):
		return r.sendKind(KindLost, ClassTimeout)
	case hasPrefix(reason, "too many"), hasPrefix(reason, "too-many"):
		return r.sendKind(KindLost, ClassTooManyErrors)
	case len(reason) == 0:
		return r.sendKind(KindDisconnect, ClassNone)
	}
	return r.sendKind(KindLost, ClassLost)
}
