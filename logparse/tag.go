package logparse

// hostAndTag reads " host prog[pid]: " behind a stamp. Both parts may be missing:
// a first word that ends in a colon is the tag, a second one that does not is
// already the message.
func (r *record) hostAndTag() {
	if r.at != r.missed && r.cachedTag(r.at) {
		return
	}
	start := r.at
	r.readHostAndTag()
	r.rememberTag(start)
}

func (r *record) readHostAndTag() {
	s := trimLeft(r.msg())
	r.at = len(r.line) - len(s)
	if len(s) == 0 {
		return
	}
	if s[0] == '<' { // FreeBSD: <mail.info>
		if i := indexByte(s[:min(len(s), 24)], '>'); i > 0 && contains(s[:i], ".") {
			s = trimLeft(s[i+1:])
			r.at = len(r.line) - len(s)
		}
	}
	host, rest := word(s)
	if n := len(host); n > 1 && host[n-1] == ':' || tagParen(host) {
		r.tag(true)
		return
	}
	r.ev.Host = r.sub(host)
	r.at = len(r.line) - len(rest)
	r.tag(true)
}

// tag reads "prog[pid]: " or "prog: " at r.at; without one r.at stays. Where no
// stamp stood before it (stamped is false) any text could be at r.at, so the tag
// must have a pid or a name that is known.
func (r *record) tag(stamped bool) {
	s := r.msg()
	n := 0
	for n < len(s) && s[n] != ' ' && s[n] != '[' && s[n] != ':' && s[n] != '(' {
		n++
	}
	if n == 0 || n == len(s) {
		return
	}
	name, rest := s[:n], s[n:]
	switch {
	case rest[0] == '[':
		pid, after, ok := leadUint(rest[1:])
		if !ok || len(after) < 2 || after[0] != ']' || after[1] != ':' {
			return
		}
		r.setPID(pid)
		r.setProgram(name)
		rest = after[2:]
	case rest[0] == ':' && (len(rest) == 1 || rest[1] == ' '):
		if r.dovecotFile(name, rest[1:]) {
			return
		}
		r.setProgram(name)
		if !stamped && !r.known() {
			r.ev.Program, r.name, r.path = Span{}, nil, false
			return
		}
		rest = rest[1:]
	case rest[0] == '(':
		r.dovecotFile(name, rest)
		return
	default:
		return
	}
	if len(rest) > 0 && rest[0] == ' ' {
		rest = rest[1:]
	}
	r.at = len(r.line) - len(rest)
	r.afterTag()
}

// afterTag skips the stamp that Exim puts before its message, syslog's or not.
func (r *record) afterTag() {
	if rest := r.msg(); len(rest) > 19 && rest[4] == '-' && rest[0]-'0' <= 9 && hasPrefix(r.name, "exim") {
		r.ownStamp(rest)
	}
}

// ownStamp skips the stamp that Exim writes in addition to syslog's; it counts
// only when the record has none yet.
func (r *record) ownStamp(s []byte) {
	t, n := r.p.leadISO(s)
	if n == 0 {
		return
	}
	if r.ev.Time == 0 {
		r.setStamp(t)
	}
	s = trimLeft(s[n:])
	if pid, after, ok := leadUint(s[min(1, len(s)):]); ok && s[0] == '[' && hasPrefix(after, "] ") {
		r.setPID(pid)
		s = after[2:]
	}
	r.at = len(r.line) - len(s)
}

func (r *record) known() bool {
	f, _ := r.family()
	return f != nil
}

func tagParen(s []byte) bool {
	i := indexByte(s, '(')
	return i > 0 && isDovecotProcess(s[:i])
}

// dovecotFile recognises Dovecot's own log file, where the process stands in the
// program's place ("imap-login: Info: Login: ..", "imap(user)<1><x>: Info: ..")
// while syslog has "dovecot: imap-login: Login: ..". Both come to the family as
// program dovecot with a message that starts with the process.
func (r *record) dovecotFile(process, rest []byte) bool {
	if !isDovecotProcess(process) || len(rest) == 0 || rest[0] == ' ' && !fileLevel(rest[1:]) {
		return false
	}
	r.ev.Program = r.sub(process)
	r.name = dovecotName
	return true
}

