package screen

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"mailtop/logparse/clean"
	"mailtop/probes"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// Draw draws targets and findings beside each other, with the marked finding's
// background where there is room; on a narrow screen one at a time.
func (v *Probes) Draw(c *widget.Canvas, r widget.Rect) {
	switch {
	case r.W < narrowBelow && v.checks:
		v.drawFindings(c, r)
	case r.W < narrowBelow:
		v.drawTargets(c, r)
	case r.W < wideFrom:
		top, rest := r.Rows(min(len(v.targets)+2, max(r.H/4, 4)))
		v.drawTargets(c, top)
		v.drawFindings(c, rest)
	default:
		left, mid, right := r, r, r
		left.W = min(max(v.nameWidth()+18, 24), r.W/3)
		rest := widget.Rect{X: r.X + left.W, Y: r.Y, W: r.W - left.W, H: r.H}.Columns(9)
		mid.X, mid.W = rest[0].X, rest[5].X-rest[0].X
		right.X, right.W = rest[5].X, r.X+r.W-rest[5].X
		v.drawTargets(c, left)
		v.drawFindings(c, mid)
		v.drawDetails(c, right)
	}
}

func (v *Probes) nameWidth() int {
	n := 0
	for _, t := range v.targets {
		n = max(n, widget.Width(text(t.name).Text))
	}
	return n
}

func (v *Probes) drawTargets(c *widget.Canvas, r widget.Rect) {
	in := widget.Box(c, r, v.x.Sym, widget.Line{widget.L("Targets", theme.Title)}, nil, !v.checks)
	if len(v.targets) == 0 {
		c.PutLabel(in.X+1, in.Y, in.W-2, "none yet: n adds one", theme.Plain)
	}
	for _, p := range v.list.Window(len(v.targets), in.H, func(int) int { return 1 }) {
		t := v.targets[p.Index]
		state := t.state()
		name := widget.Elide(text(t.name).Text, in.W-4-state.Width(), v.x.Sym)
		c.Put(in.X+2, in.Y+p.Y, in.W-2, name, theme.Plain)
		c.PutLine(in.X+in.W-1-state.Width(), in.Y+p.Y, state.Width(), state)
		if p.Index == v.list.Cursor {
			c.PutLabel(in.X, in.Y+p.Y, 1, widget.Label(v.x.Sym.Mark), theme.Strong)
			if !v.checks {
				c.Paint(in.X+2, in.Y+p.Y, widget.Width(name), theme.Selected)
			}
		}
	}
}

// state is what a target is about: running, the worst verdict, or untested.
func (t *target) state() widget.Line {
	switch {
	case t.running:
		return widget.Line{widget.F("running %d", len(t.findings))}
	case t.err != nil:
		return widget.Line{widget.L("! error", theme.High)}
	case t.ended:
		s := verdictSpan(t.worst())
		return widget.Line{{Text: clean.String(strings.TrimSpace(s.Text.String())), Role: s.Role}}
	}
	return widget.Line{widget.T("not run")}
}

func (v *Probes) drawFindings(c *widget.Canvas, r widget.Rect) {
	t := v.marked()
	title := widget.Line{widget.L("Findings", theme.Title)}
	if t == nil {
		in := widget.Box(c, r, v.x.Sym, title, nil, v.checks)
		c.PutLabel(in.X+1, in.Y, in.W-2, "n adds a target, r shows the plan and runs it", theme.Plain)
		return
	}
	title = append(title, widget.F("  %s", t.name))
	in := widget.Box(c, r, v.x.Sym, title, hintFor(v.checks), v.checks)
	if len(t.findings) == 0 {
		v.drawPlan(c, in, t)
		return
	}
	wrap := r.W < narrowBelow // also as one of three columns
	lines := func(i int) []widget.Line {
		l := findingLine(&t.findings[i], wrap)
		if wrap {
			return widget.Wrap(l, in.W-3, min(11, in.W/4))
		}
		return []widget.Line{widget.ClipLine(l, in.W-3, v.x.Sym)}
	}
	for _, p := range t.list.Window(len(t.findings), in.H, func(i int) int { return len(lines(i)) }) {
		for dy, l := range lines(p.Index)[:p.H] {
			c.PutLine(in.X+2, in.Y+p.Y+dy, in.W-3, l)
		}
		if v.checks && p.Index == t.list.Cursor {
			c.PutLabel(in.X, in.Y+p.Y, 1, widget.Label(v.x.Sym.Mark), theme.Strong)
			c.Paint(in.X+13, in.Y+p.Y, in.W-14, theme.Selected)
		}
	}
}

