package source

import (
	"bytes"

	"mailtop/logparse"
)

// worker parses batches; each has a parser of its own.
type worker struct {
	p            *logparse.Parser
	record       int
	since, until int64
	b            *Batch
	scratch      []byte // a record made of pieces
	from, to     int    // the record being parsed, in Buf
	emit         func(*logparse.Event)
}

func newWorker(o *Options) *worker {
	w := &worker{p: logparse.New(o.Parse), record: o.record, since: nanos(o.Since), until: nanos(o.Until)}
	w.emit = w.take
	return w
}

// take adds an event to the batch, or to what the joiner has to look at.
func (w *worker) take(e *logparse.Event) {
	if e.MTA == logparse.Exim || e.MTA == logparse.Sendmail || e.Has&logparse.IsRepeat != 0 {
		if w.toJoin(e) {
			return
		}
	}
	if w.within(e) {
		w.b.Events = append(w.b.Events, *e)
	}
}

func (w *worker) toJoin(e *logparse.Event) bool {
	b := w.b
	if e.Has&logparse.IsRepeat == 0 {
		if _, ok := pieceOf(e, e.Bytes(&b.Block, e.Text)); !ok {
			return false
		}
	}
	b.parts = append(b.parts, part{ev: *e, from: w.from, to: w.to, event: len(b.Events)})
	return true
}

// within says whether an event is of the time asked for.
func (w *worker) within(e *logparse.Event) bool {
	return e.Time == 0 || e.Time >= w.since && (w.until == 0 || e.Time < w.until)
}

// usualRecord is a length that few logs stay below on average.
const usualRecord = 120

// parse fills in Events of b. A record that makes the parser panic is left out
// and counted; the records after it are parsed.
func (w *worker) parse(b *Batch) {
	w.b = b
	b.raw = len(b.Buf)
	if b.Events == nil { // one allocation, not a dozen that double
		b.Events = make([]logparse.Event, 0, b.raw/usualRecord+8)
	}
	w.p.SetRef(b.ref)
	for at := 0; at < b.raw; {
		at = w.run(at)
	}
	w.b = nil
}

// run parses records from at on and returns where to go on: the end, or after a
// record that panicked.
func (w *worker) run(at int) (next int) {
	b := w.b
	defer func() {
		if r := recover(); r != nil {
			b.panics++
		}
	}()
	for at < b.raw {
		end := bytes.IndexByte(b.Buf[at:b.raw], '\n')
		next = at + end + 1
		if end < 0 {
			end, next = b.raw-at, b.raw
		}
		end += at
		b.Lines++
		if c := b.Buf[at]; (c == '{' || c >= '0' && c <= '9') && next < b.raw && partial(b.Buf[at:end]) {
			next = w.joined(at, end, next)
		} else {
			w.one(at, end)
		}
		at = next
	}
	return next
}

// one parses the record from at to end.
func (w *worker) one(at, end int) {
	b := w.b
	for at < end && b.Buf[at] == 0 {
		at++
		b.skipped++
	}
	if n := end - at; n > w.record {
		end = at + w.record
		b.skipped += int64(n - w.record)
		b.tooLong++
	} else if n > 0 && b.Buf[end-1] == '\r' {
		end--
	}
	if at == end {
		return
	}
	w.from, w.to = at, end
	w.p.Parse(&b.Block, at, end, w.emit)
}

// joined parses a record that the lines from next on continue, behind the raw
// bytes, and returns where to go on. Its events are at the first piece.
func (w *worker) joined(at, end, next int) int {
	b := w.b
	w.scratch = append(w.scratch[:0], b.Buf[at:end]...)
	for more := true; more && next < b.raw; {
		stop, after := bytes.IndexByte(b.Buf[next:b.raw], '\n'), b.raw
		if stop >= 0 {
			stop, after = next+stop, next+stop+1
		} else {
			stop = b.raw
		}
		line := b.Buf[next:stop]
		more = partial(line)
		var ok bool
		if w.scratch, ok = continues(w.scratch, line); !ok {
			break
		}
		b.Lines++
		next = after
	}
	from := len(b.Buf)
	b.Buf, b.tooLong = appendRecord(b.Buf, w.scratch, w.record, b.tooLong)
	w.from, w.to = from, len(b.Buf)
	w.p.Parse(&b.Block, from, len(b.Buf), func(e *logparse.Event) {
		e.Pos = uint32(at)
		w.take(e)
	})
	return next
}
