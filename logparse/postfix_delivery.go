package logparse

import "bytes"

// The delivery record, written by smtp, lmtp, local, virtual, pipe, error,
// discard, retry, qmgr and, for probes, verify. The order of its keys is fixed:
//
//	to=<..>[, orig_to=<..>], relay=R[, conn_use=N], delay=D, delays=a/b/c/d[, tls=T], dsn=X.Y.Z, status=S (text)

// cutAddress reads "<address>" or a bare address at the start of s, up to one of
// ends. A quoted local part is skipped as a whole, so that its text cannot end the
// address (Postfix 3.5 and later quote what needs it); for a bare address the
// first of ends counts. An address that was cut off with the line runs to its end.
func cutAddress(s []byte, ends ...string) (addr, rest []byte, ok bool) {
	if len(s) == 0 || s[0] != '<' {
		for _, e := range ends {
			if before, _, ok := cut(s, e); ok {
				return before, s[len(before):], true
			}
		}
		return s, nil, false
	}
	for i := skipQuoted(s, 1); i < len(s); i++ {
		n := bytes.IndexByte(s[i:], '>')
		if n < 0 {
			break
		}
		if i += n; i+1 == len(s) {
			return s[1:i], nil, true
		}
		for _, e := range ends {
			if hasPrefix(s[i+1:], e) {
				return s[1:i], s[i+1:], true
			}
		}
	}
	return s[1:], nil, false
}

// cutDeliveredTo is cutAddress for a delivery's "to=", the usual case first.
func cutDeliveredTo(s []byte) (addr, rest []byte, ok bool) {
	if len(s) > 2 && s[0] == '<' && s[1] != '"' {
		if i := bytes.IndexByte(s, '>'); i > 0 && hasPrefix(s[i+1:], ", relay=") {
			return s[1:i], s[i+1:], true
		}
	}
	return cutAddress(s, ", relay=", ", orig_to=")
}

// skipQuoted is the offset behind the quoted string that starts at s[i], else i.
func skipQuoted(s []byte, i int) int {
	if i >= len(s) || s[i] != '"' {
		return i
	}
	for j := i + 1; j < len(s); j++ {
		switch s[j] {
		case '\\':
			j++
		case '"':
			return j + 1
		}
	}
	return i // never closed: not a quoted string
}

func (r *record) pfDelivery(s []byte) bool {
	e := &r.ev
	if t, ok := cutPrefix(s, "to="); ok {
		addr, rest, ok := cutDeliveredTo(t)
		if !ok {
			return false
		}
		e.To, s = r.sub(addr), rest
	}
	if t, ok := cutPrefix(s, ", orig_to="); ok {
		addr, rest, ok := cutAddress(t, ", relay=")
		if !ok {
			return false
		}
		e.OrigTo, s = r.sub(addr), rest
	}
	s, ok := cutPrefix(s, ", relay=")
	if !ok {
		return false
	}
	name, v4, end := leadHostIPv4(s)
	if end > 0 {
		if port, rest := leadPort(s[end:]); hasPrefix(rest, ", ") {
			putMapped(&e.RelayIP, v4)
			e.Relay, e.RelayPort = r.sub(s[:name]), port
			return r.pfDeliveryTimes(rest[2:])
		}
	}
	relay, s, ok := cut(s, ", ")
	if !ok {
		return false
	}
	if name < 0 || name+1 < len(relay) && relay[name+1] >= 'g' { // none, local, name[private/socket]
		e.Relay = r.sub(relay)
	} else {
		r.pfRelay(relay)
	}
	return r.pfDeliveryTimes(s)
}

// pfRelay reads "name[addr]:port" and whatever else has a bracket.
func (r *record) pfRelay(s []byte) {
	var h hostAddr
	if rest, ok := h.cut(s); !ok || len(rest) > 0 || !h.put(&r.ev.RelayIP) {
		r.ev.Relay = r.sub(s)
		return
	}
	r.ev.Relay, r.ev.RelayPort = r.sub(h.name), h.port
}

