package source

import (
	"context"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestStreamEnds(t *testing.T) {
	for name, in := range map[string]string{
		"plain":      text(recs(0, 3000)...),
		"no newline": strings.TrimSuffix(text(recs(0, 3000)...), "\n"),
		"gzip":       string(gzipped(t, []byte(text(recs(0, 3000)...)))),
	} {
		s := newStream(Options{Poison: true, Workers: 2}, "-", "stdin", strings.NewReader(in))
		if d := cmp.Diff(recs(0, 3000), readAll(t, s)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	if got := readAll(t, newStream(Options{}, "-", "stdin", strings.NewReader(""))); got != nil {
		t.Errorf("empty input gave %q", got)
	}
}

func TestStreamLive(t *testing.T) {
	pr, pw := io.Pipe()
	s := newStream(Options{Follow: true, Poison: true}, "-", "stdin", pr)
	ctx, cancel := context.WithCancel(context.Background())
	out, done := make(chan *Batch), make(chan error)
	go func() { done <- s.Run(ctx, out) }()
	if b := <-out; b.Mark&Arrived == 0 || len(b.Events) != 0 {
		t.Fatal("a followed pipe is live from the start")
	}
	go func() { _, _ = io.WriteString(pw, rec(0)[:9]); _, _ = io.WriteString(pw, rec(0)[9:]+"\n"+rec(1)[:3]) }()
	b := <-out
	o := b.Origin
	if got := string(b.Record(b.Events[0].Pos)); got != rec(0) || len(b.Events) != 1 {
		t.Errorf("%d events, first %q", len(b.Events), got)
	}
	b.Release()
	if r, err := o.Record(0); err != nil || string(r) != rec(0) {
		t.Errorf("evidence %q, %v", r, err)
	}
	cancel()
	must(t, <-done)
	if _, err := o.Record(ringSize); err == nil {
		t.Error("evidence beyond the end, no error")
	}
}

func TestRingForgets(t *testing.T) {
	var r ring
	p := []byte(strings.Repeat("0123456789abcde\n", 1000))
	off := int64(0)
	for off < 2*ringSize {
		r.write(p, off)
		off += int64(len(p))
	}
	buf := make([]byte, 16)
	if _, err := r.read(buf, off-ringSize-16); err == nil {
		t.Error("what was overwritten is still shown")
	}
	for _, at := range []int64{off - 16, off - ringSize/2&^15, off - ringSize + 16} {
		if n, err := r.read(buf, at&^15); err != nil || string(buf[:n]) != "0123456789abcde\n" {
			t.Errorf("at %d: %q, %v", at, buf[:n], err)
		}
	}
}
