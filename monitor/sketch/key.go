// Package sketch counts with a fixed ceiling: tables with a cap and eviction,
// sliding windows, leader lists. Nothing in it grows with what an attacker sends.
package sketch

import (
	"encoding/binary"
	"math/bits"
)

// Key names an entity: the 16 bytes of an address, or the 128-bit keyed hash of a
// name. Names are identified by their hash alone: with a secret key a collision
// is not something that an attacker can find.
type Key [2]uint64

// Hasher makes Keys. A fixed Hasher gives the same keys on every run, as analysis
// of a named file needs; a live monitor uses a secret one, so that nobody can aim
// at one table slot.
type Hasher struct{ a, b uint64 }

// Fixed is the Hasher of reproducible runs.
var Fixed = Hasher{0x9e3779b97f4a7c15, 0xc2b2ae3d27d4eb4f}

// NewHasher returns a Hasher with the given secret.
func NewHasher(a, b uint64) Hasher { return Hasher{a | 1, b | 1} }

const (
	m1 = 0xa0761d6478bd642f
	m2 = 0xe7037ed1a0b428db
)

func mum(a, b uint64) uint64 {
	hi, lo := bits.Mul64(a, b)
	return hi ^ lo
}

// Bytes hashes text.
func (h Hasher) Bytes(s []byte) Key { return h.Pair(0, s) }

// Pair hashes text together with a number (an interned host, a scope), so that
// equal ids of two hosts differ.
func (h Hasher) Pair(n uint64, s []byte) Key {
	x, y := h.a^mum(n^m1, h.b), h.b^uint64(len(s))
	for len(s) >= 16 {
		p, q := binary.LittleEndian.Uint64(s), binary.LittleEndian.Uint64(s[8:])
		x, y = mum(p^m1, x^q), mum(q^m2, y^p)
		s = s[16:]
	}
	p, q := tail(s)
	x, y = mum(p^m1, x^q^m2), mum(q^m2, y^p^m1)
	return Key{mum(x^h.b, y|m1), mum(y^h.a, x|m2)}
}

// tail loads up to 15 bytes.
func tail(s []byte) (p, q uint64) {
	if len(s) >= 8 {
		p = binary.LittleEndian.Uint64(s)
		s = s[8:]
	}
	for i := len(s) - 1; i >= 0; i-- {
		q = q<<8 | uint64(s[i])
	}
	return p, q
}

// Addr is the Key of an address: its bytes.
func Addr(a [16]byte) Key {
	return Key{binary.BigEndian.Uint64(a[:8]), binary.BigEndian.Uint64(a[8:])}
}

// AddrBytes gives the address of an address Key back.
func AddrBytes(k Key) (a [16]byte) {
	binary.BigEndian.PutUint64(a[:8], k[0])
	binary.BigEndian.PutUint64(a[8:], k[1])
	return a
}

func (h Hasher) slot(k Key) uint64 { return mum(k[0]^h.a, k[1]^h.b) }
