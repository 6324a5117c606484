package source

import (
	"bytes"
	"time"

	"mailtop/logparse"
)

// Mail servers split what is too long for syslog.
//
// Exim writes "[1/3] text" where it split by length (at 870 bytes) and "[1\3] text"
// where the record held a newline; see "Logging to syslog" in its specification.
// Sendmail writes "QUEUEID[1]: text ..." and so on; the last piece does not end in
// " ...". (A long list of recipients is no piece: Sendmail ends it with "[more]" and
// writes a complete record for the others.)
//
// A process writes the pieces of one record one after the other, but other processes
// write between them, and a block may end between them: a worker only finds pieces,
// the joiner sees all in order.

// part is a record that means something only together with others, found by a worker.
type part struct {
	ev       logparse.Event
	from, to int // the record in Buf
	event    int // index into Events before which it stands
}

// piece is a part taken apart.
type piece struct {
	text []byte
	n    int    // from 1
	of   int    // 0: not known before the last one
	id   []byte // queue id of Sendmail
	last bool
	glue string // between this piece and the next
}

// pieceOf takes a piece of an Exim or Sendmail record apart. Only what stands at the
// very start of the message counts: a server writes its own text there, never a
// client's.
func pieceOf(e *logparse.Event, text []byte) (piece, bool) {
	if e.Count > 1 || len(text) < 5 {
		return piece{}, false
	}
	switch e.MTA {
	case logparse.Exim:
		return eximPiece(text)
	case logparse.Sendmail:
		return sendmailPiece(text)
	}
	return piece{}, false
}

func eximPiece(s []byte) (p piece, ok bool) {
	if s[0] != '[' {
		return p, false
	}
	var used, more int
	p.n, used = leadNumber(s[1:])
	sep := 1 + used
	if used == 0 || sep+1 >= len(s) || s[sep] != '/' && s[sep] != '\\' {
		return p, false
	}
	p.of, more = leadNumber(s[sep+1:])
	end := sep + 1 + more
	if more == 0 || end >= len(s) || s[end] != ']' || p.n < 1 || p.of < 2 || p.n > p.of {
		return p, false
	}
	if s[sep] == '\\' {
		p.glue = " "
	}
	p.text, p.last = bytes.TrimPrefix(s[end+1:], []byte{' '}), p.n == p.of
	return p, true
}

var sendmailMore = []byte(" ...")

// sendmailIDs are the lengths that a queue id has.
const sendmailIDMin, sendmailIDMax = 8, 23

func sendmailPiece(s []byte) (p piece, ok bool) {
	i := bytes.IndexByte(s[:min(len(s), sendmailIDMax+1)], '[')
	if i < 0 || i < sendmailIDMin && string(s[:i]) != "NOQUEUE" || !alphanumeric(s[:i]) {
		return p, false
	}
	var used int
	p.n, used = leadNumber(s[i+1:])
	rest := s[i+1+used:]
	if used == 0 || p.n < 1 || !bytes.HasPrefix(rest, []byte("]: ")) {
		return p, false
	}
	p.id, p.text = s[:i], rest[len("]: "):]
	trimmed := bytes.TrimRight(p.text, " ")
	if p.last = !bytes.HasSuffix(trimmed, sendmailMore); !p.last {
		p.text = trimmed[:len(trimmed)-len(sendmailMore)]
	}
	return p, p.n > 1 || !p.last
}

func alphanumeric(s []byte) bool {
	for _, c := range s {
		if c-'0' > 9 && c|0x20-'a' > 25 {
			return false
		}
	}
	return true
}

// leadNumber reads the at most three digits that s begins with.
func leadNumber(s []byte) (n, used int) {
	for used < len(s) && used < 3 && s[used]-'0' <= 9 {
		n = n*10 + int(s[used]-'0')
		used++
	}
	return n, used
}

// eximSplit is the length at which Exim splits. What is a little shorter has lost the
// blanks at its end to a log daemon that trims records.
const eximSplit = 870

var blanks = []byte("    ")

// appendText appends the text of a piece to the record that it belongs to.
func (p piece) appendText(dst []byte) []byte {
	dst = append(dst, p.text...)
	if short := eximSplit - len(p.text); p.of > 0 && !p.last && p.glue == "" && short > 0 && short <= len(blanks) {
		dst = append(dst, blanks[:short]...)
	}
	return dst
}

// writer is who wrote a record: the process, as far as the record tells.
type writer struct {
	host, prog string
	pid        uint32
}

func writerOf(e *logparse.Event, b *logparse.Block) writer {
	return writer{e.String(b, e.Host), e.String(b, e.Program), e.PID}
}

// wrote says whether e is of this writer.
func (w *writer) wrote(e *logparse.Event, b *logparse.Block) bool {
	return e.PID == w.pid && string(e.Bytes(b, e.Program)) == w.prog && string(e.Bytes(b, e.Host)) == w.host
}

// headAndText splits a record before its message. A record that had to be decoded
// (JSON) gets an envelope that says the same.
func headAndText(e *logparse.Event, b *logparse.Block, record []byte) (head, text []byte) {
	text = e.Bytes(b, e.Text)
	if trimmed := bytes.TrimRight(record, " \t\r\n\x00"); len(record) > 0 && record[0] != '{' && bytes.HasSuffix(trimmed, text) {
		at := len(trimmed) - len(text)
		return record[:at], bytes.TrimRight(record[at:], "\r\n\x00")
	}
	stamp := time.Unix(0, e.Time).UTC().AppendFormat(nil, time.RFC3339Nano)
	head = append(stamp, ' ')
	if e.Host.Len > 0 {
		head = append(append(head, e.Bytes(b, e.Host)...), ' ')
	}
	head = append(head, e.Bytes(b, e.Program)...)
	if e.Has&logparse.HasPID != 0 {
		head = appendPID(head, e.PID)
	}
	return append(head, ": "...), text
}
