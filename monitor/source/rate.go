package source

import (
	"sync"
	"time"
)

// rateWindow is the time that rates are taken over.
const rateWindow = 10 * time.Second

// meter remembers how far a source was at times a second apart.
type meter struct {
	mu   sync.Mutex
	ring [12]reached
	n    int // noted so far
}

// reached is how far a source was.
type reached struct {
	at                 time.Time
	bytes, lines, read int64
}

// note remembers x when a second has passed.
func (m *meter) note(x reached) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.n > 0 && x.at.Sub(m.ring[(m.n-1)%len(m.ring)].at) < time.Second {
		return
	}
	m.ring[m.n%len(m.ring)] = x
	m.n++
}

// since returns where the source was a window before now, and how long ago that is:
// less than a window when it has not run for longer.
func (m *meter) since(now time.Time) (x reached, d time.Duration) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for i := max(0, m.n-len(m.ring)); i < m.n; i++ {
		old := m.ring[i%len(m.ring)]
		if d > 0 && now.Sub(old.at) < rateWindow {
			break
		}
		x, d = old, now.Sub(old.at)
	}
	return x, min(d, rateWindow)
}

// tick notes how far the source is.
func (s *stats) tick(now time.Time) {
	s.meter.note(reached{now, s.bytes.Load(), s.lines.Load(), s.read.Load()})
}

// rates fills in the rates at now, and what they say about the time left.
func (s *stats) rates(st *Status, now time.Time) {
	old, d := s.meter.since(now)
	if d <= 0 || st.Done {
		return
	}
	per := func(n int64) float64 { return float64(max(0, n)) / d.Seconds() }
	st.Rate, st.LineRate = per(st.Bytes-old.bytes), per(st.Lines-old.lines)
	st.readRate = per(st.Read - old.read)
	st.Left = timeLeft(st)
}

// timeLeft is how long reading to the end takes at the present rate, 0 when unknown.
func timeLeft(st *Status) time.Duration {
	if st.Live || st.readRate <= 0 || st.Size <= st.Read {
		return 0
	}
	return min(time.Duration(float64(st.Size-st.Read)/st.readRate*float64(time.Second)), 1000*time.Hour)
}

// Total adds up what several sources have done. Its size is unknown when that of one
// that is still being read is.
func Total(list []Status) Status {
	t := Status{Live: len(list) > 0, Done: len(list) > 0}
	unknown := false
	for i := range list {
		st := &list[i]
		t.Bytes += st.Bytes
		t.Lines += st.Lines
		t.Skipped += st.Skipped
		t.TooLong += st.TooLong
		t.Torn += st.Torn
		t.Rotations += st.Rotations
		t.Lost += st.Lost
		t.Panics += st.Panics
		t.Read += st.Read
		t.Size += st.Size
		t.Lag += st.Lag
		t.Rate += st.Rate
		t.LineRate += st.LineRate
		t.readRate += st.readRate
		t.Live = t.Live && (st.Live || st.Done)
		t.Done = t.Done && st.Done
		unknown = unknown || st.Size == 0 && !st.Live && !st.Done
		if st.LastEvent.After(t.LastEvent) {
			t.LastEvent = st.LastEvent
		}
		if t.LastErr == "" {
			t.LastErr = st.LastErr
		}
	}
	if unknown {
		t.Size = 0
	}
	t.Left = timeLeft(&t)
	return t
}
