//go:build e2e

package e2e

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// result is what the tests read of a finding that probe prints.
type result struct {
	Target, Check, Verdict, Result string
	Values                         struct {
		Host       string
		MTA        string
		Mechanisms []string `json:"mechanisms_after_tls"`
		Keywords   []string `json:"keywords_after_tls"`
		Size       int
		Version    string
		Variants   []struct{ ID, Answer, Reply string }
		Status     string
		Steps      []struct{ What string }
	}
	Evidence []string
}

func (l *lab) probe(t *testing.T, exit int, args ...string) map[string]result {
	t.Helper()
	out := map[string]result{}
	for _, r := range decodeLines[result](t, l.mailtop(t, exit, append([]string{"probe", "--format", "json"}, args...)...)) {
		out[r.Check] = r
	}
	return out
}

func (l *lab) target(port int, role string) string { return fmt.Sprintf("127.0.0.1:%d/%s", port, role) }

// words reduces findings to check: verdict result.
func words(found map[string]result, checks ...string) map[string]string {
	out := map[string]string{}
	for _, c := range checks {
		out[c] = found[c].Verdict + " " + found[c].Result
	}
	return out
}

// TestProbe tests the three ports of a running Postfix, which is sound but for
// its self-signed certificate.
func TestProbe(t *testing.T) {
	t.Parallel()
	l := startLab(t, labOptions{})
	checks := []string{"reach", "banner", "ehlo", "starttls", "tls", "auth", "summary"}
	tests := []struct {
		role               string
		port               int
		starttls, tls, sum string
		mechanisms         []string
	}{
		// between servers nobody verifies; mail clients do
		{"smtp", l.SMTP, "ok ok", "warn self_signed", "warn warnings", nil},
		{"submission", l.Submission, "ok required", "bad clients_refuse", "bad faults", []string{"PLAIN", "LOGIN"}},
		{"submissions", l.SMTPS, "ok ok", "bad clients_refuse", "bad faults", []string{"PLAIN", "LOGIN"}},
	}
	for _, tt := range tests {
		t.Run(tt.role, func(t *testing.T) {
			exit := 0
			if tt.role != "smtp" {
				exit = 1
			}
			found := l.probe(t, exit, l.target(tt.port, tt.role))
			want := map[string]string{"reach": "ok open", "banner": "ok ok", "ehlo": "ok ok", "starttls": tt.starttls,
				"tls": tt.tls, "auth": "ok ok", "summary": tt.sum}
			if diff := cmp.Diff(want, words(found, checks...)); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
			if v := found["banner"].Values; v.Host != "mx.home.example" || v.MTA != "postfix" {
				t.Errorf("banner of %q by %q", v.Host, v.MTA)
			}
			if v := found["ehlo"].Values; v.Size != 10240000 || !strings.Contains(strings.Join(v.Keywords, " "), "PIPELINING") {
				t.Errorf("EHLO: size %d, keywords %v", v.Size, v.Keywords)
			}
			if v := found["starttls"].Values; v.Version != "TLS 1.3" {
				t.Errorf("TLS version %q", v.Version)
			}
			got := found["auth"].Values.Mechanisms
			if len(got) == 0 {
				got = nil
			}
			if diff := cmp.Diff(tt.mechanisms, got); diff != "" {
				t.Errorf("mechanisms (-want +got):\n%s", diff)
			}
		})
	}
	t.Run("transcript", func(t *testing.T) { transcriptAgrees(t, l) })
	t.Run("closed port", func(t *testing.T) {
		found := l.probe(t, 1, "127.0.1.4:1/smtp")
		if got := words(found, "reach")["reach"]; got != "warn refused" {
			t.Errorf("reach: %s", got)
		}
	})
	t.Run("wrong role", func(t *testing.T) {
		found := l.probe(t, 1, l.target(l.SMTPS, "smtp"))
		if got := words(found, "reach")["reach"]; got != "bad tls_expected" {
			t.Errorf("reach: %s", got)
		}
	})
}

var commandTotal = regexp.MustCompile(`disconnect from unknown\[127\.1\.41\.1\] .*commands=(\d+)`)

// transcriptAgrees: the transcript shows as many commands as Postfix counted.
func transcriptAgrees(t *testing.T, l *lab) {
	out := string(l.mailtop(t, 0, "probe", "--transcript", "--source", "127.1.41.1", "--skip", "tls.versions", l.target(l.SMTP, "smtp")))
	sent := len(regexp.MustCompile(`(?m)^ +[0-9.]+ C\+? `).FindAllString(out, -1))
	log := await(t, l.logFile(), "the end of the probe's session", commandTotal.MatchString)
	if counted := commandTotal.FindStringSubmatch(log)[1]; counted != fmt.Sprint(sent) {
		t.Errorf("Postfix counted %s commands, the transcript shows %d:\n%s", counted, sent, out)
	}
	for _, want := range []string{"220 mx.home.example ESMTP Postfix", "STARTTLS", "TLS 1.3", "221 2.0.0 Bye"} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in the transcript:\n%s", want, out)
		}
	}
}

// TestProbeCertificate: an expired certificate is a fault that users have.
func TestProbeCertificate(t *testing.T) {
	t.Parallel()
	l := startLab(t, labOptions{CertEnd: -time.Hour})
	found := l.probe(t, 1, l.target(l.Submission, "submission"))
	if r := found["tls"]; r.Verdict != "bad" || r.Result != "expired" && r.Result != "several" {
		t.Errorf("tls: %s %s", r.Verdict, r.Result)
	}
}

