package logparse

// failedCommand reads `command="RCPT TO:<a@b>" result="550 Invalid recipient: <a@b>"`.
// Of an AUTH command only the verb is kept: the rest may be a password.
func (l *smtpdLine) failedCommand() bool {
	r := l.r
	v, ok := cutPrefix(l.s, `command="`)
	if !ok {
		return false
	}
	cmd, result, ok := cutLast(v, `" result="`)
	if !ok {
		return false
	}
	result, _ = cutSuffix(result, `"`)
	text := r.replyCodes(result)
	r.ev.Reply = r.sub(text)
	verb, arg := word(cmd)
	r.ev.Stage = r.sub(verb)
	switch {
	case len(cmd) == 0 && r.ev.Code >= 400: // a filter's answer to the connection itself
		return r.sendKind(l.commandKind(text), smtpdClass(text, ClassPolicy))
	case hasPrefixFold(cmd, "rcpt to:"):
		r.ev.Stage = r.sub(cmd[:len("RCPT TO")])
		r.ev.To = r.sub(unangle(trim(cmd[len("RCPT TO:"):])))
		return r.sendKind(l.commandKind(text), smtpdRcptClass(text))
	case hasPrefixFold(cmd, "mail from:"):
		r.ev.Stage = r.sub(cmd[:len("MAIL FROM")])
		from, _ := cutEximAddr(trim(cmd[len("MAIL FROM:"):]))
		r.setFrom(from)
		return r.sendKind(l.commandKind(text), smtpdClass(text, ClassSender))
	case hasPrefixFold(cmd, "auth"):
		mech, _ := word(arg)
		r.ev.Method = r.sub(mech)
		return l.failedAuth(text)
	case hasPrefixFold(cmd, "ehlo"), hasPrefixFold(cmd, "helo"):
		r.ev.Helo = r.sub(arg)
		return r.sendKind(l.commandKind(text), smtpdClass(text, ClassHelo))
	case hasPrefixFold(cmd, "starttls"):
		return r.sendKind(KindProtocol, ClassNone)
	case isMailVerb(verb):
		return r.sendKind(l.commandKind(text), smtpdClass(text, ClassContent))
	}
	return r.sendKind(KindProtocol, ClassNone)
}

func isMailVerb(s []byte) bool {
	return hasPrefixFold(s, "data") || hasPrefixFold(s, "bdat") || hasPrefixFold(s, "vrfy") || hasPrefixFold(s, "expn") || len(s) == 1 && s[0] == '.'
}

// commandKind tells a refusal from a command that made no sense: out of order,
// unknown or malformed.
func (l *smtpdLine) commandKind(text []byte) Kind {
	if hasPrefix(text, "Invalid command: ") {
		return KindProtocol
	}
	return KindReject
}

// smtpdRcptClass: "Invalid recipient" says that no rule takes the domain, which is
// a relay attempt; a missing user of a domain of ours fails in its expansion.
func smtpdRcptClass(text []byte) Class {
	switch {
	case hasPrefix(text, "Invalid command: "):
		return ClassNone
	case hasPrefix(text, "Invalid recipient"):
		return ClassRelayDenied
	case contains(text, "syntax error"):
		return ClassProtocol
	}
	return smtpdClass(text, ClassRecipient)
}

// smtpdClass is the class of a refusal, fallback when its text tells nothing.
func smtpdClass(text []byte, fallback Class) Class {
	switch {
	case hasPrefix(text, "Invalid command: "):
		return ClassNone
	case contains(text, "syntax error"):
		return ClassProtocol
	}
	if c := reasonClass(text); c != ClassNone {
		return c
	}
	return fallback
}

// failedAuth reads the refusal of AUTH. That of a wrong password (535) follows a
// line of its own, "authentication user= result=permfail", and is not counted again.
func (l *smtpdLine) failedAuth(text []byte) bool {
	ev := &l.r.ev
	switch ev.Code {
	case 535:
		return l.r.sendKind(KindOther, ClassNone)
	case 421, 451, 454:
		ev.Cause = CauseBackend
		return l.r.sendKind(KindAuthError, ClassNone)
	case 501:
		if contains(text, "cancel") || contains(text, "abort") {
			return l.r.sendKind(KindAuthAbort, ClassNone)
		}
	}
	ev.Cause = CauseMechanism
	return l.r.sendKind(KindAuthFail, ClassNone)
}
