package detect

import (
	"fmt"

	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// Levels of dos.flood.
const (
	floodConns  = 60  // connections a minute from one source
	floodOpen   = 25  // sessions open at once: a quarter of Postfix's 100 processes
	floodYield  = 0.1 // accepted messages a connection that excuse a source
	floodLimits = 10  // records of the MTA's own limits in ten minutes
)

// flood judges a connection, or a record of a limit, for its source. Who delivers
// is excused: a big sender opens many connections and has mail in them.
func (d *Detector) flood(f *join.Fact, e *entities) {
	r := e.src
	if r == nil || d.own(f.IP) {
		return
	}
	conns, mail, limits := r.conn.Sum(f.Sec, minute), r.mail.Sum(f.Sec, minute), r.limit.Sum(f.Sec, 10*minute)
	open := d.openNow(r, f)
	if conns < floodConns && open < floodOpen && limits < floodLimits {
		return
	}
	if float64(mail) >= floodYield*float64(max(conns, 1)) && mail > 0 {
		return
	}
	s := d.raise(ruleFlood, f.Source, Medium, f, func() Subject { return sourceSubject(f.IP) })
	s.level = [6]float64{max(s.level[0], float64(conns)), max(s.level[1], float64(open)), max(s.level[2], float64(limits)), float64(mail)}
	s.actors.add(sketch.Addr(f.IP), SubjectIP, 1, f.Sec, func() string { return addrText(f.IP, false) })
	if b := d.life.find(ruleBruteforce, f.Source); b != nil && s.group == "" {
		s.group = b.id
	}
	d.flush(s)
}

func (d *Detector) describeFlood(s *state, inc *Incident) {
	l := s.level
	inc.Title = fmt.Sprintf("Connection flood from %s: up to %d connections a minute", s.subject.Value, int(l[0]))
	inc.Why = []Signal{
		{"connections a minute", l[0], floodConns, minute, l[0] >= floodConns},
		{"sessions open at once", l[1], floodOpen, 0, l[1] >= floodOpen},
		{"records of the server's own limits", l[2], floodLimits, 10 * minute, l[2] >= floodLimits},
		{"messages accepted (fewer than a tenth of the connections)", l[3], floodYield * l[0], minute, l[3] < floodYield*l[0]},
	}
	inc.Advice = d.banAdvice(s.subject)
	if d.postfix {
		inc.Advice = append(inc.Advice, d.anvilAdvice()...)
	}
}
