package source

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
)

// What journalctl prints in forms that tell no time, or take several lines a record.
// They are refused: the same journal can be written in a form that loses nothing.
var refusedForms = []struct {
	name  string
	maybe *regexp.Regexp // what the first magicBytes look like
	head  *regexp.Regexp // what the first line looks like
}{
	{"verbose", regexp.MustCompile(`^[A-Z][a-z]{2} 20`), regexp.MustCompile(`^[A-Z][a-z]{2} \d{4}-\d\d-\d\d [0-9:.]+ \S+ \[s=[0-9a-f]+;i=`)},
	{"json-pretty", regexp.MustCompile(`^\{\n\t"`), regexp.MustCompile(`^\{\n\t"`)},
	{"json-sse", regexp.MustCompile(`^data: `), regexp.MustCompile(`^data: \{`)},
	{"short-delta", regexp.MustCompile(`^\[[ \d]+`), regexp.MustCompile(`^\[ *\d+\.\d{6} (<| {8,}\])`)},
	{"short-monotonic", regexp.MustCompile(`^\[[ \d]+`), regexp.MustCompile(`^\[ *\d+\.\d{6}\] \S+ \S+\[\d+\]: `)},
}

// refused says why what begins with head cannot be read; nil when it can.
func refused(name string, head []byte) error {
	for _, f := range refusedForms {
		if f.head.Match(head) {
			return fmt.Errorf("%s is what journalctl -o %s prints, which cannot be read; write it with: journalctl -o export > FILE", name, f.name)
		}
	}
	return nil
}

// refusable says whether the first line decides, by the first magicBytes.
func refusable(head []byte) bool {
	for _, f := range refusedForms {
		if f.maybe.Match(head) {
			return true
		}
	}
	return false
}

// firstOf reads on to the end of the first line, or so far that it must be known.
func (p *peeked) firstOf() error {
	if !refusable(p.have) {
		return nil
	}
	for len(p.have) < headSize && bytes.IndexByte(p.have[2:], '\n') < 0 {
		var c [1]byte
		if _, err := io.ReadFull(p.r, c[:]); err != nil {
			break
		}
		p.have = append(p.have, c[0])
	}
	return refused("the input", p.have)
}
