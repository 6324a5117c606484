package detect

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"mailtop/logparse"
	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// rig feeds log lines to a detector.
type rig struct {
	t testing.TB
	j *join.Joiner
	d *Detector
	p *logparse.Parser
	n int64
}

func newRig(t testing.TB, facts Facts) *rig {
	j := join.New(sketch.Fixed)
	return &rig{t: t, j: j, d: New(sketch.Fixed, j, facts), p: logparse.New(logparse.Options{})}
}

var start = time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC)

// at feeds one line with the given time after start.
func (r *rig) at(after time.Duration, prog, format string, args ...any) {
	r.t.Helper()
	s := start.Add(after).Format("2006-01-02T15:04:05.000000-07:00") + " mx " + prog + ": " + fmt.Sprintf(format, args...)
	b := &logparse.Block{Buf: []byte(s)}
	r.p.Parse(b, 0, len(s), func(e *logparse.Event) {
		if e.Kind == logparse.KindUnknown {
			r.t.Fatalf("unknown line: %s", s)
		}
		f := r.j.Join(e, b)
		f.Offset = r.n
		r.d.Observe(f)
	})
	r.n++
}

func (r *rig) fail(after time.Duration, ip, user string) {
	r.at(after, "postfix/smtpd[9]", "warning: unknown[%s]: SASL LOGIN authentication failed: (reason unavailable), sasl_username=%s", ip, user)
}

func (r *rig) login(after time.Duration, ip, user string) {
	r.at(after, "dovecot", "imap-login: Login: user=<%s>, method=PLAIN, rip=%s, lip=192.0.2.1, mpid=7, TLS, session=<abc>", user, ip)
}

// severity is that of the open incident of a rule about a subject, with false for none.
func (r *rig) severity(rule, subject string) (Severity, bool) {
	for _, inc := range r.d.Incidents() {
		if inc.Rule == rule && inc.Subject.Value == subject && inc.Open() {
			return inc.Severity, true
		}
	}
	return 0, false
}

func (r *rig) want(rule, subject string, sev Severity) {
	r.t.Helper()
	if got, ok := r.severity(rule, subject); !ok || got != sev {
		r.t.Errorf("%s about %s: %v (open %v), want %v", rule, subject, got, ok, sev)
	}
}

func (r *rig) silent(rule string) {
	r.t.Helper()
	for _, inc := range r.d.Incidents() {
		if inc.Rule == rule {
			r.t.Errorf("%s %s about %s: %s", inc.Rule, inc.Severity, inc.Subject.Value, inc.Title)
		}
	}
}

const bot = "198.18.7.7"

// One below a level is silent, the level opens: for one user, for two, for a name
// that does not exist, in each of the three windows.
func TestBruteforceLevels(t *testing.T) {
	for _, c := range []struct {
		name  string
		n     int
		every time.Duration
		users []string
		want  Severity
		open  bool
	}{
		{"four in ten minutes", 4, time.Minute, []string{"ann@x"}, 0, false},
		{"five of one user", 5, time.Minute, []string{"ann@x"}, Low, true},
		{"five of two users", 5, time.Minute, []string{"ann@x", "bob@x"}, Medium, true},
		{"five of a role name", 5, time.Minute, []string{"admin@x"}, Medium, true},
		{"nine of one user", 9, time.Minute, []string{"ann@x"}, Low, true},
		{"ten of one user", 10, time.Minute, []string{"ann@x"}, Medium, true},
		{"seven, one each half hour", 7, 30 * time.Minute, []string{"ann@x"}, 0, false},
		{"eight, one each half hour", 8, 30 * time.Minute, []string{"ann@x"}, Low, true},
		{"eleven, one each six hours", 11, 6 * time.Hour, []string{"ann@x"}, 0, false},
		{"twelve, one each six hours", 12, 6 * time.Hour, []string{"ann@x"}, Low, true},
		{"a hundred in an hour", 100, 30 * time.Second, []string{"ann@x"}, High, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, Facts{})
			for i := range c.n {
				r.fail(time.Duration(i)*c.every, bot, c.users[i%len(c.users)])
			}
			got, open := r.severity("auth.bruteforce", bot)
			if got != c.want || open != c.open {
				t.Errorf("%v, open %v; want %v, %v", got, open, c.want, c.open)
			}
		})
	}
}

