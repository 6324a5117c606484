package detect

import (
	"cmp"
	"fmt"
	"slices"

	"mailtop/logparse"
	"mailtop/logparse/reply"
	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// Levels of queue.growth.
const (
	queueWaiting = 200  // deferred messages in all
	queueOne     = 75   // or for one destination
	queueGrowth  = 30   // more than at the lowest point of the window
	queueDrain   = hour // seconds that it would take at the present rate
	queueWindow  = 15 * minute
	sampleEvery  = 30
	samples      = queueWindow / sampleEvery
)

// queueWatch samples how many messages wait, as event time goes on.
type queueWatch struct {
	at      [samples]int64
	waiting [samples]float64
	n       int
	slopes  [samples * (samples - 1) / 2]float64
	next    int64
	has     bool
	ev      ref
}

// noteDeferral keeps the newest deferral as evidence for the next tick.
func (d *Detector) noteDeferral(f *join.Fact, _ *entities) {
	if f.Status == logparse.StatusDeferred {
		d.queue.ev, d.queue.has = ref{f.SourceID, f.Offset, 0}, true
	}
}

// queueGrowth judges the slope of the waiting mail.
func (d *Detector) queueGrowth(now int64) {
	q := &d.queue
	if now < q.next {
		return
	}
	q.next = now - now%sampleEvery + sampleEvery
	depth := float64(d.joiner.Waiting())
	q.push(now, depth)
	grown := depth - q.lowest()
	d.stillWaiting(now, depth)
	if grown < queueGrowth || !q.has {
		return
	}
	slope := q.slope()
	if slope <= 0 {
		return
	}
	one, stuck := d.stuck(now)
	if one < queueOne && depth < queueWaiting || stuck < depth/3 && one < queueOne {
		return
	}
	f := join.Fact{Sec: now, SourceID: q.ev.source, Offset: q.ev.offset, Weight: 1}
	s := d.raise(ruleQueueGrowth, sketch.Key{}, Medium, &f, func() Subject { return Subject{SubjectQueue, "deferred"} })
	s.level = [6]float64{depth, grown, slope * 60, one, 0, max(depth, s.level[5])}
	d.actHops(s, now)
	d.flush(s)
}

// stillWaiting keeps the incident open, and its number true, while more than half
// of the mail that it was about waits.
func (d *Detector) stillWaiting(now int64, depth float64) {
	s := d.life.find(ruleQueueGrowth, sketch.Key{})
	if s == nil {
		return
	}
	s.level[0] = depth
	if 2*depth > s.level[5] {
		s.updated = now
	}
}

// stuck counts the waiting mail that does not leave by itself, most for one
// destination and in all.
func (d *Detector) stuck(now int64) (one, all float64) {
	for _, h := range d.crowded {
		if h.defers(now) {
			one = max(one, float64(h.Queued))
			all += float64(h.Queued)
		}
	}
	return one, all
}

// defers says that a destination does not take the mail that waits for it: at the
// rate of the last minutes it would need over queueDrain, or it now defers twice
// as much as it takes. First contact with a greylisting server is not trouble.
func (h *Hop) defers(now int64) bool {
	slow := int64(h.Queued)*queueWindow > int64(h.taken.Sum(now, queueWindow))*queueDrain
	turned := slow || h.put.Sum(now, 2*minute) > 2*h.took.Sum(now, 2*minute)
	return turned && !h.greylisted()
}

// greylisted says whether the last deferral was one; a reason is judged once.
func (h *Hop) greylisted() bool {
	if h.judged != h.Reason {
		h.judged = h.Reason
		h.grey = reply.Parse([]byte(h.Reason)).Class == reply.ClassGreylist
	}
	return h.grey
}

func (d *Detector) actHops(s *state, now int64) {
	s.actors.l, s.actors.total = s.actors.l[:0], 0
	s.actors.kind = "destinations"
	for _, h := range d.mostQueued(8) {
		s.actors.add(d.joiner.LoginKey([]byte(h.Name)), SubjectDestination, int(h.Queued), now, func() string { return h.Name })
	}
}

// mostQueued lists the n destinations for which most mail waits. All are walked
// only where few are crowded.
func (d *Detector) mostQueued(n int) []*Hop {
	var most []*Hop
	if len(d.crowded) >= n {
		most = slices.Clone(d.crowded)
	} else {
		d.Hops.Each(func(_ sketch.Key, h *Hop) bool {
			if h.Queued > 0 {
				most = append(most, h)
			}
			return true
		})
	}
	slices.SortStableFunc(most, func(a, b *Hop) int { return cmp.Compare(b.Queued, a.Queued) })
	return most[:min(n, len(most))]
}

func (q *queueWatch) push(now int64, v float64) {
	if q.n == len(q.at) {
		copy(q.at[:], q.at[1:])
		copy(q.waiting[:], q.waiting[1:])
		q.n--
	}
	q.at[q.n], q.waiting[q.n] = now, v
	q.n++
}

func (q *queueWatch) lowest() float64 {
	return slices.Min(q.waiting[:q.n])
}

// slope is the Theil-Sen slope (the median of all pairwise slopes) a second:
// one odd sample does not move it.
func (q *queueWatch) slope() float64 {
	s := q.slopes[:0]
	for i := range q.n {
		for j := i + 1; j < q.n; j++ {
			if dt := q.at[j] - q.at[i]; dt > 0 {
				s = append(s, (q.waiting[j]-q.waiting[i])/float64(dt))
			}
		}
	}
	if len(s) == 0 {
		return 0
	}
	slices.Sort(s)
	return s[len(s)/2]
}

func (d *Detector) describeQueueGrowth(s *state, inc *Incident) {
	l := s.level
	inc.Title = fmt.Sprintf("Deferred mail piles up: %d messages wait", int(l[0]))
	switch {
	case s.resolved != 0:
		inc.Title = fmt.Sprintf("Deferred mail piled up: %d messages waited", int(l[5]))
	case 2*l[0] < l[5]: // it drains: the small number alone would not say why this is open
		inc.Title = fmt.Sprintf("Deferred mail piled up to %d messages, %d still wait", int(l[5]), int(l[0]))
	}
	if acts := s.actors.list(); len(acts) > 0 {
		inc.Title += fmt.Sprintf(", most for %s", acts[0].Value)
	}
	inc.Why = []Signal{
		{"deferred messages for one destination", l[3], queueOne, 0, l[3] >= queueOne},
		{"deferred messages in the queue", l[0], queueWaiting, 0, l[0] >= queueWaiting},
		{"more than at the lowest point of the window", l[1], queueGrowth, queueWindow, l[1] >= queueGrowth},
		{"growth a minute (median slope)", l[2], 0, queueWindow, l[2] > 0},
	}
	inc.Counts["waiting"] = int64(l[0])
	for _, a := range s.actors.list() {
		if h := d.Hops.Get(d.joiner.LoginKey([]byte(a.Value))); h != nil && h.Reason != "" {
			inc.Advice = append(inc.Advice, Advice{Text: fmt.Sprintf("%s says: %s", h.Name, h.Reason)})
			break
		}
	}
	inc.Advice = append(inc.Advice, d.queueAdvice()...)
}
