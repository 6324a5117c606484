package logparse

// delivery reads LMTP and LDA: "[session: ][sieve: ]msgid=<M>: what happened".
func (l *dovecotLine) delivery() bool {
	r, s := l.r, l.text
	s, _ = cutPrefix(s, "sieve: ")
	if !hasPrefix(s, "msgid=") {
		session, rest, ok := cut(s, ": ")
		if !ok || !isSession(session) {
			return false
		}
		s, _ = cutPrefix(rest, "sieve: ")
		if !hasPrefix(s, "msgid=") {
			return false
		}
		r.ev.Session = r.sub(session)
	}
	id, what, ok := deliveryID(s[len("msgid="):])
	if !ok {
		return false
	}
	if action, rest, ok := cut(what, " action: "); ok && isWord(action) { // Pigeonhole: "redirect action: forwarded to <a>"
		what = rest
	}
	for _, i := range dovecotDeliveryIndex.of(what) {
		if d := &dovecotDeliveries[i]; hasPrefix(what, d.text) {
			if string(id) != "unspecified" {
				r.setMessageID(id)
			}
			r.ev.To, r.ev.Reply = r.ev.User, r.sub(what)
			r.ev.User = Span{}
			return l.delivered(d, what)
		}
	}
	return false
}

// deliveryID reads "<id>: " or "unspecified: "; a long id is cut before its '>'.
func deliveryID(s []byte) (id, what []byte, ok bool) {
	if hasPrefix(s, "<") {
		if id, what, ok = cut(s, ">: "); ok {
			return id[1:], what, true
		}
		if id, what, ok = cut(s, "...: "); ok {
			return id[1:], what, true
		}
	}
	return cut(s, ": ")
}

// isSession says whether s can be the session id that 2.2's LMTP writes before a
// delivery: base64, maybe with ":2" behind.
func isSession(s []byte) bool {
	for _, c := range s {
		if !isProcByte(c) && c != '+' && c != '/' && c != ':' && c != '.' && c != '=' {
			return false
		}
	}
	return len(s) >= 8
}

// dovecotDelivery is what the last part of a delivery line means.
type dovecotDelivery struct {
	text   string
	kind   Kind
	class  Class
	status Status
}

var dovecotDeliveries = [...]dovecotDelivery{
	{"saved mail to ", KindDelivery, ClassNone, StatusSent},
	{"stored mail into mailbox ", KindDelivery, ClassNone, StatusSent},
	{"save failed to ", KindDelivery, ClassNone, StatusDeferred},
	{"failed to store into mailbox ", KindDelivery, ClassNone, StatusDeferred},
	{"rejected: ", KindDelivery, ClassNone, StatusBounced},
	{"rejected message from ", KindDelivery, ClassNone, StatusBounced},
	{"forwarded to ", KindPolicy, ClassRedirect, StatusNone},
	{"redirected to ", KindPolicy, ClassRedirect, StatusNone},
	{"marked message to be discarded ", KindPolicy, ClassDiscard, StatusNone},
	{"Marked message to be discarded ", KindPolicy, ClassDiscard, StatusNone},
	{"message discarded", KindPolicy, ClassDiscard, StatusNone},
	{"discarded message", KindPolicy, ClassDiscard, StatusNone},
	{"discarded duplicate vacation response", KindOther, ClassNone, StatusNone},
	{"discarded duplicate ", KindPolicy, ClassDiscard, StatusNone},
	{"discarding vacation response", KindOther, ClassNone, StatusNone},
	{"discarded vacation reply", KindOther, ClassNone, StatusNone},
	{"not sending vacation response", KindOther, ClassNone, StatusNone},
	{"sent vacation response to ", KindPolicy, ClassInfo, StatusNone},
	{"sent notification to ", KindPolicy, ClassInfo, StatusNone},
	{"Resent message", KindPolicy, ClassRedirect, StatusNone},
}

var dovecotDeliveryIndex = indexTexts(len(dovecotDeliveries), func(i int) string { return dovecotDeliveries[i].text })

// delivered sends the event. A full mailbox is refused for good unless
// quota_full_tempfail is set, which the line does not say.
func (l *dovecotLine) delivered(d *dovecotDelivery, what []byte) bool {
	ev := &l.r.ev
	ev.Status = d.status
	if d.status == StatusDeferred && contains(what, "Quota exceeded") {
		ev.Status = StatusBounced
	}
	if d.status != StatusNone {
		ev.Relay = l.r.sub(l.proc)
	}
	return l.r.sendKind(d.kind, d.class)
}

