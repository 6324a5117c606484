package report

import (
	"net/netip"

	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// names counts by name, with a cap.
type names struct {
	hash sketch.Hasher
	t    *sketch.Table[count]
}

type count struct {
	name     string
	n, bytes int64
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
		c.name = string(name[:min(len(name), maxName)])
	}
	c.n += n
	c.bytes += bytes
}

func (x *names) addAddr(f *join.Fact, n int64) {
	if f.Source == (sketch.Key{}) {
		return
	}
	c, fresh := x.t.Put(f.Source)
	if fresh {
		c.name = netip.AddrFrom16(f.IP).Unmap().String()
	}
	c.n += n
}

func (x *names) distinct() int64 { return int64(x.t.Len()) + int64(x.t.Evicted()) }

func (x *names) top(n int) []Row {
	keys := sketch.Top(x.t, n, func(_ sketch.Key, c *count) float64 { return float64(c.n) })
	rows := make([]Row, len(keys))
	for i, k := range keys {
		c := x.t.Get(k)
		rows[i] = Row{c.name, c.n, c.bytes}
	}
	return rows
}