func TestSprayLevels(t *testing.T) {
	for _, c := range []struct {
		name         string
		users, tries int
		every        time.Duration
		ip           func(i int) string
		subject      string
		open         bool
	}{
		{"five users", 5, 1, time.Minute, nil, bot, false},
		{"six users", 6, 1, time.Minute, nil, bot, true},
		{"six users, five tries each: guessing", 6, 5, 10 * time.Second, nil, bot, false},
		{"nine users in a day", 9, 1, 2 * time.Hour, nil, bot, false},
		{"ten users in a day", 10, 1, 2 * time.Hour, nil, bot, true},
		{"a /24 that takes turns", 6, 1, time.Minute, func(i int) string { return fmt.Sprintf("198.18.7.%d", i+1) }, "198.18.7.0/24", true},
		{"a /64 that takes turns", 6, 1, time.Minute, func(i int) string { return fmt.Sprintf("2001:db8:1:2::%x", i+1) }, "2001:db8:1:2::/64", true},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, Facts{})
			n := 0
			for u := range c.users {
				for range c.tries {
					ip := bot
					if c.ip != nil {
						ip = c.ip(n)
					}
					r.fail(time.Duration(n)*c.every, ip, fmt.Sprintf("user%d@x", u))
					n++
				}
			}
			if _, open := r.severity("auth.spray", c.subject); open != c.open {
				t.Errorf("open %v, want %v", open, c.open)
			}
		})
	}
}

// Who gets in was mistyping; a device with an old password is no attack.
func TestInnocentFailures(t *testing.T) {
	t.Run("nine typos, then in", func(t *testing.T) {
		r := newRig(t, Facts{})
		for i := range 9 {
			r.fail(time.Duration(i)*3*time.Minute, "192.0.2.77", "ann@x")
		}
		r.login(40*time.Minute, "192.0.2.77", "ann@x")
		r.silent("account.compromised")
		r.silent("auth.spray")
	})
	t.Run("old password on a known network", func(t *testing.T) {
		r := newRig(t, Facts{})
		r.login(0, "192.0.2.77", "ann@x")
		for i := range 200 {
			r.fail(time.Duration(i+1)*time.Minute, "192.0.2.78", "ann@x")
		}
		r.silent("auth.bruteforce")
	})
	t.Run("this host itself", func(t *testing.T) {
		r := newRig(t, Facts{Own: []netip.Addr{netip.MustParseAddr("192.0.2.1")}})
		for i := range 40 {
			r.fail(time.Duration(i)*time.Second, []string{"127.0.0.1", "192.0.2.1"}[i%2], fmt.Sprintf("u%d@x", i))
		}
		if n := len(r.d.Incidents()); n != 0 {
			t.Errorf("%d incidents about the host itself", n)
		}
	})
}

func TestCompromised(t *testing.T) {
	t.Run("nine failures and in: a person", func(t *testing.T) {
		r := newRig(t, Facts{})
		for i := range 9 {
			r.fail(time.Duration(i)*time.Minute, bot, "ann@x")
		}
		r.login(10*time.Minute, bot, "ann@x")
		r.silent("account.compromised")
	})
	t.Run("ten failures and in", func(t *testing.T) {
		r := newRig(t, Facts{})
		for i := range 10 {
			r.fail(time.Duration(i)*time.Minute, bot, "ann@x")
		}
		r.login(10*time.Minute, bot, "ann@x")
		r.want("account.compromised", "ann@x", High)
	})
	t.Run("in after trying two others", func(t *testing.T) {
		r := newRig(t, Facts{})
		r.fail(0, bot, "bob@x")
		r.fail(time.Second, bot, "cat@x")
		r.login(2*time.Second, bot, "ann@x")
		r.want("account.compromised", "ann@x", High)
	})
	t.Run("three /16 in an hour: a traveller", func(t *testing.T) {
		r := newRig(t, Facts{})
		for i := range 3 {
			r.login(time.Duration(i)*time.Minute, fmt.Sprintf("198.%d.1.1", 18+i), "ann@x")
		}
		r.silent("account.compromised")
	})
	t.Run("four /16 in an hour", func(t *testing.T) {
		r := newRig(t, Facts{})
		for i := range 4 {
			r.login(time.Duration(i)*time.Minute, fmt.Sprintf("198.%d.1.1", 18+i), "ann@x")
		}
		r.want("account.compromised", "ann@x", High)
	})
	t.Run("four /16 in a day: phone, office, home, train", func(t *testing.T) {
		r := newRig(t, Facts{})
		for i := range 4 {
			r.login(time.Duration(i)*5*time.Hour, fmt.Sprintf("198.%d.1.1", 18+i), "ann@x")
		}
		r.silent("account.compromised")
	})
}

