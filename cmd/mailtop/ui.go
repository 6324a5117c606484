package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"mailtop/monitor"
	"mailtop/monitor/detect"
	"mailtop/monitor/own"
	"mailtop/monitor/queue"
	"mailtop/tui"
)

// runUI opens the terminal UI; where there is no terminal it prints a report.
func runUI(cmd *cobra.Command, o *options, files []string) error {
	if !isTerminal(cmd.OutOrStdout()) {
		return reportInstead(cmd, o, files)
	}
	ctx, cancel := context.WithCancelCause(cmd.Context())
	defer cancel(nil)
	w, err := o.when()
	if err != nil {
		return err
	}
	mine := &own.Set{}
	m := &startingMonitor{begun: make(chan struct{})}
	opened := make(chan opening, 1)
	go func() {
		fd, err := o.feed(ctx, files, true, depthWatch)
		opened <- opening{fd, err}
	}()
	c := tui.Config{Monitor: m, TZ: w.loc, Targets: []string{"localhost"}}
	select {
	case f := <-opened:
		if f.err != nil {
			return o.firstRun(cmd, f.err)
		}
		c.Prober = newProber(mine, f.fd.names()...)
		go o.begin(ctx, f.fd, m, mine)
	case <-time.After(paintWithin): // the host is slow to say where it logs
		c.Prober = newProber(mine)
		go func() {
			f := <-opened
			if f.err != nil {
				cancel(f.err) // ends the UI
				return
			}
			o.begin(ctx, f.fd, m, mine)
		}()
	}
	err = o.show(ctx, cmd, c, files)
	if late := context.Cause(ctx); late != nil && cmd.Context().Err() == nil {
		return o.firstRun(cmd, late)
	}
	return err
}

// opening is how it went to open the logs.
type opening struct {
	fd  *feed
	err error
}

// paintWithin is how long the first frame waits for the logs to be opened.
const paintWithin = 80 * time.Millisecond

// headStart is how long the preview reads alone.
const headStart = 200 * time.Millisecond

// begin starts the engine of the UI, and its preview.
func (o *options) begin(ctx context.Context, fd *feed, m *startingMonitor, mine *own.Set) {
	end, drop := o.preview(ctx, fd)
	e := o.engine(ctx, fd, monitor.Options{Now: time.Now, Own: mine, Quiet: true})
	go e.Run(ctx, fd.batches, fd.set.Status)
	m.begin(e, end, drop)
	if end != nil { // it has the cores to itself for a moment
		select {
		case <-end.Changed():
		case <-time.After(headStart):
		}
	}
	fd.start(ctx)
	if !fd.named || o.local {
		sampleQueue(ctx, e, queue.Postfix{})
	}
}

// show runs the UI and prints what it leaves behind on the normal screen.
func (o *options) show(ctx context.Context, cmd *cobra.Command, c tui.Config, files []string) error {
	c.Version, c.NoColor, c.ASCII, c.StateDir = versionText(), o.noColor, o.ascii, stateDir()
	for _, f := range files {
		if f == "-" { // the log comes through stdin: keys come from the terminal itself
			tty, err := os.Open("/dev/tty")
			if err != nil {
				return failf("the log is read from stdin and there is no terminal for keys: %w; use mailtop report -", err)
			}
			defer tty.Close()
			c.Input = tty
		}
	}
	bye, err := tui.Run(ctx, c)
	for _, t := range bye {
		fmt.Fprintln(cmd.OutOrStdout(), t)
	}
	if err != nil {
		return failf("the terminal: %w", err)
	}
	return nil
}

// reportInstead is what a pipe gets.
func reportInstead(cmd *cobra.Command, o *options, files []string) error {
	r, w, err := o.makeReport(cmd, files, 10, false)
	if r == nil {
		return err
	}
	if werr := writeReport(cmd, r, "text", w.loc); werr != nil {
		return werr
	}
	return err
}

func isTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && term.IsTerminal(int(f.Fd()))
}

// startingMonitor answers the UI before there is an engine.
type startingMonitor struct {
	begun  chan struct{}
	live   liveMonitor
	staged *monitor.Staged
	shown  bool // there was something to show
}

func (m *startingMonitor) begin(e, preview *monitor.Engine, drop func()) {
	m.live.e, m.staged = e, monitor.NewStaged(e, preview, drop)
	close(m.begun)
}

// fillWithin is how long the first snapshot waits for something to show; until then
// the screen says that it starts.
const (
	fillWithin = 300 * time.Millisecond
	fillLook   = 10 * time.Millisecond
)

func (m *startingMonitor) Snapshot(ctx context.Context, sc monitor.Scope) (monitor.Snapshot, error) {
	patience := time.After(fillWithin)
	for {
		s, ok := monitor.Snapshot{Scope: sc, Now: time.Now()}, true
		select {
		case <-m.begun:
			s, ok = m.staged.Snapshot(ctx, sc)
			m.shown = m.shown || s.Coverage.Live || s.Coverage.Preview != nil || len(s.Sources) > 0 && s.Sources[0].Err != ""
		default:
		}
		if !ok {
			return s, errStopped
		}
		if m.shown {
			return s, nil
		}
		select {
		case <-patience:
			m.shown = true // what there is
			return s, nil
		case <-time.After(fillLook):
		case <-ctx.Done():
			return s, errStopped
		}
	}
}

func (m *startingMonitor) Evidence(ctx context.Context, evs []detect.Evidence) []detect.Evidence {
	select {
	case <-m.begun:
		return m.live.Evidence(ctx, evs)
	default:
		return evs
	}
}

// liveMonitor asks a running engine for the UI.
type liveMonitor struct{ e *monitor.Engine }

var errStopped = errors.New("the monitor has stopped")

func (l *liveMonitor) Snapshot(ctx context.Context, sc monitor.Scope) (s monitor.Snapshot, err error) {
	if !l.e.Do(ctx, func() { s = l.e.Snapshot(sc) }) {
		return s, errStopped
	}
	return s, nil
}

func (l *liveMonitor) Evidence(ctx context.Context, evs []detect.Evidence) []detect.Evidence {
	out := append([]detect.Evidence(nil), evs...)
	l.e.Do(ctx, func() { fill(l.e, out) })
	return out
}

// sampleEvery is how often the MTA is asked for its queue; a large queue takes a
// while to list, so the pause is at least ten times what the last listing took.
const sampleEvery = 10 * time.Second

func sampleQueue(ctx context.Context, e *monitor.Engine, q queue.Postfix) {
	for {
		start := time.Now()
		s := q.Sample(ctx)
		if !e.Do(ctx, func() { e.Observe(s) }) {
			return
		}
		pause := max(sampleEvery, 10*time.Since(start))
		select {
		case <-ctx.Done():
			return
		case <-time.After(pause):
		}
	}
}

// stateDir is where copied commands and the like go: /var/lib/mailtop when the
// admin made it, else the XDG folder of the user; empty when there is none.
func stateDir() string {
	const system = "/var/lib/mailtop"
	if fi, err := os.Stat(system); err == nil && fi.IsDir() {
		return system
	}
	if d := os.Getenv("XDG_STATE_HOME"); filepath.IsAbs(d) {
		return filepath.Join(d, "mailtop")
	}
	if home, err := os.UserHomeDir(); err == nil {
		return filepath.Join(home, ".local", "state", "mailtop")
	}
	return ""
}
