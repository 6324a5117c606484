package logparse

import "strconv"

// parseUint reads s, all of which must be digits.
func parseUint(s []byte) (uint64, bool) {
	n, rest, ok := leadUint(s)
	return n, ok && len(rest) == 0
}

// parseUint32 is parseUint for numbers that fit 32 bits (pid, uid, counts).
func parseUint32(s []byte) (uint32, bool) {
	n, ok := parseUint(s)
	return uint32(n), ok && n <= 1<<32-1
}

// parsePort reads a port number.
func parsePort(s []byte) (uint16, bool) {
	n, ok := parseUint(s)
	return uint16(n), ok && n <= 65535
}

var pow10 = [...]float64{1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18}

// leadFloat reads "[+-]digits[.digits]" at the start of s, up to 18 digits in
// all; exponents are read by parseFloat only.
func leadFloat(s []byte) (f float64, rest []byte, ok bool) {
	t, neg := s, false
	if len(t) > 0 && (t[0] == '-' || t[0] == '+') {
		neg, t = t[0] == '-', t[1:]
	}
	var n uint64
	i, frac, digits := 0, -1, 0
	for ; i < len(t); i++ {
		if d := t[i] - '0'; d <= 9 {
			n = n*10 + uint64(d)
			digits++
		} else if t[i] == '.' && frac < 0 {
			frac = digits
		} else {
			break
		}
	}
	if digits == 0 || digits > 18 {
		return 0, s, false
	}
	f = float64(n)
	if frac >= 0 {
		f /= pow10[digits-frac]
	}
	if neg {
		f = -f
	}
	return f, t[i:], true
}

// parseFloat reads s, all of which must be a number; an exponent is allowed.
func parseFloat(s []byte) (float64, bool) {
	f, rest, ok := leadFloat(s)
	if ok && len(rest) == 0 {
		return f, true
	}
	if !ok || len(s) > 40 || rest[0]|0x20 != 'e' {
		return 0, false
	}
	f, err := strconv.ParseFloat(view(s), 64)
	return f, err == nil
}

// leadDSN reads an enhanced status code (RFC 3463) at the start of s; what
// follows must not continue the number.
func leadDSN(s []byte) (d DSN, rest []byte, ok bool) {
	if len(s) < 5 || s[1] != '.' || s[0] != '2' && s[0] != '4' && s[0] != '5' {
		return DSN{}, s, false
	}
	if a, b := s[2]-'0', s[4]-'0'; len(s) > 6 && a <= 9 && s[3] == '.' && b <= 9 && s[5] != '.' && s[5]-'0' > 9 {
		return DSN{s[0] - '0', uint16(a), uint16(b)}, s[5:], true
	}
	sub, t, ok1 := leadUint(s[2:])
	if !ok1 || sub > 999 || len(t) < 2 || t[0] != '.' {
		return DSN{}, s, false
	}
	det, t, ok2 := leadUint(t[1:])
	if !ok2 || det > 999 || len(t) > 1 && t[0] == '.' && t[1]-'0' <= 9 {
		return DSN{}, s, false
	}
	return DSN{s[0] - '0', uint16(sub), uint16(det)}, t, true
}

// parseDSN reads s, all of which must be an enhanced status code.
func parseDSN(s []byte) (DSN, bool) {
	d, rest, ok := leadDSN(s)
	return d, ok && len(rest) == 0
}

// leadCode reads an SMTP reply code (RFC 5321 4.2) at the start of s, followed by
// a blank, a '-' or the end; rest is behind that separator.
func leadCode(s []byte) (code uint16, rest []byte, ok bool) {
	if len(s) < 3 || s[0] < '2' || s[0] > '5' || s[1]-'0' > 9 || s[2]-'0' > 9 {
		return 0, s, false
	}
	if len(s) > 3 && s[3] != ' ' && s[3] != '-' {
		return 0, s, false
	}
	code = uint16(s[0]-'0')*100 + uint16(s[1]-'0')*10 + uint16(s[2]-'0')
	return code, s[min(4, len(s)):], true
}

// replyCodes reads "550 5.1.1 text", "550-5.1.1 text" or "550 text" into the
// event's code and DSN and returns the text; without a code s comes back.
func (r *record) replyCodes(s []byte) []byte {
	code, rest, ok := leadCode(s)
	if !ok {
		return s
	}
	r.ev.Code, r.ev.Has = code, r.ev.Has|HasCode
	if d, t, ok := leadDSN(rest); ok {
		r.setDSN(d)
		return trimLeft(t)
	}
	return rest
}

func (r *record) setDSN(d DSN) { r.ev.DSN, r.ev.Has = d, r.ev.Has|HasDSN }

func (r *record) setSize(n uint64) { r.ev.Size, r.ev.Has = int64(n), r.ev.Has|HasSize }

func (r *record) setNrcpt(n uint32) { r.ev.Nrcpt, r.ev.Has = n, r.ev.Has|HasNrcpt }

func (r *record) setDelay(sec float64) { r.ev.Delay, r.ev.Has = float32(sec), r.ev.Has|HasDelay }

func (r *record) setDuration(sec float64) {
	r.ev.Duration, r.ev.Has = float32(sec), r.ev.Has|HasDuration
}

func (r *record) setValue(v float64) { r.ev.Value, r.ev.Has = v, r.ev.Has|HasValue }

func (r *record) setScore(v float64) { r.ev.Score, r.ev.Has = float32(v), r.ev.Has|HasScore }

// setFrom sets the envelope sender; an empty one is the null sender.
func (r *record) setFrom(s []byte) { r.ev.From, r.ev.Has = r.sub(s), r.ev.Has|HasFrom }

// setMessageID sets the Message-ID without its angle brackets; an empty one was
// logged as such.
func (r *record) setMessageID(s []byte) {
	r.ev.MessageID, r.ev.Has = r.sub(unangle(s)), r.ev.Has|HasMessageID
}
