package logparse

import (
	"encoding/binary"
	"math/bits"
)

// The numbers of a log are short, and where each ends is not to be guessed: a loop
// over their digits costs a mispredicted branch a number. Up to seven digits are
// read from one 8-byte load instead.

// digitRun loads the first 8 bytes of s: the value of each digit in its byte, the
// first in the lowest, and a mask with bit 7 of each byte that is no digit.
func digitRun(s []byte) (t, other uint64) {
	t = binary.LittleEndian.Uint64(s) ^ 0x3030303030303030
	return t, ((t&0x7f7f7f7f7f7f7f7f + 0x7676767676767676) | t) & 0x8080808080808080
}

// eightDigits is the number that 8 digit bytes make, the first in the lowest byte.
func eightDigits(t uint64) uint64 {
	t = t*10 + t>>8
	return (t&0x000000ff000000ff*0x000f424000000064 + t>>16&0x000000ff000000ff*0x0000271000000001) >> 32
}

// firstDigits is the number that the first w of the digit bytes make.
func firstDigits(t uint64, w int) uint64 { return eightDigits(t << (64 - 8*uint(w))) }

// leadUint reads the decimal digits at the start of s. Without any, or with more
// than 18 of them, ok is false and rest is s.
func leadUint(s []byte) (n uint64, rest []byte, ok bool) {
	if len(s) >= 8 {
		if t, other := digitRun(s); other != 0 {
			w := bits.TrailingZeros64(other) / 8
			return firstDigits(t, w), s[w:], w > 0
		}
	}
	return slowUint(s)
}

func slowUint(s []byte) (n uint64, rest []byte, ok bool) {
	i := 0
	for i < len(s) && s[i]-'0' <= 9 {
		n = n*10 + uint64(s[i]-'0')
		i++
	}
	if i == 0 || i > 18 {
		return 0, s, false
	}
	return n, s[i:], true
}

var inverse10 = [...]float64{1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6, 1e-7, 1e-8, 1e-9}

// leadSeconds is leadFloat for the short numbers of delays, without a sign; w is
// how many bytes it took, 0 when there is no number.
func leadSeconds(s []byte) (f float32, w int) {
	if len(s) < 8 {
		return slowSeconds(s)
	}
	t, other := digitRun(s)
	whole := bits.TrailingZeros64(other) / 8
	if whole == 0 || whole == 8 {
		return slowSeconds(s)
	}
	if s[whole] != '.' {
		return float32(firstDigits(t, whole)), whole
	}
	if other &= other - 1; other == 0 {
		return slowSeconds(s)
	}
	end := bits.TrailingZeros64(other) / 8
	left := uint64(1)<<(8*uint(whole)) - 1
	t = t&left | t>>8&^left // the point taken out
	return float32(float64(firstDigits(t, end-1)) * inverse10[end-1-whole]), end
}

// slowSeconds reads what is longer, up to nine digits; what is longer still goes
// to leadFloat.
func slowSeconds(s []byte) (f float32, w int) {
	var n uint32
	whole, i := -1, 0
	for ; i < len(s); i++ {
		if d := s[i] - '0'; d <= 9 {
			n = n*10 + uint32(d)
		} else if s[i] == '.' && whole < 0 {
			whole = i
		} else {
			break
		}
	}
	digits, frac := i, 0
	if whole >= 0 {
		digits, frac = i-1, i-1-whole
	}
	if whole == 0 || digits == 0 || digits > 9 {
		d, rest, _ := leadFloat(s)
		return float32(d), len(s) - len(rest)
	}
	return float32(float64(n) * inverse10[frac]), i
}

// leadDelays reads "a/b/c/d" at the start of s, as four leadSeconds would; n is how
// many bytes it took, 0 when that has to read it. Where the numbers end is found
// for all at once, so that none waits for the one before.
func leadDelays(s []byte, d *[4]float32) (n int) {
	if cap(s) < 40 {
		return 0
	}
	b := (*[40]byte)(s[:40])
	var others, dots uint32
	for i := 0; i < 32; i += 8 {
		t, other := digitRun(b[i:])
		others |= gather(other) << i
		dots |= gather(zeroBytes(t^('.'^'0')*eachByte)) << i
	}
	ends := others &^ dots
	from := 0
	for i := range d {
		to := bits.TrailingZeros32(ends)
		ends &= ends - 1
		dot := min(from+bits.TrailingZeros32(dots>>from), to)
		w := to - from
		if w-1 > 7 || to >= len(s) || dot == from || i < 3 && b[to&31] != '/' || dots>>from<<(32-w)&(dots>>from<<(32-w)-1) != 0 {
			return 0
		}
		t := binary.LittleEndian.Uint64(b[from&31:]) ^ 0x3030303030303030
		frac := 0
		if dot < to {
			left := uint64(1)<<(8*uint(dot-from)) - 1
			t, frac = t&left|t>>8&^left, to-dot-1
			w--
		}
		d[i] = float32(float64(firstDigits(t, w)) * inverse10[frac&7])
		from = to + 1
	}
	return from - 1
}

// gather makes the top bits of 8 bytes one byte.
func gather(m uint64) uint32 { return uint32(m >> 7 * 0x0102040810204080 >> 56) }

// zeroBytes has the top bit set of each byte of x that is zero.
func zeroBytes(x uint64) uint64 { return ^(x&lowBits + lowBits | x) & topBits }

// nanoScale is what a fraction of w digits is multiplied with.
var nanoScale = [...]int32{1e9, 1e8, 1e7, 1e6, 1e5, 1e4, 1e3, 1e2}

// fraction reads up to 9 digits; further ones are skipped.
func fraction(s []byte) (nsec int32, n int) {
	if len(s) >= 8 {
		if t, other := digitRun(s); other != 0 {
			n = bits.TrailingZeros64(other) / 8
			return int32(firstDigits(t, n)) * nanoScale[n], n
		}
	}
	return slowFraction(s)
}

func slowFraction(s []byte) (nsec int32, n int) {
	scale := int32(1e9)
	for n < len(s) && s[n]-'0' <= 9 {
		if scale > 1 {
			scale /= 10
			nsec += int32(s[n]-'0') * scale
		}
		n++
	}
	return nsec, n
}
