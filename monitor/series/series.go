// Package series keeps time series in rings of fixed size: 1 s buckets for 15
// minutes, 10 s for 6 hours, 1 min for 24 hours, 10 min for 8 days. Buckets are
// aligned to the clock, so that a column of a chart never jitters; a bucket in
// which nothing was read is missing, not zero.
package series

import "time"

// Missing marks a bucket for which nothing was read.
const Missing = -1

// Tier is one ring.
type tier struct {
	width int64 // seconds
	size  int
}

var tiers = [...]tier{{1, 900}, {10, 2160}, {60, 1440}, {600, 1152}}

// Set is several series over one time axis. It has one owner.
type Set struct {
	names  []string
	levels []bool
	rings  [len(tiers)]ring
	late   uint64
	newest int64
	// what was added in one second, not yet in the rings: a busy log has many
	// records a second, and each would be four additions far apart
	sec  int64
	held []float64
	dirt bool
}

type ring struct {
	first, last int64       // bucket numbers held; last is the newest
	v           [][]float32 // by series
}

// New returns a Set with the named series; level[i] says that series i is a level
// (its bucket holds the last value), not a count.
func New(names []string, levels []bool) *Set {
	s := &Set{names: names, levels: levels, held: make([]float64, len(names))}
	for i := range s.rings {
		s.rings[i].v = make([][]float32, len(names))
		for j := range names {
			s.rings[i].v[j] = make([]float32, tiers[i].size)
		}
	}
	return s
}

// Touch says that the log was read at t (seconds): buckets up to t count as read.
func (s *Set) Touch(t int64) {
	if t <= s.newest {
		return
	}
	s.newest = t
	for i := range s.rings {
		s.rings[i].roll(s, t/tiers[i].width, tiers[i].size)
	}
}

// Add adds n to series id at t. What is older than a ring holds is left out of it
// and, for the coarsest ring, counted as late.
func (s *Set) Add(id int, t int64, n float64) {
	if s.levels[id] {
		s.Touch(t)
		s.put(id, t, n)
		return
	}
	if t != s.sec {
		s.settle()
		s.Touch(t)
		s.sec = t
	}
	s.held[id] += n
	s.dirt = true
}

// settle moves what is held into the rings.
func (s *Set) settle() {
	if !s.dirt {
		return
	}
	s.dirt = false
	for id, n := range s.held {
		if n != 0 {
			s.put(id, s.sec, n)
			s.held[id] = 0
		}
	}
}

func (s *Set) put(id int, t int64, n float64) {
	for i := range s.rings {
		r := &s.rings[i]
		b := t / tiers[i].width
		if b < r.first {
			if i == len(s.rings)-1 {
				s.late++
			}
			continue
		}
		c := &r.v[id][b%int64(tiers[i].size)]
		if s.levels[id] {
			*c = float32(n)
		} else {
			*c += float32(n)
		}
	}
}

// Newest is the newest second that was read.
func (s *Set) Newest() int64 { return s.newest }

// Late is how many values were too old to be kept.
func (s *Set) Late() uint64 {
	s.settle()
	return s.late
}

func (r *ring) roll(s *Set, b int64, size int) {
	if r.last == 0 && r.first == 0 {
		r.first, r.last = b, b
		return
	}
	if b <= r.last {
		return
	}
	from := r.last + 1
	if b-from >= int64(size) {
		from = b - int64(size) + 1
	}
	for ; from <= b; from++ {
		for id := range r.v {
			carry := float32(0)
			if s.levels[id] {
				carry = r.v[id][r.last%int64(size)]
			}
			r.v[id][from%int64(size)] = carry
		}
	}
	r.last = b
	r.first = max(r.first, b-int64(size)+1)
}

// View is one series over a window: buckets aligned to the clock, oldest first.
type View struct {
	Name   string
	Level  bool
	Start  time.Time
	Bucket time.Duration
	Values []float64
}

// Window returns the n buckets of every series that end with the one that holds
// now, from the finest ring that reaches back far enough; buckets are merged so
// that at most most of them remain.
func (s *Set) Window(now int64, window time.Duration, most int) []View {
	s.settle()
	sec := max(1, int64(window/time.Second))
	i := 0
	for i < len(tiers)-1 && sec > tiers[i].width*int64(tiers[i].size) {
		i++
	}
	merge := max(1, (sec/tiers[i].width+int64(most)-1)/int64(most))
	width := tiers[i].width * merge
	end := now/width + 1
	n := max(1, sec/width)
	views := make([]View, len(s.names))
	for id := range s.names {
		views[id] = View{s.names[id], s.levels[id], time.Unix((end-n)*width, 0).UTC(), time.Duration(width) * time.Second, make([]float64, n)}
		for k := int64(0); k < n; k++ {
			views[id].Values[k] = s.merged(i, id, (end-n+k)*merge, merge)
		}
	}
	return views
}

// merged is the value of merge buckets of ring i from b on.
func (s *Set) merged(i, id int, b, merge int64) float64 {
	r := &s.rings[i]
	sum, seen := 0.0, false
	for k := b; k < b+merge; k++ {
		if k < r.first || k > r.last || r.last == 0 {
			continue
		}
		v := float64(r.v[id][k%int64(tiers[i].size)])
		if s.levels[id] {
			sum = v
		} else {
			sum += v
		}
		seen = true
	}
	if !seen {
		return Missing
	}
	return sum
}

// Sum is the total of a series in the window that ends at now.
func (s *Set) Sum(id int, now int64, window time.Duration) float64 {
	s.settle()
	sec := max(1, int64(window/time.Second))
	i := 0
	for i < len(tiers)-1 && sec > tiers[i].width*int64(tiers[i].size) {
		i++
	}
	n := sec / tiers[i].width
	if v := s.merged(i, id, now/tiers[i].width-n+1, n); v != Missing {
		return v
	}
	return 0
}
