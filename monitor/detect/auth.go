package detect

import (
	"fmt"
	"net/netip"

	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// Levels of auth.bruteforce: three windows, so that a patient guesser is caught
// as well as a fast one.
var bruteWindows = [...]struct {
	window       int64
	watch, alarm int
}{{10 * minute, 5, 10}, {6 * hour, 8, 15}, {7 * day, 12, 20}}

const bruteHigh = 100 // failures an hour

// bruteforce judges a failed login for its source. Shapes with many users are
// left to auth.spray, which needs one event more.
func (d *Detector) bruteforce(f *join.Fact, e *entities) {
	src, net := d.guesses(f, e)
	if src == nil {
		return
	}
	e.guessSrc, e.guessNet = src, net
	sev, level, t := Info, -1, tally{}
	for i, w := range bruteWindows {
		t = src.within(f.Sec, w.window)
		if t.n < w.watch {
			continue
		}
		sev, level = Low, i
		sprayed := t.users >= 3 && 2*t.users > t.n // one event more, and auth.spray says it better
		if !sprayed && (t.n >= w.alarm || t.users >= 2 || t.foreign) {
			sev = Medium
		}
		break
	}
	if level < 0 {
		return
	}
	if g := d.goods.Get(f.Source); g.shared() || g.someone(f.Sec) && t.users <= 1 && level > 0 {
		sev = min(sev, Low)
	}
	if src.hourly.Sum(f.Sec, hour) >= bruteHigh {
		sev = High
	}
	if d.life.find(ruleSpray, f.Source) != nil {
		sev = min(sev, Low) // the spray says it already
	}
	if d.own(f.IP) {
		return
	}
	s := d.raise(ruleBruteforce, f.Source, sev, f, func() Subject { return sourceSubject(f.IP) })
	w := bruteWindows[level]
	s.level = [6]float64{float64(src.total), float64(t.n), float64(w.watch), float64(w.window), float64(src.hourly.Sum(f.Sec, hour)), float64(src.users.count())}
	if sv := d.life.find(ruleSpray, f.Source); sv != nil {
		s.group = sv.id
	}
	d.actUsers(s, f, e)
	d.flush(s)
}

// actUsers lists who is attacked and from which address.
func (d *Detector) actUsers(s *state, f *join.Fact, e *entities) {
	s.actors.add(sketch.Addr(f.IP), SubjectIP, f.Weight, f.Sec, func() string { return addrText(f.IP, false) })
	if e.accKey != (sketch.Key{}) {
		s.actors.add(e.accKey, SubjectAccount, f.Weight, f.Sec, func() string { return text(f.Login) })
	}
}

func sourceSubject(ip [16]byte) Subject {
	a := netip.AddrFrom16(ip).Unmap()
	if a.Is6() {
		p, _ := a.Prefix(64)
		return Subject{SubjectPrefix, p.String()}
	}
	return Subject{SubjectIP, a.String()}
}

func prefixSubject(ip [16]byte) Subject {
	a := netip.AddrFrom16(ip).Unmap()
	bits := 24
	if a.Is6() {
		bits = 48
	}
	p, _ := a.Prefix(bits)
	return Subject{SubjectPrefix, p.String()}
}

func (d *Detector) describeBruteforce(s *state, inc *Incident) {
	l := s.level
	inc.Title = fmt.Sprintf("Password guessing from %s: %d failed logins", s.subject.Value, int(l[0]))
	inc.Why = []Signal{
		{"failed logins", l[1], l[2], l[3], l[1] >= l[2]},
		{"failed logins in an hour", l[4], bruteHigh, hour, l[4] >= bruteHigh},
	}
	inc.Counts["failed_logins"] = int64(l[0])
	inc.Counts["users"] = int64(l[5])
	inc.Advice = append(d.banAdvice(s.subject), Advice{Text: "No login succeeded from there as far as the log shows; if one does, account.compromised opens."})
}

// Levels of auth.spray.
const (
	sprayHour, sprayDay = 6, 10
	sprayHigh           = 25
	sprayMedian         = 4
)

// spray judges a failed login for its source, then for its network: a botnet that
// rotates its addresses inside one.
func (d *Detector) spray(f *join.Fact, e *entities) {
	if e.guessSrc == nil || d.own(f.IP) {
		return
	}
	if d.sprayed(f.Source, e.guessSrc, f, e, sourceSubject) {
		return
	}
	if t := e.guessNet.within(f.Sec, hour); t.clients >= 3 {
		d.sprayed(netKey(f), e.guessNet, f, e, prefixSubject)
	}
}

func (d *Detector) sprayed(key sketch.Key, g *guesses, f *join.Fact, e *entities, subject func([16]byte) Subject) bool {
	t, window, limit := g.within(f.Sec, hour), int64(hour), sprayHour
	if t.users < limit {
		t, window, limit = g.within(f.Sec, day), day, sprayDay
	}
	if t.users < limit || t.median > sprayMedian {
		return false
	}
	if ok := d.goods.Get(key); ok != nil && ok.gateway(t.users, limit, f.Sec) {
		return false
	} else if ok != nil && key != f.Source && t.users < sprayDay {
		return false // a network where people of ours live: they mistype too
	}
	sev := Medium
	if t.users >= sprayHigh {
		sev = High
	}
	s := d.raise(ruleSpray, key, sev, f, func() Subject { return subject(f.IP) })
	s.level = [6]float64{float64(g.total), float64(t.users), float64(limit), float64(window), float64(t.median), float64(g.users.count())}
	d.actUsers(s, f, e)
	if b := d.life.find(ruleBruteforce, f.Source); b != nil {
		b.group = s.id
	}
	d.flush(s)
	return true
}

func (d *Detector) describeSpray(s *state, inc *Incident) {
	l := s.level
	inc.Title = fmt.Sprintf("Password spray from %s: %d users tried", s.subject.Value, int(max(l[1], l[5])))
	inc.Why = []Signal{
		{"users with failed logins", l[1], l[2], l[3], l[1] >= l[2]},
		{"tries a user (median, at most)", l[4], sprayMedian, l[3], l[4] <= sprayMedian},
		{"users for high severity", l[1], sprayHigh, l[3], l[1] >= sprayHigh},
	}
	inc.Counts["failed_logins"] = int64(l[0])
	inc.Counts["users"] = int64(max(l[1], l[5]))
	inc.Advice = d.banAdvice(s.subject)
}

// good remembers that logins succeeded from a source or network.
type good struct {
	last    int64
	unnamed sketch.Window // logins that only a session's counters tell of, a day
	users   distinct
}

// someone says that somebody logs in from there, though the log does not name the
// account: a device whose password works some of the time.
func (g *good) someone(sec int64) bool { return g != nil && g.unnamed.Sum(sec, day) > 0 }

// gateway says that failures of so many users are what a webmail gateway or an
// office has: as many and more do get in.
func (g *good) gateway(failing, limit int, sec int64) bool {
	in := max(g.users.count(), g.unnamed.Sum(sec, day))
	if g.shared() {
		return failing < 4*limit || 2*failing < in
	}
	return in >= 3 && in >= failing
}

// shared says that many accounts log in from there: a gateway, an office.
func (g *good) shared() bool { return g != nil && g.users.count() >= 20 }

// succeeded notes a successful login for its source and network and takes the
// user's failures there out of the count.
func (d *Detector) succeeded(f *join.Fact, e *entities) {
	user := hash32(e.accKey)
	for _, k := range [...]sketch.Key{f.Source, netKey(f)} {
		g, _ := d.goods.Put(k)
		g.last = f.Sec
		g.users.add(user)
		if gs := d.guess.Get(k); gs != nil {
			gs.clear(user)
		}
	}
}

// sessionLogin judges a login that only the counters of a disconnect tell of. The
// account is not named; after many failures of one user from there it is no riddle.
func (d *Detector) sessionLogin(f *join.Fact) {
	if f.LoggedIn == 0 || f.Source == (sketch.Key{}) || d.own(f.IP) {
		return
	}
	g, fresh := d.goods.Put(f.Source)
	g.unnamed.Add(f.Sec, day, f.LoggedIn)
	gs := d.guess.Get(f.Source)
	if !fresh || gs == nil || gs.last == (sketch.Key{}) {
		return
	}
	if t := gs.within(f.Sec, day); t.users == 1 && t.n >= 10 {
		name := gs.name[:gs.nameLen]
		a, isNew := d.Accounts.Put(gs.last)
		if isNew {
			a.Name, a.First, a.Last = text(name), f.Sec, f.Sec
		}
		a.mark(markAfterFailures, f.Sec, float64(t.n))
		d.judgeAccount(gs.last, a, f)
	}
}
