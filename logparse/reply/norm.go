package reply

// maxText is how much of a reply is looked at; what says why comes early.
const maxText = 1024

// normalise writes text to dst for searching: lower case, blanks folded, the
// addresses in angle brackets left out (they are chosen by a stranger), and the
// repeated codes of a multi-line reply taken out, so that a sentence that a server
// broke over lines reads as one ("rate of 421-4.7.28 unsolicited mail"). A line
// break is a blank, an escaped newline of Exim (\n) or of a syslog daemon (#012).
func normalise(dst *[maxText]byte, text []byte) []byte {
	n := 0
	blank := true
	for i := 0; i < len(text) && n < maxText; {
		if c := plain[text[i]]; c != 0 {
			dst[n] = c
			n++
			i++
			blank = false
			continue
		}
		if k := breakLen(text, i); k > 0 {
			i += k
			if !blank {
				dst[n] = ' '
				n++
				blank = true
			}
			if i < len(text) && text[i]-'2' < 4 {
				i += continuation(text[i:])
			}
			continue
		}
		if text[i] == '<' {
			if k := addressLen(text[i:]); k > 0 {
				i += k
				continue
			}
		}
		dst[n] = text[i]
		n++
		i++
		blank = false
	}
	return dst[:n]
}

// plain maps a byte to its lower case, and those that need a look at what follows
// (blanks, controls, backslash, '#', '<') to 0.
var plain = func() (t [256]byte) {
	for i := range t {
		if c := byte(i); c > ' ' && c != '\\' && c != '#' && c != '<' {
			t[i] = lower(c)
		}
	}
	return t
}()

// breakLen is the length of the blank or line break at text[i:], 0 for none.
func breakLen(text []byte, i int) int {
	switch c := text[i]; {
	case c <= ' ':
		return 1
	case c == '\\' && i+1 < len(text) && (text[i+1] == 'n' || text[i+1] == 'r'):
		return 2
	case c == '#' && i+3 < len(text) && text[i+1] == '0' && text[i+2] == '1' && (text[i+3] == '2' || text[i+3] == '5'):
		return 4
	}
	return 0
}

// continuation is the length of "550-5.7.1 " or "550 5.7.1 " at the start of a
// reply's further line.
func continuation(t []byte) int {
	code, n := leadingCode(t)
	if code == 0 {
		return 0
	}
	if _, k := leadingDSN(t[n:]); k > 0 {
		return n + k
	}
	if t[n-1] == '-' {
		return n
	}
	return 0
}

// addressLen is the length of "<user@domain>" at the start of t, 0 if it is
// something else.
func addressLen(t []byte) int {
	at := false
	for i := 1; i < len(t) && i < 330; i++ {
		switch t[i] {
		case '@':
			at = true
		case '<':
			if t[1] != '"' {
				return 0
			}
		case '>':
			if at || i == 1 {
				return i + 1
			}
			return 0
		}
	}
	return 0
}

// leadingCode reads "550 " or "550-" at the start of t; n is its length with the
// separator. A code alone at the end counts too.
func leadingCode(t []byte) (code uint16, n int) {
	if len(t) < 3 || t[0] < '2' || t[0] > '5' || t[1] > '5' || t[1] < '0' || t[2]-'0' > 9 {
		return 0, 0
	}
	if len(t) > 3 && t[3] != ' ' && t[3] != '-' {
		return 0, 0
	}
	n = min(4, len(t))
	return uint16(t[0]-'0')*100 + uint16(t[1]-'0')*10 + uint16(t[2]-'0'), n
}

// leadingDSN reads "5.7.1" at the start of t; n is its length with the blank that
// follows.
func leadingDSN(t []byte) (d DSN, n int) {
	if len(t) < 5 || t[0] != '2' && t[0] != '4' && t[0] != '5' || t[1] != '.' {
		return DSN{}, 0
	}
	subject, a := number3(t[2:])
	if a == 0 || 2+a >= len(t) || t[2+a] != '.' {
		return DSN{}, 0
	}
	detail, b := number3(t[3+a:])
	n = 3 + a + b
	if b == 0 || n < len(t) && !endsDSN(t[n:]) {
		return DSN{}, 0
	}
	if n < len(t) && t[n] == ' ' {
		n++
	}
	return DSN{t[0] - '0', subject, detail}, n
}

// endsDSN tells "5.7.1 " and "5.7.1." from the address "5.7.1.9" and the name
// "5.7.1-x".
func endsDSN(t []byte) bool {
	if t[0] == '.' {
		return len(t) == 1 || t[1] == ' '
	}
	return !isWord(lower(t[0])) && t[0] != '-'
}

// number3 reads one to three digits.
func number3(t []byte) (v uint16, n int) {
	for n < len(t) && n < 3 && t[n]-'0' < 10 {
		v = v*10 + uint16(t[n]-'0')
		n++
	}
	return v, n
}