// sends hands in a message of a login to n recipients.
func (r *rig) sends(after time.Duration, user string, id, n int) {
	r.at(after, "postfix/submission/smtpd[9]", "%X: client=unknown[192.0.2.77], sasl_method=PLAIN, sasl_username=%s", 0xA0000+id, user)
	r.at(after, "postfix/qmgr[2]", "%X: from=<%s>, size=1000, nrcpt=%d (queue active)", 0xA0000+id, user, n)
}

func TestBurstLevels(t *testing.T) {
	r := newRig(t, Facts{})
	r.sends(0, "ann@x", 1, 40)
	r.silent("spam.outbound_burst")
	r.sends(time.Second, "ann@x", 2, 1)
	r.want("spam.outbound_burst", "ann@x", Low)
	r.sends(2*time.Second, "ann@x", 3, 79)
	r.want("spam.outbound_burst", "ann@x", Low)
	r.sends(3*time.Second, "ann@x", 4, 1)
	r.want("spam.outbound_burst", "ann@x", Medium)
	for i := range 26 { // 20 an hour
		r.sends(time.Duration(i)*time.Hour, "slow@x", 100+i, 20)
	}
	if sev, ok := r.severity("spam.outbound_burst", "slow@x"); ok {
		t.Errorf("480 recipients in a day: %v", sev)
	}
}

// A retry of the same message is not new mail.
func TestBurstCountsAMessageOnce(t *testing.T) {
	r := newRig(t, Facts{})
	r.sends(0, "ann@x", 1, 30)
	for i := range 20 {
		r.at(time.Duration(i+1)*10*time.Second, "postfix/qmgr[2]", "%X: from=<ann@x>, size=1000, nrcpt=30 (queue active)", 0xA0001)
	}
	r.silent("spam.outbound_burst")
}

func TestRelayProbe(t *testing.T) {
	deny := func(r *rig, after time.Duration, to string) {
		r.at(after, "postfix/smtpd[9]", "NOQUEUE: reject: RCPT from unknown[%s]: 554 5.7.1 <%s>: Relay access denied; from=<a@b.example> to=<%s> proto=ESMTP helo=<x>", bot, to, to)
	}
	r := newRig(t, Facts{})
	deny(r, 0, "a@far.example")
	r.silent("relay.probe")
	deny(r, time.Minute, "a@far.example")
	r.want("relay.probe", bot, Info)
	for i := range 3 {
		deny(r, time.Duration(i+2)*time.Minute, "a@far.example")
	}
	r.want("relay.probe", bot, Low)
	for _, to := range []string{"a%far.example@mx", "far.example!a", "@mx:a@far.example", "a@b@far.example"} {
		r := newRig(t, Facts{})
		deny(r, 0, to)
		r.want("relay.probe", bot, Info)
	}
}

func TestFlood(t *testing.T) {
	connects := func(r *rig, n int, every time.Duration, mail bool) {
		for i := range n {
			at := time.Duration(i) * every
			r.at(at, fmt.Sprintf("postfix/smtpd[%d]", 100+i), "connect from unknown[%s]", bot)
			if mail {
				r.at(at, fmt.Sprintf("postfix/smtpd[%d]", 100+i), "%X: client=unknown[%s]", 0xB0000+i, bot)
			}
			r.at(at, fmt.Sprintf("postfix/smtpd[%d]", 100+i), "disconnect from unknown[%s] ehlo=1 quit=1 commands=2", bot)
		}
	}
	t.Run("59 a minute", func(t *testing.T) {
		r := newRig(t, Facts{})
		connects(r, 59, time.Second, false)
		r.silent("dos.flood")
	})
	t.Run("60 a minute", func(t *testing.T) {
		r := newRig(t, Facts{})
		connects(r, 70, 900*time.Millisecond, false)
		r.want("dos.flood", bot, Medium)
	})
	t.Run("120 a minute with mail in them: a big sender", func(t *testing.T) {
		r := newRig(t, Facts{})
		connects(r, 240, 500*time.Millisecond, true)
		r.silent("dos.flood")
	})
	t.Run("25 held open", func(t *testing.T) {
		r := newRig(t, Facts{})
		for i := range 25 {
			r.at(time.Duration(i)*10*time.Second, fmt.Sprintf("postfix/smtpd[%d]", 100+i), "connect from unknown[%s]", bot)
		}
		r.want("dos.flood", bot, Medium)
	})
	t.Run("a client every four minutes whose disconnects were lost", func(t *testing.T) {
		r := newRig(t, Facts{})
		for i := range 60 {
			r.at(time.Duration(i)*4*time.Minute, fmt.Sprintf("postfix/smtpd[%d]", 100+i), "connect from unknown[%s]", bot)
		}
		r.silent("dos.flood")
	})
	t.Run("a server that logs no disconnect", func(t *testing.T) {
		r := newRig(t, Facts{})
		for i := range 400 {
			r.at(time.Duration(i)*5*time.Second, fmt.Sprintf("sm-mta[%d]", 100+i), "NOQUEUE: connect from gw.example [%s]", []string{bot, "198.18.7.8", "198.18.7.9"}[i%3])
		}
		r.silent("dos.flood")
	})
}

