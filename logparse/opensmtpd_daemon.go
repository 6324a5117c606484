package logparse

// smtpdTexts are OpenSMTPD's sentences by what they begin with.
var smtpdTexts = [...]struct {
	text  string
	kind  Kind
	class Class
}{
	{"info: OpenSMTPD ", KindProcess, ClassStart},
	{"Exiting", KindProcess, ClassStop},
	{"Terminating", KindProcess, ClassStop},
	{"parent terminating", KindProcess, ClassStop},
	{"exited okay", KindOther, ClassNone},
	{"info: Table ", KindOther, ClassNone},
	{"info: loading ", KindOther, ClassNone},
	{"info: forward file ", KindProcess, ClassWarning},
	{"info: parse error in forward file", KindProcess, ClassWarning},
	{"info: Failed to update table ", KindProcess, ClassWarning},
	{"info: mda ", KindProcess, ClassInfo}, // paused, resumed by the admin
	{"info: mta ", KindProcess, ClassInfo},
	{"info: smtp ", KindProcess, ClassInfo},
	// Routes and MX lookups: the delivery lines say what became of the mail.
	{"smtp-out: No valid route for ", KindOther, ClassNone},
	{"smtpd: process control socket closed", KindProcess, ClassError},
	{"lookup: tree_xpop(", KindProcess, ClassFatal}, // a process gave up
	{"warn: dispatcher -> ", KindProcess, ClassError},
	{"dispatcher: exiting", KindProcess, ClassError},
	{"debug: control -> ", KindOther, ClassNone},
	{"debug: clearing p=", KindOther, ClassNone},
	{"smtp-out: Enabling route ", KindOther, ClassNone},
	{"smtp-out: Disabling route ", KindOther, ClassNone},
	{"smtp-out: Failed to resolve MX for ", KindOther, ClassNone},
	{"smtp-out: No MX found for ", KindOther, ClassNone},
	{"smtp-out: Address family mismatch on ", KindOther, ClassNone},
	{"smtp-out: Error on ", KindOther, ClassNone},
	{"smtp-out: back to lowat on ", KindOther, ClassNone},
	{"smtp-out: hiwat reached on ", KindOther, ClassNone},
	{"smtp-out: Connected on session ", KindOther, ClassNone},
	{"smtp-out: Connecting to ", KindOther, ClassNone},
	{"smtp-out: Started TLS on session ", KindOther, ClassNone},
	{"smtp-out: Server certificate ", KindOther, ClassNone},
	{"smtp-out: Closing session ", KindOther, ClassNone},
	{"scheduler: pausing ", KindOther, ClassNone},
	{"scheduler: resuming ", KindOther, ClassNone},
	{"queue: queue ", KindOther, ClassNone},
	{"warn: Disabling incoming SMTP connections", KindRateLimit, ClassNone},
	{"warn: smtp: fd exhaustion over, re-enabling incoming connections", KindOther, ClassNone},
	{"warn: Failed to ", KindProcess, ClassWarning},
	{"warn: queue", KindProcess, ClassWarning},
	{"warn: table", KindProcess, ClassWarning},
	{"warn: lookup", KindProcess, ClassWarning},
	{"warn: mda: ", KindProcess, ClassWarning},
	{"warn: smtpd: ", KindProcess, ClassWarning},
	{"warn: bounce: ", KindProcess, ClassWarning},
	{"warn: credentials ", KindProcess, ClassWarning},
	{"warn: user credentials ", KindProcess, ClassWarning},
	{"warn: failure during ", KindProcess, ClassWarning},
	{"warn: loop detected", KindProcess, ClassWarning},
	{"warn: message too large", KindProcess, ClassWarning},
	{"warn: scheduler-proc: ", KindProcess, ClassError},
	{"warn: lost ", KindProcess, ClassError},
	{"warn: could not ", KindProcess, ClassWarning},
	{"warn: cannot ", KindProcess, ClassWarning},
	{"warn: failed to ", KindProcess, ClassWarning},
	{"warn: unable to load CA file ", KindProcess, ClassWarning},
	{"warn: purge_task: ", KindProcess, ClassWarning},
	{"warn: certificate ", KindProcess, ClassWarning},
	{"warn: smarthost table ", KindProcess, ClassWarning},
	{"warn: source address table ", KindProcess, ClassWarning},
	{"warn: invalid envelope ", KindProcess, ClassWarning},
}

var smtpdTextIndex = indexTexts(len(smtpdTexts), func(i int) string { return smtpdTexts[i].text })

