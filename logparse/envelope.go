package logparse

// envelope reads everything before the message: stamp, host, program, pid, in any
// of the forms that mail logs come in, mixed freely within one file. It leaves
// r.at at the message. False: the record is blank, there is nothing to report.
func (r *record) envelope() bool {
	for len(r.line) > 0 && isPad(r.line[len(r.line)-1]) {
		r.line = r.line[:len(r.line)-1]
	}
	for r.at < len(r.line) && isPad(r.line[r.at]) {
		r.at++ // NUL heads: what a crash or copytruncate leaves
	}
	if r.at == len(r.line) {
		return false
	}
	if r.line[r.at] == 0xef && hasPrefix(r.msg(), "\xef\xbb\xbf") {
		r.at += 3
	}
	r.header()
	r.ev.Text = r.span(r.at, len(r.line))
	return true
}

// recent reads the envelope that nearly every line of a syslog file has: a stamp of
// the minute, and a tag, that a record before had. False: envelope has to read it,
// which comes to the same.
func (r *record) recent() bool {
	s := r.line
	if len(s) < 48 || s[len(s)-1] <= ' ' {
		return false
	}
	n, f := 0, formBSD
	if s[0]-'0' <= 9 {
		n, f = r.p.stamps.recentISO(s, &r.ev), formRFC3339
	} else if s[0]-'A' <= 25 {
		n = r.p.stamps.recentBSD(s, &r.ev)
	}
	if n == 0 || s[n] != ' ' || !r.cachedTag(n) {
		r.missed = n
		r.ev.Time, r.ev.Zone, r.ev.Has = 0, 0, 0
		return false
	}
	r.form = f
	r.ev.Text = r.span(r.at, len(s))
	return true
}

func isPad(c byte) bool { return c == 0 || c == ' ' || c == '\r' || c == '\t' || c == '\n' }

// header reads the envelope that starts at r.at.
func (r *record) header() {
	s := r.msg()
	switch c := s[0]; {
	case c-'0' <= 9:
		if r.isoHeader(s) || r.unixHeader(s) {
			return
		}
	case c-'A' <= 25:
		if r.bsdHeader(s) || r.ctimeHeader(s) || r.fullHeader(s) {
			return
		}
	case c == '<':
		if r.priHeader(s) {
			return
		}
	case c == '{':
		if r.jsonHeader(s) {
			return
		}
	case c == '[':
		if t, n := r.p.leadBracket(s); n > 0 {
			r.setStamp(t)
			r.skipTo(formBracket, s[n:])
			return
		}
	case c == '@':
		if t, n := leadTAI64N(s); n > 0 {
			r.setStamp(t)
			r.form = formBSD
			r.at += n
			r.hostAndTag()
			return
		}
	case c == 't' && r.logfmtHeader(s):
		return
	}
	if !r.composeHeader(s) {
		r.form = formNone
		r.tag(false)
	}
}

// skipTo puts the message at s, blanks at its start dropped.
func (r *record) skipTo(f form, s []byte) {
	r.form = f
	r.at = len(r.line) - len(trimLeft(s))
}

// isoHeader reads RFC 3339 stamps, with what follows them in syslog files, the
// files of single programs (blank between date and time) and CRI.
func (r *record) isoHeader(s []byte) bool {
	t, n := r.p.leadISO(s)
	if n == 0 {
		return false
	}
	r.setStamp(t)
	if s[10] == ' ' {
		rest := trimLeft(s[n:])
		// Exim with log_selector +pid.
		if len(rest) > 3 && rest[0] == '[' {
			if pid, after, ok := leadUint(rest[1:]); ok && len(after) > 1 && after[0] == ']' && after[1] == ' ' {
				r.setPID(pid)
				rest = after[2:]
			}
		}
		r.skipTo(formISOBlank, rest)
		return true
	}
	r.form = formRFC3339
	r.at += n
	if rest := r.msg(); len(rest) > 9 && (hasPrefix(rest, " stdout ") || hasPrefix(rest, " stderr ")) {
		if rest = rest[8:]; len(rest) > 2 && (rest[0] == 'F' || rest[0] == 'P') && rest[1] == ' ' {
			r.inner(rest[2:])
			return true
		}
	}
	r.hostAndTag()
	return true
}

// inner reads the envelope of a record that a container runtime wrapped. The
// runtime's stamp is the better one (year, zone, fraction) and stays.
func (r *record) inner(s []byte) {
	t, zone, has, f := r.ev.Time, r.ev.Zone, r.ev.Has, r.form
	r.at = len(r.line) - len(s)
	for r.at < len(r.line) && isPad(r.line[r.at]) {
		r.at++
	}
	if r.at < len(r.line) {
		r.header()
	}
	if t != 0 {
		r.ev.Time, r.ev.Zone = t, zone
		r.ev.Has = r.ev.Has&^(HasZone|HasYear) | has&(HasZone|HasYear)
	}
	if r.form == formNone && len(r.name) > 0 {
		r.form = f
	}
}

