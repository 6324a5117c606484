package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"mailtop/logparse"
	"mailtop/probes"
)

// Bounds of following a message in a log.
const (
	followPause = 100 * time.Millisecond
	followLines = 12
	followRead  = 1 << 20 // bytes at a time
)

// followLog makes the function that reads in the server's log what became of a
// message. It reads from where the log ends now.
func followLog(path string) (func(context.Context, string) (probes.Fate, error), error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--log: %w", err)
	}
	start, err := f.Seek(0, io.SeekEnd)
	_ = f.Close()
	if err != nil {
		return nil, fmt.Errorf("--log %s: %w", path, err)
	}
	return func(ctx context.Context, id string) (probes.Fate, error) {
		l := logFate{ids: []string{id}, parser: logparse.New(logparse.Options{Ref: time.Now(), Loc: time.Local})}
		at := start
		for {
			n, err := l.read(path, at)
			if at += n; err != nil || l.done {
				return l.fate, err
			}
			if n == 0 && sleepContext(ctx, followPause) != nil {
				return l.fate, nil
			}
		}
	}, nil
}

// logFate collects the lines of a message; a next hop on this host that gives a new queue id (a filter) is followed too.
type logFate struct {
	ids    []string
	parser *logparse.Parser
	fate   probes.Fate
	done   bool
}

// read takes the whole lines from an offset on and returns how many bytes that were.
func (l *logFate) read(path string, at int64) (int64, error) {
	f, err := os.Open(path)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	buf := make([]byte, followRead)
	n, err := f.ReadAt(buf, at)
	if err != nil && !errors.Is(err, io.EOF) {
		return 0, err
	}
	b := &logparse.Block{Buf: buf[:bytes.LastIndexByte(buf[:n], '\n')+1]}
	if len(b.Buf) == 0 && n == len(buf) {
		return int64(n), nil // a line longer than any log has
	}
	for from := 0; from < len(b.Buf) && !l.done; {
		end := from + bytes.IndexByte(b.Buf[from:], '\n')
		line := string(b.Buf[from:end])
		l.parser.Parse(b, from, end, func(e *logparse.Event) { l.event(b, e, line) })
		from = end + 1
	}
	return int64(len(b.Buf)), nil
}

func (l *logFate) event(b *logparse.Block, e *logparse.Event, line string) {
	if !slices.Contains(l.ids, e.String(b, e.QueueID)) {
		return
	}
	if len(l.fate.Lines) < followLines && (len(l.fate.Lines) == 0 || l.fate.Lines[len(l.fate.Lines)-1] != line) {
		l.fate.Lines = append(l.fate.Lines, line)
	}
	if e.Kind != logparse.KindDelivery {
		return
	}
	relay := e.String(b, e.Relay)
	if relay == "none" { // Postfix's word for nobody
		relay = ""
	}
	if a := e.RelayAddr(); relay != "" && a.IsValid() && !a.IsUnspecified() {
		relay = strings.TrimSpace(relay + " [" + a.String() + "]")
	}
	l.fate.Status, l.fate.To, l.fate.Relay = e.Status.String(), e.String(b, e.To), relay
	l.done = true
	if next := e.String(b, e.RemoteQueueID); next != "" && e.RelayAddr().IsLoopback() && len(l.ids) < followLines {
		l.ids, l.done = append(l.ids, next), false
	}
}
