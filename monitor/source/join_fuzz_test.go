package source

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// joined parses input in batches of whole records, cut where sizes says, and returns
// each event as place and text, and what is left open at the end.
func joined(t *testing.T, input []byte, size int) (got []string, perRecord map[int64]int) {
	t.Helper()
	o := Options{Workers: 1, Poison: true, block: 1 << 16, record: 1 << 12}.withDefaults()
	pl, w, j := newPool(o), newWorker(&o), newJoiner(&o)
	origin := &Origin{line: 1}
	perRecord = make(map[int64]int)
	take := func(list []*Batch) {
		for _, b := range list {
			for i := range b.Events {
				e := &b.Events[i]
				at := b.Offset + int64(e.Pos)
				perRecord[at]++
				got = append(got, fmt.Sprintf("%d %v %s", at, e.Kind, e.Bytes(&b.Block, e.Text)))
			}
			b.Release()
		}
	}
	off := int64(0)
	for seq := uint64(1); len(input) > 0; seq++ {
		end := len(input)
		if size < end {
			end = size
			if i := bytes.IndexByte(input[size:], '\n'); i >= 0 {
				end += i + 1
			} else {
				end = len(input)
			}
		}
		b := pl.get()
		b.Buf = append(b.Buf[:0], input[:end]...)
		b.Origin, b.Offset, b.Seq, b.FirstLine = origin, off, seq, 1
		w.parse(b)
		take(j.batch(b))
		if len(j.groups) > maxGroups || len(j.tail) > 5*repeatReach {
			t.Fatalf("%d records open, a tail of %d bytes", len(j.groups), len(j.tail))
		}
		off += int64(end)
		input = input[end:]
	}
	take(j.rest(pl))
	if len(j.groups) != 0 || j.open.Load() {
		t.Error("records left open at the end")
	}
	return got, perRecord
}

// Whatever stands in a log, in whatever order: the result does not depend on where
// blocks end, and no record is lost without a trace: each is an event, or is in one.
func FuzzJoin(f *testing.F) {
	pieces := exim + "exim[1]: [1/3] 1xUwl6-0000nN-27 <= a\n" + exim + `exim[2]: [1\2] x` + "\n" + exim + "exim[1]: [2/3] b\n" + exim + "exim[1]: [3/3] c\n" + exim + `exim[2]: [2\2] y` + "\n"
	f.Add([]byte(pieces), 10)
	f.Add([]byte(exim+"exim[1]: [0/0] a\n"+exim+"exim[1]: [9/2] b\n"+exim+"exim[1]: [1/99999999999] c\n"+exim+"exim[1]: [1/999] d\n"), 100)
	f.Add([]byte("Nov 22 03:00:00 mx sendmail[1]: 6AM6Kb4V023151[1]: a  ...\nNov 22 03:00:00 mx sendmail[1]: 6AM6Kb4V023151[2]: b\n"), 1)
	f.Add([]byte("Nov 22 03:00:00 mx postfix/smtpd[1]: connect from x[192.0.2.1]\nNov 22 03:00:01 mx last message repeated 4000000000 times\nNov 22 03:00:01 mx last message repeated 2 times\n"), 70)
	f.Add([]byte(`{"MESSAGE":"[1\/2] a","SYSLOG_IDENTIFIER":"exim","_PID":"1"}`+"\n"+`{"MESSAGE":"[2\/2] b","SYSLOG_IDENTIFIER":"exim","_PID":"1"}`+"\n"), 5)
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		if len(in) > 1<<14 || bytes.IndexByte(in, '{') >= 0 && bytes.Contains(in, []byte(`"log"`)) || bytes.Contains(in, []byte(" std")) {
			return // pieces of containers are the cutter's: it never hands out half of one
		}
		whole, _ := joined(t, in, 1<<20)
		cut, _ := joined(t, in, 1+abs(size)%200)
		if a, b := strings.Join(whole, "\n"), strings.Join(cut, "\n"); a != b {
			t.Fatalf("in one block:\n%s\nin blocks:\n%s", a, b)
		}
	})
}

func abs(n int) int {
	if n < 0 {
		return -(n + 1)
	}
	return n
}

// Pieces of many records, in any order that keeps each process's own, some of them
// lost: each record that is whole comes whole and once, and of the others nothing but
// what was lost is missing.
func TestPiecesAtRandom(t *testing.T) {
	for seed := range uint64(60) {
		rnd := rand.New(rand.NewPCG(1, seed))
		type record struct {
			pieces []string
			words  []string
			gap    bool
		}
		var recs []*record
		for id := range 2 + rnd.IntN(90) {
			r := &record{}
			n := 2 + rnd.IntN(12)
			for k := range n {
				word := fmt.Sprintf("w%d.%d", id, k)
				r.words = append(r.words, word)
				r.pieces = append(r.pieces, fmt.Sprintf("%sexim[%d]: [%d\\%d] %s", exim, 100+id, k+1, n, word))
			}
			if rnd.IntN(4) == 0 {
				k := rnd.IntN(n)
				r.words, r.gap = append(r.words[:k:k], r.words[k+1:]...), true
				r.pieces = append(r.pieces[:k:k], r.pieces[k+1:]...)
			}
			recs = append(recs, r)
		}
		var lines []string
		for open := recs; len(open) > 0; {
			window := min(len(open), 1+rnd.IntN(40)) // processes at a time
			i := rnd.IntN(window)
			lines = append(lines, open[i].pieces[0])
			if open[i].pieces = open[i].pieces[1:]; len(open[i].pieces) == 0 {
				open = append(open[:i:i], open[i+1:]...)
			}
		}
		got, _ := joined(t, []byte(text(lines...)), 50+rnd.IntN(5000))
		all := strings.Join(got, "\n") + "\n"
		for id, r := range recs {
			if whole := " " + strings.Join(r.words, " ") + "\n"; !r.gap && strings.Count(all, whole) != 1 {
				t.Fatalf("seed %d, record %d: %q is not there once in\n%s", seed, id, whole, all)
			}
			for _, w := range r.words {
				if strings.Count(all, w+" ")+strings.Count(all, w+"\n") != 1 {
					t.Fatalf("seed %d, record %d: %q is not there once in\n%s", seed, id, w, all)
				}
			}
		}
	}
}

// Hostile counters and lengths cost no more than what is in the log.
func TestPiecesAreBounded(t *testing.T) {
	var b strings.Builder
	for pid := range 5000 {
		fmt.Fprintf(&b, "%sexim[%d]: [1/999] %s\n", exim, pid+1, strings.Repeat("x", 500))
	}
	for n := range 900 {
		fmt.Fprintf(&b, "%sexim[1]: [%d/999] %s\n", exim, n+1, strings.Repeat("y", 900))
	}
	got, per := joined(t, []byte(b.String()), 30000)
	if len(per) != 5001 {
		t.Errorf("%d records, want 5001", len(per))
	}
	for _, g := range got {
		if len(g) > 1<<13 {
			t.Fatalf("an event with %d bytes", len(g))
		}
	}
}
