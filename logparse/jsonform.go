package logparse

import "unicode/utf8"

// journalFields are the raw values (JSON text) of the members that matter, of a
// journald export object (journalctl -o json) or a docker json-file object.
type journalFields struct {
	message, ident, comm, host, syslogPID, pid, stamp, source []byte
	log, time                                                 []byte // docker
}

// jsonHeader reads records that are JSON objects. Their texts are decoded into
// the block's arena, which the event's spans then point into.
func (r *record) jsonHeader(s []byte) bool {
	var f journalFields
	if !f.scan(s) {
		return false
	}
	switch {
	case len(f.log) > 0:
		return r.dockerHeader(&f)
	case len(f.stamp) > 0 || len(f.source) > 0 || len(f.message) > 0 && len(f.ident) > 0:
		r.journalHeader(&f)
		return true
	}
	return false
}

// scan walks the members of one object; nested values are skipped.
func (f *journalFields) scan(s []byte) bool {
	i := skipBlank(s, 1)
	if i < len(s) && s[i] == '}' {
		return true
	}
	for i < len(s) {
		k := jsonValueEnd(s, i)
		if k < 0 || s[i] != '"' {
			return false
		}
		key := s[i+1 : k-1]
		if i = skipBlank(s, k); i >= len(s) || s[i] != ':' {
			return false
		}
		i = skipBlank(s, i+1)
		v := jsonValueEnd(s, i)
		if v < 0 {
			return false
		}
		f.set(key, s[i:v])
		if i = skipBlank(s, v); i >= len(s) {
			return false
		}
		if s[i] == '}' {
			return true
		}
		if s[i] != ',' {
			return false
		}
		i = skipBlank(s, i+1)
	}
	return false
}

func (f *journalFields) set(key, v []byte) {
	switch string(key) {
	case "MESSAGE":
		f.message = v
	case "SYSLOG_IDENTIFIER":
		f.ident = v
	case "_COMM":
		f.comm = v
	case "_HOSTNAME":
		f.host = v
	case "SYSLOG_PID":
		f.syslogPID = v
	case "_PID":
		f.pid = v
	case "__REALTIME_TIMESTAMP":
		f.stamp = v
	case "_SOURCE_REALTIME_TIMESTAMP":
		f.source = v
	case "log":
		f.log = v
	case "time":
		f.time = v
	}
}

func skipBlank(s []byte, i int) int {
	for i < len(s) && (s[i] == ' ' || s[i] == '\t' || s[i] == '\n' || s[i] == '\r') {
		i++
	}
	return i
}

// jsonValueEnd is the offset behind the value that starts at i, -1 when the text
// ends first. Brackets are counted, not checked for kind.
func jsonValueEnd(s []byte, i int) int {
	if i >= len(s) {
		return -1
	}
	depth := 0
	for ; i < len(s); i++ {
		switch s[i] {
		case '"':
			for i++; i < len(s) && s[i] != '"'; i++ {
				if s[i] == '\\' {
					i++
				}
			}
			if i >= len(s) {
				return -1
			}
			if depth == 0 {
				return i + 1
			}
		case '[', '{':
			depth++
		case ']', '}':
			if depth == 0 {
				return i
			}
			if depth--; depth == 0 {
				return i + 1
			}
		case ',':
			if depth == 0 {
				return i
			}
		}
	}
	return -1
}

// arenaRecord makes what was appended to the arena since start the record.
func (r *record) arenaRecord(start int) {
	r.line = r.b.Arena[start:]
	if len(r.line) > MaxRecord {
		r.line = r.line[:MaxRecord]
	}
	r.ev.base = uint32(start) | arenaBit
	r.at = 0
}

func (r *record) dockerHeader(f *journalFields) bool {
	if t, n := r.p.leadISO(unquote(f.time)); n > 0 {
		r.setStamp(t)
	}
	start := len(r.b.Arena)
	r.b.Arena = appendJSONText(r.b.Arena, f.log)
	for n := len(r.b.Arena); n > start && isPad(r.b.Arena[n-1]); n-- {
		r.b.Arena = r.b.Arena[:n-1]
	}
	r.arenaRecord(start)
	r.inner(r.line)
	return true
}