var dovecotName = []byte("dovecot")

// fileLevel says whether s starts with the level word that Dovecot writes in
// files, not through syslog.
func fileLevel(s []byte) bool {
	for _, l := range [...]string{"Info: ", "Warning: ", "Error: ", "Fatal: ", "Panic: ", "Debug: "} {
		if hasPrefix(s, l) {
			return true
		}
	}
	return false
}

func isDovecotProcess(s []byte) bool {
	switch string(s) {
	case "imap", "pop3", "lmtp", "lda", "managesieve", "submission", "imap-login", "pop3-login", "managesieve-login",
		"submission-login", "auth", "auth-worker", "master", "anvil", "stats", "config", "log", "indexer",
		"indexer-worker", "imap-hibernate", "imap-urlauth", "doveadm", "doveadm-server", "dict", "dict-async",
		"dict-expire", "quota-status", "replicator", "aggregator", "ssl-params", "dns-client", "dns_client", "script",
		"old-stats", "director", "ipc", "fts", "lmtp-proxy", "imap-master", "health-check", "dsync-local", "dsync-server",
		"tcpwrap", "welcome", "quota-warning", "managesieve-service", "sieve":
		return true
	}
	return false
}

// setProgram sets the program and the name that dispatch goes by.
func (r *record) setProgram(s []byte) {
	r.ev.Program = r.sub(s)
	r.name, r.path = s, false
	if i := lastIndexByte(s, '/'); i >= 0 && i+1 < len(s) {
		r.name, r.path = s[i+1:], true
	}
}

func (r *record) setPID(pid uint64) {
	if pid <= 1<<32-1 {
		r.ev.PID, r.ev.Has = uint32(pid), r.ev.Has|HasPID
	}
}

// notice handles records that a log daemon wrote in place of a message.
func (r *record) notice() bool {
	if r.at == len(r.line) {
		return false
	}
	switch r.line[r.at] {
	case 'l', 'm':
		return r.repeat()
	case '[':
		return r.blob()
	case '-':
		return r.journalMark()
	}
	return false
}

// repeat handles what syslog daemons write for equal messages: "message repeated
// N times: [ MSG]" is MSG, N times; "last message repeated N times" is an event of
// kind other with IsRepeat and the count, since only the reader of the stream
// knows the message before.
func (r *record) repeat() bool {
	s := r.msg()
	last := hasPrefix(s, "last message ")
	if !last && !hasPrefix(s, "message ") {
		return false
	}
	i := index(s[:min(len(s), 24)], "repeated ")
	if i < 0 {
		return false
	}
	n, rest, ok := leadUint(s[i+len("repeated "):])
	if !ok || n == 0 || n > 1<<31 || !hasPrefix(rest, " times") {
		return false
	}
	rest = rest[len(" times"):]
	if last && len(rest) == 0 {
		r.ev.Kind, r.ev.Count, r.ev.Has = KindOther, uint32(n), r.ev.Has|IsRepeat
		r.send()
		return true
	}
	inner, ok := cutPrefix(rest, ": [")
	if last || !ok || len(inner) == 0 || inner[len(inner)-1] != ']' {
		return false
	}
	r.count, r.ev.Count = uint32(n), uint32(n)
	r.line = r.line[:len(r.line)-1]
	inner = trimLeft(inner[:len(inner)-1])
	r.at = len(r.line) - len(inner)
	r.ev.Text = r.span(r.at, len(r.line))
	return false
}

// blob recognises "[184B blob data]", which journalctl prints in place of a
// message with unprintable bytes (use -o json or --all): the line is lost.
func (r *record) blob() bool {
	s := r.msg()
	if len(s) == 0 || s[0] != '[' || !hasSuffix(s, " blob data]") {
		return false
	}
	n, _, _ := cut(s[1:], " ")
	if v, rest, ok := leadFloat(n); !ok || v == 0 || len(rest) != 1 {
		return false
	}
	r.ev.Kind = KindLogLoss
	r.ev.MTA = Journald
	r.setValue(1)
	r.send()
	return true
}
