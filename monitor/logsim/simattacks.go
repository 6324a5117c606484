package logsim

import (
	"fmt"
	"time"
)

// done sets the end of an act when its last line is known.
func (u *Truth) done(t time.Time) {
	if t.After(u.End) {
		u.End = t
	}
}

func (u *Truth) actor(c Client) { u.Actors = append(u.Actors, c.IP.String()) }

// bruteforce: one address, one account, 40 tries, one every 15 seconds.
func (s *sim) bruteforce(u *Truth, t time.Time) {
	c, a := s.internet(), s.someone()
	u.actor(c)
	u.Account = a.user
	for range 40 {
		u.done(s.tries(t, c, a.user, 1, "AUTH"))
		u.Counts["failures"]++
		t = t.Add(s.around(15 * time.Second))
	}
}

// spray: one address, one try on each of 30 accounts within half an hour.
func (s *sim) spray(u *Truth, t time.Time) {
	c := s.internet()
	u.actor(c)
	for i := range 30 {
		user := s.world.accounts[i%len(s.world.accounts)].user
		if i%3 == 2 {
			user = simNames[i%len(simNames)] + "@" + simDomain
		}
		u.done(s.tries(t, c, user, 1, ""))
		u.Counts["accounts"]++
		t = t.Add(s.around(50 * time.Second))
	}
}

// compromised: 24 wrong passwords on one account and two on others, then the
// right one from the same address, then spam.
func (s *sim) compromised(u *Truth, t time.Time) {
	c, a := s.internet(), s.own("test")
	u.actor(c)
	u.Account = a.user
	for i := range 24 {
		user := a.user
		if i < 3 {
			user = []string{"admin", "info", "sales"}[i] + "@" + simDomain
		}
		t = s.tries(t, c, user, 1, "AUTH").Add(s.around(8 * time.Second))
		u.Counts["failures"]++
	}
	u.done(s.logsIn(t, a, c))
	s.spam(u, a, c, t.Add(time.Minute), 24)
}

// spam sends n messages to five recipients each; a third does not exist.
func (s *sim) spam(u *Truth, a account, c Client, t time.Time, n int) {
	for range n {
		to := s.somewhere()
		var outs []outcome
		for range 5 {
			if s.rng.IntN(3) == 0 {
				outs = append(outs, s.refused(s.stranger(to.domain), to))
			} else {
				outs = append(outs, s.accepted(s.stranger(to.domain), to))
			}
		}
		u.done(s.submits(t, a, c, outs...))
		u.Counts["recipients"] += 5
		t = t.Add(s.around(12 * time.Second))
	}
}

// roaming: logins to one account from twelve networks within an hour.
func (s *sim) roaming(u *Truth, t time.Time) {
	a := s.own("guest")
	u.Account = a.user
	for i := range 12 {
		c := network(i)
		u.actor(c)
		to := s.somewhere()
		u.done(s.submits(t, a, c, s.accepted(s.stranger(to.domain), to)))
		u.Counts["logins"]++
		t = t.Add(s.around(4 * time.Minute))
	}
}

// relayProbe: all the old tricks, twelve foreign domains.
func (s *sim) relayProbe(u *Truth, t time.Time) {
	c := s.internet()
	u.actor(c)
	for i := range 12 {
		v := s.enter(t, "smtpd", c)
		v.ehlo(false)
		far := fmt.Sprintf("dropbox%02d.example", i)
		for _, to := range []string{"relaytest@" + far, "relaytest%" + far + "@" + simDomain} {
			v.refuse("probe@"+simDomain, to, "554 5.7.1 <"+to+">: Relay access denied", "relaytest.vps.example")
			u.Counts["denials"]++
		}
		u.done(v.leave(""))
		t = t.Add(s.around(20 * time.Second))
	}
}

// openRelay: strangers without a login send to strangers, and it works.
func (s *sim) openRelay(u *Truth, t time.Time) {
	clients := []Client{s.internet(), s.internet(), s.internet()}
	for _, c := range clients {
		u.actor(c)
	}
	for i := range 20 {
		to := s.somewhere()
		from := sender{clients[i%len(clients)], "freemail.example"}
		u.done(s.brings(t, from, s.accepted(s.stranger(to.domain), to), s.accepted(s.stranger(to.domain), to)))
		u.Counts["recipients"] += 2
		t = t.Add(s.around(15 * time.Second))
	}
}

// flood: three connections a second for four minutes, never mail; the host's
// own limit speaks up after 60 a minute.
func (s *sim) flood(u *Truth, t time.Time) {
	c := s.internet()
	u.actor(c)
	const unit = time.Minute
	since, n := t, 0
	for end := t.Add(4 * time.Minute); t.Before(end); t = t.Add(s.around(330 * time.Millisecond)) {
		if n++; t.Sub(since) >= unit {
			since, n = t, 1
		}
		v := s.enter(t, "smtpd", c)
		if k := n; k > 60 {
			v.do(0, 1, func() { s.log.LimitExceeded(v.proc, c, "Connection rate", k, "smtp") })
			u.Counts["limited"]++
			v.do(0, 1, func() { s.log.Disconnect(v.proc, c, v.n); s.procs.Release(v.proc) })
			u.done(v.t)
		} else {
			v.ehlo(false)
			u.done(v.leave("EHLO"))
		}
		u.Counts["connections"]++
	}
}

// outboundBurst: an account that sends to 300 recipients in ten minutes.
func (s *sim) outboundBurst(u *Truth, t time.Time) {
	a := s.own("sales")
	u.actor(a.home)
	u.Account = a.user
	s.spam(u, a, a.home, t, 60)
}

// queueGrowth: a destination breaks while half the company writes to it; after
// an hour and a half it comes back.
func (s *sim) queueGrowth(u *Truth, t time.Time) {
	dead := target{Client{"mx.riverbank.example", s.world.targets[0].host.IP.Prev()}, "riverbank.example"}
	u.Target = dead.domain
	back := t.Add(90 * time.Minute)
	for range 400 {
		a := s.someone()
		s.submits(t, a, a.home, s.later(s.stranger(dead.domain), dead, back.Add(s.around(10*time.Minute))))
		u.Counts["messages"]++
		t = t.Add(s.around(5 * time.Second))
	}
	u.done(back.Add(13 * time.Minute))
}
