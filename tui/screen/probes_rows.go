package screen

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"mailtop/logparse/clean"
	"mailtop/probes"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// row is a line of the findings: a finding, a check that waits or runs, or all the
// checks of a port that were not tested. The rows of a plan are there from the
// start, so that nothing moves while findings come in.
type row struct {
	key    string
	head   widget.Line // address and port, above the first row of a group
	check  string
	f      *probes.Finding
	folded []*probes.Finding
	state  widget.Label // of a check without a finding
	notes  []string     // what the log says of its message
}

// group is an address and port.
type group struct {
	addr netip.AddrPort
	host string
	role probes.Role
	work []check // in the order of the plan
}

// check is a check of a step.
type check struct {
	name string
	step int
}

func (t *target) groups() []*group {
	var out []*group
	if t.work == nil {
		return nil
	}
	for i, s := range t.work.Steps {
		at := slices.IndexFunc(out, func(g *group) bool { return g.addr == s.Addr && g.host == s.Host.Name })
		if at < 0 {
			at = len(out)
			out = append(out, &group{addr: s.Addr, host: s.Host.Name, role: s.Role})
		}
		for _, c := range s.Checks {
			out[at].work = append(out[at].work, check{c, i})
		}
	}
	return out
}

// found are the findings by address, port and check.
func (t *target) found() map[string][]*probes.Finding {
	m := map[string][]*probes.Finding{}
	for i := range t.results {
		f := &t.results[i].Finding
		k := findingKey(f.Address, f.Port, f.Check)
		m[k] = append(m[k], f)
	}
	return m
}

func findingKey(addr string, port uint16, check string) string {
	return fmt.Sprintf("%s %d %s", addr, port, check)
}

// rows are the lines of the findings: the summary and the names first, then each
// address and port.
func (t *target) rows() []row {
	var out []row
	found, groups := t.found(), t.groups()
	for _, c := range []string{"summary", "resolve"} {
		for i, f := range found[findingKey("", 0, c)] {
			out = append(out, row{key: fmt.Sprint(c, i), check: c, f: f})
		}
		delete(found, findingKey("", 0, c))
	}
	now := t.now()
	for _, g := range groups {
		rows := t.groupRows(g, found, now)
		rows[0].head = g.head(found, t.work.Target.Name)
		out = append(out, rows...)
	}
	return append(out, others(t, found, groups)...)
}

// groupRows are the rows of one address and port.
func (t *target) groupRows(g *group, found map[string][]*probes.Finding, now map[int]bool) []row {
	var out []row
	var skipped []*probes.Finding
	for _, c := range g.work {
		k := findingKey(g.addr.Addr().String(), g.addr.Port(), c.name)
		list := found[k]
		if len(list) == 0 {
			out = append(out, row{key: k, check: c.name, state: t.state(now[c.step]), notes: t.notesOf(g.addr, c.name)})
		}
		for i, f := range list {
			if f.Verdict == probes.Skipped {
				skipped = append(skipped, f)
				continue
			}
			out = append(out, row{key: fmt.Sprint(k, i), check: c.name, f: f, notes: t.notesOf(g.addr, c.name)})
		}
	}
	switch len(skipped) {
	case 0:
	case 1:
		f := skipped[0]
		out = append(out, row{key: findingKey(f.Address, f.Port, f.Check) + "0", check: f.Check, f: f})
	default:
		out = append(out, row{key: g.addr.String() + " skipped", folded: skipped})
	}
	return out
}

// notesOf are the notes on the message that a check gave in at an address.
func (t *target) notesOf(at netip.AddrPort, check string) []string {
	if checkNamed(check).Impact < probes.ImpactMail {
		return nil
	}
	var out []string
	for _, n := range t.notes {
		if n.At == at {
			out = append(out, n.Text)
		}
	}
	return out
}

// others are findings that the plan has no row for.
func others(t *target, found map[string][]*probes.Finding, groups []*group) []row {
	planned := map[string]bool{}
	for _, g := range groups {
		for _, c := range g.work {
			planned[findingKey(g.addr.Addr().String(), g.addr.Port(), c.name)] = true
		}
	}
	var out []row
	for i := range t.results {
		f := &t.results[i].Finding
		k := findingKey(f.Address, f.Port, f.Check)
		if planned[k] || found[k] == nil {
			continue
		}
		out = append(out, row{key: fmt.Sprint(k, " other ", i), check: f.Check, f: f, head: widget.Line{widget.FR(theme.Title, "%s", place1(f))}})
	}
	return out
}

// place1 is where a finding is from.
func place1(f *probes.Finding) string {
	if a, err := netip.ParseAddr(f.Address); err == nil {
		return netip.AddrPortFrom(a, f.Port).String()
	}
	return fmt.Sprint(f.Address, " ", f.Port)
}

// state is what a check without a finding does.
func (t *target) state(now bool) widget.Label {
	switch {
	case !t.running:
		return "not run"
	case now:
		return "running"
	}
	return "waiting"
}

// now are the steps under way. It follows what probes.Run does: ports side by
// side, the steps of a port one after the other, what looks like an attack last.
func (t *target) now() map[int]bool {
	out := map[int]bool{}
	if !t.running || t.work == nil {
		return out
	}
	done := map[string]bool{}
	for i := range t.results {
		if r := &t.results[i]; r.round == t.round {
			done[findingKey(r.Address, r.Port, r.Check)] = true
		}
	}
	lanes := map[any]bool{}
	quiet := true
	for _, attack := range []bool{false, true} {
		for i, s := range t.work.Steps {
			open := slices.ContainsFunc(s.Checks, func(c string) bool {
				return !done[findingKey(s.Addr.Addr().String(), s.Addr.Port(), c)]
			})
			lane := any(s.Addr)
			if attack {
				lane = s.Addr.Addr()
			}
			if s.Attack != attack || !open || lanes[lane] || len(lanes) >= probes.DefaultWorkers {
				continue
			}
			lanes[lane], out[i], quiet = true, true, false
		}
		if !quiet {
			break
		}
	}
	return out
}

