package screen

import (
	"strings"

	"mailtop/logparse/clean"
	"mailtop/probes"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// Draw draws targets and findings, with the marked finding's card and transcript
// beside them where there is room; on a narrow screen one part at a time.
func (v *Probes) Draw(c *widget.Canvas, r widget.Rect) {
	v.wide = r.W >= wideFrom && r.H >= 16
	if !v.wide && v.focus == onDialog {
		v.focus = onFindings
	}
	switch {
	case r.W < narrowBelow && v.focus == onTargets:
		v.drawTargets(c, r)
	case r.W < narrowBelow:
		v.drawFindings(c, r)
	case !v.wide:
		v.drawStack(c, r)
	case r.W < largeFrom:
		left, right := split(r, r.W*11/20)
		v.drawStack(c, left)
		v.drawBehind(c, right)
	default:
		left, rest := split(r, min(max(v.nameWidth()+26, 32), r.W/4))
		mid, right := split(rest, rest.W*11/20)
		v.drawTargets(c, left)
		v.drawFindings(c, mid)
		v.drawBehind(c, right)
	}
}

func split(r widget.Rect, w int) (left, right widget.Rect) {
	left, right = r, r
	left.W = w
	right.X, right.W = r.X+w, r.W-w
	return left, right
}

// drawStack is the targets above the findings.
func (v *Probes) drawStack(c *widget.Canvas, r widget.Rect) {
	top, rest := r.Rows(min(max(len(v.targets), 1)+2, max(r.H/4, 4)))
	v.drawTargets(c, top)
	v.drawFindings(c, rest)
}

// drawBehind is the card and the transcript of the marked row.
func (v *Probes) drawBehind(c *widget.Canvas, r widget.Rect) {
	var f *probes.Finding
	var lines []widget.Line
	if m := v.markedRow(); m != nil {
		f, lines = m.f, v.card(m)
	}
	var wrapped []widget.Line
	for _, l := range lines {
		wrapped = append(wrapped, widget.Wrap(l, r.W-4, 2)...)
	}
	high := r.H
	if f != nil && f.Transcript != nil {
		high = min(max(len(wrapped)+2, 6), r.H/2)
	}
	top, low := r.Rows(high)
	v.drawCard(c, top, wrapped)
	if low.H > 2 {
		v.drawDialog(c, low, f)
	}
}

// card is what stands behind a row; behind the summary stand all faults, and loss
// and times where rounds were made.
func (v *Probes) card(r *row) []widget.Line {
	switch t := v.marked(); {
	case r.f != nil && r.check == "summary":
		head := widget.Line{verdictSpan(r.f.Verdict), widget.T(" "), strong(r.f.Title), r.counts()}
		return append(append([]widget.Line{head}, t.faultLines()...), t.roundLines()...)
	case r.f != nil && r.check == "reach":
		return append(r.card(), t.roundLines()...)
	}
	return r.card()
}

func (v *Probes) drawCard(c *widget.Canvas, r widget.Rect, lines []widget.Line) {
	title := widget.Line{widget.L("Why, fix, values", theme.Title)}
	var hint widget.Line
	if more := len(lines) - (r.H - 2); more > 0 {
		hint = widget.Line{widget.F("%d more lines: ", more), widget.L("Enter", theme.Key)}
	}
	in := widget.Box(c, r, v.x.Sym, title, hint, false)
	if len(lines) == 0 {
		c.PutLabel(in.X+1, in.Y, in.W-2, "of the marked finding, with its transcript below", theme.Plain)
	}
	for y, l := range lines[:min(len(lines), in.H)] {
		c.PutLine(in.X+1, in.Y+y, in.W-2, l)
	}
}

// drawDialog is the transcript of the marked finding, from where its check began.
func (v *Probes) drawDialog(c *widget.Canvas, r widget.Rect, f *probes.Finding) {
	focus := v.focus == onDialog
	title := widget.Line{widget.L("Transcript", theme.Title)}
	t := v.marked()
	if t == nil || f == nil || f.Transcript == nil {
		in := widget.Box(c, r, v.x.Sym, title, nil, focus)
		c.PutLabel(in.X+1, in.Y, in.W-2, "no dialogue behind this row", theme.Plain)
		return
	}
	lines := t.dialogOf(f, r.W-4)
	title = append(title, widget.F("  %s", f.Transcript.Title))
	hint := widget.Line{widget.L("t", theme.Key), widget.T(" whole")}
	room := r.H - 2
	t.dialog.Cursor = min(t.dialog.Cursor, max(len(lines)-room, 0))
	first := t.dialog.Cursor
	if len(lines) > room {
		hint = append(widget.Line{widget.F("lines %d to %d of %d  ", first+1, min(first+room, len(lines)), len(lines))}, hint...)
	}
	in := widget.Box(c, r, v.x.Sym, title, hint, focus)
	for y := 0; y < in.H && first+y < len(lines); y++ {
		c.PutLine(in.X+1, in.Y+y, in.W-2, lines[first+y])
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
	hint := widget.Line{widget.L("n", theme.Key), widget.T(" new  "), widget.L("r", theme.Key), widget.T(" run  "), widget.L("c", theme.Key), widget.T(" checks")}
	in := widget.Box(c, r, v.x.Sym, widget.Line{widget.L("Targets", theme.Title)}, hint, v.focus == onTargets)
	if len(v.targets) == 0 {
		c.PutLabel(in.X+1, in.Y, in.W-2, "none yet: n adds one", theme.Plain)
	}
	for _, p := range v.list.Window(len(v.targets), in.H, func(int) int { return 1 }) {
		t := v.targets[p.Index]
		state := t.state1()
		name := widget.Elide(text(t.name).Text, in.W-4-state.Width(), v.x.Sym)
		c.Put(in.X+2, in.Y+p.Y, in.W-2, name, theme.Plain)
		c.PutLine(in.X+in.W-1-state.Width(), in.Y+p.Y, state.Width(), state)
		if p.Index == v.list.Cursor {
			c.PutLabel(in.X, in.Y+p.Y, 1, widget.Label(v.x.Sym.Mark), theme.Strong)
			if v.focus == onTargets {
				c.Paint(in.X+2, in.Y+p.Y, widget.Width(name), theme.Selected)
			}
		}
	}
}

// state1 is what a target is about: running, the worst verdict, or untested.
func (t *target) state1() widget.Line {
	var l widget.Line
	switch {
	case t.running && t.rounds <= 1:
		n, all := t.progress()
		return widget.Line{widget.F("running %d of %d", n, all)}
	case t.err == ErrStopped:
		l = widget.Line{widget.T("stopped")}
	case t.err != nil:
		l = widget.Line{widget.L("! error", theme.High)}
	case t.ended || t.running:
		s := verdictSpan(t.worst())
		l = widget.Line{{Text: clean.String(strings.TrimSpace(s.Text.String())), Role: s.Role}}
	default:
		return widget.Line{widget.T("not run")}
	}
	if t.repeat {
		l = append(widget.Line{widget.F("every %s, round %d  ", widget.Duration(RepeatEvery), t.rounds)}, l...)
	}
	return l
}

func (v *Probes) drawFindings(c *widget.Canvas, r widget.Rect) {
	t := v.marked()
	focus := v.focus == onFindings
	title := widget.Line{widget.L("Findings", theme.Title)}
	if t == nil {
		in := widget.Box(c, r, v.x.Sym, title, nil, focus)
		c.PutLabel(in.X+1, in.Y, in.W-2, "n adds a target, r shows the plan and runs it", theme.Plain)
		return
	}
	name := widget.Elide(text(t.name).Text, max(r.W/2, 8), v.x.Sym)
	title = append(title, widget.T("  "), widget.Span{Text: name})
	if t.running {
		n, all := t.progress()
		title = append(title, widget.FR(theme.Strong, "  %d of %d checks", n, all))
	}
	in := widget.Box(c, r, v.x.Sym, title, t.hint(focus), focus)
	rows := t.rows()
	if t.err != nil {
		in = v.drawError(c, in, t.err)
	}
	if len(rows) == 0 {
		v.drawNothing(c, in, t)
		return
	}
	v.drawRows(c, in, t, rows, focus)
}

func (t *target) hint(focus bool) widget.Line {
	switch {
	case t.running:
		return widget.Line{widget.L("x", theme.Key), widget.T(" stop")}
	case focus:
		return widget.Line{widget.L("Enter", theme.Key), widget.T(" card  "), widget.L("t", theme.Key), widget.T(" dialogue  "), widget.L("Esc", theme.Key), widget.T(" to the targets")}
	}
	return widget.Line{widget.L("Enter", theme.Key), widget.T(" to the findings")}
}

func (v *Probes) drawError(c *widget.Canvas, in widget.Rect, err error) widget.Rect {
	said := widget.FR(theme.High, "! %v", err)
	if err == ErrStopped {
		said = widget.FR(theme.Strong, "%v", err)
	}
	lines := widget.Wrap(widget.Line{said}, in.W-2, 2)
	lines = lines[:min(len(lines), in.H)]
	for y, l := range lines {
		c.PutLine(in.X+1, in.Y+y, in.W-2, l)
	}
	_, rest := in.Rows(len(lines))
	return rest
}

// drawNothing says how to begin.
func (v *Probes) drawNothing(c *widget.Canvas, in widget.Rect, t *target) {
	if t.err != nil || in.H < 1 {
		return
	}
	l := widget.Line{widget.L("r", theme.Key), widget.T(" shows what would be sent and runs it after a yes; nothing was sent yet")}
	for y, part := range widget.Wrap(l, in.W-2, 0) {
		if y < in.H {
			c.PutLine(in.X+1, in.Y+y, in.W-2, part)
		}
	}
}

func (v *Probes) drawRows(c *widget.Canvas, in widget.Rect, t *target, rows []row, focus bool) {
	t.list.Keep(len(rows), func(i int) string { return rows[i].key })
	wrap := in.W+2 < narrowBelow-20
	lines := func(i int) []widget.Line {
		var out []widget.Line
		if len(rows[i].head) > 0 {
			out = append(out, widget.ClipLine(rows[i].head, in.W-2, v.x.Sym))
		}
		l := rows[i].line(wrap)
		if wrap {
			return append(out, widget.Wrap(l, in.W-3, min(11, in.W/4))...)
		}
		return append(out, widget.ClipLine(l, in.W-3, v.x.Sym))
	}
	for _, p := range t.list.Window(len(rows), in.H, func(i int) int { return len(lines(i)) }) {
		headed := len(rows[p.Index].head) > 0
		for dy, l := range lines(p.Index)[:p.H] {
			x := in.X + 2
			if headed && dy == 0 {
				x = in.X + 1
			}
			c.PutLine(x, in.Y+p.Y+dy, in.W-3, l)
		}
		if p.Index != t.list.Cursor {
			continue
		}
		y := in.Y + p.Y
		if headed && p.H > 1 {
			y++
		}
		c.PutLabel(in.X, y, 1, widget.Label(v.x.Sym.Mark), theme.Strong)
		if focus {
			c.Paint(in.X+13, y, in.W-14, theme.Selected)
		}
	}
}
