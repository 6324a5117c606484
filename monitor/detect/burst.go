package detect

import (
	"fmt"

	"mailtop/logparse"
	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// Levels of spam.outbound_burst: more recipients than this. A person with a
// newsletter of 60 and a day's work compressed into minutes reaches about 100; a
// hijacked account passes 120 within minutes.
const (
	burstLow  = 40 // in ten minutes
	burstTen  = 120
	burstHour = 200
	burstDay  = 500
)

// burst judges a message of an account when its number of recipients is known.
func (d *Detector) burst(f *join.Fact, e *entities) {
	m := f.Msg
	if e.acc == nil || m == nil || m.Login == (sketch.Key{}) || f.Kind == logparse.KindDelivery && m.Nrcpt > 0 {
		return
	}
	a := e.acc
	ten, hourly, daily := a.rcpt10m.Sum(f.Sec, 10*minute), a.rcptHour.Sum(f.Sec, hour), a.rcptDay.Sum(f.Sec, day)
	sev := Low
	switch {
	case ten > burstTen || hourly > burstHour || daily > burstDay:
		sev = Medium
	case ten <= burstLow:
		return
	}
	s := d.raise(ruleBurst, m.Login, sev, f, func() Subject { return Subject{SubjectAccount, a.Name} })
	s.level = [6]float64{float64(ten), float64(hourly), float64(daily), float64(a.Messages)}
	if m.IP != ([16]byte{}) {
		s.actors.add(sketch.Addr(m.IP), SubjectIP, max(1, int(f.Nrcpt)), f.Sec, func() string { return addrText(m.IP, false) })
	} else {
		s.actors.add(m.Login, SubjectAccount, max(1, int(f.Nrcpt)), f.Sec, func() string { return a.Name })
	}
	if c := d.life.find(ruleCompromised, m.Login); c != nil {
		s.group = c.id
	}
	d.flush(s)
	if sev >= Medium && !a.Local {
		a.mark(markBurst, f.Sec, float64(hourly))
		d.judgeAccount(m.Login, a, f)
	}
}

func (d *Detector) describeBurst(s *state, inc *Incident) {
	l := s.level
	inc.Title = fmt.Sprintf("Account %s sends in bulk: %d recipients in an hour", s.subject.Value, int(l[1]))
	inc.Why = []Signal{
		{"recipients", l[0], burstTen, 10 * minute, l[0] > burstTen},
		{"recipients", l[1], burstHour, hour, l[1] > burstHour},
		{"recipients", l[2], burstDay, day, l[2] > burstDay},
	}
	inc.Counts["recipients_hour"] = int64(l[1])
	inc.Counts["recipients_day"] = int64(l[2])
	if a := d.Accounts.Get(s.key); a != nil {
		inc.Counts["bounced"] = int64(a.Bounced)
		inc.Counts["deferred"] = int64(a.Deferred)
		if a.Local {
			inc.Advice = append(inc.Advice, Advice{Text: "It submits on this host itself: look for the web application or script that runs as this user."})
		} else {
			inc.Advice = d.lockAdvice(s.subject.Value)
		}
	}
}
