package tui

import (
	"fmt"
	"strings"

	"mailtop/logparse/clean"
	"mailtop/tui/screen"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// drawHeader draws line 1 in the longest form that fits.
func (m *Model) drawHeader(c *widget.Canvas, r widget.Rect) {
	for form := formFull; form <= formLeast; form++ {
		left, right := m.headerLeft(form), m.headerRight(form)
		if left.Width()+right.Width()+4 > r.W && form < formLeast {
			continue
		}
		c.PutLine(r.X+1, r.Y, r.W-1, left)
		x := r.X + r.W - right.Width() - 1
		c.PutLine(x, r.Y, right.Width(), right)
		return
	}
}

// Forms of the header, from the longest.
const (
	formFull  = iota
	formShort // short host name
	formTight // one blank between parts
	formBrief // views by four letters
	formTiny  // views by their number
	formBare  // neither host nor window
	formLeast // no clock
)

func (m *Model) headerLeft(form int) widget.Line {
	gap := widget.Label("  ")
	if form >= formTight {
		gap = " "
	}
	l := widget.Line{}
	if form < formTiny {
		l = append(l, widget.L("mailtop", theme.Title), widget.T(gap))
	}
	if h := m.host(form); h != "" {
		l = append(l, widget.F("%s", h), widget.T(gap))
	}
	for i, s := range m.screens {
		if i > 0 {
			l = append(l, widget.T(gap))
		}
		l = append(l, m.tab(i, s, form)...)
	}
	return l
}

func (m *Model) host(form int) string {
	h := m.x.Snap.Host
	if form > formFull {
		h, _, _ = strings.Cut(h, ".")
	}
	if form > formTiny || form == formTiny && len(h) > 8 {
		return ""
	}
	return widget.Elide(clean.String(h), 40, m.look.sym).String()
}

// tab is a view in the header: its number, its name, what it counts.
func (m *Model) tab(i int, s screen.Screen, form int) widget.Line {
	name := fmt.Sprintf("%d %s", i+1, s.Name())
	switch form {
	case formBrief:
		name = fmt.Sprintf("%d%.4s", i+1, s.Name())
	case formTiny, formBare, formLeast:
		name = fmt.Sprint(i + 1)
	}
	l := widget.Line{widget.F("%s", name)}
	if i == m.active {
		l = widget.Line{widget.FR(theme.Active, "[%s]", name)}
	}
	if n := m.x.OpenCount(); s.Name() == "Incidents" && n > 0 {
		l = append(l, alarm(n, form))
	}
	if m.probes != nil && s == screen.Screen(m.probes) && m.probes.Bad() > 0 {
		l = append(l, alarm(m.probes.Bad(), form))
	}
	return l
}

// alarm is a count that stands beside the number of its view without being taken
// for one.
func alarm(n, form int) widget.Span {
	if form >= formBrief {
		return widget.FR(theme.High, "(%d!)", n)
	}
	return widget.FR(theme.High, " %d!", n)
}

func (m *Model) headerRight(form int) widget.Line {
	var l widget.Line
	if m.cfg.Demo {
		l = append(l, widget.L("DEMO", theme.Alarm), widget.T(" "))
	}
	l = append(l, m.state())
	if form < formBare {
		l = append(l, widget.F(" %s", m.windowText()))
	}
	if form == formLeast {
		return l
	}
	if form == formFull {
		l = append(l, widget.T(" "))
	}
	return append(l, widget.F(" %s", m.clock(m.now)))
}

// state says what the screen shows: now, a moment held, or a log not yet read.
func (m *Model) state() widget.Span {
	c := &m.x.Snap.Coverage
	switch {
	case m.paused:
		return widget.FR(theme.Alarm, "PAUSED +%s", widget.Count(m.newest.Coverage.Lines-c.Lines))
	case !m.x.Ready:
		return widget.L("STARTING", theme.Alarm)
	case c.Live:
		return widget.L("LIVE", theme.Strong)
	case c.Ended:
		return widget.L("READ WHOLE", theme.Strong)
	case len(m.x.Snap.Sources) > 0 && c.Lines == 0 && c.Preview == nil:
		return widget.L("WAITING", theme.Alarm)
	}
	return widget.FR(theme.Alarm, "READING %d%%", int(c.Fraction*100))
}