// relays hands in a message of a stranger and delivers it to another host.
func (r *rig) relays(after time.Duration, id int, ip, from, to string) {
	r.at(after, "postfix/smtpd[9]", "%X: client=unknown[%s]", 0xC0000+id, ip)
	r.at(after, "postfix/qmgr[2]", "%X: from=<%s>, size=1, nrcpt=1 (queue active)", 0xC0000+id, from)
	r.at(after, "postfix/smtp[3]", "%X: to=<%s>, relay=mx.%s[203.0.113.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)", 0xC0000+id, to, to[strings.Index(to, "@")+1:])
	r.at(after, "postfix/qmgr[2]", "%X: removed", 0xC0000+id)
}

// arrives is everyday mail for a mailbox here.
func (r *rig) arrives(after time.Duration, id int) {
	r.at(after, "postfix/smtpd[9]", "%X: client=unknown[203.0.113.%d]", 0xD0000+id, id%200)
	r.at(after, "postfix/qmgr[2]", "%X: from=<x@far.example>, size=1, nrcpt=1 (queue active)", 0xD0000+id)
	r.at(after, "postfix/lmtp[3]", "%X: to=<ann@x.example>, relay=mx[private/lmtp], delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)", 0xD0000+id)
}

// Fault: a false "open relay".
func TestRelayOpen(t *testing.T) {
	t.Run("strangers to strangers", func(t *testing.T) {
		r := newRig(t, Facts{Host: "mx"})
		for i := range 20 {
			r.arrives(time.Duration(i)*time.Second, i)
		}
		for i := range 6 {
			r.relays(time.Minute+time.Duration(i)*time.Second, i, fmt.Sprintf("198.18.%d.1", i%2), "spam@bad.example", fmt.Sprintf("v@d%d.example", i/2))
		}
		r.want("relay.open", "mx", High)
	})
	t.Run("known domains: one is enough", func(t *testing.T) {
		r := newRig(t, Facts{Host: "mx", Known: true, LocalDomains: []string{"x.example"}})
		r.relays(0, 1, bot, "spam@bad.example", "v@d1.example")
		r.want("relay.open", "mx", Medium)
		r.relays(time.Second, 2, "198.18.8.8", "spam@bad.example", "v@d1.example")
		r.want("relay.open", "mx", High)
		r.relays(2*time.Second, 3, "198.18.9.9", "spam@bad.example", "v@d1.example")
		r.want("relay.open", "mx", Critical)
	})
	for _, c := range []struct {
		name  string
		facts Facts
		f     func(*rig)
	}{
		{"one stranger, domains not known", Facts{}, func(r *rig) {
			for i := range 20 {
				r.arrives(time.Duration(i)*time.Second, i)
				r.relays(time.Minute+time.Duration(i)*time.Second, i, bot, "spam@bad.example", fmt.Sprintf("v@d%d.example", i))
			}
		}},
		{"a gateway: nothing is delivered here", Facts{}, func(r *rig) {
			for i := range 60 {
				r.relays(time.Duration(i)*time.Second, i, fmt.Sprintf("198.18.%d.1", i%5), "someone@out.example", fmt.Sprintf("v@customer%d.example", i%7))
			}
		}},
		{"logged in", Facts{}, func(r *rig) {
			for i := range 60 {
				id := 0xC0000 + i
				r.at(time.Duration(i)*time.Second, "postfix/smtpd[9]", "%X: client=unknown[198.18.%d.1], sasl_method=PLAIN, sasl_username=ann@x.example", id, i%5)
				r.at(time.Duration(i)*time.Second, "postfix/qmgr[2]", "%X: from=<ann@x.example>, size=1, nrcpt=1 (queue active)", id)
				r.at(time.Duration(i)*time.Second, "postfix/smtp[3]", "%X: to=<v@d%d.example>, relay=mx.d.example[203.0.113.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)", id, i)
			}
		}},
		{"forwards of our mailboxes", Facts{}, func(r *rig) {
			for i := range 40 {
				r.arrives(time.Duration(i)*time.Second, i)
				id := 0xC0000 + i
				r.at(time.Duration(i)*time.Second, "postfix/smtpd[9]", "%X: client=unknown[198.18.%d.1]", id, i%5)
				r.at(time.Duration(i)*time.Second, "postfix/qmgr[2]", "%X: from=<x@far.example>, size=1, nrcpt=1 (queue active)", id)
				r.at(time.Duration(i)*time.Second, "postfix/smtp[3]", "%X: to=<v@d%d.example>, orig_to=<ann@x.example>, relay=mx.d.example[203.0.113.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)", id, i)
			}
		}},
		{"to our internal server", Facts{}, func(r *rig) {
			for i := range 40 {
				r.arrives(time.Duration(i)*time.Second, i)
				id := 0xC0000 + i
				r.at(time.Duration(i)*time.Second, "postfix/smtpd[9]", "%X: client=unknown[198.18.%d.1]", id, i%5)
				r.at(time.Duration(i)*time.Second, "postfix/qmgr[2]", "%X: from=<x@far.example>, size=1, nrcpt=1 (queue active)", id)
				r.at(time.Duration(i)*time.Second, "postfix/smtp[3]", "%X: to=<v@d%d.example>, relay=inside[10.0.0.5]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)", id, i)
			}
		}},
		{"from mynetworks", Facts{Host: "mx", Known: true, LocalDomains: []string{"x.example"}, Networks: []netip.Prefix{netip.MustParsePrefix("198.18.0.0/16")}}, func(r *rig) {
			for i := range 40 {
				r.relays(time.Duration(i)*time.Second, i, bot, "app@x.example", fmt.Sprintf("v@d%d.example", i))
			}
		}},
		{"bounces on their way out", Facts{Host: "mx", Known: true, LocalDomains: []string{"x.example"}}, func(r *rig) {
			r.relays(0, 1, bot, "", "v@d1.example")
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := newRig(t, c.facts)
			c.f(r)
			r.silent("relay.open")
		})
	}
}

