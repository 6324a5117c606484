package source

import (
	"strconv"
	"sync/atomic"
	"time"

	"mailtop/logparse"
)

// joiner puts together what several records say: the pieces of one record, and a
// record with those that say it came again. It sees the batches of a source in
// order, whoever parsed them.
//
// The event of a joined record stands where its last piece stands, and has the stamp
// and the place of its first. When that is in an earlier batch, it comes in a batch
// of its own.
type joiner struct {
	opt    *Options
	w      *worker
	groups []*group
	tail   []byte // end of the records so far, for repeats
	out    []*Batch
	cuts   []cut
	events []logparse.Event
	held   []placed // where to resume once no record is unfinished

	open atomic.Bool // a record is unfinished
}

// group is a record of which pieces are missing.
type group struct {
	writer
	id     string // queue id of Sendmail
	head   []byte // envelope of the first piece
	text   []byte
	glue   string
	next   int
	of     int
	first  logparse.Event // of its stamp and place; its texts are gone
	origin *Origin
	offset int64
	line   int64
	seq    uint64 // batch of the first piece
}

// cut is a joined record that belongs before an event and began in an earlier batch.
type cut struct {
	event int
	b     *Batch
}

const (
	// maxGroups bounds the records in pieces at a time.
	maxGroups = 64
	// partWait is how long a piece is waited for: a server writes them at once.
	partWait = 10 * time.Second
	// partIdle is how long, when nothing at all comes.
	partIdle = 3 * time.Second
)

func newJoiner(o *Options) *joiner { return &joiner{opt: o} }

// batch joins what b holds with what was before, and returns the batches to hand out.
func (j *joiner) batch(b *Batch) []*Batch {
	j.out = j.out[:0]
	if len(b.parts) == 0 && len(j.groups) == 0 {
		j.remember(b)
		return append(j.out, b)
	}
	if j.w == nil {
		j.w = newWorker(j.opt)
	}
	j.w.p.SetRef(b.ref)
	j.cuts = j.cuts[:0]
	events := append(j.events[:0], b.Events...)
	b.Events = b.Events[:0]
	at := 0
	for i := range b.parts {
		pt := &b.parts[i]
		at = j.pass(b, events, at, pt.event)
		if pt.ev.Has&logparse.IsRepeat != 0 {
			j.repeat(b, pt)
		} else {
			j.add(b, pt)
		}
	}
	j.pass(b, events, at, len(events))
	j.events = events[:0]
	if cap(j.events) > maxKeptEvents {
		j.events = nil
	}
	j.remember(b)
	j.hold(b)
	return j.split(b)
}

const maxKeptEvents = 1 << 15

// pass takes the events from i to end as they are. One of a writer that has not
// finished a record, or one much later, ends that record.
func (j *joiner) pass(b *Batch, events []logparse.Event, i, end int) int {
	for ; i < end; i++ {
		e := &events[i]
		for k := 0; k < len(j.groups); {
			if g := j.groups[k]; g.late(e) || g.wrote(e, &b.Block) {
				j.end(b, g)
			} else {
				k++
			}
		}
		if len(j.groups) == 0 && end-i > 1 {
			b.Events = append(b.Events, events[i:end]...)
			return end
		}
		b.Events = append(b.Events, *e)
	}
	return end
}

func (g *group) late(e *logparse.Event) bool {
	const second = int64(time.Second) // the same with stamps of any precision
	return e.Time != 0 && g.first.Time != 0 && e.Time/second-g.first.Time/second > int64(partWait)/second
}

// add takes one piece. A piece out of turn ends the record of its writer as it is;
// one whose beginning was not seen stays a record of its own, with its number: its
// text could be a client's, and be made to look like a record.
func (j *joiner) add(b *Batch, pt *part) {
	e := &pt.ev
	p, _ := pieceOf(e, e.Bytes(&b.Block, e.Text))
	var g *group
	for k := 0; k < len(j.groups); {
		switch x := j.groups[k]; {
		case x.late(e), x.wrote(e, &b.Block) && !x.takes(p):
			j.end(b, x)
			continue
		case x.wrote(e, &b.Block):
			g = x
		}
		k++
	}
	if g == nil && p.n > 1 {
		j.take(b, e)
		return
	}
	head, text := headAndText(e, &b.Block, b.Buf[pt.from:pt.to])
	p, _ = pieceOf(e, text) // with the blanks at its end
	if g != nil {
		g.add(p, j.opt.record)
	} else {
		g = j.begin(b, e, p, head)
	}
	if p.last {
		j.end(b, g)
	}
}

func (j *joiner) begin(b *Batch, e *logparse.Event, p piece, head []byte) *group {
	if len(j.groups) == maxGroups {
		j.end(b, j.groups[0])
	}
	g := newGroup(e, &b.Block, p, head)
	g.origin, g.offset, g.line, g.seq = b.Origin, b.Offset+int64(e.Pos), b.Line(e), b.Seq
	j.groups = append(j.groups, g)
	return g
}

