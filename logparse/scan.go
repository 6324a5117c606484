package logparse

import (
	"bytes"
	"strings"
	"unsafe"
)

// The scanning primitives of all families. They take and return subslices of
// the record, so that record.sub can make a Span of any of them; a three-index
// slice would break that. None allocates.

// view is b as a string without a copy, for comparing and searching only. The
// result must not outlive the record.
func view(b []byte) string { return unsafe.String(unsafe.SliceData(b), len(b)) }

func hasPrefix(s []byte, p string) bool { return len(s) >= len(p) && string(s[:len(p)]) == p }

func hasSuffix(s []byte, p string) bool {
	return len(s) >= len(p) && string(s[len(s)-len(p):]) == p
}

// hasPair is hasPrefix for the prefix a+b, each of which has at most 8 bytes: so
// much is compared in registers, what is longer by a call.
func hasPair(s []byte, a, b string) bool {
	return len(s) >= len(a)+len(b) && string(s[:len(a)]) == a && string(s[len(a):len(a)+len(b)]) == b
}

// cutPair is cutPrefix for the prefix a+b, see hasPair.
func cutPair(s []byte, a, b string) ([]byte, bool) {
	if hasPair(s, a, b) {
		return s[len(a)+len(b):], true
	}
	return s, false
}

// cutPrefix returns s without p, and whether s began with it.
func cutPrefix(s []byte, p string) ([]byte, bool) {
	if hasPrefix(s, p) {
		return s[len(p):], true
	}
	return s, false
}

// cutSuffix returns s without p, and whether s ended with it.
func cutSuffix(s []byte, p string) ([]byte, bool) {
	if hasSuffix(s, p) {
		return s[:len(s)-len(p)], true
	}
	return s, false
}

// index is strings.Index that does not look for the blank or the comma with which
// much of what is searched for begins: they are everywhere.
func index(s []byte, sub string) int {
	n := len(sub)
	if n < 2 || len(s) < 32 {
		return strings.Index(view(s), sub)
	}
	k := 0
	if sub[0] == ' ' || sub[0] == ',' {
		if k = 1; sub[1] == ' ' && n > 2 {
			k = 2
		}
	}
	last := len(s) - (n - 1 - k) // behind it sub has no room
	for at := k; at < last; at++ {
		i := bytes.IndexByte(s[at:last], sub[k])
		if i < 0 {
			return -1
		}
		at += i
		if from := at - k; s[from] == sub[0] && string(s[from:from+n]) == sub {
			return from
		}
	}
	return -1
}

// lastIndex is strings.LastIndex that searches forwards, which is several times
// faster: what is searched for seldom occurs twice.
func lastIndex(s []byte, sub string) int {
	if len(sub) < 2 {
		return strings.LastIndex(view(s), sub)
	}
	at := -1
	for {
		next := index(s[at+1:], sub)
		if next < 0 {
			return at
		}
		at += 1 + next
	}
}

func contains(s []byte, sub string) bool { return index(s, sub) >= 0 }

// indexByte is a plain loop: the fields it is used on are shorter than what the
// vector version needs to pay off. For whole messages use index or bytes.IndexByte.
func indexByte(s []byte, c byte) int {
	for i := range s {
		if s[i] == c {
			return i
		}
	}
	return -1
}

func lastIndexByte(s []byte, c byte) int {
	for i := len(s) - 1; i >= 0; i-- {
		if s[i] == c {
			return i
		}
	}
	return -1
}

// cut splits s around the first sep; without one before is all of s.
func cut(s []byte, sep string) (before, after []byte, ok bool) {
	if i := index(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, nil, false
}

// cutLast splits s around the last sep; without one before is all of s.
func cutLast(s []byte, sep string) (before, after []byte, ok bool) {
	if i := lastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, nil, false
}

// cutByte splits s around the first c; without one before is all of s.
func cutByte(s []byte, c byte) (before, after []byte, ok bool) {
	if i := indexByte(s, c); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return s, nil, false
}

// word splits s at its first blank; blanks before the rest are dropped.
func word(s []byte) (first, rest []byte) {
	i := 0
	for i < len(s) && s[i] != ' ' {
		i++
	}
	first, rest = s[:i], s[i:]
	return first, trimLeft(rest)
}

func trimLeft(s []byte) []byte {
	for len(s) > 0 && (s[0] == ' ' || s[0] == '\t') {
		s = s[1:]
	}
	return s
}

func trimRight(s []byte) []byte {
	for len(s) > 0 && (s[len(s)-1] == ' ' || s[len(s)-1] == '\t' || s[len(s)-1] == '\r') {
		s = s[:len(s)-1]
	}
	return s
}

func trim(s []byte) []byte { return trimLeft(trimRight(s)) }

// unangle takes one pair of angle brackets off: "<a@b>" is "a@b", and an address
// that was cut before its ">" loses the "<".
func unangle(s []byte) []byte {
	if len(s) > 0 && s[0] == '<' {
		s = s[1:]
		if n := len(s); n > 0 && s[n-1] == '>' {
			s = s[:n-1]
		}
	}
	return s
}

// unquote takes one pair of double quotes off; escapes inside stay as they are.
func unquote(s []byte) []byte {
	if n := len(s); n >= 2 && s[0] == '"' && s[n-1] == '"' {
		return s[1 : n-1]
	}
	return s
}

// paren splits "text (inner)" at its last top-level group: the inner text
// without its parentheses. ok is false when s does not end in ')'.
func paren(s []byte) (before, inner []byte, ok bool) {
	if len(s) == 0 || s[len(s)-1] != ')' {
		return s, nil, false
	}
	depth := 0
	for i := len(s) - 1; i >= 0; i-- {
		switch s[i] {
		case ')':
			depth++
		case '(':
			if depth--; depth == 0 {
				return trimRight(s[:i]), s[i+1 : len(s)-1], true
			}
		}
	}
	return s, nil, false
}

// nextField cuts the first "key=value" off a list whose elements are separated
// by sep (", " or " "). A value that starts with '"' runs to its closing quote
// (backslash escapes), one that starts with '<' to the first ">" that a sep or
// the end follows; others to the next sep. The value is returned with its quotes
// or brackets (see unquote, unangle). ok is false when s does not start with a key
// of letters, digits, '-', '_' or '.'; rest is then s.
func nextField(s []byte, sep string) (key, val, rest []byte, ok bool) {
	i := 0
	for i < len(s) && isKeyByte(s[i]) {
		i++
	}
	if i == 0 || i >= len(s) || s[i] != '=' {
		return nil, nil, s, false
	}
	key, v := s[:i], s[i+1:]
	n := valueLen(v, sep)
	val, rest = v[:n], v[n:]
	rest, _ = cutPrefix(rest, sep)
	return key, val, rest, true
}

func isKeyByte(c byte) bool { return keyByte[c] }

var keyByte = func() (t [256]bool) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.") {
		t[c] = true
	}
	return t
}()

func valueLen(v []byte, sep string) int {
	switch {
	case len(v) == 0:
		return 0
	case v[0] == '"':
		for i := 1; i < len(v); i++ {
			if v[i] == '\\' {
				i++
			} else if v[i] == '"' {
				return i + 1
			}
		}
		return len(v)
	case v[0] == '<':
		for i := 1; i < len(v); i++ {
			if v[i] == '>' && (i+1 == len(v) || hasPrefix(v[i+1:], sep)) {
				return i + 1
			}
		}
	}
	if i := index(v, sep); i >= 0 {
		return i
	}
	return len(v)
}
