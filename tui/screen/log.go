package screen

import (
	"slices"

	"mailtop/logparse/clean"
	"mailtop/monitor"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// maxLog is how many records the Log view holds to scroll back in.
const maxLog = 2000

// Log is the newest records of all sources, in the order in which they came.
type Log struct {
	x       *Context
	records []monitor.LogLine
	gap     bool // records between two looks were not fetched
	filter  string
	list    widget.List
	missed  int // records that came since the view stopped following
	height  int
}

// NewLog makes the view; it follows the end.
func NewLog(x *Context) *Log { return &Log{x: x, list: widget.List{Follow: true}} }

// Name is the view's name.
func (v *Log) Name() widget.Label { return "Log" }

// Keys is the view's key table.
func (v *Log) Keys() []Key {
	return []Key{
		{"enter", "whole", "open the marked record whole", v.open},
		{"j down", "", "next record", func() Intent { return v.move(1) }},
		{"k up", "", "previous record, and stop following", func() Intent { return v.move(-1) }},
		{"pgdown", "", "a page further", func() Intent { return v.move(v.page()) }},
		{"pgup", "", "a page back", func() Intent { return v.move(-v.page()) }},
		{"g home", "", "oldest record held", func() Intent { return v.move(-1 << 20) }},
		{"G end", "follow", "newest record, and follow", v.follow},
		{"y", "copy", "copy the marked record", v.copy},
	}
}

// Want is how many records the view wants from a snapshot.
func (v *Log) Want() int { return max(2*v.height, 200) }

func (v *Log) page() int { return max(v.height-1, 1) }

func (v *Log) move(n int) Intent {
	if v.list.Follow {
		v.list.Set(len(v.records)-1, len(v.records))
	}
	v.list.Follow = false
	v.list.Move(n, len(v.records))
	if v.list.Cursor == len(v.records)-1 && n > 0 {
		return v.follow()
	}
	return nil
}

func (v *Log) follow() Intent {
	v.list.Follow, v.missed = true, 0
	v.list.Set(len(v.records)-1, len(v.records))
	return nil
}

func (v *Log) marked() *monitor.LogLine {
	if len(v.records) == 0 {
		return nil
	}
	v.list.Set(v.list.Cursor, len(v.records))
	return &v.records[v.list.Cursor]
}

func (v *Log) open() Intent {
	r := v.marked()
	if r == nil {
		return say("no record here")
	}
	return ShowText{
		Title: widget.F("%s, byte %d", r.Source, r.Offset).Text,
		Lines: []widget.Line{
			{widget.F("kind %s   read as %s", r.Kind, r.Time.In(v.x.TZ).Format("2006-01-02 15:04:05.000 -0700"))},
			{whole(r.Text)},
		},
		Copy: clean.String(r.Text),
	}
}

func (v *Log) copy() Intent {
	if r := v.marked(); r != nil {
		return copied(clean.String(r.Text))
	}
	return say("no record here")
}

// Take adds the records of the newest snapshot behind those already held; it
// returns how many came since the last time.
func (v *Log) Take() int {
	if f := v.x.Snap.Scope.Filter; f != v.filter {
		v.records, v.filter, v.gap, v.missed = nil, f, false, 0
		v.list = widget.List{Follow: true}
	}
	fresh := v.x.Snap.Log
	if n := len(fresh); n > 1 && fresh[0].Time.After(fresh[n-1].Time) {
		fresh = slices.Clone(fresh)
		slices.Reverse(fresh)
	}
	first := len(v.records) == 0
	if !first {
		if i := v.known(fresh); i >= 0 {
			fresh = fresh[i+1:]
		} else if len(fresh) > 0 {
			v.gap = true
		}
	}
	v.records = append(v.records, fresh...)
	v.trim()
	if !v.list.Follow {
		v.missed += len(fresh)
	}
	if first {
		return 0
	}
	return len(fresh)
}

// known is the place of the newest held record among fresh ones, or -1.
func (v *Log) known(fresh []monitor.LogLine) int {
	last := &v.records[len(v.records)-1]
	for i := len(fresh) - 1; i >= 0; i-- {
		if fresh[i].Offset == last.Offset && fresh[i].Source == last.Source {
			return i
		}
	}
	return -1
}

func (v *Log) trim() {
	if cut := len(v.records) - maxLog; cut > 0 {
		v.records = slices.Delete(v.records, 0, cut)
		v.list.Move(-cut, len(v.records))
	}
}

// Draw draws the records; below 80 columns each is wrapped.
func (v *Log) Draw(c *widget.Canvas, r widget.Rect) {
	in := widget.Box(c, r, v.x.Sym, v.title(), v.hint(), true)
	v.height = in.H
	if len(v.records) == 0 {
		c.PutLine(in.X+1, in.Y, in.W-2, v.empty())
		return
	}
	w := in.W - 2
	height := func(i int) int { return 1 }
	if r.W < narrowBelow {
		height = func(i int) int { return len(v.wrapped(i, w)) }
	}
	for _, p := range v.list.Window(len(v.records), in.H, height) {
		v.drawRecord(c, in, p, w, r.W < narrowBelow)
	}
}

func (v *Log) drawRecord(c *widget.Canvas, in widget.Rect, p widget.Placed, w int, wrap bool) {
	lines := []widget.Line{widget.ClipLine(v.line(p.Index), w, v.x.Sym)}
	if wrap {
		lines = v.wrapped(p.Index, w)
	}
	for dy, l := range lines[:min(p.H, len(lines))] {
		c.PutLine(in.X+2, in.Y+p.Y+dy, w, l)
	}
	if p.Index == v.list.Cursor && !v.list.Follow {
		c.PutLabel(in.X, in.Y+p.Y, 1, widget.Label(v.x.Sym.Mark), theme.Strong)
		c.Paint(in.X+2, in.Y+p.Y, w, theme.Selected)
	}
}

// wrapped is a record as the lines of a narrow screen, at most half of it.
func (v *Log) wrapped(i, w int) []widget.Line {
	return widget.Limit(widget.Wrap(v.line(i), w, 2), max(v.height/2, 1), w, v.x.Sym)
}

// line is a record without its own date and host: the view gives the time.
func (v *Log) line(i int) widget.Line {
	r := &v.records[i]
	role := theme.Plain
	if r.Kind == "unknown" {
		role = theme.Strong
	}
	l := widget.Line{widget.F("%s ", v.x.stamp(r.Time))}
	if r.Own { // our own probe: neither judged nor counted
		l = append(l, widget.L("own probe ", theme.Key))
	}
	return append(l, widget.Span{Text: record(message(r.Text)).Text, Role: role})
}

func (v *Log) title() widget.Line {
	l := widget.Line{widget.L("Log", theme.Title)}
	if v.filter != "" {
		l = append(l, widget.F("  only lines with %q", v.filter))
	}
	if v.gap {
		l = append(l, widget.T("  faster than the screen: some lines were left out here"))
	}
	return l
}

func (v *Log) hint() widget.Line {
	if v.list.Follow {
		return widget.Line{widget.T("following the end")}
	}
	return widget.Line{widget.F("+%d new, ", v.missed), widget.L("G", theme.Key), widget.T(" follows again")}
}

func (v *Log) empty() widget.Line {
	switch {
	case v.filter != "":
		return widget.Line{widget.T("no line with this text among the newest ones; / changes the filter")}
	case v.x.Snap.Coverage.Lines == 0:
		return widget.Line{widget.T("nothing read yet")}
	}
	return widget.Line{widget.T("no line to show yet")}
}
