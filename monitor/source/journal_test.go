package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
)

func journalLine(n int) string {
	return fmt.Sprintf(`{"__CURSOR":"s=1;i=%d","__REALTIME_TIMESTAMP":"17953056%08d","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"7","MESSAGE":"record \"__CURSOR\":\"s=evil\" %d"}`, n, n, n)
}

func journalLines(from, to int) string {
	var b strings.Builder
	for n := from; n < to; n++ {
		b.WriteString(journalLine(n) + "\n")
	}
	return b.String()
}

// calls plays journalctl: each call gives an output, and then ends, waits or fails.
type calls struct {
	argv []string
	outs []string
}

type played struct {
	io.Reader
	wait <-chan struct{}
	err  error
}

func (p *played) Read(b []byte) (int, error) {
	n, err := p.Reader.Read(b)
	if err == io.EOF && p.wait != nil {
		<-p.wait
	}
	return n, err
}

func (p *played) Close() error { return p.err }

func (c *calls) run(ctx context.Context, argv []string) (io.ReadCloser, error) {
	c.argv = append(c.argv, strings.Join(argv[7:], " "))
	out := c.outs[0]
	c.outs = c.outs[1:]
	p := &played{Reader: strings.NewReader(strings.TrimPrefix(strings.TrimPrefix(out, "wait:"), "fail:"))}
	if strings.HasPrefix(out, "wait:") {
		p.wait = ctx.Done()
	}
	if strings.HasPrefix(out, "fail:") {
		p.err = errors.New("journalctl ended: gone")
	}
	return p, nil
}

// journalctl is started again after each exit, from the newest record on.
func TestJournalFollows(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		c := &calls{outs: []string{journalLines(0, 500), journalLines(500, 502), "fail:", "fail:" + journalLines(502, 503) + journalLine(503)[:50], "wait:" + journalLines(503, 504)}}
		ctx, cancel := context.WithCancel(t.Context())
		src := newJournal(Options{Follow: true, Poison: true, Workers: 2}, c.run)
		out, done := make(chan *Batch, 100), make(chan error)
		go func() { done <- src.Run(ctx, out) }()
		var got []string
		arrivedAt := -1
		for len(got) < 505 {
			b := <-out
			if b.Mark&Arrived != 0 {
				arrivedAt = len(got)
			}
			for i := range b.Events {
				got = append(got, string(b.Record(b.Events[i].Pos)))
			}
			b.Release()
		}
		cancel()
		must(t, <-done)
		want := strings.Split(strings.TrimSpace(journalLines(0, 503)+journalLine(503)[:50]+"\n"+journalLine(503)), "\n")
		if d := cmp.Diff(want, got); d != "" {
			t.Errorf("(-want +got):\n%s", d)
		}
		if arrivedAt != 500 {
			t.Errorf("live after %d records, want 500", arrivedAt)
		}
		match := " SYSLOG_FACILITY=2 + _TRANSPORT=driver"
		if d := cmp.Diff([]string{
			match[1:],
			"--after-cursor=s=1;i=499 -f --no-tail" + match,
			"--after-cursor=s=1;i=501 -f --no-tail" + match,
			"--after-cursor=s=1;i=501 -f --no-tail" + match,
			"--after-cursor=s=1;i=502 -f --no-tail" + match,
		}, c.argv); d != "" {
			t.Errorf("calls (-want +got):\n%s", d)
		}
	})
}

func TestJournalOnce(t *testing.T) {
	c := &calls{outs: []string{journalLines(0, 3)}}
	if got := readAll(t, newJournal(Options{}, c.run)); len(got) != 3 || len(c.argv) != 1 {
		t.Errorf("%d records, calls %q", len(got), c.argv)
	}
	c = &calls{outs: []string{"fail:"}}
	err := newJournal(Options{}, c.run).Run(t.Context(), make(chan *Batch, 9))
	if err == nil || !strings.Contains(err.Error(), "journalctl ended: gone") {
		t.Errorf("error %v", err)
	}
}

// The newest cursor is found however the bytes arrive.
func TestCursorAcrossReads(t *testing.T) {
	text := journalLines(0, 40)
	for size := 1; size < 300; size++ {
		j := &journal{}
		for at := 0; at < len(text); at += size {
			j.see([]byte(text[at:min(at+size, len(text))]))
		}
		if j.cursor != "s=1;i=39" {
			t.Fatalf("pieces of %d: cursor %q", size, j.cursor)
		}
	}
}
