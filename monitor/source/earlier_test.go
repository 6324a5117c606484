package source

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// told reads a series to its end and splits its records by what an earlier run
// has handed out.
func splitAt(t *testing.T, e *Earlier, path string) (old, fresh []string, last Cursor, newest time.Time) {
	t.Helper()
	set, err := Files(Options{Rotated: true, Workers: 1, block: 256}, path)
	if err != nil {
		t.Fatal(err)
	}
	out := make(chan *Batch, 4)
	go func() { set.Run(context.Background(), out); close(out) }()
	for b := range out {
		upto := e.Upto(b)
		for i := range b.Events {
			rec := string(b.Record(b.Events[i].Pos))
			word := rec[strings.LastIndexByte(rec, ' ')+1:]
			if b.Offset+int64(b.Events[i].Pos) < upto {
				old = append(old, word)
			} else {
				fresh = append(fresh, word)
			}
			newest = time.Unix(0, b.Events[i].Time)
		}
		if c := b.Cursor(); !c.IsZero() {
			last = c
		}
		b.Release()
	}
	return old, fresh, last, newest
}

func stamped(from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		fmt.Fprintf(&b, "%s mx postfix/qmgr[7]: line %d\n", time.Date(2026, 11, 22, 12, 0, i, 0, time.UTC).Format(time.RFC3339), i)
	}
	return b.String()
}

// A run that reads everything again knows each record that an earlier one had:
// through rotation, and when the rotated file was deleted.
func TestEarlier(t *testing.T) {
	for _, c := range []struct {
		name  string
		after func(t *testing.T, path string)
		old   int // records told again and known
	}{
		{"nothing happened", func(*testing.T, string) {}, 60},
		{"appended", func(t *testing.T, p string) { appendTo(t, p, stamped(60, 80)) }, 60},
		{"rotated", func(t *testing.T, p string) {
			moveTo(t, p+".1", p+".2")
			moveTo(t, p, p+".1")
			appendTo(t, p, stamped(60, 80))
		}, 60},
		{"appended, then rotated", func(t *testing.T, p string) {
			appendTo(t, p, stamped(60, 70))
			moveTo(t, p+".1", p+".2")
			moveTo(t, p, p+".1")
			appendTo(t, p, stamped(70, 80))
		}, 60},
		{"the oldest is gone", func(t *testing.T, p string) { os.Remove(p + ".1"); appendTo(t, p, stamped(60, 80)) }, 30},
		{"all are gone", func(t *testing.T, p string) { os.Remove(p + ".1"); os.Remove(p); appendTo(t, p, stamped(60, 80)) }, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "mail.log")
			appendTo(t, path+".1", stamped(0, 30))
			appendTo(t, path, stamped(30, 60))
			_, all, cursor, newest := splitAt(t, NewEarlier(nil, nil), path)
			if len(all) != 60 {
				t.Fatalf("first run: %d records", len(all))
			}
			text, err := cursor.MarshalText()
			if err != nil {
				t.Fatal(err)
			}
			var back Cursor
			if err := back.UnmarshalText(text); err != nil {
				t.Fatal(err)
			}
			c.after(t, path)
			e := NewEarlier(map[string]Cursor{path: back}, map[string]time.Time{path: newest})
			old, fresh, _, _ := splitAt(t, e, path)
			if len(old) != c.old {
				t.Errorf("%d known, want %d: %v", len(old), c.old, old)
			}
			for i, w := range fresh {
				if w != fmt.Sprint(60+i) {
					t.Errorf("fresh record %d is line %s", i, w)
				}
			}
		})
	}
}

// In a journal it is the record with the cursor.
func TestEarlierJournal(t *testing.T) {
	rec := func(i int) string { return fmt.Sprintf(`{"__CURSOR":"s=1;i=%d;","MESSAGE":"x"}`+"\n", i) }
	b := &Batch{Origin: &Origin{Source: Journal}, Offset: 1000}
	b.Buf = []byte(rec(1) + rec(2) + rec(3))
	b.raw = len(b.Buf)
	e := NewEarlier(map[string]Cursor{Journal: {journal: "s=1;i=2;"}}, nil)
	if got, want := e.Upto(b), int64(1000+2*len(rec(1))); got != want {
		t.Errorf("up to %d, want %d", got, want)
	}
	if got := e.Upto(b); got != 0 {
		t.Errorf("the batch after it: up to %d", got)
	}
	if got := NewEarlier(nil, map[string]time.Time{Journal: time.Unix(9, 0)}).Upto(b); got == math.MaxInt64 {
		t.Error("a batch without a stamp is taken for an old one")
	}
}

func moveTo(t *testing.T, from, to string) {
	t.Helper()
	if err := os.Rename(from, to); err != nil {
		t.Fatal(err)
	}
}
