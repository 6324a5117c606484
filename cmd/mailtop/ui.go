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
	"mailtop/monitor/queue"
	"mailtop/tui"
)

// runUI opens the terminal UI; where there is no terminal it prints a report.
func runUI(cmd *cobra.Command, o *options, files []string) error {
	if !isTerminal(cmd.OutOrStdout()) {
		return reportInstead(cmd, o, files)
	}
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	fd, err := o.feed(ctx, files, true, depthWatch)
	if err != nil {
		return err
	}
	e := o.engine(ctx, fd, monitor.Options{Now: time.Now})
	fd.start(ctx)
	go e.Run(ctx, fd.batches, fd.set.Status)
	if !fd.named || o.local {
		go sampleQueue(ctx, e, queue.Postfix{})
	}
	return o.show(ctx, cmd, tui.Config{Monitor: &liveMonitor{e}, TZ: fd.w.loc, Prober: newProber(), Targets: []string{"localhost"}}, files)
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
	r, w, err := o.makeReport(cmd, files, 10)
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