// Incidents resolve after their hold time, come back as the same one within a day,
// and tell each step once.
func TestLife(t *testing.T) {
	r := newRig(t, Facts{})
	for i := range 10 {
		r.fail(time.Duration(i)*10*time.Second, bot, "ann@x")
	}
	r.d.Advance(start.Add(30 * time.Minute).Unix())
	r.fail(31*time.Minute, bot, "ann@x")
	r.d.Advance(start.Add(2 * time.Hour).Unix())
	var steps []string
	var seq uint64
	ids := map[string]bool{}
	for _, c := range r.d.Changes(0) {
		if c.Seq != seq+1 {
			t.Errorf("seq %d after %d", c.Seq, seq)
		}
		seq = c.Seq
		ids[c.ID] = true
		if c.Event != Updated {
			steps = append(steps, c.Event+" "+c.Severity.String())
		}
	}
	if got, want := strings.Join(steps, ", "), "opened low, escalated medium, resolved medium, opened low, resolved low"; got != want {
		t.Errorf("steps: %s\nwant:  %s", got, want)
	}
	if len(ids) != 1 {
		t.Errorf("%d ids for one incident", len(ids))
	}
	inc := r.d.Incidents()[0]
	if inc.Open() || len(inc.Evidence) != 7 || len(inc.Why) == 0 || inc.CouldBe == "" {
		t.Errorf("incident %+v", inc)
	}
	r.d.Advance(start.Add(30 * time.Hour).Unix())
	if n := len(r.d.Incidents()); n != 0 {
		t.Errorf("%d incidents a day after the end", n)
	}
}

