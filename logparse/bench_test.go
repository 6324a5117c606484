package logparse

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

// All benchmarks report the fastest pass over their lines as ns/line: what other
// programs on the machine do cannot make a pass faster.

// BenchmarkNewlineCount is what wc -l does, in this process; BenchmarkLinesOnly finds
// each line, BenchmarkScanner is a bare bufio.Scanner. They are the floor.
func BenchmarkNewlineCount(b *testing.B) {
	newlineCount(b, benchData(b, "testdata/bench/postfix-rfc3339.log"))
}

func BenchmarkLinesOnly(b *testing.B) {
	data := benchData(b, "testdata/bench/postfix-rfc3339.log")
	passes(b, data, func() {
		for start := 0; start < len(data); {
			start += bytes.IndexByte(data[start:], '\n') + 1
		}
	})
}

func BenchmarkScanner(b *testing.B) { scanner(b, benchData(b, "testdata/bench/postfix-rfc3339.log")) }

func newlineCount(b *testing.B, data []byte) float64 {
	n := 0
	ns := passes(b, data, func() { n = bytes.Count(data, []byte{'\n'}) })
	if n == 0 {
		b.Fatal("no lines")
	}
	return ns
}

func scanner(b *testing.B, data []byte) float64 {
	buf := make([]byte, 64<<10)
	return passes(b, data, func() {
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

// BenchmarkFamilies parses the golden lines of each family: those that a daemon
// wrote, and those from documentation. One line of every template, so the rare ones
// weigh as much as the usual. At the end it prints a table of all families, with
// a newline count and a bare Scanner over the lines of all.
func BenchmarkFamilies(b *testing.B) {
	dirs, err := filepath.Glob("testdata/*")
	if err != nil {
		b.Fatal(err)
	}
	var all []byte
	table := &strings.Builder{}
	fmt.Fprintf(table, "\n%-14s %6s %8s %9s %12s\n", "family", "real", "written", "ns, real", "ns, written")
	for _, dir := range dirs {
		name := filepath.Base(dir)
		var lines [2]int
		var ns [2]float64
		for i, kind := range [...]string{"real", "written"} {
			data := goldenLines(b, dir+"/"+kind+"/*.log")
			if len(data) == 0 {
				continue
			}
			all = append(all, data...)
			lines[i] = bytes.Count(data, []byte("\n"))
			b.Run(name+"/"+kind, func(b *testing.B) { ns[i] = parsePasses(b, data) })
		}
		if ns != [2]float64{} { // not left out with -bench
			fmt.Fprintf(table, "%-14s %6d %8d %9.0f %12.0f\n", name, lines[0], lines[1], ns[0], ns[1])
		}
	}
	for _, floor := range []struct {
		name string
		run  func(*testing.B, []byte) float64
	}{{"newline-count", newlineCount}, {"scanner", scanner}} {
		var ns float64
		b.Run(floor.name, func(b *testing.B) { ns = floor.run(b, all) })
		fmt.Fprintf(table, "%-14s %15d %9.1f\n", floor.name, bytes.Count(all, []byte("\n")), ns)
	}
	fmt.Print(table)
}

// goldenLines are the lines of all files, comments left out.
func goldenLines(b *testing.B, pattern string) (data []byte) {
	files, err := filepath.Glob(pattern)
	if err != nil {
		b.Fatal(err)
	}
	for _, f := range files {
		for line := range bytes.Lines(benchData(b, f)) {
			if line[0] != '#' && len(line) > 1 {
				data = append(data, line...)
			}
		}
	}
	return data
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
func parsePasses(b *testing.B, data []byte) (nsLine float64) {
	p := New(Options{Ref: goldenRef})
	blk := &Block{Buf: data}
	unknown := 0
	emit := func(e *Event) {
		if e.Kind == KindUnknown {
			unknown++
		}
	}
	nsLine = passes(b, data, func() {
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
	return nsLine
}

// passes returns the fastest pass, in nanoseconds a line.
func passes(b *testing.B, data []byte, pass func()) (nsLine float64) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	fastest := time.Duration(1<<63 - 1)
	for b.Loop() {
		start := time.Now()
		pass()
		fastest = min(fastest, time.Since(start))
	}
	nsLine = float64(fastest) / float64(bytes.Count(data, []byte("\n")))
	b.ReportMetric(nsLine, "ns/line")
	return nsLine
}
