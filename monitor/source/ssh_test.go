package source

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// farHost is another host behind the ssh of testdata/bin.
type farHost struct {
	t      *testing.T
	dir    string // holds its logs
	log    string
	src    Source
	out    chan *Batch
	stop   context.CancelFunc
	done   chan error
	pauses chan time.Duration // each pause before a new try; tests let it go on with resume
	resume chan struct{}
}

func newFarHost(t *testing.T) *farHost {
	t.Helper()
	h := &farHost{t: t, dir: t.TempDir()}
	h.log = filepath.Join(h.dir, "mail.log")
	bin, err := filepath.Abs("testdata/bin")
	must(t, err)
	t.Setenv("FAR", h.dir)
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	return h
}

func (h *farHost) follow(change ...func(*Options)) {
	h.t.Helper()
	h.pauses, h.resume = make(chan time.Duration), make(chan struct{})
	o := Options{Follow: true, Workers: 2, Poison: true, rest: func(ctx context.Context, d time.Duration) error {
		select {
		case h.pauses <- d:
		case <-ctx.Done():
			return ctx.Err()
		}
		select {
		case <-h.resume:
		case <-ctx.Done():
		}
		return ctx.Err()
	}}
	for _, f := range change {
		f(&o)
	}
	src, err := SSH(o, "mx2")
	must(h.t, err)
	h.src, h.out, h.done = src, make(chan *Batch, 1000), make(chan error, 1)
	ctx, cancel := context.WithCancel(context.Background())
	h.stop = cancel
	go func() { h.done <- src.Run(ctx, h.out) }()
	h.t.Cleanup(func() {
		cancel()
		if err := <-h.done; err != nil {
			h.t.Errorf("Run: %v", err)
		}
	})
}

// want waits until as many records have come, and compares.
func (h *farHost) want(lines ...string) {
	h.t.Helper()
	var got []string
	for len(got) < len(lines) {
		select {
		case b := <-h.out:
			for i := range b.Events {
				got = append(got, string(b.Record(b.Events[i].Pos)))
			}
			b.Release()
		case d := <-h.pauses:
			h.t.Fatalf("pause of %v: %s; got %d of %d", d, h.src.Status().LastErr, len(got), len(lines))
		}
	}
	if d := cmp.Diff(lines, got); d != "" {
		h.t.Fatalf("records (-want +got):\n%s", d)
	}
}

// arrives waits until the source is live.
func (h *farHost) arrives() {
	h.t.Helper()
	for b := range h.out {
		if len(b.Events) > 0 {
			h.t.Fatalf("%d records before it arrived", len(b.Events))
		}
		if b.Mark&Arrived != 0 {
			return
		}
	}
}

func TestSSHHost(t *testing.T) {
	for host, want := range map[string]string{
		"mx2":                    "-- mx2",
		"mx2.example.org":        "-- mx2.example.org",
		"admin@mx2":              "-- admin@mx2",
		"admin@mx2:2222":         "-p 2222 -- admin@mx2",
		"192.0.2.7":              "-- 192.0.2.7",
		"[2001:db8::7]:22":       "-p 22 -- 2001:db8::7",
		"root@[fe80::1%eth0]":    "-- root@fe80::1%eth0",
		"-oProxyCommand=id":      "",
		"":                       "",
		"a@-b":                   "",
		"-l@b":                   "",
		"mx2;id":                 "",
		"mx2 id":                 "",
		"mx2\nid":                "",
		"$(id)":                  "",
		"mx2:0":                  "",
		"mx2:99999":              "",
		"ssh://mx2":              "",
		"mx2\x1b[31m":            "",
		strings.Repeat("a", 300): "",
	} {
		argv, err := sshArgs(host)
		switch got := strings.Join(argv, " "); {
		case want == "" && err == nil:
			t.Errorf("%q gives %q", host, got)
		case want != "" && !strings.HasSuffix(got, "ServerAliveInterval=15 "+want):
			t.Errorf("%q gives %q, %v", host, got, err)
		}
		if err != nil && !strings.Contains(err.Error(), "HOST") && !strings.Contains(err.Error(), "port") {
			t.Errorf("%q: %v", host, err)
		}
	}
}

// The remote command is one word for any login shell: an apostrophe within it would
// end it, a line break as well.
func TestSSHCommandIsQuoted(t *testing.T) {
	f := &far{opt: Options{Follow: true, Since: time.Date(2026, 11, 1, 0, 0, 0, 0, time.FixedZone("", 3600))}}
	f.tail = tailPlace{path: "/var/log/mail.log", off: 12, head: []byte("x'y\n")}
	f.wire = wirePlaces{"it's\n": {Cursor: "f1:'"}}
	cmd := f.command()
	if strings.Count(cmd, "'") != 2 || strings.Contains(cmd, "\n") || strings.Contains(cmd, "@") {
		t.Errorf("%s", regexp.MustCompile(`@[A-Z]+@`).FindAllString(cmd, -1))
	}
	if out, err := exec.Command("sh", "-n", "-c", cmd).CombinedOutput(); err != nil {
		t.Errorf("%v: %s", err, out)
	}
}

