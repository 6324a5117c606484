package report

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailtop/logparse"
	"mailtop/monitor/detect"
	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// tally counts a log.
func tally(t testing.TB, lines ...string) *Tally {
	t.Helper()
	y := NewTally(sketch.Fixed)
	j := join.New(sketch.Fixed)
	p := logparse.New(logparse.Options{})
	for _, l := range lines {
		b := &logparse.Block{Buf: []byte(l)}
		p.Parse(b, 0, len(l), func(e *logparse.Event) { y.Observe(j.Join(e, b)) })
	}
	return y
}

func store() *detect.Store { return detect.NewStore(sketch.Fixed, join.New(sketch.Fixed)) }

func stamp(h, m, s int) string {
	return fmt.Sprintf("2026-11-22T%02d:%02d:%02d.000000+00:00 mx ", h, m, s)
}

func sent(h, s int, id, to, delay string) string {
	return stamp(h, 0, s) + "postfix/smtp[3]: " + id + ": to=<" + to + ">, relay=mx.example.org[192.0.2.9]:25, delay=" + delay + ", delays=0.5/0/0.25/0.25, dsn=2.0.0, status=sent (250 ok)"
}

func TestReasonsHoursAndDelays(t *testing.T) {
	lines := []string{
		stamp(2, 0, 0) + "postfix/smtpd[9]: NOQUEUE: reject: RCPT from unknown[198.18.0.1]: 554 5.7.1 <a@b.example>: Relay access denied; from=<x@y.example> to=<a@b.example> proto=ESMTP helo=<h>",
		stamp(2, 0, 1) + "postfix/smtpd[9]: NOQUEUE: reject: RCPT from unknown[198.18.0.1]: 450 4.7.25 Client host rejected: cannot find your hostname, [198.18.0.1]; from=<x@y.example> to=<a@b.example> proto=ESMTP helo=<h>",
		stamp(3, 0, 0) + "postfix/smtp[3]: AAAA1: to=<a@full.example>, relay=mx.full.example[192.0.2.9]:25, delay=3, delays=1/1/1/0, dsn=4.2.2, status=deferred (host mx.full.example[192.0.2.9] said: 452 4.2.2 mailbox full (in reply to RCPT TO command))",
		stamp(3, 0, 1) + "postfix/smtp[3]: AAAA2: to=<a@gone.example>, relay=mx.gone.example[192.0.2.9]:25, delay=3, delays=1/1/1/0, dsn=5.1.1, status=bounced (host mx.gone.example[192.0.2.9] said: 550 5.1.1 user unknown (in reply to RCPT TO command))",
		stamp(1, 0, 0) + "postfix/smtpd[9]: warning: unknown[198.18.0.1]: SASL LOGIN authentication failed: x, sasl_username=ann@x", // late
	}
	for i := range 100 {
		lines = append(lines, sent(4, i%60, fmt.Sprintf("BBBBB%02d", i), "b@example.org", fmt.Sprintf("%d", i+1)))
	}
	var r Report
	tally(t, lines...).Report(&r, store(), 3)
	if r.Totals.Rejected != 2 || r.Totals.Deferrals != 1 || r.Totals.Bounced != 1 || r.Totals.Delivered != 100 || r.Auth.Failed != 1 {
		t.Errorf("totals %+v, auth %+v", r.Totals, r.Auth)
	}
	want := []Row{{"relay_denied at RCPT", 1, 0}, {"helo at RCPT (try later)", 1, 0}}
	if len(r.Rejects) != 2 || r.Rejects[0].Name != want[0].Name || !strings.HasSuffix(r.Rejects[1].Name, "(try later)") {
		t.Errorf("rejects %v", r.Rejects)
	}
	if d := cmp.Diff([]Row{{"mailbox_full at full.example", 1, 0}}, r.Deferrals); d != "" {
		t.Errorf("deferrals (-want +got):\n%s", d)
	}
	if d := cmp.Diff([]Row{{"user_unknown at gone.example", 1, 0}}, r.Bounces); d != "" {
		t.Errorf("bounces (-want +got):\n%s", d)
	}
	var hours []int
	for _, h := range r.ByHour {
		hours = append(hours, h.Hour.Hour())
	}
	if d := cmp.Diff([]int{1, 2, 3, 4}, hours); d != "" {
		t.Errorf("hours (-want +got):\n%s", d)
	}
	d := r.Delays
	if d.Count != 100 || d.Max != 100 || d.P50 < 45 || d.P50 > 60 || d.P99 < 90 || d.P99 > 100 || d.BeforeQueue != 0.5 || d.Connect != 0.25 {
		t.Errorf("delays %+v", d)
	}
}

// Every table of an empty report is an empty list, never null.
func TestEmptyReportHasNoNull(t *testing.T) {
	r := Report{Unknown: []Pattern{}, Incidents: []detect.Incident{}}
	NewTally(sketch.Fixed).Report(&r, store(), 10)
	b, err := json.Marshal(r)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(b), "null") {
		t.Errorf("%s", b)
	}
}

// Names are an attacker's: the text shows no control, bidirectional or escape byte.
func TestTextIsClean(t *testing.T) {
	evil := "\x1b[2J\u202eevil\u009b31m\xff\u2028"
	at := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	rows := []Row{{evil, 3, 2048}}
	r := Report{
		Host: evil, Verdict: evil, From: at, To: at, Lines: 1, Unknown: []Pattern{{Pattern: evil, Count: 1, Example: evil}},
		Rejects: rows, Deferrals: rows, Bounces: rows, Senders: rows, Recipients: rows, Domains: rows, Clients: rows,
		Auth: Auth{FailedUsers: rows, FailedClients: rows}, TLS: TLS{Versions: rows},
		Incidents: []detect.Incident{{Title: evil, Rule: "auth.bruteforce", Opened: at, Subject: detect.Subject{Value: evil}}},
	}
	var b strings.Builder
	if err := r.Text(&b, time.UTC); err != nil {
		t.Fatal(err)
	}
	for _, bad := range []string{"\x1b", "\u202e", "\u009b", "\xff", "\u2028"} {
		if strings.Contains(b.String(), bad) {
			t.Errorf("the text holds %q", bad)
		}
	}
	if n := strings.Count(b.String(), "evil"); n < 12 {
		t.Errorf("only %d of the names are shown:\n%s", n, b.String())
	}
	if !strings.Contains(b.String(), "since at least") {
		t.Errorf("an incident at the start of the log began at least then:\n%s", b.String())
	}
}

func TestNamesAreCapped(t *testing.T) {
	n := newNames(sketch.Fixed)
	for i := range 3 * maxNames {
		n.add(fmt.Appendf(nil, "u%d", i), 1, 0)
	}
	n.add([]byte(strings.Repeat("x", 1000)), 50, 0)
	if n.t.Len() > maxNames || n.distinct() != 3*maxNames+1 {
		t.Errorf("%d kept, %d counted", n.t.Len(), n.distinct())
	}
	if top := n.top(1); len(top[0].Name) != maxName || top[0].Count != 50 {
		t.Errorf("first row %d bytes, count %d", len(top[0].Name), top[0].Count)
	}
}
