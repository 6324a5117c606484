package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailtop/logparse/clean"
	"mailtop/monitor"
	"mailtop/monitor/detect"
)

func watchCommand(o *options) *cobra.Command {
	var form, exec, state string
	var once bool
	cmd := &cobra.Command{
		Use:   "watch [FILE...]",
		Short: "print incident changes as they happen, without a UI",
		Long: "Prints one line (or one JSON object) for each incident that opens, escalates, goes on or resolves. Without --once\n" +
			"it first reads what there is, prints what is open, then follows. --exec runs a command for each incident of medium\n" +
			"severity or above that opens, escalates or resolves, with the change as JSON on its standard input.\n\n" +
			"On this host's own log, or with --state, it remembers what it has told: started again it reads the log to know\n" +
			"what goes on, and tells what has changed since it ended.",
		Example: "  mailtop watch --once --format json /var/log/mail.log\n" +
			"  mailtop watch --exec /usr/local/bin/page-me",
		RunE: func(cmd *cobra.Command, files []string) error {
			if _, err := format(form, "text", "json"); err != nil {
				return err
			}
			m, err := remember("watch", state, !once && o.own(files), cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			defer m.close()
			m.readBack(o, once)
			fd, err := o.feed(cmd.Context(), files, !once, depthWatch)
			if err != nil {
				return err
			}
			p := &changePrinter{out: cmd.OutOrStdout(), json: form == "json", loc: fd.w.loc}
			if exec != "" {
				p.hook = newHook(cmd.Context(), exec, cmd.ErrOrStderr())
				defer p.hook.wait()
			}
			switch {
			case m != nil:
				return o.watchOn(cmd.Context(), fd, p, m, once)
			case once:
				return o.watchOnce(cmd.Context(), fd, p)
			}
			return o.watchLive(cmd.Context(), fd, p)
		},
	}
	cmd.Flags().StringVar(&form, "format", "text", "text or json (one object a line)")
	cmd.Flags().BoolVar(&once, "once", false, "stop at the end of the log; exit with 1 when an incident of medium or above opened")
	cmd.Flags().StringVar(&exec, "exec", "", "run this command for each incident that opens, escalates or resolves")
	stateFlag(cmd, &state)
	return cmd
}

// watchOnce judges a log to its end.
func (o *options) watchOnce(ctx context.Context, fd *feed, p *changePrinter) error {
	e := o.engine(ctx, fd, monitor.Options{})
	var werr error
	e.OnChange(func(c detect.Change) {
		p.opened = max(p.opened, c.Severity)
		if werr == nil {
			werr = p.write(e, c)
		}
	})
	fd.start(ctx)
	for b := range fd.batches {
		e.Ingest(b)
		if werr != nil {
			return werr
		}
	}
	if err := fd.end(); err != nil {
		return err
	}
	if p.opened >= detect.Medium {
		return findings
	}
	return nil
}

// watchLive reads what there is in silence, prints what is open, then follows.
func (o *options) watchLive(ctx context.Context, fd *feed, p *changePrinter) error {
	e := o.engine(ctx, fd, monitor.Options{Now: time.Now})
	fd.start(ctx)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go e.Run(ctx, fd.batches, fd.set.Status)
	arrived := false
	var werr error
	for werr == nil {
		select {
		case <-ctx.Done():
			return nil
		case <-e.Changed():
		}
		if !e.Do(ctx, func() {
			if !arrived && e.Live() {
				arrived = true
				werr = p.printOpen(e)
			}
			if arrived {
				werr = p.print(e)
			}
		}) {
			break
		}
		if arrived && e.Finished() {
			return fd.end()
		}
	}
	return werr
}

// changePrinter writes changes and remembers how far it got.
type changePrinter struct {
	out    io.Writer
	json   bool
	loc    *time.Location
	seq    uint64
	opened detect.Severity // highest severity seen
	hook   *hook
}

func (p *changePrinter) print(e *monitor.Engine) error {
	for _, c := range e.Changes(p.seq) {
		p.seq = max(p.seq, c.Seq)
		p.opened = max(p.opened, c.Severity)
		if err := p.write(e, c); err != nil {
			return err
		}
	}
	return nil
}

// printOpen writes what is open now in place of how it came to be.
func (p *changePrinter) printOpen(e *monitor.Engine) error {
	s := e.Snapshot(monitor.Scope{})
	p.seq = s.Seq
	for _, list := range [][]detect.Incident{s.Incidents, s.Noise} {
		for _, inc := range list {
			if inc.Open() {
				if err := p.write(e, detect.Change{Seq: s.Seq, Event: detect.Opened, Incident: inc}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (p *changePrinter) write(e *monitor.Engine, c detect.Change) error {
	if p.json || p.hook != nil { // the text shows none
		fill(e, c.Evidence)
	}
	if p.hook != nil && c.Severity >= detect.Medium && c.Event != detect.Updated {
		p.hook.run(c)
	}
	line, err := p.line(c)
	if err != nil {
		return err
	}
	_, err = p.out.Write(line)
	return err
}

// line is a change as it is printed.
func (p *changePrinter) line(c detect.Change) ([]byte, error) {
	var b bytes.Buffer
	if p.json {
		enc := json.NewEncoder(&b)
		enc.SetEscapeHTML(false)
		err := enc.Encode(c)
		return b.Bytes(), err
	}
	at := c.Updated
	if c.Event == detect.Resolved {
		at = c.Resolved
	}
	fmt.Fprintf(&b, "%s  %-9s  %-8s  %-20s %s  %s\n", at.In(p.loc).Format("2006-01-02 15:04:05 -0700"), c.Event, strings.ToUpper(c.Severity.String()), c.Rule, clean.String(c.Title), c.ID)
	return b.Bytes(), nil
}
