package logparse

// Dovecot 2.2 to 2.4. A line is
//
//	head: [Level: ]text
//
// where head is a process name with, by version and process, an argument in
// parentheses and a pid and session id in angle brackets: "imap-login",
// "auth-worker(123)", "imap(user)<pid><session>", "auth(user,ip,sasl:plain)<session>".
// The level word is absent for information in syslog, and always there in a file.
//
// One failed login makes a line of the auth process and one of the login process;
// both are auth_fail, told apart by the service ("auth" against "imap", "pop3").

// dovecotLine is a line taken apart; which family reads text depends on proc.
type dovecotLine struct {
	r       *record
	proc    []byte // imap-login, auth, lmtp, ...
	arg     []byte // in parentheses after it: a user, a pid, "user,ip,sasl:mech"
	session []byte // the last <...> of the head
	level   Class  // ClassInfo without a level word
	text    []byte
}

// parseDovecot reads a line of Dovecot, whose program name is "dovecot" with the
// process in the message, or (own log file) the process itself.
func parseDovecot(r *record) bool {
	r.ev.MTA = Dovecot
	s := r.msg()
	if isPAM(s) { // the program "auth" asks PAM
		return pamLine(r, s)
	}
	if len(r.name) > 0 && string(r.name) != "dovecot" {
		s = r.line[r.ev.Program.Off:]
	}
	l := dovecotLine{r: r, level: ClassInfo}
	if l.head(s) && l.parse() {
		return true
	}
	if n := string(r.name); n == "imap" || n == "pop3" || n == "master" { // Cyrus has these names too
		r.clear()
		return parseCyrus(r)
	}
	return false
}

func (l *dovecotLine) parse() bool {
	ev := &l.r.ev
	ev.Service = l.r.sub(l.proc)
	if l.level == dovecotDebug {
		return l.r.sendKind(KindOther, ClassNone)
	}
	switch {
	case hasSuffix(l.proc, "-login"):
		ev.Service = l.r.sub(l.proc[:len(l.proc)-len("-login")])
		return l.login() || l.process()
	case hasPrefix(l.proc, "auth"):
		ev.Service = l.r.sub(l.proc[:len("auth")])
		return l.auth() || l.process()
	}
	switch string(l.proc) {
	case "lmtp", "lda", "deliver", "sieve", "imap", "pop3", "managesieve", "submission", "IMAP", "POP3", "MANAGESIEVE":
		l.owner()
		return l.delivery() || l.sessionEnd() || l.mailAction() || l.process()
	}
	return l.process()
}

// head splits the line. The argument may be attacker text (a user name), so it
// ends at the first ')' after which the line goes on as a head does.
func (l *dovecotLine) head(s []byte) bool {
	n := 0
	for n < len(s) && isProcByte(s[n]) {
		n++
	}
	if n == 0 || n == len(s) {
		return false
	}
	l.proc = s[:n]
	rest := s[n:]
	if rest[0] == '(' {
		i := headArgEnd(rest)
		if i < 0 {
			return false
		}
		l.arg, rest = rest[1:i], rest[i+1:]
	}
	for len(rest) > 0 && rest[0] == '<' {
		i := indexByte(rest, '>')
		if i < 0 {
			return false
		}
		l.session, rest = rest[1:i], rest[i+1:]
	}
	rest, ok := cutPrefix(rest, ": ")
	if !ok {
		return false
	}
	l.text = l.cutLevel(rest)
	return true
}

func isProcByte(c byte) bool {
	return c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9' || c == '-' || c == '_'
}

// headArgEnd finds the ')' of a head's argument: ": " follows it, or "<pid>" or
// "<session>" and then ": ".
func headArgEnd(s []byte) int {
	for i := 1; i < len(s); i++ {
		if s[i] != ')' {
			continue
		}
		t := s[i+1:]
		for len(t) > 0 && t[0] == '<' {
			j := indexByte(t, '>')
			if j < 0 {
				break
			}
			t = t[j+1:]
		}
		if hasPrefix(t, ": ") {
			return i
		}
	}
	return -1
}

// cutLevel takes the level word off.
func (l *dovecotLine) cutLevel(s []byte) []byte {
	i := indexByte(s, ':')
	if i < 4 || i > 7 || i+1 >= len(s) || s[i+1] != ' ' {
		return s
	}
	switch string(s[:i]) {
	case "Info":
		l.level = ClassInfo
	case "Debug":
		l.level = dovecotDebug
	case "Warning":
		l.level = ClassWarning
	case "Error":
		l.level = ClassError
	case "Fatal":
		l.level = ClassFatal
	case "Panic":
		l.level = ClassPanic
	default:
		return s
	}
	return s[i+2:]
}

// dovecotDebug stands for the level word Debug while a line is read; it never
// leaves this file.
const dovecotDebug = NumClasses

// owner sets user and session from the head of a mail process: "(user)<pid><session>",
// "(pid, user)" up to 2.2, or "(pid)" of an LMTP connection without a user.
func (l *dovecotLine) owner() {
	user := l.arg
	if pid, rest, ok := cut(user, ", "); ok {
		if _, isPID := parseUint(pid); isPID {
			user = rest
		}
	}
	if _, isPID := parseUint(user); isPID {
		return
	}
	l.r.ev.User = l.r.sub(user)
	l.r.ev.Session = l.r.sub(l.session)
}

// sendKind sends the event with a kind and class; it is the last thing a
// template does.
func (r *record) sendKind(k Kind, c Class) bool {
	r.ev.Kind, r.ev.Class = k, c
	r.send()
	return true
}
