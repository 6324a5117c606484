package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"

	"mailtop/logparse/clean"
	"mailtop/tui/screen"
	"mailtop/tui/widget"
)

// tables are the key tables in force, in the order in which they are asked.
func (m *Model) tables() [][]screen.Key {
	if m.card != nil {
		return [][]screen.Key{m.global(), m.card.Keys()}
	}
	return [][]screen.Key{m.global(), m.screens[m.active].Keys()}
}

func find(table []screen.Key, name string) *screen.Key {
	for i := range table {
		for _, n := range strings.Fields(table[i].Names) {
			if n == name {
				return &table[i]
			}
		}
	}
	return nil
}

// global is the key table of every view. Keys that need AltGr or Ctrl on some
// keyboards have a plain twin in the same row.
func (m *Model) global() []screen.Key {
	keys := []screen.Key{
		{Names: "?", Short: "help", Help: "this help", Do: m.help},
		{Names: ": ctrl+p", Short: "command", Help: "palette: find a command, a view or a theme by its words", Do: m.palette},
		{Names: "/", Short: "filter", Help: "show only log lines and table rows with a text", Do: m.askFilter},
		{Names: "space", Short: "pause", Help: "hold the screen; collecting goes on and is counted; again: live", Do: m.pause},
		{Names: "] =", Short: "zoom", Help: "look at a longer window: 15m 1h 6h 1d", Do: func() screen.Intent { return m.zoomBy(1) }},
		{Names: "[ -", Help: "look at a shorter window", Do: func() screen.Intent { return m.zoomBy(-1) }},
		{Names: "esc b", Short: "back", Help: "back: closes the card, then clears the filter", Do: m.back},
		{Names: "q", Short: "quit", Help: "quit; asks when a card is open", Do: m.quit},
		{Names: "ctrl+l", Help: "draw the screen anew", Do: redraw},
		{Names: "ctrl+z", Help: "suspend to the shell; fg comes back", Do: suspend},
	}
	for i, s := range m.screens {
		keys = append(keys, screen.Key{
			Names: fmt.Sprint(i + 1),
			Help:  "view " + s.Name(),
			Do:    func() screen.Intent { return do(func() tea.Cmd { return m.view(i) }) },
		})
	}
	return keys
}

func do(f func() tea.Cmd) screen.Intent { return run(f) }

func redraw() screen.Intent  { return do(func() tea.Cmd { return tea.ClearScreen }) }
func suspend() screen.Intent { return do(func() tea.Cmd { return tea.Suspend }) }

func say(format widget.Label, args ...any) screen.Intent {
	return screen.Say{Text: clean.String(fmt.Sprintf(string(format), args...))}
}

func (m *Model) pause() screen.Intent {
	m.paused = !m.paused
	if !m.paused {
		m.show()
	}
	return nil
}

func (m *Model) zoomBy(n int) screen.Intent {
	to := m.zoom + n
	if to < 0 || to >= len(windows) {
		return say("the window is %s to %s", widget.Duration(windows[0]), widget.Duration(windows[len(windows)-1]))
	}
	m.zoom, m.fitted = to, true
	if m.paused {
		return say("window %s, when the screen goes on (space)", m.windowText())
	}
	return do(m.fetch)
}

func (m *Model) back() screen.Intent {
	onProbes := m.card == nil && m.probes != nil && m.screens[m.active] == screen.Screen(m.probes)
	switch {
	case m.card != nil:
		m.card = nil
	case onProbes && m.probes.Running() != "":
		m.askStop(m.probes.Running())
	case onProbes && m.probes.Back():
	case m.filter != "":
		m.setFilter("")
		return do(m.fetch)
	default:
		return say("this is the top: q quits, 1 to %d change the view", len(m.screens))
	}
	return nil
}

func (m *Model) quit() screen.Intent {
	if m.card == nil {
		return do(func() tea.Cmd { return tea.Quit })
	}
	m.push(&question{
		title: "Quit mailtop?", text: "A card is open.",
		keys: "q y enter", yes: do(func() tea.Cmd { return tea.Quit }),
	})
	return nil
}

func (m *Model) help() screen.Intent {
	m.push(newHelp(m.tables(), m.x, m.cfg.Version))
	return nil
}

func (m *Model) palette() screen.Intent {
	m.push(newPalette(m.commands()))
	return nil
}

func (m *Model) askFilter() screen.Intent {
	m.push(&prompt{
		title: "Filter", hint: "text that a line or row must contain; empty: all",
		input: widget.NewInput(m.filter),
		enter: func(s string) screen.Intent {
			m.setFilter(strings.TrimSpace(s))
			return do(m.fetch)
		},
	})
	return nil
}
