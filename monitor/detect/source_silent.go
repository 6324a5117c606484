package detect

import "fmt"

// Levels of source.silent. A log that is a week old is judged by its own gaps at
// that hour of the week; a younger one has to be silent for much longer.
const (
	silentLeast  = 10 * minute
	silentYoung  = 6 * hour
	silentLines  = 50 // that a source must have written
	silentOthers = 10 // lines of others since its last one
	silentBeats  = 5  // and ticks in which they came: not one line with an odd stamp
	silentBeside = 20 // lines of others while it spoke: logs of different days are no witness
	silentForget = 7 * day
)

// hush is how long a source pauses, by hour of the week.
type hush struct {
	hours   [7 * 24]pauses
	longest int64
}

// pauses of one hour: how many of which length (1, 2, 4 ... seconds), the longest.
type pauses struct {
	n       [16]uint32
	longest uint32
}

// gap notes that the source spoke again at now. The pause counts for every hour
// that it covers.
func (h *heard) gap(now int64) {
	if h.hush == nil {
		h.hush = new(hush)
	}
	g := now - h.at
	h.hush.longest = max(h.hush.longest, g)
	k := 0
	for k < 15 && g > 1<<k {
		k++
	}
	for t := h.at / hour; t <= now/hour && t-h.at/hour < 7*24; t++ {
		p := &h.hush.hours[t%(7*24)]
		if p.n[k]++; p.n[k] == 1<<31 {
			p.halve()
		}
		p.longest = max(p.longest, uint32(min(g, 1<<31)))
	}
}

func (p *pauses) halve() {
	for i := range p.n {
		p.n[i] /= 2
	}
}

// usual is the 99th percentile of the pauses around an hour of the week, and the
// longest of them.
func (u *hush) usual(at int64) (p99, longest int64) {
	var n [16]uint64
	var all uint64
	for d := int64(7*24) - 1; d <= 7*24+1; d++ {
		p := &u.hours[(at/hour+d)%(7*24)]
		for i, c := range p.n {
			n[i] += uint64(c)
			all += uint64(c)
		}
		longest = max(longest, int64(p.longest))
	}
	rest := all / 100
	for k := len(n) - 1; k > 0; k-- {
		if n[k] > rest {
			return 1 << k, longest
		}
		rest -= n[k]
	}
	return 1, longest
}

// patience is how long a source may be silent, and how sure a longer silence is.
func (h *heard) patience(now int64) (limit int64, sev Severity) {
	if h.hush == nil || now-h.first < 7*day {
		limit = silentYoung
		if h.hush != nil {
			limit = max(limit, 4*h.hush.longest)
		}
		return limit, Medium
	}
	p99, longest := h.hush.usual(now)
	return max(silentLeast, 20*p99, 2*longest), High
}

// silentSources judges at each tick who has stopped while others go on.
func (d *Detector) silentSources(now int64) {
	w := &d.sources
	if w.lines > w.beat {
		w.beat = w.lines
		w.beats++
	}
	if len(w.heard) < 2 {
		return
	}
	for _, h := range w.heard {
		quiet := now - h.at
		if quiet < silentLeast || quiet > silentForget || h.n < silentLines || !w.witnessed(h) {
			continue
		}
		if s := d.life.find(ruleSilent, h.key()); s != nil {
			s.level[0], s.updated = float64(quiet), now
			continue
		}
		if limit, sev := h.patience(now); quiet > limit {
			s := d.raise(ruleSilent, h.key(), sev, h.fact(now), d.sourceSubject(h))
			s.level = [6]float64{float64(quiet), float64(limit), float64(w.lines - h.total), float64(h.at)}
			d.flush(s)
		}
	}
}

// witnessed says that other sources spoke beside this one, and go on without it.
func (w *sourceWatch) witnessed(h *heard) bool {
	beside := h.total - h.base - h.n
	return w.lines-h.total >= silentOthers && w.beats-h.beat >= silentBeats && beside >= silentBeside
}

func (d *Detector) describeSilent(s *state, inc *Incident) {
	l := s.level
	verb := "has written nothing for"
	if s.resolved != 0 {
		verb = "had written nothing for"
	}
	inc.Title = fmt.Sprintf("The log %s %s %s while others go on", s.subject.Value, verb, spell(int64(l[0])))
	inc.Why = []Signal{
		{"seconds without a line", l[0], l[1], 0, true},
		{"lines of other sources meanwhile", l[2], silentOthers, 0, true},
	}
	inc.Actors = []Actor{{SubjectSource, s.subject.Value, 1, at(int64(l[3])), at(int64(l[3]))}}
	h := d.sourceBy(s.key)
	if h == nil {
		return
	}
	name := d.sources.names[h.log]
	inc.Advice = append(inc.Advice, Advice{Text: "What happened since is not in this log: an attack may go on unseen. See whether its disk is full, its daemon runs, and whether rotation left the writer on the old file."})
	if p, ok := pathSlot(name); ok {
		inc.Advice = append(inc.Advice, Advice{Text: "When it was written last, and its size.", Command: command("ls -l", p)})
	}
	if d.tool("journalctl") {
		inc.Advice = append(inc.Advice, Advice{Text: "Whether the journal was tampered with or is damaged.", Command: "journalctl --verify"})
	}
	if d.tool("systemctl") && d.tool("rsyslogd") {
		inc.Advice = append(inc.Advice, Advice{Text: "What the syslog daemon says.", Command: "systemctl status rsyslog --no-pager"})
	}
}

// spell is a span of seconds in words, two units at most.
func spell(sec int64) string {
	switch {
	case sec < 2*minute:
		return fmt.Sprintf("%d s", sec)
	case sec < 2*hour:
		return fmt.Sprintf("%d min", sec/minute)
	case sec < 2*day:
		return fmt.Sprintf("%d h %d min", sec/hour, sec%hour/minute)
	}
	return fmt.Sprintf("%d days", sec/day)
}