func (r *record) journalHeader(f *journalFields) {
	r.form = formJournal
	stamp := f.source
	if len(stamp) == 0 {
		stamp = f.stamp
	}
	if us, ok := parseUint(unquote(stamp)); ok && us < 9e15 {
		r.setStamp(stampOf(us))
	}
	for _, pid := range [...][]byte{f.syslogPID, f.pid} {
		if n, ok := parseUint(unquote(pid)); ok {
			r.setPID(n)
			break
		}
	}
	ident := f.ident
	if len(ident) == 0 {
		ident = f.comm
	}
	a := r.b.Arena
	start := len(a)
	a = appendJSONText(a, f.host)
	host := len(a) - start
	a = append(a, ' ')
	a = appendJSONText(a, ident)
	prog := len(a) - start
	a = append(a, ' ')
	if string(f.message) == "null" { // too long for journalctl without --all
		a = append(a, "[4096B blob data]"...)
	}
	a = appendJSONText(a, f.message)
	r.b.Arena = a
	r.arenaRecord(start)
	r.journalSpans(host, prog)
}

// journalSpans splits the record "host program message" at the given offsets.
func (r *record) journalSpans(host, prog int) {
	n := len(r.line)
	host, prog = min(host, n), min(prog, n)
	r.ev.Host = r.sub(r.line[:host])
	if p := r.line[min(host+1, n):prog]; len(p) > 0 {
		r.setProgram(p)
	}
	r.at = min(prog+1, n)
	for len(r.line) > r.at && isPad(r.line[len(r.line)-1]) {
		r.line = r.line[:len(r.line)-1]
	}
	r.afterTag()
}

func stampOf(us uint64) stamp {
	return stamp{sec: int64(us / 1e6), nsec: int32(us%1e6) * 1000, has: HasZone | HasYear}
}

// appendJSONText appends the text of a JSON value: a string, an array of byte
// values (how journald writes what is not UTF-8), or an array of such, of which
// the first counts. null and anything else is no text.
func appendJSONText(dst, v []byte) []byte {
	if len(v) < 2 {
		return dst
	}
	switch v[0] {
	case '"':
		return appendUnescaped(dst, v[1:len(v)-1])
	case '[':
		if i := skipBlank(v, 1); i < len(v) && (v[i] == '"' || v[i] == '[') {
			if e := jsonValueEnd(v, i); e > 0 && v[i] == '"' {
				return appendUnescaped(dst, v[i+1:e-1])
			} else if e > 0 {
				return appendByteValues(dst, v[i:e])
			}
			return dst
		}
		return appendByteValues(dst, v)
	}
	return dst
}

// appendByteValues appends "[72,101,...]".
func appendByteValues(dst, v []byte) []byte {
	n, digits := 0, 0
	for _, c := range v {
		if d := c - '0'; d <= 9 && digits < 3 {
			n, digits = n*10+int(d), digits+1
		} else if digits > 0 {
			dst = append(dst, byte(n))
			n, digits = 0, 0
		}
	}
	return dst
}

// appendUnescaped appends the inside of a JSON string. A newline within a message
// stays: the record is one message.
func appendUnescaped(dst, s []byte) []byte {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c != '\\' || i+1 >= len(s) {
			dst = append(dst, c)
			continue
		}
		i++
		switch s[i] {
		case 'n':
			dst = append(dst, '\n')
		case 't':
			dst = append(dst, '\t')
		case 'r':
			dst = append(dst, '\r')
		case 'b':
			dst = append(dst, '\b')
		case 'f':
			dst = append(dst, '\f')
		case 'u':
			v, n := unescapeRune(s[i+1:])
			dst = utf8.AppendRune(dst, v)
			i += n
		default:
			dst = append(dst, s[i])
		}
	}
	return dst
}

// unescapeRune reads the XXXX of \uXXXX and, after the first half of a surrogate
// pair, the \uXXXX of the second.
func unescapeRune(s []byte) (v rune, n int) {
	hi, w := hex16(s)
	if w < 4 {
		return utf8.RuneError, w
	}
	if hi < 0xd800 || hi > 0xdfff {
		return rune(hi), 4
	}
	if len(s) >= 10 && s[4] == '\\' && s[5] == 'u' && hi < 0xdc00 {
		if lo, w := hex16(s[6:]); w == 4 && lo >= 0xdc00 && lo <= 0xdfff {
			return rune(hi-0xd800)<<10 + rune(lo-0xdc00) + 0x10000, 10
		}
	}
	return utf8.RuneError, 4
}
