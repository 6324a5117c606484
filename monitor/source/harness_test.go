package source

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// hand is a Waker that a test operates: the source rests in Wait until step.
type hand struct{ idle, walk chan struct{} }

func newHand() *hand { return &hand{make(chan struct{}), make(chan struct{})} }

func (h *hand) Wait(ctx context.Context) error {
	select {
	case h.idle <- struct{}{}:
	case <-ctx.Done():
		return ctx.Err()
	}
	select {
	case <-h.walk:
	case <-ctx.Done():
	}
	return ctx.Err()
}

func (h *hand) Close() error { return nil }

// tail is a followed source under test.
type tail struct {
	t    *testing.T
	path string
	src  Source
	hand *hand
	out  chan *Batch
	done chan error
	stop context.CancelFunc
	mu   sync.Mutex
	now  time.Time
	mark Mark // of all batches so far
	at   map[string]int64
}

func (w *tail) clock() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *tail) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

// follow starts following path and waits until everything there was has been read.
func follow(t *testing.T, path string, change ...func(*Options)) *tail {
	t.Helper()
	w := &tail{t: t, path: path, hand: newHand(), out: make(chan *Batch, 1<<16), done: make(chan error, 1), at: map[string]int64{}}
	w.now = time.Date(2026, 11, 22, 3, 0, 0, 0, time.UTC)
	o := Options{Follow: true, Workers: 2, Poison: true, Now: w.clock, Waker: func(string) Waker { return w.hand }}
	for _, f := range change {
		f(&o)
	}
	w.src = newSeries(o, path, nil)
	ctx, cancel := context.WithCancel(context.Background())
	w.stop = cancel
	go func() { w.done <- w.src.Run(ctx, w.out) }()
	t.Cleanup(func() {
		cancel()
		if err := <-w.done; err != nil {
			t.Errorf("Run: %v", err)
		}
	})
	<-w.hand.idle
	return w
}

// step lets the source look once and waits until it rests again.
func (w *tail) step() {
	w.hand.walk <- struct{}{}
	<-w.hand.idle
}

// got returns the records handed out since it was last called.
func (w *tail) got() []string {
	var lines []string
	for {
		select {
		case b := <-w.out:
			w.mark |= b.Mark
			for i := range b.Events {
				r := string(b.Record(b.Events[i].Pos))
				lines = append(lines, r)
				w.at[r] = b.Offset + int64(b.Events[i].Pos)
			}
			b.Release()
		default:
			return lines
		}
	}
}

// want steps once and compares what was handed out.
func (w *tail) want(lines ...string) {
	w.t.Helper()
	w.step()
	w.wantNow(lines...)
}

func (w *tail) wantNow(lines ...string) {
	w.t.Helper()
	if d := cmp.Diff(lines, w.got()); d != "" {
		w.t.Fatalf("records (-want +got):\n%s", d)
	}
}

// rec is record number n of a test log.
func rec(n int) string {
	return fmt.Sprintf("2026-11-22T03:%02d:%02d.%06d+00:00 mx1 postfix/smtpd[4711]: record %d", n/60%60, n%60, n%1000000, n)
}

func recs(from, to int) []string {
	var r []string
	for n := from; n < to; n++ {
		r = append(r, rec(n))
	}
	return r
}

func text(lines ...string) string { return strings.Join(lines, "\n") + "\n" }

func write(t testing.TB, path, s string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(s), 0o600); err != nil {
		t.Fatal(err)
	}
}

func appendTo(t testing.TB, path, s string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.WriteString(s); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

func logFile(t testing.TB) string { return filepath.Join(t.TempDir(), "mail.log") }

// readAll runs a source that ends and returns its records.
func readAll(t testing.TB, s interface {
	Run(context.Context, chan<- *Batch) error
}) []string {
	t.Helper()
	out := make(chan *Batch, 1)
	var err error
	go func() {
		err = s.Run(context.Background(), out)
		close(out)
	}()
	var lines []string
	for b := range out {
		for i := range b.Events {
			lines = append(lines, string(b.Record(b.Events[i].Pos)))
		}
		b.Release()
	}
	if err != nil {
		t.Fatalf("Run: %v", err)
	}
	return lines
}
