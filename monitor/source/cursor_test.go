package source

import (
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// readUpTo follows path from a cursor, takes batches until it rests, and returns
// the records and the cursor behind them.
func readUpTo(t *testing.T, path string, from Cursor, more func(w *tail)) ([]string, Cursor) {
	t.Helper()
	var got []string
	var c Cursor
	t.Run("run", func(t *testing.T) {
		w := follow(t, path, func(o *Options) { o.Resume = map[string]Cursor{path: from} })
		if more != nil {
			more(w)
		}
		for len(w.out) > 0 {
			b := <-w.out
			for i := range b.Events {
				got = append(got, string(b.Record(b.Events[i].Pos)))
			}
			c = b.Cursor()
			b.Release()
		}
	})
	text, err := c.MarshalText()
	must(t, err)
	var again Cursor
	must(t, again.UnmarshalText(text))
	return got, again
}

func TestResume(t *testing.T) {
	path := logFile(t)
	write(t, path+".1", text(recs(900, 910)...))
	write(t, path, text(recs(0, 5)...)+rec(5)[:10])
	got, c := readUpTo(t, path, Cursor{}, nil)
	if d := cmp.Diff(recs(0, 5), got); d != "" {
		t.Fatal(d)
	}
	for _, step := range []struct {
		name string
		do   func()
		want []string
	}{
		{"nothing new", func() {}, nil},
		{"appended", func() { appendTo(t, path, rec(5)[10:]+"\n"+rec(6)+"\n") }, recs(5, 7)},
		{"renamed", func() {
			appendTo(t, path, text(rec(7)))
			must(t, os.Rename(path+".1", path+".2"))
			must(t, os.Rename(path, path+".1"))
			write(t, path, text(rec(8)))
		}, recs(7, 9)},
		{"rotated twice, compressed", func() {
			appendTo(t, path, text(rec(9)))
			must(t, os.Rename(path+".2", path+".4"))
			must(t, os.Rename(path+".1", path+".3"))
			gzipFile(t, path, path+".2.gz")
			write(t, path+".1", text(recs(10, 12)...))
			must(t, os.Remove(path))
			write(t, path, text(rec(12)))
		}, recs(9, 13)},
		{"copytruncate", func() {
			appendTo(t, path, text(rec(13)))
			must(t, os.Rename(path+".1", path+".5"))
			copyFile(t, path, path+".1")
			must(t, os.Truncate(path, 0))
			appendTo(t, path, text(rec(14)))
		}, recs(13, 15)},
	} {
		step.do()
		if got, c = readUpTo(t, path, c, nil); !cmp.Equal(step.want, got) {
			t.Fatalf("%s (-want +got):\n%s", step.name, cmp.Diff(step.want, got))
		}
	}
}

// While a rotated file is still written to, a cursor holds both files.
func TestResumeWithTwoFilesOpen(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0)))
	got, c := readUpTo(t, path, Cursor{}, func(w *tail) {
		must(t, os.Rename(path, path+".1"))
		write(t, path, text(rec(1)))
		w.step()
		appendTo(t, path+".1", text(rec(2)))
		w.step()
	})
	if d := cmp.Diff(recs(0, 3), got); d != "" {
		t.Fatal(d)
	}
	appendTo(t, path+".1", text(rec(3)))
	appendTo(t, path, text(rec(4)))
	if got, _ = readUpTo(t, path, c, nil); !cmp.Equal(recs(3, 5), got) {
		t.Errorf("%q", got)
	}
}

// A cursor into files that are gone says so.
func TestResumeGone(t *testing.T) {
	path := logFile(t)
	write(t, path, text(recs(0, 3)...))
	_, c := readUpTo(t, path, Cursor{}, nil)
	must(t, os.Remove(path))
	write(t, path, text(recs(5, 8)...))
	w := follow(t, path, func(o *Options) { o.Resume = map[string]Cursor{path: c} })
	w.wantNow(recs(5, 8)...)
	if w.mark&Lossy == 0 || w.src.Status().Lost != 1 {
		t.Error("nobody says that records may be missing")
	}
}

// A run that is killed anywhere loses nothing and doubles nothing, whatever
// happened to the files meanwhile.
func TestResumeAfterKill(t *testing.T) {
	rnd := rand.New(rand.NewPCG(3, 4))
	path := logFile(t)
	n, rotated := 0, 0
	var got, want []string
	var c Cursor
	for range 60 {
		k := 1 + rnd.IntN(60)
		appendTo(t, path, text(recs(n, n+k)...))
		want = append(want, recs(n, n+k)...)
		n += k
		if rnd.IntN(3) == 0 {
			for i := rotated; i > 0; i-- {
				_ = os.Rename(fmt.Sprintf("%s.%d", path, i), fmt.Sprintf("%s.%d", path, i+1))
			}
			must(t, os.Rename(path, path+".1"))
			rotated++
		}
		ctx, kill := context.WithCancel(t.Context())
		out := make(chan *Batch)
		o := Options{Follow: true, Workers: 2, block: 400, record: 200, Resume: map[string]Cursor{path: c}, Waker: func(string) Waker { return newHand() }}
		go func() { _ = newSeries(o, path, nil).Run(ctx, out); close(out) }()
		for range rnd.IntN(12) {
			b := <-out
			for i := range b.Events {
				got = append(got, string(b.Record(b.Events[i].Pos)))
			}
			if next := b.Cursor(); !next.IsZero() {
				c = next
			}
			if b.Mark&Arrived != 0 {
				break
			}
		}
		kill()
		for range out { // it must not block on us
		}
	}
	last, _ := readUpTo(t, path, c, nil)
	if d := cmp.Diff(want, append(got, last...)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func FuzzCursor(f *testing.F) {
	f.Add("f1:1.2.3.0123456789abcdef.ff")
	f.Add("j1:7331")
	f.Fuzz(func(t *testing.T, s string) {
		var c, d Cursor
		if c.UnmarshalText([]byte(s)) != nil {
			return
		}
		out, err := c.MarshalText()
		must(t, err)
		must(t, d.UnmarshalText(out))
		if !cmp.Equal(c, d, cmp.AllowUnexported(Cursor{}, position{}, fileID{})) {
			t.Errorf("%q became %q", s, out)
		}
	})
}
