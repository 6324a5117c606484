package smtpwire

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// serve runs f as the server end of a pipe, and returns our end.
func serve(f func(net.Conn)) *Conn {
	c, _ := serveUntil(f)
	return c
}

// serveUntil also tells when the server end is done.
func serveUntil(f func(net.Conn)) (*Conn, <-chan struct{}) {
	ours, theirs := net.Pipe()
	done := make(chan struct{})
	go func() { defer close(done); defer theirs.Close(); f(theirs) }()
	return New(context.Background(), ours, Options{Now: time.Now, Hello: "me.example"}), done
}

func say(text string) func(net.Conn) {
	return func(c net.Conn) { _, _ = io.WriteString(c, text) }
}

func TestReply(t *testing.T) {
	long := strings.Repeat("x", 600)
	for _, c := range []struct {
		name, in  string
		code      int
		enhanced  string
		lines     []string
		anomalies Anomaly
		err       error
	}{
		{"one line", "220 mx ready\r\n", 220, "", []string{"mx ready"}, 0, nil},
		{"several", "250-mx\r\n250-SIZE 10\r\n250 HELP\r\n", 250, "", []string{"mx", "SIZE 10", "HELP"}, 0, nil},
		{"enhanced", "550 5.7.1 no\r\n", 550, "5.7.1", []string{"5.7.1 no"}, 0, nil},
		{"enhanced of another class", "550 2.7.1 no\r\n", 550, "", []string{"2.7.1 no"}, 0, nil},
		{"no text", "250\r\n", 250, "", []string{""}, MissingText, nil},
		{"mixed codes", "250-a\r\n220 b\r\n", 250, "", []string{"a", "b"}, MixedCodes, nil},
		{"bare LF", "220 a\n", 220, "", []string{"a"}, BareLF, nil},
		{"bare CR", "220 a\rb\r\n", 220, "", []string{"a\rb"}, BareCR, nil},
		{"long", "220 " + long + "\r\n", 220, "", []string{long}, OverLong, nil},
		{"UTF-8", "220 grüße\r\n", 220, "", []string{"grüße"}, NonASCII, nil},
		{"NUL", "220 a\x00\r\n", 220, "", []string{"a\x00"}, NonASCII, nil},
		{"odd separator", "220+a\r\n", 220, "", []string{"+a"}, BadSeparator, nil},
		{"no code", "hello\r\n", 0, "", nil, 0, ErrNotReply},
		{"four digits", "2200 a\r\n", 0, "", nil, 0, ErrNotReply},
		{"code of no class", "120 a\r\n", 0, "", nil, 0, ErrNotReply},
		{"end in the code", "22", 0, "", nil, 0, io.EOF},
		{"end in the reply", "250-a\r\n", 250, "", []string{"a"}, 0, io.EOF},
		{"binary", "\x15\x03\x01\x00\x02", 0, "", nil, 0, ErrNotReply},
		{"too many lines", strings.Repeat("250-a\r\n", 600), 250, "", nil, 0, ErrTooLong},
		{"endless line", "220 " + strings.Repeat("x", MaxReply), 0, "", nil, 0, ErrTooLong},
	} {
		t.Run(c.name, func(t *testing.T) {
			conn := serve(say(c.in))
			defer conn.Close()
			r, err := conn.Banner()
			if !errors.Is(err, c.err) || err == nil != (c.err == nil) {
				t.Fatalf("err %v, want %v", err, c.err)
			}
			if r.Code != c.code || r.Enhanced != c.enhanced || r.Anomalies != c.anomalies {
				t.Errorf("%d %q %v, want %d %q %v", r.Code, r.Enhanced, r.Anomalies.Names(), c.code, c.enhanced, c.anomalies.Names())
			}
			if d := cmp.Diff(c.lines, r.Lines); c.lines != nil && d != "" {
				t.Error(d)
			}
		})
	}
}

// answering is a server that greets and then answers each line by f; "" hangs up.
func answering(f func(line string) string) func(net.Conn) {
	return func(c net.Conn) {
		say("220 mx ready\r\n")(c)
		buf := make([]byte, 4096)
		for {
			n, err := c.Read(buf)
			if err != nil {
				return
			}
			a := f(string(buf[:n]))
			if a == "" {
				return
			}
			say(a)(c)
		}
	}
}

