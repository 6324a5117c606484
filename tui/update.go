package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"

	"mailtop/logparse/clean"
	"mailtop/monitor/detect"
	"mailtop/tui/screen"
)

// Update routes: size, snapshots, results, then keys: the overlay on top first,
// then the global keys, then the card or the view.
func (m *Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.w, m.h = msg.Width, msg.Height
		m.canvas, m.dirty = nil, true
		return m, nil
	case tickMsg:
		m.dirty = m.dirty || m.clock(time.Time(msg)) != m.clock(m.now)
		m.now = time.Time(msg)
		return m, tea.Batch(m.fetch(), m.tick())
	case snapMsg:
		m.dirty = true
		return m, m.take(msg)
	case evidenceMsg:
		m.dirty = true
		return m, m.takeEvidence(msg)
	case workMsg:
		m.dirty = true
		return m, m.takeWork(msg)
	case againMsg:
		m.dirty = true
		delete(m.waiting, msg.target)
		return m, m.again(msg.target)
	case socketsMsg:
		m.dirty = true
		m.takeSockets(msg)
		return m, nil
	case findingsMsg:
		m.dirty = true
		return m, m.takeFindings(msg)
	case copiedMsg:
		m.dirty = true
		m.notice = msg.report()
		return m, nil
	case crashMsg:
		m.crash = msg.err
		return m, tea.Quit
	case tea.PasteMsg:
		m.dirty = true
		if o := m.overlay(); o != nil {
			o.Paste(msg.Content)
		}
		return m, nil
	case tea.KeyPressMsg:
		m.dirty = true
		m.notice = clean.Text{}
		return m, m.key(msg.String(), msg.Text)
	}
	return m, nil
}

// key gives a key to the first that knows it. ctrl+c quits from everywhere.
func (m *Model) key(name, text string) tea.Cmd {
	if name == "ctrl+c" {
		return tea.Quit
	}
	if o := m.overlay(); o != nil {
		in, done := o.Key(name, text)
		if done {
			m.pop(o)
		}
		return m.apply(in)
	}
	for _, table := range m.tables() {
		if k := find(table, name); k != nil {
			return m.apply(k.Do())
		}
	}
	return nil
}

// apply carries out what a key wants.
func (m *Model) apply(in screen.Intent) tea.Cmd {
	switch in := in.(type) {
	case screen.OpenIncident:
		return m.openCard(in.ID)
	case screen.ShowLog:
		m.card = nil
		m.setFilter(in.Filter)
		return m.view(m.viewOf(m.log))
	case screen.ShowText:
		m.push(newReader(in, m.x))
	case screen.Copy:
		return m.copy(in)
	case screen.AskTarget:
		return m.askTarget(in.Targets)
	case screen.RunProbe:
		return m.probe(in.Target)
	case screen.ChooseChecks:
		m.chooseChecks(in.Target)
	case screen.RepeatProbe:
		return m.repeat(in.Target)
	case screen.StopProbe:
		return m.stopProbe(in.Target)
	case screen.Say:
		m.notice = in.Text
	case run:
		return in()
	}
	return nil
}

// run is an intent of the root's own: a command it makes when it is carried out.
type run func() tea.Cmd

func (run) Intent() {}

type evidenceMsg struct {
	id string
	ev []detect.Evidence
}

// openCard opens the card of an incident of the snapshot on the screen.
func (m *Model) openCard(id string) tea.Cmd {
	card, ok := m.x.Card(id)
	if !ok {
		m.notice = clean.String("incident " + id + " is no longer in the list")
		return nil
	}
	m.card, m.reread = card, ""
	return m.readEvidence()
}

// readEvidence re-reads the evidence of the open card, where some is unread.
func (m *Model) readEvidence() tea.Cmd {
	if m.card == nil || m.reread != "" || !m.card.Refresh() {
		return nil
	}
	id, ev := m.card.ID(), m.card.Evidence()
	m.reread = id
	return guard(func() tea.Msg { return evidenceMsg{id, m.cfg.Monitor.Evidence(m.ctx, ev)} })
}

// takeEvidence drops what was read for a card that is no longer open.
func (m *Model) takeEvidence(msg evidenceMsg) tea.Cmd {
	if m.reread == msg.id {
		m.reread = ""
	}
	if m.card != nil && m.card.ID() == msg.id {
		m.card.SetEvidence(msg.ev)
	}
	return nil
}

// view switches to view i.
func (m *Model) view(i int) tea.Cmd {
	m.card = nil
	m.active = i
	return m.fetch()
}

func (m *Model) viewOf(s screen.Screen) int {
	for i := range m.screens {
		if m.screens[i] == s {
			return i
		}
	}
	return 0
}

// setFilter takes effect with the next snapshot.
func (m *Model) setFilter(text string) {
	m.filter = text
	if m.busy {
		m.stale = true
	}
}

func (m *Model) clock(t time.Time) string { return t.In(m.cfg.TZ).Format("15:04 MST") }