// smtpdSentences are those with events of their own.
var smtpdSentences = [...]struct {
	text string
	read func(*record, []byte) bool
}{
	{"relay: Expire for ", smtpdExpired},
	{"relay: Remove for ", smtpdRemoved},
	{"delivery: Remove for ", smtpdRemoved},
	{"smtp-in: ", smtpdOldSession},
	{"relay: ", smtpdOldDelivery},
	{"delivery: ", smtpdOldDelivery},
	{"expire: ", smtpdExpired},
}

// smtpdSentence reads a line without a session id in front.
func smtpdSentence(r *record, s []byte) bool {
	for i := range smtpdSentences {
		if t := &smtpdSentences[i]; hasPrefix(s, t.text) {
			return t.read(r, s[len(t.text):])
		}
	}
	for _, i := range smtpdTextIndex.of(s) {
		if t := &smtpdTexts[i]; hasPrefix(s, t.text) {
			r.ev.Reply = r.sub(s)
			if t.kind == KindRateLimit {
				r.ev.Limit = r.sub(s[len("warn: "):])
			}
			return r.sendKind(t.kind, t.class)
		}
	}
	return smtpdLevel(r, s)
}

// smtpdLevel reads "warn: text" and "fatal: text" whose text no template knows. A
// program called smtpd may be Postfix with its path cut off, which writes
// "warning:" and "fatal:", so the latter is left to it where the text must decide.
func smtpdLevel(r *record, s []byte) bool {
	class := ClassNone
	switch {
	case hasPrefix(s, "warn: "):
		class = ClassWarning
	case hasPrefix(s, "fatal: ") && !r.guess:
		class = ClassFatal
	default:
		return false
	}
	r.ev.Has |= IsUnmatched
	r.ev.Reply = r.sub(s)
	return r.sendKind(KindProcess, class)
}

// smtpdExpired reads "f5217d0e4ee80ce0: from=<a>, to=<b>, rcpt=<->, delay=6m, stat=Envelope expired".
func smtpdExpired(r *record, s []byte) bool {
	id, rest, ok := cut(s, ": ")
	if !ok || len(id) != 16 || !isHex(id) {
		return false
	}
	r.ev.QueueID = r.sub(id[:8])
	r.ev.Status = StatusExpired
	l := smtpdLine{r: r, s: rest}
	return l.envelopeResult()
}

// smtpdRemoved reads "f5217d0e4ee80ce0: from=<a>, to=<b>, rcpt=<->, delay=6m,
// stat=Removed by administrator".
func smtpdRemoved(r *record, s []byte) bool {
	id, rest, ok := cut(s, ": from=<")
	if !ok || len(id) != 16 || !isHex(id) {
		return false
	}
	from, rest, ok := cut(rest, ">, to=<")
	if !ok {
		return false
	}
	to, _, _ := cut(rest, ">, ")
	r.ev.QueueID, r.ev.To = r.sub(id[:8]), r.sub(to)
	r.setFrom(from)
	return r.sendKind(KindRemoved, ClassNone)
}

// smtpdOldDelivery reads "TempFail for f5217d0e4ee80ce0: session=.., from=<a>, to=<b>,
// rcpt=<->, source=.., relay=ip (name), delay=1s, stat=..." of versions before 6.0.
func smtpdOldDelivery(r *record, s []byte) bool {
	verdict, rest, ok := cut(s, " for ")
	if !ok {
		return false
	}
	switch string(verdict) {
	case "Ok":
		r.ev.Status = StatusSent
	case "TempFail":
		r.ev.Status = StatusDeferred
	case "PermFail", "Loop", "LoopDetect":
		r.ev.Status = StatusBounced
	default:
		return false
	}
	id, rest, ok := cut(rest, ": ")
	if !ok || len(id) != 16 || !isHex(id) {
		return false
	}
	r.ev.QueueID = r.sub(id[:8])
	if v, ok := cutPrefix(rest, "session="); ok {
		session, t, _ := cut(v, ", ")
		r.ev.Session, rest = r.sub(session), t
	}
	l := smtpdLine{r: r, s: rest}
	l.address("from=")
	l.address("to=")
	l.address("rcpt=")
	return l.oldFields()
}

// oldFields reads "source=.., relay=ip (name), delay=1s, stat=text".
func (l smtpdLine) oldFields() bool {
	for {
		key, val, ok := cutByte(l.s, '=')
		if !ok {
			return false
		}
		if string(key) == "stat" {
			l.r.ev.Reply = l.r.sub(l.r.replyCodes(val))
			return l.r.sendKind(KindDelivery, ClassNone)
		}
		val, l.s, ok = cut(val, ", ")
		if !ok {
			return false
		}
		switch string(key) {
		case "relay":
			l.relay(val)
		case "delay":
			if d, ok := eximSeconds(val); ok {
				l.r.setDelay(d)
			}
		}
	}
}

