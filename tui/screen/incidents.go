package screen

import (
	"mailtop/logparse/clean"
	"mailtop/monitor/detect"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// Incidents is the list of incidents, or of the noise below medium severity.
// On a large screen the marked one's card stands beside the list.
type Incidents struct {
	x     *Context
	noise bool
	list  widget.List
	card  *Card // the preview
}

// NewIncidents makes the view.
func NewIncidents(x *Context) *Incidents { return &Incidents{x: x} }

// Name is the view's name.
func (v *Incidents) Name() widget.Label { return "Incidents" }

// Keys is the view's key table.
func (v *Incidents) Keys() []Key {
	return append([]Key{
		{"enter", "card", "open the card: why, evidence, what to do", v.open},
		{"j down", "", "next incident", func() Intent { return v.move(1) }},
		{"k up", "", "previous incident", func() Intent { return v.move(-1) }},
		{"pgdown", "", "ten incidents further", func() Intent { return v.move(10) }},
		{"pgup", "", "ten incidents back", func() Intent { return v.move(-10) }},
		{"g home", "", "first incident", func() Intent { return v.move(-1 << 20) }},
		{"G end", "", "last incident", func() Intent { return v.move(1 << 20) }},
		{"n", "noise", "show the noise (info and low), or the incidents again", v.toggle},
		{"y", "copy", "copy the title of the marked incident", v.copy},
	}, v.x.probeKey(v.hosts)...)
}

func (v *Incidents) hosts() []Suggestion {
	if in := v.marked(); in != nil {
		return incidentTargets(in)
	}
	return nil
}

func (v *Incidents) rows() []detect.Incident {
	if v.noise {
		return v.x.Snap.Noise
	}
	return v.x.Snap.Incidents
}

func (v *Incidents) key(i int) string { return v.rows()[i].ID }

func (v *Incidents) move(n int) Intent {
	if v.marked() != nil {
		v.list.Move(n, len(v.rows()))
		v.list.Pin(v.key)
	}
	return nil
}

func (v *Incidents) toggle() Intent {
	v.noise = !v.noise
	v.list = widget.List{}
	return nil
}

func (v *Incidents) marked() *detect.Incident {
	rows := v.rows()
	v.list.Keep(len(rows), v.key)
	v.list.Set(v.list.Cursor, len(rows))
	if len(rows) == 0 {
		return nil
	}
	return &rows[v.list.Cursor]
}

func (v *Incidents) open() Intent {
	if in := v.marked(); in != nil {
		return OpenIncident{in.ID}
	}
	return say("no incident here")
}

func (v *Incidents) copy() Intent {
	if in := v.marked(); in != nil {
		return copied(clean.String(in.Title))
	}
	return say("no incident here")
}

// Draw draws the list, and the marked card where there is room.
func (v *Incidents) Draw(c *widget.Canvas, r widget.Rect) {
	v.marked()
	left := r
	if r.W >= largeFrom {
		left.W = r.W * 2 / 5
		v.preview(c, widget.Rect{X: r.X + left.W, Y: r.Y, W: r.W - left.W, H: r.H})
	}
	hint := widget.Line{widget.L("Enter", theme.Key), widget.T(" card  "), widget.L("n", theme.Key), widget.T(" noise")}
	if v.noise {
		hint = widget.Line{widget.L("n", theme.Key), widget.T(" back to the incidents")}
	}
	in := widget.Box(c, left, v.x.Sym, v.x.incidentTitle(v.noise), hint, true)
	v.x.drawIncidents(c, in, v.rows(), &v.list, true)
}

func (v *Incidents) preview(c *widget.Canvas, r widget.Rect) {
	in := v.marked()
	if in == nil {
		v.card = nil
		return
	}
	if v.card == nil || v.card.in.ID != in.ID {
		v.card = NewCard(v.x, *in)
		v.card.preview = true
	}
	v.card.Refresh()
	v.card.Draw(c, r)
}

// incidentTitle names a list with its counts; what is not shown is counted too.
func (x *Context) incidentTitle(noise bool) widget.Line {
	if noise {
		return widget.Line{widget.L("Noise", theme.Title), widget.F("  %d below medium", len(x.Snap.Noise))}
	}
	parts, over := 0, 0
	for i := range x.Snap.Incidents {
		switch in := &x.Snap.Incidents[i]; {
		case !in.Open():
			over++
		case grouped(in):
			parts++
		}
	}
	l := widget.Line{widget.L("Incidents", theme.Title), widget.F("  %d open", x.OpenCount())}
	if parts > 0 {
		l = append(l, widget.F(" with %d parts", parts))
	}
	if over > 0 {
		l = append(l, widget.F(", %d over", over))
	}
	if n := len(x.Snap.Noise); n > 0 {
		l = append(l, widget.F(", noise %d", n))
	}
	return l
}

// drawIncidents is the list itself; below 80 columns titles wrap.
func (x *Context) drawIncidents(c *widget.Canvas, r widget.Rect, rows []detect.Incident, list *widget.List, focus bool) {
	if len(rows) == 0 {
		x.noIncident(c, r)
		list.Window(0, 0, nil)
		return
	}
	w := r.W - 3
	lines := make(map[int][]widget.Line)
	at := func(i int) []widget.Line {
		if lines[i] == nil {
			lines[i] = x.incidentLines(&rows[i], w)
		}
		return lines[i]
	}
	for _, p := range list.Window(len(rows), r.H, func(i int) int { return len(at(i)) }) {
		for dy, l := range at(p.Index)[:p.H] {
			c.PutLine(r.X+2, r.Y+p.Y+dy, w, l)
		}
		if focus && p.Index == list.Cursor {
			c.PutLabel(r.X, r.Y+p.Y, 1, widget.Label(x.Sym.Mark), theme.Plain)
			c.Paint(r.X+14, r.Y+p.Y, r.W-14, theme.Selected)
		}
	}
}

// incidentLines is one incident: badge, since when, title.
func (x *Context) incidentLines(in *detect.Incident, w int) []widget.Line {
	title := text(in.Title)
	if grouped(in) {
		title = widget.F("(part of %s) %s", in.Group, in.Title)
	}
	head := widget.Line{stateBadge(in), widget.F(" %-9s ", x.clock(in.Opened))}
	if w >= narrowBelow/2+20 {
		return []widget.Line{widget.ClipLine(append(head, title), w, x.Sym)}
	}
	l := widget.Line{stateBadge(in), widget.F(" %s ", x.clock(in.Opened)), title}
	return widget.Limit(widget.Wrap(l, w, 2), 5, w, x.Sym)
}

// noIncident says that there is none, and never more than was read.
func (x *Context) noIncident(c *widget.Canvas, r widget.Rect) {
	l := widget.Line{widget.F("none in what was read: %s", Depth(&x.Snap.Coverage, x.Snap.Now, x.TZ))}
	if x.Snap.Coverage.Lines == 0 {
		l = widget.Line{widget.T("nothing read yet, so nothing is known yet")}
	}
	for i, part := range widget.Wrap(l, r.W-2, 0) {
		if i < r.H {
			c.PutLine(r.X+1, r.Y+i, r.W-2, part)
		}
	}
}
