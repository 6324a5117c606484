package main

import (
	"bytes"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"mailtop/monitor/logsim"
)

// volume is the size of the log of BenchmarkReport; MAILTOP_BENCH_LOG names one
// to use instead (a gigabyte, say).
const volume = 100 << 20

// BenchmarkReport times the whole program on a large Postfix log beside "wc -l",
// and beside pflogsumm where it is installed, in turn, so that the ratios hold when
// the speed of the machine drifts.
func BenchmarkReport(b *testing.B) {
	dir := b.TempDir()
	bin := filepath.Join(dir, "mailtop")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", bin, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	log := os.Getenv("MAILTOP_BENCH_LOG")
	if log == "" {
		log = filepath.Join(dir, "mail.log")
		writeVolume(b, log, volume)
	}
	fi, err := os.Stat(log)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(fi.Size())
	timed(b, "wc", "-l", log) // the log is in the page cache now
	var report, wc time.Duration
	var rss int64
	for b.Loop() {
		t, m := timed(b, bin, "report", log)
		report, rss = report+t, max(rss, m)
		t, _ = timed(b, "wc", "-l", log)
		wc += t
	}
	b.ReportMetric(float64(report)/float64(wc), "x_wc")
	b.ReportMetric(float64(rss)/1024, "MiB_rss")
	if path, err := exec.LookPath("pflogsumm"); err == nil {
		t, _ := timed(b, path, log)
		b.ReportMetric(float64(t)*float64(b.N)/float64(report), "x_faster_than_pflogsumm")
	}
}

func timed(b *testing.B, name string, args ...string) (time.Duration, int64) {
	b.Helper()
	cmd := exec.Command(name, args...)
	cmd.Stdout = io.Discard
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%s: %v", name, err)
	}
	return time.Since(start), peakRSS(cmd.ProcessState)
}

// writeVolume repeats busy days until the log is large enough.
func writeVolume(b *testing.B, path string, size int64) {
	b.Helper()
	f, err := os.Create(path)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	var day bytes.Buffer
	for seed, n := uint64(1), int64(0); n < size; seed++ {
		day.Reset()
		sc := logsim.Scenario{Seed: seed, Start: time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(seed)), Length: 24 * time.Hour, Messages: 20000}
		if _, err := sc.Write(&day); err != nil {
			b.Fatal(err)
		}
		n += int64(day.Len())
		if _, err := f.Write(day.Bytes()); err != nil {
			b.Fatal(err)
		}
	}
}