// smtpdOldSession reads the sentences of versions before 6.0.
func smtpdOldSession(r *record, s []byte) bool {
	l := smtpdLine{r: r}
	for i := range oldSentences {
		t := &oldSentences[i]
		rest, ok := cutPrefix(s, t.text)
		if !ok || len(rest) < 16 || !isHex(rest[:16]) {
			continue
		}
		r.ev.Session = r.sub(rest[:16])
		l.s = rest[16:]
		return t.read(l)
	}
	if rest, ok := cutPrefix(s, "Accepted message "); ok {
		return l.oldAccepted(rest)
	}
	return false
}

var oldSentences = [...]struct {
	text string
	read func(smtpdLine) bool
}{
	{"New session ", smtpdLine.oldConnected},
	{"Closing session ", smtpdLine.oldClosed},
	{"Received disconnect from session ", smtpdLine.oldClosed},
	{"Failed command on session ", smtpdLine.oldFailed},
	{"Started TLS on session ", smtpdLine.oldTLS},
	{"Authentication successful for user on session ", smtpdLine.oldAuthOK},
	{"Disconnecting session ", smtpdLine.oldClosed},
}

// oldConnected reads " from host NAME [IP]".
func (l smtpdLine) oldConnected() bool {
	v, ok := cutPrefix(l.s, " from host ")
	if !ok {
		return false
	}
	name, rest := word(v)
	l.r.ev.ClientName = l.r.sub(name)
	if i := indexByte(rest, ']'); i > 1 && rest[0] == '[' && l.r.setClientIP(rest[1:i]) {
		l.r.ev.Has |= IsTrusted
	}
	return l.r.sendKind(KindConnect, ClassNone)
}

func (l smtpdLine) oldClosed() bool { return l.r.sendKind(KindDisconnect, ClassNone) }

func (l smtpdLine) oldAuthOK() bool { return l.r.sendKind(KindAuthOK, ClassNone) }

// oldTLS reads ": version=TLSv1.2, cipher=C, bits=256".
func (l smtpdLine) oldTLS() bool {
	s, _ := cutPrefix(l.s, ": ")
	for {
		key, val, rest, ok := nextField(s, ", ")
		if !ok {
			return l.r.sendKind(KindTLS, ClassNone)
		}
		switch string(key) {
		case "version":
			l.r.ev.TLSVersion = l.r.sub(val)
		case "cipher":
			l.r.ev.TLSCipher = l.r.sub(val)
		}
		s = rest
	}
}

// oldFailed reads `: "RCPT TO:<a@b>" => 550 Invalid recipient`.
func (l smtpdLine) oldFailed() bool {
	s, ok := cutPrefix(l.s, `: "`)
	if !ok {
		return false
	}
	cmd, result, ok := cutLast(s, `" => `)
	if !ok {
		return false
	}
	r := l.r
	verb, _ := word(cmd)
	r.ev.Stage = r.sub(verb)
	text := r.replyCodes(result)
	r.ev.Reply = r.sub(text)
	if hasPrefixFold(cmd, "rcpt to:") {
		r.ev.To = r.sub(unangle(trim(cmd[len("RCPT TO:"):])))
		return r.sendKind(l.commandKind(text), smtpdRcptClass(text))
	}
	if hasPrefixFold(cmd, "auth") || r.ev.Code == 535 {
		return r.sendKind(KindAuthFail, ClassNone)
	}
	return r.sendKind(KindProtocol, ClassNone)
}

// oldAccepted reads "26c32ccb on session ID: from=<a>, to=<b>, size=1, ndest=1,
// proto=ESMTP".
func (l *smtpdLine) oldAccepted(s []byte) bool {
	r := l.r
	id, s, ok := cut(s, " on session ")
	if !ok || !isHex(id) || len(s) < 18 || !isHex(s[:16]) {
		return false
	}
	r.ev.QueueID, r.ev.Session = r.sub(id), r.sub(s[:16])
	l.s, _ = cutPrefix(s[16:], ": ")
	l.address("from=")
	l.address("to=")
	for {
		key, val, rest, ok := nextField(l.s, ", ")
		if !ok {
			return r.sendKind(KindAccept, ClassNone)
		}
		switch string(key) {
		case "size":
			if n, ok := parseUint(val); ok {
				r.setSize(n)
			}
		case "ndest":
			if n, ok := parseUint32(val); ok {
				r.setNrcpt(n)
			}
		}
		l.s = rest
	}
}
