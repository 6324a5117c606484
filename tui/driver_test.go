package tui

import (
	"context"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mailtop/monitor"
	"mailtop/monitor/detect"
)

// fakeMonitor answers with what a test sets.
type fakeMonitor struct {
	snap   func(monitor.Scope) (monitor.Snapshot, error)
	scopes []monitor.Scope
	reread int
}

func (f *fakeMonitor) Snapshot(_ context.Context, s monitor.Scope) (monitor.Snapshot, error) {
	f.scopes = append(f.scopes, s)
	snap, err := f.snap(s)
	snap.Scope = s
	if s.Log == 0 {
		snap.Log = nil
	}
	return snap, err
}

func (f *fakeMonitor) Evidence(_ context.Context, ev []detect.Evidence) []detect.Evidence {
	f.reread++
	lines := richLog(fixtureNow, 10)
	for i := range ev {
		if i < len(lines) {
			ev[i].Text = lines[i].Text
		}
	}
	return ev
}

// ui drives a model without a terminal: commands run at once, in order.
type ui struct {
	t    testing.TB
	m    *Model
	mon  *fakeMonitor
	ends bool     // a command asked to quit
	raw  []string // written past the renderer
	tick []time.Duration
	// until is how many findings a run gives before the driver waits for no more;
	// held is the command that would.
	until int
	held  tea.Cmd
}

func newUI(t testing.TB, w, h int, set func(*Config)) *ui {
	t.Helper()
	u := &ui{t: t, mon: &fakeMonitor{}}
	u.mon.snap = func(monitor.Scope) (monitor.Snapshot, error) { return rich(fixtureNow), nil }
	cfg := Config{
		Monitor: u.mon, Prober: &fakeProber{findings: probeFindings()},
		Targets: []string{"mx1.example.net"}, TZ: time.UTC, Theme: "mono",
		Environ: []string{"LANG=C.UTF-8", "TERM=xterm-256color"},
		Now:     func() time.Time { return fixtureNow },
		Tick: func(d time.Duration, _ func(time.Time) tea.Msg) tea.Cmd {
			u.tick = append(u.tick, d)
			return nil
		},
	}
	if set != nil {
		set(&cfg)
	}
	m, err := New(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	u.m = m
	u.send(tea.WindowSizeMsg{Width: w, Height: h})
	u.run(m.Init())
	return u
}

func (u *ui) send(msg tea.Msg) {
	u.t.Helper()
	_, cmd := u.m.Update(msg)
	if f, ok := msg.(findingsMsg); ok && u.until > 0 {
		if u.until -= len(f.got); u.until <= 0 {
			u.held = cmd
			return
		}
	}
	u.run(cmd)
}

func (u *ui) run(cmd tea.Cmd) {
	if cmd == nil {
		return
	}
	switch msg := cmd().(type) {
	case nil:
	case tea.BatchMsg:
		for _, c := range msg {
			u.run(c)
		}
	case tea.QuitMsg:
		u.ends = true
	case tea.RawMsg:
		u.raw = append(u.raw, msg.Msg.(string))
	default:
		u.send(msg)
	}
}

// next is the tick d after the fixture's moment.
func (u *ui) next(d time.Duration) { u.send(tickMsg(fixtureNow.Add(d))) }

// press sends keys by their names; a name that is none is typed letter by letter.
func (u *ui) press(names ...string) *ui {
	u.t.Helper()
	codes := map[string]rune{
		"enter": tea.KeyEnter, "esc": tea.KeyEscape, "tab": tea.KeyTab, "up": tea.KeyUp, "down": tea.KeyDown,
		"left": tea.KeyLeft, "right": tea.KeyRight, "pgup": tea.KeyPgUp, "pgdown": tea.KeyPgDown,
		"home": tea.KeyHome, "end": tea.KeyEnd, "backspace": tea.KeyBackspace,
	}
	for _, name := range names {
		if c, ok := codes[name]; ok {
			u.key(tea.KeyPressMsg{Code: c})
			continue
		}
		if rest, ok := strings.CutPrefix(name, "ctrl+"); ok {
			u.key(tea.KeyPressMsg{Code: rune(rest[0]), Mod: tea.ModCtrl})
			continue
		}
		for _, r := range name {
			u.key(tea.KeyPressMsg{Code: r, Text: string(r)})
		}
	}
	return u
}

// key sends a key; as in the real program, a frame is built after each message.
func (u *ui) key(k tea.KeyPressMsg) {
	u.m.View()
	u.send(k)
	u.m.View()
}

// screen is what is shown, without the theme's sequences.
func (u *ui) screen() string {
	u.m.View()
	return strings.Join(u.m.canvas.Rows(), "\n")
}

func (u *ui) want(parts ...string) *ui {
	u.t.Helper()
	s := u.screen()
	for _, p := range parts {
		if !strings.Contains(s, p) {
			u.t.Errorf("screen does not hold %q:\n%s", p, s)
		}
	}
	return u
}

func (u *ui) wantNot(parts ...string) *ui {
	u.t.Helper()
	s := u.screen()
	for _, p := range parts {
		if strings.Contains(s, p) {
			u.t.Errorf("screen holds %q:\n%s", p, s)
		}
	}
	return u
}
