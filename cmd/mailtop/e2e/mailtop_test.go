//go:build e2e

package e2e

import (
	"bytes"
	"encoding/json"
	"errors"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// mailtop runs the binary to its end, with the lab's Postfix as that of the host,
// and gives its standard output; want is the exit code.
func (l *lab) mailtop(t *testing.T, want int, args ...string) []byte {
	t.Helper()
	return l.mailtopEnv(t, nil, want, args...)
}

func (l *lab) mailtopEnv(t *testing.T, env []string, want int, args ...string) []byte {
	t.Helper()
	cmd := exec.Command(mailtop, args...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	cmd.Env = append(l.env(), env...)
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	if got := cmd.ProcessState.ExitCode(); got != want {
		t.Errorf("mailtop %s: exit code %d, want %d; it said:\n%s%s", strings.Join(args, " "), got, want, tail(out.String(), 2000), errs.String())
	}
	return out.Bytes()
}

// decodeLines reads JSON Lines.
func decodeLines[T any](t *testing.T, data []byte) []T {
	t.Helper()
	var all []T
	for line := range bytes.Lines(data) {
		var v T
		if err := json.Unmarshal(line, &v); err != nil {
			t.Fatalf("%v in %s", err, line)
		}
		all = append(all, v)
	}
	return all
}

// change is what the tests read of an object that watch prints.
type change struct {
	Event    string
	ID       string
	Rule     string
	Severity string
	Subject  struct{ Type, Value string }
	Opened   time.Time
	Title    string
	Why      []struct {
		Signal       string
		Value, Limit float64
		Met          bool
	}
	Actors   []struct{ Type, Value string }
	Evidence []struct {
		Source string
		Offset int64
		Text   string
	}
	Advice []advice
}

type advice struct{ Text, Command, Undo string }

// serious says that an incident enters the list that wakes an admin.
func (c *change) serious() bool {
	return slices.Contains([]string{"medium", "high", "critical"}, c.Severity)
}

// names says whether an incident is about somebody.
func (c *change) names(who string) bool {
	if c.Subject.Value == who {
		return true
	}
	for _, a := range c.Actors {
		if a.Value == who {
			return true
		}
	}
	return false
}

// watcher is a running mailtop watch.
type watcher struct {
	*process

	mu      sync.Mutex
	rest    []byte // a line that has not ended yet
	changes []change
	broken  error         // a line that was no JSON
	news    chan struct{} // one slot: something came
}

// startWatch follows the lab's logs as an admin's mailtop does.
func (l *lab) startWatch(t *testing.T, args ...string) *watcher {
	t.Helper()
	w := &watcher{news: make(chan struct{}, 1)}
	w.process = l.startProcess(t, w, append([]string{"watch", "--format", "json"}, args...)...)
	return w
}

// Write takes what the process prints.
func (w *watcher) Write(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.rest = append(w.rest, p...)
	for {
		line, rest, ok := bytes.Cut(w.rest, []byte("\n"))
		if !ok {
			break
		}
		w.rest = rest
		var c change
		if err := json.Unmarshal(line, &c); err != nil {
			w.broken = err
			continue
		}
		w.changes = append(w.changes, c)
	}
	select {
	case w.news <- struct{}{}:
	default:
	}
	return len(p), nil
}

func (w *watcher) all() []change {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.changes)
}

// until waits for a change that is wanted and gives it.
func (w *watcher) until(t *testing.T, what string, ok func(*change) bool) (change, bool) {
	t.Helper()
	deadline := time.After(patience)
	for {
		for _, c := range w.all() {
			if ok(&c) {
				return c, true
			}
		}
		select {
		case <-w.news:
		case <-w.ended:
			t.Errorf("mailtop watch ended while waiting for %s; it said: %s", what, w.errs.String())
			return change{}, false
		case <-deadline:
			t.Errorf("no %s within %v; changes seen: %s", what, patience, summary(w.all()))
			return change{}, false
		}
	}
}

func summary(all []change) string {
	var b strings.Builder
	for _, c := range all {
		b.WriteString("\n  " + c.Event + " " + c.Severity + " " + c.Rule + " " + c.Subject.Value)
	}
	return b.String()
}

// stop ends watch and gives all that it printed.
func (w *watcher) stop(t *testing.T) []change {
	t.Helper()
	w.interrupt(t)
	if w.broken != nil {
		t.Errorf("mailtop watch printed what is no JSON: %v", w.broken)
	}
	return w.all()
}
