//go:build e2e

package e2e

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// rotation is a way in which a host's log is put aside while Postfix writes it.
type rotation struct {
	name string
	do   func(*lab) error
	// quiet: what is written between the copy and the truncation is lost to
	// everybody, so nothing must be written then.
	quiet bool
}

var rotations = []rotation{
	{name: "rename and reload", do: func(l *lab) error {
		if err := os.Rename(l.logFile(), l.logFile()+".1"); err != nil {
			return err
		}
		return l.run("postfix", "reload")
	}},
	{name: "postfix logrotate", do: func(l *lab) error { return l.run("postfix", "logrotate") }},
	{name: "copytruncate", quiet: true, do: func(l *lab) error { return copyTruncate(l.logFile(), l.logFile()+".2") }},
}

// copyTruncate is what logrotate does where the writer cannot be told. postlogd
// appends, so it goes on at the new start.
func copyTruncate(from, to string) error {
	b, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.WriteFile(to, b, 0o644); err != nil {
		return err
	}
	return os.Truncate(from, 0)
}

// knocks is how many sessions there are around each rotation.
const knocks = 60

// TestRotation rotates the log of a busy Postfix in each way while events -f
// follows it. Success: each event comes once, none is missing.
func TestRotation(t *testing.T) {
	t.Parallel()
	l := startLab(t, labOptions{ConnRate: 1000})
	f := l.follow(t, l.logFile())
	tr := newTruth()
	for i, r := range rotations {
		src := fmt.Sprintf("127.1.30.%d", i+1)
		busy := make(chan error, 1)
		go func() { busy <- l.knock(tr, src, knocks) }()
		if r.quiet {
			f.awaitDisconnects(t, src, knocks)
		} else {
			f.awaitDisconnects(t, src, knocks/4)
		}
		if err := r.do(l); err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		if err := <-busy; err != nil {
			t.Fatalf("%s: %v", r.name, err)
		}
		f.awaitDisconnects(t, src, knocks)
	}
	if err := l.knock(tr, "127.1.30.99", 5); err != nil {
		t.Fatal(err)
	}
	f.awaitDisconnects(t, "127.1.30.99", 5)
	got := f.stop(t)
	for src, n := range tr.Connects {
		if got["connect "+src] != n || got["disconnect "+src] != n {
			t.Errorf("%s: %d sessions, mailtop saw %d connects and %d disconnects", src, n, got["connect "+src], got["disconnect "+src])
		}
	}
	if all, err := filepath.Glob(filepath.Join(l.Dir, "log", "mail.log*")); err != nil || len(all) != 1+len(rotations) {
		t.Errorf("the log was not rotated %d times: %v %v", len(rotations), all, err)
	}
}

// follower is a running mailtop events -f; what it prints goes to a file.
type follower struct {
	*process
	file string
}

func (l *lab) follow(t *testing.T, files ...string) *follower {
	t.Helper()
	f := &follower{file: filepath.Join(t.TempDir(), "events.jsonl")}
	out, err := os.Create(f.file)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { out.Close() })
	f.process = l.startProcess(t, out, append([]string{"events", "-f"}, files...)...)
	return f
}

// counts counts the events by kind and client; a torn last line is not read.
func (f *follower) counts(text string) map[string]int {
	n := map[string]int{}
	for line := range strings.Lines(text) {
		var e event
		if json.Unmarshal([]byte(line), &e) == nil {
			n[e.Kind+" "+e.ClientIP]++
		}
	}
	return n
}

func (f *follower) awaitDisconnects(t *testing.T, src string, n int) {
	t.Helper()
	await(t, f.file, "the sessions of "+src, func(text string) bool { return f.counts(text)["disconnect "+src] >= n })
}

func (f *follower) stop(t *testing.T) map[string]int {
	t.Helper()
	f.interrupt(t)
	b, err := os.ReadFile(f.file)
	if err != nil {
		t.Fatal(err)
	}
	return f.counts(string(b))
}
