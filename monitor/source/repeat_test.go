package source

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mailtop/logparse"
)

// "last message repeated" becomes the events of the record that it repeats, whoever
// wrote in between and wherever blocks end.
func TestRepeats(t *testing.T) {
	at := func(sec int, s string) string { return fmt.Sprintf("Nov 22 03:00:%02d %s", sec, s) }
	connect := func(ip string) string { return "postfix/smtpd[10]: connect from unknown[" + ip + "]" }
	const times = "last message repeated 19 times"
	sendmail := "sm-mta[5]: 6AM6Kb4V023151: to=<a@x.example>,<b@x.example>, delay=00:00:01, mailer=esmtp, relay=x. [192.0.2.1], dsn=2.0.0, stat=Sent (ok)"
	for name, c := range map[string]struct{ log, want []string }{
		"without a program": {
			[]string{at(1, "mx1 "+connect("198.18.0.1")), at(2, "mx1 "+times), at(3, "mx1 "+connect("198.18.0.2"))},
			[]string{"1 connect 198.18.0.1 x1", "2 connect 198.18.0.1 x19", "3 connect 198.18.0.2 x1"},
		},
		"behind a program, another writes in between": {
			[]string{at(1, "mx1 "+connect("198.18.0.1")), at(1, "mx1 postfix/qmgr[4]: 4F1A2: removed"), at(2, "mx1 postfix/smtpd[10]: "+times)},
			[]string{"1 connect 198.18.0.1 x1", "1 removed  x1", "2 connect 198.18.0.1 x19"},
		},
		"of the same process": {
			[]string{at(1, "mx1 "+connect("198.18.0.1")), at(1, "mx1 "+strings.Replace(connect("198.18.0.2"), "[10]", "[11]", 1)), at(2, "mx1 postfix/smtpd[10]: "+times)},
			[]string{"1 connect 198.18.0.1 x1", "1 connect 198.18.0.2 x1", "2 connect 198.18.0.1 x19"},
		},
		"of the same host": {
			[]string{at(1, "mx1 "+connect("198.18.0.1")), at(1, "mx2 "+connect("198.18.0.2")), at(2, "mx1 "+times)},
			[]string{"1 connect 198.18.0.1 x1", "1 connect 198.18.0.2 x1", "2 connect 198.18.0.1 x19"},
		},
		"again, after a while": {
			[]string{at(1, "mx1 "+connect("198.18.0.1")), at(2, "mx1 "+times), at(32, "mx1 "+times)},
			[]string{"1 connect 198.18.0.1 x1", "2 connect 198.18.0.1 x19", "32 connect 198.18.0.1 x19"},
		},
		"a record with several events": {
			[]string{at(1, "mx1 "+sendmail), at(2, "mx1 "+times)},
			[]string{"1 delivery a@x.example x1", "1 delivery b@x.example x1", "2 delivery a@x.example x19", "2 delivery b@x.example x19"},
		},
		"at the start of a file": {
			[]string{at(2, "mx1 "+times), at(3, "mx1 "+connect("198.18.0.1"))},
			[]string{"2 other  x19", "3 connect 198.18.0.1 x1"},
		},
		"with the text": {
			[]string{at(1, "mx1 "+connect("198.18.0.1")), at(2, "mx1 postfix/smtpd[10]: message repeated 19 times: [ connect from unknown[198.18.0.1]]")},
			[]string{"1 connect 198.18.0.1 x1", "2 connect 198.18.0.1 x19"},
		},
		"only a text that says so": {
			[]string{at(1, "mx1 "+connect("198.18.0.1")), at(2, "mx1 postfix/smtpd[10]: last message repeated 19 times or so")},
			[]string{"1 connect 198.18.0.1 x1", "2 unknown  x1"},
		},
	} {
		for _, block := range []int{1 << 16, 700, 450} {
			var got []string
			eachEvent(t, text(c.log...), block, func(b *Batch, e *logparse.Event) {
				who := e.String(&b.Block, e.To)
				if ip := e.Client(); ip.IsValid() {
					who = ip.String()
				}
				got = append(got, fmt.Sprintf("%d %v %s x%d", e.Time/1e9%60, e.Kind, who, e.N()))
			})
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("%s, block %d (-want +got):\n%s", name, block, d)
			}
		}
	}
}

// The search for the repeated record has an end, and its result does not depend on
// where blocks end.
func TestRepeatReach(t *testing.T) {
	for _, c := range []struct{ between, want int }{{60, 2}, {70, 1}, {300, 1}} {
		lines := []string{"Nov 22 03:00:00 mx1 postfix/smtpd[10]: connect from unknown[198.18.0.1]"}
		for range c.between {
			lines = append(lines, "Nov 22 03:00:00 mx2 postfix/qmgr[4]: 4F1A2: removed")
		}
		lines = append(lines, "Nov 22 03:00:01 mx1 last message repeated 3 times")
		for _, block := range []int{1 << 16, 2000, 500} {
			n := 0
			eachEvent(t, text(lines...), block, func(_ *Batch, e *logparse.Event) {
				if e.Kind == logparse.KindConnect {
					n++
				}
			})
			if n != c.want {
				t.Errorf("%d records between, block %d: %d connects, want %d", c.between, block, n, c.want)
			}
		}
	}
	// by bytes: long records between
	long := "Nov 22 03:00:00 mx2 postfix/qmgr[4]: " + strings.Repeat("x", 1000)
	for n, want := range map[int]int{10: 2, 14: 2, 17: 1, 40: 1} {
		lines := []string{"Nov 22 03:00:00 mx1 postfix/smtpd[10]: connect from unknown[198.18.0.1]"}
		for range n {
			lines = append(lines, long)
		}
		lines = append(lines, "Nov 22 03:00:01 mx1 last message repeated 3 times")
		for _, block := range []int{1 << 16, 9000, 3000} {
			got := 0
			eachEvent(t, text(lines...), block, func(_ *Batch, e *logparse.Event) {
				if e.Kind == logparse.KindConnect {
					got++
				}
			})
			if got != want {
				t.Errorf("%d long records between, block %d: %d connects, want %d", n, block, got, want)
			}
		}
	}
}

// Live, each record is a batch of its own.
func TestRepeatLive(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0)))
	w := follow(t, path)
	w.wantNow(rec(0))
	const connect = "Nov 22 03:00:00 mx1 postfix/smtpd[10]: connect from unknown[198.18.0.1]"
	for _, l := range []string{connect, "Nov 22 03:00:01 mx1 last message repeated 3 times"} {
		appendTo(t, path, text(l))
		w.step()
		b := <-w.out
		if len(b.Events) != 1 || b.Events[0].Kind != logparse.KindConnect {
			t.Errorf("%q gave %d events, kind %v", l, len(b.Events), b.Events[0].Kind)
		}
		b.Release()
	}
}
