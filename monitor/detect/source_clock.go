package detect

import (
	"fmt"

	"mailtop/logparse"
)

// Levels of source.clock.
const (
	clockSlack = 5 * minute // several daemons write at once, queues deliver late
	clockLines = 20         // in a row that say the same
	clockStood = 5          // and before it: one odd stamp is no clock
	clockAhead = 2 * minute // for which a clock must stay ahead
	clockDrift = minute     // by which the distance may change: a backlog that is caught up shrinks faster
)

// jump is a clock that is off, as long as it is not certain yet.
type jump struct {
	n        int   // lines that say so
	min, max int64 // distance in seconds
	from     int64 // stamp of the first of them
}

// jumpedBack takes a line that is older than the newest one of the same host and
// log. Late lines come one by one among current ones; after a jump all are old.
func (d *Detector) jumpedBack(h *heard, e *logparse.Event, sec int64) {
	if h.back.n == 0 {
		h.back = jump{from: sec, min: h.last - sec, max: h.last - sec}
	}
	if h.back.n++; h.back.n < clockLines {
		return
	}
	by, high := h.back.max, h.high
	h.last, h.back, h.high = sec, jump{}, 0 // from here on this is the clock
	if high < clockStood || e.Has&logparse.HasZone == 0 && summerEnds(by, sec, int64(e.Zone)) || e.Has&logparse.HasYear == 0 && by > 300*day {
		return
	}
	s := d.raise(ruleClock, h.key(), Low, h.fact(d.now), d.sourceSubject(h))
	s.level = [6]float64{float64(by), clockSlack, 0}
	d.flush(s)
}

// summerEnds says that stamps without a zone went back by an hour in the night, as
// they do once a year.
func summerEnds(by, sec, zone int64) bool {
	clock := (sec + zone*minute) % day
	return by <= hour+clockSlack && clock < 4*hour
}

// compareClocks holds a live line against the source whose stamps are furthest
// ahead. Both are current, so the distance is that of their clocks.
func (d *Detector) compareClocks(h *heard, sec int64) {
	lead := d.leader(h)
	if lead == nil {
		return
	}
	by := lead.last - sec
	j := &lead.lead
	switch {
	case by <= clockSlack:
		j.n = 0
		return
	case j.n == 0, max(j.max, by)-min(j.min, by) > clockDrift:
		*j = jump{n: 1, min: by, max: by, from: lead.last}
		return
	}
	j.n++
	j.min, j.max = min(j.min, by), max(j.max, by)
	if j.n < clockLines || lead.last-j.from < clockAhead {
		return
	}
	s := d.raise(ruleClock, lead.key(), Low, lead.fact(d.now), d.sourceSubject(lead))
	s.level = [6]float64{float64(by), clockSlack, 1}
	d.flush(s)
	j.n = 0
}

// leader is the source other than h whose newest stamp is the newest of all.
func (d *Detector) leader(h *heard) *heard {
	var lead *heard
	for _, x := range d.sources.heard {
		if x != h && x.n >= clockLines && (lead == nil || x.last > lead.last) {
			lead = x
		}
	}
	return lead
}

func (d *Detector) describeClock(s *state, inc *Incident) {
	by := spell(int64(s.level[0]))
	inc.Title = fmt.Sprintf("The stamps of %s went back by %s", s.subject.Value, by)
	signal := "seconds that the stamps went back"
	if s.level[2] != 0 {
		inc.Title = fmt.Sprintf("The clock of %s is %s ahead of the other sources", s.subject.Value, by)
		signal = "seconds ahead of the other sources"
	}
	inc.Why = []Signal{{signal, s.level[0], s.level[1], 0, true}}
	inc.Advice = []Advice{{Text: "Compare the clock and the time zone of the daemon that writes this log with the host's. Until then gaps and orders in time may be false, and ban tools that read the stamps may not act."}}
	if d.tool("timedatectl") {
		inc.Advice = append(inc.Advice, Advice{Text: "The host's clock, zone and synchronisation.", Command: "timedatectl"})
	}
}
