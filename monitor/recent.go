package monitor

import (
	"bytes"
	"slices"
	"time"

	"mailtop/logparse"
	"mailtop/monitor/source"
)

// recent keeps the text of the newest records for the Log view: at most 64 chunks
// of 64 KiB. Of a large batch only the end is kept; older records are read again
// from their source.
type recent struct {
	chunks []chunk // oldest first
}

type chunk struct {
	origin uint32
	offset int64 // of text[0]
	text   []byte
	marks  []lineMark
}

type lineMark struct {
	pos  uint32
	kind uint8
	own  bool
	sec  int64
	nano int32
}

const (
	recentChunks = 64
	recentChunk  = 64 << 10
)

// keep copies the end of a batch; mine are the positions of own records, in order.
func (r *recent) keep(b *source.Batch, id uint32, mine []uint32) {
	raw := b.Raw()
	if len(raw) == 0 {
		return
	}
	from := 0
	if len(raw) > recentChunk {
		from = len(raw) - recentChunk
		from += bytes.IndexByte(raw[from:], '\n') + 1
	}
	c := r.room(id, b.Offset+int64(from), len(raw)-from)
	base := uint32(len(c.text))
	c.text = append(c.text, raw[from:]...)
	for i := range b.Events {
		e := &b.Events[i]
		if int(e.Pos) < from || int(e.Pos) >= len(raw) {
			continue
		}
		pos := e.Pos - uint32(from) + base
		if n := len(c.marks); n > 0 && c.marks[n-1].pos == pos {
			continue // several events of one record
		}
		_, own := slices.BinarySearch(mine, e.Pos)
		c.marks = append(c.marks, lineMark{pos, uint8(e.Kind), own, e.Time / 1e9, int32(e.Time % 1e9)})
	}
}

// room returns the chunk to append n bytes at offset to: the newest one while it
// has space and goes on where it ends, else a fresh one in place of the oldest.
func (r *recent) room(id uint32, offset int64, n int) *chunk {
	if k := len(r.chunks); k > 0 {
		c := &r.chunks[k-1]
		if c.origin == id && c.offset+int64(len(c.text)) == offset && len(c.text)+n <= recentChunk {
			return c
		}
	}
	fresh := chunk{}
	if len(r.chunks) == recentChunks {
		old := r.chunks[0]
		copy(r.chunks, r.chunks[1:])
		r.chunks = r.chunks[:len(r.chunks)-1]
		fresh.text, fresh.marks = old.text[:0], old.marks[:0]
	}
	fresh.origin, fresh.offset = id, offset
	r.chunks = append(r.chunks, fresh)
	return &r.chunks[len(r.chunks)-1]
}

// newest returns up to n of the newest records that hold the filter text, oldest
// first.
func (r *recent) newest(n int, filter string, origins []*source.Origin) []LogLine {
	var out []LogLine
	match := []byte(filter)
	for i := len(r.chunks) - 1; i >= 0 && len(out) < n; i-- {
		c := &r.chunks[i]
		for k := len(c.marks) - 1; k >= 0 && len(out) < n; k-- {
			t := c.line(k)
			if len(match) > 0 && !containsFold(t, match) {
				continue
			}
			m := c.marks[k]
			out = append(out, LogLine{time.Unix(m.sec, int64(m.nano)).UTC(), origins[c.origin].Source, c.offset + int64(m.pos), kindName(m.kind), m.own, string(logparse.Mask(nil, t))})
		}
	}
	for i, j := 0, len(out)-1; i < j; i, j = i+1, j-1 {
		out[i], out[j] = out[j], out[i]
	}
	return out
}

func (c *chunk) line(k int) []byte {
	t := c.text[c.marks[k].pos:]
	if i := bytes.IndexByte(t, '\n'); i >= 0 {
		t = t[:i]
	}
	return bytes.TrimSuffix(t, []byte{'\r'})
}

// containsFold is bytes.Contains without regard to ASCII case.
func containsFold(s, sub []byte) bool {
	if len(sub) == 0 {
		return true
	}
	for i := 0; i+len(sub) <= len(s); i++ {
		if bytes.EqualFold(s[i:i+len(sub)], sub) {
			return true
		}
	}
	return false
}
