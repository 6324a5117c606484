package sketch

// Window counts events in a sliding window of ten sub-buckets. The zero value is
// empty; the width is given at each call so that a Window is 24 bytes.
type Window struct {
	slot int32 // number of the newest sub-bucket since the epoch
	n    [10]uint16
}

// Add counts n events at time t (seconds) in a window of width seconds. An event
// older than the window is not counted; one within it goes into its own bucket.
func (w *Window) Add(t int64, width int64, n int) {
	s := w.roll(t, width)
	if age := int(w.slot - s); age < 10 {
		c := &w.n[uint32(s)%10]
		*c = uint16(min(int(*c)+n, 1<<16-1))
	}
}

// Sum is the count in the window that ends at t.
func (w *Window) Sum(t int64, width int64) int {
	s := int32(t / sub(width))
	if s-w.slot >= 10 {
		return 0
	}
	sum := 0
	for b, i := w.slot, uint32(w.slot)%10; s-b < 10 && w.slot-b < 10; b-- {
		if b <= s {
			sum += int(w.n[i])
		}
		if i == 0 {
			i = 10
		}
		i--
	}
	return sum
}

// roll moves the window up to t and returns t's sub-bucket.
func (w *Window) roll(t, width int64) int32 {
	s := int32(t / sub(width))
	if s > w.slot {
		if s-w.slot >= 10 {
			w.n = [10]uint16{}
		} else {
			for b := w.slot + 1; b <= s; b++ {
				w.n[uint32(b)%10] = 0
			}
		}
		w.slot = s
	}
	return s
}

func sub(width int64) int64 { return max(1, width/10) }
