package screen

import (
	"net/netip"
	"strings"

	"mailtop/monitor/detect"
	"mailtop/probes"
)

// Targets are hosts that the snapshot names and that a probe can tell more about:
// next hops that do not take mail, and what open incidents are about.
func (x *Context) Targets() []Suggestion {
	var out []Suggestion
	for i := range x.Snap.NextHops {
		if h := &x.Snap.NextHops[i]; h.Queued > 0 || h.Deferred > h.Sent {
			out = suggest(out, h.NextHop, "next hop that defers mail")
		}
	}
	for i := range x.Snap.Incidents {
		if in := &x.Snap.Incidents[i]; in.Open() {
			out = append(out, incidentTargets(in)...)
		}
	}
	return out
}

// suggest adds a target where it is one.
func suggest(list []Suggestion, s, why string) []Suggestion {
	s = strings.Trim(s, "[]")
	if i := strings.IndexByte(s, '['); i > 0 { // a next hop with its address or socket
		s = s[:i]
	}
	if _, err := probes.ParseTarget(s); err != nil {
		return list
	}
	if _, err := netip.ParseAddr(s); err != nil && !strings.Contains(s, ".") {
		return list // the name of a transport, not of a host
	}
	return append(list, Suggestion{s, why})
}

// incidentTargets are the hosts that an incident names.
func incidentTargets(in *detect.Incident) []Suggestion {
	var out []Suggestion
	switch in.Subject.Type {
	case detect.SubjectIP, detect.SubjectDomain, detect.SubjectDestination:
		out = suggest(out, in.Subject.Value, "subject of the incident "+in.ID)
	case detect.SubjectAccount, detect.SubjectRecipient:
		if i := strings.LastIndexByte(in.Subject.Value, '@'); i >= 0 {
			out = suggest(out, in.Subject.Value[i+1:], "mail domain of the incident "+in.ID)
		}
	}
	for _, a := range in.Actors {
		if len(out) < 4 && a.Type == detect.SubjectIP {
			out = suggest(out, a.Value, "in the incident "+in.ID)
		}
	}
	return out
}

// probeKey is the key that probes what is marked; nil where there is no Probes view.
func (x *Context) probeKey(marked func() []Suggestion) []Key {
	if !x.Probing {
		return nil
	}
	return []Key{{"p", "probe", "probe the host that the marked row names", func() Intent {
		if list := marked(); len(list) > 0 {
			return AskTarget{list}
		}
		return say("no host is named here")
	}}}
}
