package source

import (
	"os"
	"strings"
	"testing"
)

// Evidence is found again wherever rotation and compression have put it.
func TestEvidenceAfterRotation(t *testing.T) {
	path := logFile(t)
	long := rec(3) + strings.Repeat(" long", 3000)
	lines := append(recs(0, 3), long, rec(4)+"\r")
	write(t, path, text(lines...))
	w := follow(t, path)
	var o *Origin
	at := map[string]int64{}
	for len(at) < 5 {
		b := <-w.out
		for i := range b.Events {
			o = b.Origin
			at[string(b.Record(b.Events[i].Pos))] = b.Offset + int64(b.Events[i].Pos)
		}
		b.Release()
	}
	lines[4] = rec(4)
	check := func(when string) {
		t.Helper()
		for _, l := range lines {
			if got, err := o.Record(at[l]); err != nil || string(got) != l {
				t.Errorf("%s: %.60q, %v", when, got, err)
			}
		}
	}
	check("in place")
	must(t, os.Rename(path, path+".1"))
	check("renamed")
	write(t, path, text(recs(10, 20)...))
	check("renamed, new file in place")
	gzipFile(t, path+".1", path+".2.gz")
	must(t, os.Remove(path+".1"))
	write(t, path+".1", text(recs(20, 30)...))
	check("compressed and pushed on")
	must(t, os.Remove(path+".2.gz"))
	if got, err := o.Record(0); err == nil || !strings.Contains(err.Error(), "is gone") || !strings.Contains(err.Error(), path) {
		t.Errorf("gone: %q, %v", got, err)
	}
}
