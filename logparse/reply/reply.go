// Package reply tells what an SMTP reply means: its code, its enhanced status code
// (RFC 3463, RFC 5248), the class of the refusal, who says it, and what to check.
//
// The text may be a reply as a server sent it ("550 5.1.1 <a@b>: User unknown"),
// or what an MTA logs about a delivery: "host mx.example[192.0.2.1] said: 421-4.7.0
// ... 421 4.7.0 ... (in reply to MAIL FROM command)", "SMTP error from remote mail
// server after RCPT TO:<a@b>: 550 ...", "connect to mx.example[192.0.2.1]:25:
// Connection timed out".
//
// The decision is made from tables (rows_provider.go, rows_general.go, dsn.go,
// code.go), in this order: an error code of a block list, which must never pass for
// a listing; the wording of a known provider; a common wording; the enhanced status
// code; weak words; the SMTP code. What a stranger can put into a reply, an address
// in angle brackets, takes no part.
package reply

import "bytes"

// Reply is what a text says. List aliases the text or a table.
type Reply struct {
	Code       uint16 // 0: no reply code in the text
	DSN        DSN
	Class      Class
	Net        Net
	Scope      Scope
	Provider   Provider
	QueryError bool   // a block list refused the receiver's query: never count it as a listing
	List       []byte // name or zone of the block list, lower case where the table knows it
}

// Temporary says that the sender retries: a 4xx code, or no answer at all.
func (r Reply) Temporary() bool {
	switch {
	case r.Code != 0:
		return r.Code/100 == 4
	case r.DSN.Class != 0:
		return r.DSN.Class == 4
	}
	return r.Class == ClassNetwork
}

// Parse reads the text of a reply. It allocates nothing.
func Parse(text []byte) Reply {
	r, _ := parse(text)
	return r
}

// parse returns the row that decided too, for Explain.
func parse(text []byte) (Reply, *row) {
	var r Reply
	body, host := locate(text)
	r.Provider = ProviderOfHost(host)
	r.Code, r.DSN, body = codes(body)
	if r.Code/100 == 2 || r.Code/100 == 3 {
		r.Class = ClassAccepted
		return r, nil
	}
	var buf [maxText]byte
	f := known.search(normalise(&buf, body))
	if f.provider != ProviderNone {
		r.Provider = f.provider
	}
	best := f.best
	if best == nil || best.weight() < wDSN {
		best = r.weigh(best)
	}
	if best != nil {
		r.Class, r.Net, r.Scope = best.class, best.net, best.scope
	} else {
		r.fromCodes()
	}
	if r.Class == ClassDNSBLError {
		r.QueryError = true
	}
	if r.Class == ClassBlocklisted || r.QueryError {
		r.List = listName(body, f.list)
	}
	return r, best
}

// weigh decides between a weak wording and the enhanced status code; nil means
// that the codes decide.
func (r *Reply) weigh(weak *row) *row {
	if r.DSN.Class != 0 {
		if p := known.byDSN(r.DSN); p != nil {
			r.Provider = p.provider
			return p
		}
		if s := statusOf(r.DSN); s != nil && s.sure {
			return nil
		}
	}
	return weak
}

// fromCodes sets the class by the codes alone.
func (r *Reply) fromCodes() {
	if r.DSN.Class != 0 {
		if r.DSN.Class == 2 {
			r.Class = ClassAccepted
			return
		}
		if s := statusOf(r.DSN); s != nil && s.class != ClassUnknown {
			r.Class, r.Net = s.class, s.net
			return
		}
	}
	if c := codeOf(r.Code); c != nil {
		r.Class = c.class
	}
}

var (
	saidMark    = []byte(" said: ")
	refusedMark = []byte(" refused to talk to me: ")
	hostMark    = []byte("host ")
	afterMark   = []byte("SMTP error from remote mail server")
)

// locate finds the reply within what an MTA wrote around it, and the host that
// gave it. The host's name ends at the first bracket, so a reply cannot move it.
func locate(text []byte) (body, host []byte) {
	body = bytes.TrimLeft(text, " (")
	if bytes.HasPrefix(body, hostMark) {
		name := body[len(hostMark):]
		end := bytes.IndexAny(name, "[ ")
		if end < 0 {
			return body, nil
		}
		host = name[:end]
		for _, m := range [...][]byte{saidMark, refusedMark} {
			if k := bytes.Index(name[end:], m); k >= 0 && k < 80 {
				return name[end+k+len(m):], host
			}
		}
		return body, host
	}
	if k := bytes.Index(body, afterMark); k >= 0 && k < 200 {
		rest := body[k+len(afterMark):]
		if at, _ := anchoredCode(rest); at >= 0 {
			return rest[at:], nil
		}
	}
	return body, nil
}

// codes takes the reply code and the enhanced status code off the front of body;
// where the text does not start with them, they are looked for after a colon.
func codes(body []byte) (uint16, DSN, []byte) {
	if d, n := leadingDSN(body); n > 0 {
		return 0, d, body[n:]
	}
	code, n := leadingCode(body)
	if code == 0 {
		at, k := anchoredCode(body)
		if at < 0 {
			return 0, anyDSN(body), body
		}
		code, n = k, at+4
		n = min(n, len(body))
	}
	rest := bytes.TrimLeft(body[n:], " ")
	if len(rest) > 5 && rest[0] == '#' { // "550 #5.1.0 Address rejected" of Cisco and qmail
		rest = rest[1:]
	}
	d, k := leadingDSN(rest)
	if k == 0 {
		return code, anyDSN(rest), rest
	}
	return code, d, rest[k:]
}

// anchoredCode finds a reply code after ": ", as MTAs write it before a quoted
// reply. The first one counts: what follows is the remote side's text.
func anchoredCode(t []byte) (at int, code uint16) {
	for i := 0; i+5 <= len(t); {
		k := bytes.Index(t[i:], []byte(": "))
		if k < 0 {
			return -1, 0
		}
		i += k + 2
		if c, n := leadingCode(t[i:]); c != 0 && n == 4 && c >= 400 {
			return i, c
		}
	}
	return -1, 0
}

// anyDSN finds an enhanced status code inside the first bytes of a text, such as
// "(#5.1.1)" of qmail.
func anyDSN(t []byte) DSN {
	t = t[:min(len(t), 200)]
	for i := 1; i < len(t); i++ {
		if t[i] != '.' || t[i-1]-'0' > 9 || i > 1 && (isWord(lower(t[i-2])) || t[i-2] == '.') {
			continue
		}
		if d, n := leadingDSN(t[i-1:]); n > 0 {
			return d
		}
	}
	return DSN{}
}
