package screen

import (
	"strings"

	"mailtop/logparse/clean"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// Widths at which the layout changes.
const (
	narrowBelow = 80  // one pane at a time, text wrapped
	wideFrom    = 110 // charts in frames
	largeFrom   = 160 // four columns
)

// Overview is the first view: what happens now, what is wrong, and who.
type Overview struct {
	x     *Context
	focus int           // 0: incidents, else panes[focus-1]
	lists []widget.List // the same order
}

// NewOverview makes the view.
func NewOverview(x *Context) *Overview {
	return &Overview{x: x, lists: make([]widget.List, len(panes)+1)}
}

// Name is the view's name.
func (o *Overview) Name() widget.Label { return "Overview" }

// Keys is the view's key table.
func (o *Overview) Keys() []Key {
	return append([]Key{
		{"enter", "open", "open the marked incident, or the log lines of the marked row", o.open},
		{"tab o right", "pane", "next pane", func() Intent { return o.turn(1) }},
		{"shift+tab O left", "", "previous pane", func() Intent { return o.turn(-1) }},
		{"j down", "", "next row", func() Intent { return o.move(1) }},
		{"k up", "", "previous row", func() Intent { return o.move(-1) }},
		{"pgdown", "", "ten rows further", func() Intent { return o.move(10) }},
		{"pgup", "", "ten rows back", func() Intent { return o.move(-10) }},
		{"g home", "", "first row", func() Intent { return o.move(-1 << 20) }},
		{"G end", "", "last row", func() Intent { return o.move(1 << 20) }},
		{"y", "copy", "copy the marked address, name or title", o.copy},
	}, o.x.probeKey(o.hosts)...)
}

func (o *Overview) rows() int {
	if o.focus == 0 {
		return len(o.x.Snap.Incidents)
	}
	t := panes[o.focus-1].table(o.x)
	return len(t.Rows)
}

// key names row i of the focused pane.
func (o *Overview) key(i int) string {
	if o.focus == 0 {
		return o.x.Snap.Incidents[i].ID
	}
	return panes[o.focus-1].take(o.x, i).String()
}

func (o *Overview) move(n int) Intent {
	rows := o.rows()
	if o.marked() >= 0 {
		o.lists[o.focus].Move(n, rows)
		o.lists[o.focus].Pin(o.key)
	}
	return nil
}

func (o *Overview) turn(n int) Intent {
	o.focus = (o.focus + n + len(o.lists)) % len(o.lists)
	return nil
}

// marked is the marked row, or -1 where the pane is empty.
func (o *Overview) marked() int {
	n := o.rows()
	o.lists[o.focus].Keep(n, o.key)
	o.lists[o.focus].Set(o.lists[o.focus].Cursor, n)
	if n == 0 {
		return -1
	}
	return o.lists[o.focus].Cursor
}

func (o *Overview) open() Intent {
	i := o.marked()
	switch {
	case i < 0:
		return say("nothing to open here yet")
	case o.focus == 0:
		return OpenIncident{o.x.Snap.Incidents[i].ID}
	}
	return panes[o.focus-1].open(o.x, i)
}

// hosts are those that the marked row names.
func (o *Overview) hosts() []Suggestion {
	i := o.marked()
	switch {
	case i < 0:
		return nil
	case o.focus == 0:
		return incidentTargets(&o.x.Snap.Incidents[i])
	}
	name := panes[o.focus-1].take(o.x, i).String()
	name = name[strings.LastIndexByte(name, '@')+1:]
	return suggest(nil, name, "the marked row")
}

func (o *Overview) copy() Intent {
	i := o.marked()
	switch {
	case i < 0:
		return say("nothing to copy here yet")
	case o.focus == 0:
		return copied(clean.String(o.x.Snap.Incidents[i].Title))
	}
	return copied(panes[o.focus-1].take(o.x, i))
}

// Draw picks the layout by width.
func (o *Overview) Draw(c *widget.Canvas, r widget.Rect) {
	o.marked()
	switch {
	case r.W < narrowBelow:
		o.drawNarrow(c, r)
	case r.W < wideFrom || r.H < 24:
		o.drawNormal(c, r)
	default:
		o.drawWide(c, r)
	}
}

// drawNarrow shows the rates with the incidents, or one table.
func (o *Overview) drawNarrow(c *widget.Canvas, r widget.Rect) {
	if o.focus > 0 {
		o.pane(c, r, o.focus)
		return
	}
	n := min(len(rates), max(r.H-5, 0)/2)
	top, rest := r.Rows(n)
	o.x.drawRates(c, top)
	o.incidents(c, rest)
}

// drawNormal is sparks, incidents and two tables, or four where there is room.
func (o *Overview) drawNormal(c *widget.Canvas, r widget.Rect) {
	n := 6
	if r.H >= 28 {
		n = len(rates)
	}
	top, rest := r.Rows(n + 2)
	title := widget.Line{widget.L("Rates", theme.Title), widget.F(", last %s", widget.Duration(o.x.window()))}
	in := widget.Box(c, top, o.x.Sym, title, nil, false)
	o.x.drawRates(c, widget.Rect{X: in.X + 1, Y: in.Y, W: in.W - 2, H: in.H})
	mid, low := rest.Rows(max(min(6, rest.H/2), rest.H/3))
	o.incidents(c, mid)
	if low.H >= 18 {
		upper, lower := low.Rows(low.H / 2)
		o.pair(c, upper, 1)
		o.pair(c, lower, 3)
		return
	}
	first := 1
	if o.focus >= 3 {
		first = 3
	}
	o.pair(c, low, first)
}

func (o *Overview) pair(c *widget.Canvas, r widget.Rect, first int) {
	for i, col := range r.Columns(2) {
		o.pane(c, col, first+i)
	}
}

// drawWide is charts in frames, the incidents with the next chart, and tables.
func (o *Overview) drawWide(c *widget.Canvas, r widget.Rect) {
	cols, charts := 3, r.H/3
	if r.W >= largeFrom {
		cols = 4
	}
	next := 0
	rows := 1
	if r.H >= 44 {
		rows, charts = 2, r.H/4
	}
	for range rows {
		var top widget.Rect
		top, r = r.Rows(charts)
		for _, col := range top.Columns(cols) {
			if next < len(rates) {
				o.x.drawChart(c, col, &rates[next])
				next++
			}
		}
	}
	mid, low := r.Rows(max(r.H/2-2, 6))
	if next < len(rates) {
		side := mid.Columns(cols)[cols-1]
		o.x.drawChart(c, side, &rates[next])
		mid.W -= side.W
	}
	o.incidents(c, mid)
	first := 1
	if cols == 3 && o.focus == len(panes) {
		first = 2
	}
	for i, col := range low.Columns(cols) {
		o.pane(c, col, first+i)
	}
}

func (o *Overview) pane(c *widget.Canvas, r widget.Rect, focus int) {
	o.x.drawPane(c, r, &panes[focus-1], &o.lists[focus], o.focus == focus)
}

// incidents is the list of incidents in a frame.
func (o *Overview) incidents(c *widget.Canvas, r widget.Rect) {
	title := o.x.incidentTitle(false)
	var hint widget.Line
	if o.focus == 0 && len(o.x.Snap.Incidents) > 0 {
		hint = widget.Line{widget.L("Enter", theme.Key), widget.T(" why, evidence, what to do")}
	}
	in := widget.Box(c, r, o.x.Sym, title, hint, o.focus == 0)
	o.x.drawIncidents(c, in, o.x.Snap.Incidents, &o.lists[0], o.focus == 0)
}
