package own

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailtop/logparse"
)

var start = time.Date(2026, 11, 22, 6, 40, 0, 500e6, time.UTC)

// probe is the connection of most cases: from 192.0.2.9, open for four seconds.
func probe() Session {
	return Session{From: netip.MustParseAddrPort("192.0.2.9:40001"), Word: "mailtop-7f3ac2-1", Hello: "mx.example.org", Start: start, End: start.Add(4 * time.Second)}
}

// matches reads lines, "second text", and marks those that are own.
func matches(t *testing.T, s *Set, lines ...string) string {
	t.Helper()
	p := logparse.New(logparse.Options{Ref: start, Loc: time.UTC})
	var marks strings.Builder
	for _, l := range lines {
		var sec float64
		if _, err := fmt.Sscan(l, &sec); err != nil {
			t.Fatal(err)
		}
		_, text, _ := strings.Cut(l, " ")
		at := start.Add(time.Duration(sec * float64(time.Second)))
		b := &logparse.Block{Buf: []byte(at.Format("2006-01-02T15:04:05.000000Z07:00") + " mx " + text)}
		mark := "?"
		p.Parse(b, 0, len(b.Buf), func(e *logparse.Event) {
			if e.Kind == logparse.KindUnknown {
				t.Errorf("not understood: %s", l)
			}
			mark = "-"
			if s.Match(e, b) {
				mark = "x"
			}
		})
		marks.WriteString(mark)
	}
	return marks.String()
}

