package screen

import (
	"fmt"
	"slices"
	"strings"

	"mailtop/probes"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// Beyond says whether a plan has more in it than any client sends by itself, and
// what is read or sent on an own host by default.
func Beyond(w *probes.Work) bool {
	for _, s := range w.Steps {
		if s.Attack || s.Impact >= probes.ImpactMail {
			return true
		}
		for _, name := range s.Checks {
			if c := checkNamed(name); c.When == probes.Asked {
				return true
			}
		}
	}
	return false
}

func checkNamed(name string) probes.Check {
	for _, c := range probes.Checks() {
		if c.Name == name {
			return c
		}
	}
	return probes.Check{Name: name}
}

// impacts are the words of an impact, for a person.
var impacts = map[probes.Impact]widget.Label{
	probes.ImpactLocal: "local", probes.ImpactDNS: "DNS", probes.ImpactConnect: "connect",
	probes.ImpactCommand: "commands", probes.ImpactMail: "MAIL",
}

// inWords says on the screen what the flags of the command are for.
var inWords = strings.NewReplacer(
	"named by --to", "that you name", "given by --user", "that you name", "(--deep: the whole battery)", "(or the whole battery)",
	"a message only with --prove", "a message only where that is ticked", "(--owned says it is)", "(o says that it is)",
	" (--reference)", "",
)

// Does is what a check sends, in the words of the screen.
func Does(c probes.Check) string { return inWords.Replace(c.Does) }

// PlanLines is a plan as a person reads it: where, what each check sends and what
// that is to the host, what a ban tool would make of it with the way round it, and
// what is not done.
func PlanLines(w *probes.Work) []widget.Line {
	var out []widget.Line
	for _, f := range w.Target.Found {
		out = append(out, widget.Line{verdictSpan(f.Verdict), widget.T(" "), text(f.Title)})
	}
	if len(w.Steps) == 0 {
		return append(out, widget.Line{widget.L("Nothing can be tested.", theme.Strong)})
	}
	out = append(out, planPlaces(w)...)
	out = append(out, widget.Line{})
	out = append(out, planChecks(w)...)
	return append(out, planRemarks(w)...)
}

// planPlaces is a line an address: the ports that are tested.
func planPlaces(w *probes.Work) []widget.Line {
	var out []widget.Line
	var last string
	for _, s := range w.Steps {
		place := s.Addr.Addr().String()
		if s.Host.Name != "" {
			place = s.Host.Name + " " + place
		}
		if place == last || slices.ContainsFunc(out, func(l widget.Line) bool {
			return strings.HasPrefix(l.Text().String(), widget.F("%s ports", place).Text.String())
		}) {
			continue
		}
		last = place
		var ports []string
		for _, p := range w.Steps {
			if port := fmt.Sprint(p.Addr.Port()); p.Addr.Addr() == s.Addr.Addr() && p.Host.Name == s.Host.Name && !slices.Contains(ports, port) {
				ports = append(ports, port)
			}
		}
		out = append(out, widget.Line{widget.FR(theme.Strong, "%s ports %s", place, strings.Join(ports, " "))})
	}
	return out
}

// planChecks is a line a check: the impact, the name, what is sent.
func planChecks(w *probes.Work) []widget.Line {
	out := []widget.Line{{widget.L("  impact   check             what is sent", theme.Title)}}
	for _, c := range probes.Checks() {
		var impact probes.Impact
		n := 0
		for _, s := range w.Steps {
			if slices.Contains(s.Checks, c.Name) {
				n++
				if impact = max(impact, c.Impact); len(s.Checks) == 1 {
					impact = max(impact, s.Impact)
				}
			}
		}
		if n == 0 {
			continue
		}
		mark, role := "  ", theme.Plain
		if c.Attack || impact == probes.ImpactMail {
			mark, role = "! ", theme.High
		}
		out = append(out, widget.Line{widget.FR(role, "%s%-8s %-17s", mark, impacts[impact], c.Name), widget.F(" %s%s", Does(c), often(c, n))})
	}
	return out
}

// often says how often a message is sent.
func often(c probes.Check, n int) string {
	if c.Impact < probes.ImpactMail || n < 2 {
		return ""
	}
	return fmt.Sprintf(", on each of %d ports and addresses", n)
}

// planRemarks are the lines of the plan's own text that are neither steps nor
// checks: what is not done and why, what looks like an attack, the exceptions.
func planRemarks(w *probes.Work) []widget.Line {
	said := map[string]bool{}
	for _, s := range w.Steps {
		said[s.String()] = true
	}
	for _, c := range probes.Checks() {
		said[fmt.Sprintf("%-18s %s", c.Name, c.Does)] = true
	}
	var out []widget.Line
	for l := range strings.Lines(w.String()) {
		if l = strings.TrimRight(l, "\n"); !said[l] && l != "" {
			out = append(out, widget.Line{text(inWords.Replace(l))})
		}
	}
	if len(out) > 0 {
		out = append([]widget.Line{{}}, out...)
	}
	return out
}