// A reader that falls too far behind gets a gap mark and what is open.
func TestChangesGap(t *testing.T) {
	r := newRig(t, Facts{})
	for i := range 3 * maxChanges {
		ip := fmt.Sprintf("198.%d.%d.7", 18+i>>8, i&255)
		for range 5 {
			r.fail(time.Duration(i)*time.Second, ip, "admin@x")
		}
	}
	cs := r.d.Changes(0)
	if cs[0].Event != Gap || len(cs) < 2 || cs[1].Event != Opened {
		t.Errorf("a reader from the start got %s first, %d changes", cs[0].Event, len(cs))
	}
	if cs := r.d.Changes(r.d.Seq() - 5); len(cs) != 5 || cs[0].Event == Gap {
		t.Errorf("a reader close behind got %d changes, %s first", len(cs), cs[0].Event)
	}
	if cs := r.d.Changes(r.d.Seq()); cs != nil {
		t.Errorf("a reader at the end got %d changes", len(cs))
	}
}

// Fault: the admin's own address banned or advised to be banned.
func TestNoBanForTheHouse(t *testing.T) {
	admin := netip.MustParseAddr("198.18.7.7")
	for _, c := range []struct {
		name  string
		facts Facts
		ip    string
		login bool
		ban   bool
	}{
		{"a stranger", Facts{}, bot, false, true},
		{"the admin's SSH session", Facts{SSHClient: admin}, bot, false, false},
		{"a network around the admin", Facts{SSHClient: netip.MustParseAddr("2001:db8:1:2::99")}, "2001:db8:1:2::1", false, false},
		{"mynetworks", Facts{Networks: []netip.Prefix{netip.MustParsePrefix("198.18.0.0/16")}}, bot, false, false},
		{"a private address", Facts{}, "10.1.2.3", false, false},
		{"where users log in", Facts{}, bot, true, false},
		{"no nft here", Facts{Tools: []string{"postqueue"}}, bot, false, false},
	} {
		r := newRig(t, c.facts)
		if c.login {
			r.login(0, c.ip, "ann@x")
		}
		for i := range 30 {
			r.fail(time.Duration(i+1)*time.Second, c.ip, fmt.Sprintf("u%d@x", i%4))
		}
		ban := false
		for _, inc := range r.d.Incidents() {
			for _, a := range inc.Advice {
				ban = ban || strings.Contains(a.Command, "ban4") || strings.Contains(a.Command, "ban6")
			}
		}
		if len(r.d.Incidents()) == 0 || ban != c.ban {
			t.Errorf("%s: ban offered %v, want %v", c.name, ban, c.ban)
		}
	}
}

// Fault: a shown command that can be made to run attacker text.
func TestHostileNamesNeverEnterACommand(t *testing.T) {
	for _, name := range []string{"$(reboot)", "a;reboot", "a`id`", "-f", "a b", "a'b", `a"b`, "a\\b", "a|b", "a&b", "a>b", "ä@x", "a\u202eb", "=x", strings.Repeat("a", 200)} {
		if s, ok := accountSlot(name); ok {
			t.Errorf("%q became the slot %q", name, s)
		}
	}
	for _, name := range []string{"ann@x.example", "j.doe+tag", "a_b-c=d:e/f"} {
		if _, ok := accountSlot(name); !ok {
			t.Errorf("%q is harmless, but was refused", name)
		}
	}
	r := newRig(t, Facts{})
	evil := "x;touch${IFS}pwned@x"
	for i := range 10 {
		r.fail(time.Duration(i)*time.Second, bot, evil)
	}
	r.login(11*time.Second, bot, evil)
	if _, ok := r.severity("account.compromised", evil); !ok {
		t.Fatal("not found at all")
	}
	for _, inc := range r.d.Incidents() {
		for _, a := range inc.Advice {
			if strings.Contains(a.Command+a.Undo, "pwned") {
				t.Errorf("command %q", a.Command+a.Undo)
			}
		}
	}
}

func TestRulesAreDocumented(t *testing.T) {
	if len(Rules()) != numRules {
		t.Fatalf("%d rules", len(Rules()))
	}
	for _, r := range Rules() {
		if r.ID == "" || r.What == "" || r.CouldBe == "" {
			t.Errorf("rule %q says too little", r.ID)
		}
	}
}
