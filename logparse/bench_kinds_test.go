package logparse

import (
	"bytes"
	"os"
	"slices"
	"testing"
)

// BenchmarkPostfixKinds shows where the time of BenchmarkPostfixRFC3339 goes: the
// same lines, by the kind of their event.
func BenchmarkPostfixKinds(b *testing.B) {
	data, err := os.ReadFile("testdata/bench/postfix-rfc3339.log")
	if err != nil {
		b.Fatal(err)
	}
	byKind := map[string][]byte{}
	var names []string
	for line := range bytes.Lines(data) {
		eachEvent(bytes.TrimSuffix(line, []byte("\n")), func(e *Event, _ *Block) {
			name := e.Kind.String()
			if byKind[name] == nil {
				names = append(names, name)
			}
			byKind[name] = append(byKind[name], line...)
		})
	}
	slices.Sort(names)
	for _, name := range names {
		b.Run(name, func(b *testing.B) { benchmarkLines(b, byKind[name]) })
	}
}
