package monitor

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailtop/monitor/detect"
)

// twoHosts makes lines of two hosts as they arrive live: in turn, each host in a
// source of its own.
type twoHosts struct {
	t *testing.T
	e *Engine
	n int
}

func (h *twoHosts) say(host, prog, format string, args ...any) {
	at := time.Date(2026, 11, 22, 9, 0, h.n, 0, time.UTC)
	h.n++
	line := fmt.Sprintf("%s %s %s: %s\n", at.Format("2006-01-02T15:04:05.000000-07:00"), host, prog, fmt.Sprintf(format, args...))
	readFrom(h.t, h.e, host+".log", []byte(line), 4096)
}

// Two hosts use the same queue id, process id and session at the same time: what
// one of them does is never counted for the other.
func TestHostsDoNotMix(t *testing.T) {
	h := &twoHosts{t: t, e: New(Options{Several: true})}
	const id = "4F1C2A0B3D"
	for _, x := range [...]struct{ host, ip, user string }{{"mx1", "203.0.113.5", "ann@one.example"}, {"mx2", "203.0.113.9", "bob@two.example"}} {
		h.say(x.host, "postfix/smtpd[77]", "connect from unknown[%s]", x.ip)
		h.say(x.host, "postfix/smtpd[77]", "%s: client=unknown[%s], sasl_method=PLAIN, sasl_username=%s", id, x.ip, x.user)
		h.say(x.host, "postfix/cleanup[78]", "%s: message-id=<%s>", id, x.user)
	}
	for _, x := range [...]struct{ host, from string }{{"mx2", "bob@two.example"}, {"mx1", "ann@one.example"}} {
		h.say(x.host, "postfix/qmgr[79]", "%s: from=<%s>, size=500, nrcpt=3 (queue active)", id, x.from)
	}
	if got := h.e.join.Queued(); got != 2 {
		t.Errorf("%d messages queued, want one on each host", got)
	}
	h.say("mx1", "postfix/smtp[80]", "%s: to=<x@remote.example>, relay=mx.remote.example[198.51.100.1]:25, delay=1, delays=0/0/0/1, dsn=4.0.0, status=deferred (host said: 450 later)", id)
	h.say("mx2", "postfix/smtp[80]", "%s: to=<x@remote.example>, relay=mx.remote.example[198.51.100.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)", id)
	h.say("mx2", "postfix/qmgr[79]", "%s: removed", id)
	for range 30 {
		h.say("mx2", "postfix/smtpd[99]", "connect from unknown[203.0.113.20]")
	}
	if q, w := h.e.join.Queued(), h.e.join.Waiting(); q != 1 || w != 1 {
		t.Errorf("%d queued, %d waiting: the message of mx1 went with that of mx2", q, w)
	}
	s := h.e.Snapshot(Scope{})
	want := map[string]string{"ann@one.example": "1 3 1", "bob@two.example": "1 3 0"}
	for _, a := range s.Accounts {
		if got := fmt.Sprint(a.Messages, a.Recipients, a.Deferred); got != want[a.User] {
			t.Errorf("%s: %s messages, recipients, deferrals; want %s", a.User, got, want[a.User])
		}
	}
	if len(s.Accounts) != 2 {
		t.Errorf("%d accounts", len(s.Accounts))
	}
}

