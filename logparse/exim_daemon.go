package logparse

// eximDaemon are sentences of the daemon about itself, by what they begin with.
var eximDaemon = [...]struct {
	text  string
	kind  Kind
	class Class
}{
	{"SIGHUP received", KindProcess, ClassReload},
	{"SIGTERM received", KindProcess, ClassStop},
	{"SIGINT received", KindProcess, ClassStop},
	{"daemon: ", KindProcess, ClassError},
	{"socket bind() to port ", KindProcess, ClassError},
	{"listen() failed", KindProcess, ClassError},
	{"accept() failed", KindProcess, ClassError},
	{"fork of queue-runner process failed", KindProcess, ClassError},
	{"Failed to ", KindProcess, ClassError},
	{"failed to ", KindProcess, ClassError},
	{"Cannot open main log file", KindProcess, ClassFatal},
	{"Cannot ", KindProcess, ClassError},
	{"Exim configuration error", KindProcess, ClassFatal},
	{"exim: could not ", KindProcess, ClassError},
	{"Exim was built ", KindOther, ClassNone},
	{"Memory allocation failure", KindProcess, ClassFatal},
	{"No space left on device", KindProcess, ClassFatal},
	{"spool directory space ", KindProcess, ClassError},
	{"log directory space ", KindProcess, ClassError},
	{"queue run: process ", KindProcess, ClassError}, // "... crashed with signal"
	{"queue run: error ", KindProcess, ClassError},
	{"no queue runs while load average", KindProcess, ClassWarning},
	{"Abandon queue run: ", KindProcess, ClassWarning},
	{"abandoning queue run", KindProcess, ClassWarning},
	{"cancelled by ", KindOther, ClassNone},
	{"malware acl condition: ", KindProcess, ClassError},
	{"spam acl condition: ", KindProcess, ClassError},
	{"LDAP: ", KindProcess, ClassError},
	{"MYSQL: ", KindProcess, ClassError},
	{"PGSQL: ", KindProcess, ClassError},
	{"lookup of \"", KindProcess, ClassWarning},
	{"Berkeley DB error", KindProcess, ClassError},
	{"dbfn_open", KindProcess, ClassError},
	{"host name alias ", KindFCrDNS, ClassNone},
	{"list matching forced to fail", KindProcess, ClassWarning},
	{"TLS cache ", KindOther, ClassNone},
	{"TLS: ", KindOther, ClassNone},
	{"log string overflow", KindProcess, ClassWarning},
	{"*** log string overflow", KindProcess, ClassWarning},
	{"Tainted ", KindProcess, ClassError},
	{"Taint mismatch", KindProcess, ClassError},
	{"purging the environment", KindOther, ClassNone},
	{"remote host address is the local host: ", KindProcess, ClassWarning},
	{"lowest numbered MX record points to local host: ", KindProcess, ClassWarning},
	{"unable to set gid=", KindProcess, ClassError},
	{"internal problem in ", KindProcess, ClassError},
}

var eximDaemonIndex = indexTexts(len(eximDaemon), func(i int) string { return eximDaemon[i].text })

// daemon reads what the daemon says about itself.
func (l *eximLine) daemon() bool {
	r := l.r
	if v, ok := cutPrefix(l.s, "exim "); ok {
		return l.version(v)
	}
	if t, ok := cutPrefix(l.s, "pid "); ok { // "pid 114: SIGHUP received: re-exec daemon"
		if _, rest, ok := cut(t, ": "); ok {
			l.s = rest
		}
	}
	for _, i := range eximDaemonIndex.of(l.s) {
		if d := &eximDaemon[i]; hasPrefix(l.s, d.text) {
			r.ev.Reply = r.sub(l.s)
			return r.sendKind(d.kind, d.class)
		}
	}
	return false
}

// version reads "4.96 daemon started: pid=114, -q30s, listening for SMTP on ...".
func (l *eximLine) version(s []byte) bool {
	_, s = word(s)
	switch {
	case hasPrefix(s, "daemon started"):
		l.r.ev.Reply = l.r.sub(s)
		return l.r.sendKind(KindProcess, ClassStart)
	case hasPrefix(s, "daemon "):
		l.r.ev.Reply = l.r.sub(s)
		return l.r.sendKind(KindProcess, ClassInfo)
	}
	return false
}

// parseEximHeader reads the lines that the reject log puts below an entry: sender,
// recipients and header lines of the refused message. They are the sender's text.
func parseEximHeader(r *record) bool {
	r.ev.MTA = Exim
	s := r.line
	if hasPrefix(trimLeft(s), "Suggested action: use keep_environment") { // the second line of "purging the environment"
		return r.sendKind(KindOther, ClassNone)
	}
	if hasPrefix(s, "Envelope-from: <") || hasPrefix(s, "Envelope-to: <") || eximHeaderName(s) || eximHeaderFold(r, s) {
		return r.sendKind(KindOther, ClassNone)
	}
	return false
}

// eximHeaderName reads "F From: ..." and "  Subject: ...": a letter or blank for
// what the header is, a blank, a header's name and a colon.
func eximHeaderName(s []byte) bool {
	if len(s) < 5 || s[1] != ' ' || s[0] != ' ' && s[0] != '*' && (s[0] < 'A' || s[0] > 'Z') {
		return false
	}
	name, _, ok := cutByte(s[2:], ':')
	return ok && isWord(name) && name[0] >= 'A'
}

// eximHeaderFold reads the folded rest of a header or recipient list.
func eximHeaderFold(r *record, s []byte) bool {
	if len(s) == 0 || s[0] != '\t' && s[0] != ' ' {
		return false
	}
	if r.p.opt.MTA == Exim {
		return true
	}
	t := trimLeft(s)
	if hasPrefix(s, "    <") && t[len(t)-1] == '>' {
		return true
	}
	for _, w := range [...]string{"by ", "for ", "id ", "with ", "(envelope-from ", "(TLS", "(Exim "} {
		if hasPrefix(t, w) {
			return true
		}
	}
	if i := lastIndex(t, " +0"); i > 0 || lastIndex(t, " -0") > 0 {
		_, isDate := cutPrefix(t[3:min(5, len(t))], ", ")
		return isDate
	}
	return false
}
