package tui

import (
	"context"
	"fmt"
	"runtime/debug"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"mailtop/logparse/clean"
	"mailtop/monitor"
	"mailtop/tui/screen"
	"mailtop/tui/widget"
)

// Model is the root: the only part that speaks with bubbletea.
type Model struct {
	cfg  Config
	look look
	ctx  context.Context
	stop context.CancelFunc

	x        *screen.Context
	screens  []screen.Screen
	log      *screen.Log
	probes   *screen.Probes // nil without a prober
	runs     map[string]*probeRun
	seen     map[string]string // plans of default checks that a person said yes to, by target
	waiting  map[string]bool   // targets whose next round is due
	lastTo   string            // recipient named last
	active   int
	card     *screen.Card
	overlays []overlay

	w, h   int
	zoom   int  // of windows
	fitted bool // the window was chosen: by a person, or to hold the newest line
	filter string
	notice clean.Text
	copied []clean.Text // commands, in the order in which they were taken

	now    time.Time // of the last tick
	paused bool
	newest monitor.Snapshot // newer than the one shown while paused
	busy   bool             // a snapshot is on its way
	stale  bool             // the scope has changed since it was asked for
	flood  bool             // the log moves faster than the screen
	err    error            // of the last snapshot
	crash  error            // why the program ends, where it is a panic
	reread string           // incident whose evidence is on its way

	canvas *widget.Canvas
	frame  string
	dirty  bool
}

// windows are the lengths of time that a screen can look at.
var windows = [...]time.Duration{15 * time.Minute, time.Hour, 6 * time.Hour, 24 * time.Hour}

// New makes the root model; ctx bounds what it asks of the monitor.
func New(ctx context.Context, cfg Config) (*Model, error) {
	cfg.defaults()
	l, err := newLook(&cfg)
	if err != nil {
		return nil, err
	}
	m := &Model{cfg: cfg, look: l, dirty: true, now: cfg.Now()}
	m.ctx, m.stop = context.WithCancel(ctx)
	m.x = &screen.Context{Snap: &monitor.Snapshot{Now: m.now}, Sym: l.sym, Set: l.set, TZ: cfg.TZ}
	m.log = screen.NewLog(m.x)
	m.screens = []screen.Screen{screen.NewOverview(m.x), screen.NewIncidents(m.x), m.log}
	if cfg.Prober != nil {
		m.probes = screen.NewProbes(m.x, cfg.Targets)
		m.runs, m.seen, m.waiting = map[string]*probeRun{}, map[string]string{}, map[string]bool{}
		m.x.Probing = true
		m.screens = append(m.screens, m.probes)
	}
	return m, nil
}

// close ends what the model has under way.
func (m *Model) close() { m.stop() }

type (
	tickMsg time.Time
	snapMsg struct {
		snap monitor.Snapshot
		err  error
	}
)

// Init asks for the first snapshot at once and starts the tick.
func (m *Model) Init() tea.Cmd {
	return tea.Batch(m.fetch(), m.tick(), m.sync())
}

// sync makes the renderer wrap its frames into synchronized output (mode 2026)
// behind SSH, where bubbletea does not even ask the terminal. Terminals that do
// not know the mode ignore it.
func (m *Model) sync() tea.Cmd {
	env := environ(m.cfg.Environ)
	if m.cfg.NoSync || !env.ssh() || env.sevenBit() {
		return nil
	}
	return func() tea.Msg {
		return tea.ModeReportMsg{Mode: ansi.ModeSynchronizedOutput, Value: ansi.ModeReset}
	}
}

// tick comes four times a second in the Log view while it can keep up, else once.
func (m *Model) tick() tea.Cmd {
	d := time.Second
	if m.onLog() && !m.paused && !m.flood {
		d = time.Second / 4
	}
	return m.cfg.Tick(d, func(t time.Time) tea.Msg { return tickMsg(t) })
}

func (m *Model) onLog() bool { return m.screens[m.active] == screen.Screen(m.log) }

// scope is what the screen needs of the state.
func (m *Model) scope() monitor.Scope {
	s := monitor.Scope{Window: windows[m.zoom], Rows: max(10, m.h), Filter: m.filter}
	if m.onLog() {
		s.Log = m.log.Want()
	}
	return s
}

// fetch asks for a snapshot, unless one is on its way.
func (m *Model) fetch() tea.Cmd {
	if m.busy {
		m.stale = true
		return nil
	}
	m.busy, m.stale = true, false
	ctx, s := m.ctx, m.scope()
	return guard(func() tea.Msg {
		snap, err := m.cfg.Monitor.Snapshot(ctx, s)
		return snapMsg{snap, err}
	})
}

// crashMsg is a panic outside of the UI's goroutine. It ends the program in good
// order, so that the terminal is restored before the panic is shown.
type crashMsg struct{ err error }

// guard turns a panic of f into a crashMsg.
func guard(f func() tea.Msg) tea.Cmd {
	return func() (msg tea.Msg) {
		defer func() {
			if r := recover(); r != nil {
				msg = crashMsg{crashed(r)}
			}
		}()
		return f()
	}
}

func crashed(r any) error { return fmt.Errorf("panic: %v\n%s", r, debug.Stack()) }

// take stores a snapshot; while paused it only counts.
func (m *Model) take(msg snapMsg) tea.Cmd {
	m.busy = false
	if m.err = msg.err; msg.err == nil {
		m.newest = msg.snap
		if !m.paused || !m.x.Ready {
			m.show()
		}
	}
	if m.stale || m.fitWindow() {
		return m.fetch()
	}
	return m.readEvidence()
}

// fitWindow widens the window once, when all was read and the newest line is older
// than what the window holds: a screen of zeros would say that nothing happened.
func (m *Model) fitWindow() bool {
	s := m.x.Snap
	if m.fitted || s.Coverage.Lines == 0 || !s.Coverage.Live && !s.Coverage.Ended {
		return false
	}
	m.fitted = true
	age := s.Now.Sub(s.Coverage.To)
	if s.Coverage.To.IsZero() || age < windows[m.zoom] {
		return false
	}
	for m.zoom < len(windows)-1 && age > windows[m.zoom]*3/4 {
		m.zoom++
	}
	m.notice = widget.F("the last line is %s old: the window is %s now, [ and ] change it", widget.Duration(age), m.windowText()).Text
	return true
}

// show makes the newest snapshot the one on the screen.
func (m *Model) show() {
	s := m.newest
	m.x.Snap, m.x.Ready = &s, true
	if m.onLog() {
		m.flood = m.log.Take() > max(m.h/2, 5)
	}
	if m.card != nil {
		m.card.Refresh()
	}
}

// windowText is the window in the header: 15m.
func (m *Model) windowText() string { return widget.Duration(windows[m.zoom]) }