// The session of a pid on one host does not lend its client to the other's.
func TestSessionsOfHostsDoNotMix(t *testing.T) {
	h := &twoHosts{t: t, e: New(Options{Several: true})}
	h.say("mx1", "postfix/smtpd[77]", "connect from unknown[203.0.113.5]")
	h.say("mx2", "postfix/smtpd[77]", "connect from unknown[203.0.113.9]")
	h.say("mx1", "postfix/smtpd[77]", "disconnect from unknown[203.0.113.5] ehlo=1 auth=0/2 quit=1 commands=2/4")
	h.say("mx2", "postfix/smtpd[77]", "disconnect from unknown[203.0.113.9] ehlo=1 quit=1 commands=2")
	h.session("mx1", "aad4c47cbbe3429d", "203.0.113.6")
	h.session("mx2", "aad4c47cbbe3429d", "203.0.113.7")
	h.say("mx1", "smtpd[5]", "aad4c47cbbe3429d smtp failed-command command=\"RCPT TO:<no.such@lab.example>\" result=\"550 Invalid recipient: <no.such@lab.example>\"")
	h.say("mx2", "smtpd[5]", "aad4c47cbbe3429d smtp failed-command command=\"RCPT TO:<no.such@lab.example>\" result=\"550 Invalid recipient: <no.such@lab.example>\"")
	got := map[string]int64{}
	for _, c := range h.e.Snapshot(Scope{}).Clients {
		got[c.IP] = c.AuthFailures + c.Rejected
	}
	for ip, n := range map[string]int64{"203.0.113.5": 2, "203.0.113.9": 0, "203.0.113.6": 1, "203.0.113.7": 1} {
		if got[ip] != n {
			t.Errorf("%s: %d failed logins and refusals, want %d", ip, got[ip], n)
		}
	}
}

func (h *twoHosts) session(host, id, ip string) {
	h.say(host, "smtpd[5]", "%s smtp connected address=%s host=unknown", id, ip)
}

// A log that lost lines says so in the snapshot: counts are lower bounds.
func TestLostLinesInSnapshot(t *testing.T) {
	h := &twoHosts{t: t, e: New(Options{})}
	h.say("mx", "postfix/smtpd[77]", "connect from unknown[203.0.113.5]")
	if s := h.e.Snapshot(Scope{}); s.Totals.AtLeast {
		t.Error("a lower bound before anything was lost")
	}
	h.say("mx", "systemd-journald[3]", "Suppressed 1234 messages from postfix@-.service")
	s := h.e.Snapshot(Scope{})
	if !s.Totals.AtLeast || s.Coverage.Lost != 1234 {
		t.Errorf("at least %v, lost %d", s.Totals.AtLeast, s.Coverage.Lost)
	}
	found := false
	for _, inc := range s.Incidents {
		found = found || inc.Rule == "source.lossy" && inc.Severity == detect.Medium && inc.Evidence[0].Source == "mx.log" && strings.Contains(inc.Title, "1234")
	}
	if !found {
		t.Errorf("no incident about it: %v", s.Incidents)
	}
}

// One address guesses at the same name on two hosts: each host has an incident of its
// own, with its own numbers and its name; a host that writes its name with and
// without the domain is one.
func TestHostsHaveTheirOwnIncidents(t *testing.T) {
	h := &twoHosts{t: t, e: New(Options{Several: true})}
	for i := range 14 {
		mx1 := "mx1"
		if i%2 == 1 {
			mx1 = "mx1.example.org"
		}
		h.say(mx1, "postfix/smtpd[77]", "warning: unknown[203.0.113.5]: SASL LOGIN authentication failed: x%d, sasl_username=ann", i)
		if i < 11 {
			h.say("mx2.example.org", "postfix/smtpd[77]", "warning: unknown[203.0.113.5]: SASL LOGIN authentication failed: y%d, sasl_username=ann", i)
		}
	}
	got := map[string]int64{}
	for _, inc := range h.e.detect.Incidents() {
		got[inc.Host+" "+inc.Rule+" "+inc.Subject.Value] = inc.Counts["failed_logins"]
		if inc.Host != "mx1" && !strings.HasPrefix(inc.Title, inc.Host+": ") {
			t.Errorf("the title does not name %s: %q", inc.Host, inc.Title)
		}
	}
	want := map[string]int64{"mx1 auth.bruteforce 203.0.113.5": 14, "mx2.example.org auth.bruteforce 203.0.113.5": 11}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("incidents (-want +got):\n%s", d)
	}
}