func (r *record) bsdHeader(s []byte) bool {
	t, n := r.p.leadBSD(s)
	if n == 0 || n < len(s) && s[n] != ' ' && s[n] != ':' {
		return false
	}
	r.setStamp(t)
	r.form = formBSD
	r.at += n
	if n < len(s) && s[n] == ':' { // Cisco, and Dovecot's log_timestamp with a colon
		r.at++
	}
	r.hostAndTag()
	return true
}

func (r *record) ctimeHeader(s []byte) bool {
	t, n := r.p.leadCtime(s)
	if n == 0 {
		return false
	}
	r.setStamp(t)
	r.skipTo(formCtime, s[n:])
	if rest, ok := cutPrefix(r.msg(), "-> "); ok {
		r.skipTo(formCtime, rest)
	}
	return true
}

// priHeader reads "<22>" and what follows it: RFC 5424's "1 ", else a stamp.
func (r *record) priHeader(s []byte) bool {
	_, rest, ok := leadUint(s[1:])
	if w := len(s) - 1 - len(rest); !ok || w > 3 || len(rest) < 2 || rest[0] != '>' {
		return false
	}
	rest = rest[1:]
	if hasPrefix(rest, "1 ") {
		return r.rfc5424Header(rest[2:])
	}
	r.at = len(r.line) - len(rest)
	switch {
	case rest[0]-'0' <= 9:
		return r.isoHeader(rest)
	case rest[0]-'A' <= 25 && r.bsdHeader(rest):
		return true
	}
	r.tag(false)
	return true
}

// rfc5424Header reads STAMP HOST APP-NAME PROCID MSGID STRUCTURED-DATA; each may
// be "-".
func (r *record) rfc5424Header(s []byte) bool {
	f, rest := word(s)
	if t, n := r.p.leadISO(f); n == len(f) && n > 0 {
		r.setStamp(t)
	} else if len(f) != 1 || f[0] != '-' {
		return false
	}
	host, rest := word(rest)
	app, rest := word(rest)
	procid, rest := word(rest)
	_, rest = word(rest)
	rest = skipStructuredData(rest)
	rest = trimLeft(rest)
	rest, _ = cutPrefix(rest, "\xef\xbb\xbf")
	r.form = formRFC5424
	r.at = len(r.line) - len(trimLeft(rest))
	if !isNil(host) {
		r.ev.Host = r.sub(host)
	}
	if !isNil(app) {
		r.setProgram(app)
	}
	if pid, ok := parseUint(procid); ok {
		r.setPID(pid)
	}
	return true
}

func isNil(s []byte) bool { return len(s) == 0 || len(s) == 1 && s[0] == '-' }

// skipStructuredData skips "-" or "[id name="value"]..."; in values '"', '\' and
// ']' are escaped with a backslash.
func skipStructuredData(s []byte) []byte {
	if len(s) > 0 && s[0] == '-' {
		return s[1:]
	}
	quoted, open := false, 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '[':
			open++
		case c == ']':
			if open--; open == 0 && (i+1 == len(s) || s[i+1] != '[') {
				return s[i+1:]
			}
		case open == 0:
			return s
		}
	}
	return s
}

// composeHeader reads "name-1  | " as docker compose puts it before each line,
// coloured or not.
func (r *record) composeHeader(s []byte) bool {
	bar := -1
	for i := range min(len(s)-1, 80) {
		if s[i] == '|' {
			bar = i
			break
		}
	}
	if bar < 2 {
		return false
	}
	name, _ := word(skipColour(s[:bar]))
	if len(name) == 0 || !containerName(name) {
		return false
	}
	rest := skipColour(s[bar+1:])
	if len(rest) == 0 || rest[0] != ' ' {
		return false
	}
	r.inner(rest[1:])
	return true
}

func containerName(s []byte) bool {
	for _, c := range s {
		if !isKeyByte(c) {
			return false
		}
	}
	return true
}

// skipColour skips one "ESC [ ... m".
func skipColour(s []byte) []byte {
	if len(s) > 3 && s[0] == 0x1b && s[1] == '[' {
		if i := indexByte(s[:min(len(s), 16)], 'm'); i > 0 {
			return s[i+1:]
		}
	}
	return s
}

// logfmtHeader reads the stamp of `time="..." level=info msg="..."`; the message
// is the whole line.
func (r *record) logfmtHeader(s []byte) bool {
	v, ok := cutPrefix(s, "time=\"")
	if !ok {
		return false
	}
	v, _, _ = cutByte(v, '"')
	if t, n := r.p.leadLogfmt(v); n > 0 {
		r.setStamp(t)
	}
	r.form = formLogfmt
	return true
}
