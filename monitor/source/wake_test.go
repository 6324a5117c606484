package source

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"
)

// Without inotify the file is looked at again by the clock alone.
func TestPolling(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &fsWaker{path: "/nowhere", poll: pollOnly}
		start := time.Now()
		for range 3 {
			must(t, w.Wait(t.Context()))
		}
		if d := time.Since(start); d != 3*pollOnly {
			t.Errorf("three polls took %v", d)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if w.Wait(ctx) == nil {
			t.Error("no error when the context is done")
		}
	})
}

// A write, a new file and a swapped symbolic link wake it; so does what happens in
// the folder that the link leads to.
func TestNotify(t *testing.T) {
	dir := t.TempDir()
	a, b, link := filepath.Join(dir, "x", "a"), filepath.Join(dir, "y", "b"), filepath.Join(dir, "mail.log")
	for _, p := range []string{a, b} {
		must(t, os.Mkdir(filepath.Dir(p), 0o700))
		write(t, p, "")
	}
	must(t, os.Symlink(a, link))
	w := newWaker(link).(*fsWaker)
	defer w.Close()
	w.poll = time.Minute // it must not be the clock that wakes
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	appendTo(t, a, "line\n")
	must(t, w.Wait(ctx))
	must(t, os.Symlink(b, link+".new"))
	must(t, os.Rename(link+".new", link))
	must(t, w.Wait(ctx))
	for w.targets[1] != filepath.Dir(b) { // the events of the swap are several
		must(t, w.Wait(ctx))
	}
	appendTo(t, b, "line\n")
	must(t, w.Wait(ctx))
}
