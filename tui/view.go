package tui

import (
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mailtop/monitor"
	"mailtop/monitor/detect"
	"mailtop/tui/screen"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// Below this a screen holds the verdict only.
const (
	leastWidth  = 40
	leastHeight = 10
	narrowBelow = 80 // text is wrapped, the footer is one line
)

// View is the frame; it is built anew only when something has changed.
func (m *Model) View() tea.View {
	if m.dirty && m.w > 0 && m.h > 0 {
		m.frame = m.render()
		m.dirty = false
	}
	v := tea.NewView(m.frame)
	v.AltScreen = true
	return v
}

func (m *Model) render() string {
	if m.canvas == nil {
		m.canvas = widget.NewCanvas(m.w, m.h, m.look.sym.Set == theme.ASCII)
	}
	c := m.canvas
	c.Clear()
	if m.w < leastWidth || m.h < leastHeight {
		m.drawTiny(c)
		return c.String(m.look.theme)
	}
	head, rest := c.Bounds().Rows(1)
	m.drawHeader(c, head)
	rest = m.drawVerdict(c, rest)
	foot := m.footer(rest.W)
	body, low := rest.Rows(rest.H - len(foot))
	for i, l := range foot {
		c.PutLine(low.X+1, low.Y+i, low.W-1, widget.ClipLine(l, low.W-1, m.look.sym))
	}
	if m.card != nil {
		m.card.Draw(c, body)
	} else {
		m.screens[m.active].Draw(c, body)
	}
	for _, o := range m.overlays {
		o.Draw(c, body, m.look.sym)
	}
	return c.String(m.look.theme)
}

// drawTiny is the verdict alone, wrapped into what there is.
func (m *Model) drawTiny(c *widget.Canvas) {
	for y, l := range widget.Wrap(m.verdict(), c.W, 0) {
		c.PutLine(0, y, c.W, l)
	}
}

// verdictText never says more than was read.
func verdictText(s *monitor.Snapshot) string {
	switch {
	case s.Coverage.Lines == 0 && s.Coverage.Preview == nil:
		for i := range s.Sources {
			if s.Sources[i].Err != "" {
				return "No log line read: " + s.Sources[i].Name + ": " + s.Sources[i].Err
			}
		}
		return "No log line read yet: nothing is known about this host."
	case s.Verdict.Text == "":
		return "No verdict yet."
	}
	return s.Verdict.Text
}

func (m *Model) verdict() widget.Line {
	s := m.x.Snap
	switch {
	case m.err != nil:
		return widget.Line{widget.FR(theme.Alarm, "The monitor does not answer: %v", m.err)}
	case !m.x.Ready:
		return widget.Line{widget.T("Starting: nothing read yet.")}
	}
	l := widget.Line{widget.FR(theme.Strong, "%s", verdictText(s))}
	if s.Verdict.Severity >= detect.Medium && s.Coverage.Lines > 0 {
		l = append(widget.Line{screen.Glyph(s.Verdict.Severity), widget.T(" ")}, l...)
	}
	return l
}

// drawVerdict draws line 2, and as many lines more as the sentence needs; on a
// narrow screen the depth of reading follows. It returns what is left of r.
func (m *Model) drawVerdict(c *widget.Canvas, r widget.Rect) widget.Rect {
	w := r.W - 2
	var filter widget.Line
	if m.filter != "" {
		filter = widget.Line{widget.FR(theme.Alarm, " filter: %s ", m.filter)}
		filter = widget.ClipLine(filter, r.W/3, m.look.sym)
		c.PutLine(r.X+r.W-filter.Width(), r.Y, filter.Width(), filter)
		w -= filter.Width() + 1
	}
	lines := widget.Wrap(m.verdict(), w, 0)
	most := 2
	if r.W < narrowBelow {
		most = max(3, r.H/6)
	}
	lines = widget.Limit(lines, most, w, m.look.sym)
	if r.W < narrowBelow && m.x.Ready {
		lines = append(lines, widget.ClipLine(m.depth(), r.W-2, m.look.sym))
	}
	for i, l := range lines {
		c.PutLine(r.X+1, r.Y+i, r.W-1, l)
	}
	_, rest := r.Rows(len(lines))
	return rest
}

func (m *Model) depth() widget.Line {
	s := m.x.Snap
	l := widget.Line{widget.F("%s", screen.Depth(&s.Coverage, s.Now, m.cfg.TZ))}
	if age := s.Now.Sub(s.Coverage.To); s.Coverage.Live && !s.Coverage.To.IsZero() && age >= windows[0] {
		l = append(l, widget.F("  silent %s", widget.Duration(age)))
	}
	if n := len(s.Noise); n > 0 {
		l = append(l, widget.F("  noise %d", n))
	}
	return l
}

// footer is the line of sources or a remark, and the line of keys; narrow
// screens have the keys alone unless there is a remark.
func (m *Model) footer(w int) []widget.Line {
	keys := m.keyHints(w - 1)
	switch {
	case m.notice.Len() > 0:
		out := widget.Wrap(widget.Line{{Text: m.notice, Role: theme.Strong}}, w-2, 0)
		return append(out[:min(len(out), 4)], keys)
	case w < narrowBelow:
		return []widget.Line{keys}
	}
	return []widget.Line{m.x.Sources(w), keys}
}

// keyHints are as many keys as fit; help and quit come first.
func (m *Model) keyHints(w int) widget.Line {
	var l widget.Line
	used := 0
	add := func(k *screen.Key) {
		if k == nil || k.Short == "" {
			return
		}
		pair := hints(widget.Label(keyName(k.Names)), k.Short)
		if used > 0 {
			pair = append(widget.Line{widget.T("  ")}, pair...)
		}
		if n := pair.Width(); used+n <= w {
			l, used = append(l, pair...), used+n
		}
	}
	tables := m.tables()
	first := []string{"?", "q"}
	if m.card != nil {
		first = append(first, "esc b")
	}
	for _, name := range first {
		add(find(tables[0], strings.Fields(name)[0]))
	}
	for _, t := range [][]screen.Key{tables[1], tables[0]} {
		for i := range t {
			if !slices.Contains(first, t[i].Names) {
				add(&t[i])
			}
		}
	}
	return l
}

// keyName is how a key is written: the first name of its row.
func keyName(names string) string {
	name, _, _ := strings.Cut(names, " ")
	if len(name) > 1 && !strings.HasPrefix(name, "ctrl") {
		return strings.ToUpper(name[:1]) + name[1:]
	}
	return name
}
