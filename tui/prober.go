package tui

import (
	"context"
	"fmt"

	tea "charm.land/bubbletea/v2"

	"mailtop/logparse/clean"
	"mailtop/probes"
	"mailtop/tui/screen"
	"mailtop/tui/widget"
)

// Prober runs live checks. Its methods are called outside of the UI's goroutine
// and end soon after ctx does.
type Prober interface {
	// Plan says in lines of text what a probe of target would do and send.
	Plan(ctx context.Context, target string) (string, error)
	// Probe runs the plan and gives findings as they come, one at a time.
	Probe(ctx context.Context, target string, emit func(probes.Finding)) error
}

type (
	planMsg struct {
		target, plan string
		err          error
	}
	// findingsMsg is what came from a run since the last one.
	findingsMsg struct {
		run  *probeRun
		got  []probes.Finding
		done bool
		err  error
	}
)

// probeRun is a run under way.
type probeRun struct {
	target string
	cancel context.CancelFunc
	found  chan probes.Finding
	end    chan error
}

// plan asks what a probe of target would do.
func (m *Model) plan(target string) tea.Cmd {
	p, ctx := m.cfg.Prober, m.ctx
	return guard(func() tea.Msg {
		text, err := p.Plan(ctx, target)
		return planMsg{target, text, err}
	})
}

// probe starts a run on a target, after the plan of it was on the screen.
func (m *Model) probe(target string) tea.Cmd {
	switch {
	case m.runs[target] != nil:
		m.notice = clean.String("a run on " + target + " is under way: s stops it")
		return nil
	case !m.probes.Planned(target):
		m.probes.Add(target)
		m.notice = clean.String("this is what will be sent; r again runs it")
		return m.plan(target)
	}
	ctx, cancel := context.WithCancel(m.ctx)
	run := &probeRun{target, cancel, make(chan probes.Finding, 64), make(chan error, 1)}
	m.runs[target] = run
	m.probes.Start(target)
	go run.work(ctx, m.cfg.Prober)
	return run.wait
}

// work runs the prober; whatever happens, the run ends with an error or nil.
func (r *probeRun) work(ctx context.Context, p Prober) {
	var err error
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("panic: %v", x)
		}
		r.end <- err
		close(r.found)
	}()
	err = p.Probe(ctx, r.target, func(f probes.Finding) {
		select {
		case r.found <- f:
		case <-ctx.Done():
		}
	})
}

// wait gives the next findings of a run, all that are there, or its end.
func (r *probeRun) wait() tea.Msg {
	f, ok := <-r.found
	if !ok {
		return findingsMsg{run: r, done: true, err: <-r.end}
	}
	got := []probes.Finding{f}
	for {
		select {
		case f, ok := <-r.found:
			if ok {
				got = append(got, f)
				continue
			}
		default:
		}
		return findingsMsg{run: r, got: got}
	}
}

// takeFindings gives findings to the view; those of a run that was stopped and
// replaced are dropped.
func (m *Model) takeFindings(msg findingsMsg) tea.Cmd {
	if m.runs[msg.run.target] != msg.run {
		return nil
	}
	m.probes.Take(msg.run.target, msg.got)
	if !msg.done {
		return msg.run.wait
	}
	msg.run.cancel()
	delete(m.runs, msg.run.target)
	m.probes.Finish(msg.run.target, msg.err)
	return nil
}

// stopProbe ends a run; what was found stays.
func (m *Model) stopProbe(target string) tea.Cmd {
	run := m.runs[target]
	if run == nil {
		m.notice = clean.String("no run on this target is under way")
		return nil
	}
	run.cancel()
	return nil
}

// askTarget asks for a host to probe, in any view.
func (m *Model) askTarget() {
	m.push(&prompt{
		title: "Probe", hint: "host, host:port, [ip]:port, mail domain or localhost",
		input: widget.NewInput(""),
		enter: func(s string) screen.Intent {
			return do(func() tea.Cmd {
				name := clean.String(s).String()
				if name == "" {
					return nil
				}
				m.probes.Add(name)
				return tea.Batch(m.view(m.viewOf(m.probes)), m.plan(name))
			})
		},
	})
}
