package join

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mailtop/logparse"
	"mailtop/monitor/sketch"
)

// facts joins a log and hands each fact to f.
func facts(t testing.TB, log string, f func(*Fact)) *Joiner {
	t.Helper()
	j := New(sketch.Fixed)
	p := logparse.New(logparse.Options{Ref: time.Date(2026, 11, 22, 2, 0, 0, 0, time.UTC)})
	for _, line := range strings.Split(strings.TrimSpace(log), "\n") {
		b := &logparse.Block{Buf: []byte(line)}
		p.Parse(b, 0, len(line), func(e *logparse.Event) { f(j.Join(e, b)) })
	}
	return j
}

// failures counts the login failures that a log tells of.
func failures(t testing.TB, log string) (n int) {
	t.Helper()
	facts(t, log, func(f *Fact) {
		if f.Kind == logparse.KindAuthFail || f.Kind == logparse.KindDisconnect {
			n += f.Weight
		}
	})
	return n
}

func line(sec int, prog, msg string) string {
	return fmt.Sprintf("2026-11-22T01:00:%02d.000000+00:00 mx %s: %s\n", sec, prog, msg)
}

const (
	smtpd = "postfix/submission/smtpd[10]"
	ip    = "unknown[198.18.0.1]"
)

// One try is one failure, however many records tell of it and in which order.
func TestAttemptsCountOnce(t *testing.T) {
	connect := line(0, smtpd, "connect from "+ip)
	sasl := func(sec int, user string) string {
		return line(sec, smtpd, "warning: "+ip+": SASL LOGIN authentication failed: (reason unavailable), sasl_username="+user)
	}
	plain := func(sec int) string {
		return line(sec, smtpd, "warning: "+ip+": SASL LOGIN authentication failed: UGFzc3dvcmQ6")
	}
	auth := func(sec int, user string) string {
		return line(sec, "dovecot", "auth: passwd-file("+user+",198.18.0.1): Password mismatch")
	}
	login := func(sec, n int, user string) string {
		return line(sec, "dovecot", fmt.Sprintf("imap-login: Disconnected: Connection closed (auth failed, %d attempts in 4 secs): user=<%s>, method=PLAIN, rip=198.18.0.1, lip=192.0.2.1, session=<x>", n, user))
	}
	end := func(sec, n int) string {
		return line(sec, smtpd, fmt.Sprintf("disconnect from %s ehlo=1 auth=0/%d commands=1/%d", ip, n, n+1))
	}
	for _, c := range []struct {
		name, log string
		want      int
	}{
		{"SASL record and session counter", connect + sasl(1, "a@x") + end(2, 1), 1},
		{"three tries in a session", connect + sasl(1, "a@x") + sasl(2, "b@x") + sasl(3, "c@x") + end(4, 3), 3},
		{"counter alone: the records were swallowed", connect + end(4, 3), 3},
		{"counter knows more than the records", connect + sasl(1, "a@x") + end(4, 3), 3},
		{"Dovecot first, the MTA up to ten seconds later", connect + auth(1, "a@x") + sasl(11, "a@x") + end(12, 1), 1},
		{"an old Postfix that names nobody", connect + auth(1, "a@x") + plain(3) + end(4, 1), 1},
		{"the MTA first", connect + sasl(1, "a@x") + auth(1, "a@x") + end(2, 1), 1},
		{"other user: two tries", connect + auth(1, "a@x") + sasl(2, "b@x"), 2},
		{"case of the name", auth(1, "Ann@X") + sasl(2, "ann@x"), 1},
		{"too far apart: two tries", auth(1, "a@x") + sasl(30, "a@x"), 2},
		{"two tries of one user, told four times", auth(1, "a@x") + auth(3, "a@x") + sasl(8, "a@x") + sasl(12, "a@x"), 2},
		{"IMAP: auth and login process", auth(1, "a@x") + login(3, 1, "a@x"), 1},
		{"IMAP: three attempts in one record", auth(1, "a@x") + auth(2, "a@x") + auth(3, "a@x") + login(5, 3, "a@x"), 3},
		{"IMAP without auth_verbose", login(5, 3, "a@x"), 3},
		{"backend lost: not the client's failure", connect + line(1, smtpd, "warning: "+ip+": SASL LOGIN authentication failed: Connection lost to authentication server") + end(2, 1), 0},
		{"a login that worked", connect + line(2, smtpd, "disconnect from "+ip+" ehlo=1 auth=1 quit=1 commands=3"), 0},
		{"one of two worked", connect + line(2, smtpd, "disconnect from "+ip+" ehlo=1 auth=1/2 quit=1 commands=3/4"), 1},
		{"another client on the same pid", connect + sasl(1, "a@x") + end(2, 1) + line(3, smtpd, "connect from unknown[198.18.0.2]") + line(4, smtpd, "disconnect from unknown[198.18.0.2] ehlo=1 auth=0/2 commands=1/3"), 3},
	} {
		if got := failures(t, c.log); got != c.want {
			t.Errorf("%s: %d failures, want %d", c.name, got, c.want)
		}
	}
}

