package logparse

import (
	"encoding/binary"
	"math/bits"
)

// parseAddr reads an IPv4 or IPv6 address, IPv4 in its mapped form, as the key
// that all forms of one address share: "IPv6:" prefix, brackets and a zone id are
// dropped, ::ffff:a.b.c.d is the IPv4 address. All of s must be the address.
func parseAddr(s []byte) (a [16]byte, ok bool) {
	if n := len(s); n >= 2 && s[0] == '[' && s[n-1] == ']' {
		s = s[1 : n-1]
	}
	if v4, ok := parseIPv4(s); ok {
		putMapped(&a, v4)
		return a, true
	}
	if len(s) > 5 && (s[0] == 'I' || s[0] == 'i') && (hasPrefix(s, "IPv6:") || hasPrefix(s, "ipv6:") || hasPrefix(s, "IPV6:")) {
		s = s[5:]
	}
	if i := indexByte(s, '%'); i > 0 {
		s = s[:i]
	}
	return parseIPv6(s)
}

// parseIPv4 reads four decimal parts without leading zeros.
func parseIPv4(s []byte) (uint32, bool) {
	v, w := leadIPv4(s)
	return v, w > 0 && w == len(s)
}

// leadIPv4 reads an IPv4 address at the start of s; w is how long it is, 0 when
// there is none. The caller looks at what follows. Where digits end cannot be
// guessed, so there is no branch on it.
func leadIPv4(s []byte) (v uint32, w int) {
	if cap(s) < 20 {
		return slowIPv4(s)
	}
	b := (*[20]byte)(s[:20])
	_, lo := digitRun(b[:])
	_, hi := digitRun(b[8:])
	// One bit for each byte that is no digit, all from the end of s on.
	const gather = 0x0102040810204080
	ends := uint32(lo>>7*gather>>56) | uint32(hi>>7*gather>>56)<<8 | uint32(0x1ffff)<<min(len(s), 16)
	p1 := bits.TrailingZeros32(ends)
	ends &= ends - 1
	p2 := bits.TrailingZeros32(ends)
	ends &= ends - 1
	p3 := bits.TrailingZeros32(ends)
	ends &= ends - 1
	p4 := bits.TrailingZeros32(ends)
	if p4 > 15 || b[p1&15] != '.' || b[p2&15] != '.' || b[p3&15] != '.' || p3 >= len(s) {
		return 0, 0
	}
	v1, ok1 := ipPart(b, 0, p1)
	v2, ok2 := ipPart(b, p1+1, p2)
	v3, ok3 := ipPart(b, p2+1, p3)
	v4, ok4 := ipPart(b, p3+1, p4)
	if !ok1 || !ok2 || !ok3 || !ok4 {
		return 0, 0
	}
	return v1<<24 | v2<<16 | v3<<8 | v4, p4
}

// ipPart is the number of one to three digits in b[from:to]; no leading zeros, at
// most 255.
func ipPart(b *[20]byte, from, to int) (v uint32, ok bool) {
	w := uint(to - from)
	x := (binary.LittleEndian.Uint32(b[from&15:]) ^ 0x30303030) << (32 - 8*w)
	v = x>>24 + 10*(x>>16&0xff) + 100*(x>>8&0xff)
	return v, w-1 < 3 && v-ipLeast[w&3] <= 255-ipLeast[w&3]
}

// ipLeast is the smallest number of that many digits.
var ipLeast = [4]uint32{0, 0, 10, 100}

func slowIPv4(s []byte) (v uint32, w int) {
	i := 0
	for part := range 4 {
		if part > 0 {
			if i >= len(s) || s[i] != '.' {
				return 0, 0
			}
			i++
		}
		if i >= len(s) || s[i]-'0' > 9 {
			return 0, 0
		}
		d := uint32(s[i] - '0')
		i++
		for n := 1; n < 3 && i < len(s) && s[i]-'0' <= 9; n++ {
			if d == 0 {
				return 0, 0
			}
			d = d*10 + uint32(s[i]-'0')
			i++
		}
		if d > 255 {
			return 0, 0
		}
		v = v<<8 | d
	}
	if i < len(s) && s[i]-'0' <= 9 {
		return 0, 0
	}
	return v, i
}

// putMapped makes a an IPv4 address, as the key that all forms of one address
// share. It writes in place: an array that is returned is copied in wider pieces
// than it was written in, for which the processor has to wait.
func putMapped(a *[16]byte, v4 uint32) {
	binary.LittleEndian.PutUint64(a[:8], 0)
	binary.LittleEndian.PutUint64(a[8:], uint64(bits.ReverseBytes32(v4))<<32|0xffff0000)
}

