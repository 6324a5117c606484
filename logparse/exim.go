package logparse

// Exim 4: main, reject and panic log, in its own files and through syslog. A line
// is
//
//	[stamp ][[pid] ][[n/m] ][id ]text
//
// The stamp of a file is read by the envelope; through syslog Exim may write it a
// second time. The id has 6-6-2 characters up to 4.96 and 6-11-4 since 4.97. The
// text behind an id is an arrow and its fields, or a sentence.
//
// A remote host is "name (helo) [address]:port", each part but the address
// optional. The helo is attacker text and stands before the address; see
// cutEximHost. Quoted commands, senders, recipients and logins are attacker text
// too.

type eximLine struct {
	r *record
	s []byte // what is left to read
	// first: the first of several parts that nobody has joined, so its end is missing
	first bool
}

// parseExim reads one line of Exim.
func parseExim(r *record) bool {
	r.ev.MTA = Exim
	l := eximLine{r: r, s: r.msg()}
	if l.head() {
		return r.sendKind(KindOther, ClassNone)
	}
	if n := eximIDLen(l.s); n > 0 {
		r.ev.QueueID = r.sub(l.s[:n])
		l.s = trimLeft(l.s[n:])
		return l.message()
	}
	return l.session()
}

// head takes stamp, pid and part number off; true for a part behind the first
// that nobody has joined.
func (l *eximLine) head() (tail bool) {
	l.s = cutEximStamp(l.s)
	for len(l.s) > 2 && l.s[0] == '[' {
		n, rest, ok := leadUint(l.s[1:])
		if !ok || len(rest) == 0 {
			return false
		}
		switch rest[0] {
		case ']':
			if n <= 1<<32-1 {
				l.r.ev.PID, l.r.ev.Has = uint32(n), l.r.ev.Has|HasPID
			}
			l.s = trimLeft(rest[1:])
		case '/', '\\':
			_, end, ok := leadUint(rest[1:])
			if !ok || !hasPrefix(end, "]") {
				return false
			}
			l.s = trimLeft(end[1:])
			if n > 1 {
				return true
			}
			l.first = true
			l.s = cutEximStamp(l.s)
		default:
			return false
		}
	}
	return false
}

// cutEximStamp takes "2026-11-22 01:48:00[.123][ +0100] " off.
func cutEximStamp(s []byte) []byte {
	if len(s) < 20 || s[4] != '-' || s[7] != '-' || s[10] != ' ' || s[13] != ':' || s[16] != ':' {
		return s
	}
	t := s[19:]
	if t[0] == '.' {
		_, t = word(t)
	}
	t = trimLeft(t)
	if len(t) > 5 && (t[0] == '+' || t[0] == '-') && t[5] == ' ' {
		t = t[6:]
	}
	return t
}

// eximIDLen is the length of the message id at the start of s, 0 without one.
func eximIDLen(s []byte) int {
	for _, n := range [...]int{16, 23} {
		if len(s) < n || s[6] != '-' || len(s) > n && s[n] != ' ' || s[n-3] != '-' && s[n-5] != '-' {
			continue
		}
		if alnumDash(s[:n]) {
			return n
		}
	}
	return 0
}

func alnumDash(s []byte) bool {
	for _, c := range s {
		if !isKeyByte(c) || c == '_' || c == '.' {
			return false
		}
	}
	return true
}

// eximPeer is the other side of an SMTP connection as Exim writes it.
type eximPeer struct {
	name, helo, addr []byte
	port             uint16
	// sure: the address can be no attacker's text. A helo may imitate "helo) [ip]"
	// only where helo_accept_junk_hosts is set, but a sender or login that comes
	// later may too: with two readings of one line there is no telling.
	sure bool
}

