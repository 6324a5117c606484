package logparse

// maxPattern bounds a pattern; what lies behind it does not tell lines apart.
const maxPattern = 160

// Pattern appends text with everything that differs from line to line replaced:
// words that hold a digit or an '@' by '*', what stands in quotes, angle or square
// brackets by '*' within them. Lines of one template have one pattern, by which
// unknown lines are grouped.
func Pattern(dst, text []byte) []byte {
	start := len(dst)
	for len(text) > 0 && len(dst)-start < maxPattern {
		c := text[0]
		if close := closing(c); close != 0 {
			if i := indexByte(text[1:], close); i >= 0 {
				dst = append(dst, c, '*', close)
				text = text[i+2:]
				continue
			}
		}
		n, variable := patternWord(text)
		if n == 0 {
			if c < ' ' || c >= 0x7f {
				c = '?'
			}
			dst, text = append(dst, c), text[1:]
			continue
		}
		if variable {
			dst = append(dst, '*')
		} else {
			dst = append(dst, text[:n]...)
		}
		text = text[n:]
	}
	return dst
}

func closing(c byte) byte {
	switch c {
	case '"':
		return '"'
	case '<':
		return '>'
	case '[':
		return ']'
	}
	return 0
}

// patternWord measures the word at the start of s; variable says that it holds
// something that differs from line to line.
func patternWord(s []byte) (n int, variable bool) {
	for n < len(s) && (n > 0 || s[0] != ':') {
		c := s[n]
		if c >= '0' && c <= '9' || c == '@' || c >= 0x80 {
			variable = true
		} else if !(c|0x20 >= 'a' && c|0x20 <= 'z' || c == '.' || c == '_' || c == '-' || c == '+' || c == ':' || c == '/' || c == '%') {
			break
		}
		n++
	}
	for n > 0 && (s[n-1] == ':' || s[n-1] == '.') {
		n--
	}
	return n, variable
}
