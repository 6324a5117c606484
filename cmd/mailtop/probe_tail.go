package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"

	"mailtop/logparse"
)

const tailRead = 1 << 20 // bytes at a time

// logTail reads what is written to a log file from a moment on.
type logTail struct {
	path   string
	at     int64
	parser *logparse.Parser
}

// newTail starts where the log ends now.
func newTail(path string, o logparse.Options) (*logTail, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("--log: %w", err)
	}
	defer f.Close()
	at, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("--log %s: %w", path, err)
	}
	return &logTail{path: path, at: at, parser: logparse.New(o)}, nil
}

// read hands out the events of the whole lines that are new, and says whether there were any.
func (t *logTail) read(event func(*logparse.Block, *logparse.Event, string)) (bool, error) {
	f, err := os.Open(t.path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	if fi, err := f.Stat(); err == nil && fi.Size() < t.at {
		t.at = 0 // a new file, or one that was emptied
	}
	buf := make([]byte, tailRead)
	n, err := f.ReadAt(buf, t.at)
	if err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	b := &logparse.Block{Buf: buf[:bytes.LastIndexByte(buf[:n], '\n')+1]}
	if len(b.Buf) == 0 && n == len(buf) {
		t.at += int64(n) // a line longer than any log has
		return true, nil
	}
	for from := 0; from < len(b.Buf); {
		end := from + bytes.IndexByte(b.Buf[from:], '\n')
		line := string(b.Buf[from:end])
		t.parser.Parse(b, from, end, func(e *logparse.Event) { event(b, e, line) })
		from = end + 1
	}
	t.at += int64(len(b.Buf))
	return len(b.Buf) > 0, nil
}
