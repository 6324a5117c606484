package report

import (
	"mailtop/monitor/detect"
	"mailtop/monitor/sketch"
)

// names counts by name, with a cap.
type names struct {
	hash sketch.Hasher
	t    *sketch.Table[count]
}

// count keeps a usual name in itself: a log that makes names up faster than the
// table can hold them costs no allocation for each.
type count struct {
	n, bytes int64
	long     string // a name that does not fit
	short    [47]byte
	len      uint8
}

func (c *count) set(name []byte) {
	if len(name) > len(c.short) {
		c.long = string(name[:min(len(name), maxName)])
		return
	}
	c.len = uint8(copy(c.short[:], name))
}

func (c *count) name() string {
	if c.long != "" {
		return c.long
	}
	return string(c.short[:c.len])
}

func newNames(h sketch.Hasher) *names {
	return &names{h, sketch.NewTable[count](h, maxNames, nil, nil)}
}

// maxName is the longest name that is kept; a longer one is cut.
const maxName = 255

func (x *names) add(name []byte, n, bytes int64) {
	if len(name) == 0 {
		return
	}
	c, fresh := x.t.Put(x.hash.Bytes(name))
	if fresh {
		c.set(name)
	}
	c.n += n
	c.bytes += bytes
}

// clients ranks clients by one of their counts.
func clients(s *detect.Store, n int, by func(*detect.Source) uint32) []Row {
	keys := sketch.Top(s.Sources, n, func(_ sketch.Key, c *detect.Source) float64 { return float64(by(c)) })
	rows := make([]Row, len(keys))
	for i, k := range keys {
		c := s.Sources.Get(k)
		rows[i] = Row{Name: c.Addr(), Count: int64(by(c))}
	}
	return rows
}

// domains ranks the domains of envelope senders by messages.
func domains(s *detect.Store, n int) []Row {
	keys := sketch.Top(s.Domains, n, func(_ sketch.Key, d *detect.Domain) float64 { return float64(d.Messages) })
	rows := make([]Row, len(keys))
	for i, k := range keys {
		d := s.Domains.Get(k)
		rows[i] = Row{d.Name, int64(d.Messages), d.Bytes}
	}
	return rows
}

func (x *names) distinct() int64 { return int64(x.t.Len()) + int64(x.t.Evicted()) }

func (x *names) top(n int) []Row {
	keys := sketch.Top(x.t, n, func(_ sketch.Key, c *count) float64 { return float64(c.n) })
	rows := make([]Row, len(keys))
	for i, k := range keys {
		c := x.t.Get(k)
		rows[i] = Row{c.name(), c.n, c.bytes}
	}
	return rows
}
