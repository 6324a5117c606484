package logparse

import (
	"bytes"
	"os"
	"syscall"
	"testing"
	"time"
)

// The files hold 2000 lines of a generated busy host: per 100 lines 13 connect,
// 13 disconnect, 10 TLS, 15 delivery, 9 each of client=, message-id, qmgr from=
// and removed, 5 postscreen, 3 auth failure, 2 reject, rest anvil and lost.
func BenchmarkPostfixRFC3339(b *testing.B) { benchmarkFile(b, "testdata/bench/postfix-rfc3339.log") }
func BenchmarkPostfixBSD(b *testing.B)     { benchmarkFile(b, "testdata/bench/postfix-bsd.log") }

// BenchmarkPostfixAttack is real lines with much attacker text.
func BenchmarkPostfixAttack(b *testing.B) { benchmarkFile(b, "testdata/postfix/real/hostile.log") }

// BenchmarkLinesOnly is the floor: finding the lines and nothing else.
func BenchmarkLinesOnly(b *testing.B) {
	data := benchData(b, "testdata/bench/postfix-rfc3339.log")
	for b.Loop() {
		for start := 0; start < len(data); {
			start += bytes.IndexByte(data[start:], '\n') + 1
		}
	}
	perLine(b, bytes.Count(data, []byte("\n")))
}

// benchStart is the cpu time when benchData last returned; benchmarks run one
// after the other.
var benchStart time.Duration

func benchData(b *testing.B, file string) []byte {
	data, err := os.ReadFile(file)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	benchStart = cpuTime()
	return data
}

// perLine reports cpu time, which a busy machine does not stretch as it does the
// clock.
func perLine(b *testing.B, lines int) {
	b.ReportMetric(float64(cpuTime()-benchStart)/float64(b.N)/float64(lines), "cpu-ns/line")
}

func cpuTime() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// benchmarkFile parses a file's lines over and over, as a source does.
func benchmarkFile(b *testing.B, file string) { benchmarkLines(b, benchData(b, file)) }

func benchmarkLines(b *testing.B, data []byte) {
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	benchStart = cpuTime()
	p := New(Options{Ref: goldenRef})
	blk := &Block{Buf: data}
	var kinds [NumKinds]int
	emit := func(e *Event) { kinds[e.Kind]++ }
	for b.Loop() {
		blk.Arena = blk.Arena[:0]
		for start := 0; start < len(data); {
			end := start + bytes.IndexByte(data[start:], '\n')
			p.Parse(blk, start, end, emit)
			start = end + 1
		}
	}
	perLine(b, bytes.Count(data, []byte("\n")))
	if kinds[KindUnknown] > 0 {
		b.Fatalf("%d unknown", kinds[KindUnknown])
	}
}