func TestSecretsNeverRecorded(t *testing.T) {
	c := serve(answering(func(line string) string { return "535 no such user: " + line }))
	defer c.Close()
	if _, err := c.Banner(); err != nil {
		t.Fatal(err)
	}
	c.Secret("hunter2")
	c.Secret("AGJvYgBodW50ZXIy")
	if _, err := c.CmdSecret(PhaseAuth, "AUTH PLAIN AGJvYgBodW50ZXIy", "AUTH PLAIN [redacted]"); err != nil {
		t.Fatal(err)
	}
	for _, r := range c.Record() {
		if bytes.Contains(r.Bytes, []byte("AGJv")) || bytes.Contains(r.Bytes, []byte("hunter")) {
			t.Errorf("recorded %q", r.Bytes)
		}
	}
}

func TestSecretInPieces(t *testing.T) {
	c := serve(func(n net.Conn) {
		for _, b := range []byte("220 hunter2 and hunter2 again\r\n") {
			_, _ = n.Write([]byte{b})
		}
	})
	defer c.Close()
	c.Secret("hunter2")
	if _, err := c.Banner(); err != nil {
		t.Fatal(err)
	}
	rec := c.Record()
	if len(rec) != 1 || string(rec[0].Bytes) != "220 [redacted] and [redacted] again\r\n" {
		t.Errorf("record %+v", rec)
	}
}

// TestSecretsOfAnyLength: taking out a long secret that came in pieces leaves less than there was.
func TestSecretsOfAnyLength(t *testing.T) {
	long := strings.Repeat("s3cret", 20)
	c := serve(func(n net.Conn) {
		for _, part := range []string{"535 ", long[:100], long[100:], " and short\r\n"} {
			_, _ = io.WriteString(n, part)
		}
	})
	defer c.Close()
	c.Secret(long)
	c.Secret("short")
	if _, err := c.Banner(); err != nil {
		t.Fatal(err)
	}
	if rec := c.Record(); len(rec) != 1 || string(rec[0].Bytes) != "535 [redacted] and [redacted]\r\n" {
		t.Errorf("record %+v", rec)
	}
}

func TestRecordBounded(t *testing.T) {
	c := serve(func(n net.Conn) {
		for range 40 {
			say(strings.Repeat("250-"+strings.Repeat("y", 100)+"\r\n", 100) + "250 z\r\n")(n)
		}
	})
	defer c.Close()
	for range 40 {
		if _, err := c.Read(PhaseCommand); err != nil {
			t.Fatal(err)
		}
	}
	kept := 0
	for _, r := range c.Record() {
		kept += len(r.Bytes)
	}
	rec := c.Record()
	last := string(rec[len(rec)-1].Bytes)
	if kept > MaxRecord+100 || !strings.HasSuffix(last, "bytes more were not kept") {
		t.Errorf("kept %d bytes, last record %q", kept, last)
	}
}

func TestDeadlines(t *testing.T) {
	for _, c := range []struct {
		name   string
		server func(net.Conn)
		limit  time.Duration
	}{
		{"silent", func(n net.Conn) { _, _ = n.Read(make([]byte, 1)) }, 3 * time.Second},
		{"drips", func(n net.Conn) {
			for {
				if _, err := n.Write([]byte("2")); err != nil {
					return
				}
				<-time.After(time.Second / 2)
			}
		}, 3 * time.Second},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				conn, done := serveUntil(c.server)
				conn.o.Limits.Banner = c.limit
				start := time.Now()
				_, err := conn.Banner()
				conn.Close()
				if ClassOf(err) != ClassTimeout && ClassOf(err) != ClassProtocol {
					t.Errorf("error %v", err)
				}
				if took := time.Since(start); took > c.limit+100*time.Millisecond {
					t.Errorf("took %s", took)
				}
				<-done
			})
		})
	}
}

func TestCancelEndsAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ours, theirs := net.Pipe()
		defer theirs.Close()
		ctx, cancel := context.WithCancel(context.Background())
		c := New(ctx, ours, Options{Now: time.Now})
		defer c.Close()
		time.AfterFunc(time.Second, cancel)
		start := time.Now()
		_, err := c.Banner()
		if ClassOf(err) != ClassCanceled || time.Since(start) != time.Second {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

func TestCapsMerged(t *testing.T) {
	c := ParseCaps([]string{"mx.example.org hello", "size 1000", "AUTH PLAIN", "auth=LOGIN plain", "starttls", "LIMITS RCPTMAX=20 MAILMAX=x", "STARTTLS"})
	if d := cmp.Diff([]string{"SIZE", "AUTH", "AUTH", "STARTTLS", "LIMITS", "STARTTLS"}, c.Keywords()); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{"PLAIN", "LOGIN"}, c.Auth()); d != "" {
		t.Error(d)
	}
	if n, told := c.Size(); n != 1000 || !told || !c.Has("starttls") || c.Name != "mx.example.org" {
		t.Errorf("size %d %v name %q", n, told, c.Name)
	}
	if d := cmp.Diff(map[string]int64{"RCPTMAX": 20}, c.Limits()); d != "" {
		t.Error(d)
	}
	var none *Caps
	if none.Has("AUTH") || len(none.Auth()) > 0 || none.Keywords() != nil {
		t.Error("no capabilities has some")
	}
}

func TestInjectedPlaintextFlagged(t *testing.T) {
	c := serve(answering(func(line string) string {
		if strings.HasPrefix(line, "STARTTLS") {
			return "220 go\r\n250 injected\r\n"
		}
		return "250 mx\r\n"
	}))
	defer c.Close()
	c.o.Limits.Handshake = 50 * time.Millisecond
	if _, err := c.Banner(); err != nil {
		t.Fatal(err)
	}
	r, err := c.StartTLS(&tls.Config{InsecureSkipVerify: true})
	if r.Anomalies&InjectedPlaintext == 0 || err == nil {
		t.Errorf("anomalies %v, handshake %v", r.Anomalies.Names(), err)
	}
}

func TestEarlyDataFlagged(t *testing.T) {
	c := serve(func(n net.Conn) {
		say("220 mx\r\n250 too early\r\n")(n)
		_, _ = io.Copy(io.Discard, n)
	})
	defer c.Close()
	if _, err := c.Banner(); err != nil {
		t.Fatal(err)
	}
	if r, err := c.Ehlo(); err != nil || r.Anomalies&EarlyData == 0 {
		t.Errorf("%v %v", r, err)
	}
}

func TestStuff(t *testing.T) {
	if got := string(Stuff([]byte("a\n.b\r\n..c\nd"))); got != "a\r\n..b\r\n...c\r\nd\r\n.\r\n" {
		t.Errorf("%q", got)
	}
}

func TestClosedConnAnswersErrors(t *testing.T) {
	c := serve(say("220 a\r\n"))
	c.Close()
	if _, err := c.Banner(); err == nil {
		t.Error("read from a closed connection")
	}
	if err := c.Handshake(&tls.Config{}); err == nil {
		t.Error("handshake on a closed connection")
	}
	c.Quit()
}

func FuzzReply(f *testing.F) {
	for _, s := range []string{"220 a\r\n", "250-a\r\n250 b\r\n", "\xff\x00", "220", "220-\n220\n", "999 x\r\n"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		c := serve(func(n net.Conn) { _, _ = n.Write(in) })
		defer c.Close()
		start := time.Now()
		defer func() {
			if took := time.Since(start); took > 5*time.Second {
				t.Errorf("a server that has hung up costs %s: %q", took, in)
			}
		}()
		for range 4 {
			r, err := c.Read(PhaseCommand)
			if err != nil {
				break
			}
			if r.Code < 200 || r.Code > 599 || len(r.Lines) == 0 || r.Size > MaxReply {
				t.Fatalf("%+v of %q", r, in)
			}
			for _, l := range r.Lines {
				if strings.Contains(l, "\n") || len(l) > MaxLine {
					t.Fatalf("line %q of %q", l, in)
				}
			}
		}
	})
}
