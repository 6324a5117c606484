package logparse

import "bytes"

// What smtpd, cleanup, postscreen and milters did to a command or message:
//
//	reject: RCPT from name[addr]: 554 5.7.1 <to>: Relay access denied; from=<..> to=<..> proto=ESMTP helo=<..>
//	milter-reject: END-OF-MESSAGE from name[addr]: 5.7.1 text; from=<..> ...
//	warning: header Subject: text from name[addr]; from=<..> to=<..> proto=ESMTP helo=<..>: text

// pfActions are the words before the first ": ". Kind reject, else policy.
var pfActions = [...]struct {
	word  string
	kind  Kind
	class Class // of policy; of a reject when the text does not tell
}{
	{"reject", KindReject, ClassOther},
	{"milter-reject", KindReject, ClassMilter},
	{"proxy-reject", KindReject, ClassContent},
	{"reject_warning", KindPolicy, ClassWarn},
	{"warn", KindPolicy, ClassWarn},
	{"warning", KindPolicy, ClassWarn},
	{"hold", KindPolicy, ClassHold},
	{"discard", KindPolicy, ClassDiscard},
	{"redirect", KindPolicy, ClassRedirect},
	{"filter", KindPolicy, ClassFilter},
	{"prepend", KindPolicy, ClassPrepend},
	{"replace", KindPolicy, ClassReplace},
	{"strip", KindPolicy, ClassStrip},
	{"bcc", KindPolicy, ClassBCC},
	{"info", KindPolicy, ClassInfo},
	{"delay", KindPolicy, ClassDelay},
	{"permit", KindPolicy, ClassPermit},
	{"pass", KindPolicy, ClassPermit},
	{"milter-hold", KindPolicy, ClassHold},
	{"milter-discard", KindPolicy, ClassDiscard},
	{"milter-quarantine", KindPolicy, ClassQuarantine},
	{"quarantine", KindPolicy, ClassQuarantine},
	{"proxy-accept", KindPolicy, ClassPermit},
}

func (r *record) pfAction(s []byte) bool {
	n := indexByte(s[:min(len(s), 20)], ':')
	if n < 3 || len(s) < n+3 || s[n+1] != ' ' {
		return false
	}
	for i := range pfActions {
		a := &pfActions[i]
		if string(s[:n]) != a.word {
			continue
		}
		r.ev.Kind, r.ev.Class = a.kind, a.class
		rest := s[n+2:]
		if text, ok := cutContentRule(rest); ok {
			return r.pfContent(text)
		}
		return r.pfStage(rest)
	}
	return false
}

// cutContentRule recognises the part of a message that a content rule looked at.
func cutContentRule(s []byte) ([]byte, bool) {
	for _, p := range [...]string{"header ", "body ", "mime-header ", "nested-header ", "mime-error ", "content "} {
		if t, ok := cutPrefix(s, p); ok {
			return t, true
		}
	}
	return s, false
}

// pfStage reads "STAGE[ from name[addr]][:port]: text; from=<..> ...".
func (r *record) pfStage(s []byte) bool {
	n := 0
	for n < len(s) && s[n] != ' ' && s[n] != ':' {
		n++
	}
	stage := s[:n]
	rest := s[n:]
	if t, ok := cutPrefix(rest, " from "); ok {
		if rest, ok = r.pfClient(t); !ok {
			return false
		}
	}
	text, ok := cutPrefix(rest, ": ")
	if !ok || n == 0 {
		return false
	}
	r.ev.Stage = r.sub(stage)
	text = r.pfRejectCodes(text)
	text, env := cutEnvelope(text)
	r.ev.Reply = r.sub(text)
	r.pfEnvelope(env)
	if r.ev.Kind == KindReject {
		r.ev.Class = rejectClass(afterSubject(text), r.ev.Class)
	} else if r.ev.Class == ClassPermit {
		r.pfQueuedAs(text)
	}
	r.send()
	return true
}

// pfRejectCodes reads "554 5.7.1 ", "554 " or, as milter lines have it, "5.7.1 ".
func (r *record) pfRejectCodes(s []byte) []byte {
	if d, t, ok := leadDSN(s); ok {
		r.setDSN(d)
		return trimLeft(t)
	}
	return r.replyCodes(s)
}

