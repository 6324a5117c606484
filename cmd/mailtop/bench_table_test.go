package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/creack/pty"
	"github.com/klauspost/compress/gzip"
	"golang.org/x/sys/unix"

	"mailtop/logparse"
	"mailtop/monitor"
	"mailtop/monitor/source"
)

// BenchmarkTable measures the program as a whole against its goals, with "wc -l" and
// pflogsumm in the same run, and prints one table. BENCH_MB is the size of the log.
// Reading of what is past has the lowest priority and yields to a loaded host, so the
// ratios hold only on a host that is quiet; the table says what the load was.
func BenchmarkTable(b *testing.B) {
	mb := int64(200)
	if n, err := strconv.ParseInt(os.Getenv("BENCH_MB"), 10, 64); err == nil && n > 0 {
		mb = n
	}
	t := &table{b: b, dir: b.TempDir(), load: loadText()}
	t.bin = filepath.Join(t.dir, "mailtop")
	if out, err := exec.Command("go", "build", "-trimpath", "-o", t.bin, ".").CombinedOutput(); err != nil {
		b.Fatalf("%v\n%s", err, out)
	}
	t.log = filepath.Join(t.dir, "mail.log")
	writeVolume(b, t.log, mb<<20)
	b.ResetTimer()
	t.plain()
	t.packed()
	t.stages()
	for _, rate := range []int{10000, 50000} {
		t.following(rate)
	}
	t.latency()
	t.alarm()
	t.screen()
	t.print(mb)
}

// table collects the rows.
type table struct {
	b        *testing.B
	dir, bin string
	log      string
	load     string
	rows     []row
}

type row struct {
	name, measured, goal string
	met                  string
}

func (t *table) add(name string, got float64, unit string, goal float64, most bool) {
	r := row{name: name, measured: number(got) + unit, goal: "<= " + number(goal) + unit, met: "met"}
	if !most {
		r.goal = ">= " + number(goal) + unit
	}
	if most && got > goal || !most && got < goal {
		r.met = "NOT MET"
	}
	t.rows = append(t.rows, r)
}

func (t *table) note(name, measured string) {
	t.rows = append(t.rows, row{name: name, measured: measured})
}

func number(x float64) string {
	if x >= 100 {
		return strconv.FormatFloat(x, 'f', 0, 64)
	}
	return strconv.FormatFloat(x, 'g', 3, 64)
}

func (t *table) print(mb int64) {
	fmt.Printf("\n%d MB of log, %d cores, %s; load before %s, after %s\n", mb, runtime.NumCPU(), runtime.Version(), t.load, loadText())
	for _, r := range t.rows {
		fmt.Printf("%-44s %14s  %-14s %s\n", r.name, r.measured, r.goal, r.met)
	}
}

func loadText() string {
	p, _ := os.ReadFile("/proc/loadavg")
	word, _, _ := strings.Cut(string(p), " ")
	return word
}

// median runs f a few times.
func median(f func() float64) float64 {
	var all []float64
	for range 3 {
		all = append(all, f())
	}
	slices.Sort(all)
	return all[len(all)/2]
}

// plain is a report on the plain log beside wc -l and pflogsumm, in turn.
func (t *table) plain() {
	timed(t.b, "wc", "-l", t.log) // the log is in the page cache now
	var rss float64
	var wall, work float64
	ratio := median(func() float64 {
		wc, _ := timed(t.b, "wc", "-l", t.log)
		r := t.run("report", t.log)
		rss, wall, work = max(rss, r.peak), r.wall, r.work
		return r.wall / wc.Seconds()
	})
	t.note("report: wall, processor", fmt.Sprintf("%.2f s, %.2f s", wall, work))
	t.add("report / wc -l", ratio, "x", 12, true)
	path, err := exec.LookPath("pflogsumm")
	if err != nil {
		t.note("report / pflogsumm", "not installed")
	} else {
		part := filepath.Join(t.dir, "part.log") // it is slow
		n := t.head(part, 20<<20)
		d, _ := timed(t.b, path, part)
		t.add("pflogsumm / report, per MB", d.Seconds()/float64(n)/(wall/float64(size(t.log))), "x", 30, false)
	}
	t.add("peak memory of report", rss, " MiB", 96, true)
}

// ran is how a command did.
type ran struct{ wall, work, peak float64 } // seconds, seconds of all cores, MiB

