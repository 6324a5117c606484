package tui

import (
	"strings"

	"mailtop/logparse/clean"
	"mailtop/tui/screen"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// overlay stands above the view and takes every key.
type overlay interface {
	Draw(c *widget.Canvas, body widget.Rect, sym *theme.Symbols)
	// Key answers a key; done closes the overlay.
	Key(name, text string) (in screen.Intent, done bool)
	Paste(text string)
}

func (m *Model) overlay() overlay {
	if len(m.overlays) == 0 {
		return nil
	}
	return m.overlays[len(m.overlays)-1]
}

func (m *Model) push(o overlay) { m.overlays = append(m.overlays, o) }

// pop takes o off, also when its key has pushed another one on top.
func (m *Model) pop(o overlay) {
	for i := len(m.overlays) - 1; i >= 0; i-- {
		if m.overlays[i] == o {
			m.overlays = append(m.overlays[:i], m.overlays[i+1:]...)
			return
		}
	}
}

func closes(name string) bool { return name == "esc" }

// frame clears the middle of the body for an overlay of w by h cells; a narrow
// body is taken whole in width.
func frame(c *widget.Canvas, body widget.Rect, w, h int, sym *theme.Symbols, title, hint widget.Line) widget.Rect {
	w, h = min(w, body.W), min(h, body.H)
	r := widget.Rect{X: body.X + (body.W-w)/2, Y: body.Y + (body.H-h)/2, W: w, H: h}
	c.Blank(r)
	return widget.Box(c, r, sym, title, hint, true)
}

func hints(pairs ...widget.Label) widget.Line {
	var l widget.Line
	for i := 0; i+1 < len(pairs); i += 2 {
		if i > 0 {
			l = append(l, widget.T("  "))
		}
		l = append(l, widget.L(pairs[i], theme.Key), widget.T(" "+pairs[i+1]))
	}
	return l
}

// question asks for a yes; every key but those of yes is a no.
type question struct {
	title, text widget.Label
	keys        string
	word        widget.Label // what y does; empty: quit
	yes         screen.Intent
}

func (q *question) Draw(c *widget.Canvas, body widget.Rect, sym *theme.Symbols) {
	in := frame(c, body, 44, 4, sym, widget.Line{widget.L(q.title, theme.Title)}, nil)
	c.PutLabel(in.X+1, in.Y, in.W-2, q.text, theme.Plain)
	word, other := widget.Label("quit"), widget.Label("stay")
	if q.word != "" {
		word, other = q.word, "go on"
	}
	c.PutLine(in.X+1, in.Y+1, in.W-2, hints("y", word, "any other key", other))
}

func (q *question) Key(name, _ string) (screen.Intent, bool) {
	for _, k := range strings.Fields(q.keys) {
		if k == name {
			return q.yes, true
		}
	}
	return nil, true
}

func (q *question) Paste(string) {}

// prompt asks for a line of text.
type prompt struct {
	title, hint widget.Label
	input       *widget.Input
	secret      bool // typed, not shown
	enter       func(string) screen.Intent
}

func (p *prompt) Draw(c *widget.Canvas, body widget.Rect, sym *theme.Symbols) {
	in := frame(c, body, 70, 4, sym, widget.Line{widget.L(p.title, theme.Title)}, hints("Enter", "take", "Esc", "leave as it was"))
	if p.secret {
		p.input.DrawHidden(c, in.X+1, in.Y, in.W-2, "> ")
	} else {
		p.input.Draw(c, in.X+1, in.Y, in.W-2, "> ")
	}
	c.PutLine(in.X+1, in.Y+1, in.W-2, widget.ClipLine(widget.Line{widget.T(p.hint)}, in.W-2, sym))
}

func (p *prompt) Key(name, text string) (screen.Intent, bool) {
	switch {
	case closes(name):
		return nil, true
	case name == "enter":
		return p.enter(p.input.Value()), true
	case !p.input.Key(name):
		p.input.Insert(text)
	}
	return nil, false
}

func (p *prompt) Paste(text string) { p.input.Insert(text) }

// reader shows text whole.
type reader struct {
	screen.ShowText
	x       *screen.Context
	indent  int         // of wrapped lines
	hang    int         // a first span of so many bytes is a column: later lines go beside it
	hint    widget.Line // nil: the keys of a reader
	list    widget.List
	page    int
	n       int
	width   int           // of wrapped
	wrapped []widget.Line // Lines at that width; nil: to be wrapped anew
}

func newReader(t screen.ShowText, x *screen.Context) *reader {
	return &reader{ShowText: t, x: x, indent: t.Indent}
}

func (o *reader) Draw(c *widget.Canvas, body widget.Rect, sym *theme.Symbols) {
	w := min(body.W, 100)
	lines := o.wrap(w - 4)
	hint := hints("Esc", "back", "y", "copy")
	if o.hint != nil {
		hint = o.hint
	} else if len(lines) > body.H-2 {
		hint = append(hints("j", "down", "k", "up"), append(widget.Line{widget.T("  ")}, hint...)...)
	}
	in := frame(c, body, w, len(lines)+2, sym, widget.Line{{Text: o.Title, Role: theme.Title}}, hint)
	o.page, o.n = in.H, len(lines)
	first := min(o.list.Cursor, max(len(lines)-in.H, 0))
	for y := 0; y < in.H && first+y < len(lines); y++ {
		c.PutLine(in.X+1, in.Y+y, in.W-2, lines[first+y])
	}
}

func (o *reader) wrap(w int) []widget.Line {
	if o.wrapped == nil || o.width != w {
		o.wrapped, o.width = nil, w
		for _, l := range o.Lines {
			indent := o.indent
			if len(l) > 1 && o.hang > 0 && l[0].Text.Len() >= o.hang {
				if under := widget.Width(l[0].Text) + 1; under <= w/2 { // the second column
					indent = under
				}
			}
			o.wrapped = append(o.wrapped, widget.Wrap(l, w, indent)...)
		}
	}
	return o.wrapped
}

func (o *reader) Key(name, _ string) (screen.Intent, bool) {
	switch name {
	case "y":
		if len(o.All) > 0 {
			return screen.Copy{Lines: o.All}, false
		}
		if o.Copy.Len() == 0 {
			return say("nothing to copy here"), false
		}
		return screen.Copy{Lines: []clean.Text{o.Copy}}, false
	case "j", "down":
		o.scroll(1)
	case "k", "up":
		o.scroll(-1)
	case "pgdown", "space":
		o.scroll(o.page)
	case "pgup":
		o.scroll(-o.page)
	case "g", "home":
		o.scroll(-o.n)
	case "G", "end":
		o.scroll(o.n)
	default:
		return nil, closes(name) || name == "b" || name == "q" || name == "enter"
	}
	return nil, false
}

func (o *reader) scroll(n int) {
	o.list.Set(min(o.list.Cursor+n, max(o.n-o.page, 0)), o.n)
}

func (o *reader) Paste(string) {}
