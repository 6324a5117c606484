package screen

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"mailtop/monitor"
)

// feed gives records from to to-1 as a snapshot of the newest n.
func feed(v *Log, to, n int) int {
	v.x.Snap = &monitor.Snapshot{Now: now, Scope: monitor.Scope{Filter: v.x.Snap.Scope.Filter}}
	for i := max(to-n, 0); i < to; i++ {
		v.x.Snap.Log = append(v.x.Snap.Log, monitor.LogLine{
			Time: now.Add(time.Duration(i) * time.Second), Source: "mail.log", Offset: int64(i), Text: fmt.Sprint("record ", i),
		})
	}
	return v.Take()
}

func TestLogTakesEachRecordOnce(t *testing.T) {
	v := NewLog(ctx(monitor.Snapshot{}))
	for to := 10; to <= 400; to += 7 {
		feed(v, to, 50)
	}
	for i, r := range v.records {
		if r.Offset != int64(i) {
			t.Fatalf("record %d is at place %d", r.Offset, i)
		}
	}
	if v.gap {
		t.Error("a gap is claimed where there was none")
	}
}

func TestLogSaysWhenItLeftSomethingOut(t *testing.T) {
	v := NewLog(ctx(monitor.Snapshot{}))
	feed(v, 50, 50)
	feed(v, 500, 50)
	if !v.gap || len(v.records) != 100 {
		t.Errorf("gap %v, %d records", v.gap, len(v.records))
	}
}

func TestLogIsBoundedAndKeepsThePlace(t *testing.T) {
	v := NewLog(ctx(monitor.Snapshot{}))
	feed(v, 100, 100)
	v.move(-10)
	for to := 150; to <= 5000; to += 50 {
		before := v.marked().Offset
		feed(v, to, 60)
		if to <= maxLog && v.marked().Offset != before {
			t.Fatalf("the mark moved from %d to %d", before, v.marked().Offset)
		}
	}
	v.list.Set(1500, len(v.records))
	before := v.marked().Offset
	for to := 5050; to <= 5400; to += 50 {
		feed(v, to, 60)
		if got := v.marked().Offset; got != before {
			t.Fatalf("old records fell out and the mark moved from %d to %d", before, got)
		}
	}
	if len(v.records) != maxLog {
		t.Errorf("%d records held", len(v.records))
	}
	if v.missed != 5300 {
		t.Errorf("missed %d", v.missed)
	}
}

func TestLogStartsAnewWithAFilter(t *testing.T) {
	v := NewLog(ctx(monitor.Snapshot{}))
	feed(v, 100, 100)
	v.move(-10)
	v.x.Snap.Scope.Filter = "gmail"
	feed(v, 3, 3)
	if len(v.records) != 3 || !v.list.Follow || v.gap {
		t.Errorf("%d records, follow %v, gap %v", len(v.records), v.list.Follow, v.gap)
	}
}

func TestLogInEitherOrder(t *testing.T) {
	v := NewLog(ctx(monitor.Snapshot{}))
	feed(v, 20, 20)
	slices.Reverse(v.x.Snap.Log)
	v.records = nil
	v.Take()
	if v.records[0].Offset != 0 {
		t.Errorf("first is %d", v.records[0].Offset)
	}
}
