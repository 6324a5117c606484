package screen

import (
	"errors"
	"net/netip"
	"slices"
	"time"

	"mailtop/logparse/clean"
	"mailtop/probes"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// Note is what the log says of a message that was given in at an address.
type Note struct {
	At   netip.AddrPort
	Text string
}

// Bounds of the view.
const (
	maxNotes    = 200  // of one run
	maxFindings = 1000 // of one run
	maxTargets  = 200
)

// RepeatEvery is the pause between the rounds of a target that is repeated.
const RepeatEvery = 10 * time.Second

// ErrStopped ends a run that a person has stopped.
var ErrStopped = errors.New("stopped before the end; what was found stays")

// target is a host under test.
type target struct {
	name      string
	work      *probes.Work // what the newest run does; no password is in it
	running   bool
	ended     bool
	err       error
	round     int // of runs
	rounds    int // of the repeated run
	repeat    bool
	history   *probes.History
	results   []result
	notes     []Note
	list      widget.List
	dialog    widget.List // the transcript of the marked row, by lines
	read      *probes.Transcript
	readCheck string
}

// result is a finding and the run that it came from: a repeated run replaces it.
type result struct {
	probes.Finding
	round int
}

// Parts of the view that can have the keys.
const (
	onTargets = iota
	onFindings
	onDialog // beside the findings, on a wide screen only
	parts
)

// Probes is the live checks: targets, findings as they come, and what lies behind
// each: why, fix, values and the dialogue.
type Probes struct {
	x       *Context
	targets []*target
	list    widget.List
	focus   int
	wide    bool // the transcript has a pane
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
		{"r", "run", "run the checks on the marked target; the plan is shown first", v.run},
		{"n", "new", "probe a new target: type it, or take one that this host shows", func() Intent { return AskTarget{} }},
		{"c", "checks", "choose checks: relay, login, a test message and more", v.choose},
		{"x s", "stop", "stop the run on the marked target", v.stop},
		{"enter", "card", "open a finding: why, fix, values, transcript; on a target: its findings", v.open},
		{"t", "dialogue", "open the transcript of the marked finding whole", v.transcript},
		{"tab o right", "pane", "next part: targets, findings, transcript", func() Intent { return v.turn(1) }},
		{"shift+tab O left", "", "previous part", func() Intent { return v.turn(-1) }},
		{"e", "every", "repeat the run every 10 s, and show loss and times; again: stop that", v.every},
		{"y", "copy", "copy the marked finding; on a target: the command that repeats the probe", v.copy},
		{"Y", "command", "copy the command that repeats the probe", v.copyCommand},
		{"J", "JSON", "copy the marked finding as JSON; on a target: all of them", v.copyJSON},
		{"D", "", "drop the marked target from the list", v.drop},
		{"j down", "", "next row", func() Intent { return v.move(1) }},
		{"k up", "", "previous row", func() Intent { return v.move(-1) }},
		{"pgdown", "", "ten rows further", func() Intent { return v.move(10) }},
		{"pgup", "", "ten rows back", func() Intent { return v.move(-10) }},
		{"g home", "", "first row", func() Intent { return v.move(-1 << 20) }},
		{"G end", "", "last row", func() Intent { return v.move(1 << 20) }},
	}
}

