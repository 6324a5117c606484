package source

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/klauspost/compress/gzip"
)

// benchLog writes a log of about size bytes with the lines of a Postfix host.
func benchLog(b *testing.B, size int) string {
	b.Helper()
	path := filepath.Join(b.TempDir(), "mail.log")
	f, err := os.Create(path)
	must(b, err)
	w := bufio.NewWriter(f)
	for n, i := 0, 0; n < size; i++ {
		at := fmt.Sprintf("2026-11-22T%02d:%02d:%02d.%06d+00:00 mx1 postfix/", i/36000%24, i/600%60, i/10%60, i%10*100000)
		ip := fmt.Sprintf("host%d.example.net[198.18.%d.%d]", i%5000, i%5000/250, i%250)
		k, _ := fmt.Fprintf(w, "%ssmtpd[%d]: connect from %s\n%ssmtpd[%d]: %010X: client=%s\n%sqmgr[99]: %010X: from=<u%d@example.org>, size=%d, nrcpt=1 (queue active)\n"+
			"%ssmtp[77]: %010X: to=<r%d@example.com>, relay=mx.example.com[192.0.2.7]:25, delay=0.4, delays=0.1/0/0.1/0.2, dsn=2.0.0, status=sent (250 2.0.0 OK: queued as ABC)\n%sqmgr[99]: %010X: removed\n%ssmtpd[%d]: disconnect from %s ehlo=1 mail=1 rcpt=1 data=1 quit=1 commands=5\n",
			at, i%300, ip, at, i%300, i+1<<24, ip, at, i+1<<24, i%900, i%100000, at, i+1<<24, i%3000, at, i+1<<24, at, i%300, ip)
		n += k
	}
	must(b, w.Flush())
	must(b, f.Close())
	return path
}

const benchSize = 64 << 20

func drainOf(b *testing.B, o Options, paths ...string) (lines int64) {
	set, err := Files(o, paths...)
	must(b, err)
	out := make(chan *Batch, 8)
	go func() {
		if err := set.Run(context.Background(), out); err != nil {
			b.Error(err)
		}
		close(out)
	}()
	for x := range out {
		lines += x.Lines
		x.Release()
	}
	return lines
}

// BenchmarkScanner is what bufio.Scanner needs to find the lines.
func BenchmarkScanner(b *testing.B) {
	path := benchLog(b, benchSize)
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		f, err := os.Open(path)
		must(b, err)
		for s := bufio.NewScanner(f); s.Scan(); {
			_ = s.Bytes()
		}
		must(b, f.Close())
	}
}

// BenchmarkCut cuts the same bytes into batches, unparsed.
func BenchmarkCut(b *testing.B) {
	path := benchLog(b, benchSize)
	o := Options{}.withDefaults()
	pl := newPool(o)
	b.SetBytes(benchSize)
	b.ReportAllocs()
	for b.Loop() {
		g, err := openGen("", path, 0, pl, &o)
		must(b, err)
		for {
			n, err := g.read(1<<62, false)
			must(b, err)
			if n == 0 {
				break
			}
			if x := g.cut.cut(false); x != nil {
				x.Release()
			}
		}
		g.close()
	}
}

// BenchmarkParse is the whole way from a file to events, on one core and on all.
func BenchmarkParse(b *testing.B) {
	path := benchLog(b, benchSize)
	for _, workers := range []int{1, 0} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.SetBytes(benchSize)
			b.ReportAllocs()
			lines := int64(0)
			for b.Loop() {
				lines += drainOf(b, Options{Workers: workers}, path)
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(lines), "ns/line")
		})
	}
}

// mixedLogs writes logs like benchLog, with names and numbers that repeat no more than
// those of a real log, of which gzip leaves a fifth.
func mixedLogs(b *testing.B, files, size int) (paths []string) {
	b.Helper()
	dir := b.TempDir()
	r := rand.New(rand.NewPCG(1, 2))
	var w bytes.Buffer
	for n, i := files, 0; n > 0; n-- {
		for w.Reset(); w.Len() < size; i++ {
			at := fmt.Sprintf("2026-11-22T%02d:%02d:%02d.%06d+00:00 mx1 postfix/", i/36000%24, i/600%60, i/10%60, r.IntN(1000000))
			ip := fmt.Sprintf("%x.example.net[198.18.%d.%d]", r.Uint32()>>12, r.IntN(250), r.IntN(250))
			pid, id := r.IntN(30000), r.Uint64()>>24
			fmt.Fprintf(&w, "%ssmtpd[%d]: connect from %s\n%ssmtpd[%d]: %010X: client=%s\n%sqmgr[99]: %010X: from=<u%x@example.org>, size=%d, nrcpt=1 (queue active)\n"+
				"%ssmtp[77]: %010X: to=<r%x@example.com>, relay=mx.example.com[192.0.2.7]:25, delay=%.1f, delays=0.1/0/%.1f/0.2, dsn=2.0.0, status=sent (250 2.0.0 OK: queued as %X)\n%sqmgr[99]: %010X: removed\n",
				at, pid, ip, at, pid, id, ip, at, id, r.Uint32()>>16, r.IntN(100000), at, id, r.Uint32()>>12, r.Float64(), r.Float64(), id, at, id)
		}
		path := filepath.Join(dir, fmt.Sprintf("mail.log.%d.gz", n))
		must(b, os.WriteFile(path, gzipped(b, w.Bytes()), 0o600))
		paths = append(paths, path)
	}
	return paths
}

// BenchmarkGzip compares reading twelve .gz with inflating them alone, in turn, on one
// core and on all.
func BenchmarkGzip(b *testing.B) {
	paths := mixedLogs(b, 12, benchSize/12)
	for _, workers := range []int{1, 0} {
		b.Run(fmt.Sprintf("workers=%d", workers), func(b *testing.B) {
			b.SetBytes(benchSize)
			var alone time.Duration
			for b.Loop() {
				drainOf(b, Options{Workers: workers}, paths...)
				b.StopTimer()
				start := time.Now()
				for _, path := range paths {
					f, err := os.Open(path)
					must(b, err)
					z, err := gzip.NewReader(f)
					must(b, err)
					_, err = io.Copy(io.Discard, z)
					must(b, err)
					must(b, f.Close())
				}
				alone += time.Since(start)
				b.StartTimer()
			}
			b.ReportMetric(float64(b.Elapsed())/float64(alone), "x_inflate_alone")
		})
	}
}
