package widget

import (
	"math"
	"time"
)

// Gap is a value that is not known.
var Gap = math.NaN()

// IsGap says whether a value is not known.
func IsGap(v float64) bool { return math.IsNaN(v) }

// Series is what a chart shows: sums a bucket, or a level at its end. Gap marks
// a bucket for which nothing was read.
type Series struct {
	Start  time.Time
	Bucket time.Duration
	Values []float64
	Level  bool
}

// Columns is a series brought to the width of a chart. Counts are rates a
// minute, levels stay levels. The newest column is the last one.
type Columns struct {
	Values []float64
	Start  time.Time
	Bucket time.Duration
	Max    float64
}

const day = 24 * time.Hour

// Resample sums the buckets of s into at most n columns. The borders of columns
// are aligned to the clock, so that a column keeps its content until the whole
// chart moves by one. now ends the newest bucket; a column of which less than a
// quarter has passed is a gap yet, not a fall.
func Resample(s Series, now time.Time, n int) Columns {
	if n <= 0 || len(s.Values) == 0 || s.Bucket <= 0 {
		return Columns{}
	}
	g := columnWidth(s.Bucket, len(s.Values), n)
	out := Columns{Bucket: g, Start: s.Start.Truncate(g)}
	per := int(g / s.Bucket)
	for i := int(s.Start.Sub(out.Start) / s.Bucket); len(s.Values) > 0; i = 0 {
		k := min(per-i, len(s.Values))
		end := out.Start.Add(g * time.Duration(len(out.Values)+1))
		passed := min(g, g-end.Sub(now))
		if passed < g/4 && !s.Level {
			break
		}
		v := s.column(s.Values[:k], passed)
		out.Values = append(out.Values, v)
		if v > out.Max {
			out.Max = v
		}
		s.Values = s.Values[k:]
	}
	if cut := len(out.Values) - n; cut > 0 {
		out.Values = out.Values[cut:]
		out.Start = out.Start.Add(g * time.Duration(cut))
	}
	return out
}

// columnWidth is the shortest whole number of buckets that divides the day and
// brings count buckets into n columns.
func columnWidth(bucket time.Duration, count, n int) time.Duration {
	least := (count + n - 1) / n
	for k := least; ; k++ {
		g := bucket * time.Duration(k)
		if g >= day || day%g == 0 {
			return g
		}
	}
}

// column is the value of one column of which open has passed.
func (s *Series) column(vals []float64, open time.Duration) float64 {
	sum, known, last := 0.0, 0, Gap
	for _, v := range vals {
		if IsGap(v) || v < 0 {
			continue
		}
		sum, last = sum+v, v
		known++
	}
	switch {
	case known == 0:
		return Gap
	case s.Level:
		return last
	}
	return sum / min(s.Bucket*time.Duration(known), open).Minutes()
}

// Now is the value to name in a title: the level, or the rate a minute over the
// last whole minute (or the last whole bucket where buckets are longer).
func (s *Series) Now(now time.Time) float64 {
	if s.Bucket <= 0 {
		return Gap
	}
	if s.Level {
		for i := len(s.Values) - 1; i >= 0; i-- {
			if v := s.Values[i]; !IsGap(v) && v >= 0 {
				return v
			}
		}
		return Gap
	}
	end := len(s.Values)
	for end > 0 && s.Start.Add(s.Bucket*time.Duration(end)).After(now) {
		end--
	}
	n := max(int(time.Minute/s.Bucket), 1)
	if n > end {
		n = end
	}
	return s.column(s.Values[end-n:end], s.Bucket*time.Duration(n))
}
