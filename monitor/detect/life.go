package detect

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"slices"
	"time"

	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// life holds the incidents: open, and resolved ones for a day.
type life struct {
	open    map[incidentKey]*state
	order   []*state            // oldest first: every walk is in this order, the same on every run
	due     []appointment       // heap: which incidents to look at, and when
	born    uint64              // incidents opened so far
	full    [Critical + 1]int64 // until when there is no room for a severity
	spare   state               // what a rule fills in where there is no room
	refused uint64              // records for which there was no room
	log     []Change            // the newest changes, in the order of seq
	seq     uint64
	sink    func(Change) // told of each change as it happens; may be nil
	mute    bool         // nobody asks for changes: they are numbered, not kept
}

type incidentKey struct {
	rule int
	key  sketch.Key
}

// maxChanges is how far a reader of changes may fall behind. A change holds its
// whole incident, some 10 KiB.
const maxChanges = 256

// state is an incident while it lives.
type state struct {
	incidentKey
	n        uint64 // in the order of opening
	due      int64  // the earliest of its appointments, 0 for none
	gone     bool   // dropped
	id       string
	host     string // that it is about
	sev      Severity
	subject  Subject
	opened   int64
	updated  int64 // newest fact that added to it
	resolved int64
	told     int64 // when its last change was logged
	hits     int64
	toldHits int64
	first    int64      // oldest fact that it rests on
	level    [6]float64 // the numbers that the rule compared, for why
	pending  string     // change to be logged
	group    string
	actors   actors
	evidence evidence
}

func (l *life) init() { l.open = make(map[incidentKey]*state) }

// find returns the open incident of a rule about key, nil when there is none.
func (l *life) find(rule int, key sketch.Key) *state {
	if s := l.open[incidentKey{rule, key}]; s != nil && s.resolved == 0 {
		return s
	}
	return nil
}

// raise opens an incident, or adds to it and escalates it; severity never falls
// while it is open. The fact becomes evidence.
func (d *Detector) raise(rule int, key sketch.Key, sev Severity, f *join.Fact, subject func() Subject) *state {
	l := &d.life
	s := l.open[incidentKey{rule, key}]
	event := ""
	switch {
	case s == nil && !d.room(sev, f.Sec):
		l.refused++
		l.spare = state{incidentKey: incidentKey{rule, key}, gone: true, sev: sev, opened: f.Sec, first: f.Sec}
		return &l.spare
	case s == nil:
		s = &state{incidentKey: incidentKey{rule, key}, host: d.hostOf(f), sev: sev, subject: subject(), opened: f.Sec, first: f.Sec}
		s.id = d.incidentID(s)
		l.born++
		s.n = l.born
		l.open[s.incidentKey] = s
		l.order = append(l.order, s)
		event = Opened
	case s.resolved != 0: // within a day: the same incident goes on
		s.resolved, s.sev = 0, sev
		event = Opened
	case sev > s.sev:
		s.sev = sev
		event = Escalated
	}
	s.hits += int64(max(1, f.Weight))
	s.updated = max(s.updated, f.Sec)
	s.evidence.add(f)
	if event != "" {
		s.pending = event
	}
	l.appoint(s, s.nextLook(d.rules[rule].hold))
	return s
}

// flush logs the change that raise left pending: in between the rule fills in its
// numbers and actors.
func (d *Detector) flush(s *state) {
	if s.pending == "" {
		return
	}
	event := s.pending
	s.pending = ""
	d.emit(s, event, s.updated)
}

func (d *Detector) emit(s *state, event string, now int64) {
	l := &d.life
	l.seq++
	s.told, s.toldHits = now, s.hits
	if l.mute && l.sink == nil {
		return
	}
	l.log = append(l.log, Change{Seq: l.seq, Event: event, Incident: d.describe(s)})
	if l.sink != nil {
		l.sink(l.log[len(l.log)-1])
	}
	if len(l.log) > 2*maxChanges {
		l.log = slices.Delete(l.log, 0, len(l.log)-maxChanges)
	}
}

// retry is how long a full list of incidents is left alone: in a flood of them each
// new one would push out another that is opened again with its next record.
const retry = minute

// room makes room for an incident of a severity: the oldest resolved ones go, else the
// oldest of a lower severity, some at once. It returns false where all are worth as much.
func (d *Detector) room(sev Severity, now int64) bool {
	l := &d.life
	if len(l.order) < maxIncidents {
		return true
	}
	if now < l.full[sev] {
		return false
	}
	var leave []*state
	for _, s := range l.order {
		if s.resolved != 0 || s.sev < sev {
			leave = append(leave, s)
		}
	}
	if len(leave) == 0 {
		l.full[sev] = now + retry
		return false
	}
	slices.SortStableFunc(leave, func(a, b *state) int {
		if ar, br := a.resolved != 0, b.resolved != 0; ar != br {
			if ar {
				return -1
			}
			return 1
		}
		return int(a.sev) - int(b.sev)
	})
	for _, s := range leave[:min(len(leave), maxIncidents/32)] {
		l.drop(s)
	}
	l.order = slices.DeleteFunc(l.order, func(s *state) bool { return s.gone })
	return true
}

