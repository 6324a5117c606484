package source

import (
	"io"
	"math/rand/v2"
	"os"
	"testing"
)

// Records of a compressed file are read again in any order, and in the order of the
// file without beginning anew each time.
func TestReinflate(t *testing.T) {
	path := logFile(t) + ".1.gz"
	lines := recs(0, 20000)
	at := make([]int64, len(lines))
	off := int64(0)
	for i, l := range lines {
		at[i] = off
		off += int64(len(l)) + 1
	}
	must(t, os.WriteFile(path, gzipped(t, []byte(text(lines...))), 0o600))
	f, err := os.Open(path)
	must(t, err)
	head, _, err := contentHead(path, f)
	must(t, err)
	must(t, f.Close())
	o := &Origin{Path: path, Source: path, head: head}
	opened := 0
	again := func(i int) {
		t.Helper()
		if rec, err := o.Record(at[i]); err != nil || string(rec) != lines[i] {
			t.Fatalf("record %d: %q, %v", i, rec, err)
		}
		if in := o.again.in; in != nil {
			if _, ok := in.(counted); !ok {
				opened++
				o.again.in = counted{in}
			}
		}
	}
	for i := 0; i < len(lines); i += 7 {
		again(i)
	}
	if opened != 1 {
		t.Errorf("in order: inflated %d times", opened)
	}
	for range 100 {
		again(19990)
		again(20)
		again(19500) // a little way back, when the last was not too far ahead
	}
	if opened > 4 {
		t.Errorf("the same again: inflated %d times", opened)
	}
	for range 100 {
		again(rand.IntN(len(lines)))
	}
	if rec, err := o.Record(off + 1000); err != nil || len(rec) > 0 {
		t.Errorf("beyond the end: %q, %v", rec, err)
	}
	again(3)
	must(t, os.Remove(path))
	if _, err := o.Record(at[3]); err == nil {
		t.Error("the file is gone, and its record is still shown")
	}
	if len(o.again.back) > 2*reinflateBack || len(o.again.seen) > reinflateSeen {
		t.Errorf("%d bytes, %d records kept", len(o.again.back), len(o.again.seen))
	}
	o.again.close()
}

// counted marks a decompressor that was counted.
type counted struct{ io.ReadCloser }
