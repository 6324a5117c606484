package widget

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailtop/tui/theme"
)

func plotted(rows [][]rune) []string {
	out := make([]string, len(rows))
	for i, r := range rows {
		out[i] = string(r)
	}
	return out
}

func TestPlot(t *testing.T) {
	for _, tc := range []struct {
		name   string
		values []float64
		top    float64
		w, h   int
		set    theme.Set
		want   []string
	}{
		{"blocks", []float64{0, 1, 2, 3, 4, 5, 6, 7, 8}, 8, 9, 1, theme.Blocks, []string{" ▁▂▃▄▅▆▇█"}},
		{"two rows", []float64{0, 4, 8, 12, 16}, 16, 5, 2, theme.Blocks, []string{"   ▄█", " ▄███"}},
		{"right edge", []float64{8, 8}, 8, 3, 1, theme.Blocks, []string{" ██"}},
		{"stretched", []float64{4, 8}, 8, 4, 1, theme.Blocks, []string{"▄▄██"}},
		{"newest win", []float64{8, 1, 8}, 8, 2, 1, theme.Blocks, []string{"▁█"}},
		{"gap is a dot, zero a blank", []float64{Gap, 0, 8, Gap}, 8, 4, 2, theme.Blocks, []string{"  █ ", "· █·"}},
		{"a trace still shows", []float64{0.001, 1000}, 1000, 2, 1, theme.Blocks, []string{"▁█"}},
		{"above the top", []float64{99}, 8, 1, 1, theme.Blocks, []string{"█"}},
		{"ascii line", []float64{0, 1, 9}, 9, 3, 1, theme.ASCII, []string{" _@"}},
		{"ascii tall", []float64{Gap, 4, 8}, 8, 3, 2, theme.ASCII, []string{"  #", ".##"}},
		{"braille", []float64{1, 4, 4, 0}, 4, 2, 1, theme.Braille, []string{"⣸⡇"}},
		{"braille odd count", []float64{4, 4, 4}, 4, 2, 1, theme.Braille, []string{"⢸⣿"}},
		{"braille gap", []float64{Gap, Gap, 4, 4}, 4, 2, 1, theme.Braille, []string{"·⣿"}},
		{"nothing", nil, 1, 2, 1, theme.Blocks, []string{"  "}},
		{"no room", []float64{1}, 1, 0, 0, theme.Blocks, []string{}},
	} {
		if diff := cmp.Diff(tc.want, plotted(Plot(tc.values, tc.top, tc.w, tc.h, tc.set))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
	}
}

func TestScale(t *testing.T) {
	for v, want := range map[float64]float64{0: 1, -3: 1, 0.4: 0.5, 1: 1, 1.1: 2, 2: 2, 2.1: 3, 4: 5, 7: 10, 10: 10, 11: 20, 1904: 2000, 1e6: 1e6, Gap: 1} {
		if got := Scale(v); got != want {
			t.Errorf("Scale(%v) = %v, want %v", v, got, want)
		}
	}
}

var noon = time.Date(2026, 5, 12, 12, 0, 0, 0, time.UTC)

func ones(n int, v float64) []float64 {
	out := make([]float64, n)
	for i := range out {
		out[i] = v
	}
	return out
}

func TestResampleGivesRatesAMinute(t *testing.T) {
	s := Series{Start: noon, Bucket: time.Second, Values: ones(900, 2)}
	got := Resample(s, noon.Add(15*time.Minute), 45)
	if got.Bucket != 20*time.Second || len(got.Values) != 45 {
		t.Fatalf("%d columns of %v", len(got.Values), got.Bucket)
	}
	for i, v := range got.Values {
		if v != 120 {
			t.Errorf("column %d: %v a minute, want 120", i, v)
		}
	}
}

// A column keeps its value while time goes on, until the whole chart moves.
func TestResampleDoesNotJitter(t *testing.T) {
	at := func(sec int) Columns {
		s := Series{Start: noon.Add(time.Duration(sec) * time.Second), Bucket: time.Second}
		for i := range 900 {
			s.Values = append(s.Values, float64((sec+i)*7919%13))
		}
		return Resample(s, s.Start.Add(900*time.Second), 40)
	}
	for sec := range 200 {
		a, b := at(sec), at(sec+1)
		for i := range a.Values {
			when := a.Start.Add(a.Bucket * time.Duration(i))
			j := int(when.Sub(b.Start) / b.Bucket)
			whole := i > 0 && i < len(a.Values)-1
			if whole && j > 0 && j < len(b.Values)-1 && a.Values[i] != b.Values[j] {
				t.Fatalf("second %d: column of %v was %v, now %v", sec, when, a.Values[i], b.Values[j])
			}
		}
	}
}

// The newest column is neither a fall nor a peak because it has just begun.
func TestUnfinishedColumnIsARate(t *testing.T) {
	for sec := 1; sec < 60; sec++ {
		s := Series{Start: noon, Bucket: time.Second, Values: ones(600+sec, 3)}
		got := Resample(s, noon.Add(time.Duration(600+sec)*time.Second), 30)
		for i, v := range got.Values {
			if v < 179.9 || v > 180.1 {
				t.Fatalf("%d seconds in: column %d of %d is %v a minute", sec, i, len(got.Values), v)
			}
		}
	}
}

// So is a bucket of the series itself that has just begun.
func TestUnfinishedBucketIsARate(t *testing.T) {
	for sec := 15; sec <= 60; sec++ {
		s := Series{Start: noon, Bucket: time.Minute, Values: append(ones(9, 180), float64(3*sec))}
		got := Resample(s, noon.Add(9*time.Minute+time.Duration(sec)*time.Second), 10)
		for i, v := range got.Values {
			if len(got.Values) != 10 || v < 179.9 || v > 180.1 {
				t.Fatalf("%d seconds in: column %d of %d is %v a minute", sec, i, len(got.Values), v)
			}
		}
	}
	s := Series{Start: noon, Bucket: time.Minute, Values: []float64{180, 0}}
	if got := Resample(s, noon.Add(61*time.Second), 10); len(got.Values) != 1 {
		t.Errorf("a bucket of one second is shown: %v", got.Values)
	}
}

func TestResampleKeepsGapsAndLevels(t *testing.T) {
	s := Series{Start: noon, Bucket: time.Minute, Values: []float64{Gap, Gap, 4, Gap, 6, 0}, Level: false}
	got := Resample(s, noon.Add(6*time.Minute), 3)
	if len(got.Values) != 3 || !IsGap(got.Values[0]) || got.Values[1] != 4 || got.Values[2] != 3 {
		t.Errorf("counts: %v", got.Values)
	}
	s.Level = true
	got = Resample(s, noon.Add(6*time.Minute), 3)
	if !IsGap(got.Values[0]) || got.Values[1] != 4 || got.Values[2] != 0 {
		t.Errorf("levels: %v", got.Values)
	}
}

func TestNow(t *testing.T) {
	s := Series{Start: noon, Bucket: time.Second, Values: append(ones(100, 9), ones(60, 1)...)}
	if got := s.Now(noon.Add(160 * time.Second)); got != 60 {
		t.Errorf("last minute: %v", got)
	}
	hours := Series{Start: noon, Bucket: time.Hour, Values: []float64{60, 120, 1}}
	if got := hours.Now(noon.Add(2*time.Hour + time.Minute)); got != 2 {
		t.Errorf("the hour that has just begun counts: %v", got)
	}
	level := Series{Start: noon, Bucket: time.Minute, Values: []float64{3, 7, Gap}, Level: true}
	if got := level.Now(noon.Add(3 * time.Minute)); got != 7 {
		t.Errorf("level: %v", got)
	}
	if got := (&Series{Bucket: time.Second, Start: noon, Values: ones(90, Gap)}).Now(noon.Add(90 * time.Second)); !IsGap(got) {
		t.Errorf("nothing read is %v", got)
	}
	if got := (&Series{}).Now(noon); !IsGap(got) {
		t.Errorf("no series is %v", got)
	}
}

func TestDrawChartLabels(t *testing.T) {
	s := Series{Start: noon.Add(-15 * time.Minute), Bucket: time.Second, Values: ones(900, 3)}
	c := NewCanvas(50, 8, false)
	DrawChart(c, c.Bounds(), s, noon, time.UTC, theme.Blocks, theme.Chart)
	got := c.Rows()
	for i, want := range map[int]string{0: "200", 3: "100", 6: "0"} {
		if !strings.HasPrefix(got[i], want+" ") {
			t.Errorf("axis of row %d: %q", i, got[i])
		}
	}
	times := got[7]
	if !strings.Contains(times, "11:50") || !strings.HasSuffix(times, "now") {
		t.Errorf("times: %q", times)
	}
	// 11:50 is 10 minutes of 15 before the right edge.
	x := strings.Index(times, "11:50")
	if want := 50 - 45*10/15; x < want-1 || x > want+1 {
		t.Errorf("11:50 stands at column %d, want %d", x, want)
	}
	kolkata := time.FixedZone("IST", 5*3600+1800)
	c.Clear()
	DrawChart(c, c.Bounds(), s, noon, kolkata, theme.Blocks, theme.Chart)
	if times := c.Rows()[7]; !strings.Contains(times, "17:20") {
		t.Errorf("times in a zone with half an hour: %q", times)
	}
}

func FuzzResample(f *testing.F) {
	f.Add(int64(0), int64(1), 900, 40, uint8(3), false)
	f.Add(int64(-5), int64(61), 7, 1, uint8(0), true)
	f.Fuzz(func(t *testing.T, start, bucket int64, n, cols int, v uint8, level bool) {
		if bucket <= 0 || bucket > 86400 || n < 0 || n > 3000 || cols > 500 || start > 1<<33 || start < -1<<33 {
			return
		}
		s := Series{Start: time.Unix(start, 0), Bucket: time.Duration(bucket) * time.Second, Values: ones(n, float64(v)), Level: level}
		got := Resample(s, s.Start.Add(s.Bucket*time.Duration(n)), cols)
		if len(got.Values) > max(cols, 0) {
			t.Errorf("%d columns, wanted at most %d", len(got.Values), cols)
		}
		for _, set := range []theme.Set{theme.Blocks, theme.Braille, theme.ASCII} {
			for _, row := range Plot(got.Values, Scale(got.Max), min(max(cols, 0), 300), 4, set) {
				if len(row) != min(max(cols, 0), 300) {
					t.Errorf("row of %d cells", len(row))
				}
			}
		}
	})
}
