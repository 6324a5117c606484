package source

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// plainly cuts a whole file the plain way: what the cutter and a worker must do
// however the bytes arrive.
func plainly(data []byte, record int) (recs []string, tooLong, skipped int64) {
	at := 0
	for at < len(data) {
		end, next := len(data), len(data)
		if i := bytes.IndexByte(data[at:], '\n'); i >= 0 {
			end, next = at+i, at+i+1
		}
		r := data[at:end]
		text := bytes.TrimLeft(r, "\x00")
		pos := at + len(r) - len(text)
		skipped += int64(len(r) - len(text))
		if len(text) > record {
			skipped += int64(len(text) - record)
			tooLong++
			text = text[:record]
		} else {
			text = bytes.TrimSuffix(text, []byte{'\r'})
		}
		if len(bytes.TrimSpace(text)) > 0 { // the parser is silent about blanks
			recs = append(recs, fmt.Sprintf("%d %q", pos, text))
		}
		at = next
	}
	return recs, tooLong, skipped
}

// inPieces feeds data to a cutter in pieces of the sizes given, and parses.
func inPieces(data []byte, sizes []byte, block, record int) (recs []string, tooLong, skipped, lines int64) {
	o := Options{block: block, record: record, Workers: 1, Poison: true}.withDefaults()
	c, w := newCutter(newPool(o), record, 0), newWorker(&o)
	take := func(b *Batch) {
		skipped += c.takeSkipped()
		if b == nil {
			return
		}
		w.parse(b)
		tooLong, skipped, lines = tooLong+b.tooLong, skipped+b.skipped, lines+b.Lines
		last := -1
		for i := range b.Events {
			pos := int(b.Events[i].Pos)
			if pos == last {
				continue
			}
			last = pos
			r := b.Buf[pos:b.raw]
			if i := bytes.IndexByte(r, '\n'); i >= 0 {
				r = r[:i]
			}
			if len(r) > record {
				r = r[:record]
			} else if b.tooLong == 0 || len(r) < record {
				r = bytes.TrimSuffix(r, []byte{'\r'})
			}
			recs = append(recs, fmt.Sprintf("%d %q", b.Offset+int64(pos), r))
		}
		b.Release()
	}
	for i := 0; len(data) > 0; i++ {
		n := len(data)
		if len(sizes) > 0 {
			n = min(n, int(sizes[i%len(sizes)])+1)
		}
		n = copy(c.room(), data[:n])
		c.add(n)
		data = data[n:]
		if c.pending() > 0 && c.full() || i%3 == 0 {
			take(c.cut(false))
		}
	}
	take(c.cut(true))
	return recs, tooLong, skipped, lines
}

var cutSeeds = []string{
	"", "\n", "a", "a\n", "a\nb", "a\r\nb\r\n\r\n", "\n\n\n", "\x00\x00a\nb\x00c\n\x00\n",
	strings.Repeat("x", 100) + "\nshort\n", strings.Repeat("\x00", 300) + "after the hole\n",
	"one\n" + strings.Repeat("y", 64) + "\r\nthree\n" + strings.Repeat("z", 1000) + "\nfive",
	strings.Repeat("\x00", 70) + strings.Repeat("w", 200) + "\nend\n",
}

func FuzzCut(f *testing.F) {
	for _, s := range cutSeeds {
		f.Add([]byte(s), []byte{0, 6, 63})
	}
	f.Fuzz(func(t *testing.T, data, sizes []byte) {
		const block, record = 64, 40
		want, long, skipped := plainly(data, record)
		got, gotLong, gotSkipped, _ := inPieces(data, sizes, block, record)
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("records (-want +got):\n%s", d)
		}
		if long != gotLong || skipped != gotSkipped {
			t.Fatalf("too long %d skipped %d, want %d %d", gotLong, gotSkipped, long, skipped)
		}
	})
}

func TestCutCountsLines(t *testing.T) {
	for _, s := range cutSeeds {
		want := int64(strings.Count(s, "\n"))
		if s != "" && !strings.HasSuffix(s, "\n") {
			want++
		}
		if _, _, _, lines := inPieces([]byte(s), []byte{12}, 64, 40); lines != want {
			t.Errorf("%q: %d lines, want %d", s, lines, want)
		}
	}
}