func TestMatch(t *testing.T) {
	user := probe()
	user.User = "anna"
	other := probe()
	other.Start, other.End = start.Add(-time.Hour), start.Add(-time.Hour+4*time.Second)
	stranger := probe()
	stranger.As = netip.MustParseAddr("198.51.100.7")
	second, third, beside := probe(), probe(), probe()
	second.From, second.Start, second.End = netip.MustParseAddrPort("192.0.2.9:40002"), start.Add(800*time.Millisecond), start.Add(900*time.Millisecond)
	third.From, third.Start, third.End = netip.MustParseAddrPort("192.0.2.9:40003"), start.Add(2900*time.Millisecond), start.Add(3*time.Second)
	beside.From = netip.MustParseAddrPort("192.0.2.9:40004")
	const (
		connect  = "postfix/smtpd[100]: connect from mx.example.org[192.0.2.9]"
		end      = "postfix/smtpd[100]: disconnect from mx.example.org[192.0.2.9] ehlo=1 quit=1 commands=2"
		rejected = "postfix/smtpd[100]: NOQUEUE: reject: RCPT from mx.example.org[192.0.2.9]: 554 5.7.1 <a@example.net>: Relay access denied; from=<%s> to=<a@example.net> proto=ESMTP helo=<%s>"
		failed   = "postfix/smtpd[100]: warning: mx.example.org[192.0.2.9]: SASL PLAIN authentication failed: (reason unavailable), sasl_username=%s"
	)
	f := fmt.Sprintf
	for _, c := range []struct {
		name  string
		of    []Session
		lines []string
		want  string
	}{
		{"a session", []Session{probe()}, []string{"0 " + connect, "1 " + f(rejected, "mailtop-7f3ac2-1@example.com", "mx.example.org"), "2 " + f(rejected, "", "mx.example.org"), "4 " + end}, "xxxx"},
		{"stamps of whole seconds", []Session{probe()}, []string{"-0.5 " + connect, "3.5 " + end}, "xx"},
		{"nothing was sent", nil, []string{"0 " + connect, "4 " + end}, "--"},
		{"another time", []Session{other}, []string{"0 " + connect, "1 " + f(rejected, "mailtop-7f3ac2-1@example.com", "mx.example.org"), "4 " + end}, "---"},
		{"word and HELO from another address", []Session{probe()}, []string{"0 postfix/smtpd[101]: connect from unknown[203.0.113.5]",
			"1 postfix/smtpd[101]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1 <a@example.net>: Relay access denied; from=<mailtop-7f3ac2-1@example.com> to=<a@example.net> proto=ESMTP helo=<mx.example.org>"}, "--"},
		{"another HELO in a session that looked ours", []Session{probe()}, []string{"0 " + connect, "1 " + f(rejected, "x@example.com", "evil.example"), "2 " + f(rejected, "x@example.com", "evil.example")}, "x--"},
		{"one connection answers for one session", []Session{probe()}, []string{"0 " + connect, "0.1 " + strings.Replace(connect, "[100]", "[101]", 1)}, "x-"},
		{"the word tells which of two it was", []Session{probe()}, []string{"0 " + connect, "0.1 " + strings.Replace(connect, "[100]", "[101]", 1),
			"1 " + strings.Replace(f(rejected, "mailtop-7f3ac2-1@example.com", "mx.example.org"), "[100]", "[101]", 1), "2 " + f(rejected, "x@example.com", "mx.example.org")}, "x-x-"},
		{"the process serves another client afterwards", []Session{probe()}, []string{"0 " + connect, "1 " + end, "2 postfix/smtpd[100]: connect from unknown[203.0.113.5]",
			"3 postfix/smtpd[100]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1 <a@example.net>: Relay access denied; from=<> to=<a@example.net> proto=ESMTP helo=<mx.example.org>"}, "xx--"},
		{"a record later than any of ours", []Session{probe()}, []string{"0 " + connect, "30 " + f(rejected, "mailtop-7f3ac2-1@example.com", "mx.example.org")}, "x-"},
		{"our own login attempt", []Session{user}, []string{"0 " + connect, "1 " + f(failed, "anna")}, "xx"},
		{"a login as somebody else", []Session{user}, []string{"0 " + connect, "1 " + f(failed, "bert")}, "x-"},
		{"a login where we try none", []Session{probe()}, []string{"0 " + connect, "1 " + f(failed, "anna")}, "x-"},
		{"our message and its end", []Session{probe()}, []string{"0 " + connect, "1 postfix/smtpd[100]: 4ABC123DEF: client=mx.example.org[192.0.2.9]", "1 postfix/cleanup[102]: 4ABC123DEF: message-id=<mailtop-7f3ac2-1-25@example.org>",
			"1 postfix/qmgr[9]: 4ABC123DEF: from=<postmaster@example.org>, size=500, nrcpt=1 (queue active)", "2 postfix/smtp[103]: 4ABC123DEF: to=<a@example.net>, relay=mx.example.net[203.0.113.1]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)",
			"2 postfix/qmgr[9]: 4ABC123DEF: removed", "3 postfix/qmgr[9]: 4ABC123DEF: removed"}, "x-xxxx-"},
		{"a message of somebody else from our address", []Session{probe()}, []string{"0 " + connect, "1 postfix/smtpd[101]: 4ABC123DEF: client=mx.example.org[192.0.2.9]", "1 postfix/cleanup[102]: 4ABC123DEF: message-id=<20261122@example.org>",
			"1 postfix/qmgr[9]: 4ABC123DEF: from=<spam@example.org>, size=500, nrcpt=90 (queue active)"}, "x---"},
		{"our Message-ID on a message from elsewhere", []Session{probe()}, []string{"1 postfix/smtpd[101]: 4ABC123DEF: client=unknown[203.0.113.5]", "1 postfix/cleanup[102]: 4ABC123DEF: message-id=<mailtop-7f3ac2-1-25@example.org>"}, "--"},
		{"as a stranger, by XCLIENT", []Session{stranger}, []string{"0 " + connect, "1 postfix/smtpd[100]: NOQUEUE: reject: RCPT from unknown[198.51.100.7]: 554 5.7.1 <a@example.net>: Relay access denied; from=<mailtop-7f3ac2-1@example.com> to=<a@example.net> proto=ESMTP helo=<mx.example.org>"}, "xx"},
		{"sessions of a run, one process, stamps of whole seconds", []Session{probe(), second, third}, []string{"0 " + connect, "0.5 " + end, "0.5 " + connect, "0.5 " + f(rejected, "mailtop-7f3ac2-1@example.com", "mx.example.org"), "0.5 " + end,
			"2.5 " + connect, "2.5 " + f(rejected, "mailtop-7f3ac2-1@example.com", "mx.example.org"), "2.5 " + f(rejected, "", "mx.example.org"), "2.5 " + end, "3.5 " + connect, "3.5 " + f(rejected, "x@example.com", "mx.example.org")}, "xxxxxxxxx--"},
		{"sessions of a run side by side", []Session{probe(), beside}, []string{"0 " + connect, "0.1 " + strings.Replace(connect, "[100]", "[101]", 1), "1 " + strings.Replace(f(rejected, "mailtop-7f3ac2-1@example.com", "mx.example.org"), "[100]", "[101]", 1),
			"1 " + f(rejected, "mailtop-7f3ac2-1@example.com", "mx.example.org"), "2 " + f(rejected, "", "mx.example.org"), "2 " + strings.Replace(f(rejected, "", "mx.example.org"), "[100]", "[101]", 1), "3 " + end, "3 " + strings.Replace(end, "[100]", "[101]", 1)}, "xxxxxxxx"},
		{"the port is logged", []Session{probe()}, []string{"0 postfix/smtpd[100]: connect from mx.example.org[192.0.2.9]:40002", "0.1 postfix/smtpd[101]: connect from mx.example.org[192.0.2.9]:40001"}, "-x"},
		{"Exim's reject with the word", []Session{probe()}, []string{"1 exim[7]: H=mx.example.org [192.0.2.9] F=<mailtop-7f3ac2-1@example.com> rejected RCPT <a@example.net>: relay not permitted"}, "x"},
	} {
		s := &Set{}
		for _, n := range c.of {
			s.Note(n)
		}
		if d := cmp.Diff(c.want, matches(t, s, c.lines...)); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// TestBounds: nothing that others write, and no number of probes, makes the set grow without end.
func TestBounds(t *testing.T) {
	s := &Set{}
	for i := range 3 * maxSessions {
		n := probe()
		n.From = netip.AddrPortFrom(n.From.Addr(), uint16(i+1))
		n.Start = start.Add(time.Duration(i) * time.Millisecond)
		n.End = n.Start.Add(time.Second)
		s.Note(n)
		matches(t, s, fmt.Sprintf("%f postfix/smtpd[%d]: connect from mx.example.org[192.0.2.9]", float64(i)/1000, i+1),
			fmt.Sprintf("%f postfix/smtpd[%d]: 4ABC%06X: client=mx.example.org[192.0.2.9]", float64(i)/1000, i+1, i))
	}
	if len(s.list) > maxSessions || len(s.byKey) > maxKeys || len(s.asked) > maxQueued || len(s.queued) > maxQueued {
		t.Errorf("%d connections, %d keys, %d and %d queue ids", len(s.list), len(s.byKey), len(s.asked), len(s.queued))
	}
	if got := matches(t, s, "7200 postfix/smtpd[1]: connect from mx.example.org[192.0.2.9]"); got != "-" || len(s.list) != 0 || s.live.Load() != 0 {
		t.Errorf("two hours later: %s, %d connections left", got, len(s.list))
	}
}

// TestIdle: with nothing to match a record costs no allocation.
func TestIdle(t *testing.T) {
	s, e, b := &Set{}, &logparse.Event{}, &logparse.Block{}
	if n := testing.AllocsPerRun(100, func() { s.Match(e, b) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
	if (*Set)(nil).Match(e, b) {
		t.Error("no set matches")
	}
}
