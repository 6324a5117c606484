package logparse

// hostLine reads what follows "H=": the client, fields, then what an ACL or the
// daemon did.
func (l *eximLine) hostLine() bool {
	whole := l.s
	p, rest, ok := cutEximHost(whole)
	if !ok {
		return l.first && l.r.sendKind(KindOther, ClassNone)
	}
	if !p.sure {
		return l.hostReadings(whole, p.name, cap(whole)-cap(p.helo))
	}
	l.peer(p)
	if l.s = trimLeft(rest); l.aclText() {
		return true
	}
	l.s = whole
	l.r.ev.ClientIP, l.r.ev.ClientName, l.r.ev.Helo = [16]byte{}, Span{}, Span{}
	return false
}

// hostReadings takes the first end of the helo behind which a known text stands: a
// helo that imitates the end of a host part must not hide what was refused. helo is
// where it begins in whole.
func (l *eximLine) hostReadings(whole, name []byte, helo int) bool {
	before, at := l.r.ev, helo
	for range 8 {
		end := heloEnd(whole[at:])
		if end < 0 {
			break
		}
		at += end
		p, rest, ok := cutEximHost(whole[at+2:])
		if !ok {
			break
		}
		p.name, p.helo, p.sure = name, whole[helo:at], false
		l.peer(p)
		if l.s = trimLeft(rest); l.aclText() {
			return true
		}
		l.r.ev = before
		at++
	}
	l.s = whole
	return false
}

// aclText reads "[I=..] [X=..] [A=..] [F=<s>] [temporarily ]rejected WHAT: reason".
func (l *eximLine) aclText() bool {
	l.aclFields()
	r := l.r
	if t, ok := cutPrefix(l.s, "RCPT <"); ok {
		return l.discardedRcpt(t)
	}
	for i := range aclTexts {
		if t := &aclTexts[i]; hasPrefix(l.s, t.text) {
			rest := l.s[len(t.text):]
			if t.kind == KindReject {
				return l.rejected(rest, t.code)
			}
			if t.class == ClassDiscard && !knownStage(rest) {
				return false
			}
			r.ev.Reply = r.sub(rest)
			return r.sendKind(t.kind, t.class)
		}
	}
	return false
}

// discardedRcpt reads "r>: discarded by RCPT ACL: reason".
func (l *eximLine) discardedRcpt(s []byte) bool {
	i := angleEnd(l.s[len("RCPT "):])
	if i < 0 {
		return false
	}
	why, ok := cutPrefix(s[i:], ": discarded by ")
	if !ok {
		return false
	}
	l.r.ev.To, l.r.ev.Reply = l.r.sub(s[:i-1]), l.r.sub(why)
	return l.r.sendKind(KindPolicy, ClassDiscard)
}

// aclTexts: the codes are those Exim gives unless the ACL's message sets another;
// the log does not name it, and temporary and permanent must be told apart.
var aclTexts = [...]struct {
	text  string
	kind  Kind
	class Class
	code  uint16
}{
	{"rejected ", KindReject, ClassNone, 550},
	{"temporarily rejected ", KindReject, ClassNone, 451},
	{"sender verify fail for ", KindPolicy, ClassWarn, 0}, // the refusal has its own line
	{"sender verify defer for ", KindPolicy, ClassWarn, 0},
	{"recipient verify fail for ", KindPolicy, ClassWarn, 0},
	{"Warning: ", KindPolicy, ClassWarn, 0},
	{"discarded ", KindPolicy, ClassDiscard, 0},
	{"fakereject ", KindPolicy, ClassWarn, 0},
	{"accepted ", KindPolicy, ClassPermit, 0},
	{"delayed ", KindPolicy, ClassDelay, 0},
	{"incomplete transaction ", KindOther, ClassNone, 0}, // how the connection ended has its own line
	{"TLS error on connection ", KindTLSError, ClassNone, 0},
	{"SMTP data timeout ", KindLost, ClassTimeout, 0},
	{"Message abandoned: ", KindLost, ClassLost, 0},
	{"dropped: too many ", KindLost, ClassTooManyErrors, 0},
	{"DKIM: ", KindOther, ClassNone, 0},
}

// aclFields reads the fields before the verb. A sender in quotes may hold
// anything, "> rejected" included.
func (l *eximLine) aclFields() {
	for {
		if t, ok := cutPrefix(l.s, "F=<"); ok {
			i := angleEnd(l.s[2:])
			if i < 0 {
				return
			}
			l.r.setFrom(t[:i-1])
			l.s = trimLeft(t[i:])
			continue
		}
		key, val, rest, ok := nextField(l.s, " ")
		if !ok {
			return
		}
		l.s = trimLeft(rest)
		switch string(key) {
		case "X":
			l.tls(val)
		case "A":
			l.auth(val)
		case "I":
			if i := lastIndex(val, "]:"); i >= 0 {
				l.r.ev.LocalPort, _ = parsePort(val[i+2:])
			}
		}
	}
}

