package main

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"mailtop/monitor/checkpoint"
)

// growing is a log that is written to and rotated while others read it.
type growing struct {
	t    *testing.T
	path string
	n    int // lines written
	gen  int // rotations
	rng  *rand.Rand
}

func newGrowing(t *testing.T, seed uint64) *growing {
	return &growing{t: t, path: filepath.Join(t.TempDir(), "mail.log"), rng: rand.New(rand.NewPCG(seed, 1))}
}

// write appends lines; each names its number.
func (g *growing) write(count int) {
	var b strings.Builder
	for range count {
		fmt.Fprintf(&b, "%s mx postfix/smtpd[9]: warning: line number %d\n", time.Now().UTC().Format("2006-01-02T15:04:05.000000-07:00"), g.n)
		g.n++
	}
	g.append(b.String())
}

func (g *growing) append(text string) {
	g.t.Helper()
	f, err := os.OpenFile(g.path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err == nil {
		_, err = f.WriteString(text)
		err = errFirst(err, f.Close())
	}
	if err != nil {
		g.t.Fatal(err)
	}
}

func errFirst(a, b error) error {
	if a != nil {
		return a
	}
	return b
}

// rotate renames the log; every third time the one before is compressed.
func (g *growing) rotate() {
	g.t.Helper()
	for i := g.gen; i >= 1; i-- {
		for _, ext := range []string{"", ".gz"} {
			old := fmt.Sprintf("%s.%d%s", g.path, i, ext)
			if _, err := os.Stat(old); err == nil {
				must(g.t, os.Rename(old, fmt.Sprintf("%s.%d%s", g.path, i+1, ext)))
			}
		}
	}
	must(g.t, os.Rename(g.path, g.path+".1"))
	must(g.t, os.WriteFile(g.path, nil, 0o600))
	if g.gen++; g.gen%3 == 0 {
		g.compress(g.path + ".2")
	}
}

func (g *growing) compress(path string) {
	data, err := os.ReadFile(path)
	if err != nil {
		return
	}
	var z bytes.Buffer
	w := gzip.NewWriter(&z)
	_, err = w.Write(data)
	must(g.t, errFirst(err, w.Close()))
	must(g.t, os.WriteFile(path+".gz", z.Bytes(), 0o600))
	must(g.t, os.Remove(path))
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// victim runs the program until it has printed so many lines, kills it, and
// returns all that it printed.
func victim(t *testing.T, lines int, busy func(i int), args ...string) []string {
	t.Helper()
	cmd := exec.Command("mailtop", args...)
	out, err := cmd.StdoutPipe()
	must(t, err)
	var errw bytes.Buffer
	cmd.Stderr = &errw
	must(t, cmd.Start())
	printed := make(chan string, 1<<16)
	go func() {
		defer close(printed)
		in := bufio.NewReader(out)
		for {
			line, err := in.ReadString('\n')
			if err != nil { // a torn line is not a line
				return
			}
			printed <- strings.TrimSuffix(line, "\n")
		}
	}()
	var got []string
	for i := range lines {
		line, ok := <-printed
		if !ok {
			_ = cmd.Wait()
			t.Fatalf("%v: ended after %d lines\n%s", args, i, errw.String())
		}
		got = append(got, line)
		busy(i)
	}
	must(t, cmd.Process.Kill())
	for line := range printed {
		got = append(got, line)
	}
	_ = cmd.Wait() // it was killed
	return got
}

// saved waits until the checkpoint has been written anew.
func saved(t *testing.T, dir string, write func()) {
	t.Helper()
	path := filepath.Join(dir, "checkpoint")
	before, err := os.Stat(path)
	must(t, err)
	write()
	for end := time.Now().Add(20 * time.Second); ; {
		now, err := os.Stat(path)
		must(t, err)
		if !os.SameFile(before, now) || !now.ModTime().Equal(before.ModTime()) {
			return
		}
		if time.Now().After(end) {
			t.Fatal("the checkpoint is not written any more")
		}
	}
}

// events -f --state, killed again and again while the log grows and rotates: every
// record is printed, a second time only as the very same line, and the checkpoint
// counts each once.
func TestKilledShipper(t *testing.T) {
	g := newGrowing(t, 7)
	dir := filepath.Join(t.TempDir(), "state")
	seen := map[string]int{} // line of output -> times
	for round := range 32 {
		g.write(20 + g.rng.IntN(200))
		if round > 0 && g.rng.IntN(3) == 0 {
			g.rotate()
			g.write(1 + g.rng.IntN(50))
		}
		turn := g.rng.IntN(30) // the process lives beyond a save in about every third round
		for _, l := range victim(t, 1+g.rng.IntN(20), func(i int) {
			if g.write(3); i == turn {
				g.rotate()
				g.write(2)
			}
			if i == turn {
				saved(t, dir, func() { g.write(1) })
			}
		}, "events", "-f", "--state", dir, g.path) {
			seen[l]++
		}
		if round%8 == 7 {
			g.rotate()
		}
	}
	g.write(5)
	out, err := exec.Command("mailtop", "events", "--state", dir, g.path).Output()
	must(t, err)
	for l := range strings.Lines(string(out)) {
		seen[strings.TrimSuffix(l, "\n")]++
	}
	numbers := map[int]int{}
	twice := 0
	for l, times := range seen {
		var e struct{ Text string }
		must(t, json.Unmarshal([]byte(l), &e))
		var n int
		if _, err := fmt.Sscanf(e.Text, "warning: line number %d", &n); err != nil {
			t.Fatalf("%s: %v", l, err)
		}
		numbers[n]++
		twice += times - 1
	}
	for n := range g.n {
		if numbers[n] != 1 {
			t.Errorf("line %d was printed in %d different ways", n, numbers[n])
		}
	}
	if got := remembered(t, dir, "events").Output.Lines; got != int64(g.n) {
		t.Errorf("the checkpoint counts %d lines, %d were written", got, g.n)
	}
	t.Logf("%d lines, 32 kills, %d rotations, %d printed again", g.n, g.gen, twice)
}

func remembered(t *testing.T, dir, reader string) checkpoint.Reader {
	t.Helper()
	st, err := checkpoint.Open(dir)
	must(t, err)
	defer st.Close()
	return st.State.Readers[reader]
}

// With a file as its output the shipper prints nothing twice either.
func TestKilledShipperToFile(t *testing.T) {
	g := newGrowing(t, 8)
	dir := filepath.Join(t.TempDir(), "state")
	path := filepath.Join(t.TempDir(), "out.jsonl")
	run := func(args ...string) (*exec.Cmd, *os.File) {
		out, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
		must(t, err)
		cmd := exec.Command("mailtop", args...)
		cmd.Stdout, cmd.Stderr = out, os.Stderr
		must(t, cmd.Start())
		return cmd, out
	}
	size := func() int64 {
		fi, err := os.Stat(path)
		must(t, err)
		return fi.Size()
	}
	for round := range 30 {
		g.write(50 + g.rng.IntN(400))
		if round > 0 && g.rng.IntN(4) == 0 {
			g.rotate()
		}
		cmd, out := run("events", "-f", "--state", dir, g.path)
		g.write(30)
		for want := size() + int64(g.rng.IntN(8000)); size() <= want; {
			runtime.Gosched() // what was written above is more than that
		}
		must(t, cmd.Process.Kill())
		_ = cmd.Wait() // it was killed
		must(t, out.Close())
		if g.rng.IntN(3) == 0 { // as a kill in the middle of a write leaves it
			kept := remembered(t, dir, "events").Output.Size
			must(t, os.Truncate(path, max(kept, size()-int64(g.rng.IntN(100)))))
		}
	}
	cmd, out := run("events", "--state", dir, g.path)
	must(t, cmd.Wait())
	must(t, out.Close())
	data, err := os.ReadFile(path)
	must(t, err)
	n := 0
	for l := range strings.Lines(string(data)) {
		if !strings.Contains(l, fmt.Sprintf(`line number %d"`, n)) {
			t.Fatalf("line %d of the output: %s", n, l)
		}
		n++
	}
	if n != g.n {
		t.Errorf("%d lines printed, %d written", n, g.n)
	}
	t.Logf("%d lines", n)
}

// address is a client in a network of its own.
func address(i int) string { return fmt.Sprintf("%d.%d.7.7", 20+i/200, i%200+1) }

// watch --state, killed again and again: each attacker is told of once, under one
// id, and none is forgotten.
func TestKilledWatch(t *testing.T) {
	g := newGrowing(t, 9)
	dir := filepath.Join(t.TempDir(), "state")
	attackers := 0
	attack := func() {
		var b strings.Builder
		for range 5 {
			fmt.Fprintf(&b, "%s mx postfix/smtpd[9]: warning: unknown[%s]: SASL LOGIN authentication failed: (reason unavailable), sasl_username=admin\n",
				time.Now().UTC().Format("2006-01-02T15:04:05.000000-07:00"), address(attackers))
		}
		attackers++
		g.append(b.String())
	}
	type change struct {
		Seq     uint64
		Event   string
		ID      string
		Rule    string
		Subject struct{ Value string }
	}
	bySeq := map[uint64]string{}
	opened := map[string]map[string]bool{}
	take := func(lines []string) {
		for _, l := range lines {
			var c change
			must(t, json.Unmarshal([]byte(l), &c))
			what := c.Event + " " + c.ID + " " + c.Rule + " " + c.Subject.Value
			if old, ok := bySeq[c.Seq]; ok && old != what {
				t.Errorf("number %d is %s and %s", c.Seq, old, what)
			}
			bySeq[c.Seq] = what
			if c.Event == "opened" && c.Rule == "auth.bruteforce" {
				if opened[c.Subject.Value] == nil {
					opened[c.Subject.Value] = map[string]bool{}
				}
				opened[c.Subject.Value][c.ID] = true
			}
		}
	}
	attack()
	for round := range 30 {
		for range 1 + g.rng.IntN(3) {
			attack()
		}
		if round%7 == 3 {
			g.rotate()
		}
		lives := round == 0 || g.rng.IntN(2) == 0 // long enough to remember what it told
		take(victim(t, 1+g.rng.IntN(3), func(i int) {
			if attack(); i == 0 && lives {
				saved(t, dir, attack)
			}
		}, "watch", "--format", "json", "--state", dir, g.path))
	}
	out, err := exec.Command("mailtop", "watch", "--once", "--format", "json", "--state", dir, g.path).Output()
	if e, ok := err.(*exec.ExitError); err != nil && (!ok || e.ExitCode() > exitFindings) {
		t.Fatal(err)
	}
	take(strings.Split(strings.TrimSpace(string(out)), "\n"))
	for i := range attackers {
		ip := address(i)
		if n := len(opened[ip]); n != 1 {
			t.Errorf("%s was opened under %d ids", ip, n)
		}
	}
	for n := range uint64(len(bySeq)) {
		if bySeq[n+1] == "" {
			t.Errorf("change %d was never printed", n+1)
		}
	}
	t.Logf("%d attackers, %d changes", attackers, len(bySeq))
}