// afterSubject skips "<what was refused>: ", attacker text, at the start of a reply.
func afterSubject(s []byte) []byte {
	if len(s) == 0 || s[0] != '<' {
		return s
	}
	if _, rest, ok := cutAddress(s, ": "); ok && len(rest) > 2 {
		return rest[2:]
	}
	return s
}

// cutEnvelope splits a reply from "; from=<..> to=<..> proto=.. helo=<..>", at the
// first such text behind the subject.
func cutEnvelope(s []byte) (text, env []byte) {
	from := len(s) - len(afterSubject(s))
	for i := from; i < len(s); i++ {
		n := bytes.IndexByte(s[i:], ';')
		if n < 0 {
			break
		}
		i += n
		if t, ok := cutPrefix(s[i:], "; "); ok && (hasPrefix(t, "from=<") || hasPrefix(t, "to=<") || hasPrefix(t, "proto=")) {
			return s[:i], t
		}
	}
	return s, nil
}

// pfEnvelope reads "from=<..> to=<..> proto=P helo=<..>[ sasl_method=M
// sasl_username=U]"; postscreen puts commas in between. It returns what follows.
func (r *record) pfEnvelope(s []byte) (rest []byte) {
	if t, ok := cutPrefix(s, "from="); ok {
		addr, rest, _ := cutAddress(t, " to=<", ", to=<", " proto=", ", proto=", " helo=<", ": ")
		r.setFrom(addr)
		s = trimList(rest)
	}
	if t, ok := cutPrefix(s, "to="); ok {
		addr, rest, _ := cutAddress(t, " proto=", ", proto=", " helo=<", ": ")
		r.ev.To = r.sub(addr)
		s = trimList(rest)
	}
	if t, ok := cutPrefix(s, "proto="); ok {
		_, s = word(t)
	}
	if t, ok := cutPrefix(s, "helo=<"); ok {
		return r.pfHelo(t)
	}
	return trimPrefix(s, ": ")
}

func trimList(s []byte) []byte {
	if len(s) > 0 && s[0] == ',' {
		s = s[1:]
	}
	return trimLeft(s)
}

// pfHelo reads "name>" and what may follow it. The name is attacker text, blanks
// included: only a line that does not end in its ">" has anything behind it, and
// then behind the last ">" of the kind.
func (r *record) pfHelo(s []byte) (rest []byte) {
	helo, closed := cutSuffix(s, ">")
	if !closed {
		if head, tail, ok := cutLast(s, "> sasl_method="); ok {
			helo = head
			r.pfSASL(tail)
		} else if head, tail, ok := cutLast(s, ">: "); ok {
			helo, rest = head, tail
		}
	}
	r.ev.Helo = r.sub(helo)
	return rest
}

// pfSASL reads "METHOD[ sasl_username=USER][ sasl_sender=S]" (3.10).
func (r *record) pfSASL(s []byte) {
	method, rest := word(s)
	r.ev.Method = r.sub(method)
	if user, ok := cutPrefix(rest, "sasl_username="); ok {
		user, _, _ = cutLast(user, " sasl_sender=")
		r.ev.User = r.sub(user)
	}
}

// pfContent reads "TEXT from name[addr]; from=<..> ..[: reply]". TEXT is what the
// sender wrote and may imitate all that follows, so the rest is only believed when
// the line has one place where it can begin.
func (r *record) pfContent(s []byte) bool {
	if r.ev.Kind == KindReject {
		r.ev.Class = ClassContent
	}
	i := index(s, "; from=<")
	if i < 0 || contains(s[i+1:], "; from=<") {
		r.ev.Reply = r.sub(s)
		r.send()
		return true
	}
	head, origin, ok := cutLast(s[:i], " from ")
	if ok {
		var h hostAddr
		if rest, ok := h.cut(origin); ok && len(rest) == 0 && r.setClient(&h) {
			r.ev.Has |= IsTrusted
		}
	}
	r.ev.Reply = r.sub(head)
	if reply := r.pfEnvelope(s[i+2:]); len(reply) > 0 {
		if r.ev.Kind == KindReject {
			reply = r.pfRejectCodes(reply)
		}
		r.ev.Reply = r.sub(reply)
	}
	r.send()
	return true
}

