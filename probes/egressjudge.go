package probes

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mailtop/probes/smtpwire"
)

// way is how port 25 of the control group looks over one address family.
type way uint8

const (
	wayAbsent  way = iota // nobody to ask
	wayDead               // nothing of these hosts answers on any port
	wayOpen               // most answer with mail service
	wayBlocked            // none connects, other ports of theirs do
	wayCut                // all connect and all are cut in the session
	wayMixed              // a few answer
)

var wayWords = [...]string{"not_tested", "nothing_answers", "open", "blocked", "cut", "mixed"}

// String is the word in values.
func (w way) String() string { return wayWords[min(int(w), len(wayWords)-1)] }

// Marks of a device that answers in place of the hosts asked.
const (
	sameFrom  = 3                     // so many unrelated operators never share a greeting or a certificate
	nearRatio = 3                     // port 25 answers so many times faster than the control port
	nearGap   = 10 * time.Millisecond // and by at least this much
)

// judgeEgress decides from what the control group showed; failed are references that could not be looked up.
func judgeEgress(list []sight, failed []string) *Finding {
	group := slices.DeleteFunc(slices.Clone(list), func(s sight) bool { return s.target })
	v4, v6 := wayOf(group, true), wayOf(group, false)
	f := egressWord(group, v4, v6)
	if f.Result == "open" || f.Result == "family_specific" {
		sayExceptions(f, list)
	}
	for _, r := range failed {
		f.see("not asked: %s", r)
	}
	f.set("ipv4", v4.String()).set("ipv6", v6.String()).set("references", tellSights(list))
	f.set("public_addresses", seenAs(list))
	return f
}

func egressWord(group []sight, v4, v6 way) *Finding {
	if f := intercepted(group); f != nil {
		return f
	}
	has := func(w way) bool { return v4 == w || v6 == w }
	switch {
	case len(group) == 0:
		return finding("egress", "general_failure").say("no reference host could be looked up: DNS or the network, not port 25")
	case domains(group) < minReferences:
		return finding("egress", "inconclusive").say("only %d references could be looked up, %d are needed", domains(group), minReferences)
	case has(wayCut) && !has(wayOpen):
		f := finding("egress", "intercepted").say("connections to port 25 open and are cut at once in the session, at every reference")
		return f.see("cut at %s; other ports of the same hosts answer: an inspecting device, antivirus or IDS", stages(group))
	case v4 == wayMixed || v6 == wayMixed || has(wayCut):
		return finding("egress", "inconclusive").say("only some of the references answer on port 25: %s", counts(group))
	case has(wayOpen) && has(wayBlocked):
		open, shut := "IPv4", "IPv6"
		if v6 == wayOpen {
			open, shut = shut, open
		}
		return finding("egress", "family_specific").say("port 25 is open over %s and blocked over %s", open, shut).see("%s", how(failing(group)))
	case has(wayOpen):
		return finding("egress", "open").say("port 25 of others can be reached: %s", counts(group))
	case has(wayBlocked):
		return blocked(group)
	}
	return finding("egress", "general_failure").say("the references answer on no port: the network, not port 25")
}

// wayOf sums one family up.
func wayOf(group []sight, is4 bool) way {
	n, ok, cut, other := 0, 0, 0, 0
	for _, s := range group {
		if s.addr.Is4() != is4 {
			continue
		}
		n++
		switch {
		case s.answers():
			ok++
		case s.class == smtpwire.ClassNone:
			cut++
		}
		if s.alive() {
			other++
		}
	}
	switch {
	case n == 0:
		return wayAbsent
	case ok*2 >= n:
		return wayOpen
	case ok > 0:
		return wayMixed
	case other == 0 && cut == 0:
		return wayDead
	case cut == n:
		return wayCut
	case cut > 0:
		return wayMixed
	}
	return wayBlocked
}

// answers says that mail service answered, be it with a refusal.
func (s sight) answers() bool { return s.class == smtpwire.ClassNone && s.stage == "" }

// alive says that another port of the host answers. A refusal there says nothing
// where port 25 is refused too: one rule here may refuse both.
func (s sight) alive() bool {
	return slices.ContainsFunc(s.controls, func(c control) bool {
		return c.class == smtpwire.ClassNone || c.alive() && s.class != c.class
	})
}

// intercepted looks for one device that answers for all.
func intercepted(group []sight) *Finding {
	for _, mark := range []struct {
		what string
		of   func(sight) string
	}{{"certificate", func(s sight) string { return s.cert }}, {"greeting", func(s sight) string { return s.banner }}} {
		if v, ok := shared(group, mark.of); ok {
			f := finding("egress", "intercepted").say("all references show the same %s on port 25: one device answers for them", mark.what)
			return f.see("%s: %s", mark.what, v)
		}
	}
	return nearer(group)
}

// shared says whether all sights that have a mark have the same one, from enough operators.
func shared(group []sight, of func(sight) string) (string, bool) {
	var with []sight
	for _, s := range group {
		if of(s) != "" {
			with = append(with, s)
		}
	}
	if domains(with) < sameFrom {
		return "", false
	}
	same := !slices.ContainsFunc(with, func(s sight) bool { return of(s) != of(with[0]) })
	return of(with[0]), same
}

