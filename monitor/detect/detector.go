package detect

import (
	"net/netip"
	"slices"

	"mailtop/logparse"
	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// Facts are what is known of the host apart from its log. The zero value knows
// nothing, as in the analysis of a file.
type Facts struct {
	Host         string
	Own          []netip.Addr   // addresses assigned to this host
	Networks     []netip.Prefix // mynetworks
	LocalDomains []string       // domains received for: mydestination, virtual, relay
	SSHClient    netip.Addr     // where the admin sits: never advised to be banned
	Tools        []string       // of nft, fail2ban-client, postqueue, postsuper, postconf, doveadm, qshape, journalctl, systemctl, rsyslogd, timedatectl
	// Known says that LocalDomains and Networks were read from the MTA.
	Known bool
}

// tickEvery is the step of event time in which incidents resolve and levels that
// no single event crosses are judged.
const tickEvery = 10

// Detector watches facts and holds the incidents. It has one owner.
type Detector struct {
	*Store
	facts   Facts
	rules   [numRules]rule
	life    life
	byKind  [logparse.NumKinds][]int // indexes into rules
	others  []join.Host              // hosts besides the first, at most maxOthers
	about   entities                 // of the fact at hand
	queue   queueWatch
	sources sourceWatch
	first   int64 // event time of the first fact
	now     int64 // newest event time
	tick    int64 // next tick
	postfix bool  // a Postfix wrote here: its commands apply
	dovecot bool
}

// New returns a Detector for facts joined by j.
func New(h sketch.Hasher, j *join.Joiner, facts Facts) *Detector {
	d := &Detector{Store: NewStore(h, j), facts: facts, rules: ruleTable()}
	d.life.init()
	for i := range d.rules {
		for _, k := range d.rules[i].kinds {
			d.byKind[k] = append(d.byKind[k], i)
		}
	}
	for _, name := range facts.LocalDomains {
		d.learnLocal(j.LoginKey([]byte(name)))
	}
	return d
}

// SetHost names the host when the log is the first to tell.
func (d *Detector) SetHost(h string) {
	if d.facts.Host == "" {
		d.facts.Host = h
	}
}

// maxOthers bounds the hosts that are told apart where all are asked.
const maxOthers = 64

// meet remembers a host besides the first.
func (d *Detector) meet(h join.Host) {
	if n := len(d.others); n > 0 && d.others[n-1] == h || n == maxOthers || slices.Contains(d.others, h) {
		return
	}
	d.others = append(d.others, h)
}

// hostOf names the host that a fact is of.
func (d *Detector) hostOf(f *join.Fact) string {
	if f.On == 0 || f.Event == nil {
		return d.facts.Host
	}
	return text(f.Text(f.Event.Host))
}

// Host is the name of the host watched.
func (d *Detector) Host() string { return d.facts.Host }

// Observe takes one fact: it is counted, then judged by the rules of its kind.
func (d *Detector) Observe(f *join.Fact) {
	if f.Sec > d.now {
		d.Advance(f.Sec)
	}
	switch f.MTA {
	case logparse.Postfix:
		d.postfix = true
	case logparse.Dovecot:
		d.dovecot = true
	}
	if f.On != 0 {
		d.meet(f.On)
	}
	e := &d.about
	*e = entities{}
	d.count(f, e)
	for _, i := range d.byKind[f.Kind] {
		d.rules[i].observe(d, f, e)
	}
	d.learn(f, e)
}

// Advance moves event time to sec and runs the ticks that fall due. After a long
// silence the steps are larger: nothing but resolving happens in it.
func (d *Detector) Advance(sec int64) {
	if d.first == 0 {
		d.first, d.tick = sec, sec-sec%tickEvery+tickEvery
	}
	d.now = max(d.now, sec)
	for d.tick <= sec {
		for i := range d.rules {
			if d.rules[i].tick != nil {
				d.rules[i].tick(d, d.tick)
			}
		}
		d.life.tick(d, d.tick)
		d.joiner.Tick(d.tick)
		if sec-d.tick > hour {
			d.tick += 10 * minute
		} else {
			d.tick += tickEvery
		}
	}
	if f := d.decay.Rebase(); f != 1 {
		d.rescale(f)
	}
}

func (s *Store) rescale(f float64) {
	s.Sources.Each(func(_ sketch.Key, v *Source) bool { v.Score *= f; return true })
	s.Accounts.Each(func(_ sketch.Key, v *Account) bool { v.Score *= f; return true })
	s.Domains.Each(func(_ sketch.Key, v *Domain) bool { v.Score *= f; return true })
	s.Hops.Each(func(_ sketch.Key, v *Hop) bool { v.Score *= f; return true })
}

// own says whether an address is this host itself: it never is an attacker.
func (d *Detector) own(ip [16]byte) bool {
	a := netip.AddrFrom16(ip).Unmap()
	if a == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || a == netip.IPv6Loopback() {
		return true
	}
	for _, o := range d.facts.Own {
		if o == a {
			return true
		}
	}
	return false
}

// internal says whether an address is of the house: own, private or in mynetworks.
func (d *Detector) internal(ip [16]byte) bool {
	a := netip.AddrFrom16(ip).Unmap()
	if d.own(ip) || a.IsPrivate() || a.IsLinkLocalUnicast() {
		return true
	}
	for _, n := range d.facts.Networks {
		if n.Contains(a) {
			return true
		}
	}
	return false
}

// learn notes after judging: who logs in from where, so that the next failure
// from there is a typo and not a guess.
func (d *Detector) learn(f *join.Fact, e *entities) {
	if f.Kind == logparse.KindDisconnect {
		d.sessionLogin(f)
		return
	}
	if e.acc == nil || e.acc.Local || f.Source == (sketch.Key{}) {
		return
	}
	if f.Kind != logparse.KindAuthOK && !f.NewLogin { // not again for each message of a session
		return
	}
	e.acc.visit(f.IP, f.Sec)
	d.succeeded(f, e)
}
