package monitor

import (
	"bytes"

	"mailtop/logparse"
	"mailtop/monitor/sketch"
	"mailtop/monitor/source"
)

// doubles recognises records that two sources both hold: Exim's reject log repeats
// lines of its main log, a journal those of a file. Records are equal when their
// messages are and they stand within two seconds (the stamps of two daemons differ,
// and only one of them may log a pid); one source may hold the same record several
// times, so they are matched one for one.
type doubles struct {
	hash  sketch.Hasher
	names []string // sources seen
	t     *sketch.Table[double]
	n     int64 // records left out
}

type double struct {
	sec    int64  // of the newest one
	host   uint32 // that wrote it, 0 when no record said
	first  uint8  // the source that came first
	counts [2]uint16
}

const doubleSlack = 2 // seconds

// maxDoubles is how many records are remembered: more than sources drift apart
// when they are merged by time.
const maxDoubles = 16384

func newDoubles(h sketch.Hasher) *doubles {
	return &doubles{hash: h, t: sketch.NewTable[double](h, maxDoubles, nil, nil)}
}

// id numbers a source by its name; the files of one rotated series share it.
func (d *doubles) id(o *source.Origin) uint8 {
	for i, n := range d.names {
		if n == o.Source {
			return uint8(i)
		}
	}
	if len(d.names) < 255 {
		d.names = append(d.names, o.Source)
	}
	return uint8(len(d.names) - 1)
}

// host stands for the first label of a host's name: one daemon writes it whole,
// another one does not. It is 0 for no name.
func (d *doubles) host(name []byte) uint32 {
	if i := bytes.IndexByte(name, '.'); i >= 0 {
		name = name[:i]
	}
	if len(name) == 0 {
		return 0
	}
	return uint32(d.hash.Bytes(name)[0]) | 1
}

// again says that another source told of the same record before.
func (d *doubles) again(e *logparse.Event, b *logparse.Block, id uint8) bool {
	msg, host := e.Bytes(b, e.Text), d.host(e.Bytes(b, e.Host))
	sec := e.Time / 1e9
	x, fresh := d.t.Put(d.hash.Bytes(msg))
	if !fresh && sec-x.sec <= doubleSlack && x.host != host && x.host != 0 && host != 0 {
		x, fresh = d.t.Put(d.hash.Pair(uint64(host), msg)) // two hosts say the same
	}
	if fresh || sec-x.sec > doubleSlack {
		*x = double{first: id, host: host}
	}
	x.sec = max(x.sec, sec)
	side := 0
	if x.first != id {
		side = 1
	}
	x.counts[side]++
	if side == 1 && x.counts[1] <= x.counts[0] {
		d.n++
		return true
	}
	return false
}