// nearer finds a device by its distance: port 25 of hosts all over the world answers
// at the same short time, their other ports do not.
func nearer(group []sight) *Finding {
	var with []sight
	var lo, hi time.Duration
	for _, s := range group {
		far := s.distance()
		if s.class != smtpwire.ClassNone || far == 0 {
			continue
		}
		if s.rtt*nearRatio > far || far-s.rtt < nearGap {
			return nil
		}
		if len(with) == 0 || s.rtt < lo {
			lo = s.rtt
		}
		hi = max(hi, s.rtt)
		with = append(with, s)
	}
	if domains(with) < sameFrom || hi-lo > nearGap {
		return nil
	}
	f := finding("egress", "intercepted").say("port 25 of all references answers after %s, their other ports much later: a device near here answers for them", short(hi))
	return f.see("%s", counts(group))
}

// distance is the time of the nearest answer of another port of the same host, 0 without one.
func (s sight) distance() (d time.Duration) {
	for _, c := range s.controls {
		if c.alive() && !c.site && (d == 0 || c.rtt < d) {
			d = c.rtt
		}
	}
	return d
}

// blocked says who blocks, as far as errno and time tell.
func blocked(group []sight) *Finding {
	bad := failing(group)
	return finding("egress", "blocked").say("port 25 of others is blocked: %s", counts(group)).see("%s", how(bad))
}

func failing(group []sight) []sight {
	return slices.DeleteFunc(slices.Clone(group), func(s sight) bool { return s.answers() || !s.alive() })
}

// how tells a silent drop from a refusal, and by its time a refusal here from one far away.
func how(bad []sight) string {
	if len(bad) == 0 {
		return "no host to compare with"
	}
	silent := 0
	lo, hi, far := bad[0].rtt, time.Duration(0), time.Duration(0)
	for _, s := range bad {
		if s.class == smtpwire.ClassTimeout {
			silent++
		}
		lo, hi, far = min(lo, s.rtt), max(hi, s.rtt), max(far, s.distance())
	}
	switch {
	case silent == len(bad):
		return "the connections are dropped without an answer, other ports of the same hosts answer: a filter of this host's network or provider, or an output rule here that drops"
	case silent > 0:
		return fmt.Sprintf("%d of %d are dropped without an answer, the others refused", silent, len(bad))
	case hi < time.Millisecond && far >= time.Millisecond:
		return "refused in under 1 ms (" + kinds(bad) + "): by this host itself, an output rule or route; some firewalls let the mail user alone out"
	case hi-lo <= nearGap && far > hi:
		return fmt.Sprintf("refused after %s (%s), nearer than the hosts themselves (up to %s): by one device on the way", short(hi), kinds(bad), short(far))
	}
	return "refused (" + kinds(bad) + ") after " + short(lo) + " to " + short(hi)
}

// kinds are the kinds of failure.
func kinds(bad []sight) string {
	var out []string
	for _, s := range bad {
		if w := s.class.String(); !slices.Contains(out, w) {
			out = append(out, w)
		}
	}
	return strings.Join(out, ", ")
}

func stages(group []sight) string {
	var out []string
	for _, s := range group {
		if s.stage != "" && !slices.Contains(out, s.stage) {
			out = append(out, s.stage)
		}
	}
	return strings.Join(out, ", ")
}

// sayExceptions names the hosts that do not answer where the others do.
func sayExceptions(f *Finding, list []sight) {
	for _, s := range list {
		if s.answers() || !s.target && !s.alive() && s.class != smtpwire.ClassTimeout {
			continue
		}
		who := s.domain
		if s.host != "" && s.host != s.domain {
			who += " (" + s.host + ")"
		}
		f.see("%s at %s alone does not answer: that host, or our reputation there: %s", who, s.addr, s.why)
	}
}

func domains(group []sight) int {
	seen := map[string]bool{}
	for _, s := range group {
		seen[s.domain] = true
	}
	return len(seen)
}

func counts(group []sight) string {
	ok := 0
	for _, s := range group {
		if s.answers() {
			ok++
		}
	}
	return fmt.Sprintf("%d of %d addresses of %d references answer", ok, len(group), domains(group))
}

// seenAs are our addresses as the peers name them.
func seenAs(list []sight) []string {
	var all []netip.Addr
	for _, s := range list {
		if s.seenAs.IsValid() && !slices.Contains(all, s.seenAs) {
			all = append(all, s.seenAs)
		}
	}
	slices.SortFunc(all, netip.Addr.Compare)
	out := []string{}
	for _, a := range all {
		out = append(out, a.String())
	}
	return out
}

// tellSights is each host as a value.
func tellSights(list []sight) []map[string]any {
	out := []map[string]any{}
	for _, s := range list {
		m := map[string]any{"domain": s.domain, "host": s.host, "address": s.addr.String(), "answers": s.answers(), "connect": outcome(s.class), "seconds": seconds(s.rtt), "target": s.target}
		for k, v := range map[string]string{"banner": s.banner, "cut_at": s.stage, "certificate": s.cert} {
			if v != "" {
				m[k] = v
			}
		}
		controls := map[string]string{}
		for _, c := range s.controls {
			name := fmt.Sprint(c.port)
			if c.site {
				name = "site_" + name
			}
			controls[name] = outcome(c.class)
		}
		m["other_ports"] = controls
		out = append(out, m)
	}
	return out
}

func outcome(c smtpwire.Class) string {
	if c == smtpwire.ClassNone {
		return "connected"
	}
	return c.String()
}
