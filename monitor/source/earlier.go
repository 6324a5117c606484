package source

import (
	"bytes"
	"math"
	"time"
)

// Earlier tells which records an earlier run has handed out, for one that reads
// the past again: not to go on there, but to keep quiet about what was told.
type Earlier struct {
	cursors map[string]Cursor
	newest  map[string]time.Time
	passed  map[string]bool // journals: the cursor was seen
}

// NewEarlier takes the cursors that were left, and the newest stamp before them,
// by the names of the sources.
func NewEarlier(cursors map[string]Cursor, newest map[string]time.Time) *Earlier {
	return &Earlier{cursors, newest, map[string]bool{}}
}

// Upto returns the offset in the file of b below which records were handed out
// then. Batches are asked for in the order of their source. A file that the cursor
// does not name, as it was gone or not there yet, is told by its stamps.
func (e *Earlier) Upto(b *Batch) int64 {
	name := b.Origin.Source
	c, ok := e.cursors[name]
	if !ok || c.IsZero() {
		return e.byStamp(b)
	}
	if c.journal != "" {
		return e.journal(b, c.journal)
	}
	head := b.Origin.getHead()
	for _, p := range c.pos {
		if p.n == 0 && p.id == b.Origin.id || p.n > 0 && len(head) >= p.n && headSum(head[:p.n]) == p.sum {
			return p.off
		}
	}
	return e.byStamp(b)
}

func (e *Earlier) byStamp(b *Batch) int64 {
	limit, ok := e.newest[b.Origin.Source]
	if !ok || len(b.Events) == 0 || b.Events[len(b.Events)-1].Time > limit.UnixNano() {
		return 0
	}
	return math.MaxInt64
}

// journal finds the record with the cursor.
func (e *Earlier) journal(b *Batch, cursor string) int64 {
	if e.passed[b.Origin.Source] {
		return 0
	}
	raw := b.Raw()
	at := bytes.Index(raw, []byte(cursor))
	if at < 0 {
		return e.byStamp(b)
	}
	e.passed[b.Origin.Source] = true
	if end := bytes.IndexByte(raw[at:], '\n'); end >= 0 {
		at += end + 1
	}
	return b.Offset + int64(at)
}

// Begin is the cursor of a plain file of which nothing was read yet; zero where it
// cannot be read.
func Begin(path string) Cursor {
	g, err := openGen(path, path, 0, nil, &Options{})
	if err != nil {
		return Cursor{}
	}
	defer g.f.Close()
	head := g.o.getHead()
	return Cursor{pos: []position{{g.o.id, len(head), headSum(head), 0}}}
}
