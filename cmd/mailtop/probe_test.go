package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"mailtop/probes"
	"mailtop/probes/probetest"
)

// runProbeCommand runs "mailtop probe" and returns its output and exit code.
func runProbeCommand(t *testing.T, args ...string) (out string, code int, err error) {
	t.Helper()
	c := probeCommand()
	(&options{}).register(c) // the flags that all commands share
	var b bytes.Buffer
	c.SetOut(&b)
	c.SetErr(&bytes.Buffer{})
	c.SetIn(strings.NewReader(""))
	c.SetArgs(args)
	c.SilenceErrors = true
	err = c.ExecuteContext(context.Background())
	var e interface{ ExitCode() int }
	if errors.As(err, &e) {
		code = e.ExitCode()
	} else if err != nil {
		code = -1
	}
	return b.String(), code, err
}

func TestProbeBadInput(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty.pem")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ args, want string }{
		{"", "no target: give a host"},
		{"mx:99999", "is no port (1 to 65535)"},
		{"anna@example.org", `give its domain, "example.org"`},
		{"--format xml localhost", "use text or json"},
		{"--check relai localhost", `no check "relai": there are reach`},
		{"--port 0 localhost", "--port 0 is no port"},
		{"--timeout 0s localhost", "give a time above zero"},
		{"--resolver nowhere localhost", "is no address: give it as"},
		{"--source 203.0.113.9 localhost", "is no address of this host"},
		{"--ca /nonexistent/ca.pem localhost", "--ca: open /nonexistent/ca.pem"},
		{"--ca " + empty + " localhost", "no certificate in PEM form"},
		{"--prove --check relay localhost", "name a recipient"},
		{"--to nobody --check submit localhost", "give it as user@example.org"},
		{"--ehlo a<b localhost", "give a host name"},
	} {
		out, code, err := runProbeCommand(t, strings.Fields(c.args)...)
		if code != 2 || err == nil || !strings.Contains(err.Error(), c.want) || out != "" {
			t.Errorf("%q: exit %d, error %v, output %q; want exit 2 and %q", c.args, code, err, out, c.want)
		}
	}
}

// server starts a scripted server on a real loopback socket.
func probeServer(t *testing.T, s probetest.Script) string {
	return probetest.Start(t, s).Addr.String() + "/smtp"
}

func TestProbeExitCodes(t *testing.T) {
	good := probeServer(t, probetest.Polite{}.Script())
	for _, c := range []struct {
		name, target string
		code         int
		want         string
	}{
		{"fine", good, 0, "ok      reach"},
		{"garbage", probeServer(t, probetest.Script{probetest.Raw("\xff\xfe\x00\x01binary\r\n")}), 1, "another protocol answers"},
		{"hangs up", probeServer(t, probetest.Script{probetest.Close}), 1, "closed before the banner"},
		{"resets", probeServer(t, probetest.Script{probetest.Reset}), 1, "reset"},
		{"floods", probeServer(t, probetest.Script{probetest.Flood("220-" + strings.Repeat("y", 400) + "\r\n")}), 1, "broken SMTP"},
		{"refused", "127.0.0.1:1", 1, "connection refused"},
		{"does not resolve", "no-such-host.invalid", 3, "no such host"},
		{"one of two is bad", "127.0.0.1:1 " + good, 1, "connection refused"},
	} {
		if c.name == "does not resolve" {
			c.target = "--resolver 127.0.0.1:1 " + c.target // nobody answers there: no test asks a real resolver
			c.want = "could not be resolved"
		}
		out, code, _ := runProbeCommand(t, append(strings.Fields(c.target), "--skip", "tls.versions", "--timeout", "20s")...)
		if code != c.code || !strings.Contains(out, c.want) {
			t.Errorf("%s: exit %d, want %d and %q:\n%s", c.name, code, c.code, c.want, out)
		}
		for line := range strings.Lines(out) {
			if n := len([]rune(strings.TrimSuffix(line, "\n"))); n > 80 {
				t.Errorf("%s: line of %d columns: %s", c.name, n, line)
			}
			if strings.ContainsAny(line, "\x00\x1b") || !utf8.ValidString(line) {
				t.Errorf("%s: raw bytes in %q", c.name, line)
			}
		}
	}
}

func TestProbeJSON(t *testing.T) {
	out, code, err := runProbeCommand(t, "--format", "json", probeServer(t, probetest.Polite{}.Script()))
	if code != 0 || err != nil {
		t.Fatal(code, err)
	}
	var last probes.Finding
	for line := range strings.Lines(out) {
		last = probes.Finding{}
		d := json.NewDecoder(strings.NewReader(line))
		d.DisallowUnknownFields()
		if err := d.Decode(&last); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if strings.Contains(line, "null") {
			t.Errorf("a null in %s", line)
		}
	}
	if last.Check != "summary" || fmt.Sprint(last.Values["ports_open"]) != "1" {
		t.Errorf("last finding %+v", last)
	}
}

func TestProbePlanSendsNothing(t *testing.T) {
	s := probetest.Start(t, probetest.Polite{}.Script())
	out, code, _ := runProbeCommand(t, "--plan", "--check", "all", s.Addr.String())
	if code != 0 || !strings.Contains(out, "look like an attack") || s.Connections() != 0 {
		t.Errorf("exit %d, %d connections:\n%s", code, s.Connections(), out)
	}
}

func TestPasswordFromDescriptor(t *testing.T) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := w.WriteString("pass word\n"); err != nil {
		t.Fatal(err)
	}
	_ = w.Close()
	// the program closes the descriptor that it was given: it gets one of its own,
	// or closing it twice would hit whatever file has that number by then
	fd, err := syscall.Dup(int(r.Fd()))
	if err != nil {
		t.Fatal(err)
	}
	if p, err := probePassword(probeFlags{user: "anna", passwordFD: fd}); err != nil || p != "pass word" {
		t.Errorf("%q, %v", p, err)
	}
	t.Setenv("MAILTOP_PASSWORD", "from env")
	if p, err := probePassword(probeFlags{user: "anna", passwordFD: -1}); err != nil || p != "from env" {
		t.Errorf("%q, %v", p, err)
	}
}
