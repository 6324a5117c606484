package logparse

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// All benchmarks report the fastest pass over their lines as ns/line: what other
// programs on the machine do cannot make a pass faster.

// BenchmarkLinesOnly is the floor: finding the lines and nothing else.
func BenchmarkLinesOnly(b *testing.B) {
	data := benchData(b, "testdata/bench/postfix-rfc3339.log")
	passes(b, data, func() {
		for start := 0; start < len(data); {
			start += bytes.IndexByte(data[start:], '\n') + 1
		}
	})
}

// BenchmarkScanner is a bare bufio.Scanner over the same lines.
func BenchmarkScanner(b *testing.B) {
	data := benchData(b, "testdata/bench/postfix-rfc3339.log")
	buf := make([]byte, 64<<10)
	passes(b, data, func() {
		s := bufio.NewScanner(bytes.NewReader(data))
		for s.Buffer(buf, len(buf)); s.Scan(); {
			_ = s.Bytes()
		}
	})
}

// The files hold 2000 lines of a generated busy host: per 100 lines 13 connect,
// 13 disconnect, 10 TLS, 15 delivery, 9 each of client=, message-id, qmgr from=
// and removed, 5 postscreen, 3 auth failure, 2 reject, rest anvil and lost.
func BenchmarkPostfixRFC3339(b *testing.B) {
	parsePasses(b, benchData(b, "testdata/bench/postfix-rfc3339.log"))
}

func BenchmarkPostfixBSD(b *testing.B) {
	parsePasses(b, benchData(b, "testdata/bench/postfix-bsd.log"))
}

// BenchmarkPostfixKinds shows where the time of BenchmarkPostfixRFC3339 goes: the
// same lines, by the kind of their event.
func BenchmarkPostfixKinds(b *testing.B) {
	byKind := map[string][]byte{}
	var names []string
	for line := range bytes.Lines(benchData(b, "testdata/bench/postfix-rfc3339.log")) {
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
		b.Run(name, func(b *testing.B) { parsePasses(b, byKind[name]) })
	}
}

// BenchmarkFamilies parses the golden lines of each family, real and written: one
// line of every template, so the rare ones weigh as much as the usual.
func BenchmarkFamilies(b *testing.B) {
	dirs, err := filepath.Glob("testdata/*")
	if err != nil {
		b.Fatal(err)
	}
	for _, dir := range dirs {
		family := filepath.Base(dir)
		files, _ := filepath.Glob(dir + "/*/*.log")
		if len(files) == 0 {
			continue
		}
		b.Run(family, func(b *testing.B) {
			var data []byte
			for _, f := range files {
				for line := range bytes.Lines(benchData(b, f)) {
					if line[0] != '#' && len(line) > 1 {
						data = append(data, line...)
					}
				}
			}
			parsePasses(b, data)
		})
	}
}

// BenchmarkTools parses the line that a filter or ban tool writes for a message.
func BenchmarkTools(b *testing.B) {
	for _, tool := range toolPrograms {
		b.Run(strings.ReplaceAll(tool.program, "/", "-"), func(b *testing.B) {
			parsePasses(b, bytes.Repeat([]byte(toolLine(tool.program, tool.line)+"\n"), 100))
		})
	}
}

func benchData(b *testing.B, file string) []byte {
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	return data
}

// parsePasses parses the lines of data over and over, as a source does.
func parsePasses(b *testing.B, data []byte) {
	p := New(Options{Ref: goldenRef})
	blk := &Block{Buf: data}
	unknown := 0
	emit := func(e *Event) {
		if e.Kind == KindUnknown {
			unknown++
		}
	}
	passes(b, data, func() {
		blk.Arena = blk.Arena[:0]
		for start := 0; start < len(data); {
			end := start + bytes.IndexByte(data[start:], '\n')
			p.Parse(blk, start, end, emit)
			start = end + 1
		}
	})
	if unknown > 0 {
		b.Fatalf("%d unknown", unknown)
	}
}

func passes(b *testing.B, data []byte, pass func()) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	fastest := time.Duration(1<<63 - 1)
	for b.Loop() {
		start := time.Now()
		pass()
		fastest = min(fastest, time.Since(start))
	}
	b.ReportMetric(float64(fastest)/float64(bytes.Count(data, []byte("\n"))), "ns/line")
}
