package logparse

// Courier (imapd, pop3d, their -ssl forms, courieresmtpd). A line is a word and a
// list: "LOGIN FAILED, user=U, ip=[::ffff:203.0.113.9], port=[4000]". The user is
// attacker text, and the address comes after it: the last ip= is the server's.

// parseCourier reads one line of Courier.
func parseCourier(r *record) bool {
	r.ev.MTA = Courier
	r.ev.Service = r.sub(r.name)
	s := r.msg()
	if isPAM(s) {
		return pamLine(r, s)
	}
	if t, ok := cutPrefix(s, "id="); ok {
		return courierDelivery(r, t)
	}
	switch string(r.name) {
	case "courierd":
		return courierQueue(r, s)
	case "authdaemond":
		return courierAuth(r, s)
	}
	if t, ok := cutPrefix(s, "error,relay="); ok {
		return courierSMTP(r, t)
	}
	if t, ok := cutPrefix(s, "courieresmtpd: STARTTLS failed: "); ok {
		s, _ = cutPrefix(t, "DEBUG: ")
	}
	if t, ok := cutPrefix(s, "ip="); ok {
		return courierTLS(r, t)
	}
	if t, ok := cutPrefix(s, "started,ip="); ok {
		courierIP(r, t)
		return r.sendKind(KindConnect, ClassNone)
	}
	for i := range courierWords {
		w := &courierWords[i]
		t, ok := cutPrefix(s, w.text)
		if !ok {
			continue
		}
		head, ip, ok := cutLast(t, "ip=")
		if !ok {
			return false
		}
		courierIP(r, ip)
		if user, ok := cutPrefix(head, "user="); ok {
			user, _ = cutSuffix(user, ", ")
			r.ev.User = r.sub(user)
		} else if mech, ok := cutPrefix(head, "method="); ok {
			mech, _ = cutSuffix(mech, ", ")
			r.ev.Method = r.sub(mech)
		}
		return r.sendKind(w.kind, w.class)
	}
	return false
}

var courierWords = [...]struct {
	text  string
	kind  Kind
	class Class
}{
	{"LOGIN FAILED, ", KindAuthFail, ClassNone},
	{"LOGIN, ", KindAuthOK, ClassNone},
	{"LOGOUT, ", KindDisconnect, ClassNone},
	{"DISCONNECTED, ", KindDisconnect, ClassNone},
	{"Disconnected, ", KindDisconnect, ClassNone},
	{"TIMEOUT, ", KindLost, ClassTimeout},
	{"Connection, ", KindConnect, ClassNone},
	{"Maximum connection limit reached for ", KindRateLimit, ClassNone},
}

// courierIP reads "[::ffff:203.0.113.9], port=[4000]".
func courierIP(r *record, s []byte) {
	i := indexByte(s, ']')
	if len(s) == 0 || s[0] != '[' || i < 0 || !r.setClientIP(s[1:i]) {
		return
	}
	r.ev.Has |= IsTrusted
	rest, _ := cutPrefix(s[i+1:], ",")
	if p, ok := cutPrefix(trimLeft(rest), "port=["); ok {
		if n, _, ok := leadUint(p); ok && n <= 65535 {
			r.ev.ClientPort = uint16(n)
		}
	}
}

// courierTLS reads "[::ffff:203.0.113.9], No supported cipher suites have been found.".
func courierTLS(r *record, s []byte) bool {
	_, why, ok := cut(s, "], ")
	if !ok {
		return false
	}
	courierIP(r, s)
	r.ev.Reply = r.sub(why)
	if hasPrefix(why, "Unexpected SSL connection shutdown") { // a client that just hung up
		return r.sendKind(KindOther, ClassNone)
	}
	return r.sendKind(KindTLSError, ClassNone)
}

// courierAuth reads what authdaemond says about itself.
func courierAuth(r *record, s []byte) bool {
	r.ev.Reply = r.sub(s)
	for _, t := range [...]string{"modules=", "Installing ", "Installation complete", "restarting ", "stopping "} {
		if hasPrefix(s, t) {
			return r.sendKind(KindOther, ClassNone)
		}
	}
	return false
}

// courierSMTP reads `::ffff:203.0.113.9,port=4000,msg="535 Authentication failed.",cmd:
// AUTH LOGIN ...`: the command comes last and may be a login.
func courierSMTP(r *record, s []byte) bool {
	ip, s, ok := cutByte(s, ',')
	if !ok || !r.setClientIP(ip) {
		return false
	}
	r.ev.Has |= IsTrusted
	if t, ok := cutPrefix(s, "port="); ok {
		n, rest, ok := leadUint(t)
		if ok && n <= 65535 {
			r.ev.ClientPort = uint16(n)
		}
		if t, ok = cutPrefix(rest, ",from=<"); ok {
			return courierRejected(r, t)
		}
	}
	_, s, ok = cut(s, `msg="`)
	if !ok {
		return false
	}
	msg, cmd, _ := cut(s, `"`)
	text := r.replyCodes(msg)
	r.ev.Reply = r.sub(text)
	_, cmd, _ = cut(cmd, "cmd: ")
	if hasPrefixFold(cmd, "auth") || r.ev.Code == 535 {
		_, arg := word(cmd)
		mech, user := word(arg)
		if string(mech) == "PLAIN" { // the login in base64 stands before the name
			_, user = word(user)
		}
		r.ev.Method, r.ev.User = r.sub(mech), r.sub(user)
		return r.sendKind(KindAuthFail, ClassNone)
	}
	verb, _ := word(cmd)
	r.ev.Stage = r.sub(verb)
	switch {
	case r.ev.Code >= 500 && r.ev.Code <= 504:
		return r.sendKind(KindProtocol, ClassNone)
	case r.ev.Code < 400:
		return r.sendKind(KindOther, ClassNone)
	}
	class := reasonClass(text)
	if class == ClassNone {
		class = ClassOther
	}
	return r.sendKind(KindReject, class)
}
