package source

import (
	"context"
	"os"
	"path/filepath"
	"time"

	"github.com/fsnotify/fsnotify"
)

// Waker tells a followed file when to look again.
type Waker interface {
	// Wait returns when the file may have changed, or with an error when ctx is done.
	// It is called only when everything read so far has been handed out.
	Wait(ctx context.Context) error
	Close() error
}

const (
	pollSafety = time.Second            // behind inotify, for what it misses
	pollOnly   = 200 * time.Millisecond // without inotify
	busyPause  = 8 * time.Millisecond   // under load: collect writes instead of waking for each
	busyGap    = 20 * time.Millisecond  // writes closer than this are load
)

// newWaker watches the folders of path and of what path links to. Where that is
// impossible (no inotify, a network mount) it polls.
func newWaker(path string) Waker {
	w := &fsWaker{path: path, poll: pollOnly}
	if local(filepath.Dir(path)) {
		w.n, _ = fsnotify.NewWatcher()
	}
	w.watch()
	return w
}

type fsWaker struct {
	path    string
	n       *fsnotify.Watcher // nil: polling
	poll    time.Duration
	last    time.Time // of the newest wake by a write
	targets [2]string // watched folders
}

// watch puts the watches where the path leads now.
func (w *fsWaker) watch() {
	if w.n == nil {
		return
	}
	want := [2]string{filepath.Dir(w.path)}
	if real, err := filepath.EvalSymlinks(w.path); err == nil {
		want[1] = filepath.Dir(real)
	}
	for i, dir := range want {
		if dir == "" || dir == w.targets[i] {
			continue
		}
		if err := w.n.Add(dir); err == nil {
			w.targets[i] = dir
			w.poll = pollSafety
		}
	}
}

func (w *fsWaker) Wait(ctx context.Context) error {
	timer := time.NewTimer(w.poll)
	defer timer.Stop()
	var events chan fsnotify.Event
	var errs chan error
	if w.n != nil {
		events, errs = w.n.Events, w.n.Errors
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		w.watch()
		return nil
	case <-errs: // an overflow: look
		return nil
	case e := <-events:
		if e.Has(fsnotify.Create) || e.Has(fsnotify.Remove) || e.Has(fsnotify.Rename) {
			w.watch()
		}
	}
	w.collect(ctx)
	return ctx.Err()
}

// collect pauses when writes come fast, and takes the wakes that came meanwhile.
func (w *fsWaker) collect(ctx context.Context) {
	now := time.Now()
	if now.Sub(w.last) < busyGap {
		select {
		case <-ctx.Done():
		case <-time.After(busyPause):
		}
		now = now.Add(busyPause)
	}
	w.last = now
	for range 4096 {
		select {
		case e := <-w.n.Events:
			if e.Has(fsnotify.Create) {
				w.watch()
			}
		default:
			return
		}
	}
}

func (w *fsWaker) Close() error {
	if w.n == nil {
		return nil
	}
	return w.n.Close()
}

// pathOf resolves the working directory, so that a later chdir changes nothing.
func pathOf(path string) string {
	if abs, err := filepath.Abs(path); err == nil {
		return abs
	}
	return filepath.Join(string(os.PathSeparator), path)
}
