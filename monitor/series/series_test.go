package series

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

const t0 = 1_800_000_000 // a multiple of 600

func TestWindowCountsAndGaps(t *testing.T) {
	s := New([]string{"conn", "queue"}, []bool{false, true})
	for i := int64(0); i < 100; i++ {
		s.Add(0, t0+i, 1)
		if i == 30 {
			s.Add(1, t0+i, 7)
		}
	}
	v := s.Window(t0+99, 150*time.Second, 15)
	want := []float64{Missing, Missing, Missing, Missing, Missing, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10}
	if d := cmp.Diff(want, v[0].Values); d != "" {
		t.Errorf("counts (-want +got):\n%s", d)
	}
	level := []float64{Missing, Missing, Missing, Missing, Missing, 0, 0, 0, 7, 7, 7, 7, 7, 7, 7}
	if d := cmp.Diff(level, v[1].Values); d != "" {
		t.Errorf("level (-want +got):\n%s", d)
	}
	if v[0].Bucket != 10*time.Second || v[0].Start.Unix()%10 != 0 {
		t.Errorf("bucket %v from %v: not aligned to the clock", v[0].Bucket, v[0].Start)
	}
	if got := s.Sum(0, t0+99, time.Minute); got != 60 {
		t.Errorf("sum of the last minute %g, want 60", got)
	}
}

func TestTiersAgreeAndExpire(t *testing.T) {
	s := New([]string{"n"}, []bool{false})
	for i := int64(0); i < 7*86400; i += 30 {
		s.Add(0, t0+i, 1)
	}
	end := int64(t0 + 7*86400 - 30)
	for _, c := range []struct {
		window time.Duration
		want   float64
	}{{10 * time.Minute, 20}, {5 * time.Hour, 600}, {24 * time.Hour, 2880}, {6 * 24 * time.Hour, 17280}} {
		if got := s.Sum(0, end, c.window); got != c.want {
			t.Errorf("%v: %g, want %g", c.window, got, c.want)
		}
	}
	s.Add(0, t0-30*86400, 1)
	if s.Late() != 1 {
		t.Errorf("late %d, want 1", s.Late())
	}
}

func TestLateValueGoesIntoItsOwnBucket(t *testing.T) {
	s := New([]string{"n"}, []bool{false})
	s.Add(0, t0+100, 1)
	s.Add(0, t0, 1) // before the first: not held
	s.Add(0, t0+200, 1)
	s.Add(0, t0+150, 5)
	v := s.Window(t0+200, 100*time.Second, 10)[0].Values
	if v[4] != 5 || v[9] != 1 {
		t.Errorf("values %v: late value not in its bucket", v)
	}
	if s.Sum(0, t0+200, 10*time.Minute) != 7 {
		t.Errorf("sum %g, want 7", s.Sum(0, t0+200, 10*time.Minute))
	}
}

func TestJumpOfMonthsIsBounded(t *testing.T) {
	s := New([]string{"n"}, []bool{false})
	s.Add(0, t0, 1)
	s.Add(0, t0+400*86400, 1)
	if got := s.Sum(0, t0+400*86400, 24*time.Hour); got != 1 {
		t.Errorf("after a jump %g, want 1", got)
	}
}

func BenchmarkAdd(b *testing.B) {
	s := New([]string{"n"}, []bool{false})
	b.ReportAllocs()
	for i := 0; i < b.N; i++ {
		s.Add(0, t0+int64(i/80), 1)
	}
}