// A message's delivery knows the client and the login that handed it in.
func TestMessageLife(t *testing.T) {
	log := line(0, smtpd, "connect from "+ip) +
		line(1, smtpd, "4F1A2: client="+ip+", sasl_method=PLAIN, sasl_username=Ann@example.net") +
		line(1, "postfix/qmgr[2]", "4F1A2: from=<ann@example.net>, size=1000, nrcpt=2 (queue active)") +
		line(2, "postfix/smtp[3]", "4F1A2: to=<b@example.org>, relay=mx.example.org[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=4.7.0, status=deferred (try later)") +
		line(3, "postfix/smtp[3]", "4F1A2: to=<c@example.org>, relay=mx.example.org[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)") +
		line(5, "postfix/qmgr[2]", "4F1A2: from=<ann@example.net>, size=1000, nrcpt=2 (queue active)") +
		line(6, "postfix/smtp[3]", "4F1A2: to=<b@example.org>, relay=mx.example.org[192.0.2.9]:25, delay=6, delays=5/0/0/1, dsn=2.0.0, status=sent (250 ok)")
	queued := 0
	j := facts(t, log, func(f *Fact) {
		switch f.Kind {
		case logparse.KindQueued:
			if !f.Msg.Repeat {
				queued++
			}
		case logparse.KindDelivery:
			m := f.Msg
			if m == nil || !m.Authed || m.IP != f.IP || m.Nrcpt != 2 || m.Size != 1000 || f.Scope != ScopeRemote {
				t.Errorf("delivery does not know its message: %+v, scope %d", m, f.Scope)
			}
		}
	})
	if queued != 1 || j.Queued() != 1 || j.Waiting() != 0 {
		t.Errorf("queued %d times, %d in the queue, %d wait; want 1, 1, 0", queued, j.Queued(), j.Waiting())
	}
	j = facts(t, log+line(7, "postfix/qmgr[2]", "4F1A2: removed"), func(*Fact) {})
	if j.Queued() != 0 {
		t.Errorf("%d in the queue after removal", j.Queued())
	}
}

// Short queue ids come back: after "removed" a new life begins, and a delivery
// that trails the removal still knows its message.
func TestQueueIDReuseAndSlack(t *testing.T) {
	accept := func(sec int, user string) string {
		return line(sec, smtpd, "ABCDE1: client="+ip+", sasl_method=PLAIN, sasl_username="+user) +
			line(sec, "postfix/qmgr[2]", "ABCDE1: from=<"+user+">, size=1, nrcpt=1 (queue active)")
	}
	sent := func(sec int) string {
		return line(sec, "postfix/smtp[3]", "ABCDE1: to=<b@example.org>, relay=mx.example.org[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)")
	}
	removed := func(sec int) string { return line(sec, "postfix/qmgr[2]", "ABCDE1: removed") }
	var who []sketch.Key
	j := facts(t, accept(0, "a@x")+removed(1)+sent(2)+accept(3, "b@x")+sent(4)+removed(4), func(f *Fact) {
		if f.Kind == logparse.KindDelivery {
			who = append(who, f.Msg.Login)
		}
	})
	if len(who) != 2 || who[0] != j.LoginKey([]byte("a@x")) || who[1] != j.LoginKey([]byte("b@x")) {
		t.Errorf("deliveries belong to %v", who)
	}
	if j.Queued() != 0 {
		t.Errorf("%d in the queue", j.Queued())
	}
}

