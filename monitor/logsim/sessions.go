package logsim

import (
	"fmt"
	"time"
)

// smtpd is a running session of a client in the simulation.
type smtpd struct {
	s      *sim
	proc   Proc
	client Client
	t      time.Time
	n      Commands
}

// enter opens a session at t; each call of it moves its time on a little.
func (s *sim) enter(t time.Time, daemon string, c Client) *smtpd {
	v := &smtpd{s: s, client: c, t: t}
	s.at(t, func() {
		v.proc = s.procs.Acquire(daemon)
		s.log.Connect(v.proc, c)
	})
	return v
}

// do plans a line some milliseconds later.
func (v *smtpd) do(from, to int, f func()) {
	v.t = v.t.Add(v.s.ms(from, to))
	v.s.at(v.t, f)
}

// ehlo is EHLO, with STARTTLS and another EHLO when secured.
func (v *smtpd) ehlo(secure bool) {
	v.n.Add("EHLO", true, 1)
	if !secure {
		return
	}
	v.n.Add("STARTTLS", true, 1)
	v.n.Add("EHLO", true, 1)
	v.do(8, 60, func() { v.s.log.TLS(v.proc, v.client, simTLS) })
}

var simTLS = TLSSession{"TLSv1.3", "TLS_AES_256_GCM_SHA384", 256, " key-exchange X25519 server-signature RSA-PSS (2048 bits) server-digest SHA256"}

// fail is a wrong password.
func (v *smtpd) fail(l Login) {
	v.n.Add("AUTH", false, 1)
	v.do(300, 700, func() { v.s.log.AuthFailed(v.proc, v.client, l) })
}

// refuse is a recipient that is refused.
func (v *smtpd) refuse(from, to, reply, helo string) {
	v.n.Add("MAIL", true, 1)
	v.n.Add("RCPT", false, 1)
	v.do(20, 90, func() {
		v.s.log.Reject(v.proc, v.client, Rejection{Stage: "RCPT", Reply: reply, From: from, To: to, Proto: "ESMTP", Helo: helo})
	})
}

// leave ends the session: by QUIT, or by breaking off when lost names the
// command it was in.
func (v *smtpd) leave(lost string) time.Time {
	if lost == "" {
		v.n.Add("QUIT", true, 1)
	}
	v.do(3, 40, func() {
		if lost != "" {
			v.s.log.Lost(v.proc, v.client, LostConnection, lost, 0)
		}
		v.s.log.Disconnect(v.proc, v.client, v.n)
		v.s.procs.Release(v.proc)
	})
	return v.t
}

// outcome is what the next hop says to one recipient.
type outcome struct {
	to, orig string
	status   string
	dsn      string
	text     string
	relay    target
	local    bool
	retry    time.Time // a deferred recipient goes through then; zero never
}

// send is a transaction of the session: queue id, Message-ID, queue, deliveries.
func (v *smtpd) send(l Login, from string, size int, outs []outcome) {
	v.n.Add("MAIL", true, 1)
	v.n.Add("RCPT", true, len(outs))
	v.n.Add("DATA", true, 1)
	m := &mail{s: v.s, from: from, size: size, outs: outs}
	v.do(10, 80, func() {
		m.id = v.s.ids.Next(v.s.clock)
		v.s.log.Accept(v.proc, m.id, v.client, l)
	})
	v.do(10, 120, func() {
		v.s.log.MessageID(v.s.cleanup, m.id, fmt.Sprintf("<%016X@%s>", v.s.rng.Uint64(), domainOf(from)))
		v.s.log.Queued(v.s.qmgr, m.id, from, size, len(outs))
	})
	m.deliver(v.t)
}

func domainOf(addr string) string {
	for i := len(addr) - 1; i >= 0; i-- {
		if addr[i] == '@' {
			return addr[i+1:]
		}
	}
	return "localhost"
}

// mail is a message in the simulated queue.
type mail struct {
	s    *sim
	id   string
	from string
	size int
	outs []outcome
}

// deliver plans the attempts for all recipients and what follows.
func (m *mail) deliver(t time.Time) {
	begin := t
	var later time.Time
	bounce, stays := "", false
	for i := range m.outs {
		o := &m.outs[i]
		t = t.Add(m.s.ms(5, 300))
		m.attempt(begin, t, o)
		switch {
		case o.status == Bounced:
			bounce = m.from
		case o.status == Deferred && (o.retry.After(later)):
			later = o.retry
		case o.status == Deferred && o.retry.IsZero():
			stays = true
		}
	}
	if stays {
		return
	}
	if !later.IsZero() {
		m.retries(begin, later)
		t = m.through(begin, later)
	}
	m.s.at(t.Add(time.Millisecond), func() { m.gone(bounce) })
}

// retries plans the attempts in vain between the first and the one that goes
// through, at growing distances.
func (m *mail) retries(begin, until time.Time) {
	wait := 5 * time.Minute
	for t := begin.Add(wait); t.Before(until.Add(-time.Minute)); t = t.Add(wait) {
		m.s.at(t, m.active)
		for i, o := range m.outs {
			if o.status == Deferred {
				m.attempt(begin, t.Add(time.Duration(20*(i+1))*time.Millisecond), &o)
			}
		}
		wait = min(2*wait, time.Hour)
	}
}

