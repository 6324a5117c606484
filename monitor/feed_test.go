package monitor

import (
	"bytes"
	"testing"
	"time"

	"mailtop/logparse"
	"mailtop/monitor/source"
)

// read feeds a log to an engine, in batches of size bytes or more, each cut after
// a newline, as a source would.
func read(t testing.TB, e *Engine, log []byte, size int) {
	t.Helper()
	readFrom(t, e, "test.log", log, size)
}

func readFrom(t testing.TB, e *Engine, name string, log []byte, size int) {
	t.Helper()
	p := logparse.New(logparse.Options{Ref: time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)})
	origin := &source.Origin{Source: name, Path: name}
	line := int64(1)
	for off := int64(0); len(log) > 0; {
		n := len(log)
		if size < n {
			if i := bytes.IndexByte(log[size:], '\n'); i >= 0 {
				n = size + i + 1
			}
		}
		b := &source.Batch{Origin: origin, Offset: off, FirstLine: line}
		b.Buf = append(b.Buf, log[:n]...)
		for at := 0; at < n; {
			end := bytes.IndexByte(b.Buf[at:], '\n')
			if end < 0 {
				end = n - at
			}
			p.Parse(&b.Block, at, at+end, func(ev *logparse.Event) { b.Events = append(b.Events, *ev) })
			at += end + 1
			b.Lines++
		}
		line += b.Lines
		e.Ingest(b)
		log, off = log[n:], off+int64(n)
	}
}
