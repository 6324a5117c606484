package screen

import (
	"slices"

	"mailtop/logparse/clean"
	"mailtop/probes"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// maxFindings bounds what is kept of one run.
const maxFindings = 1000

// target is a host under test.
type target struct {
	name     string
	plan     string
	planned  bool
	running  bool
	ended    bool
	err      error
	findings []probes.Finding
	list     widget.List
}

// Probes is the live checks: targets, findings, and what lies behind a finding.
type Probes struct {
	x       *Context
	targets []*target
	list    widget.List
	checks  bool // the findings have the keys, not the targets
}

// NewProbes makes the view for targets that are known already.
func NewProbes(x *Context, names []string) *Probes {
	v := &Probes{x: x}
	for _, n := range names {
		v.Add(n)
	}
	v.list.Set(0, len(v.targets))
	return v
}

// Name is the view's name.
func (v *Probes) Name() widget.Label { return "Probes" }

// Keys is the view's key table.
func (v *Probes) Keys() []Key {
	return []Key{
		{"r", "run", "show the plan for the marked target; again: run it", v.run},
		{"n", "new", "probe a new target", func() Intent { return AskTarget{} }},
		{"s", "stop", "stop the run on the marked target", v.stop},
		{"enter", "why", "open a finding whole: why, fix, transcript; on a target: its findings", v.open},
		{"tab o right left shift+tab O", "pane", "targets or findings", v.turn},
		{"j down", "", "next row", func() Intent { return v.move(1) }},
		{"k up", "", "previous row", func() Intent { return v.move(-1) }},
		{"pgdown", "", "ten rows further", func() Intent { return v.move(10) }},
		{"pgup", "", "ten rows back", func() Intent { return v.move(-10) }},
		{"g home", "", "first row", func() Intent { return v.move(-1 << 20) }},
		{"G end", "", "last row", func() Intent { return v.move(1 << 20) }},
		{"y", "copy", "copy the marked finding, or the command that repeats the probe", v.copy},
	}
}

// Add adds a target and marks it.
func (v *Probes) Add(name string) {
	v.checks = false
	if i := v.index(name); i >= 0 {
		v.list.Set(i, len(v.targets))
		return
	}
	v.targets = append(v.targets, &target{name: name})
	v.list.Set(len(v.targets)-1, len(v.targets))
}

func (v *Probes) index(name string) int {
	return slices.IndexFunc(v.targets, func(t *target) bool { return t.name == name })
}

func (v *Probes) target(name string) *target {
	if i := v.index(name); i >= 0 {
		return v.targets[i]
	}
	return &target{}
}

// Planned says whether the plan of a target was shown.
func (v *Probes) Planned(name string) bool { return v.target(name).planned }

// SetPlan takes the plan of a target, or why there is none.
func (v *Probes) SetPlan(name, plan string, err error) {
	t := v.target(name)
	t.plan, t.err, t.planned = plan, err, err == nil
}

// Start empties a target for a run.
func (v *Probes) Start(name string) {
	t := v.target(name)
	t.running, t.ended, t.err, t.findings, t.list = true, false, nil, nil, widget.List{}
}

// Take adds findings of a run.
func (v *Probes) Take(name string, got []probes.Finding) {
	t := v.target(name)
	t.findings = append(t.findings, got...)
	if len(t.findings) > maxFindings {
		t.findings = t.findings[:maxFindings]
	}
}

// Finish ends a run.
func (v *Probes) Finish(name string, err error) {
	t := v.target(name)
	t.running, t.ended, t.err = false, true, err
}

// Bad is how many targets have a bad finding, for the header.
func (v *Probes) Bad() int {
	n := 0
	for _, t := range v.targets {
		if t.worst() == probes.Bad {
			n++
		}
	}
	return n
}

func (t *target) worst() probes.Verdict {
	worst := probes.OK
	for i := range t.findings {
		if v := t.findings[i].Verdict; rank(v) > rank(worst) {
			worst = v
		}
	}
	return worst
}

// rank orders verdicts by how much they ask for attention.
func rank(v probes.Verdict) int {
	return slices.Index([]probes.Verdict{probes.Skipped, probes.OK, probes.Info, probes.Unknown, probes.Warn, probes.Bad}, v)
}

func (v *Probes) marked() *target {
	v.list.Set(v.list.Cursor, len(v.targets))
	if len(v.targets) == 0 {
		return nil
	}
	return v.targets[v.list.Cursor]
}

func (v *Probes) finding() *probes.Finding {
	t := v.marked()
	if t == nil || len(t.findings) == 0 {
		return nil
	}
	t.list.Set(t.list.Cursor, len(t.findings))
	return &t.findings[t.list.Cursor]
}

func (v *Probes) move(n int) Intent {
	if t := v.marked(); v.checks && t != nil {
		t.list.Move(n, len(t.findings))
		return nil
	}
	v.list.Move(n, len(v.targets))
	return nil
}

func (v *Probes) turn() Intent {
	v.checks = !v.checks
	return nil
}

func (v *Probes) run() Intent {
	if t := v.marked(); t != nil {
		return RunProbe{t.name}
	}
	return AskTarget{}
}

func (v *Probes) stop() Intent {
	if t := v.marked(); t != nil {
		return StopProbe{t.name}
	}
	return say("no target yet: n adds one")
}

func (v *Probes) open() Intent {
	if !v.checks {
		v.checks = true
		return nil
	}
	f := v.finding()
	if f == nil {
		return say("no finding yet: r runs the checks")
	}
	return ShowText{Title: findingTitle(f), Lines: details(f), Copy: findingCopy(f)}
}

func (v *Probes) copy() Intent {
	t := v.marked()
	switch f := v.finding(); {
	case t == nil:
		return say("no target yet: n adds one")
	case v.checks && f != nil:
		return copied(findingCopy(f))
	}
	return copied(clean.String("mailtop probe " + t.name))
}

// verdictSpan is a verdict as glyph and word, 10 columns.
func verdictSpan(v probes.Verdict) widget.Span {
	glyph, role := widget.Label("? "), theme.Strong
	switch v {
	case probes.OK:
		glyph, role = "  ", theme.Good
	case probes.Info:
		glyph, role = ". ", theme.Info
	case probes.Warn:
		glyph, role = "* ", theme.Medium
	case probes.Bad:
		glyph, role = "!!", theme.Critical
	case probes.Skipped:
		glyph, role = "- ", theme.Plain
	}
	return widget.FR(role, "%s %-7s", glyph, v)
}
