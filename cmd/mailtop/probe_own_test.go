package main

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtop/probes/probetest"
)

// TestProbeTellsItsRecords: with the server's log, a run says which records are of its own sessions, and of nobody else's.
func TestProbeTellsItsRecords(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.log")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	// the server writes what Postfix does, and a line of a stranger between
	log := func(st *probetest.State, pid, format string, a ...any) {
		stamp := time.Now().UTC().Format("2006-01-02T15:04:05.000000Z07:00")
		client := st.Talk.RemoteAddr().(*net.TCPAddr).AddrPort()
		line := strings.NewReplacer("CLIENT", "localhost["+client.Addr().String()+"]").Replace(fmt.Sprintf(format, a...))
		appendTo(t, path, stamp+" mx postfix/smtpd["+pid+"]: "+line+"\n")
	}
	s := probetest.Start(t, probetest.Polite{Answer: func(st *probetest.State, line string) string {
		switch {
		case strings.HasPrefix(line, "EHLO"):
			log(st, "7", "connect from CLIENT")
			log(st, "8", "warning: unknown[203.0.113.5]: SASL PLAIN authentication failed: no, sasl_username=anna")
		case strings.HasPrefix(line, "RCPT"):
			log(st, "7", "NOQUEUE: reject: RCPT from CLIENT: 554 5.7.1 <a@example.net>: Relay access denied; from=<%s> to=<a@example.net> proto=ESMTP helo=<%s>", strings.Trim(strings.TrimPrefix(st.From, "MAIL FROM:"), "<>"), "client.example.net")
		case line == "QUIT":
			log(st, "7", "disconnect from CLIENT ehlo=1 quit=1 commands=2")
		}
		return ""
	}}.Script())
	for _, c := range []struct {
		args    string
		want    []string
		not     string
		minimum int
	}{
		{"--check reach,ehlo --transcript", []string{"records of these sessions in " + path, "connect from localhost[127.0.0.1]", "disconnect from"}, "203.0.113.5", 2},
		{"--check relay --owned --transcript", []string{"Relay access denied"}, "203.0.113.5", 12},
		{"--check reach,ehlo", []string{"(--transcript shows them)"}, "connect from", 2},
	} {
		out, code, err := runProbeCommand(t, append(strings.Fields(c.args), "--log", path, "--ehlo", "client.example.net", s.Addr.String()+"/smtp")...)
		if code != 0 || err != nil {
			t.Errorf("%s: exit %d, %v", c.args, code, err)
		}
		for _, w := range c.want {
			if !strings.Contains(out, w) {
				t.Errorf("%s: no %q in\n%s", c.args, w, out)
			}
		}
		var n int
		for line := range strings.Lines(out) {
			if strings.Contains(line, "records of these sessions") {
				_, _ = fmt.Sscan(line, &n)
			}
		}
		if strings.Contains(out, c.not) || n < c.minimum {
			t.Errorf("%s: %d records, or %q in\n%s", c.args, n, c.not, out)
		}
	}
}

// TestOwnLogEnds: a log that goes away is said and does not hold the run up.
func TestOwnLogEnds(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.log")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	l, err := newOwnLog([]string{path})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	ran := false
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	l.during(ctx, func() { ran = true })
	var b bytes.Buffer
	l.tell(&b, true)
	if !ran || !strings.Contains(b.String(), "could not be read on") {
		t.Errorf("ran %v, said %q", ran, b.String())
	}
}
