package source

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
)

// Cursor says up to where a source was read, so that a later run goes on there:
// also when the file was renamed, compressed or copied in between. It is opaque;
// its text form is one word.
type Cursor struct {
	pos     []position
	journal string
}

// position is how far one file was read.
type position struct {
	id  fileID
	n   int    // bytes of the head that the sum is of
	sum string // of the head
	off int64
}

// placed is a position before its sum is worked out.
type placed struct {
	o   *Origin
	off int64
}

// IsZero says that the cursor says nothing.
func (c Cursor) IsZero() bool { return len(c.pos) == 0 && c.journal == "" }

// Cursor returns where to go on when b and all batches before it have been taken.
// It is zero when b is only the first part of what was read at once: the cursor
// before it stands.
func (b *Batch) Cursor() Cursor {
	var c Cursor
	if b.held {
		return c
	}
	if b.Origin.Source == Journal && (b.parent == nil || len(b.places) > 0) {
		c.journal = lastCursor(b.Raw())
	}
	for _, p := range b.places {
		head := p.o.getHead()
		c.pos = append(c.pos, position{p.o.id, len(head), headSum(head), p.off})
	}
	return c
}

func headSum(head []byte) string {
	sum := sha256.Sum256(head)
	return hex.EncodeToString(sum[:8])
}

// MarshalText implements encoding.TextMarshaler.
func (c Cursor) MarshalText() ([]byte, error) {
	if c.journal != "" {
		return []byte("j1:" + hex.EncodeToString([]byte(c.journal))), nil
	}
	if len(c.pos) == 0 {
		return nil, nil
	}
	words := make([]string, len(c.pos))
	for i, p := range c.pos {
		words[i] = fmt.Sprintf("%x.%x.%x.%s.%x", p.id.dev, p.id.ino, p.n, p.sum, p.off)
	}
	return []byte("f1:" + strings.Join(words, ",")), nil
}

var errCursor = errors.New("not a cursor of this version of mailtop")

// maxPositions bounds the files of a cursor.
const maxPositions = maxOld + 1

// UnmarshalText implements encoding.TextUnmarshaler.
func (c *Cursor) UnmarshalText(text []byte) error {
	*c = Cursor{}
	kind, rest, _ := strings.Cut(string(text), ":")
	switch kind {
	case "":
		return nil
	case "j1":
		p, err := hex.DecodeString(rest)
		if err != nil || len(p) == 0 || len(p) > 1024 {
			return errCursor
		}
		c.journal = string(p)
		return nil
	case "f1":
		for word := range strings.SplitSeq(rest, ",") {
			var p position
			if _, err := fmt.Sscanf(strings.ReplaceAll(word, ".", " "), "%x %x %x %s %x", &p.id.dev, &p.id.ino, &p.n, &p.sum, &p.off); err != nil ||
				p.n < 0 || p.n > headSize || p.off < 0 || len(p.sum) != 16 || len(c.pos) == maxPositions {
				*c = Cursor{}
				return errCursor
			}
			c.pos = append(c.pos, p)
		}
		return nil
	}
	return errCursor
}

// match returns the position of a file, nil when it has none.
func (c Cursor) match(g *gen) *position {
	head := g.o.getHead()
	for i := range c.pos {
		p := &c.pos[i]
		if p.n == 0 && p.id == g.o.id || p.n > 0 && len(head) >= p.n && headSum(head[:p.n]) == p.sum {
			if g.fm != nil || g.size() >= p.off {
				return p
			}
		}
	}
	return nil
}

// resume leaves out what was read in an earlier run. gens are oldest first. Files
// between two that the cursor names were read, those after the newest are new. A
// cursor that names no file here is no help: the files are gone, and with them
// what was not read.
func (r *reading) resume(gens []*gen, c Cursor) []*gen {
	first, last := -1, -1
	for i, g := range gens {
		if c.match(g) != nil {
			if last = i; first < 0 {
				first = i
			}
		}
	}
	if first < 0 {
		if gens = r.skipOld(gens); len(gens) > 0 {
			gens[0].mark |= Lossy
			r.st.lost.Add(1)
		}
		return gens
	}
	var todo []*gen
	for i, g := range gens {
		p := c.match(g)
		switch {
		case i > last:
			todo = append(todo, g)
		case p != nil:
			r.skipTo(g, p.off)
			todo = append(todo, g)
		default:
			r.leave(g)
		}
	}
	return todo
}

// places is how far each open file has been cut.
func (r *reading) places(g *gen) []placed {
	list := make([]placed, 0, len(r.old)+2)
	for _, o := range r.old {
		if o != g {
			list = append(list, placed{o.o, o.cut.mark()})
		}
	}
	list = append(list, placed{g.o, g.cut.mark()})
	if r.cur != nil && r.cur != g {
		list = append(list, placed{r.cur.o, r.cur.cut.mark()})
	}
	return list
}
