package logparse

// note is a text of a daemon that has no fields worth more than its kind: what
// it starts with, and what must follow somewhere (has). The first that fits
// counts. A program name alone never makes a line known: see `other` in the kinds.
type note struct {
	text, has string
	kind      Kind
	class     Class
}

// templated sends s under the first note that fits.
func (r *record) templated(s []byte, list []note) bool {
	for i := range list {
		if t := &list[i]; begins(s, t.text) && (t.has == "" || contains(s[len(t.text):], t.has)) {
			if t.kind != KindOther {
				r.ev.Reply = r.sub(s)
			}
			return r.sendKind(t.kind, t.class)
		}
	}
	return false
}

// begins is hasPrefix for the entries of a long table, few of which fit: it looks at
// the first byte before it compares.
func begins(s []byte, p string) bool {
	return p == "" || len(s) > 0 && s[0] == p[0] && hasPrefix(s, p)
}

// unmatched sends a text that carries the daemon's own level word but that no
// template knows: a process event that counts as unknown. A family that was only
// guessed may not claim it.
func (r *record) unmatched(s []byte, level Class) bool {
	if r.guess {
		return false
	}
	r.ev.Reply, r.ev.Has = r.sub(s), r.ev.Has|IsUnmatched
	return r.sendKind(KindProcess, level)
}

// daemonIP sets a client address that stands where only the daemon writes.
func (r *record) daemonIP(s []byte) bool {
	ok := r.setClientIP(s)
	if ok {
		r.ev.Has |= IsTrusted
	}
	return ok
}

// cutJob reads the queue id that a milter or policy server puts before its text:
// "4D2B1C0A7F: text". An id has letters and digits only and at least one digit;
// a word such as "error" is none.
func cutJob(s []byte) (id, rest []byte, ok bool) {
	digit := false
	for i, c := range s[:min(len(s), 40)] {
		switch {
		case c-'0' <= 9:
			digit = true
		case c|0x20 >= 'a' && c|0x20 <= 'z' || c == '-':
		case c == ':' && i >= 5 && digit && i+1 < len(s) && s[i+1] == ' ':
			return s[:i], s[i+2:], true
		default:
			return nil, s, false
		}
	}
	return nil, s, false
}

// mailbox reads "<address>" at the start of s, quoted local parts included, in
// which ">" and everything else may stand. rest is behind the ">".
func mailbox(s []byte) (addr, rest []byte, ok bool) {
	if len(s) < 2 || s[0] != '<' {
		return nil, s, false
	}
	quoted := false
	for i := 1; i < len(s); i++ {
		switch c := s[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case c == '>' && !quoted:
			return s[1:i], s[i+1:], true
		}
	}
	if i := indexByte(s, '>'); i > 0 { // a quote that never closes
		return s[1:i], s[i+1:], true
	}
	return nil, s, false
}
