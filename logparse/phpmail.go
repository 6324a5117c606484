package logparse

// parsePHPMail reads what PHP's mail.log setting writes, to a file of its own or to
// syslog (https://www.php.net/manual/en/mail.configuration.php#ini.mail.log):
//
//	mail() on [/var/www/site/form.php:12]: To: a@b, c@d -- Headers: From: x@y  X-A: b -- Subject: s
//
// The script is the event's point: it names the web form that sends. Recipients,
// headers and subject may be a visitor's words; the script and line before them
// are PHP's.
func parsePHPMail(r *record) bool {
	s, ok := cutPrefix(r.msg(), "mail() on [")
	if !ok {
		return false
	}
	script, rest, ok := cut(s, "]: To: ")
	if !ok {
		return false
	}
	file, line, ok := cutLast(script, ":")
	if _, isNum := parseUint(line); !ok || !isNum {
		return false
	}
	r.ev.Script = r.sub(file)
	to, headers, _ := cut(rest, " -- Headers: ")
	r.phpRcpts(to)
	// A subject may imitate a header, so From: is looked for at the start only.
	if from, ok := cutPrefix(headers, "From: "); ok {
		r.phpFrom(from)
	}
	return r.sendKind(KindMessage, ClassNone)
}

// phpRcpts reads "a@b, Name <c@d>".
func (r *record) phpRcpts(s []byte) {
	n := uint32(1)
	for _, c := range s {
		if c == ',' {
			n++
		}
	}
	first, _, _ := cutByte(s, ',')
	r.ev.To = r.sub(bareAddress(first))
	r.setNrcpt(n)
}

// phpFrom reads the From header; line ends were written as two blanks.
func (r *record) phpFrom(s []byte) {
	s, _, _ = cut(s, "  ")
	s, _, _ = cut(s, " -- Subject: ")
	r.setFrom(bareAddress(s))
}

// bareAddress takes "Name <a@b>" apart.
func bareAddress(s []byte) []byte {
	if _, a, ok := cutByte(s, '<'); ok {
		a, _, _ = cutByte(a, '>')
		return a
	}
	return trim(s)
}