// parseIPv6 reads RFC 4291 text forms, an embedded IPv4 tail included.
func parseIPv6(s []byte) (a [16]byte, ok bool) {
	if len(s) < 2 || len(s) > 45 {
		return a, false
	}
	gap, n := -1, 0
	if s[0] == ':' {
		if s[1] != ':' {
			return a, false
		}
		gap, s = 0, s[2:]
	}
	for len(s) > 0 && n < 16 {
		v, w := hex16(s)
		if w == 0 {
			return a, false
		}
		if w < len(s) && s[w] == '.' {
			v4, ok := parseIPv4(s)
			if !ok || n > 12 {
				return a, false
			}
			a[n], a[n+1], a[n+2], a[n+3] = byte(v4>>24), byte(v4>>16), byte(v4>>8), byte(v4)
			n, s = n+4, nil
			break
		}
		a[n], a[n+1] = byte(v>>8), byte(v)
		n, s = n+2, s[w:]
		if len(s) == 0 {
			break
		}
		if s[0] != ':' || len(s) == 1 {
			return a, false
		}
		if s = s[1:]; s[0] == ':' {
			if gap >= 0 {
				return a, false
			}
			gap, s = n, s[1:]
		}
	}
	if len(s) > 0 || gap < 0 && n < 16 || gap >= 0 && n >= 16 {
		return a, false
	}
	if gap >= 0 {
		k := n - gap
		copy(a[16-k:], a[gap:n])
		clear(a[gap : 16-k])
	}
	return a, a != [16]byte{}
}

// hex16 reads up to four hex digits; w is how many there were.
func hex16(s []byte) (v uint16, w int) {
	for w < len(s) && w < 4 {
		d := hexVal[s[w]]
		if d > 15 {
			break
		}
		v = v<<4 | uint16(d)
		w++
	}
	return v, w
}

// hexVal is the value of a hex digit, 0xff for other bytes.
var hexVal = func() (t [256]byte) {
	for i := range t {
		t[i] = 0xff
	}
	for i := range 10 {
		t['0'+i] = byte(i)
	}
	for i := range 6 {
		t['a'+i], t['A'+i] = byte(10+i), byte(10+i)
	}
	return t
}()

// isHex says whether s is hex digits only, and not empty.
func isHex(s []byte) bool {
	for _, c := range s {
		if hexVal[c] > 15 {
			return false
		}
	}
	return len(s) > 0
}

// hostAddr is "name[address]" or "name[address]:port" as cut off a text.
type hostAddr struct {
	name []byte // may be "unknown" or empty
	addr []byte // the text in the brackets, when that is no IPv4 address
	v4   uint32 // the address, with isV4
	port uint16
	isV4 bool
}

// put sets a to the address; false, and a as it was, when the brackets hold none.
func (h *hostAddr) put(a *[16]byte) bool {
	if h.isV4 {
		putMapped(a, h.v4)
		return true
	}
	v, ok := parseAddr(h.addr)
	if ok {
		*a = v
	}
	return ok
}

// cut reads "name[address]" with an optional ":port" at the start of s and returns
// what follows. The name ends at the first '[', so that nothing behind it can move
// the address; it may not hold a blank. The brackets may hold something else than
// an address (a socket path): the caller looks at addr.
func (h *hostAddr) cut(s []byte) (rest []byte, ok bool) {
	name, v4, end := leadHostIPv4(s)
	if end > 0 {
		h.name, h.v4, h.isV4 = s[:name], v4, true
		h.port, rest = leadPort(s[end:])
		return rest, true
	}
	if name < 0 {
		return s, false
	}
	j := name + 1
	for j < len(s) && s[j] != ']' {
		j++
	}
	if j >= len(s) {
		return s, false
	}
	h.name, h.addr = s[:name], s[name+1:j]
	h.port, rest = leadPort(s[j+1:])
	return rest, true
}

// leadPort reads ":port" at the start of s; without one rest is s.
func leadPort(s []byte) (port uint16, rest []byte) {
	if len(s) > 1 && s[0] == ':' {
		if n, t, ok := leadUint(s[1:]); ok && n <= 65535 {
			return uint16(n), t
		}
	}
	return 0, s
}

// leadHostIPv4 is hostAddr.cut for what most lines have, an IPv4 address: the end
// of the name, the address, and the place behind its bracket, 0 for all else; name
// is then the place of the '[', -1 when none or a blank comes first.
func leadHostIPv4(s []byte) (name int, v4 uint32, end int) {
	for name+8 <= len(s) {
		w := binary.LittleEndian.Uint64(s[name:])
		if m := firstByte(w, '[') | firstByte(w, ' '); m != 0 {
			name += bits.TrailingZeros64(m) / 8
			break
		}
		name += 8
	}
	for name < len(s) && s[name] != '[' && s[name] != ' ' {
		name++
	}
	if name >= len(s) || s[name] != '[' {
		return -1, 0, 0
	}
	v4, w := leadIPv4(s[name+1:])
	if end = name + 1 + w; w == 0 || end >= len(s) || s[end] != ']' {
		return name, 0, 0
	}
	return name, v4, end + 1
}

// setClient sets the client's address, name and port; a name of "unknown" is
// kept as logged (it says that forward-confirmed DNS failed). False when the
// brackets hold no address.
func (r *record) setClient(h *hostAddr) bool {
	r.ev.ClientName, r.ev.ClientPort = r.sub(h.name), h.port
	if !h.put(&r.ev.ClientIP) {
		r.ev.ClientIP = [16]byte{}
		return false
	}
	return true
}

// setClientIP sets the client's address only; false leaves it as it was.
func (r *record) setClientIP(s []byte) bool {
	a, ok := parseAddr(s)
	if ok {
		r.ev.ClientIP = a
	}
	return ok
}

// setRelay sets the next hop: name and, when the brackets hold one, address.
func (r *record) setRelay(h *hostAddr) {
	r.ev.Relay, r.ev.RelayPort = r.sub(h.name), h.port
	h.put(&r.ev.RelayIP)
}
