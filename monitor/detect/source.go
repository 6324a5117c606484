package detect

import (
	"bytes"

	"mailtop/logparse"
	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// sourceWatch follows the sources themselves: which of them speak, how often, and
// what their clocks say. A source is a log (a file with its rotated siblings, a
// journal) and the host that wrote its lines: one file of a log server holds many.
type sourceWatch struct {
	names   []string     // of the logs
	ofID    []int32      // origin (a file) -> log
	logs    []heardLog   // by log
	heard   []*heard     // all, in the order in which they were first heard
	lines   int64        // of all sources
	beats   int64        // ticks in which a line came
	beat    int64        // lines at the last tick
	live    bool         // the batch at hand was written after its source had arrived
	lost    bool         // records were lost before the batch at hand
	losses  [64]interval // the newest times for which the log tells too little
	nLosses int
}

// heardLog is one log: nearly always of one host.
type heardLog struct {
	now   *heard // of the last line
	hosts []*heard
}

// heard is what is known of one host's lines in one log.
type heard struct {
	log   int
	index int
	host  []byte
	first int64 // event time of the first line
	last  int64 // newest stamp
	at    int64 // the clock of all sources at the last line
	n     int64 // lines
	high  int   // lines in a row that went on from the newest stamp
	base  int64 // lines of all sources at the first line
	total int64 // and at the last line
	beat  int64
	ev    ref // the last line
	hush  *hush
	back  jump
	lead  jump
}

// interval is a span of event time in seconds.
type interval struct{ from, to int64 }

const maxHeard = 64 // hosts and logs that are told apart

// NameSource tells under which name the records of an origin are read.
func (d *Detector) NameSource(id uint32, name string) {
	w := &d.sources
	for len(w.ofID) <= int(id) {
		w.ofID = append(w.ofID, -1)
	}
	for i, n := range w.names {
		if n == name {
			w.ofID[id] = int32(i)
			return
		}
	}
	if len(w.names) < maxHeard {
		w.ofID[id] = int32(len(w.names))
		w.names = append(w.names, name)
		w.logs = append(w.logs, heardLog{})
	}
}

// StartBatch tells of the batch that Hear is called for next: whether it was
// written after its source had arrived at the end, and whether records before it
// were lost.
func (d *Detector) StartBatch(live, lost bool) {
	d.sources.live = live
	d.sources.lost = d.sources.lost || lost
}

// Hear takes every record, also one that another source told before.
func (d *Detector) Hear(id uint32, e *logparse.Event, b *logparse.Block, off int64) {
	sec := e.Time / 1e9
	if int(id) >= len(d.sources.ofID) || sec == 0 {
		return
	}
	if sec > d.now {
		d.Advance(sec)
	}
	w := &d.sources
	h := w.of(w.ofID[id], e.Bytes(b, e.Host), sec)
	if h == nil {
		return
	}
	w.lines++
	if d.now > h.at && (d.now-h.at < silentLeast || d.life.find(ruleSilent, h.key()) == nil) { // an outage is no habit
		h.gap(d.now)
	}
	h.n++
	h.at, h.total, h.beat = d.now, w.lines, w.beats
	h.ev = ref{id, off, 0}
	if w.lost {
		d.lostBefore(h, sec)
	}
	switch {
	case sec < h.last-clockSlack:
		d.jumpedBack(h, e, sec)
	case sec > h.last+clockSlack:
		h.last, h.back.n, h.high = sec, 0, 0
	default:
		h.last, h.back.n = max(h.last, sec), 0
		h.high++
	}
	if w.live && len(w.heard) > 1 {
		d.compareClocks(h, sec)
	}
}

// of finds the record of a host's lines in a log; nil beyond the cap.
func (w *sourceWatch) of(log int32, host []byte, sec int64) *heard {
	if log < 0 {
		return nil
	}
	l := &w.logs[log]
	if l.now != nil && bytes.Equal(l.now.host, host) {
		return l.now
	}
	for _, h := range l.hosts {
		if bytes.Equal(h.host, host) {
			l.now = h
			return h
		}
	}
	if len(w.heard) >= maxHeard {
		return nil
	}
	h := &heard{log: int(log), index: len(w.heard), host: bytes.Clone(host), first: sec, last: sec, at: sec, base: w.lines}
	w.heard = append(w.heard, h)
	l.hosts = append(l.hosts, h)
	l.now = h
	return h
}

// key is under what the incidents of a source are kept.
func (h *heard) key() sketch.Key { return sketch.Key{uint64(h.index) + 1, 0} }

// fact is what stands for the source's last line in an incident.
func (h *heard) fact(sec int64) *join.Fact {
	return &join.Fact{Sec: sec, SourceID: h.ev.source, Offset: h.ev.offset, Weight: 1}
}

// sourceSubject names a log, and the host where the log holds several.
func (d *Detector) sourceSubject(h *heard) func() Subject {
	return func() Subject {
		name := d.sources.names[h.log]
		if len(d.sources.logs[h.log].hosts) > 1 && len(h.host) > 0 {
			name += " of " + text(h.host)
		}
		return Subject{SubjectSource, name}
	}
}

// sourceOf is the source that a fact came from, nil when nobody told.
func (d *Detector) sourceOf(f *join.Fact) *heard {
	w := &d.sources
	if int(f.SourceID) >= len(w.ofID) || w.ofID[f.SourceID] < 0 {
		return nil
	}
	return w.logs[w.ofID[f.SourceID]].now
}

// sourceBy is the source that an incident is about, nil for none.
func (d *Detector) sourceBy(k sketch.Key) *heard {
	if i := int(k[0]) - 1; i >= 0 && i < len(d.sources.heard) {
		return d.sources.heard[i]
	}
	return nil
}