// through plans the attempt that works and says when it is over.
func (m *mail) through(begin, t time.Time) time.Time {
	m.s.at(t, m.active)
	for _, o := range m.outs {
		if o.status == Deferred {
			t = t.Add(m.s.ms(5, 60))
			o.status, o.dsn, o.text = Sent, "2.0.0", fmt.Sprintf("250 2.0.0 Ok: queued as %010X", m.s.rng.Uint64()>>24)
			m.attempt(begin, t, &o)
		}
	}
	return t
}

func (m *mail) active() { m.s.log.Queued(m.s.qmgr, m.id, m.from, m.size, len(m.outs)) }

// attempt plans one delivery line.
func (m *mail) attempt(begin, t time.Time, o *outcome) {
	v := Delivery{To: o.to, OrigTo: o.orig, DSN: o.dsn, Status: o.status, Text: o.text}
	daemon := "smtp"
	v.Relay = fmt.Sprintf("%s:25", o.relay.host)
	if o.local {
		daemon, v.Relay = "lmtp", "mx1.harbour.example[private/dovecot-lmtp]"
	}
	total := t.Sub(begin)
	v.Delays = [4]time.Duration{max(total-300*time.Millisecond, 0), 10 * time.Millisecond, 20 * time.Millisecond, min(total, 270*time.Millisecond)}
	m.s.at(t, func() {
		d := m.s.procs.Acquire(daemon)
		m.s.log.Deliver(d, m.id, v)
		m.s.procs.Release(d)
	})
}

// gone removes the message, after a bounce where one is due.
func (m *mail) gone(bounce string) {
	log := m.s.log
	if bounce != "" {
		child := &mail{s: m.s, id: m.s.ids.Next(m.s.clock), size: 3000 + m.size/4, outs: []outcome{m.s.local(bounce)}}
		log.MessageID(m.s.cleanup, child.id, "<"+m.s.clock.UTC().Format("20060102150405")+"."+child.id+"@mx1.harbour.example>")
		log.Queued(m.s.qmgr, child.id, "", child.size, 1)
		log.NonDelivery(m.s.bounce, m.id, child.id)
		child.deliver(m.s.clock)
	}
	log.Removed(m.s.qmgr, m.id)
}

// local is a recipient of ours who gets the message.
func (s *sim) local(to string) outcome {
	return outcome{to: to, status: Sent, dsn: "2.0.0", local: true, text: fmt.Sprintf("250 2.0.0 <%s> %011x Saved", to, s.rng.Uint64()>>20)}
}

// accepted is a recipient elsewhere who gets the message.
func (s *sim) accepted(to string, t target) outcome {
	return outcome{to: to, status: Sent, dsn: "2.0.0", relay: t, text: fmt.Sprintf("250 2.0.0 Ok: queued as %010X", s.rng.Uint64()>>24)}
}

// refused is a recipient elsewhere who does not exist.
func (s *sim) refused(to string, t target) outcome {
	return outcome{to: to, status: Bounced, dsn: "5.1.1", relay: t,
		text: fmt.Sprintf("host %s said: 550 5.1.1 <%s>: Recipient address rejected: User unknown (in reply to RCPT TO command)", t.host, to)}
}

// later is a recipient whose host is out of order until a time; zero for good.
func (s *sim) later(to string, t target, until time.Time) outcome {
	return outcome{to: to, status: Deferred, dsn: "4.3.1", relay: t, retry: until,
		text: fmt.Sprintf("host %s said: 452 4.3.1 Insufficient system storage (in reply to MAIL FROM command)", t.host)}
}

// tries is a session with n wrong passwords for one account.
func (s *sim) tries(t time.Time, c Client, user string, n int, lost string) time.Time {
	v := s.enter(t, "submission/smtpd", c)
	v.ehlo(true)
	for range n {
		v.fail(Login{"LOGIN", user})
	}
	return v.leave(lost)
}

// logsIn is a login without mail: only the counters tell.
func (s *sim) logsIn(t time.Time, a account, from Client) time.Time {
	v := s.enter(t, "submission/smtpd", from)
	v.ehlo(true)
	v.n.Add("AUTH", true, 1)
	return v.leave("")
}

// submits is a login that sends one message.
func (s *sim) submits(t time.Time, a account, from Client, outs ...outcome) time.Time {
	v := s.enter(t, "submission/smtpd", from)
	v.ehlo(true)
	v.n.Add("AUTH", true, 1)
	v.send(Login{"PLAIN", a.user}, a.user, 800+s.rng.IntN(20000), outs)
	return v.leave("")
}

// brings is a host of the world with mail for us.
func (s *sim) brings(t time.Time, from sender, outs ...outcome) time.Time {
	v := s.enter(t, "smtpd", from.host)
	v.ehlo(s.rng.IntN(10) < 8)
	v.send(Login{}, s.stranger(from.domain), 900+s.rng.IntN(40000), outs)
	return v.leave("")
}