func (r *record) pfDeliveryTimes(s []byte) bool {
	if t, ok := cutPair(s, "conn_use", "="); ok {
		_, s, _ = cut(t, ", ")
	}
	s, ok := cutPrefix(s, "delay=")
	if !ok {
		return false
	}
	d, n := leadSeconds(s)
	if n == 0 {
		return false
	}
	s = s[n:]
	r.ev.Delay, r.ev.Has = d, r.ev.Has|HasDelay
	if t, ok := cutPair(s, ", delays", "="); ok {
		s = r.pfDelays(t)
	}
	if t, ok := cutPrefix(s, ", tls="); ok { // 3.11: level/feature, ":final", "!" blocked, "?" undecided
		var tls []byte
		tls, s, ok = cut(t, ", dsn=")
		if !ok {
			return false
		}
		r.ev.Class, r.ev.ClassText = ClassText, r.sub(tls)
	} else if s, ok = cutPrefix(s, ", dsn="); !ok {
		return false
	}
	dsn, s, ok := leadDSN(s)
	if !ok {
		return false
	}
	r.setDSN(dsn)
	if s, ok = cutPair(s, ", status", "="); !ok {
		return false
	}
	return r.pfStatus(s)
}

// pfDelays reads "a/b/c/d": before the queue manager, in the queue, connecting,
// transmitting.
func (r *record) pfDelays(s []byte) []byte {
	if n := leadDelays(s, &r.ev.Delays); n > 0 {
		r.ev.Has |= HasDelays
		return s[n:]
	}
	return r.slowDelays(s)
}

// slowDelays is pfDelays for records that are cut off or have long numbers.
func (r *record) slowDelays(s []byte) []byte {
	for i := range r.ev.Delays {
		d, n := leadSeconds(s)
		if n == 0 {
			return s
		}
		r.ev.Delays[i], s = d, s[n:]
		if i == 3 {
			r.ev.Has |= HasDelays
		} else if len(s) > 0 && s[0] == '/' {
			s = s[1:]
		}
	}
	return s
}

func (r *record) pfStatus(s []byte) bool {
	if text, ok := cutPrefix(s, "sent ("); ok {
		r.ev.Status = StatusSent
		return r.pfDelivered(s[len(s)-len(text)-1:])
	}
	status, text := word(s)
	switch string(status) {
	case "sent":
		r.ev.Status = StatusSent
	case "deferred", "SOFTBOUNCE":
		r.ev.Status = StatusDeferred
	case "bounced":
		r.ev.Status = StatusBounced
	case "expired":
		r.ev.Status = StatusExpired
	case "deliverable":
		r.ev.Status = StatusDeliverable
	case "undeliverable":
		r.ev.Status = StatusUndeliverable
	default:
		return false
	}
	return r.pfDelivered(text)
}

// pfDelivered reads "(text)", the end of a delivery record.
func (r *record) pfDelivered(text []byte) bool {
	r.ev.Kind = KindDelivery
	if n := len(text); n > 1 && text[0] == '(' {
		text = text[1:]
		if text[n-2] == ')' { // cut-off lines lack it
			text = text[:n-2]
		}
	}
	r.pfReply(text)
	r.send()
	return true
}

// pfReply reads the text of a delivery: the remote reply, its code, the command it
// answers, the id the next hop gave.
func (r *record) pfReply(s []byte) {
	r.ev.Reply = r.sub(s)
	if len(s) < 4 {
		return
	}
	if code, _, ok := leadCode(s); ok {
		r.ev.Code, r.ev.Has = code, r.ev.Has|HasCode
		if r.ev.Status == StatusSent {
			r.pfQueuedAs(s)
		}
		return
	}
	switch s[0] {
	case 'f':
		if id, ok := cutPrefix(s, "forwarded as "); ok {
			r.ev.ChildQueueID = r.sub(id)
		}
	case 'h':
		if t, ok := cutPrefix(s, "host "); ok {
			r.pfSaid(t)
		}
	case 'c', 'd', 'l':
		s, _ = cutPrefix(s, "delivery temporarily suspended: ")
		for _, p := range [...]string{"connect to ", "host ", "conversation with ", "lost connection with "} {
			if t, ok := cutPrefix(s, p); ok && r.ev.RelayIP == [16]byte{} {
				var h hostAddr
				if _, ok := h.cut(t); ok {
					r.pfNextHop(&h)
				}
			}
		}
	}
}

