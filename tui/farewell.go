package tui

import (
	"mailtop/logparse/clean"
	"mailtop/tui/screen"
	"mailtop/tui/widget"
)

// Farewell is what is left on the normal screen: the verdict with the depth it
// rests on, the open incidents, and every copied command, bare, in order.
func (m *Model) Farewell() []clean.Text {
	s := &m.newest
	if !m.x.Ready {
		return []clean.Text{clean.String("mailtop: nothing was read")}
	}
	out := []clean.Text{
		clean.String(verdictText(s)),
		widget.F("(%s)", screen.Depth(&s.Coverage, s.Now, m.cfg.TZ)).Text,
	}
	for i := range s.Incidents {
		if in := &s.Incidents[i]; in.Open() {
			out = append(out, widget.F("%s since %s  %s  (%s)", screen.Badge(in.Severity).Text,
				screen.Clock(in.Opened, s.Now, m.cfg.TZ), in.Title, in.ID).Text)
		}
	}
	return append(out, m.copied...)
}
