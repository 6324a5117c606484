package detect

import (
	"fmt"
	"math"

	"mailtop/logparse"
	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// places is how many networks an account is remembered with.
const places = 20

// place is a network from which an account logged in.
type place struct {
	prefix, net uint32 // hashes
	last        uint32 // seconds
	n           uint32
}

// mark is one sign that an account is used by somebody else. Its weight halves
// every six hours.
type mark struct {
	at       uint32 // seconds
	pts, val float32
}

// The signs, with their points: 60 is high, 90 critical.
const (
	markAfterFailures = iota // success after many failures of this source
	markOtherUsers           // success from a source that tried other users
	markAfterCampaign        // success from a new network after many failures from anywhere
	markRoaming              // logins from too many networks
	markBurst                // and now it sends in bulk
	numMarks
)

var markText = [numMarks]string{
	"failed logins from the same source before the success",
	"other users tried by the same source",
	"failed logins on this account from anywhere",
	"networks with a successful login",
	"recipients since",
}

var markLimit = [numMarks]float64{10, 2, 20, roamNets, burstTen}
var markPoints = [numMarks]float32{60, 60, 50, 60, 20}

const (
	compromisedHigh, compromisedCritical = 60, 90
	markHalfLife                         = 6 * hour
)

func fold(k sketch.Key) uint32 { return hash32(k) }

// visit remembers a login's network; the one not used for longest makes room.
func (a *Account) visit(ip [16]byte, sec int64) {
	p := fold(join.PrefixKey(ip))
	old := 0
	for i := range a.places {
		x := &a.places[i]
		if x.prefix == p && x.n > 0 {
			x.last = max(x.last, uint32(sec))
			x.n++
			return
		}
		if x.last < a.places[old].last {
			old = i
		}
	}
	a.places[old] = place{p, fold(join.NetKey(ip)), uint32(sec), 1}
}

// knows says whether the account logged in from a network within 30 days.
func (a *Account) knows(prefix sketch.Key, sec int64) bool {
	p := fold(prefix)
	for _, x := range a.places {
		if x.n > 0 && x.prefix == p && sec-int64(x.last) < 30*day {
			return true
		}
	}
	return false
}

// spread counts the distinct networks of an hour, /24 and /16.
func (a *Account) spread(sec int64) (prefixes, nets int) {
	var seen [places]uint32
	for _, x := range a.places {
		if x.n == 0 || sec-int64(x.last) >= hour {
			continue
		}
		prefixes++
		dup := false
		for _, s := range seen[:nets] {
			dup = dup || s == x.net
		}
		if !dup {
			seen[nets] = x.net
			nets++
		}
	}
	return prefixes, nets
}

// Networks is how many /24 (or /48) networks the account is remembered with.
func (a *Account) Networks() int {
	n := 0
	for _, x := range a.places {
		if x.n > 0 {
			n++
		}
	}
	return n
}

func (a *Account) mark(i int, sec int64, val float64) {
	a.marks[i] = mark{uint32(sec), markPoints[i], float32(val)}
}

// suspicion is the sum of the marks at a time.
func (a *Account) suspicion(sec int64) float64 {
	sum := 0.0
	for _, m := range a.marks {
		if m.pts > 0 {
			sum += float64(m.pts) * math.Exp2(-float64(sec-int64(m.at))/markHalfLife)
		}
	}
	return sum
}

// compromised judges a successful login against what happened before it.
func (d *Detector) compromised(f *join.Fact, e *entities) {
	a := e.acc
	if a == nil || a.Local || e.src == nil || f.Weight == 0 || d.own(f.IP) || f.Kind == logparse.KindAccept && !f.NewLogin {
		return
	}
	prefix := join.PrefixKey(f.IP)
	known := a.knows(prefix, f.Sec)
	d.markGuessed(f, e, known)
	d.markRoaming(f, a)
	d.judgeAccount(e.accKey, a, f)
}

func (d *Detector) markGuessed(f *join.Fact, e *entities, known bool) {
	if known {
		return
	}
	if g := d.guess.Get(f.Source); g != nil && !d.goods.Get(f.Source).shared() {
		of, others := g.failuresOf(hash32(e.accKey), f.Sec, day)
		if others >= 2 {
			e.acc.mark(markOtherUsers, f.Sec, float64(others))
		}
		if of == len(g.a) { // all that is remembered: the account's own count knows more
			of = max(of, e.acc.fails.Sum(f.Sec, day))
		}
		if of >= 10 {
			e.acc.mark(markAfterFailures, f.Sec, float64(of))
		}
	}
	if n := e.acc.fails.Sum(f.Sec, day); n >= 20 {
		e.acc.mark(markAfterCampaign, f.Sec, float64(n))
	}
}

// Networks in an hour that no person uses.
const (
	roamNets, roamPrefixes = 4, 8
)

func (d *Detector) markRoaming(f *join.Fact, a *Account) {
	// this login is not among the places yet: add it to the count
	prefixes, nets := a.spread(f.Sec)
	if !a.within(join.PrefixKey(f.IP), f.Sec) {
		prefixes++
		if !a.withinNet(join.NetKey(f.IP), f.Sec) {
			nets++
		}
	}
	if nets >= roamNets {
		a.mark(markRoaming, f.Sec, float64(nets))
	} else if prefixes >= roamPrefixes {
		a.mark(markRoaming, f.Sec, float64(prefixes))
	}
}

func (a *Account) within(prefix sketch.Key, sec int64) bool {
	p := fold(prefix)
	for _, x := range a.places {
		if x.n > 0 && x.prefix == p && sec-int64(x.last) < hour {
			return true
		}
	}
	return false
}

func (a *Account) withinNet(net sketch.Key, sec int64) bool {
	p := fold(net)
	for _, x := range a.places {
		if x.n > 0 && x.net == p && sec-int64(x.last) < hour {
			return true
		}
	}
	return false
}

// judgeAccount opens or escalates the incident when the marks add up.
func (d *Detector) judgeAccount(k sketch.Key, a *Account, f *join.Fact) {
	sus := a.suspicion(f.Sec)
	open := d.life.find(ruleCompromised, k)
	if sus < compromisedHigh && open == nil {
		return
	}
	sev := High
	if sus >= compromisedCritical {
		sev = Critical
	}
	s := d.raise(ruleCompromised, k, sev, f, func() Subject { return Subject{SubjectAccount, a.Name} })
	s.level[0] = sus
	if f.IP != ([16]byte{}) {
		s.actors.add(sketch.Addr(f.IP), SubjectIP, max(1, f.Weight), f.Sec, func() string { return addrText(f.IP, false) })
	}
	if b := d.life.find(ruleBurst, k); b != nil {
		b.group = s.id
	}
	if b := d.life.find(ruleBruteforce, f.Source); b != nil && b.group == "" {
		b.group = s.id
	}
	d.flush(s)
}

func (d *Detector) describeCompromised(s *state, inc *Incident) {
	a := d.Accounts.Get(s.key)
	inc.Title = fmt.Sprintf("Account %s is used by somebody else", s.subject.Value)
	if a == nil {
		return // evicted: the incident keeps what it said
	}
	for i, m := range a.marks {
		inc.Why = append(inc.Why, Signal{markText[i], float64(m.val), markLimit[i], 0, m.pts > 0})
	}
	inc.Title += accountCause(a)
	inc.Counts["recipients_day"] = int64(a.rcptDay.Sum(d.now, day))
	inc.Counts["messages"] = int64(a.Messages)
	inc.Advice = d.lockAdvice(s.subject.Value)
	if a.LastMail > 0 {
		inc.Advice = append(inc.Advice, Advice{Text: "Last mail accepted from it: " + at(a.LastMail).Format("2006-01-02 15:04:05") + " UTC. After it is locked this time must stand still."})
	}
}

// accountCause says in words which sign is the strongest.
func accountCause(a *Account) string {
	switch m := &a.marks; {
	case m[markAfterFailures].pts > 0:
		return fmt.Sprintf(": login after %d failed tries from the same source", int(m[markAfterFailures].val))
	case m[markOtherUsers].pts > 0:
		return fmt.Sprintf(": login from a source that tried %d other users", int(m[markOtherUsers].val))
	case m[markRoaming].pts > 0:
		return fmt.Sprintf(": logins from %d networks within an hour", int(m[markRoaming].val))
	case m[markAfterCampaign].pts > 0:
		return fmt.Sprintf(": login from a new network after %d failed tries", int(m[markAfterCampaign].val))
	}
	return ""
}
