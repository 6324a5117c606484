package logparse

// Short fields are searched 8 bytes at a time: a call of the vector version costs
// more than they are long.

const (
	eachByte = 0x0101010101010101
	topBits  = 0x8080808080808080
	lowBits  = 0x7f7f7f7f7f7f7f7f
)

// firstByte has the top bit set of the first byte of w that is c; those above it
// mean nothing. Without a c it is 0.
func firstByte(w uint64, c byte) uint64 {
	x := w ^ uint64(c)*eachByte
	return (x - eachByte) &^ x & topBits
}
