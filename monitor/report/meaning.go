package report

import (
	"mailtop/logparse/reply"
	"mailtop/monitor/sketch"
)

// meanings remembers what replies mean: a destination in trouble gives the same
// answer thousands of times, and judging one costs more than everything else that
// is done with its record.
type meanings [meaningSlots]meaning

const meaningSlots = 1024

type meaning struct {
	key  sketch.Key
	text string
}

// of appends what a reply means to dst: its class, and the block list it names.
func (m *meanings) of(h sketch.Hasher, text, dst []byte) []byte {
	key := h.Bytes(text)
	x := &m[key[0]%meaningSlots]
	if x.key != key {
		r := reply.Parse(text)
		at := len(dst)
		dst = append(dst, r.Class.String()...)
		if len(r.List) > 0 {
			dst = append(append(dst, " "...), r.List...)
		}
		*x = meaning{key, string(dst[at:])}
		return dst
	}
	return append(dst, x.text...)
}
