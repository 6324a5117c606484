package main

import (
	"context"
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"mailtop/logparse"
	"mailtop/logparse/clean"
	"mailtop/monitor/own"
	"mailtop/monitor/source"
	"mailtop/probes"
)

// noteOwn makes what hears of a probe's connections tell the set of own sessions.
func noteOwn(set *own.Set) func(probes.Token) {
	return func(t probes.Token) {
		set.Note(own.Session{From: t.From, As: t.As, Word: t.Word, Hello: t.Hello, User: t.User, Start: t.Start, End: t.End})
	}
}

// probeSecret makes the word of a run one that nobody else can know.
func probeSecret() string {
	b := make([]byte, 5)
	_, _ = rand.Read(b) // never fails
	return hex.EncodeToString(b)
}

// Bounds of reading the log beside a run.
const (
	ownPause = 250 * time.Millisecond
	ownEnd   = time.Second // servers write the last record of a session after its end
	ownLines = 500
)

// ownLog reads logs while probes run and keeps the records of their sessions.
type ownLog struct {
	set   own.Set
	tails []*logTail

	mu    sync.Mutex
	lines []string
	count int
	err   error
}

func newOwnLog(paths []string) (*ownLog, error) {
	l := &ownLog{}
	for _, p := range paths {
		t, err := newTail(p, logparse.Options{Ref: time.Now(), Loc: time.Local})
		if err != nil {
			return nil, err
		}
		l.tails = append(l.tails, t)
	}
	return l, nil
}

// during reads while f runs, and a moment longer.
func (l *ownLog) during(ctx context.Context, f func()) {
	if l == nil {
		f()
		return
	}
	ended := make(chan struct{})
	var reader sync.WaitGroup
	reader.Go(func() {
		tick := time.NewTicker(ownPause)
		defer tick.Stop()
		for {
			select {
			case <-ended:
				return
			case <-tick.C:
				l.read()
			}
		}
	})
	f()
	_ = sleepContext(ctx, ownEnd)
	close(ended)
	reader.Wait()
	l.read()
}

func (l *ownLog) read() {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, t := range l.tails {
		last := ""
		_, err := t.read(func(b *logparse.Block, e *logparse.Event, line string) {
			if !l.set.Match(e, b) || line == last {
				return // a record of several events counts once
			}
			last = line
			if l.count++; len(l.lines) < ownLines {
				l.lines = append(l.lines, line)
			}
		})
		if err != nil {
			l.err = err
		}
	}
}

// tell writes what the log has of the run's sessions; all says that the lines are wanted.
func (l *ownLog) tell(w io.Writer, all bool) {
	if l == nil {
		return
	}
	var names []string
	for _, t := range l.tails {
		names = append(names, t.path)
	}
	where := clean.String(strings.Join(names, " "))
	switch {
	case l.err != nil:
		fmt.Fprintf(w, "the log could not be read on: %s\n", clean.String(l.err.Error()))
	case l.count == 0:
		fmt.Fprintf(w, "no record of these sessions in %s\n", where)
	case !all:
		fmt.Fprintf(w, "%d records of these sessions in %s (--transcript shows them)\n", l.count, where)
	default:
		fmt.Fprintf(w, "%d records of these sessions in %s:\n", l.count, where)
		for _, line := range l.lines {
			fmt.Fprintf(w, "  %s\n", clean.String(line))
		}
	}
}

// probeLogs are the files that a run is followed in: those named, or with --local those of this host.
func probeLogs(ctx context.Context, named []string, local bool) ([]string, error) {
	if len(named) > 0 || !local {
		return named, nil
	}
	paths, err := hostLogs(ctx)
	if err != nil {
		return nil, err
	}
	var files []string
	for _, p := range paths {
		if fi, err := os.Stat(p); p != source.Journal && err == nil && fi.Mode().IsRegular() {
			files = append(files, p)
		}
	}
	if len(files) == 0 {
		return nil, fmt.Errorf("--local: this host's mail log is no file (%s): name one with --log", strings.Join(paths, " "))
	}
	return files, nil
}
