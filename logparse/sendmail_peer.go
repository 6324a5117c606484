package logparse

// address reads "<a@b>... User unknown": a refusal without the client, which the
// queue id ties to the session.
func (l *sendmailLine) address() bool {
	addr, why, ok := cutLast(l.s, "... ")
	if !ok {
		return false
	}
	r := l.r
	for i := range addressFaults {
		if f := &addressFaults[i]; hasPrefix(why, f.text) {
			r.ev.To, r.ev.Reply = r.sub(unangle(addr)), r.sub(why)
			if f.kind == KindReject {
				r.ev.Code, r.ev.Has = f.code, r.ev.Has|HasCode
			}
			return r.sendKind(f.kind, f.class)
		}
	}
	return false
}

// addressFaults: the codes are those of Sendmail's messages, which the line leaves
// out.
var addressFaults = [...]struct {
	text  string
	kind  Kind
	class Class
	code  uint16
}{
	{"User unknown", KindReject, ClassUserUnknown, 550},
	{"Relaying denied", KindReject, ClassRelayDenied, 550},
	{"Invalid route address", KindReject, ClassRecipient, 553},
	{"Unbalanced ", KindReject, ClassProtocol, 553},
	{"User address required", KindReject, ClassRecipient, 553},
	{"Domain name required", KindReject, ClassSender, 553},
	{"Real domain name required", KindReject, ClassSender, 553},
	{"Hostname required", KindReject, ClassRecipient, 553},
	{"Colon illegal in host name part", KindReject, ClassProtocol, 553},
	{"Invalid host name", KindReject, ClassRecipient, 553},
	{"Invalid character", KindReject, ClassProtocol, 553},
	{"Invalid address", KindReject, ClassProtocol, 553},
	{"Beginning of line expected", KindReject, ClassProtocol, 553},
	{"Illegal address", KindReject, ClassProtocol, 553},
	{"Address too long", KindReject, ClassProtocol, 553},
	{"Mailbox disabled for this recipient", KindReject, ClassUserUnknown, 550},
	{"Access denied", KindReject, ClassPolicy, 550},
	{"Cannot resolve ", KindReject, ClassSender, 451},
	{"Message size exceeds fixed maximum message size", KindReject, ClassSize, 552},
	{"prescan: token too long", KindReject, ClassProtocol, 553},
	{"Prescan: ", KindReject, ClassProtocol, 553},
	{"Missing ", KindReject, ClassProtocol, 553},
	{"unbalanced ", KindReject, ClassProtocol, 553},
}

// peerText reads "HOST: text" and "HOST text" of a session.
func (l *sendmailLine) peerText() bool {
	p, rest := cutSendmailPeer(l.s)
	if _, ok := parseAddr(p.addr); !ok {
		return false
	}
	r := l.r
	if d, ok := cutPrefix(rest, " did not issue MAIL/EXPN/VRFY/ETRN during connection to "); ok {
		l.peer(p)
		r.ev.Service = r.sub(d)
		return r.sendKind(KindDisconnect, ClassNone)
	}
	text, ok := cutPrefix(rest, ": ")
	if !ok {
		return false
	}
	for i := range peerTexts {
		t := &peerTexts[i]
		if !hasPrefixFold(text, t.text) {
			continue
		}
		l.peer(p)
		r.ev.Reply = r.sub(text)
		return l.peerEvent(text, t.kind, t.class)
	}
	return false
}

var peerTexts = [...]struct {
	text  string // lower case
	kind  Kind
	class Class
}{
	{"possible smtp rcpt flood", KindRateLimit, ClassNone},
	{"possible smtp attack", KindProtocol, ClassNone},
	{"probable open proxy", KindProtocol, ClassNone},
	{"vrfy ", KindOther, ClassNone},
	{"expn ", KindOther, ClassNone},
	{"etrn ", KindOther, ClassNone},
	{"smtp violation, input too long", KindProtocol, ClassNone},
	{"bad argument to ", KindProtocol, ClassNone},
	{"message too large", KindReject, ClassSize},
	{"too many bad commands", KindLost, ClassTooManyErrors},
}

// peerEvent reads the details: "command=X, count=N", "VRFY joy [rejected]".
func (l *sendmailLine) peerEvent(text []byte, kind Kind, class Class) bool {
	r := l.r
	if cmd, ok := cutSuffix(text, " [rejected]"); ok && kind == KindOther {
		r.ev.Stage, r.ev.To = r.sub(cmd[:4]), r.sub(trimLeft(cmd[4:])) // the argument may be empty
		r.ev.Code, r.ev.Has = 550, r.ev.Has|HasCode
		return r.sendKind(KindReject, ClassPolicy)
	}
	if kind == KindRateLimit {
		flood, _, _ := cut(text, ",")
		r.ev.Limit = r.sub(flood)
	}
	if _, cmd, ok := cut(text, "command="); ok {
		if c, n, ok := cutLast(cmd, ", count="); ok {
			if v, ok := parseUint(n); ok {
				r.setValue(float64(v))
			}
			cmd = c
		}
		r.ev.Stage = r.sub(cmd)
	}
	return r.sendKind(kind, class)
}

// milter reads "Milter: data, reject=550 5.7.1 text" and what filters changed. A high
// MilterLogLevel adds "milter=NAME, action=rcpt, reject=..." before it.
func (l sendmailLine) milter(s []byte, t *sendmailText) bool {
	r := l.r
	if hasPrefix(l.s, "milter=") && contains(l.s, ", action=") {
		r.ev.Reply = r.sub(l.s)
		return r.sendKind(KindOther, ClassNone)
	}
	if _, text, ok := cut(l.s, "reject="); ok {
		r.ev.Reply = r.sub(r.replyCodes(text))
		if v, ok := cutPrefix(s, ": to="); ok {
			to, _ := cutListField(v)
			r.ev.To = r.sub(unangle(to))
		} else if v, ok := cutPrefix(s, ": from="); ok {
			from, _ := cutListField(v)
			r.setFrom(unangle(from))
		}
		return r.sendKind(KindReject, ClassMilter)
	}
	for _, m := range [...]struct {
		text  string
		kind  Kind
		class Class
	}{
		{"discard", KindPolicy, ClassDiscard}, {"quarantine", KindPolicy, ClassQuarantine},
		{"to error state", KindProcess, ClassError}, {"error ", KindProcess, ClassError}, {"timeout ", KindProcess, ClassError}, {"init failed", KindProcess, ClassError},
		{" failed: ", KindProcess, ClassError}, {"initialization failed", KindProcess, ClassError}, {"reject, ", KindOther, ClassNone}, {"tempfail, ", KindOther, ClassNone},
		{"connect", KindOther, ClassNone}, {"add", KindOther, ClassNone}, {"insert", KindOther, ClassNone}, {"change", KindOther, ClassNone},
		{"delete", KindOther, ClassNone}, {"accept", KindOther, ClassNone}, {"action=", KindOther, ClassNone}, {"init success", KindOther, ClassNone},
		{"no active filter", KindOther, ClassNone}, {"senders:", KindOther, ClassNone}, {"headers", KindOther, ClassNone}, {"body", KindOther, ClassNone},
	} {
		if contains(s, m.text) {
			r.ev.Reply = r.sub(l.s)
			return r.sendKind(m.kind, m.class)
		}
	}
	return false
}
