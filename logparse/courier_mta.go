package logparse

// The mail server of Courier: courierd keeps the queue, courieresmtp, courierlocal and
// the like deliver. A delivery is
//
//	id=Q,from=<a@b>,addr=<c@d>: 550 5.1.1 a line of the reply
//	id=Q,from=<a@b>,addr=<c@d>[,size=N],success: delivered: mx.example [203.0.113.5]
//	id=Q,from=<a@b>,addr=<c@d>,status: failure
//
// "status: success" repeats the line before it.

// courierQueue reads a line of courierd.
func courierQueue(r *record, s []byte) bool {
	if t, ok := cutPrefix(s, "newmsg,id="); ok {
		return courierNew(r, t)
	}
	if id, ok := cutPrefix(s, "completed,id="); ok {
		r.ev.QueueID = r.sub(id)
		return r.sendKind(KindRemoved, ClassNone)
	}
	if t, ok := cutPrefix(s, "started,id="); ok {
		id, _, _ := cutByte(t, ',')
		r.ev.QueueID = r.sub(id)
		return r.sendKind(KindOther, ClassNone)
	}
	if hasPrefix(s, "Courier ") && contains(s, " Copyright ") {
		r.ev.Reply = r.sub(s)
		return r.sendKind(KindProcess, ClassStart)
	}
	for _, t := range [...]string{"Waiting.  ", "Started ./", "Installing ", "Installed: ", "Initializing ", "Loading ", "Purging ", "queuelo="} {
		if hasPrefix(s, t) {
			return r.sendKind(KindOther, ClassNone)
		}
	}
	return false
}

// courierNew reads "Q[, auth=U]: dns; HELO (name [ip])": what is in the last parentheses
// is the server's.
func courierNew(r *record, s []byte) bool {
	id, s, ok := cut(s, ": ")
	if !ok {
		return false
	}
	if q, user, ok := cut(id, ", auth="); ok {
		id = q
		r.ev.User = r.sub(user)
	}
	r.ev.QueueID = r.sub(id)
	if s, ok = cutPrefix(s, "dns; "); !ok {
		return r.sendKind(KindAccept, ClassNone)
	}
	helo, peer, ok := cutLast(s, " (")
	if !ok {
		return false
	}
	r.ev.Helo = r.sub(helo)
	if name, ip, ok := cutLast(peer, "["); ok {
		ip, _, _ = cutByte(ip, ']')
		if r.setClientIP(ip) {
			r.ev.Has |= IsTrusted
		}
		r.ev.ClientName = r.sub(trimRight(name))
	}
	return r.sendKind(KindAccept, ClassNone)
}

// courierDelivery reads what follows "id=".
func courierDelivery(r *record, s []byte) bool {
	id, s, ok := cut(s, ",from=<")
	if !ok {
		return false
	}
	from, s, ok := cut(s, ">,addr=<")
	if !ok {
		return false
	}
	i := courierAddrEnd(s)
	if i < 0 {
		return false
	}
	to, rest := s[:i], s[i+1:]
	r.ev.QueueID, r.ev.To = r.sub(id), r.sub(to)
	r.setFrom(from)
	if reply, ok := cutPrefix(rest, ": "); ok {
		r.ev.Reply = r.sub(r.replyCodes(reply))
		return r.sendKind(KindOther, ClassNone)
	}
	if size, ok := cutPrefix(rest, ",size="); ok {
		n, t, _ := leadUint(size)
		r.setSize(n)
		rest = t
	}
	return courierStatus(r, rest)
}

// courierAddrEnd is where an address ends: at the '>' behind which the line goes on.
func courierAddrEnd(s []byte) int {
	for i := range s {
		if s[i] != '>' {
			continue
		}
		if t := s[i+1:]; hasPrefix(t, ": ") || hasPrefix(t, ",size=") || hasPrefix(t, ",success: ") || hasPrefix(t, ",status: ") {
			return i
		}
	}
	return -1
}

// courierStatus reads ",success: delivered: mx.example [203.0.113.5]" and ",status:
// failure".
func courierStatus(r *record, s []byte) bool {
	if text, ok := cutPrefix(s, ",success: "); ok {
		r.ev.Status, r.ev.Reply = StatusSent, r.sub(text)
		if host, ok := cutPrefix(text, "delivered: "); ok {
			name, ip, _ := cut(host, " [")
			ip, _, _ = cutByte(ip, ']')
			r.ev.Relay = r.sub(name)
			if a, ok := parseAddr(ip); ok {
				r.ev.RelayIP = a
			}
		}
		return r.sendKind(KindDelivery, ClassNone)
	}
	status, ok := cutPrefix(s, ",status: ")
	if !ok {
		return false
	}
	switch string(status) {
	case "success":
		return r.sendKind(KindOther, ClassNone)
	case "failure":
		r.ev.Status = StatusBounced
	case "deferred":
		r.ev.Status = StatusDeferred
	default:
		return false
	}
	return r.sendKind(KindDelivery, ClassNone)
}

// courierRejected reads "from=<a@b>,to=<c@d>: 550 User <c> unknown" and, after MAIL,
// "from=<a@b>: 517 Syntax error." Addresses are the client's, and come before the
// reply. Only the last line of a reply counts.
func courierRejected(r *record, s []byte) bool {
	class := ClassSender
	from, text, ok := cut(s, ">: ")
	if f, t, hasTo := cut(s, ">,to=<"); hasTo {
		var to []byte
		if to, text, ok = cut(t, ">: "); ok {
			from, class = f, ClassRecipient
			r.ev.To = r.sub(to)
		}
	}
	if !ok {
		return false
	}
	r.setFrom(from)
	more := len(text) > 3 && text[3] == '-'
	text = r.replyCodes(text)
	r.ev.Reply = r.sub(text)
	if more {
		return r.sendKind(KindOther, ClassNone)
	}
	if c := reasonClass(text); c != ClassNone {
		class = c
	}
	if hasPrefix(text, "User <") && hasSuffix(text, "> unknown") {
		class = ClassUserUnknown
	}
	return r.sendKind(KindReject, class)
}
