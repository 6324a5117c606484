package detect

import (
	"cmp"
	"container/heap"
	"slices"
)

// appointment says when an incident is to be looked at, so that a tick costs
// nothing for those to which nothing can happen yet. An incident may have several;
// only the one that its own due names counts.
type appointment struct {
	at int64
	s  *state
}

// appointments is a heap by time.
type appointments []appointment

func (a appointments) Len() int           { return len(a) }
func (a appointments) Less(i, j int) bool { return a[i].at < a[j].at }
func (a appointments) Swap(i, j int)      { a[i], a[j] = a[j], a[i] }
func (a *appointments) Push(x any)        { *a = append(*a, x.(appointment)) }
func (a *appointments) Pop() any {
	last := (*a)[len(*a)-1]
	*a = (*a)[:len(*a)-1]
	return last
}

// appoint has an incident looked at by at, unless it is looked at before anyway.
func (l *life) appoint(s *state, at int64) {
	if s.due != 0 && s.due <= at {
		return
	}
	s.due = at
	h := appointments(l.due)
	heap.Push(&h, appointment{at, s})
	l.due = h
}

// called returns the incidents whose time has come, in the order of their opening:
// the same on every run.
func (l *life) called(now int64) []*state {
	var called []*state
	h := appointments(l.due)
	for len(h) > 0 && h[0].at <= now {
		a := heap.Pop(&h).(appointment)
		if a.s.due == a.at && !a.s.gone {
			a.s.due = 0
			called = append(called, a.s)
		}
	}
	l.due = h
	slices.SortFunc(called, func(a, b *state) int { return cmp.Compare(a.n, b.n) })
	return called
}

// nextLook is the earliest time at which the passing of time alone can change an
// incident: it is over, is told of again, or is forgotten.
func (s *state) nextLook(hold int64) int64 {
	if s.resolved != 0 {
		return s.resolved + day + 1
	}
	at := s.updated + hold + 1
	if s.hits > s.toldHits {
		at = min(at, max(s.told+updateEvery, (4*s.told-s.opened)/3-1))
	}
	return at
}