// cksum of the host is the reference.
func TestCksum(t *testing.T) {
	for _, s := range []string{"", "a", "123456789", strings.Repeat("\x00", 255), strings.Repeat("log", 90)} {
		cmd := exec.Command("cksum")
		cmd.Stdin = strings.NewReader(s)
		out, err := cmd.Output()
		must(t, err)
		if got := headCksum([]byte(s)); got != strings.TrimSpace(string(out)) {
			t.Errorf("%q: %s, cksum says %s", s, got, out)
		}
	}
}

// Without mailtop on the other side its log is read once and to the end.
func TestSSHReadsOnce(t *testing.T) {
	h := newFarHost(t)
	write(t, h.log, strings.TrimSuffix(text(recs(0, 5000)...), "\n"))
	src, err := SSH(Options{Workers: 2, Poison: true}, "mx2")
	must(t, err)
	if d := cmp.Diff(recs(0, 5000), readAll(t, src)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if st := src.Status(); st.Name != "ssh:mx2" || st.Kind != "ssh" || st.Read != st.Size || st.Size == 0 || st.Lost != 0 {
		t.Errorf("%+v", st)
	}
}

// What ssh complains about is the error, and names the host.
func TestSSHCannotConnect(t *testing.T) {
	h := newFarHost(t)
	write(t, filepath.Join(h.dir, "down"), "some notice\nssh: connect to host mx2 port 22: Connection refused\n")
	src, err := SSH(Options{}, "mx2")
	must(t, err)
	err = src.Run(t.Context(), make(chan *Batch, 9))
	if err == nil || !strings.Contains(err.Error(), "ssh mx2: ssh: connect to host mx2 port 22: Connection refused") {
		t.Errorf("%v", err)
	}
	must(t, os.Remove(filepath.Join(h.dir, "down")))
	src, err = SSH(Options{}, "mx2")
	must(t, err)
	err = src.Run(t.Context(), make(chan *Batch, 9))
	if err == nil || !strings.Contains(err.Error(), "no mail log there that") {
		t.Errorf("no log: %v", err)
	}
}

// A broken connection is made again, and goes on with the byte after the last whole
// record: also after a rotation meanwhile, plain or compressed.
func TestSSHGoesOn(t *testing.T) {
	h := newFarHost(t)
	write(t, h.log, text(recs(0, 100)...)+rec(100)[:40])
	h.follow()
	h.want(recs(0, 100)...)
	h.arrives()
	appendTo(t, h.log, rec(100)[40:]+"\n"+text(rec(101)))
	h.want(recs(100, 102)...)

	h.cut()
	if d := <-h.pauses; d != sshFirst {
		t.Errorf("pause %v", d)
	}
	if st := h.src.Status(); !strings.Contains(st.LastErr, "ssh mx2: ") || !strings.Contains(st.LastErr, "next try in 1s") {
		t.Errorf("%+v", st)
	}
	appendTo(t, h.log, text(recs(102, 105)...))
	h.resume <- struct{}{}
	h.want(recs(102, 105)...)
	if st := h.src.Status(); st.LastErr != "" || st.Lost != 0 {
		t.Errorf("connected again: %+v", st)
	}

	h.cut() // two rotations before the next try, one of them compressed
	<-h.pauses
	appendTo(t, h.log, text(recs(105, 107)...))
	gzipFile(t, h.log, h.log+".2.gz")
	must(t, os.Chtimes(h.log+".2.gz", time.Unix(1e9, 0), time.Unix(1e9, 0)))
	must(t, os.Remove(h.log))
	write(t, h.log+".1", text(recs(107, 109)...))
	write(t, h.log, text(recs(109, 110)...))
	h.resume <- struct{}{}
	h.want(recs(105, 110)...)

	must(t, os.Rename(h.log, h.log+".0")) // while connected
	appendTo(t, h.log+".0", text(rec(110)))
	write(t, h.log, text(rec(111)))
	h.want(recs(110, 112)...)
	if st := h.src.Status(); st.Lost != 0 || st.Rotations != 2 {
		t.Errorf("%+v", st)
	}
}

// cut ends the connection at the other side.
func (h *farHost) cut() {
	h.t.Helper()
	calls, err := os.ReadFile(filepath.Join(h.dir, "pids"))
	must(h.t, err)
	pids := strings.Fields(string(calls))
	must(h.t, exec.Command("kill", "-9", pids[len(pids)-1]).Run())
}

// The pause grows while the host does not answer; the other sources do not wait.
func TestSSHRetries(t *testing.T) {
	h := newFarHost(t)
	down := filepath.Join(h.dir, "down")
	write(t, down, "ssh: connect to host mx2 port 22: No route to host\n")
	write(t, h.log, text(rec(0)))
	h.follow()
	h.arrives()
	var pauses []time.Duration
	for range 8 {
		pauses = append(pauses, <-h.pauses)
		h.resume <- struct{}{}
	}
	if d := cmp.Diff("[1s 2s 4s 8s 16s 32s 1m0s 1m0s]", fmt.Sprint(pauses)); d != "" {
		t.Error(d)
	}
	<-h.pauses
	must(t, os.Remove(down))
	h.resume <- struct{}{}
	h.want(rec(0))
	h.cut()
	if d := <-h.pauses; d != sshFirst {
		t.Errorf("pause %v after records came", d)
	}
	h.stop()
}

// Truncation in place there is said: what was written just before it may be lost.
func TestSSHTruncated(t *testing.T) {
	h := newFarHost(t)
	write(t, h.log, text(recs(0, 3)...))
	h.follow()
	h.want(recs(0, 3)...)
	h.arrives()
	write(t, h.log, text(rec(3)))
	h.want(rec(3))
	if st := h.src.Status(); st.Lost != 1 {
		t.Errorf("%+v", st)
	}
}

// A file that is not found again is said too.
func TestSSHFileGone(t *testing.T) {
	h := newFarHost(t)
	write(t, h.log, text(recs(0, 3)...))
	h.follow()
	h.want(recs(0, 3)...)
	h.arrives()
	h.cut()
	<-h.pauses
	must(t, os.Remove(h.log))
	write(t, h.log, text(recs(5, 9)...))
	h.resume <- struct{}{}
	h.want(recs(5, 9)...)
	if st := h.src.Status(); st.Lost != 1 {
		t.Errorf("%+v", st)
	}
}

// What another mailtop sends arrives as if the files were here, each record once,
// whatever the connection does.
func TestWire(t *testing.T) {
	a, b := logFile(t), logFile(t)
	var one, two []string
	for n := range 3000 {
		if n%3 == 0 {
			one = append(one, rec(n))
		} else {
			two = append(two, rec(n))
		}
	}
	write(t, a, text(one...))
	write(t, b, strings.TrimSuffix(text(two...), "\n"))
	send := func(token string) []byte {
		resume, err := WireResume(token)
		must(t, err)
		set, err := Files(Options{Workers: 2, Resume: resume, block: 4096, record: 1000}, a, b)
		must(t, err)
		var buf bytes.Buffer
		x, err := NewWireWriter(&buf, set)
		must(t, err)
		out := make(chan *Batch)
		go func() { _ = set.Run(t.Context(), out); close(out) }()
		for b := range out {
			must(t, x.Write(b))
			b.Release()
		}
		must(t, x.Flush())
		hello, frames, _ := bytes.Cut(buf.Bytes(), []byte("\n"))
		if string(hello) != WireHello {
			t.Fatalf("greeting %q", hello)
		}
		return frames
	}
	places := wirePlaces{}
	var got []byte
	token := wireStart
	for cut := 1000; ; cut += 7777 {
		frames := send(token)
		end := min(cut, len(frames))
		r := &wireReader{in: bufio.NewReader(bytes.NewReader(frames[:end])), places: places, lost: func() { t.Error("lost") }}
		buf := make([]byte, 999)
		for {
			n, err := r.Read(buf)
			got = append(got, buf[:n]...)
			if err != nil && err != errArrived {
				break
			}
		}
		if end == len(frames) {
			break
		}
		token = places.token()
	}
	if d := cmp.Diff(text(recs(0, 3000)...), string(got)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func FuzzWire(f *testing.F) {
	f.Add([]byte("5 . 6161 -\nline\n0 .A 6161 66313a\n"))
	f.Add([]byte("99999999999 . - -\n"))
	f.Add([]byte("3 .L 6161 2d\nab\n0 .\n"))
	f.Fuzz(func(t *testing.T, p []byte) {
		places := wirePlaces{}
		r := &wireReader{in: bufio.NewReader(bytes.NewReader(p)), places: places, lost: func() {}}
		buf, total := make([]byte, 100), 0
		for {
			n, err := r.Read(buf)
			if total += n; err != nil && err != errArrived {
				break
			}
		}
		if total > len(p) || len(places) > maxFar {
			t.Errorf("%d bytes, %d places from %d bytes", total, len(places), len(p))
		}
		_, _ = WireResume(places.token())
	})
}
