package tui

import (
	"context"
	"errors"

	tea "charm.land/bubbletea/v2"

	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// Way is a way on from the first page: what to do, and the command that does it.
type Way struct{ Text, Command string }

// First is what the page says where there is no log that can be read: what was
// found, in a sentence, and the ways on.
type First struct {
	What  string
	Seen  []string // what was looked at, most telling first
	Ways  []Way
	Found bool // there is a log now: the page has done its work
}

// Choice is how the first page was left.
type Choice uint8

const (
	Quit  Choice = iota
	Found        // a log is there now
	Demo
)

// Welcome shows the page of a host without a log, until it is left; look looks at
// the host again. Nothing on it is made up: there is no data, so none is shown.
func Welcome(ctx context.Context, cfg Config, first First, look func(context.Context) First) (Choice, error) {
	m, err := newWelcome(ctx, cfg, first, look)
	if err != nil {
		return Quit, err
	}
	p := m.cfg.program(m, m.look)
	stop := quitOn(ctx, p)
	defer stop()
	if _, err = p.Run(); errors.Is(err, tea.ErrInterrupted) {
		err = nil
	}
	if m.crash != nil {
		err = m.crash
	}
	return m.choice, err
}

// welcome is the model of the page.
type welcome struct {
	cfg   Config
	look  look
	ctx   context.Context
	again func(context.Context) First

	first   First
	choice  Choice
	looking bool
	looked  bool // again, and found nothing
	crash   error
	canvas  *widget.Canvas
	w, h    int
}

func newWelcome(ctx context.Context, cfg Config, first First, again func(context.Context) First) (*welcome, error) {
	cfg.defaults()
	l, err := newLook(&cfg)
	if err != nil {
		return nil, err
	}
	return &welcome{cfg: cfg, look: l, ctx: ctx, again: again, first: first}, nil
}

// Init implements tea.Model.
func (m *welcome) Init() tea.Cmd { return nil }

type lookedMsg First

// Update implements tea.Model.
func (m *welcome) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h, m.canvas = msg.Width, msg.Height, nil
	case lookedMsg:
		m.looking, m.looked, m.first = false, true, First(msg)
		if m.first.Found {
			m.choice = Found
			return m, tea.Quit
		}
	case crashMsg:
		m.crash = msg.err
		return m, tea.Quit
	case tea.KeyPressMsg:
		return m, m.key(msg.String())
	}
	return m, nil
}

func (m *welcome) key(name string) tea.Cmd {
	switch name {
	case "q", "esc", "ctrl+c":
		return tea.Quit
	case "d":
		m.choice = Demo
		return tea.Quit
	case "r":
		if m.looking {
			return nil
		}
		m.looking = true
		return guard(func() tea.Msg { return lookedMsg(m.again(m.ctx)) })
	}
	return nil
}

// View implements tea.Model.
func (m *welcome) View() tea.View {
	v := tea.NewView("")
	if m.w > 0 && m.h > 0 {
		if m.canvas == nil {
			m.canvas = widget.NewCanvas(m.w, m.h, m.look.sym.Set == theme.ASCII)
		}
		m.canvas.Clear()
		m.draw(m.canvas)
		v = tea.NewView(m.canvas.String(m.look.theme))
	}
	v.AltScreen = true
	return v
}

// pageWidth is the longest line that is easy to read.
const pageWidth = 76

// draw puts the keys on the last line, the page above it. What does not fit is cut
// from the list of what was looked at first, then from the end.
func (m *welcome) draw(c *widget.Canvas) {
	w := min(c.W-2, pageWidth)
	ways := m.ways(w)
	room := c.H - 1
	page := append(m.head(w, max(0, room-len(ways))), ways...)
	for y, l := range page[:min(len(page), room)] {
		c.PutLine(1, y, c.W-1, widget.ClipLine(l, c.W-2, m.look.sym))
	}
	c.PutLine(1, c.H-1, c.W-1, m.keys())
}

// head is the sentence and what was looked at, in at most n lines.
func (m *welcome) head(w, n int) []widget.Line {
	lines := []widget.Line{{widget.L("mailtop", theme.Title)}, nil}
	lines = append(lines, widget.Wrap(widget.Line{widget.FR(theme.Strong, "%s", m.first.What)}, w, 0)...)
	lines = append(lines, nil)
	if len(m.first.Seen) > 0 && len(lines)+3 <= n {
		lines = append(lines, widget.Line{widget.L("Looked at:", theme.Title)})
		for _, s := range m.first.Seen {
			more := widget.Wrap(widget.Line{widget.F("  %s", s)}, w, 4)
			if len(lines)+len(more)+1 > n {
				break
			}
			lines = append(lines, more...)
		}
		lines = append(lines, nil)
	}
	return lines
}

// ways are the ways on, numbered; a command has a line of its own and is never broken.
func (m *welcome) ways(w int) []widget.Line {
	lines := []widget.Line{{widget.L("Ways on:", theme.Title)}}
	for i, way := range m.first.Ways {
		lines = append(lines, widget.Wrap(widget.Line{widget.F("%d  %s", i+1, way.Text)}, w, 3)...)
		if way.Command != "" {
			lines = append(lines, widget.Line{widget.T("     "), widget.FR(theme.Active, "%s", way.Command)})
		}
	}
	return lines
}

func (m *welcome) keys() widget.Line {
	l := hints("q", "quit", "r", "look again", "d", "demo")
	switch {
	case m.looking:
		return widget.Line{widget.L("looking again ...", theme.Alarm)}
	case m.looked:
		return append(l, widget.T("   still none"))
	}
	return l
}