// cutEximHost reads "name (helo) [ip]:port" at the start of s.
func cutEximHost(s []byte) (p eximPeer, rest []byte, ok bool) {
	p.sure = true
	if len(s) > 0 && s[0] != '(' && s[0] != '[' {
		p.name, s = word(s)
	}
	if len(s) > 0 && s[0] == '(' {
		i := heloEnd(s)
		if i < 0 {
			return p, nil, false
		}
		p.helo, s = s[1:i], s[i+2:]
		p.sure = heloEnd(s) < 0
	}
	if len(s) == 0 || s[0] != '[' {
		return p, nil, false
	}
	i := indexByte(s, ']')
	if i < 0 {
		return p, nil, false
	}
	p.addr, rest = s[1:i], s[i+1:]
	if len(rest) > 1 && rest[0] == ':' {
		if n, t, ok := leadUint(rest[1:]); ok && n <= 65535 {
			p.port, rest = uint16(n), t
		}
	}
	rest, _ = cutPrefix(rest, "*")
	return p, rest, true
}

// heloEnd finds the first ") [address]" that a host part can end with.
func heloEnd(s []byte) int {
	for i := 0; ; {
		j := index(s[i:], ") [")
		if j < 0 {
			return -1
		}
		i += j
		t := s[i+3:]
		k := indexByte(t[:min(len(t), 48)], ']')
		if k > 0 {
			_, isAddr := parseAddr(t[:k])
			end := t[k+1:]
			if isAddr && (len(end) == 0 || end[0] == ' ' || end[0] == ':') {
				return i
			}
		}
		i += 3
	}
}

// peer sets the client from a host part.
func (l *eximLine) peer(p eximPeer) {
	r := l.r
	r.ev.ClientName, r.ev.Helo = r.sub(p.name), r.sub(p.helo)
	if p.sure && r.setClientIP(p.addr) {
		r.ev.ClientPort = p.port
		r.ev.Has |= IsTrusted
	}
}

// relay sets the next hop from a host part.
func (l *eximLine) relay(p eximPeer) {
	r := l.r
	r.ev.Relay, r.ev.RelayPort = r.sub(p.name), p.port
	if a, ok := parseAddr(p.addr); ok {
		r.ev.RelayIP = a
	}
}

// cutPeer reads a host part at the start of l.s as the client, with the local
// address (log_selector incoming_interface) and the connection's number
// (connection_id, 4.98) behind it. Since 4.100 "H=" may stand before it.
func (l *eximLine) cutPeer() bool {
	s, _ := cutPrefix(l.s, "H=")
	p, rest, ok := cutEximHost(s)
	if ok {
		l.s = rest
		l.peer(p)
		l.incoming()
		l.s = cutConnectionID(l.s, " Ci=")
	}
	return ok
}

// incoming takes " I=[ip]:port" off and keeps the port.
func (l *eximLine) incoming() {
	t, ok := cutPrefix(l.s, " I=[")
	if !ok {
		return
	}
	i := indexByte(t, ']')
	if i < 0 {
		return
	}
	t = t[i+1:]
	if p, ok := cutPrefix(t, ":"); ok {
		if n, rest, ok := leadUint(p); ok && n <= 65535 {
			l.r.ev.LocalPort, t = uint16(n), rest
		}
	}
	l.s = t
}

// cutConnectionID takes "Ci=26" off, with what stands before it.
func cutConnectionID(s []byte, mark string) []byte {
	if t, ok := cutPrefix(s, mark); ok {
		if _, rest, ok := leadUint(t); ok {
			return rest
		}
	}
	return s
}

// cutEximAddr cuts an address off: quotes are minded, "<...>" is one word.
func cutEximAddr(s []byte) (addr, rest []byte) {
	i, quoted, angle := 0, false, len(s) > 0 && s[0] == '<'
	for ; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case angle && c == '>':
			return s[1:i], trimLeft(s[i+1:])
		case !angle && c == ' ':
			return s[:i], trimLeft(s[i:])
		}
	}
	if quoted || angle { // torn or unbalanced: to the first blank
		addr, rest = word(s)
		return unangle(addr), rest
	}
	return s, nil
}
