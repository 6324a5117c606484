package logsim

import (
	"time"
)

// hours is the shape of a working day: what share of the day's mail falls into
// each hour, in thousandths.
var hours = [24]float64{8, 6, 5, 5, 6, 10, 22, 48, 78, 88, 84, 76, 62, 70, 78, 76, 68, 54, 40, 32, 28, 24, 18, 14}

// weekend is how much of a working day's mail a weekend day sees.
const weekend = 0.3

// weight is how busy t is, 1 on the average of a working day.
func weight(t time.Time) float64 {
	w := hours[t.Hour()] * 24 / 1000
	if d := t.Weekday(); d == time.Saturday || d == time.Sunday {
		w *= weekend
	}
	return w
}

// benign plans the ordinary traffic: mail in and out, logins, typos, phones,
// monitors, and the background noise of the internet.
func (s *sim) benign(sc Scenario) {
	day := float64(sc.Messages)
	s.poisson(sc.Start, day*0.6, true, s.partnerMail)
	s.poisson(sc.Start, day*0.15, true, s.providerMail)
	s.poisson(sc.Start, day*0.25, true, s.userMail)
	s.poisson(sc.Start, day*0.3, true, func(t time.Time) { a := s.someone(); s.logsIn(t, a, a.home) })
	s.poisson(sc.Start, day*0.004+1, true, s.typo)
	s.poisson(sc.Start, day*0.02, true, s.unknownUser)
	s.poisson(sc.Start, 8, false, s.guessOnce)
	s.poisson(sc.Start, 60, false, s.scan)
	s.poisson(sc.Start, 3, false, s.relayOnce)
}

// poisson plays something perDay times on a working day, at random; shaped
// follows the hours of people.
func (s *sim) poisson(from time.Time, perDay float64, shaped bool, act func(time.Time)) {
	w := 1.0
	if shaped {
		w = max(weight(from), 0.02)
	}
	gap := time.Duration(s.rng.ExpFloat64() * 86400 / (perDay * w) * float64(time.Second))
	// With a gap longer than half an hour the weight may be another one by then.
	if shaped && gap > 30*time.Minute {
		s.plan(from.Add(30*time.Minute), func(t time.Time) { s.poisson(t, perDay, shaped, act) })
		return
	}
	s.plan(from.Add(gap), func(t time.Time) {
		act(t)
		s.poisson(t, perDay, shaped, act)
	})
}

// plan is at for what should not begin after the scenario's end.
func (s *sim) plan(t time.Time, do func(time.Time)) {
	if t.Before(s.end) {
		s.at(t, func() { do(t) })
	}
}

func (s *sim) partnerMail(t time.Time) {
	var outs []outcome
	for range 1 + s.rng.IntN(3)*s.rng.IntN(2) {
		outs = append(outs, s.local(s.someone().user))
	}
	s.brings(t, s.world.senders[s.rng.IntN(len(s.world.senders))], outs...)
}

func (s *sim) providerMail(t time.Time) {
	s.brings(t, s.world.provider[s.rng.IntN(len(s.world.provider))], s.local(s.someone().user))
}

func (s *sim) userMail(t time.Time) {
	a, to := s.someone(), s.somewhere()
	out := s.accepted(s.stranger(to.domain), to)
	switch n := s.rng.IntN(100); {
	case n < 2:
		out = s.refused(out.to, to)
	case n < 4:
		out = s.later(out.to, to, t.Add(s.around(10*time.Minute)))
	case n < 30:
		out = s.local(s.someone().user)
	}
	s.submits(t, a, a.home, out)
}

// typo is a user who gets the password wrong once or twice, then right.
func (s *sim) typo(t time.Time) {
	a := s.someone()
	t = s.tries(t, a.home, a.user, 1+s.rng.IntN(2), "")
	s.logsIn(t.Add(s.ms(3000, 20000)), a, a.home)
}

// unknownUser is a partner's mail to somebody who left.
func (s *sim) unknownUser(t time.Time) {
	from := s.world.senders[s.rng.IntN(len(s.world.senders))]
	to := "former." + s.someone().user
	v := s.enter(t, "smtpd", from.host)
	v.ehlo(true)
	v.refuse(s.stranger(from.domain), to, "550 5.1.1 <"+to+">: Recipient address rejected: User unknown in virtual mailbox table", from.host.Name)
	v.leave("")
}

// guessOnce is a botnet's single try, as every host sees them.
func (s *sim) guessOnce(t time.Time) {
	names := []string{"admin", "info", "test", "office", "scanner"}
	s.tries(t, s.internet(), names[s.rng.IntN(len(names))], 1, "AUTH")
}

// scan is somebody who looks whether the port is open.
func (s *sim) scan(t time.Time) {
	v := s.enter(t, "smtpd", s.internet())
	if s.rng.IntN(2) == 0 {
		v.leave("CONNECT")
		return
	}
	v.ehlo(false)
	v.leave("")
}

// relayOnce is a single relay attempt of a scanner.
func (s *sim) relayOnce(t time.Time) {
	c := s.internet()
	v := s.enter(t, "smtpd", c)
	v.ehlo(false)
	v.refuse("test@scan.example", "test@scan.example", "554 5.7.1 <test@scan.example>: Relay access denied", "["+c.IP.String()+"]")
	v.leave("")
}