// rejected reads "RCPT <r>: reason", `connection in "connect" ACL: reason`, ...
func (l *eximLine) rejected(s []byte, code uint16) bool {
	r := l.r
	r.ev.Code, r.ev.Has = code, r.ev.Has|HasCode
	var class Class
	stage, rest := s, []byte(nil)
	switch {
	case hasPrefix(s, "RCPT <"):
		stage, rest = s[:4], s[5:]
		if i := angleEnd(rest); i > 0 {
			r.ev.To = r.sub(rest[1:i])
			rest = rest[i+1:]
		}
		class = ClassRecipient
	case hasPrefix(s, "EHLO or HELO "):
		stage, rest = s[:4], s[len("EHLO or HELO "):]
		helo, why, _ := cut(rest, ": ")
		r.ev.Helo, rest = r.sub(helo), why
		class = ClassHelo
	default:
		stage, rest, _ = cut(s, ": ")
		class = stageClass(stage)
	}
	rest, _ = cutPrefix(rest, ": ")
	r.ev.Stage, r.ev.Reply = r.sub(stage), r.sub(rest)
	if r.ev.Stage.Len > 0 && !knownStage(stage) {
		return false
	}
	if c := reasonClass(rest); c != ClassNone {
		class = c
	}
	return r.sendKind(KindReject, class)
}

// knownStage says whether a refusal names a command or place that Exim knows.
func knownStage(s []byte) bool {
	for _, k := range [...]string{
		"RCPT", "EHLO", "MAIL", "connection", "after DATA", "DATA", "VRFY", "EXPN", "ETRN", "HELO", "AUTH", "STARTTLS", "QUIT",
		"by local_scan", "by non-SMTP ACL", "during ", "unqualified ", "from <",
	} {
		if hasPrefix(s, k) {
			return true
		}
	}
	return false
}

func stageClass(s []byte) Class {
	switch {
	case hasPrefix(s, "MAIL"):
		return ClassSender
	case hasPrefix(s, "HELO"), hasPrefix(s, "EHLO"):
		return ClassHelo
	case hasPrefix(s, "connection"):
		return ClassPolicy
	case hasPrefix(s, "after DATA"), hasPrefix(s, "DATA"), hasPrefix(s, "by local_scan"), hasPrefix(s, "during MIME"):
		return ClassContent
	}
	return ClassOther
}

// rejectedEarly reads "MAIL from HOST: no HELO/EHLO given", "EHLO from HOST:
// syntactically invalid argument(s): X", "connection from HOST: reason".
func (l eximLine) rejectedEarly(t *eximTemplate) bool {
	if hasPrefix(l.s, "MAIL FROM:<") {
		return l.rejectedSize()
	}
	stage, s, ok := cut(l.s, " from ")
	if !ok || !knownStage(stage) {
		return false
	}
	if l.s = s; !l.cutPeer() {
		return false
	}
	why, ok := cutPrefix(l.s, ": ")
	if !ok {
		why = trimLeft(l.s)
	}
	r := l.r
	r.ev.Stage, r.ev.Reply = r.sub(stage), r.sub(why)
	r.ev.Code, r.ev.Has = 503, r.ev.Has|HasCode
	class := ClassProtocol
	if helo, ok := cutPrefix(why, "syntactically invalid argument(s): "); ok {
		r.ev.Helo, r.ev.Code, class = r.sub(helo), 501, ClassHelo
	} else if c := reasonClass(why); c != ClassNone {
		class = c
	}
	return r.sendKind(KindReject, class)
}

// rejectedSize reads "MAIL FROM:<a@b> H=HOST: message too big: size=99999 max=50000".
func (l eximLine) rejectedSize() bool {
	r, stage := l.r, l.s[:len("MAIL")]
	s := l.s[len("MAIL FROM:"):]
	i := angleEnd(s)
	if i < 0 {
		return false
	}
	from := s[1:i]
	var ok bool
	if l.s, ok = cutPrefix(s[i+1:], " H="); !ok || !l.cutPeer() {
		return false
	}
	why, ok := cutPrefix(l.s, ": message too big: ")
	if !ok {
		return false
	}
	r.setFrom(from)
	if size, ok := cutPrefix(why, "size="); ok {
		if n, _, ok := leadUint(size); ok {
			r.setSize(n)
		}
	}
	r.ev.Stage, r.ev.Reply = r.sub(stage), r.sub(l.s[2:])
	r.ev.Code, r.ev.Has = 552, r.ev.Has|HasCode
	return r.sendKind(KindReject, ClassSize)
}

// unqualified reads "<address> H=HOST (failed to find host name ...)".
func (l eximLine) unqualified(t *eximTemplate) bool {
	if len(l.s) == 0 || l.s[0] != '<' {
		return false
	}
	i := angleEnd(l.s)
	if i < 0 {
		return false
	}
	addr := l.s[1:i]
	s, ok := cutPrefix(l.s[i+1:], " H=")
	if !ok {
		return false
	}
	l.s = s
	if !l.cutPeer() {
		return false
	}
	r := l.r
	if t.class == ClassSender {
		r.setFrom(addr)
	} else {
		r.ev.To = r.sub(addr)
	}
	r.ev.Code, r.ev.Has = 501, r.ev.Has|HasCode
	r.ev.Reply = r.sub(trimLeft(l.s))
	return r.sendKind(KindReject, t.class)
}