// TestProbeRelay asks servers that relay for nobody, for their own networks, and
// for everybody, as a stranger and from an address they trust. "Open relay" about
// a server that is none is a fault that must never ship.
func TestProbeRelay(t *testing.T) {
	t.Parallel()
	const (
		stranger = "127.1.42.1"
		takesAll = "smtpd_relay_restrictions = check_client_access static:OK, reject_unauth_destination\nsmtpd_end_of_data_restrictions = reject\n"
		xclient  = "smtpd_authorized_xclient_hosts = 127.0.0.0/8\n" // lets a probe ask as a client from outside
	)
	tests := []struct {
		name, source, main string
		want               string
	}{
		{"closed, asked by a stranger", stranger, "", "ok closed"},
		{"closed, asked from mynetworks", "127.0.0.1", "", "info trusted_vantage"},
		{"closed, asked from mynetworks as a stranger", "127.0.0.1", xclient, "ok closed"},
		{"takes every recipient and refuses at the end", stranger, takesAll, "info trusted_vantage"},
		{"takes every recipient and refuses at the end, asked as a stranger", stranger, takesAll + xclient, "warn accepts_rcpt"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			l := startLab(t, labOptions{ConnRate: 1000, ExtraMain: tt.main})
			args := []string{"--owned", "--check", "relay", "--to", "postmaster@else.example", "--domain", "home.example", "--source", tt.source, l.target(l.SMTP, "smtp")}
			r := l.probe(t, 0, args...)["relay"]
			if got := r.Verdict + " " + r.Result; got != tt.want {
				t.Errorf("relay: %s, want %s: %v", got, tt.want, r.Evidence)
			}
			if len(r.Values.Variants) < 5 {
				t.Errorf("only %d forms were tried", len(r.Values.Variants))
			}
			if log := l.readLog(); strings.Contains(log, "queue active") || strings.Contains(log, "status=") {
				t.Errorf("the probe sent a message:\n%s", log)
			}
		})
	}
}

// TestProbeProven: an open relay is called one when a message of a stranger was
// delivered outside, which the server's own log tells.
func TestProbeProven(t *testing.T) {
	t.Parallel()
	l := startLab(t, labOptions{ConnRate: 1000, ExtraMain: "smtpd_authorized_xclient_hosts = 127.0.0.0/8\nsmtpd_relay_restrictions = check_client_access static:OK, reject_unauth_destination\n"})
	args := []string{"--owned", "--check", "relay", "--prove", "--to", "me@ok.example", "--domain", "home.example", "--log", l.logFile(), l.target(l.SMTP, "smtp")}
	r := l.probe(t, 1, args...)["relay"]
	if r.Verdict != "bad" || r.Result != "open" || r.Values.Status != "sent" {
		t.Errorf("relay: %s %s, status %q: %v", r.Verdict, r.Result, r.Values.Status, r.Evidence)
	}
}

// TestProbeSubmit follows a message in the log to its end, whatever that is.
func TestProbeSubmit(t *testing.T) {
	t.Parallel()
	l := startLab(t, labOptions{ConnRate: 1000})
	for _, c := range []struct{ to, want, steps string }{
		{"far@ok.example", "ok accepted", "accepted message_id queued sent removed"},
		{"far@slow.example", "warn deferred", "accepted message_id queued deferred"},
		{"far@refuse.example", "bad refused", "accepted message_id queued bounced bounce removed"},
	} {
		exit := 0
		if strings.HasPrefix(c.want, "bad") {
			exit = 1
		}
		r := l.probe(t, exit, "--check", "submit", "--from", address("alice"), "--to", c.to, "--log", l.logFile(), l.target(l.SMTP, "smtp"))["submit"]
		var steps []string
		for _, s := range r.Values.Steps {
			steps = append(steps, s.What)
		}
		if got := r.Verdict + " " + r.Result; got != c.want || strings.Join(steps, " ") != c.steps {
			t.Errorf("%s: %s, steps %v, want %s, %s: %v", c.to, got, steps, c.want, c.steps, r.Evidence)
		}
	}
}

// TestProbeOwnRecords: of two clients side by side the probe knows its own records, all of them.
func TestProbeOwnRecords(t *testing.T) {
	t.Parallel()
	l := startLab(t, labOptions{ConnRate: 1000})
	tr := newTruth()
	for _, src := range []string{"127.1.43.9", "127.1.43.8"} {
		if err := l.inbound(tr, src, mail{"writer@peer.example", []string{address("alice")}}); err != nil {
			t.Fatal(err)
		}
	}
	out := string(l.mailtop(t, 0, "probe", "--owned", "--check", "relay", "--to", "me@else.example", "--domain", "home.example", "--source", "127.1.43.1", "--transcript", "--log", l.logFile(), l.target(l.SMTP, "smtp")))
	_, shown, ok := strings.Cut(out, "records of these sessions")
	if !ok {
		t.Fatalf("no records:\n%s", out)
	}
	written := 0
	for line := range strings.Lines(l.readLog()) {
		if strings.Contains(line, "[127.1.43.1]") {
			written++
			if !strings.Contains(shown, strings.TrimSpace(line)) {
				t.Errorf("not known as own: %s", line)
			}
		}
	}
	if written < 10 || strings.Contains(shown, "127.1.43.9") || strings.Contains(shown, "writer@peer.example") {
		t.Errorf("%d records written, shown:\n%s", written, shown)
	}
}