// sessionEnds are the beginnings of a mail process's last line.
var sessionEnds = [...]struct {
	text  string
	kind  Kind
	class Class
}{
	{"Disconnected: Logged out", KindDisconnect, ClassNone},
	{"Logged out ", KindDisconnect, ClassNone},
	{"Disconnected for inactivity", KindLost, ClassTimeout},
	{"Disconnected: Inactivity", KindLost, ClassTimeout},
	{"Disconnected: Too many ", KindLost, ClassTooManyErrors},
	{"Disconnected: ", KindDisconnect, ClassNone},
	{"Disconnected ", KindDisconnect, ClassNone},
	{"Connection closed", KindDisconnect, ClassNone},
	{"Connection reset by peer", KindLost, ClassLost},
	{"Connection timed out", KindLost, ClassTimeout},
	{"Server shutting down", KindDisconnect, ClassNone},
	{"Client has quit the connection", KindDisconnect, ClassNone},
	{"Remote closed connection", KindDisconnect, ClassNone},
}

// sessionEnd reads the end of an IMAP, POP3, ManageSieve, Submission or LMTP
// session, and LMTP's "Connect from".
func (l *dovecotLine) sessionEnd() bool {
	r := l.r
	if peer, ok := cutPrefix(l.text, "Connect from "); ok {
		r.setClientIP(peer)
		return r.sendKind(KindConnect, ClassNone)
	}
	if rest, ok := cutPrefix(l.text, "Disconnect from "); ok {
		if peer, why, ok := cut(rest, ": "); ok {
			r.setClientIP(peer)
			r.ev.Reply = r.sub(why)
		}
		return r.sendKind(KindDisconnect, ClassNone)
	}
	for i := range sessionEnds {
		if e := &sessionEnds[i]; hasPrefix(l.text, e.text) && l.level == ClassInfo {
			r.ev.Reply = r.sub(l.text)
			return r.sendKind(e.kind, e.class)
		}
	}
	return false
}

// mailActions are lines about what a user did, from the mail_log plugin, quota,
// submission and Sieve scripts.
var mailActions = [...]string{
	"delete: box=", "undelete: box=", "expunge: box=", "copy: box=", "copy from ", "save: box=", "append: box=", "flag_change: box=",
	"delete: ", "undelete: ", "expunge: ", "save: ", "flag_change: ", "Mailbox created: ", "Mailbox deleted: ", "Mailbox renamed: ",
	"mailbox_create: ", "mailbox_delete: ", "mailbox_rename: ", "mailbox created: ", "mailbox deleted: ", "mailbox renamed: ",
	"sieve: DONE", "sieve: Execution of script ", "Effective uid=", "Namespace : ", "Indexed ",
}

// mailAction reads what a user did inside a session. Submission's relayed mail is
// a message with a login, linked to the MTA by the id the MTA gave.
func (l *dovecotLine) mailAction() bool {
	text, _ := cutPrefix(l.text, "relay: ") // 2.4
	if rest, ok := cutPrefix(text, "Successfully relayed message: "); ok {
		return l.relayed(rest)
	}
	for _, a := range &mailActions {
		if hasPrefix(l.text, a) {
			return l.r.sendKind(KindOther, ClassNone)
		}
	}
	return false
}

// relayed reads "from=<a>, size=1, id=S, nrcpt=1, reply=`250 2.0.0 Ok: queued as Q'".
func (l *dovecotLine) relayed(s []byte) bool {
	r := l.r
	for len(s) > 0 {
		key, val, rest, ok := nextField(s, ", ")
		if !ok {
			break
		}
		s = rest
		switch string(key) {
		case "from":
			r.setFrom(unangle(val))
		case "size":
			if n, ok := parseUint(val); ok {
				r.setSize(n)
			}
		case "nrcpt":
			if n, ok := parseUint32(val); ok {
				r.setNrcpt(n)
			}
		case "reply":
			reply := val[min(1, len(val)):]
			reply, _ = cutSuffix(reply, "'")
			r.ev.Reply = r.sub(r.replyCodes(reply))
			r.pfQueuedAs(reply)
		}
	}
	return r.sendKind(KindMessage, ClassNone)
}
