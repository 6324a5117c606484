package source

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// texts parses input in blocks of a size and returns position and text of each event.
func texts(t *testing.T, input string, block int) []string {
	t.Helper()
	path := logFile(t)
	write(t, path, input)
	set, err := Files(Options{Workers: 2, block: block, record: block / 2}, path)
	must(t, err)
	out := make(chan *Batch, 1)
	go func() {
		if err := set.Run(t.Context(), out); err != nil {
			t.Error(err)
		}
		close(out)
	}()
	var got []string
	for b := range out {
		for i := range b.Events {
			e := &b.Events[i]
			got = append(got, fmt.Sprintf("%d %s", b.Offset+int64(e.Pos), e.Bytes(&b.Block, e.Text)))
		}
		b.Release()
	}
	return got
}

const exim = "2026-11-22T03:00:00.000000+00:00 mx1 "

// Pieces of two processes, mixed with other records and cut by blocks.
func TestEximPieces(t *testing.T) {
	lines := []string{
		exim + "exim[10]: [1/3] aaa ", exim + "other[1]: x", exim + `exim[11]: [1\2] first`, exim + "exim[10]: [2/3] bbb",
		exim + `exim[11]: [2\2] second`, exim + "exim[10]: [3/3] ccc", exim + "exim[12]: [1/2] left alone", exim + "exim[13]: [2/2] no head",
		exim + "exim[14]: [1/2] out", exim + "exim[14]: [1/2] of", exim + "exim[14]: [2/2] turn",
	}
	at := func(i int) int { return len(text(lines[:i]...)) }
	want := []string{
		fmt.Sprintf("%d x", at(1)), fmt.Sprintf("%d first second", at(4)), fmt.Sprintf("%d aaa bbbccc", at(5)), fmt.Sprintf("%d no head", at(7)),
		fmt.Sprintf("%d out", at(9)), fmt.Sprintf("%d ofturn", at(10)),
	}
	for _, block := range []int{4096, 300, 200, 150} {
		got := texts(t, text(lines...), block)
		if len(got) != len(want)+1 || !strings.HasSuffix(got[len(want)], " left alone") {
			t.Fatalf("block %d: %q", block, got)
		}
		if d := cmp.Diff(want, got[:len(want)]); d != "" {
			t.Errorf("block %d (-want +got):\n%s", block, d)
		}
	}
}

// Pieces of containers' lines, in every kind of block.
func TestContainerPieces(t *testing.T) {
	docker := func(s, stream string) string {
		return `{"log":"` + s + `","stream":"` + stream + `","time":"2026-11-22T03:00:00.000000001Z"}`
	}
	cri := func(tag, s string) string { return "2026-11-22T03:00:00.000000001Z stdout " + tag + " " + s }
	lines := []string{
		docker(`postfix/smtpd[1]: one\n`, "stdout"),
		docker(`postfix/smtpd[1]: two `, "stdout"), docker(`\"and\" `, "stdout"), docker(`more\n`, "stdout"),
		docker(`postfix/smtpd[1]: three`, "stdout"), docker(`postfix/smtpd[1]: four\n`, "stderr"),
		cri("F", "postfix/smtpd[1]: five"), cri("P", "postfix/smtpd[1]: six "), cri("P", "and "), cri("F", "more"),
		docker(`postfix/smtpd[1]: never ended`, "stdout"),
	}
	var first []string
	for _, block := range []int{8192, 700, 500, 450} {
		got := texts(t, text(lines...), block)
		if first == nil {
			first = got
			var short []string
			for _, g := range got {
				_, s, _ := strings.Cut(g, " ")
				short = append(short, s)
			}
			want := []string{"one", `two "and" more`, "three", "four", "five", "six and more", "never ended"}
			if d := cmp.Diff(want, short); d != "" {
				t.Fatalf("(-want +got):\n%s", d)
			}
		}
		if d := cmp.Diff(first, got); d != "" {
			t.Errorf("block %d (-8192 +got):\n%s", block, d)
		}
	}
}

// A piece waits for the next line as a half line does.
func TestPieceWaits(t *testing.T) {
	path := logFile(t)
	w := follow(t, path)
	appendTo(t, path, rec(0)+"\n"+`{"log":"postfix/smtpd[1]: half ","stream":"stdout","time":"2026-11-22T03:00:00Z"}`+"\n")
	w.want(rec(0))
	appendTo(t, path, `{"log":"a line\n","stream":"stdout","time":"2026-11-22T03:00:00Z"}`+"\n")
	w.step()
	b := <-w.out
	if e := &b.Events[0]; len(b.Events) != 1 || string(e.Bytes(&b.Block, e.Text)) != "half a line" {
		t.Errorf("%d events, %q", len(b.Events), e.Bytes(&b.Block, e.Text))
	}
	b.Release()
}

func FuzzPieces(f *testing.F) {
	f.Add([]byte(exim+"exim[10]: [1/3] aaa"), []byte(`{"log":"x","stream":"stdout"}`))
	f.Add([]byte("2026-11-22T03:00:00.000000001Z stdout P x"), []byte("2026-11-22T03:00:00.000000001Z stdout F x"))
	f.Add([]byte(`{"log":"\\"`), []byte(`{"log":"`))
	f.Fuzz(func(_ *testing.T, a, b []byte) {
		pieceOf(a)
		if len(a) > 0 && partial(a) {
			continues(append([]byte(nil), a...), b)
		}
	})
}
