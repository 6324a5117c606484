package logsim

import (
	"time"
)

// mistyped: somebody whose keyboard has another language: five wrong, one right.
func (s *sim) mistyped(u *Truth, t time.Time) {
	a := s.own("new.colleague")
	u.actor(a.home)
	u.Account = a.user
	t = s.logsIn(t, a, a.home).Add(time.Hour)
	for range 5 {
		t = s.tries(t, a.home, a.user, 1, "").Add(s.around(9 * time.Second))
		u.Counts["failures"]++
	}
	u.done(s.logsIn(t, a, a.home))
}

// stalePhone: a phone with last year's password, every five minutes for six
// hours, at a home whose laptop logs in every half hour.
func (s *sim) stalePhone(u *Truth, t time.Time) {
	a := s.own("phone.owner")
	u.actor(a.home)
	u.Account = a.user
	for i := range 72 {
		if i%6 == 0 {
			s.logsIn(t, a, a.home)
			u.Counts["logins"]++
		}
		t = t.Add(s.around(5 * time.Minute))
		u.done(s.tries(t, a.home, a.user, 1, ""))
		u.Counts["failures"]++
	}
}

// webmail: one address, sixty users who get in and eight who first do not.
func (s *sim) webmail(u *Truth, t time.Time) {
	c := s.world.webmail
	u.actor(c)
	for i := range 240 {
		a := s.world.accounts[i%min(60, len(s.world.accounts))]
		if i >= 60 && i%23 == 7 {
			s.tries(t, c, a.user, 1, "")
			u.Counts["failures"]++
			t = t.Add(s.around(6 * time.Second))
		}
		u.done(s.logsIn(t, a, c))
		u.Counts["logins"]++
		t = t.Add(s.around(15 * time.Second))
	}
}

// traveller: three networks in a day, hours apart, a typo on the way, and mail
// to a handful of people.
func (s *sim) traveller(u *Truth, t time.Time) {
	a := s.own("traveller")
	u.Account = a.user
	for i, c := range []Client{a.home, s.internet(), network(100)} {
		u.actor(c)
		if i == 1 {
			t = s.tries(t, c, a.user, 1, "").Add(10 * time.Second)
			u.Counts["failures"]++
		}
		to := s.somewhere()
		for range 4 {
			u.done(s.submits(t, a, c, s.accepted(s.stranger(to.domain), to)))
			u.Counts["messages"]++
			t = t.Add(s.around(10 * time.Minute))
		}
		t = t.Add(3 * time.Hour)
	}
}

// unauthenticatedUser: somebody whose mail program forgot to log in, on port 25.
func (s *sim) unauthenticatedUser(u *Truth, t time.Time) {
	a := s.own("no.auth")
	u.actor(a.home)
	u.Account = a.user
	t = s.logsIn(t, a, a.home).Add(10 * time.Minute)
	for range 4 {
		to := s.stranger("partner01.example")
		v := s.enter(t, "smtpd", a.home)
		v.ehlo(false)
		v.refuse(a.user, to, "554 5.7.1 <"+to+">: Relay access denied", "[192.168.1.5]")
		u.Counts["denials"]++
		u.done(v.leave(""))
		t = t.Add(s.around(3 * time.Minute))
	}
}

// forwarder: an address of ours that is forwarded to a mailbox elsewhere.
func (s *sim) forwarder(u *Truth, t time.Time) {
	u.Account = "alias@" + simDomain
	for i := range 12 {
		from := s.world.senders[i%3]
		if i < 3 {
			u.actor(from.host)
		}
		to := s.world.targets[7]
		out := s.accepted("private@"+to.domain, to)
		out.orig = u.Account
		u.done(s.brings(t, from, out))
		u.Counts["messages"]++
		t = t.Add(s.around(4 * time.Minute))
	}
}

// monitor: a check every minute, around the clock, never mail.
func (s *sim) monitor(u *Truth, t time.Time) {
	c := Client{"probe.watch.example", s.world.office.IP.Prev()}
	u.actor(c)
	for range 180 {
		v := s.enter(t, "smtpd", c)
		v.ehlo(true)
		u.done(v.leave(""))
		u.Counts["connections"]++
		t = t.Add(time.Minute)
	}
}

// providerBurst: a big provider brings the mail of an hour within three minutes,
// two connections a second from one address, each with a message.
func (s *sim) providerBurst(u *Truth, t time.Time) {
	from := s.world.provider[0]
	u.actor(from.host)
	for range 360 {
		u.done(s.brings(t, from, s.local(s.someone().user)))
		u.Counts["messages"]++
		t = t.Add(s.around(500 * time.Millisecond))
	}
}

// newsletter: one message to 36 subscribers, all of whom exist.
func (s *sim) newsletter(u *Truth, t time.Time) {
	a := s.own("news")
	u.actor(a.home)
	u.Account = a.user
	for range 36 {
		to := s.somewhere()
		u.done(s.submits(t, a, a.home, s.accepted(s.stranger(to.domain), to)))
		u.Counts["recipients"]++
		t = t.Add(s.around(6 * time.Second))
	}
}

// smallDeferral: a destination is out of order for ten minutes while 60
// messages wait.
func (s *sim) smallDeferral(u *Truth, t time.Time) {
	slow := s.world.targets[3]
	u.Target = slow.domain
	back := t.Add(10 * time.Minute)
	for range 60 {
		a := s.someone()
		u.done(s.submits(t, a, a.home, s.later(s.stranger(slow.domain), slow, back.Add(s.around(2*time.Minute)))))
		u.Counts["messages"]++
		t = t.Add(s.around(8 * time.Second))
	}
	u.done(back.Add(3 * time.Minute))
}