// Add adds a target and marks it; false when there are too many.
func (v *Probes) Add(name string) bool {
	v.focus = onTargets
	name = clean.String(name).String()
	i := v.index(name)
	if i < 0 {
		if len(v.targets) >= maxTargets {
			return false
		}
		i = len(v.targets)
		v.targets = append(v.targets, &target{name: name})
	}
	v.list.Set(i, len(v.targets))
	return true
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

// Has says whether a target is still in the list.
func (v *Probes) Has(name string) bool { return v.index(name) >= 0 }

// Work is what the newest run on a target does, or nil.
func (v *Probes) Work(name string) *probes.Work { return v.target(name).work }

// Repeats says whether the runs on a target repeat.
func (v *Probes) Repeats(name string) bool { return v.target(name).repeat }

// Fail says why a target cannot be planned or run.
func (v *Probes) Fail(name string, err error) { v.target(name).err = err }

// Start readies a target for a run of w; a repeated run replaces what the one
// before it found, finding by finding.
func (v *Probes) Start(name string, w probes.Work, again bool) {
	t := v.target(name)
	t.running, t.ended, t.err, t.work = true, false, nil, &w
	t.round++
	t.rounds++
	if t.work.Options.Login != nil {
		t.work.Options.Login = &probes.Login{User: w.Options.Login.User, Mechanisms: w.Options.Login.Mechanisms}
	}
	if !again {
		t.notes = nil
		t.results, t.list, t.history, t.rounds = nil, widget.List{}, probes.NewHistory(), 1
		t.dialog, t.read = widget.List{}, nil
	}
	if m := v.marked(); m == t && v.focus == onTargets {
		v.focus = onFindings
	}
}

// Take adds findings of a run, and what the log says of its messages.
func (v *Probes) Take(name string, got []probes.Finding, notes []Note) {
	t := v.target(name)
	t.notes = append(t.notes, notes...)
	t.notes = t.notes[:min(len(t.notes), maxNotes)]
	for _, f := range got {
		if t.history != nil {
			t.history.Add(f)
		}
		t.put(f)
	}
}

// put replaces the finding of an earlier round, or adds one.
func (t *target) put(f probes.Finding) {
	for i := range t.results {
		if r := &t.results[i]; r.round < t.round && sameCheck(&r.Finding, &f) {
			*r = result{f, t.round}
			return
		}
	}
	if len(t.results) < maxFindings {
		t.results = append(t.results, result{f, t.round})
	}
}

func sameCheck(a, b *probes.Finding) bool {
	return a.Check == b.Check && a.Address == b.Address && a.Port == b.Port
}

// Finish ends a run. What an earlier round found and this one did not is dropped.
func (v *Probes) Finish(name string, err error) {
	t := v.target(name)
	t.running, t.ended, t.err = false, true, err
	t.results = slices.DeleteFunc(t.results, func(r result) bool { return r.round < t.round })
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

// Running is the marked target while a run on it is under way, else "".
func (v *Probes) Running() string {
	if t := v.marked(); t != nil && t.running {
		return t.name
	}
	return ""
}

// Back goes from a part to the one before it; false from the first.
func (v *Probes) Back() bool {
	if v.focus == onTargets {
		return false
	}
	v.focus--
	return true
}

func (t *target) worst() probes.Verdict {
	worst := probes.Skipped
	for i := range t.results {
		if v := t.results[i].Verdict; rank(v) > rank(worst) {
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

// markedRow is the marked row of the findings.
func (v *Probes) markedRow() *row {
	t := v.marked()
	if t == nil {
		return nil
	}
	rows := t.rows()
	t.list.Keep(len(rows), func(i int) string { return rows[i].key })
	t.list.Set(t.list.Cursor, len(rows))
	if len(rows) == 0 {
		return nil
	}
	return &rows[t.list.Cursor]
}

func (v *Probes) finding() *probes.Finding {
	if r := v.markedRow(); r != nil {
		return r.f
	}
	return nil
}

func (v *Probes) move(n int) Intent {
	t := v.marked()
	switch {
	case t == nil:
	case v.focus == onTargets:
		v.list.Move(n, len(v.targets))
	case v.focus == onDialog && v.wide:
		t.dialog.Cursor = max(t.dialog.Cursor+n, 0) // Draw knows the end
	case v.markedRow() != nil:
		rows := t.rows()
		t.list.Move(n, len(rows))
		t.list.Pin(func(i int) string { return rows[i].key })
	}
	return nil
}

func (v *Probes) turn(n int) Intent {
	most := parts
	if !v.wide {
		most = onDialog
	}
	v.focus = (v.focus + n + most) % most
	return nil
}

func (v *Probes) run() Intent {
	if t := v.marked(); t != nil {
		return RunProbe{t.name}
	}
	return AskTarget{}
}

func (v *Probes) choose() Intent {
	if t := v.marked(); t != nil {
		return ChooseChecks{t.name}
	}
	return AskTarget{}
}

const noTarget = "no target yet: n adds one"

func (v *Probes) stop() Intent {
	if t := v.marked(); t != nil {
		return StopProbe{t.name}
	}
	return say(noTarget)
}

func (v *Probes) every() Intent {
	t := v.marked()
	switch {
	case t == nil:
		return say(noTarget)
	case t.repeat:
		t.repeat = false
		return say("no more rounds: the run was the last one")
	case t.work == nil:
		return say("r first: what was run once can be repeated")
	case Beyond(t.work):
		return say("only the default checks repeat: r runs them")
	}
	t.repeat = true
	return RepeatProbe{t.name}
}

func (v *Probes) drop() Intent {
	t := v.marked()
	switch {
	case t == nil:
		return say(noTarget)
	case t.running:
		return say("a run on it is under way: x stops it")
	}
	v.targets = slices.Delete(v.targets, v.list.Cursor, v.list.Cursor+1)
	v.focus = onTargets
	return nil
}

func (v *Probes) open() Intent {
	if v.focus == onTargets {
		v.focus = onFindings
		return nil
	}
	r := v.markedRow()
	switch {
	case r == nil:
		return say("no finding yet: r runs the checks")
	case len(r.folded) > 0:
		return ShowText{Title: clean.String("Not tested"), Lines: r.card(), Copy: clean.String(r.names()), Indent: 19}
	case r.f == nil:
		return ShowText{Title: clean.String(r.check), Lines: r.card(), Copy: clean.String(r.check), Indent: 2}
	}
	return ShowText{Title: findingTitle(r.f), Lines: append(v.card(r), dialogLines(r.f.Transcript)...), Copy: findingCopy(r.f), Indent: 2}
}

func (v *Probes) transcript() Intent {
	f := v.finding()
	if f == nil || f.Transcript == nil {
		return say("no dialogue behind this row")
	}
	return ShowText{Title: findingTitle(f), Lines: dialogLines(f.Transcript), All: dialogCopy(f.Transcript), Indent: dialogIndent}
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
