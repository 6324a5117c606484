package tui

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mailtop/logparse/clean"
	"mailtop/probes"
	"mailtop/tui/screen"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// picker asks for a target: typed, or one of those that the marked thing, this
// host's sockets and the deferring destinations name.
type picker struct {
	all   []screen.Suggestion
	found []screen.Suggestion
	input *widget.Input
	list  widget.List
	typed bool // the mark stands on what was typed
	enter func(string) screen.Intent
}

// askTarget asks for a host to probe, in any view.
func (m *Model) askTarget(first []screen.Suggestion) tea.Cmd {
	p := &picker{all: slices.Clone(first), input: widget.NewInput(""), typed: len(first) == 0}
	p.enter = func(s string) screen.Intent {
		return do(func() tea.Cmd { return m.addTarget(s) })
	}
	p.offer(m.x.Targets())
	m.push(p)
	ctx := m.ctx
	return guard(func() tea.Msg { return socketsMsg(m.cfg.Prober.Listening(ctx)) })
}

// addTarget adds a target and shows its plan.
func (m *Model) addTarget(s string) tea.Cmd {
	name := clean.String(strings.TrimSpace(s)).String()
	if name == "" {
		return nil
	}
	if !m.probes.Add(name) {
		m.notice = clean.String("the list is full: D drops a target")
		return nil
	}
	return tea.Batch(m.view(m.viewOf(m.probes)), m.probe(name))
}

// takeSockets offers what listens here to the picker that is open.
func (m *Model) takeSockets(list []probes.Socket) {
	for _, o := range m.overlays {
		if p, ok := o.(*picker); ok {
			p.offer(listening(list))
		}
	}
}

// listening makes targets of the sockets of this host: one for the usual ports of
// an address, one for each odd port of a mail server.
func listening(list []probes.Socket) []screen.Suggestion {
	usual := map[string][]string{}
	var order []string
	var odd []screen.Suggestion
	for _, s := range list {
		name, port := own(s.Addr.Addr()), s.Addr.Port()
		switch {
		case port == 25 || port == 587 || port == 465:
			if usual[name] == nil {
				order = append(order, name)
			}
			if p := fmt.Sprint(port); !slices.Contains(usual[name], p) {
				usual[name] = append(usual[name], p)
			}
		case mailServer(s.Process):
			t := netip.AddrPortFrom(s.Addr.Addr(), port).String()
			if s.Addr.Addr().IsUnspecified() {
				t = fmt.Sprintf("localhost:%d", port)
			}
			odd = append(odd, screen.Suggestion{Target: t, Why: "this host: " + s.Process})
		}
	}
	var out []screen.Suggestion
	for _, n := range order {
		out = append(out, screen.Suggestion{Target: n, Why: "this host listens on " + strings.Join(usual[n], " ")})
	}
	return append(out, odd...)
}

// own is what a socket's address is called: every address is also that of localhost.
func own(a netip.Addr) string {
	if a.IsUnspecified() || a.IsLoopback() {
		return "localhost"
	}
	return a.Unmap().String()
}

// mailServer says whether a process may serve SMTP on an odd port.
func mailServer(process string) bool {
	name, _, _ := strings.Cut(process, "[")
	return slices.Contains([]string{"master", "smtpd", "exim", "exim4", "sendmail", "sendmail-mta", "dovecot", "haproxy"}, name)
}

// offer adds suggestions that are not there yet.
func (p *picker) offer(list []screen.Suggestion) {
	for _, s := range list {
		if !slices.ContainsFunc(p.all, func(o screen.Suggestion) bool { return o.Target == s.Target }) {
			p.all = append(p.all, s)
		}
	}
	p.search()
}

// search keeps the suggestions that hold what was typed.
func (p *picker) search() {
	want := strings.ToLower(strings.TrimSpace(p.input.Value()))
	p.found = nil
	for _, s := range p.all {
		if strings.Contains(strings.ToLower(s.Target+" "+s.Why), want) {
			p.found = append(p.found, s)
		}
	}
	p.list.Set(p.list.Cursor, len(p.found))
}

func (p *picker) Draw(c *widget.Canvas, body widget.Rect, sym *theme.Symbols) {
	hint := hints("Enter", "show the plan", "Down", "take one below", "Esc", "close")
	in := frame(c, body, 76, min(len(p.all), 12)+4, sym, widget.Line{widget.L("Probe", theme.Title)}, hint)
	p.input.Draw(c, in.X+1, in.Y, in.W-2, "> ")
	help := widget.Line{widget.T("host, host:port, [ip]:port, mail domain or localhost")}
	c.PutLine(in.X+1, in.Y+1, in.W-2, widget.ClipLine(help, in.W-2, sym))
	for _, pl := range p.list.Window(len(p.found), in.H-2, func(int) int { return 1 }) {
		s, y := p.found[pl.Index], in.Y+2+pl.Y
		l := widget.Line{widget.FR(theme.Strong, "%s", s.Target), widget.F("  %s", s.Why)}
		c.PutLine(in.X+2, y, in.W-3, widget.ClipLine(l, in.W-3, sym))
		if pl.Index == p.list.Cursor && !p.typed {
			c.PutLabel(in.X, y, 1, widget.Label(sym.Mark), theme.Strong)
			c.Paint(in.X+2, y, in.W-3, theme.Selected)
		}
	}
}

func (p *picker) Key(name, text string) (screen.Intent, bool) {
	switch name {
	case "esc":
		return nil, true
	case "enter":
		if !p.typed && p.list.Cursor < len(p.found) {
			return p.enter(p.found[p.list.Cursor].Target), true
		}
		return p.enter(p.input.Value()), true
	case "down", "tab":
		p.step(1)
	case "up", "shift+tab":
		p.step(-1)
	default:
		if !p.input.Key(name) {
			p.input.Insert(text)
		}
		p.typed = true
		p.list.Cursor = 0
		p.search()
	}
	return nil, false
}

// step moves the mark; above the first suggestion is what was typed.
func (p *picker) step(n int) {
	switch {
	case len(p.found) == 0:
		p.typed = true
	case p.typed:
		p.typed = n < 0
	case p.list.Cursor+n < 0:
		p.typed = true
	default:
		p.list.Move(n, len(p.found))
	}
}

func (p *picker) Paste(text string) {
	p.input.Insert(text)
	p.typed = true
	p.search()
}
