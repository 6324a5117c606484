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
	emit         func(*logparse.Event)
}

func newWorker(o *Options) *worker {
	w := &worker{p: logparse.New(o.Parse), record: o.record, since: nanos(o.Since), until: nanos(o.Until)}
	w.emit = w.take
	return w
}

func (w *worker) take(e *logparse.Event) {
	if e.Time != 0 && (e.Time < w.since || w.until != 0 && e.Time >= w.until) {
		return
	}
	w.b.Events = append(w.b.Events, *e)
}

// parse fills in Events of b. A record that makes the parser panic is left out
// and counted; the records after it are parsed.
func (w *worker) parse(b *Batch) {
	w.b = b
	b.raw = len(b.Buf)
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
		w.one(at, end)
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
	if kind := partKind(b.Buf[at:end]); kind != whole {
		b.parts = append(b.parts, part{kind: kind, at: at, end: end, event: len(b.Events)})
		return
	}
	w.p.Parse(&b.Block, at, end, w.emit)
}