// run runs mailtop. Its memory is looked at while it runs: what the system says at the
// end of a process includes what its parent had.
func (t *table) run(args ...string) (r ran) {
	cmd := exec.Command(t.bin, args...)
	start := time.Now()
	t.must(cmd.Start())
	done := make(chan struct{})
	peak := make(chan float64)
	go func() {
		look := time.NewTicker(10 * time.Millisecond)
		defer look.Stop()
		most := 0.0
		for {
			select {
			case <-look.C:
				most = max(most, highWater(cmd.Process.Pid))
			case <-done:
				peak <- most
				return
			}
		}
	}()
	t.must(cmd.Wait())
	r.wall = time.Since(start).Seconds()
	close(done)
	r.peak = <-peak
	r.work = (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds()
	return r
}

// highWater is the largest resident size of a process so far in MiB.
func highWater(pid int) float64 {
	p, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	_, rest, _ := strings.Cut(string(p), "VmHWM:")
	var kb float64
	_, _ = fmt.Sscan(rest, &kb)
	return kb / 1024
}

// threadTime is the processor time of the calling thread: other work on the host does
// not count.
func threadTime() time.Duration {
	var u unix.Rusage
	_ = unix.Getrusage(unix.RUSAGE_THREAD, &u)
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// head copies about the first n bytes of the log, in whole lines.
func (t *table) head(to string, n int64) int64 {
	p := make([]byte, min(n, size(t.log)))
	f, err := os.Open(t.log)
	t.must(err)
	defer f.Close()
	_, err = io.ReadFull(f, p)
	t.must(err)
	p = p[:bytes.LastIndexByte(p, '\n')+1]
	t.must(os.WriteFile(to, p, 0o600))
	return int64(len(p))
}

func (t *table) must(err error) {
	t.b.Helper()
	if err != nil {
		t.b.Fatal(err)
	}
}

func size(path string) int64 {
	fi, err := os.Stat(path)
	if err != nil {
		return 1
	}
	return fi.Size()
}

// packed is a report on one .gz, and on a series of twelve, beside inflating alone.
func (t *table) packed() {
	all, err := os.ReadFile(t.log)
	t.must(err)
	one := filepath.Join(t.dir, "one.log.gz")
	t.gzip(one, all)
	t.add("report of a .gz / inflate alone", median(func() float64 {
		in := t.inflate(one)
		return t.run("report", one).wall / in
	}), "x", 1.3, true)
	var series []string
	for n := 12; n > 0; n-- {
		end := bytes.IndexByte(all[len(all)/n-1:], '\n') + len(all)/n
		path := filepath.Join(t.dir, fmt.Sprintf("mail.log.%d.gz", n))
		t.gzip(path, all[:end])
		all = all[end:]
		series = append(series, path)
	}
	var rss, work float64
	t.add("report of 12 .gz / inflate alone", median(func() float64 {
		in := t.inflate(series...)
		r := t.run(append([]string{"report"}, series...)...)
		rss, work = max(rss, r.peak), r.work/in
		return r.wall / in
	}), "x", 1.3, true)
	t.note("  processor time of that / inflate alone", number(work)+"x")
	t.add("peak memory of that", rss, " MiB", 96, true)
	t.note("12 .gz: one core / all cores", number(median(func() float64 {
		cmd := append([]string{"GOMAXPROCS=1", t.bin, "report"}, series...)
		one, _ := timed(t.b, "env", cmd...)
		d, _ := timed(t.b, t.bin, append([]string{"report"}, series...)...)
		return one.Seconds() / d.Seconds()
	}))+"x")
}

func (t *table) gzip(path string, p []byte) {
	f, err := os.Create(path)
	t.must(err)
	z := gzip.NewWriter(f)
	_, err = z.Write(p)
	t.must(err)
	t.must(z.Close())
	t.must(f.Close())
}

// inflate is the time that inflating alone takes, one file after the other.
func (t *table) inflate(paths ...string) float64 {
	start := time.Now()
	for _, path := range paths {
		f, err := os.Open(path)
		t.must(err)
		z, err := gzip.NewReader(f)
		t.must(err)
		_, err = io.Copy(io.Discard, z)
		t.must(err)
		f.Close()
	}
	return time.Since(start).Seconds()
}

// stages are parsing alone and the engine alone, on one core.
func (t *table) stages() {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	part := filepath.Join(t.dir, "stage.log")
	t.head(part, 32<<20)
	buf, err := os.ReadFile(part)
	t.must(err)
	lines := float64(bytes.Count(buf, []byte{'\n'}))
	p := logparse.New(logparse.Options{Ref: time.Now(), Loc: time.UTC})
	block := logparse.Block{Buf: buf}
	events := 0
	emit := func(*logparse.Event) { events++ }
	parse := func() {
		block.Arena = block.Arena[:0]
		for at := 0; at < len(buf); {
			end := at + bytes.IndexByte(buf[at:], '\n')
			p.Parse(&block, at, end, emit)
			at = end + 1
		}
	}
	parse()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	t.add("parse alone, a line", median(func() float64 {
		start := threadTime()
		parse()
		return float64((threadTime() - start).Nanoseconds()) / lines
	}), " ns", 170, true)
	runtime.ReadMemStats(&after)
	t.add("parse alone, allocations a line", float64(after.Mallocs-before.Mallocs)/3/lines, "", 0.001, true)
	t.add("engine alone, a line", median(func() float64 { return t.engine(part) / lines }), " ns", 300, true)
}

// engine is the processor time in nanoseconds that the engine spends on a log.
func (t *table) engine(path string) float64 {
	set, err := source.Files(source.Options{}, path)
	t.must(err)
	e := monitor.New(monitor.Options{Report: true})
	in := make(chan *source.Batch, 8)
	go func() { _ = set.Run(context.Background(), in); close(in) }()
	var d time.Duration
	for b := range in {
		start := threadTime()
		e.Ingest(b)
		d += threadTime() - start
	}
	return float64(d.Nanoseconds())
}

// started is mailtop at work on a log that grows.
type started struct {
	cmd  *exec.Cmd
	log  *os.File
	out  *bufio.Reader
	stop func()
}

// start runs a command that follows a new log, and waits until it does.
func (t *table) start(args ...string) *started {
	path := filepath.Join(t.dir, fmt.Sprintf("grow-%d.log", time.Now().UnixNano()))
	f, err := os.Create(path)
	t.must(err)
	fmt.Fprint(f, benchLine(0, 1))
	s := &started{cmd: exec.Command(t.bin, append(args, path)...), log: f}
	out, err := s.cmd.StdoutPipe()
	t.must(err)
	t.must(s.cmd.Start())
	s.out = bufio.NewReaderSize(out, 1<<20)
	s.stop = func() {
		_ = s.cmd.Process.Kill()
		_ = s.cmd.Wait()
		f.Close()
		os.Remove(path)
	}
	return s
}

// benchLine is a line of a client's connection at the time of writing.
func benchLine(n, client int) string {
	event := "connect from"
	if n%2 == 1 {
		event = "disconnect from"
	}
	client /= 2
	return fmt.Sprintf("%s mx1 postfix/smtpd[%d]: %s unknown[198.18.%d.%d]\n",
		time.Now().Format("2006-01-02T15:04:05.000000-07:00"), 1000+n/2, event, client/250%250, client%250)
}

// cpuOf is the processor time that a process has used.
func cpuOf(pid int) time.Duration {
	p, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	_, rest, _ := strings.Cut(string(p), ") ")
	f := strings.Fields(rest)
	if len(f) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(f[11])
	sys, _ := strconv.Atoi(f[12])
	return time.Duration(user+sys) * 10 * time.Millisecond // USER_HZ is 100
}

// following is the processor time of watch while lines are written at a rate.
func (t *table) following(rate int) {
	const seconds = 4
	s := t.start("watch")
	defer s.stop()
	go func() { _, _ = io.Copy(io.Discard, s.out) }()
	const tick = 10 * time.Millisecond
	var cpu time.Duration
	written := 0
	pace := time.NewTicker(tick)
	defer pace.Stop()
	begin := time.Now().Add(time.Second) // the first second is not counted
	for time.Since(begin) < seconds*time.Second {
		<-pace.C
		if cpu == 0 && time.Since(begin) >= 0 {
			cpu, written = cpuOf(s.cmd.Process.Pid)+1, 0
		}
		var lines bytes.Buffer
		due := int((time.Since(begin)+time.Second).Seconds()*float64(rate)) - int(time.Second.Seconds()*float64(rate))
		if cpu == 0 {
			due = written + rate/100
		}
		for ; written < due; written++ {
			lines.WriteString(benchLine(written%200, written%100_000))
		}
		_, err := s.log.Write(lines.Bytes())
		t.must(err)
	}
	used := cpuOf(s.cmd.Process.Pid) - cpu
	goal := 8.0
	if rate > 10000 {
		goal = 20
	}
	t.add(fmt.Sprintf("processor while following %d lines/s", rate), 100*used.Seconds()/time.Since(begin).Seconds(), " %", goal, true)
	t.note("  lines/s written", number(float64(written)/time.Since(begin).Seconds()))
}

// latency is the time from write() of a line to its event on the output.
func (t *table) latency() {
	s := t.start("events", "-f")
	defer s.stop()
	_, err := s.out.ReadString('\n')
	t.must(err)
	var all []float64
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for n := range 600 {
		<-pace.C
		line := benchLine(n, n)
		start := time.Now()
		_, err := s.log.WriteString(line)
		t.must(err)
		_, err = s.out.ReadString('\n')
		t.must(err)
		all = append(all, float64(time.Since(start).Microseconds())/1000)
	}
	slices.Sort(all)
	t.note("write() to event, 200 lines/s, p50", number(all[len(all)/2])+" ms")
	t.add("write() to event, 200 lines/s, p99", all[len(all)*99/100], " ms", 20, true)
}

// alarm is the time from the write() that makes an incident to it on the output.
func (t *table) alarm() {
	s := t.start("watch")
	defer s.stop()
	var all []float64
	opened := make(chan time.Time, 1000)
	go func() {
		for {
			line, err := s.out.ReadString('\n')
			if err != nil {
				return
			}
			if strings.Contains(line, "opened") {
				opened <- time.Now()
			}
		}
	}()
	pace := time.NewTicker(5 * time.Millisecond)
	defer pace.Stop()
	for client := range 20 {
		for n, done := 0, false; n < 300 && !done; n++ {
			<-pace.C
			line := fmt.Sprintf("%s mx1 postfix/smtpd[%d]: warning: unknown[203.0.113.%d]: SASL LOGIN authentication failed: authentication failure, sasl_username=u%d@example.org\n",
				time.Now().Format("2006-01-02T15:04:05.000000-07:00"), client, client, client)
			start := time.Now()
			_, err := s.log.WriteString(line)
			t.must(err)
			select {
			case at := <-opened:
				all = append(all, float64(at.Sub(start).Microseconds())/1000)
				done = true
			case <-time.After(50 * time.Millisecond):
			}
		}
	}
	if len(all) == 0 {
		t.note("incident in the output of watch", "none opened")
		return
	}
	slices.Sort(all)
	t.add(fmt.Sprintf("incident in the output of watch, p95 of %d", len(all)), all[len(all)*95/100], " ms", 100, true)
}

// screen is what the UI writes and uses: at its first paint, when nothing happens, and
// while lines come.
func (t *table) screen() {
	for _, size := range []pty.Winsize{{Cols: 80, Rows: 24}, {Cols: 200, Rows: 60}} {
		t.terminal(size)
	}
}

func (t *table) terminal(size pty.Winsize) {
	path := filepath.Join(t.dir, fmt.Sprintf("ui-%d.log", size.Cols))
	f, err := os.Create(path)
	t.must(err)
	defer f.Close()
	fmt.Fprint(f, benchLine(0, 1))
	cmd := exec.Command(t.bin, path)
	cmd.Env = append(os.Environ(), "TERM=xterm-256color", "LANG=C.UTF-8", "HOME="+t.dir)
	start := time.Now()
	tty, err := pty.StartWithSize(cmd, &size)
	t.must(err)
	defer func() { _ = cmd.Process.Kill(); _ = cmd.Wait(); tty.Close() }()
	bytesOut := make(chan int, 10000)
	go func() {
		buf := make([]byte, 64<<10)
		for {
			n, err := tty.Read(buf)
			if err != nil {
				return
			}
			bytesOut <- n
		}
	}()
	count := func(d time.Duration, first bool) (total int) {
		end := time.After(d)
		for {
			select {
			case n := <-bytesOut:
				if total += n; first && total > 500 {
					return total
				}
			case <-end:
				return total
			}
		}
	}
	name := fmt.Sprintf("UI %dx%d", size.Cols, size.Rows)
	count(5*time.Second, true)
	if size.Cols == 80 {
		t.add("first paint", float64(time.Since(start).Milliseconds()), " ms", 150, true)
	}
	count(3*time.Second, false)
	cpu, from := cpuOf(cmd.Process.Pid), time.Now()
	n := count(5*time.Second, false)
	t.add(name+" idle, processor", 100*(cpuOf(cmd.Process.Pid)-cpu).Seconds()/time.Since(from).Seconds(), " %", 0.5, true)
	t.note(name+" idle, bytes/s", number(float64(n)/5))
	goal := 1500.0
	if size.Cols == 200 {
		goal = 4000
	}
	stop := make(chan struct{})
	go func() {
		pace := time.NewTicker(20 * time.Millisecond)
		defer pace.Stop()
		for n := 0; ; n++ {
			select {
			case <-pace.C:
				_, _ = f.WriteString(benchLine(n, n%40))
			case <-stop:
				return
			}
		}
	}()
	count(2*time.Second, false)
	n = count(5*time.Second, false)
	close(stop)
	t.add(name+" with 50 lines/s, bytes/s", float64(n)/5, "", goal, true)
}