// progress counts the checks of the plan and those that are through.
func (t *target) progress() (through, all int) {
	if t.work == nil {
		return 0, 0
	}
	done := map[string]bool{}
	for i := range t.results {
		if r := &t.results[i]; r.round == t.round {
			done[findingKey(r.Address, r.Port, r.Check)] = true
		}
	}
	for _, s := range t.work.Steps {
		for _, c := range s.Checks {
			all++
			if done[findingKey(s.Addr.Addr().String(), s.Addr.Port(), c)] {
				through++
			}
		}
	}
	return through, all
}

var vantages = map[probes.Vantage]widget.Label{
	probes.FromLoopback: "seen from this host, loopback", probes.FromOwn: "seen from this host",
	probes.FromSubnet: "seen from the same subnet", probes.FromPrivate: "seen from a private address", probes.FromOutside: "seen from outside",
}

// head is the line above the rows of a group.
func (g *group) head(found map[string][]*probes.Finding, target string) widget.Line {
	l := widget.Line{widget.FR(theme.Title, "%s", g.addr)}
	if g.role != probes.RoleUnknown {
		l = append(l, widget.F(" %s", g.role))
	}
	if g.host != target { // one of the exchangers of a domain
		l = append(l, widget.F("  %s", g.host))
	}
	for _, c := range g.work {
		for _, f := range found[findingKey(g.addr.Addr().String(), g.addr.Port(), c.name)] {
			if v, ok := vantages[f.Vantage]; ok {
				return append(l, widget.T(", "+v))
			}
		}
	}
	return l
}

// names are the checks that a row stands for.
func (r *row) names() string {
	if len(r.folded) == 0 {
		return r.check
	}
	var out []string
	for _, f := range r.folded {
		out = append(out, f.Check)
	}
	return strings.Join(out, " ")
}

// line is the row: verdict, check, what was seen.
func (r *row) line(compact bool) widget.Line {
	mark, what := r.span(), text("")
	switch {
	case r.f != nil:
		what = text(r.f.Title)
	case len(r.folded) > 0:
		return widget.Line{mark, widget.F(" %d checks: ", len(r.folded)), text(r.names())}
	case r.state == "running" && len(r.notes) > 0:
		what = widget.F("in the log: %s", r.notes[len(r.notes)-1])
	case r.state == "running":
		what = text(Does(checkNamed(r.check)))
	}
	if r.check == "summary" {
		return widget.Line{mark, widget.T(" "), {Text: what.Text, Role: theme.Strong}, r.counts()}
	}
	if compact {
		return widget.Line{mark, widget.F(" %s: ", r.check), what}
	}
	return widget.Line{mark, widget.F(" %-12s ", r.check), what}
}

// counts are how many findings ask for something, behind the summary's own words.
func (r *row) counts() widget.Span {
	var parts []string
	for _, v := range []probes.Verdict{probes.Bad, probes.Warn, probes.Unknown} {
		if n, _ := r.f.Values[v.String()].(int); n > 0 {
			parts = append(parts, fmt.Sprint(n, " ", v))
		}
	}
	if len(parts) == 0 {
		return widget.T("")
	}
	return widget.F(": %s", strings.Join(parts, ", "))
}

func (r *row) span() widget.Span {
	switch {
	case r.f != nil:
		return verdictSpan(r.f.Verdict)
	case len(r.folded) > 0:
		return verdictSpan(probes.Skipped)
	case r.state == "running":
		return widget.FR(theme.Strong, "~  %-7s", r.state)
	}
	return widget.F("   %-7s", r.state)
}

// card is what stands behind a row: a finding, why checks were not tested, or
// what a check that waits or runs does.
func (r *row) card() []widget.Line {
	switch {
	case r.f != nil:
		return details(r.f, r.notes)
	case len(r.folded) > 0:
		return foldedLines(r.folded)
	}
	c := checkNamed(r.check)
	return append([]widget.Line{
		{r.span(), widget.FR(theme.Strong, " %s", r.check)},
		{widget.L("Sends: ", theme.Title), text(Does(c))},
		{widget.L("Impact: ", theme.Title), widget.T(impacts[c.Impact])},
	}, logLines(r.notes)...)
}

// foldedLines are the checks that one row stands for, each with its reason.
func foldedLines(list []*probes.Finding) []widget.Line {
	var out []widget.Line
	for _, f := range list {
		out = append(out, widget.Line{widget.FR(theme.Title, "%-18s ", f.Check), text(f.Title)})
	}
	return out
}

func findingTitle(f *probes.Finding) clean.Text {
	if f.Port == 0 {
		return widget.F("%s  %s", f.Check, f.Target).Text
	}
	return widget.F("%s  %s port %d", f.Check, f.Address, f.Port).Text
}

func findingCopy(f *probes.Finding) clean.Text {
	if f.Port == 0 {
		return clean.String(fmt.Sprintf("%s %s %s: %s", f.Target, f.Check, f.Verdict, f.Title))
	}
	return clean.String(fmt.Sprintf("%s %s %d %s %s: %s", f.Target, f.Address, f.Port, f.Check, f.Verdict, f.Title))
}
