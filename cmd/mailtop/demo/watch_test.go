package demo

import (
	"context"
	"fmt"
	"net/netip"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"mailtop/logparse"
)

// watched collects the lines of a demo's log and wakes who waits for them.
type watched struct {
	mu    sync.Mutex
	lines []string
	more  chan struct{} // closed at the next line
}

func newWatched() *watched { return &watched{more: make(chan struct{})} }

func (w *watched) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.lines = append(w.lines, strings.TrimSuffix(string(p), "\n"))
	close(w.more)
	w.more = make(chan struct{})
	return len(p), nil
}

func (w *watched) now() ([]string, <-chan struct{}) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.lines[:len(w.lines):len(w.lines)], w.more
}

// until waits for the log to satisfy a condition, and fails after patience. The
// condition is looked at again for every line of a quiet log, less often while
// the log rushes.
func (w *watched) until(t *testing.T, what string, ok func([]string) bool) []string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	for {
		lines, more := w.now()
		if ok(lines) {
			return lines
		}
		select {
		case <-more:
		case <-ctx.Done():
			t.Fatalf("never came: %s; the log:\n%s", what, strings.Join(lines[max(0, len(lines)-40):], "\n"))
		}
		for next := len(lines) + len(lines)/20; ; {
			lines, more := w.now()
			if len(lines) >= next || !rushes(more) {
				break
			}
		}
	}
}

// rushes waits for the next line, but not for long.
func rushes(more <-chan struct{}) bool {
	t := time.NewTimer(50 * time.Millisecond)
	defer t.Stop()
	select {
	case <-more:
		return true
	case <-t.C:
		return false
	}
}

// line waits for a line that matches and gives its submatches.
func (w *watched) line(t *testing.T, pattern string) []string {
	t.Helper()
	re, seen := regexp.MustCompile(pattern), 0
	var found []string
	w.until(t, pattern, func(lines []string) bool {
		for ; seen < len(lines); seen++ {
			if found = re.FindStringSubmatch(lines[seen]); found != nil {
				return true
			}
		}
		return false
	})
	return found
}

func (w *watched) count(pattern string) int {
	lines, _ := w.now()
	return matching(lines, pattern)
}

func matching(lines []string, pattern string) int {
	re, n := regexp.MustCompile(pattern), 0
	for _, l := range lines {
		if re.MatchString(l) {
			n++
		}
	}
	return n
}

// understood checks that the parser knows every line that a test's demo wrote.
func understood(t *testing.T, lines []string) {
	t.Helper()
	p := logparse.New(logparse.Options{})
	for _, l := range lines {
		p.Parse(&logparse.Block{Buf: []byte(l)}, 0, len(l), func(e *logparse.Event) {
			if e.Kind == logparse.KindUnknown || e.Has&logparse.IsUnmatched != 0 {
				t.Errorf("unknown to the parser: %s", l)
			}
		})
	}
}

// begin starts a demo that ends with the test.
func begin(t *testing.T, o Options) (*Demo, *watched) {
	t.Helper()
	w := newWatched()
	o.tee = w
	if o.Seed == 0 {
		o.Seed = 11
	}
	d, err := Start(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
		lines, _ := w.now()
		understood(t, lines)
	})
	return d, w
}

// visit opens a session from an address of the demo's world and greets.
func visitFrom(t *testing.T, d *Demo, from string, port uint16, helo string, startTLS bool) *dialog {
	t.Helper()
	ip := netip.MustParseAddr(from)
	s, err := d.network.session(t.Context(), ip, serverFor(ip, port))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.close)
	if port == 465 {
		if err := s.secure(); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.greet(helo, startTLS); err != nil {
		t.Fatal(err)
	}
	return s
}

// says sends a command and wants a reply that begins like that.
func says(t *testing.T, s *dialog, cmd, want string) {
	t.Helper()
	r, err := s.cmd("%s", cmd)
	if err != nil {
		t.Fatalf("%s: %v", cmd, err)
	}
	if got := fmt.Sprintf("%d %s", r.code, r.text); !strings.HasPrefix(got, want) {
		t.Fatalf("%s: %s, want %s", cmd, got, want)
	}
}
