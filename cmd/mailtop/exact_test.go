package main

import (
	"bytes"
	"testing"
)

// What stands in the output already is not written again, a torn line is finished,
// and where something else stands everything is written on lines of its own.
func TestExactly(t *testing.T) {
	for _, c := range []struct{ name, have, write, want string }{
		{"nothing there", "", "a\nb\n", "a\nb\n"},
		{"all there", "a\nb\n", "a\nb\n", ""},
		{"some there", "a\n", "a\nb\n", "b\n"},
		{"a torn line", "a\nbb", "a\nbbb\nc\n", "b\nc\n"},
		{"something else", "x\n", "a\nb\n", "a\nb\n"},
		{"something else after the first", "a\nx\n", "a\nb\n", "b\n"},
		{"something else, torn", "a\nx", "a\nb\n", "\nb\n"},
	} {
		for size := 1; size <= 3; size++ { // lines a write
			var out bytes.Buffer
			x := &exactly{w: &out, have: []byte(c.have)}
			rest := bytes.SplitAfter([]byte(c.write), []byte{'\n'})
			for len(rest) > 0 {
				n := min(size, len(rest))
				part := bytes.Join(rest[:n], nil)
				if k, err := x.Write(part); k != len(part) || err != nil {
					t.Fatalf("%s: %d of %d, %v", c.name, k, len(part), err)
				}
				rest = rest[n:]
			}
			if out.String() != c.want {
				t.Errorf("%s, %d lines a write: %q, want %q", c.name, size, out.String(), c.want)
			}
		}
	}
}
