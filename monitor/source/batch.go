package source

import (
	"bytes"
	"sync/atomic"
	"time"

	"mailtop/logparse"
)

// Mark says what happened just before a batch.
type Mark uint8

const (
	// Arrived: everything there was has been handed out; the source is live now. Sent once.
	Arrived Mark = 1 << iota
	// Rotated: the first batch of the next file.
	Rotated
	// Lossy: records may have been lost before this batch.
	Lossy
)

// Batch is a run of whole records of one file, in order, parsed. Its memory is
// reused: nothing of it may be kept past Release without a copy.
type Batch struct {
	Origin *Origin
	Seq    uint64 // counts the batches of a source, from 1
	// Offset is the uncompressed offset of Buf[0] in the file. With Origin it is the
	// identity of a record: Offset + Event.Pos.
	Offset int64
	// FirstLine is the number of the first record, from 1; 0 when the start of the
	// file was skipped.
	FirstLine int64
	logparse.Block
	Events []logparse.Event
	Lines  int64 // records of the batch, blank ones included
	Live   bool  // written after the source had arrived at the end
	Mark   Mark

	raw  int       // bytes of Buf as read; joined records follow
	ref  time.Time // for stamps without a year
	done chan struct{}

	places []placed // for Cursor
	held   bool     // a record is unfinished: nowhere to resume

	tooLong, skipped, panics int64
	parts                    []part

	line    int64 // of linePos, for Line
	linePos int

	pool   *pool
	gate   *throttle // left when the batch is released
	parent *Batch    // set in a view
	at     int       // of a view: its first event among the parent's
	sent   int       // raw bytes that went to another mailtop, see share
	refs   atomic.Int32
}

// Raw returns the bytes of the batch as read: records with their newlines.
func (b *Batch) Raw() []byte { return b.Buf[:b.raw] }

// Record returns the record at pos as it stands in the file, without its newline.
func (b *Batch) Record(pos uint32) []byte {
	r := b.Buf[pos:b.raw]
	if i := bytes.IndexByte(r, '\n'); i >= 0 {
		r = r[:i]
	}
	return bytes.TrimSuffix(r, []byte{'\r'})
}

// Line returns the line number of an event, 0 when unknown. Asked in the order of
// the events it costs one pass over the batch.
func (b *Batch) Line(e *logparse.Event) int64 {
	if b.FirstLine == 0 {
		return 0
	}
	pos := int(e.Pos)
	if pos < b.linePos || b.line == 0 {
		b.line, b.linePos = b.FirstLine, 0
	}
	b.line += int64(bytes.Count(b.Buf[b.linePos:pos], []byte{'\n'}))
	b.linePos = pos
	return b.line
}

// Release gives the batch's memory back. The batch must not be used afterwards.
func (b *Batch) Release() {
	if b.parent != nil {
		b = b.parent
	}
	if b.refs.Add(-1) == 0 {
		b.pool.put(b)
	}
}

// view makes a batch of the events from i to j that shares b's memory.
func (b *Batch) view(i, j int) *Batch {
	root := b
	if b.parent != nil {
		root, i, j = b.parent, i+b.at, j+b.at
	}
	root.refs.Add(1)
	return &Batch{
		Origin: b.Origin, Seq: b.Seq, Offset: b.Offset, FirstLine: b.FirstLine, Block: b.Block,
		Events: root.Events[i:j:j], Live: b.Live, raw: b.raw, parent: root, at: i,
	}
}

// maxKeptParts bounds the memory for parts in a batch that waits for reuse.
const maxKeptParts = 512

// pool keeps a bounded number of batches for reuse.
type pool struct {
	free   chan *Batch
	block  int
	poison bool
}

func newPool(o Options) *pool {
	return &pool{free: make(chan *Batch, 2*o.Workers+6), block: o.block, poison: o.Poison}
}

func (p *pool) get() *Batch {
	var b *Batch
	select {
	case b = <-p.free:
	default:
		b = &Batch{pool: p, done: make(chan struct{}, 1)}
		b.Buf = make([]byte, 0, p.block)
	}
	b.refs.Store(1)
	return b
}

func (p *pool) put(b *Batch) {
	b.gate.leave()
	if p.poison {
		poison(b)
	}
	buf, arena, events := b.Buf[:0], b.Arena[:0], b.Events[:0]
	if cap(buf) > 2*p.block { // grown by joined records
		buf = make([]byte, 0, p.block)
	}
	if cap(arena) > 4*p.block {
		arena = nil
	}
	if cap(events) > p.block/16 { // a block of nearly empty lines
		events = nil
	}
	done, parts := b.done, b.parts[:0]
	if cap(parts) > maxKeptParts {
		parts = nil
	}
	*b = Batch{pool: p, done: done, parts: parts, Events: events}
	b.Buf, b.Arena = buf, arena
	select {
	case p.free <- b:
	default:
	}
}

func poison(b *Batch) {
	for _, s := range [][]byte{b.Buf[:cap(b.Buf)], b.Arena[:cap(b.Arena)]} {
		for i := range s {
			s[i] = 0xdb
		}
	}
	clear(b.Events[:cap(b.Events)])
}
