// Package tui is the terminal UI: the root model routes messages, lays out the
// screen and owns the keys; the views in package screen draw and answer keys.
//
// The UI pulls a snapshot of the monitor once a second (four times in the Log
// view) and is never told of single events. A frame is built when something
// changed, and only changed cells are written: a screen on which nothing changes
// costs no byte. Foreign text is shown as clean.Text only.
//
// mailtop runs no command that changes the host. It shows commands, copies them
// (OSC 52 to the terminal and a file in the state folder) and prints the copied
// ones again when it ends.
package tui

import (
	"context"
	"errors"
	"io"
	"os"
	"os/signal"
	"syscall"
	"time"

	tea "charm.land/bubbletea/v2"

	"mailtop/logparse/clean"
	"mailtop/monitor"
	"mailtop/monitor/detect"
)

// Monitor is the engine as the UI needs it. Both methods are called outside of
// the UI's goroutine, one call of each at a time.
type Monitor interface {
	// Snapshot is the state for a scope. Its Log is in the order of arrival.
	Snapshot(ctx context.Context, s monitor.Scope) (monitor.Snapshot, error)
	// Evidence returns ev with the text of each record that can still be read.
	Evidence(ctx context.Context, ev []detect.Evidence) []detect.Evidence
}

// Config is what a UI is made of. Monitor must be set; the zero value of all
// else is a default.
type Config struct {
	Monitor  Monitor
	Prober   Prober // nil: no Probes view
	Targets  []string
	Version  string         // for the help page
	Demo     bool           // a DEMO mark on every screen
	TZ       *time.Location // nil: local
	StateDir string         // for copied text; empty: no file
	Theme    string         // a name of theme.Names; empty: terminal-16
	NoColor  bool
	ASCII    bool
	Braille  bool     // charts of dots instead of blocks
	NoSync   bool     // never assume that a terminal behind SSH knows synchronized output
	Environ  []string // nil: the process's
	// Input and Output are the terminal; nil: the process's.
	Input  io.Reader
	Output io.Writer
	// Now and Tick are the clock; nil: the real one.
	Now  func() time.Time
	Tick func(time.Duration, func(time.Time) tea.Msg) tea.Cmd
}

func (c *Config) defaults() {
	if c.TZ == nil {
		c.TZ = time.Local
	}
	if c.Environ == nil {
		c.Environ = os.Environ()
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Tick == nil {
		c.Tick = tea.Tick
	}
}

// frames a second at most: each look for a new one wakes the process, which is most
// of what an idle UI costs, and a key waits half a frame for its screen on average.
const frames = 15

// Run shows the UI until a person quits, ctx ends or a signal comes. The
// terminal is restored in any case. What it returns is to be printed on the
// normal screen: the verdict, the open incidents and every copied command.
func Run(ctx context.Context, cfg Config) ([]clean.Text, error) {
	m, err := New(ctx, cfg)
	if err != nil {
		return nil, err
	}
	p := m.cfg.program(m, m.look)
	stop := quitOn(ctx, p)
	defer stop()
	_, err = p.Run()
	m.close()
	if errors.Is(err, tea.ErrInterrupted) {
		err = nil
	}
	if m.crash != nil {
		err = m.crash
	}
	return m.Farewell(), err
}

// program makes a program on the terminal that a Config names.
func (c *Config) program(m tea.Model, l look) *tea.Program {
	opts := []tea.ProgramOption{tea.WithFPS(frames), tea.WithEnvironment(c.Environ), tea.WithoutSignalHandler()}
	if l.profile != nil {
		opts = append(opts, tea.WithColorProfile(*l.profile))
	}
	if c.Input != nil {
		opts = append(opts, tea.WithInput(c.Input))
	}
	if c.Output != nil {
		opts = append(opts, tea.WithOutput(c.Output))
	}
	return tea.NewProgram(m, opts...)
}

// quitOn ends the program in good order when ctx ends or the process is told to
// stop. SIGHUP is a closed terminal.
func quitOn(ctx context.Context, p *tea.Program) (stop func()) {
	sig := make(chan os.Signal, 1)
	signal.Notify(sig, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP)
	done := make(chan struct{})
	go func() {
		select {
		case <-ctx.Done():
		case <-sig:
		case <-done:
			return
		}
		p.Quit()
	}()
	return func() {
		signal.Stop(sig)
		close(done)
	}
}
