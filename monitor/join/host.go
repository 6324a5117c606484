package join

import (
	"bytes"

	"mailtop/monitor/sketch"
)

// Host stands for the host that wrote a record, where several hosts are watched at
// once: everything that is counted is counted for each of them. The first host named
// in the log, and records that name none, are 0, so that one host's keys are plain.
type Host uint64

// hosts tells hosts apart by the first label of their names, because one daemon
// writes it whole and another one does not.
type hosts struct {
	name []byte // of the last record
	now  Host   // its number
	home uint64 // hash of the first host named, 0 for none yet
}

func (h *hosts) of(hash sketch.Hasher, name []byte) Host {
	if bytes.Equal(h.name, name) {
		return h.now
	}
	h.name = append(h.name[:0], name...)
	h.now = h.number(hash, hostLabel(name))
	return h.now
}

func (h *hosts) number(hash sketch.Hasher, label []byte) Host {
	if len(label) == 0 || string(label) == "localhost" { // said before the host knows its name
		return 0
	}
	n := hash.Bytes(label)[0] | 1
	if h.home == 0 {
		h.home = n
	}
	if n == h.home {
		return 0
	}
	return Host(n)
}

// hostLabel is the first label of a host's name; an address stays whole.
func hostLabel(name []byte) []byte {
	i := bytes.IndexByte(name, '.')
	if i < 0 || '0' <= name[0] && name[0] <= '9' && name[len(name)-1] <= '9' {
		return name
	}
	return name[:i]
}

// Of makes the key of something on one host of a key.
func (h Host) Of(k sketch.Key) sketch.Key {
	k[0] ^= uint64(h)
	return k
}
