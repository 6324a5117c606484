package probes

import (
	"context"
	"net/netip"
	"slices"
	"time"

	"mailtop/probes/smtpwire"
)

// Bounds of the search for the hop. Routers answer few packets with an ended life a
// second, so there is a pause between any two.
const (
	maxHops   = 24
	hopPause  = time.Second
	hopWait   = 2 * time.Second
	hopSilent = 3 // hops in a row without an answer, each asked twice
)

// hops is how far packets to a port get.
type hops struct {
	last    int // the last hop that said the packet's life ended there
	reached int // the hop at which something accepted or refused, 0 when nothing did
	refused bool
}

// localise finds where packets to port 25 end. A router judges the life of a packet
// before it filters, so a drop is at the last hop that answers or right after it.
func (j job) localise(f *Finding, list []sight) {
	i := slices.IndexFunc(list, func(s sight) bool { return !s.target && !s.answers() && slices.ContainsFunc(s.controls, sameHost) })
	if i < 0 {
		f.see("where it stops could not be looked for: no reference answers on another port")
		return
	}
	s := list[i]
	k := slices.IndexFunc(s.controls, sameHost)
	way := j.walk(netip.AddrPortFrom(s.addr, s.controls[k].port), maxHops)
	if way.reached == 0 {
		f.see("where it stops could not be found: %s is not reached within %d hops", s.host, maxHops)
		return
	}
	sayHop(f, s.host, way, j.walk(netip.AddrPortFrom(s.addr, 25), way.reached))
}

func sameHost(c control) bool { return c.alive() && !c.site }

// sayHop compares the way of the control port with that of port 25.
func sayHop(f *Finding, host string, open, mail hops) {
	f.set("distance", open.reached)
	switch {
	case mail.refused && mail.reached < open.reached:
		f.set("hop", mail.reached).see("the refusal comes from hop %d or the one before, %s is at hop %d: a device on the way sends it", mail.reached, host, open.reached)
	case mail.refused:
		f.set("hop", mail.reached).see("the refusal comes from as far away as %s itself, hop %d", host, mail.reached)
	case mail.reached > 0:
		f.see("%s now answers on port 25: the block is not steady", host)
	case mail.last == 0:
		f.set("hop", 0).see("no router answers for port 25: dropped here or at the first hop (%s is at hop %d)", host, open.reached)
	default:
		f.set("hop", mail.last).see("packets to port 25 get to hop %d of %d and end there or at the next one", mail.last, open.reached)
	}
}

// walk sends connections with a life of 1, 2, 3 hops and so on.
func (j job) walk(to netip.AddrPort, limit int) hops {
	var h hops
	silent := 0
	for ttl := 1; ttl <= limit && silent < hopSilent; ttl++ {
		c := j.hop(to, ttl)
		if c == smtpwire.ClassTimeout { // an answer may have fallen to the router's limit
			c = j.hop(to, ttl)
		}
		switch c {
		case smtpwire.ClassUnreachable:
			h.last, silent = ttl, 0
		case smtpwire.ClassNone, smtpwire.ClassRefused, smtpwire.ClassReset, smtpwire.ClassProhibited:
			h.reached, h.refused = ttl, c != smtpwire.ClassNone
			return h
		case smtpwire.ClassTimeout:
			silent++
		default:
			return h
		}
	}
	return h
}

// hop is one connection, after a pause.
func (j job) hop(to netip.AddrPort, ttl int) smtpwire.Class {
	if j.env.Sleep(j.ctx, hopPause) != nil {
		return smtpwire.ClassCanceled
	}
	ctx, cancel := context.WithTimeout(j.ctx, hopWait)
	defer cancel()
	return smtpwire.Classify(j.env.DialTTL(ctx, ttl, to.String()))
}
