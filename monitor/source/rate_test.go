package source

import (
	"testing"
	"time"
)

// A source that reads 100 stored bytes a second, which are 500 and 10 records.
func TestRates(t *testing.T) {
	at := time.Unix(1e9, 0)
	s := &stats{now: func() time.Time { return at }}
	s.size.Store(10000)
	s.tick(at)
	step := func(d time.Duration, n int64) {
		at = at.Add(d)
		s.bytes.Add(5 * n)
		s.read.Add(n)
		s.lines.Add(n / 10)
		s.tick(at)
	}
	if st := s.Status(); st.Rate != 0 || st.Left != 0 {
		t.Errorf("at once: %+v", st)
	}
	for range 8 {
		step(250*time.Millisecond, 25)
	}
	if st := s.Status(); st.Rate != 500 || st.LineRate != 8 || st.Left != 98*time.Second {
		t.Errorf("after 2 s: %v bytes/s, %v lines/s, %v left", st.Rate, st.LineRate, st.Left)
	}
	for range 30 {
		step(time.Second, 100)
	}
	if st := s.Status(); st.Rate != 500 || st.Left != 68*time.Second {
		t.Errorf("after 32 s: %v bytes/s, %v left", st.Rate, st.Left)
	}
	for range 10 { // faster
		step(time.Second, 200)
	}
	if st := s.Status(); st.Rate != 1000 {
		t.Errorf("faster: %v bytes/s", st.Rate)
	}
	at = at.Add(5 * time.Second) // then nothing, and nobody looks
	if st := s.Status(); st.Rate < 400 || st.Rate > 600 {
		t.Errorf("after 5 s of nothing: %v bytes/s", st.Rate)
	}
	at = at.Add(7 * time.Second)
	if st := s.Status(); st.Rate != 0 || st.Left != 0 {
		t.Errorf("after 12 s of nothing: %v bytes/s, %v left", st.Rate, st.Left)
	}
	s.done.Store(true)
	if st := s.Status(); st.Rate != 0 || st.Left != 0 {
		t.Errorf("done: %+v", st)
	}
}

func TestTotal(t *testing.T) {
	reading := Status{Read: 30, Size: 100, Rate: 50, readRate: 10, LastErr: "e"}
	done := Status{Read: 100, Size: 100, Done: true}
	if x := Total([]Status{reading, done}); x.Read != 130 || x.Size != 200 || x.Rate != 50 || x.Left != 7*time.Second || x.Live || x.Done || x.LastErr != "e" {
		t.Errorf("%+v", x)
	}
	if x := Total([]Status{reading, {Bytes: 7}}); x.Size != 0 || x.Left != 0 {
		t.Errorf("one of unknown size: %+v", x)
	}
	if x := Total([]Status{done, {Live: true}}); !x.Live || x.Done {
		t.Errorf("all arrived: %+v", x)
	}
	if x := Total(nil); x.Live || x.Done {
		t.Errorf("nothing: %+v", x)
	}
}