// newGroup begins a record with its first piece.
func newGroup(e *logparse.Event, b *logparse.Block, p piece, head []byte) *group {
	g := &group{writer: writerOf(e, b), id: string(p.id), of: p.of, first: *e}
	g.head = append(g.head, head...)
	if len(p.id) > 0 {
		g.head = append(append(g.head, p.id...), ": "...)
	}
	g.text, g.glue, g.next = p.appendText(nil), p.glue, p.n+1
	return g
}

// add appends a piece, up to a record of the most bytes.
func (g *group) add(p piece, most int) {
	if len(g.text) < most {
		g.text = p.appendText(append(g.text, g.glue...))
	}
	g.glue, g.next = p.glue, p.n+1
}

func (g *group) takes(p piece) bool {
	return p.n == g.next && p.of == g.of && string(p.id) == g.id
}

// end hands out what there is of a record and forgets it.
func (j *joiner) end(b *Batch, g *group) {
	for i := range j.groups {
		if j.groups[i] == g {
			j.groups = append(j.groups[:i], j.groups[i+1:]...)
			break
		}
	}
	if g.seq == b.Seq && g.origin == b.Origin {
		j.parse(b, append(g.head, g.text...), &g.first)
		return
	}
	x := j.early(b.pool, g)
	x.Live = b.Live
	j.cuts = append(j.cuts, cut{len(b.Events), x})
}

// early makes the batch of a record that began before the batch at hand. It has no
// raw bytes: those of the pieces were handed out.
func (j *joiner) early(pl *pool, g *group) *Batch {
	x := pl.get()
	x.Origin, x.Offset, x.FirstLine, x.held = g.origin, g.offset, g.line, true
	first := g.first
	first.Pos = 0
	j.parse(x, append(g.head, g.text...), &first)
	return x
}

// parse adds the events of a record that is not in its place in the file, with the
// stamp and the place of another.
func (j *joiner) parse(b *Batch, record []byte, like *logparse.Event) {
	from := len(b.Buf)
	var long int64
	b.Buf, long = appendRecord(b.Buf, record, j.opt.record, 0)
	b.tooLong += long
	j.emit(b, from, len(b.Buf), like, like.Count)
}

// emit parses a record of b.Buf; its events get the stamp and the place of another.
func (j *joiner) emit(b *Batch, from, to int, like *logparse.Event, count uint32) {
	const stamped = logparse.HasZone | logparse.HasYear
	j.w.p.Parse(&b.Block, from, to, func(e *logparse.Event) {
		e.Time, e.Zone, e.Pos = like.Time, like.Zone, like.Pos
		e.Has = e.Has&^stamped | like.Has&stamped
		e.Count = count
		j.take(b, e)
	})
}

// take adds an event that is to be handed out.
func (j *joiner) take(b *Batch, e *logparse.Event) {
	if j.w.within(e) {
		b.Events = append(b.Events, *e)
	}
}

// hold keeps the place to resume at back while a record is unfinished: a run that
// went on after its first piece would never see it whole.
func (j *joiner) hold(b *Batch) {
	j.open.Store(len(j.groups) > 0)
	if j.held = nil; len(j.groups) > 0 {
		j.held, b.places, b.held = b.places, nil, true
	}
}

// split puts records that began earlier in their place among the events of b.
func (j *joiner) split(b *Batch) []*Batch {
	if len(j.cuts) == 0 {
		return append(j.out, b)
	}
	from := 0
	for _, c := range j.cuts {
		v := b.view(from, c.event)
		v.Mark, b.Mark = b.Mark, 0
		j.out = append(j.out, v, c.b)
		c.b.Seq = b.Seq
		from = c.event
	}
	v := b.view(from, len(b.Events))
	v.Lines, v.Mark, v.places, v.held = b.Lines, b.Mark, b.places, b.held
	j.out = append(j.out, v)
	b.Release()
	return j.out
}

func appendRecord(buf, text []byte, most int, tooLong int64) ([]byte, int64) {
	if len(text) > most {
		return append(buf, text[:most]...), tooLong + 1
	}
	return append(buf, text...), tooLong
}

func appendPID(dst []byte, pid uint32) []byte {
	return append(strconv.AppendUint(append(dst, '['), uint64(pid), 10), ']')
}

// unfinished hands out the records of which pieces are missing.
func (r *reading) unfinished() {
	for _, x := range r.join.rest(r.pool) {
		r.seq++
		x.Seq, x.Live = r.seq, r.live
		r.p.submitParsed(x)
	}
}

// overdue ends what is unfinished when nothing has come since the last look, some
// time ago. It is called with nothing under way.
func (r *reading) overdue() {
	now := r.opt.Now()
	if !r.join.open.Load() || r.seq != r.quietSeq {
		r.quietSeq, r.quietSince = r.seq, now
		return
	}
	if now.Sub(r.quietSince) >= partIdle {
		r.p.flush()
		r.unfinished()
		r.quietSeq = r.seq
	}
}

// rest ends what is unfinished: when the source has ended, or nothing has come for a while.
func (j *joiner) rest(pl *pool) []*Batch {
	var all []*Batch
	for len(j.groups) > 0 {
		g := j.groups[0]
		j.groups = j.groups[1:]
		all = append(all, j.early(pl, g))
	}
	if n := len(all); n > 0 {
		all[n-1].places, all[n-1].held = j.held, false
	}
	j.held = nil
	j.open.Store(false)
	return all
}
