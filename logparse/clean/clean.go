// Package clean turns hostile text (log lines, banners, DNS answers) into text
// that a terminal or a document may show. Every writer to either takes a Text,
// and only this package makes one.
//
// What is made visible: C0 controls and DEL as \xNN, C1 controls, bidirectional
// controls, zero-width and other format characters and U+2028/2029 as \u{XXXX},
// invalid UTF-8 bytes as \xNN. The backslash itself stays as it is: the result is
// for reading, not for decoding.
package clean

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Text is text without any control, format or invalid byte. The zero value is empty.
type Text struct{ s string }

// String returns the cleaned text.
func (t Text) String() string { return t.s }

// Len is the length in bytes.
func (t Text) Len() int { return len(t.s) }

// Bytes cleans b.
func Bytes(b []byte) Text { return String(string(b)) }

// String cleans s; text that is clean already is not copied.
func String(s string) Text {
	for i := 0; i < len(s); i++ {
		if c := s[i]; c < 0x20 || c >= 0x7f {
			return slow(s, i)
		}
	}
	return Text{s}
}

func slow(s string, i int) Text {
	var w strings.Builder
	w.Grow(len(s) + 8)
	w.WriteString(s[:i])
	for i < len(s) {
		r, n := utf8.DecodeRuneInString(s[i:])
		switch {
		case r == utf8.RuneError && n == 1, r < 0x20, r == 0x7f:
			hexByte(&w, s[i])
		case hostile(r):
			hexRune(&w, r)
		default:
			w.WriteString(s[i : i+n])
		}
		i += n
	}
	return Text{w.String()}
}

// hostile says whether a rune may move, hide or reorder what stands beside it.
func hostile(r rune) bool {
	if r < 0x80 {
		return false
	}
	if r <= 0x9f || r == 0x2028 || r == 0x2029 || r == 0xad || r == 0x34f || r == 0x115f || r == 0x1160 || r == 0x3164 || r == 0xffa0 {
		return true
	}
	// Cf covers bidi and zero-width controls, tags and the BOM; Co and Cs have no
	// meaning of their own; Mn and Me stack upon the cell before.
	return unicode.In(r, unicode.Cf, unicode.Co, unicode.Cs, unicode.Mn, unicode.Me, unicode.Variation_Selector)
}

const hexDigits = "0123456789abcdef"

func hexByte(w *strings.Builder, c byte) {
	w.WriteString(`\x`)
	w.WriteByte(hexDigits[c>>4])
	w.WriteByte(hexDigits[c&15])
}

func hexRune(w *strings.Builder, r rune) {
	w.WriteString(`\u{`)
	for sh := 20; sh >= 0; sh -= 4 {
		if d := r >> sh; d != 0 || sh < 16 {
			w.WriteByte(hexDigits[d&15])
		}
	}
	w.WriteByte('}')
}
