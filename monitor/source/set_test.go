package source

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"sort"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Lines of several files come out in the order of time; with equal times in the
// order in which the files were named, and every line once.
func TestSetMerges(t *testing.T) {
	dir := t.TempDir()
	rnd := rand.New(rand.NewPCG(1, 2))
	type line struct{ at, file int }
	var want []line
	texts := make([][]string, 4)
	for n := range 5000 {
		f := rnd.IntN(4)
		for range 1 + rnd.IntN(3) {
			texts[f] = append(texts[f], fmt.Sprintf("%s of file %d", rec(n/2), f))
			want = append(want, line{n / 2, f})
		}
	}
	sort.SliceStable(want, func(i, j int) bool {
		return want[i].at < want[j].at || want[i].at == want[j].at && want[i].file < want[j].file
	})
	var names, lines []string
	for f := range texts {
		names = append(names, filepath.Join(dir, fmt.Sprintf("%c.log", 'a'+f)))
		write(t, names[f], text(texts[f]...))
	}
	for _, l := range want {
		lines = append(lines, fmt.Sprintf("%s of file %d", rec(l.at), l.file))
	}
	set, err := Files(Options{Workers: 2, Poison: true, block: 4096, record: 2000}, names...)
	must(t, err)
	if d := cmp.Diff(lines, readAll(t, set)); d != "" {
		t.Fatalf("(-want +got):\n%s", d)
	}
	var total int64
	for _, st := range set.Status() {
		total += st.Lines
		if !st.Done {
			t.Errorf("%s is not done", st.Name)
		}
	}
	if total != int64(len(lines)) {
		t.Errorf("status counts %d lines of %d", total, len(lines))
	}
}

// The number of cores and the size of the blocks never show.
func TestWorkersKeepOrder(t *testing.T) {
	path := logFile(t)
	write(t, path, text(recs(0, 20000)...))
	for _, o := range []Options{{Workers: 1}, {Workers: 4, block: 3000, record: 1000}, {Workers: 3, Poison: true, Background: true}} {
		set, err := Files(o, path)
		must(t, err)
		out := make(chan *Batch, 1)
		go func() {
			if err := set.Run(context.Background(), out); err != nil {
				t.Error(err)
			}
			close(out)
		}()
		n, off, seq, lines := 0, int64(0), uint64(0), int64(0)
		for b := range out {
			seq++
			if b.Seq != seq || b.Offset != off {
				t.Fatalf("batch %d at %d, want %d at %d", b.Seq, b.Offset, seq, off)
			}
			off += int64(len(b.Raw()))
			lines += b.Lines
			for i := range b.Events {
				if got := string(b.Record(b.Events[i].Pos)); got != rec(n) {
					t.Fatalf("%q, want %q", got, rec(n))
				}
				if n++; b.Line(&b.Events[i]) != int64(n) {
					t.Fatalf("line %d, want %d", b.Line(&b.Events[i]), n)
				}
			}
			b.Release()
		}
		if n != 20000 || lines != 20000 {
			t.Errorf("%d events, %d lines", n, lines)
		}
	}
}

func TestFilesGroupsASeries(t *testing.T) {
	dir := t.TempDir()
	p := func(n string) string { return filepath.Join(dir, n) }
	for i, n := range []string{"mail.log.10", "mail.log.2", "mail.log.1", "mail.log"} {
		write(t, p(n), text(recs(10*i, 10*i+10)...))
	}
	write(t, p("dovecot.log"), text(rec(15)+" dovecot"))
	set, err := Files(Options{}, p("mail.log"), p("dovecot.log"), p("mail.log.1"), p("mail.log.10"), p("mail.log.2"))
	must(t, err)
	want := slices.Insert(recs(0, 40), 16, rec(15)+" dovecot")
	if d := cmp.Diff(want, readAll(t, set)); d != "" {
		t.Fatalf("(-want +got):\n%s", d)
	}
}

func TestFilesErrors(t *testing.T) {
	dir := t.TempDir()
	for name, want := range map[string]string{
		"":         "is a directory",
		"none.log": "does not exist",
	} {
		_, err := Files(Options{}, filepath.Join(dir, name))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", name, err, want)
		}
	}
	if _, err := Files(Options{Follow: true}, filepath.Join(dir, "none.log")); err != nil {
		t.Errorf("a file to be followed may be missing: %v", err)
	}
	if _, err := Files(Options{}); err == nil {
		t.Error("no name, no error")
	}
}

// A source that waits for its file must not hold up one that has read everything.
func TestSetGoesLive(t *testing.T) {
	dir := t.TempDir()
	a, b := filepath.Join(dir, "a.log"), filepath.Join(dir, "b.log")
	write(t, a, text(recs(0, 3)...))
	wakers := map[string]*hand{a: newHand(), b: newHand()}
	set, err := Files(Options{Follow: true, Waker: func(p string) Waker { return wakers[p] }}, a, b)
	must(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	out, done := make(chan *Batch, 100), make(chan error)
	go func() { done <- set.Run(ctx, out) }()
	<-wakers[a].idle
	<-wakers[b].idle
	write(t, b, text(rec(1)))
	wakers[b].walk <- struct{}{}
	<-wakers[b].idle
	arrived, got := 0, []string(nil)
	for arrived < 2 || len(got) < 4 {
		x := <-out
		if x.Mark&Arrived != 0 {
			arrived++
		}
		for i := range x.Events {
			got = append(got, string(x.Record(x.Events[i].Pos)))
		}
		x.Release()
	}
	cancel()
	must(t, <-done)
	if d := cmp.Diff(append(recs(0, 3), rec(1)), got); d != "" {
		t.Error(d)
	}
}