// rejectClass sorts the text of a refusal, its subject taken off: Postfix's own
// words first, which stand at its start, then what policy services and milters
// write. dflt is what the place of the refusal says.
func rejectClass(s []byte, dflt Class) Class {
	for _, i := range rejectIndex.of(s) {
		p := &rejectPrefixes[i]
		if rest, ok := cutPrefix(s, p.text); ok {
			if p.class != ClassNone && p.final {
				return p.class
			}
			return rejectReason(rest, p.class)
		}
	}
	return rejectReason(s, dflt)
}

var rejectPrefixes = [...]struct {
	text  string
	class Class
	final bool // the reason behind it changes nothing
}{
	{"Relay access denied", ClassRelayDenied, true},
	{"Recipient address rejected: User unknown", ClassUserUnknown, true},
	{"Recipient address rejected: undeliverable address", ClassUserUnknown, true},
	{"Recipient address rejected: ", ClassRecipient, false},
	{"Sender address rejected: not logged in", ClassAuthRequired, true},
	{"Sender address rejected: not owned by user", ClassAuthRequired, true},
	{"Sender address rejected: ", ClassSender, false},
	{"Helo command rejected: ", ClassHelo, false},
	{"Client host rejected: ", ClassPolicy, false},
	{"Unverified Client host rejected: ", ClassPolicy, false},
	{"Service unavailable; ", ClassDNSBL, false},
	{"Data command rejected: ", ClassProtocol, false},
	{"End-of-data rejected: ", ClassPolicy, false},
	{"Command rejected", ClassProtocol, true},
	{"Etrn command rejected: ", ClassPolicy, true},
	{"Vrfy command rejected: ", ClassPolicy, true},
	{"Message size exceeds ", ClassSize, true},
	{"Message file too big", ClassSize, true},
	{"Error: message file too big", ClassSize, true},
	{"Error: queue file write error", ClassSize, true},
	{"Insufficient system storage", ClassSize, true},
	{"Error: insufficient system storage", ClassSize, true},
	{"Error: too many recipients", ClassRate, true},
	{"Error: too many", ClassRate, true},
	{"too many connections", ClassRate, true},
	{"all server ports busy", ClassRate, true},
	{"all screening ports busy", ClassRate, true},
	{"Error: authentication required", ClassAuthRequired, true},
	{"Authentication required", ClassAuthRequired, true},
	{"Must issue a STARTTLS command first", ClassProtocol, true},
	{"Error: need ", ClassProtocol, true},
	{"Error: nested ", ClassProtocol, true},
	{"Error: send HELO/EHLO first", ClassProtocol, true},
	{"Error: no valid recipients", ClassProtocol, true},
	{"Error: bare <LF> received", ClassProtocol, true},
	{"Error: command not ", ClassProtocol, true},
	{"Error: ", ClassProtocol, false},
	{"Protocol error", ClassProtocol, true},
	{"Service currently unavailable", ClassGreylist, true},
}

var rejectIndex = indexTexts(len(rejectPrefixes), func(i int) string { return rejectPrefixes[i].text })

var rejectWords = [...]struct {
	text  string
	class Class
}{
	{" blocked using ", ClassDNSBL}, {" listed at ", ClassDNSBL}, {" listed in ", ClassDNSBL},
	{"reylist", ClassGreylist}, {"raylist", ClassGreylist}, {"postgrey", ClassGreylist},
	{"SPF", ClassSPF}, {"DMARC", ClassDMARC},
	{"rate limit", ClassRate}, {"Rate limit", ClassRate}, {"ratelimit", ClassRate}, {"Ratelimit", ClassRate},
	{"oo many", ClassRate}, {"oo much", ClassRate},
	{"ccess denied: not authenticated", ClassAuthRequired}, {"SASL", ClassAuthRequired},
	{"irus", ClassContent}, {"Spam", ClassContent}, {"spam message", ClassContent},
}

var rejectWordSet = newWordSet(len(rejectWords), func(i int) string { return rejectWords[i].text })

func rejectReason(s []byte, dflt Class) Class {
	if i := rejectWordSet.find(s); i >= 0 {
		return rejectWords[i].class
	}
	return dflt
}