func hintFor(checks bool) widget.Line {
	if checks {
		return widget.Line{widget.L("Enter", theme.Key), widget.T(" why, fix, transcript")}
	}
	return widget.Line{widget.L("Enter", theme.Key), widget.T(" to the findings")}
}

// drawPlan shows what would be sent, or why nothing can be.
func (v *Probes) drawPlan(c *widget.Canvas, in widget.Rect, t *target) {
	var l []widget.Line
	switch {
	case t.err != nil:
		l = []widget.Line{{widget.FR(theme.High, "! %v", t.err)}}
	case t.running:
		l = []widget.Line{{widget.T("running, nothing found yet")}}
	case t.planned:
		l = []widget.Line{{widget.L("Plan: r runs it", theme.Strong)}}
		for s := range strings.Lines(t.plan) {
			l = append(l, widget.Line{text(strings.TrimRight(s, "\n"))})
		}
	default:
		l = []widget.Line{{widget.L("r", theme.Key), widget.T(" shows what would be sent; nothing was sent yet")}}
	}
	y := 0
	for _, line := range l {
		for _, part := range widget.Wrap(line, in.W-2, 2) {
			if y < in.H {
				c.PutLine(in.X+1, in.Y+y, in.W-2, part)
			}
			y++
		}
	}
}

// findingLine is one finding: verdict, where, what; in columns where there is
// room.
func findingLine(f *probes.Finding, compact bool) widget.Line {
	where := fmt.Sprint(f.Port)
	if f.Port == 0 {
		where = ""
	}
	if compact {
		return widget.Line{verdictSpan(f.Verdict), widget.F(" %s %s: ", where, f.Check), text(f.Title)}
	}
	return widget.Line{verdictSpan(f.Verdict), widget.F(" %-5s %-12s ", where, f.Check), text(f.Title)}
}

func findingTitle(f *probes.Finding) clean.Text {
	if f.Port == 0 {
		return widget.F("%s  %s", f.Check, f.Target).Text
	}
	return widget.F("%s  %s port %d", f.Check, f.Address, f.Port).Text
}

func findingCopy(f *probes.Finding) clean.Text {
	return clean.String(fmt.Sprintf("%s %s %d %s %s: %s", f.Target, f.Address, f.Port, f.Check, f.Verdict, f.Title))
}

func (v *Probes) drawDetails(c *widget.Canvas, r widget.Rect) {
	f := v.finding()
	title := widget.Line{widget.L("Why and transcript", theme.Title)}
	in := widget.Box(c, r, v.x.Sym, title, nil, false)
	if f == nil {
		return
	}
	y := 0
	for _, l := range details(f) {
		for _, part := range widget.Wrap(l, in.W-2, 2) {
			if y < in.H {
				c.PutLine(in.X+1, in.Y+y, in.W-2, part)
			}
			y++
		}
	}
	if y > in.H {
		more := widget.F(" %d more lines: Enter ", y-in.H)
		c.PutLine(in.X+1, r.Y+r.H-1, in.W-2, widget.Line{more})
	}
}

// value writes a measured value; lists and tables of names are spelt out.
func value(v any) string {
	r := reflect.ValueOf(v)
	var parts []string
	switch r.Kind() {
	case reflect.Slice:
		for i := range r.Len() {
			parts = append(parts, value(r.Index(i).Interface()))
		}
	case reflect.Map:
		for _, k := range r.MapKeys() {
			parts = append(parts, fmt.Sprint(k.Interface(), " ", value(r.MapIndex(k).Interface())))
		}
		slices.Sort(parts)
	default:
		return fmt.Sprint(v)
	}
	return strings.Join(parts, ", ")
}

// details is all that is known of a finding.
func details(f *probes.Finding) []widget.Line {
	out := []widget.Line{
		{verdictSpan(f.Verdict), widget.T(" "), strong(f.Title)},
		{widget.F("%s, result %s, %s ms", f.Check, f.Result, widget.Num(f.MS))},
	}
	add := func(name widget.Label, s string) {
		if s != "" {
			out = append(out, widget.Line{widget.L(name, theme.Title), text(s)})
		}
	}
	add("Why: ", f.Why())
	add("Fix: ", f.Fix)
	add("See: ", f.Ref)
	for _, k := range slices.Sorted(maps.Keys(f.Values)) {
		out = append(out, widget.Line{widget.F("%s: %s", k, value(f.Values[k]))})
	}
	for _, e := range f.Evidence {
		out = append(out, widget.Line{widget.F("> %s", e)})
	}
	if f.Transcript != nil {
		out = append(out, widget.Line{widget.L("Transcript", theme.Title)})
		for _, e := range f.Transcript.Entries {
			out = append(out, widget.Line{text(e.String())})
		}
	}
	return out
}