func TestScope(t *testing.T) {
	for _, c := range []struct {
		prog, relay string
		want        DeliveryScope
	}{
		{"postfix/smtp[3]", "mx.example.org[192.0.2.9]:25", ScopeRemote},
		{"postfix/smtp[3]", "none", ScopeRemote},
		{"postfix/smtp[3]", "127.0.0.1[127.0.0.1]:10024", ScopeFilter},
		{"postfix/lmtp[3]", "mx.example.net[private/dovecot-lmtp]", ScopeLocal},
		{"postfix/local[3]", "local", ScopeLocal},
		{"postfix/virtual[3]", "virtual", ScopeLocal},
		{"postfix/pipe[3]", "dovecot", ScopeLocal},
	} {
		seen := false
		facts(t, line(0, c.prog, "4F1A2: to=<b@example.org>, relay="+c.relay+", delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 ok)"), func(f *Fact) {
			seen = true
			if f.Scope != c.want {
				t.Errorf("%s relay=%s: scope %d, want %d", c.prog, c.relay, f.Scope, c.want)
			}
		})
		if !seen {
			t.Errorf("%s relay=%s: no event", c.prog, c.relay)
		}
	}
}

func TestKeys(t *testing.T) {
	a := func(s string) (ip [16]byte) {
		facts(t, line(0, smtpd, "connect from unknown["+s+"]"), func(f *Fact) { ip = f.IP })
		return ip
	}
	same := func(x, y sketch.Key) bool { return x == y }
	if !same(SourceKey(a("2001:db8:1:2::3")), SourceKey(a("2001:db8:1:2:ffff::9"))) {
		t.Error("two addresses of a /64 are two sources")
	}
	if same(SourceKey(a("198.18.0.1")), SourceKey(a("198.18.0.2"))) {
		t.Error("two IPv4 addresses are one source")
	}
	if !same(PrefixKey(a("198.18.0.1")), PrefixKey(a("198.18.0.200"))) || same(PrefixKey(a("198.18.0.1")), PrefixKey(a("198.18.1.1"))) {
		t.Error("prefix of IPv4 is not the /24")
	}
	if !same(NetKey(a("198.18.0.1")), NetKey(a("198.18.99.1"))) || same(NetKey(a("198.18.0.1")), NetKey(a("198.19.0.1"))) {
		t.Error("network of IPv4 is not the /16")
	}
}

// The tables keep their caps when nothing ever ends.
func TestBounded(t *testing.T) {
	j := New(sketch.Fixed)
	p := logparse.New(logparse.Options{})
	for i := range 140_000 {
		s := strings.TrimSpace(line(i/4000, fmt.Sprintf("postfix/qmgr[%d]", i+1), fmt.Sprintf("%X: from=<a@x>, size=1, nrcpt=1 (queue active)", 0x10000+i)))
		b := &logparse.Block{Buf: []byte(s)}
		p.Parse(b, 0, len(s), func(e *logparse.Event) { j.Join(e, b) })
	}
	if j.messages.Len() > maxMessages || j.Queued() != int64(j.messages.Len()) || j.Evicted() == 0 {
		t.Errorf("%d messages kept, %d counted as queued, %d evicted", j.messages.Len(), j.Queued(), j.Evicted())
	}
}
