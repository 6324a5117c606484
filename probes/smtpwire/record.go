package smtpwire

import (
	"bytes"
	"fmt"
	"time"
)

// Bounds of what one connection may cost.
const (
	MaxRecord  = 256 << 10 // recorded bytes; what follows is counted, not kept
	recordCost = 64        // a record costs this at least, so that a flood of tiny ones is bounded too
	maxTimings = 512
	readBuffer = 4096
)

// Dir is the direction of recorded bytes.
type Dir byte

// The directions; a note is a remark of ours.
const (
	FromServer Dir = '<'
	FromClient Dir = '>'
	Remark     Dir = '*'
)

// Record is a run of bytes in one direction. Bytes of one line that arrive one by one are one record, with the time of the first.
type Record struct {
	At    time.Time
	Dir   Dir
	Phase Phase
	TLS   bool // sent inside TLS
	Bytes []byte
}

type recorder struct {
	recs    []Record
	cost    int
	elided  int
	secrets [][]byte
}

const redacted = "[redacted]"

func (r *recorder) secret(s string) {
	if s != "" && len(r.secrets) < 32 {
		r.secrets = append(r.secrets, []byte(s))
	}
}

func (r *recorder) note(at time.Time, p Phase, text string) {
	r.add(at, p, Remark, false, []byte(text))
}

func (r *recorder) add(at time.Time, p Phase, d Dir, inTLS bool, b []byte) {
	if len(b) == 0 {
		return
	}
	last := r.unfinished(p, d, inTLS)
	cost := len(b)
	if last == nil {
		cost = max(cost, recordCost)
	}
	if r.cost+cost > MaxRecord {
		r.elided += len(b)
		return
	}
	r.cost += cost
	if last == nil {
		r.recs = append(r.recs, Record{At: at, Dir: d, Phase: p, TLS: inTLS})
		last = &r.recs[len(r.recs)-1]
	}
	from := len(last.Bytes)
	last.Bytes = append(last.Bytes, b...)
	r.redact(last, from)
}

// unfinished is the last record when b continues its line.
func (r *recorder) unfinished(p Phase, d Dir, inTLS bool) *Record {
	if len(r.recs) == 0 || d == Remark || r.elided > 0 {
		return nil
	}
	l := &r.recs[len(r.recs)-1]
	if l.Dir != d || l.Phase != p || l.TLS != inTLS || len(l.Bytes) == 0 || l.Bytes[len(l.Bytes)-1] == '\n' {
		return nil
	}
	return l
}

// redact removes secrets that end in the bytes after from, also those that arrived in pieces.
func (r *recorder) redact(rec *Record, from int) {
	for _, s := range r.secrets {
		start := max(0, from-len(s)+1)
		if i := bytes.Index(rec.Bytes[start:], s); i >= 0 {
			tail := bytes.ReplaceAll(rec.Bytes[start:], s, []byte(redacted))
			rec.Bytes = append(rec.Bytes[:start:start], tail...)
			from = min(from, start+i) // what stood behind has moved
		}
	}
}

func (r *recorder) records() []Record {
	out := append([]Record(nil), r.recs...)
	if r.elided > 0 {
		at := r.recs[len(r.recs)-1]
		out = append(out, Record{At: at.At, Dir: Remark, Phase: at.Phase,
			Bytes: fmt.Appendf(nil, "%d bytes more were not kept", r.elided)})
	}
	return out
}
