package detect

import (
	"fmt"

	"mailtop/logparse"
	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// denials are the refused relay attempts of one client.
type denials struct {
	recent  sketch.Window // ten minutes
	daily   sketch.Window
	domains distinct // recipient domains
	total   uint32
	last    int64
}

// Levels of relay.probe.
const (
	probeRecent, probeRecentLow = 2, 5
	probeDomains, probeLow      = 3, 10
)

// relayProbe judges a refusal to relay. It never is more than low: the relay held.
func (d *Detector) relayProbe(f *join.Fact, e *entities) {
	if f.Class != logparse.ClassRelayDenied || e.src == nil || d.own(f.IP) {
		return
	}
	p, _ := d.probes.Put(f.Source)
	p.recent.Add(f.Sec, 10*minute, f.Weight)
	p.daily.Add(f.Sec, day, f.Weight)
	p.total += uint32(f.Weight)
	p.last = f.Sec
	if dom := join.Domain(f.Text(f.To)); len(dom) > 0 {
		p.domains.add(hash32(d.joiner.LoginKey(dom)))
	}
	n, doms := p.recent.Sum(f.Sec, 10*minute), p.domains.count()
	syntax := testSyntax(f.Text(f.To))
	if n < probeRecent && doms < probeDomains && !syntax {
		return
	}
	sev := Info
	if n >= probeRecentLow || doms >= probeLow {
		sev = Low
	}
	s := d.raise(ruleRelayProbe, f.Source, sev, f, func() Subject { return sourceSubject(f.IP) })
	s.level = [6]float64{float64(p.total), float64(n), float64(doms)}
	s.actors.add(sketch.Addr(f.IP), SubjectIP, f.Weight, f.Sec, func() string { return addrText(f.IP, false) })
	d.flush(s)
}

// testSyntax recognises the address forms that only relay testers use: percent
// hack, bang path, source route, a quoted or doubled @.
func testSyntax(to []byte) bool {
	ats := 0
	for i, c := range to {
		switch c {
		case '%', '!':
			return true
		case '@':
			ats++
			if i == 0 || ats > 1 {
				return true
			}
		}
	}
	return false
}

func (d *Detector) describeRelayProbe(s *state, inc *Incident) {
	l := s.level
	inc.Title = fmt.Sprintf("%s asked us to relay and was refused %d times", s.subject.Value, int(l[0]))
	inc.Why = []Signal{
		{"refusals to relay", l[1], probeRecent, 10 * minute, l[1] >= probeRecent},
		{"recipient domains", l[2], probeDomains, day, l[2] >= probeDomains},
	}
	inc.Counts["refused"] = int64(l[0])
	inc.Counts["domains"] = int64(l[2])
	inc.Advice = []Advice{{Text: "Nothing to do: the relay held. To prove it from outside, run a relay probe from another host."}}
}

// relayer is an outside client without login whose mail left this host again.
type relayer struct {
	host      join.Host
	ip        [16]byte
	rcpts     uint32
	domains   distinct
	last      int64
	qualifies bool
}

// Without the configuration's word on our domains it takes several strangers, each
// with mail to several foreign domains.
const (
	relayerRcpts, relayerDomains = 3, 3
	relayersNeeded               = 2
	relayCriticalRcpts           = 10
	relayCriticalClients         = 3
)

// relayOpen judges a delivery to another host: whose mail is it? No single record
// shows an open relay; it takes the client, the sender and the recipient.
func (d *Detector) relayOpen(f *join.Fact, _ *entities) {
	if !d.strangerToStranger(f) {
		return
	}
	r, _ := d.relayers.Put(f.On.Of(join.SourceKey(f.Msg.IP)))
	r.host, r.ip, r.last = f.On, f.Msg.IP, f.Sec
	r.rcpts++
	r.domains.add(hash32(d.joiner.LoginKey(join.Domain(f.Text(f.To)))))
	known := d.facts.Known && f.On == 0 // what was read of the configuration is this host's
	if !known && (r.rcpts < relayerRcpts || r.domains.count() < relayerDomains) {
		return
	}
	r.qualifies = true
	clients, rcpts := d.countRelayers(f)
	if !known && (clients < relayersNeeded || d.gateway()) {
		return
	}
	sev := High
	switch {
	case clients == 1: // an access map or a client certificate may allow just this one
		sev = Medium
	case known && (clients >= relayCriticalClients || rcpts >= relayCriticalRcpts):
		sev = Critical
	}
	s := d.raise(ruleRelayOpen, f.On.Of(sketch.Key{}), sev, f, func() Subject { return Subject{SubjectSite, d.hostOf(f)} })
	s.level = [6]float64{float64(clients), float64(rcpts)}
	d.actRelayers(s, f)
	d.flush(s)
}

// actRelayers lists all clients found so far, not only the one that tipped it.
func (d *Detector) actRelayers(s *state, f *join.Fact) {
	if s.actors.total > 0 {
		s.actors.add(sketch.Addr(f.Msg.IP), SubjectIP, 1, f.Sec, func() string { return addrText(f.Msg.IP, false) })
		return
	}
	d.relayers.Each(func(_ sketch.Key, r *relayer) bool {
		if r.qualifies && r.host == f.On && f.Sec-r.last < day {
			s.actors.add(sketch.Addr(r.ip), SubjectIP, int(r.rcpts), r.last, func() string { return addrText(r.ip, false) })
		}
		return true
	})
}

func (d *Detector) countRelayers(f *join.Fact) (clients, rcpts int) {
	d.relayers.Each(func(_ sketch.Key, r *relayer) bool {
		if r.qualifies && r.host == f.On && f.Sec-r.last < day {
			clients++
			rcpts += int(r.rcpts)
		}
		return true
	})
	return clients, rcpts
}

// strangerToStranger says that a message from an outside client without login,
// from a sender that is not ours, left for a recipient that is not ours, as the
// client addressed it (an alias or a forward is ours).
func (d *Detector) strangerToStranger(f *join.Fact) bool {
	m := f.Msg
	if m == nil || f.Scope != join.ScopeRemote || f.Status != logparse.StatusSent || f.OrigTo.Len > 0 {
		return false
	}
	if !m.Accepted || m.Authed || m.Local || m.NullSender || m.IP == ([16]byte{}) || d.internal(m.IP) {
		return false
	}
	if relay := f.RelayAddr(); !relay.IsValid() || relay.IsPrivate() || d.own(relay.As16()) {
		return false // an internal server behind this one
	}
	to := join.Domain(f.Text(f.To))
	return len(to) > 0 && !d.isLocal(d.joiner.LoginKey(to)) && m.FromDomain != (sketch.Key{}) && !d.isLocal(m.FromDomain)
}

// gateway says that this host delivers next to nothing into mailboxes: then mail
// from strangers to strangers is its work, and only its configuration could tell
// whose domains it may take.
func (d *Detector) gateway() bool {
	local, remote := 0.0, 0.0
	d.Hops.Each(func(_ sketch.Key, h *Hop) bool {
		if h.Remote {
			remote += float64(h.Sent)
		} else {
			local += float64(h.Sent)
		}
		return true
	})
	return local < remote/50
}

func (d *Detector) describeRelayOpen(s *state, inc *Incident) {
	l := s.level
	inc.Title = fmt.Sprintf("Mail from strangers to strangers leaves this host: %d clients, %d recipients", int(l[0]), int(l[1]))
	need := float64(relayersNeeded)
	if d.facts.Known {
		need = 1
	}
	inc.Why = []Signal{
		{"clients without login whose mail left for foreign domains", l[0], need, day, l[0] >= need},
		{"recipients of such mail", l[1], relayCriticalRcpts, day, l[1] >= relayCriticalRcpts},
	}
	inc.Counts["clients"] = int64(l[0])
	inc.Counts["recipients"] = int64(l[1])
	inc.Advice = d.relayAdvice()
}