// pfNextHop adds the address of a next hop that was tried; the logged relay
// ("none") stays.
func (r *record) pfNextHop(h *hostAddr) {
	if h.put(&r.ev.RelayIP) {
		r.ev.RelayPort = h.port
	}
}

// pfSaid reads "name[addr] said: CODE text (in reply to CMD command)" or "name[addr]
// refused to talk to me: CODE text".
func (r *record) pfSaid(s []byte) bool {
	var h hostAddr
	rest, ok := h.cut(s)
	if !ok {
		return false
	}
	reply, ok := cutPrefix(rest, " said: ")
	if !ok {
		if reply, ok = cutPrefix(rest, " refused to talk to me: "); !ok {
			return false
		}
	}
	if r.ev.RelayIP == [16]byte{} {
		r.pfNextHop(&h)
		if r.ev.Relay.Len == 0 {
			r.ev.Relay = r.sub(h.name)
		}
	}
	if code, _, ok := leadCode(reply); ok {
		r.ev.Code, r.ev.Has = code, r.ev.Has|HasCode
	}
	if head, ok := cutSuffix(reply, ")"); ok || hasSuffix(reply, " command") {
		reply = r.pfReplyStage(reply, head)
	}
	if r.ev.Reply.Len == 0 {
		r.ev.Reply = r.sub(reply)
		if code, t, ok := leadCode(reply); ok && code != 0 {
			if d, _, ok := leadDSN(t); ok {
				r.setDSN(d)
			}
		}
	}
	return true
}

// pfReplyStage takes " (in reply to CMD command" off the end of head, the reply
// without its closing parenthesis.
func (r *record) pfReplyStage(reply, head []byte) []byte {
	head, ok := cutSuffix(head, " command")
	if !ok {
		return reply
	}
	const in = " (in reply to "
	tail := head[max(0, len(head)-len(in)-24):] // the longest stage is "end of DATA"
	i := index(tail, in)
	if i < 0 {
		return reply
	}
	r.ev.Stage = r.sub(tail[i+len(in):])
	return head[:len(head)-len(tail)+i]
}

// pfQueuedAs finds the id that the next hop gave the message, in the replies of
// Postfix, Exim, Sendmail, Exchange, Gmail and Dovecot's LMTP.
func (r *record) pfQueuedAs(s []byte) {
	if hasSuffix(s, " Saved") { // 250 2.0.0 <user@dom> SESSION Saved
		t := s[:len(s)-len(" Saved")]
		if i := lastIndexByte(t, ' '); i >= 0 {
			r.ev.RemoteQueueID = r.sub(t[i+1:])
		}
		return
	}
	if _, t, ok := cut(s, "queued as "); ok {
		r.ev.RemoteQueueID = r.sub(idWord(t))
		return
	}
	for _, k := range [...]string{" id=", "InternalId="} {
		if _, t, ok := cut(s, k); ok {
			r.ev.RemoteQueueID = r.sub(idWord(t))
			return
		}
	}
	for _, k := range [...]string{" Message accepted for delivery", " - gsmtp"} {
		if t, _, ok := cut(s, k); ok {
			if i := lastIndexByte(t, ' '); i >= 0 {
				r.ev.RemoteQueueID = r.sub(t[i+1:])
			}
			return
		}
	}
}

// idWord is the id at the start of s.
func idWord(s []byte) []byte {
	n := 0
	for n < len(s) && (isKeyByte(s[n]) || s[n] == '+' || s[n] == '/' || s[n] == ':') {
		n++
	}
	return s[:n]
}
