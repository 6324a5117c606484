package screen

import (
	"strings"
	"testing"
	"time"

	"mailtop/monitor"
	"mailtop/monitor/detect"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

var now = time.Date(2026, 5, 12, 12, 4, 31, 0, time.UTC)

func ctx(s monitor.Snapshot) *Context {
	s.Now = now
	return &Context{Snap: &s, Ready: true, Sym: theme.Unicode(), TZ: time.UTC}
}

func TestClock(t *testing.T) {
	berlin := time.FixedZone("CEST", 2*3600)
	for _, tc := range []struct {
		t    time.Time
		tz   *time.Location
		want string
	}{
		{now, time.UTC, "12:04"},
		{now.Add(-12 * time.Hour), time.UTC, "00:04"},
		{now.Add(-13 * time.Hour), time.UTC, "Mon 23:04"},
		{now.Add(-13 * time.Hour), berlin, "01:04"}, // the same day there
		{now.Add(-5 * 24 * time.Hour), time.UTC, "Thu 12:04"},
		{now.Add(-7 * 24 * time.Hour), time.UTC, "2026-05-05 12:04"}, // a weekday would be taken for this week's
		{now.AddDate(-1, 0, 0), time.UTC, "2025-05-12 12:04"},
		{now.Add(12 * time.Hour), time.UTC, "Wed 00:04"},
		{now.Add(48 * time.Hour), time.UTC, "2026-05-14 12:04"},
		{time.Time{}, time.UTC, "?"},
	} {
		if got := Clock(tc.t, now, tc.tz); got != tc.want {
			t.Errorf("Clock(%v) = %q, want %q", tc.t, got, tc.want)
		}
	}
	x := ctx(monitor.Snapshot{})
	if got := x.stamp(now.Add(-13 * time.Hour)); got != "Mon 23:04:31" {
		t.Errorf("stamp %q", got)
	}
}

func TestDepthNeverClaimsTooMuch(t *testing.T) {
	from := now.Add(-46 * time.Hour)
	for _, tc := range []struct {
		c    monitor.Coverage
		want string
	}{
		{monitor.Coverage{}, "no log line read yet"},
		{monitor.Coverage{Live: true}, "no log line read yet"},
		{monitor.Coverage{Lines: 9, From: from, Fraction: 0.999}, "reading 99%, from Sun 14:04 so far"},
		{monitor.Coverage{Lines: 9, From: from, Fraction: 7}, "reading 100%, from Sun 14:04 so far"},
		{monitor.Coverage{Lines: 9, From: from, Live: true, Fraction: 1}, "log reaches back to Sun 14:04"},
		{monitor.Coverage{Lines: 9, From: from, To: now, Ended: true}, "log from Sun 14:04 to 12:04"},
		{monitor.Coverage{Lines: 9, Live: true}, "no line with a time yet"},
	} {
		if got := Depth(&tc.c, now, time.UTC); got != tc.want {
			t.Errorf("%+v: %q, want %q", tc.c, got, tc.want)
		}
	}
}

func TestSince(t *testing.T) {
	from := now.Add(-10 * time.Hour)
	x := ctx(monitor.Snapshot{Coverage: monitor.Coverage{From: from}})
	for _, tc := range []struct {
		in   detect.Incident
		want string
	}{
		{detect.Incident{Opened: now.Add(-2 * time.Hour)}, "since 10:04 (2h)"},
		{detect.Incident{Opened: now.Add(-2 * time.Hour), Actors: []detect.Actor{{First: now.Add(-3 * time.Hour)}}}, "since 09:04 (3h)"},
		{detect.Incident{Opened: from.Add(time.Minute)}, "since at least 02:05 (9h59m)"},
		{detect.Incident{Opened: now.Add(-2 * time.Hour), Actors: []detect.Actor{{First: from}}}, "since at least 02:04 (10h)"},
		{detect.Incident{Opened: now.Add(-2 * time.Hour), Resolved: now.Add(-time.Hour)}, "since 10:04, over since 11:04"},
	} {
		if got := x.since(&tc.in); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

func TestSignalLine(t *testing.T) {
	for _, tc := range []struct {
		s    detect.Signal
		want string
	}{
		{detect.Signal{Signal: "failed logins", Value: 1204, Limit: 10, Window: 600, Met: true}, "[x] failed logins: 1,204 (limit 10 in 10m)"},
		{detect.Signal{Signal: "share of bounces", Value: 0.312, Limit: 0.5}, "[ ] share of bounces: 0.3 (limit 0.5)"},
	} {
		if got := widget.Line(signalLine(&tc.s, theme.Unicode())).Text().String(); got != tc.want {
			t.Errorf("%q, want %q", got, tc.want)
		}
	}
}

func TestEverySeverityDiffersInMono(t *testing.T) {
	seen := map[string]bool{}
	for _, s := range Legend() {
		if seen[s.Text.String()] {
			t.Errorf("%q twice", s.Text)
		}
		seen[s.Text.String()] = true
	}
	glyphs := map[string]bool{}
	for s := detect.Info; s <= detect.Critical; s++ {
		g := Glyph(s).Text.String()
		if glyphs[g] || strings.TrimSpace(g) == "" {
			t.Errorf("glyph %q of %s does not tell it apart", g, s)
		}
		glyphs[g] = true
		if b := Badge(s).Text; widget.Width(b) != 11 || !strings.Contains(b.String(), s.String()) {
			t.Errorf("badge %q", b)
		}
	}
	if got := Badge(200).Text.String(); !strings.Contains(got, "critical") {
		t.Errorf("a severity that does not exist: %q", got)
	}
}

func TestSourcesPutTroubleFirst(t *testing.T) {
	s := monitor.Snapshot{Coverage: monitor.Coverage{Lines: 5, Live: true, From: now.Add(-time.Hour), Unknown: 2, Late: 1}}
	for _, name := range []string{"/var/log/mail.log", "/var/log/dovecot.log", "/var/log/exim4/mainlog"} {
		s.Sources = append(s.Sources, monitor.SourceState{Name: name, Live: true, Last: now})
	}
	s.Sources[2].Err = "permission denied: usermod -aG adm root"
	s.Sources[0].Last = now.Add(-4 * time.Minute)
	x := ctx(s)
	want := "log reaches back to 11:04  mainlog ! permission denied: usermod -aG adm root  mail.log live, silent 4m  and 1 more  unknown 2  late 1  5 lines"
	if got := x.Sources(80).Text().String(); got != want {
		t.Errorf("%q, want %q", got, want)
	}
	if got := x.Sources(120).Text().String(); !strings.Contains(got, "/var/log/dovecot.log live") {
		t.Errorf("wide: %q", got)
	}
}

func TestMessageDropsDateAndHost(t *testing.T) {
	for in, want := range map[string]string{
		"2026-05-12T02:14:31.123456+00:00 mx1 postfix/smtpd[1]: connect": "postfix/smtpd[1]: connect",
		"May 12 02:14:31 mx1 postfix/smtpd[1]: connect":                  "postfix/smtpd[1]: connect",
		"<22>May  2 02:14:31 mx1 dovecot: imap-login":                    "dovecot: imap-login",
		"2026-05-12 02:14:31 1abc <= a@example.org":                      "2026-05-12 02:14:31 1abc <= a@example.org",
		"":                                 "",
		"<22>":                             "<22>",
		"May 12":                           "May 12",
		"\x00\x01\x02":                     "\x00\x01\x02",
		"2026-05-12T02:14:31.123456+00:00": "2026-05-12T02:14:31.123456+00:00",
		"May 12 02:14:31 mx1":              "May 12 02:14:31 mx1",
	} {
		if got := message(in); got != want {
			t.Errorf("message(%q) = %q, want %q", in, got, want)
		}
	}
}

func FuzzMessage(f *testing.F) {
	f.Add("May 12 02:14:31 mx1 postfix/smtpd[1]: connect")
	f.Add("<22>2026-05-12T02:14:31Z mx1 x")
	f.Fuzz(func(t *testing.T, s string) {
		if got := message(s); !strings.HasSuffix(s, got) || got == "" && s != "" {
			t.Errorf("message(%q) = %q", s, got)
		}
	})
}
