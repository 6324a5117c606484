package logparse

// postscreen, dnsblog, tlsproxy and anvil.

// pfScreenTests are postscreen's lines by their first words (POSTSCREEN_README,
// both the old and the respectful vocabulary). The client "[addr]:port" follows
// after has when set, else at once.
var pfScreenTests = [...]struct {
	prefix string
	test   int // how much of prefix is the name of the test
	client string
}{
	{"CONNECT from ", 7, ""},
	{"DISCONNECT ", 10, ""},
	{"PASS NEW ", 8, ""},
	{"PASS OLD ", 8, ""},
	{"PREGREET ", 8, " from "},
	{"HANGUP after ", 6, " from "},
	{"DNSBL rank ", 5, " for "},
	{"ALLOWLISTED ", 11, ""},
	{"WHITELISTED ", 11, ""},
	{"DENYLISTED ", 10, ""},
	{"BLACKLISTED ", 11, ""},
	{"ALLOWLIST VETO ", 14, ""},
	{"WHITELIST VETO ", 14, ""},
	{"NON-SMTP COMMAND from ", 16, ""},
	{"COMMAND PIPELINING from ", 18, ""},
	{"BARE NEWLINE from ", 12, ""},
	{"COMMAND TIME LIMIT from ", 18, ""},
	{"COMMAND COUNT LIMIT from ", 19, ""},
	{"COMMAND LENGTH LIMIT from ", 20, ""},
	{"DATA without valid RCPT from ", 23, ""},
	{"BDAT without valid RCPT from ", 23, ""},
}

func (r *record) pfScreen(s []byte) bool {
	for i := range pfScreenTests {
		t := &pfScreenTests[i]
		if t.prefix[0] != s[0] || !hasPrefix(s, t.prefix) {
			continue
		}
		rest := s[len(t.prefix):]
		if t.client != "" {
			// "11 after 0.05 from ", "0.6 from ", "5 for ": numbers only.
			head, after, ok := cut(rest, t.client)
			if !ok || !r.pfScreenNumbers(head, t.prefix[0]) {
				return false
			}
			rest = after
		}
		return r.pfScreened(s[:t.test], rest)
	}
	return false
}

// pfScreenNumbers reads "BYTES after SECONDS" (P), "SECONDS" (H), "RANK" (D).
func (r *record) pfScreenNumbers(s []byte, first byte) bool {
	n, rest, ok := leadFloat(s)
	if !ok {
		return false
	}
	if first == 'H' {
		r.setDuration(n)
		return len(rest) == 0
	}
	r.setValue(n)
	if first == 'P' {
		after, ok := cutPrefix(rest, " after ")
		if !ok {
			return false
		}
		sec, ok := parseFloat(after)
		r.setDuration(sec)
		return ok
	}
	return len(rest) == 0
}

func (r *record) pfScreened(test, s []byte) bool {
	rest, ok := r.pfClient(s)
	if !ok || len(rest) > 0 && rest[0] != ' ' && rest[0] != ':' {
		return false
	}
	r.ev.Kind, r.ev.Class, r.ev.ClassText = KindPostscreen, ClassText, r.sub(test)
	if string(r.name) == "tlsproxy" { // the same connection once more
		r.ev.Kind = KindOther
	}
	switch {
	case hasPrefix(rest, " to "):
		var h hostAddr
		if _, ok := h.cut(rest[4:]); ok {
			r.ev.LocalPort = h.port
		}
	case hasPrefix(rest, " in tests "):
		r.ev.Stage = r.sub(rest[len(" in "):])
	case hasPrefix(rest, " after "):
		stage, text, _ := cut(rest[len(" after "):], ": ")
		r.ev.Stage, r.ev.Reply = r.sub(stage), r.sub(text)
	case hasPrefix(rest, ": "):
		r.ev.Reply = r.sub(rest[2:])
	case len(rest) > 0:
		return false
	}
	r.send()
	return true
}

// pfStress reads "entering STRESS mode with N connections" and "leaving ..".
func (r *record) pfStress(s []byte) bool {
	if !hasPrefix(s, "entering STRESS mode") && !hasPrefix(s, "leaving STRESS mode") {
		return false
	}
	head, n, ok := cut(s, " with ")
	if v, _, okN := leadUint(n); ok && okN {
		r.setValue(float64(v))
	}
	r.ev.Kind, r.ev.Class, r.ev.ClassText = KindPostscreen, ClassText, r.sub(head)
	r.send()
	return true
}

// pfDNSBlog reads "ADDRESS listed by domain D as A".
func (r *record) pfDNSBlog(s []byte) bool {
	addr, rest := word(s)
	rest, ok := cutPrefix(rest, "listed by domain ")
	if !ok || !r.setClientIP(addr) {
		return false
	}
	domain, rest := word(rest)
	r.ev.Kind, r.ev.Class = KindVerdict, ClassDNSBL
	r.ev.Domain, r.ev.Reply = r.sub(domain), r.sub(trimPrefix(rest, "as "))
	r.ev.Has |= IsTrusted
	r.send()
	return true
}

func trimPrefix(s []byte, p string) []byte {
	s, _ = cutPrefix(s, p)
	return s
}

// pfStatistics reads anvil's "max connection rate 45/60s for (service:addr) at
// Nov 22 01:39:03" and "max cache size 4 at ..", and scache's counts.
func (r *record) pfStatistics(s []byte) bool {
	for _, p := range [...]string{"start interval ", "domain lookup hits=", "address lookup hits=", "max simultaneous domains="} {
		if hasPrefix(s, p) {
			r.ev.Kind = KindOther
			r.send()
			return true
		}
	}
	t, ok := cutPrefix(s, "max ")
	if !ok {
		return false
	}
	n := 0
	for n < len(t) && t[n]-'0' > 9 {
		n++
	}
	v, rest, ok := leadUint(t[n:])
	name := trimRight(t[:n])
	if !ok || len(name) == 0 {
		return false
	}
	r.setValue(float64(v))
	r.ev.Limit = r.sub(name)
	r.ev.Kind, r.ev.Class, r.ev.ClassText = KindAnvil, ClassText, r.sub(name)
	if _, who, ok := cut(rest, " for ("); ok {
		if i := indexByte(who, ')'); i > 0 {
			r.pfServiceClient(who[:i])
		}
	}
	r.send()
	return true
}

// pfServiceClient splits "service:address"; the service may be "addr:port" or
// "[addr]:port" itself, and the address IPv6.
func (r *record) pfServiceClient(s []byte) {
	i := 0
	if s[0] == '[' {
		i = indexByte(s, ']') + 1
	}
	i += indexByte(s[i:], ':')
	if i < 1 {
		return
	}
	if _, v4 := parseIPv4(s[:i]); v4 || s[0] == '[' {
		n := i + 1
		for n < len(s) && s[n]-'0' <= 9 {
			n++
		}
		if n > i+1 && n < len(s) && s[n] == ':' {
			i = n
		}
	}
	// "[::]:25" style services without brackets (":::25") start with colons.
	for j := i; j < len(s); j++ {
		if s[j] == ':' && r.setClientIP(s[j+1:]) {
			r.ev.Service = r.sub(s[:j])
			r.ev.Has |= IsTrusted
			return
		}
	}
}
