package source

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

var soak = flag.Duration("soak", 0, "how long the soak test writes; 0 is a fixed number of lines")

// rotator writes numbered lines and rotates its log in every way.
type rotator struct {
	t    *testing.T
	rnd  *rand.Rand
	path string
	f    *os.File
	n    int      // next line
	seen chan int // the reader has taken all lines up to this one
	upTo int
	ends []int // line numbers at past rotations
}

func (w *rotator) open() {
	f, err := os.OpenFile(w.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	must(w.t, err)
	w.f = f
}

// lines writes k lines, some of them in two or three pieces.
func (w *rotator) lines(f *os.File, k int) {
	var b strings.Builder
	for range k {
		fmt.Fprintf(&b, "2026-11-22T03:00:00.000000+00:00 mx1 postfix/smtpd[1]: line %d %s\n", w.n, strings.Repeat("=", w.rnd.IntN(120)))
		w.n++
	}
	s := b.String()
	for len(s) > 0 {
		n := min(len(s), 1+w.rnd.IntN(9000))
		_, err := f.WriteString(s[:n])
		must(w.t, err)
		s = s[n:]
	}
}

// wait waits until the reader has everything up to line n.
func (w *rotator) wait(n int) {
	for w.upTo < n {
		w.upTo = <-w.seen
	}
}

// push renames mail.log.1 to .2 and so on, as logrotate does.
func (w *rotator) push() {
	for k := 40; k > 0; k-- {
		for _, ext := range []string{"", ".gz"} {
			_ = os.Rename(fmt.Sprintf("%s.%d%s", w.path, k, ext), fmt.Sprintf("%s.%d%s", w.path, k+1, ext))
		}
	}
	_ = os.Remove(w.path + ".41")
	_ = os.Remove(w.path + ".41.gz")
}

func (w *rotator) compress() {
	gzipFile(w.t, w.path+".1", w.path+".1.gz")
	must(w.t, os.Remove(w.path+".1"))
}

func (w *rotator) rotate(way int) {
	w.ends = append(w.ends, w.n)
	if k := len(w.ends) - 20; k >= 0 {
		w.wait(w.ends[k]) // what is older may be deleted
	}
	if way < 5 {
		w.push()
	}
	switch way {
	case 0, 1: // rename and create; the writer goes on with the old file for a while
		must(w.t, os.Rename(w.path, w.path+".1"))
		old := w.f
		w.open()
		w.lines(old, way*w.rnd.IntN(300))
		must(w.t, old.Close())
	case 2: // compressed at once
		must(w.t, os.Rename(w.path, w.path+".1"))
		must(w.t, w.f.Close())
		w.open()
		w.compress()
	case 3, 4: // copytruncate, with and without compression
		copyFile(w.t, w.path, w.path+".1")
		must(w.t, os.Truncate(w.path, 0))
		if way == 4 {
			w.compress()
		}
	case 5: // deleted, which keeps nothing
		w.wait(w.n)
		must(w.t, os.Remove(w.path))
		must(w.t, w.f.Close())
		w.open()
	case 6: // truncated in place
		w.wait(w.n)
		must(w.t, os.Truncate(w.path, 0))
	}
}

// Every line arrives exactly once and in order while the log is rotated in all ways.
func TestSoak(t *testing.T) {
	w := &rotator{t: t, rnd: rand.New(rand.NewPCG(7, 7)), path: filepath.Join(t.TempDir(), "mail.log"), seen: make(chan int, 1)}
	w.open()
	src := newSeries(Options{Follow: true, Poison: true, Workers: 2}, w.path, nil)
	ctx, cancel := context.WithCancel(t.Context())
	out, done, read := make(chan *Batch, 4), make(chan error, 1), make(chan int, 1)
	go func() { done <- src.Run(ctx, out); close(out) }()
	go func() { read <- w.count(out) }()
	w.upTo = <-w.seen // it has opened the file: from here on it owes us every line
	start, rotations := time.Now(), 0
	for more := true; more; rotations++ {
		for range 1 + w.rnd.IntN(20) {
			w.lines(w.f, w.rnd.IntN(200))
		}
		w.rotate(w.rnd.IntN(7))
		if more = w.n < 60000; *soak > 0 {
			more = time.Since(start) < *soak
		}
	}
	w.wait(w.n)
	cancel()
	must(t, <-done)
	if n := <-read; n != w.n {
		t.Errorf("%d lines read, %d written", n, w.n)
	}
	st := src.Status()
	t.Logf("%d lines, %d rotations in %v; %+v", w.n, rotations, time.Since(start).Round(time.Millisecond), st)
	if st.Torn != 0 || st.Panics != 0 {
		t.Errorf("torn %d, panics %d, %s", st.Torn, st.Panics, st.LastErr)
	}
}

// count checks that the lines come in order, each once.
func (w *rotator) count(out <-chan *Batch) int {
	next, bad := 0, 0
	for b := range out {
		for i := range b.Events {
			_, after, _ := strings.Cut(string(b.Record(b.Events[i].Pos)), ": line ")
			num, _, _ := strings.Cut(after, " ")
			if n, err := strconv.Atoi(num); err != nil || n != next {
				if bad++; bad > 10 {
					continue
				}
				w.t.Errorf("line %q (%v) in place of %d, at %d of %s", num, err, next, b.Offset+int64(b.Events[i].Pos), b.Origin.Path)
				next = n
			}
			next++
		}
		b.Release()
		select {
		case <-w.seen:
		default:
		}
		w.seen <- next
	}
	return next
}
