package source

import (
	"context"
	"flag"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// make test writes a fixed number of lines as fast as it can. For longer:
//
//	go test ./monitor/source -run TestSoak -soak 10m -soakrate 50000
var (
	soak     = flag.Duration("soak", 0, "how long the soak test writes; 0 is a fixed number of lines")
	soakSeed = flag.Uint64("soakseed", 7, "seed of the soak test")
	soakRate = flag.Int("soakrate", 50000, "lines a second of a soak test of some duration")
)

// rotator writes numbered lines and rotates its log in every way.
type rotator struct {
	t       *testing.T
	rnd     *rand.Rand
	dir     string
	path    string
	dateext bool
	f       *os.File
	n       int      // next line
	seen    chan int // the reader has taken all lines up to this one
	upTo    int
	ends    []int // line numbers at past rotations
	turns   int
	hole    bool // the live file begins with NUL bytes
	ways    [numWays]int
	trail   []turn
	wrong   []int // lines that came out of turn
}

// turn is a rotation before a line was written.
type turn struct{ way, line int }

// The ways to rotate.
const (
	renamed      = iota // the writer reopens at once
	renamedLate         // the writer goes on with the old file for a while
	renamedClose        // the permission to read the new file comes later
	packedAtOnce        // renamed and compressed before anybody looks
	copied              // copytruncate
	copiedPacked        // and compressed
	copiedHole          // with a writer that keeps its offset: the file begins with NUL bytes
	deleted             // which keeps nothing
	truncated           // in place, which keeps nothing
	swapped             // the name is a link, and leads elsewhere
	numWays
)

// open opens the file under the name as a writer that keeps its own offset does.
func (w *rotator) open() {
	f, err := os.OpenFile(w.path, os.O_CREATE|os.O_WRONLY, 0o600)
	must(w.t, err)
	_, err = f.Seek(0, io.SeekEnd)
	must(w.t, err)
	w.f, w.hole = f, false
}

// lines writes k lines in pieces that end anywhere, at the edges of pages often.
func (w *rotator) lines(f *os.File, k int) {
	var b strings.Builder
	for range k {
		fmt.Fprintf(&b, "2026-11-22T03:00:00.000000+00:00 mx1 postfix/smtpd[1]: line %d %s\n", w.n, strings.Repeat("=", w.rnd.IntN(120)))
		w.n++
	}
	s := b.String()
	at, err := f.Seek(0, io.SeekCurrent)
	must(w.t, err)
	for len(s) > 0 {
		n := 1 + w.rnd.IntN(9000)
		if w.rnd.IntN(2) == 0 {
			n = 4096 - int(at)%4096
		}
		n = min(len(s), n)
		_, err := f.WriteString(s[:n])
		must(w.t, err)
		at += int64(n)
		s = s[n:]
	}
}

// wait waits until the reader has everything up to line n.
func (w *rotator) wait(n int) {
	for w.upTo < n {
		select {
		case w.upTo = <-w.seen:
		case <-time.After(20 * time.Second):
			w.t.Fatalf("line %d does not come, line %d was the last; rotations by way %v, the last %v", n, w.upTo, w.ways, w.trail[max(0, len(w.trail)-9):])
		}
	}
}

// next makes room for a rotated file and returns its name: numbered, as logrotate
// does, or dated.
func (w *rotator) next() string {
	if w.dateext {
		old := fmt.Sprintf("%s-20261122-%05d", w.path, w.turns-40)
		_ = os.Remove(old)
		_ = os.Remove(old + ".gz")
		return fmt.Sprintf("%s-20261122-%05d", w.path, w.turns)
	}
	for k := 40; k > 0; k-- {
		for _, ext := range []string{"", ".gz"} {
			_ = os.Rename(fmt.Sprintf("%s.%d%s", w.path, k, ext), fmt.Sprintf("%s.%d%s", w.path, k+1, ext))
		}
	}
	_ = os.Remove(w.path + ".41")
	_ = os.Remove(w.path + ".41.gz")
	return w.path + ".1"
}

func (w *rotator) pack(path string) {
	gzipFile(w.t, path, path+".gz")
	must(w.t, os.Remove(path))
}

func (w *rotator) rotate(way int) {
	w.ends = append(w.ends, w.n)
	w.turns++
	w.ways[way]++
	w.trail = append(w.trail, turn{way, w.n})
	if k := len(w.ends) - 20; k >= 0 {
		w.wait(w.ends[k]) // what is older may be deleted
	}
	if way >= deleted || w.hole && way >= copied { // where nothing tells what was there
		w.wait(w.n)
	}
	switch way {
	case renamed, renamedLate, renamedClose, packedAtOnce:
		w.rename(way)
	case copied, copiedPacked, copiedHole:
		w.copy(way)
	case deleted:
		must(w.t, os.Remove(w.path))
		must(w.t, w.f.Close())
		w.open()
	case truncated:
		must(w.t, os.Truncate(w.path, 0))
		_, err := w.f.Seek(0, io.SeekStart)
		must(w.t, err)
		w.hole = false
	case swapped:
		w.swap()
	}
}

func (w *rotator) rename(way int) {
	to, old := w.next(), w.f
	must(w.t, os.Rename(w.path, to))
	w.open()
	switch way {
	case renamedClose:
		must(w.t, w.f.Chmod(0))
		w.lines(old, w.rnd.IntN(300))
		w.lines(w.f, w.rnd.IntN(300))
		must(w.t, w.f.Chmod(0o600))
	case renamedLate:
		w.lines(old, w.rnd.IntN(300))
	}
	must(w.t, old.Close())
	if way == packedAtOnce {
		w.pack(to)
	}
}

func (w *rotator) copy(way int) {
	to := w.next()
	copyFile(w.t, w.path, to)
	must(w.t, os.Truncate(w.path, 0))
	if way == copiedHole {
		w.hole = true
		return
	}
	_, err := w.f.Seek(0, io.SeekStart)
	must(w.t, err)
	w.hole = false
	if way == copiedPacked {
		w.pack(to)
	}
}

// swap leads the name elsewhere. The file before has no name that tells of the log,
// so the reader must have opened it: it has, when it has read of it.
func (w *rotator) swap() {
	link, target := filepath.Join(w.dir, "link"), filepath.Join(w.dir, fmt.Sprintf("elsewhere%d", w.turns))
	f, err := os.Create(target)
	must(w.t, err)
	must(w.t, os.Symlink(target, link))
	w.lines(w.f, w.rnd.IntN(300))
	must(w.t, os.Rename(link, w.path))
	w.lines(w.f, w.rnd.IntN(300))
	must(w.t, w.f.Close())
	w.f, w.hole = f, false
}

// Every line arrives exactly once and in order while the log is rotated in all ways.
func TestSoak(t *testing.T) {
	for name, dateext := range map[string]bool{"numbered": false, "dateext": true} {
		t.Run(name, func(t *testing.T) { soaked(t, dateext) })
	}
}

func soaked(t *testing.T, dateext bool) {
	dir := t.TempDir()
	w := &rotator{t: t, rnd: rand.New(rand.NewPCG(7, *soakSeed)), dir: dir, path: filepath.Join(dir, "mail.log"), dateext: dateext, seen: make(chan int, 1)}
	w.open()
	src := newSeries(Options{Follow: true, Poison: true, Workers: 2}, w.path, nil)
	ctx, cancel := context.WithCancel(t.Context())
	out, done, read := make(chan *Batch, 4), make(chan error, 1), make(chan int, 1)
	go func() { done <- src.Run(ctx, out); close(out) }()
	go func() { read <- w.count(out) }()
	w.upTo = <-w.seen // it has opened the file: from here on it owes us every line
	start, tick := time.Now(), time.NewTicker(10*time.Millisecond)
	defer tick.Stop()
	for more := true; more; {
		for range 1 + w.rnd.IntN(20) {
			w.lines(w.f, 1+w.rnd.IntN(200))
			for *soak > 0 && float64(w.n) > time.Since(start).Seconds()*float64(*soakRate) {
				<-tick.C
			}
		}
		w.rotate(w.rnd.IntN(numWays))
		if more = w.n < 50000; *soak > 0 {
			more = time.Since(start) < *soak
		}
	}
	w.lines(w.f, 1)
	w.wait(w.n)
	took := time.Since(start)
	cancel()
	must(t, <-done)
	if n := <-read; n != w.n {
		t.Errorf("%d lines read, %d written", n, w.n)
	}
	for _, n := range w.wrong {
		at, _ := slices.BinarySearchFunc(w.trail, n, func(x turn, n int) int { return x.line - n })
		t.Errorf("rotations {way line} about line %d: %v", n, w.trail[max(0, at-6):min(len(w.trail), at+7)])
	}
	st := src.Status()
	t.Logf("%d lines, %.0f a second, rotations by way %v; %+v", w.n, float64(w.n)/took.Seconds(), w.ways, st)
	if st.Torn != 0 || st.Panics != 0 {
		t.Errorf("torn %d, panics %d, %s", st.Torn, st.Panics, st.LastErr)
	}
	if keepNothing := int64(w.ways[truncated]); st.Lost > keepNothing {
		t.Errorf("says %d times that records may be lost; only the %d truncations in place leave that open", st.Lost, keepNothing)
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
				w.t.Errorf("line %q (%v) in place of %d, at %d of %s, mark %b", num, err, next, b.Offset+int64(b.Events[i].Pos), b.Origin.Path, b.Mark)
				w.wrong = append(w.wrong, n)
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
