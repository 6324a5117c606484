package demo

import (
	"context"
	"errors"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// settled waits until no more goroutines run than before; those that have
// nothing left to do may need a moment to be gone.
func settled(t *testing.T, before int) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
	defer cancel()
	for runtime.NumGoroutine() > before {
		if ctx.Err() != nil {
			buf := make([]byte, 1<<16)
			t.Fatalf("%d goroutines, %d before:\n%s", runtime.NumGoroutine(), before, buf[:runtime.Stack(buf, true)])
		}
		runtime.Gosched()
	}
}

func TestCloseLeavesNothing(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	for _, end := range []string{"Close", "context", "both at once"} {
		t.Run(end, func(t *testing.T) {
			before := runtime.NumGoroutine()
			ctx, cancel := context.WithCancel(context.Background())
			defer cancel()
			w := newWatched()
			d, err := Start(ctx, Options{Seed: 3, Speed: 30, tee: w})
			if err != nil {
				t.Fatal(err)
			}
			idle, err := net.Dial("tcp", d.Targets[0].Addr) // a client that stays, and says nothing
			if err != nil {
				t.Fatal(err)
			}
			defer idle.Close()
			w.until(t, "busy", func(l []string) bool { return len(l) > 300 })
			addrs := d.listenAddrs()
			finish(t, d, end, cancel)
			settled(t, before)
			if _, err := os.Stat(filepath.Dir(d.LogPath)); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("the temporary directory is still there: %v", err)
			}
			for _, a := range addrs {
				if c, err := net.Dial("tcp", a); err == nil {
					c.Close()
					t.Errorf("%s still listens", a)
				}
			}
			if left, _ := os.ReadDir(os.TempDir()); len(left) != 0 {
				t.Errorf("left behind: %v", left)
			}
		})
	}
}

func (d *Demo) listenAddrs() (out []string) {
	for _, l := range d.listeners {
		out = append(out, l.Addr().String())
	}
	return out
}

func finish(t *testing.T, d *Demo, end string, cancel func()) {
	t.Helper()
	var wg sync.WaitGroup
	if end != "Close" {
		cancel()
	}
	if end == "both at once" {
		for range 3 {
			wg.Go(func() { d.Close() })
		}
	}
	if err := d.Close(); err != nil {
		t.Error(err)
	}
	wg.Wait()
	if err := d.Close(); err != nil {
		t.Errorf("second Close: %v", err)
	}
}

func TestNamedLogIsKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.log")
	d, err := Start(t.Context(), Options{Still: true, Log: path})
	if err != nil {
		t.Fatal(err)
	}
	if d.LogPath != path {
		t.Errorf("LogPath %q, want %q", d.LogPath, path)
	}
	d.Close()
	b, err := os.ReadFile(path)
	if err != nil || !strings.Contains(string(b), "daemon started") || !strings.Contains(string(b), "terminating on signal 15") {
		t.Errorf("log %q, %v", b, err)
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no", "such", "dir")
	for _, c := range []struct {
		name string
		o    Options
		tmp  string
		want []string
	}{
		{"unknown stage", Options{Stages: []string{"spray", "tsunami"}}, os.TempDir(), []string{`"tsunami"`, "guessing, hijack, queue, spray, flood, relay"}},
		{"no temporary directory", Options{}, missing, []string{missing, "TMPDIR"}},
		{"log in a missing folder", Options{Log: filepath.Join(missing, "mail.log")}, os.TempDir(), []string{missing}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Setenv("TMPDIR", c.tmp)
			before := runtime.NumGoroutine()
			d, err := Start(t.Context(), c.o)
			if err == nil {
				d.Close()
				t.Fatal("started")
			}
			for _, w := range c.want {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("error %q does not say %q", err, w)
				}
			}
			settled(t, before)
		})
	}
}

func TestLogRotatesAtItsSize(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.log")
	l, err := createLog(path, 25)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"one 3456789\n", "two 3456789\n", "three 56789\n", "four 456789\n", "five 456789\n"} {
		if _, err := l.Write([]byte(line)); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{path: "five 456789\n", path + ".1": "three 56789\nfour 456789\n"} {
		if b, err := os.ReadFile(name); err != nil || string(b) != want {
			t.Errorf("%s: %q, %v; want %q", name, b, err, want)
		}
	}
}
