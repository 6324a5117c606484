package sketch

import "math"

// Decay weighs events so that recent ones count more: an event at time t adds
// 2^(t/halfLife), and scores are compared as they stand (forward decay). The
// owner adds Weight to a score of its own; when Rebase says so it divides all.
type Decay struct {
	HalfLife int64 // seconds
	base     int64
	at       int64
	w        float64
}

// Weight is what an event at t (seconds) adds to a score.
func (d *Decay) Weight(t int64) float64 {
	if d.base == 0 {
		d.base = t
	}
	if t != d.at || d.w == 0 {
		d.at = t
		d.w = math.Exp2(float64(t-d.base) / float64(d.HalfLife))
	}
	return d.w
}

// Unit is the weight of the newest event seen.
func (d *Decay) Unit() float64 { return d.w }

// Rebase returns a factor to multiply all scores with when weights grow too
// large for a float64, else 1.
func (d *Decay) Rebase() float64 {
	if d.w < 1e150 {
		return 1
	}
	f := 1 / d.w
	d.base, d.w = d.at, 1
	return f
}
