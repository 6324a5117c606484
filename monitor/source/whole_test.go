package source

import (
	"fmt"
	"os"
	"strings"
	"testing"
)

// Evidence of a record in pieces is the whole record, of a repeat what was repeated,
// also after rotation and compression.
func TestEvidenceOfJoinedRecords(t *testing.T) {
	const connect = "Nov 22 03:00:00 mx1 postfix/smtpd[10]: connect from unknown[198.18.0.1]"
	docker := func(s string) string {
		return `{"log":"` + s + `","stream":"stdout","time":"2026-11-22T03:00:00.000000001Z"}`
	}
	journal := func(s string) string {
		return `{"__REALTIME_TIMESTAMP":"1795316400000000","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"exim","_PID":"12","MESSAGE":"` + s + `"}`
	}
	lines := []string{
		exim + "exim[10]: [1/3] aaa ", exim + `exim[11]: [1\2] first`, exim + "exim[10]: [2/3] bbb", exim + `exim[11]: [2\2] second`, exim + "exim[10]: [3/3] ccc",
		connect, exim + "postfix/qmgr[1]: 4F1A2: removed", "Nov 22 03:00:01 mx1 postfix/smtpd[10]: last message repeated 19 times",
		docker("postfix/smtpd[1]: two "), docker(`more\n`), journal("[1/2] one an"), journal("[2/2] d two"),
		exim + "exim[13]: [1/2] cut off", exim + "exim[13]: by another",
	}
	at := make([]int64, len(lines)+1)
	for i, l := range lines {
		at[i+1] = at[i] + int64(len(l)) + 1
	}
	want := map[int]string{
		0: exim + "exim[10]: aaa bbbccc", 1: exim + "exim[11]: first second", 2: lines[2], 5: connect,
		7: connect + " [last message repeated 19 times]", 8: docker(`postfix/smtpd[1]: two more\n`), 10: "2026-11-22T03:00:00Z mx1 exim[12]: one and two",
		12: exim + "exim[13]: cut off",
	}
	path := logFile(t)
	write(t, path, text(lines...))
	set, err := Files(Options{}, path)
	must(t, err)
	var o *Origin
	out := make(chan *Batch, 1)
	go func() { _ = set.Run(t.Context(), out); close(out) }()
	seen := map[int64]bool{}
	for b := range out {
		o = b.Origin
		for i := range b.Events {
			seen[b.Offset+int64(b.Events[i].Pos)] = true
		}
		b.Release()
	}
	for i := range want {
		if i != 2 && !seen[at[i]] {
			t.Errorf("no event at record %d", i)
		}
	}
	check := func(when string) {
		for i, w := range want {
			if got, err := o.Record(at[i]); err != nil || string(got) != w {
				t.Errorf("%s, record %d: %q, %v, want %q", when, i, got, err, w)
			}
		}
	}
	check("in place")
	gzipFile(t, path, path+".1.gz")
	must(t, os.Remove(path))
	check("compressed")
}

// A record in too many pieces, or one that never ends, is read up to a limit.
func TestEvidenceIsBounded(t *testing.T) {
	path := logFile(t)
	var b strings.Builder
	for n := range 999 {
		fmt.Fprintf(&b, "%sexim[10]: [%d/999] %s\n", exim, n+1, strings.Repeat("x", 870))
	}
	write(t, path, b.String())
	got, err := (&Origin{Source: path, Path: path}).Record(0)
	if err == nil {
		t.Fatalf("a file that cannot be told from others: %d bytes", len(got))
	}
	f, err := os.Open(path)
	must(t, err)
	defer f.Close()
	got, err = (&Origin{Source: path, Path: path, head: headOf(t, f)}).Record(0)
	must(t, err)
	if len(got) < 870 || len(got) > piecesReach {
		t.Errorf("%d bytes", len(got))
	}
}

func headOf(t *testing.T, f *os.File) []byte {
	t.Helper()
	head, _ := readHead(f)
	return head
}
