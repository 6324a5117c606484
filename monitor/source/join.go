package source

import (
	"bytes"
	"strconv"

	"mailtop/logparse"
)

// Exim splits a record that is too long for syslog into pieces "[1/3] text" (split
// by length) or "[1\3] text" (at a newline); see "Logging to syslog" in its
// specification. Other records stand between the pieces, and the pieces in
// different blocks: a worker only finds them, the joiner sees all in order.

// part is a piece of a record, found by a worker.
type part struct {
	at, end int // in Buf
	event   int // index into Events before which the joined record belongs
}

// piece is a part taken apart.
type piece struct {
	head, text []byte // envelope with program and pid; the piece of the text
	writer     []byte // program and pid
	n, of      int
	glue       string // between this piece and the next
}

// pieceWindow is how far into a record the program and pid may reach.
const pieceWindow = 160

// pieceOf takes a piece of an Exim record apart.
func pieceOf(line []byte) (p piece, ok bool) {
	i := bytes.IndexByte(line[:min(len(line), pieceWindow)], ']')
	if i < 0 || len(line) < i+4 || line[i+1] != ':' || line[i+3] != '[' {
		return p, false
	}
	rest := line[i+4:]
	sep := bytes.IndexAny(rest[:min(len(rest), 4)], `/\`)
	end := bytes.IndexByte(rest[:min(len(rest), 8)], ']')
	if sep < 1 || end < sep || len(rest) < end+2 || rest[end+1] != ' ' {
		return p, false
	}
	var err1, err2 error
	p.n, err1 = strconv.Atoi(string(rest[:sep]))
	p.of, err2 = strconv.Atoi(string(rest[sep+1 : end]))
	if err1 != nil || err2 != nil || p.n < 1 || p.n > p.of || p.of < 2 {
		return p, false
	}
	if rest[sep] == '\\' {
		p.glue = " "
	}
	p.head, p.text = line[:i+3], rest[end+2:]
	p.writer = line[bytes.LastIndexByte(line[:i], ' ')+1 : i]
	return p, true
}

// joiner puts pieces together, in the order of the file.
type joiner struct {
	opt    *Options
	w      *worker
	groups []*group
}

// group is a record of which pieces are missing.
type group struct {
	writer string
	next   int
	of     int
	text   []byte // from the envelope on
	glue   string
}

// maxGroups bounds the records in pieces at a time.
const maxGroups = 64

func newJoiner(o *Options) *joiner { return &joiner{opt: o} }

// batch joins the pieces of b with those before, and puts the events of records
// that are whole now where their last piece stands.
func (j *joiner) batch(b *Batch) {
	if len(b.parts) == 0 {
		return
	}
	if j.w == nil {
		j.w = newWorker(j.opt)
	}
	j.w.p.SetRef(b.ref)
	events := make([]logparse.Event, 0, len(b.Events)+len(b.parts))
	done := 0
	for _, pt := range b.parts {
		events = append(events, b.Events[done:pt.event]...)
		done = pt.event
		events = j.add(b, pt, events)
	}
	b.Events = append(events, b.Events[done:]...)
}

// add takes one piece. A piece out of turn ends the record it belongs to as it is.
func (j *joiner) add(b *Batch, pt part, events []logparse.Event) []logparse.Event {
	p, _ := pieceOf(b.Buf[pt.at:pt.end])
	g := j.find(p)
	switch {
	case g == nil && p.n == 1:
		if len(j.groups) == maxGroups {
			events = j.end(b, pt.at, j.groups[0], events)
		}
		g = &group{writer: string(p.writer), of: p.of, next: 2, glue: p.glue}
		g.text = append(append(g.text, p.head...), p.text...)
		j.groups = append(j.groups, g)
		return events
	case g == nil: // its beginning was not seen
		return j.parse(b, pt.at, append(append([]byte(nil), p.head...), p.text...), events)
	case g.of != p.of || g.next != p.n:
		events = j.end(b, pt.at, g, events)
		return j.add(b, pt, events)
	}
	g.text = append(append(g.text, g.glue...), p.text...)
	g.glue = p.glue
	if g.next++; g.next > g.of {
		return j.end(b, pt.at, g, events)
	}
	return events
}

func (j *joiner) find(p piece) *group {
	for _, g := range j.groups {
		if g.writer == string(p.writer) {
			return g
		}
	}
	return nil
}

// end parses what there is of a record and forgets it.
func (j *joiner) end(b *Batch, at int, g *group, events []logparse.Event) []logparse.Event {
	for i := range j.groups {
		if j.groups[i] == g {
			j.groups = append(j.groups[:i], j.groups[i+1:]...)
			break
		}
	}
	return j.parse(b, at, g.text, events)
}

// parse parses a joined record behind the raw bytes of b; its events are at the
// position of the piece that made it whole.
func (j *joiner) parse(b *Batch, at int, text []byte, events []logparse.Event) []logparse.Event {
	b.Buf, b.tooLong = appendRecord(b.Buf, text, j.opt.record, b.tooLong)
	from := len(b.Buf) - min(len(text), j.opt.record)
	j.w.emitTo(b, from, len(b.Buf), func(e *logparse.Event) {
		events = append(events, *e)
		events[len(events)-1].Pos = uint32(at)
	})
	return events
}

func appendRecord(buf, text []byte, most int, tooLong int64) ([]byte, int64) {
	if len(text) > most {
		return append(buf, text[:most]...), tooLong + 1
	}
	return append(buf, text...), tooLong
}

// rest ends what is unfinished when the source ends: a batch, or nil.
func (j *joiner) rest(pl *pool, o *Origin) *Batch {
	if len(j.groups) == 0 || o == nil {
		return nil
	}
	b := pl.get()
	b.Origin = o
	for len(j.groups) > 0 {
		b.Events = j.end(b, 0, j.groups[0], b.Events)
	}
	return b
}
