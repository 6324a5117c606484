package main

import (
	"context"
	"fmt"
	"strings"

	"mailtop/logparse"
	"mailtop/monitor/detect"
	"mailtop/monitor/source"
)

// judge tells which rules see what they need. The log decides where it can: a
// record that is there needs no setting, and one that is not there though there was
// traffic is missing. Else the server's configuration does.
func (s *site) judge(ctx context.Context, e *seen, host bool) []finding {
	if e.mail == 0 {
		return []finding{{Check: "rules", Verdict: noted, Fact: "no mail has been logged in the time looked at: what the rules see here cannot be judged yet"}}
	}
	var out []finding
	for i := range needs {
		if f := s.met(ctx, &needs[i], e, host); f.Verdict != fine {
			f.Check = strings.Join(needs[i].rules, ", ")
			out = append(out, f)
		}
	}
	if host {
		if f := relayFacts(s.facts(ctx)); f.Verdict != fine {
			out = append(out, f)
		}
	}
	if good := untouched(out); len(good) > 0 {
		out = append([]finding{{Check: "rules", Fact: "have what they need here: " + strings.Join(good, ", ")}}, out...)
	}
	return out
}

// untouched are the rules that no finding names.
func untouched(list []finding) []string {
	named := make(map[string]bool)
	for _, f := range list {
		for id := range strings.SplitSeq(f.Check, ", ") {
			named[id] = true
		}
	}
	var good []string
	for _, r := range detect.Rules() {
		if !named[r.ID] {
			good = append(good, r.ID)
		}
	}
	return good
}

// Records that come with traffic are missed after this much of it.
const enoughTraffic = 10

// met says whether a need is met; a program that logs nothing here needs nothing.
func (s *site) met(ctx context.Context, n *need, e *seen, host bool) finding {
	present := e.total(n.mta) > 0 || n.mta == logparse.Rsyslog && host && e.mail > 0
	if !present || n.lines(e) > 0 {
		return finding{}
	}
	traffic := n.traffic(e)
	value, known := "", false
	if n.setting != nil && host {
		value, known = n.setting.read(ctx, s)
	}
	switch {
	case known && n.setting.on(value):
		if traffic < enoughTraffic {
			return finding{}
		}
		return n.wanting(fmt.Sprintf("%s is on and yet no such record among %d: was the server reloaded?", n.setting.name, traffic), noted, nil)
	case known && n.mta == logparse.Rsyslog:
		return n.wanting("they are of the facility syslog, not mail", blind, n.setting.mend(s, value))
	case known:
		return n.wanting(fmt.Sprintf("%s is %s", n.setting.name, valueText(value)), blind, n.setting.mend(s, value))
	case traffic < enoughTraffic:
		return finding{} // nobody can tell
	case n.setting != nil:
		return n.wanting(fmt.Sprintf("no such record among %d", traffic), blind, n.setting.mend(s, ""))
	}
	return n.wanting(fmt.Sprintf("no such record among %d", traffic), blind, n.steps(s))
}

// wanting is what a rule does without. One that still sees something is not blind.
func (n *need) wanting(why string, how standing, steps []source.Step) finding {
	text := fmt.Sprintf("%s does not log %s (%s)", n.mta, n.gives, why)
	if n.mta == logparse.Rsyslog {
		text = fmt.Sprintf("the mail log does not say %s (%s)", n.gives, why)
	}
	if n.left != "" {
		how = noted
		text += "; seen without: " + n.left
	}
	return finding{Verdict: how, Fact: text, Steps: steps}
}

func valueText(v string) string {
	if v == "" {
		return "not set"
	}
	return v
}

// relayFacts: relay.open is sure of itself only where the local domains are known.
func relayFacts(f detect.Facts) finding {
	if f.Known {
		return finding{}
	}
	return finding{Check: "relay.open", Verdict: noted,
		Fact: "the local domains are not known from the configuration (none was found, or they stand in tables that are not read): two strangers with three foreign domains each are needed before it opens"}
}