// Evicted is how many entries went at a cap, and how many records found no room for
// their incident.
func (d *Detector) Evicted() uint64 { return d.Store.Evicted() + d.life.refused }

// drop forgets an incident; the caller takes it out of order.
func (l *life) drop(s *state) {
	s.gone = true
	delete(l.open, s.incidentKey)
}

// updateEvery is how soon an open incident that goes on is told again; the longer
// it has been open, the rarer.
const updateEvery = 60

func (s *state) updateDue(now int64) bool {
	return s.hits > s.toldHits && now-s.told >= max(updateEvery, (now-s.opened)/4)
}

// tick resolves incidents that nothing was added to for the rule's hold time,
// tells of those that went on, and drops those resolved a day ago.
func (l *life) tick(d *Detector, now int64) {
	dropped := false
	for _, s := range l.called(now) {
		hold := d.rules[s.rule].hold
		switch {
		case s.resolved != 0:
			if now-s.resolved > day {
				l.drop(s)
				dropped = true
				continue
			}
		case now-s.updated > hold:
			s.resolved = now
			d.emit(s, Resolved, now)
		case s.updateDue(now):
			d.emit(s, Updated, now)
		}
		l.appoint(s, max(now+1, s.nextLook(hold)))
	}
	if dropped {
		l.order = slices.DeleteFunc(l.order, func(s *state) bool { return s.gone })
	}
}

// incidentID is short and the same on every run over the same log.
func (d *Detector) incidentID(s *state) string {
	h := fnv.New64a()
	fmt.Fprintf(h, "%s\x00%s\x00%s\x00%s\x00%d", s.host, d.rules[s.rule].id, s.subject.Type, s.subject.Value, s.opened)
	v := h.Sum64()
	const digits = "0123456789abcdefghjkmnpqrstvwxyz" // no letter that reads as another
	var b [7]byte
	for i := range b {
		b[i] = digits[v&31]
		v >>= 5
	}
	return string(b[:])
}

// OnChange has f told of every change at once, in the goroutine that observes.
func (d *Detector) OnChange(f func(Change)) { d.life.sink = f }

// Mute has changes numbered but not kept: for an engine whose changes nobody reads.
func (d *Detector) Mute() { d.life.mute = true }

// Seq is the number of the newest change.
func (d *Detector) Seq() uint64 { return d.life.seq }

// Changes returns the changes after seq. A reader that fell too far behind gets a
// gap mark and the open set instead.
func (d *Detector) Changes(after uint64) []Change {
	l := &d.life
	if after >= l.seq {
		return nil
	}
	if oldest := l.seq - uint64(len(l.log)); after >= oldest {
		return slices.Clone(l.log[after-oldest:])
	}
	cs := []Change{{Seq: l.seq, Event: Gap}}
	for _, s := range l.order {
		if s.resolved == 0 {
			cs = append(cs, Change{Seq: l.seq, Event: Opened, Incident: d.describe(s)})
		}
	}
	return cs
}

// Incidents lists what is open or was resolved within a day.
func (d *Detector) Incidents() []Incident { return d.Worst(maxIncidents) }

// Worst lists at most n incidents: open ones first, then by severity, then the
// newest.
func (d *Detector) Worst(n int) []Incident {
	list := make([]*state, 0, len(d.life.order))
	list = append(list, d.life.order...)
	slices.SortStableFunc(list, func(a, b *state) int {
		if ao, bo := a.resolved == 0, b.resolved == 0; ao != bo {
			if ao {
				return -1
			}
			return 1
		}
		if a.sev != b.sev {
			return int(b.sev) - int(a.sev)
		}
		return int(min(1, max(-1, b.opened-a.opened)))
	})
	list = list[:min(n, len(list))]
	out := make([]Incident, len(list))
	for i, s := range list {
		out[i] = d.describe(s)
	}
	return out
}

// describe makes the plain value that readers get.
func (d *Detector) describe(s *state) Incident {
	r := &d.rules[s.rule]
	inc := Incident{
		ID: s.id, Host: s.host, Rule: r.id, Severity: s.sev, Subject: s.subject,
		Opened: at(s.opened), Updated: at(s.updated), Group: s.group, Attack: r.attack,
		Actors: s.actors.list(), Evidence: s.evidence.list(), CouldBe: r.couldBe,
		Counts: map[string]int64{"events": s.hits},
	}
	if s.resolved != 0 {
		inc.Resolved = at(s.resolved)
	}
	if n := s.actors.total; n > 1 {
		inc.Counts[cmp.Or(s.actors.kind, "actors")] = int64(n)
	}
	r.describe(d, s, &inc)
	if s.host != d.facts.Host {
		inc.Title = s.host + ": " + inc.Title
	}
	return inc
}

func at(sec int64) time.Time { return time.Unix(sec, 0).UTC() }
