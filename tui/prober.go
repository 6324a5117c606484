package tui

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	tea "charm.land/bubbletea/v2"

	"mailtop/logparse/clean"
	"mailtop/probes"
	"mailtop/tui/screen"
)

// Prober plans and runs live checks. Its methods are called outside of the UI's
// goroutine and end soon after ctx does.
type Prober interface {
	// Work plans a run. It may ask DNS and sends nothing to the target.
	Work(ctx context.Context, target string, o probes.Options) (probes.Work, error)
	// Run does what was planned. It gives findings as they come, one at a time, the
	// summary last, and notes: what the log says of a message that was given in at an
	// address, line by line.
	Run(ctx context.Context, w probes.Work, emit func(probes.Finding), note func(at netip.AddrPort, text string)) error
	// Listening is what listens on this host.
	Listening(ctx context.Context) []probes.Socket
}

type (
	// workMsg is a plan that was asked for.
	workMsg struct {
		ask  *ask
		work probes.Work
		err  error
	}
	// findingsMsg is what came from a run since the last one.
	findingsMsg struct {
		run   *probeRun
		got   []probes.Finding
		notes []screen.Note
		done  bool
		err   error
	}
	// againMsg is the time for the next round of a repeated run.
	againMsg struct{ target string }
	// socketsMsg is what listens on this host.
	socketsMsg []probes.Socket
)

// ask is a run in the making: what a person has chosen so far.
type ask struct {
	target string
	opt    probes.Options
	named  bool // the account was asked for
	shown  bool // its plan was on the screen
}

// probeRun is a run under way.
type probeRun struct {
	target string
	cancel context.CancelFunc
	found  chan heard
	end    chan error
}

// heard is what a run says: a finding, or a note.
type heard struct {
	f    probes.Finding
	note screen.Note
}

// probe plans the default checks on a target. The plan is shown before anything is
// sent; the same plan is not shown twice.
func (m *Model) probe(target string) tea.Cmd {
	if m.runs[target] != nil {
		m.notice = clean.String("a run on " + target + " is under way: x stops it")
		return nil
	}
	a := &ask{target: target}
	if m.seen[target] != "" {
		m.notice = clean.String("looking " + target + " up")
		return m.plan(a)
	}
	return m.showPlan(a)
}

// plan asks what a run would do.
func (m *Model) plan(a *ask) tea.Cmd {
	p, ctx, o := m.cfg.Prober, m.ctx, a.opt
	return guard(func() tea.Msg {
		w, err := p.Work(ctx, a.target, o)
		return workMsg{a, w, err}
	})
}

// takeWork gives a plan to the overlay that waits for it. Without one it was a run
// again: it begins if the plan is the one that a person has said yes to.
func (m *Model) takeWork(msg workMsg) tea.Cmd {
	if o := m.planOverlay(msg.ask); o != nil {
		o.take(msg.work, msg.err)
		return nil
	}
	if msg.ask.shown || !m.probes.Has(msg.ask.target) {
		return nil // the overlay was closed: a person has said no
	}
	switch {
	case msg.err != nil:
		m.notice = clean.Text{}
		m.probes.Fail(msg.ask.target, msg.err)
		return nil
	case m.seen[msg.ask.target] == msg.work.String() && !screen.Beyond(&msg.work):
		m.notice = clean.Text{}
		return m.start(msg.ask.target, msg.work, false)
	}
	m.openPlan(msg.ask).take(msg.work, nil)
	return nil
}

// start begins a run.
func (m *Model) start(target string, w probes.Work, again bool) tea.Cmd {
	if m.runs[target] != nil || !m.probes.Has(target) {
		return nil
	}
	ctx, cancel := context.WithCancel(m.ctx)
	run := &probeRun{target, cancel, make(chan heard, 64), make(chan error, 1)}
	m.runs[target] = run
	m.probes.Start(target, w, again)
	go run.work(ctx, m.ctx, m.cfg.Prober, w)
	return run.wait
}

// work runs the prober; whatever happens, the run ends with an error or nil. What a
// run that is stopped has to say still comes; only the end of the UI cuts it off.
func (r *probeRun) work(ctx, ui context.Context, p Prober, w probes.Work) {
	var err error
	defer func() {
		if x := recover(); x != nil {
			err = fmt.Errorf("panic: %v", x)
		}
		r.end <- err
		close(r.found)
	}()
	say := func(h heard) {
		select {
		case r.found <- h:
		case <-ui.Done():
		}
	}
	err = p.Run(ctx, w, func(f probes.Finding) { say(heard{f: f}) },
		func(at netip.AddrPort, text string) { say(heard{note: screen.Note{At: at, Text: text}}) })
	if err == nil && ctx.Err() != nil {
		err = screen.ErrStopped
	}
}

// wait gives the next findings of a run, all that are there, or its end.
func (r *probeRun) wait() tea.Msg {
	h, ok := <-r.found
	if !ok {
		return findingsMsg{run: r, done: true, err: <-r.end}
	}
	msg := findingsMsg{run: r}
	for ok {
		if h.note.Text != "" {
			msg.notes = append(msg.notes, h.note)
		} else {
			msg.got = append(msg.got, h.f)
		}
		select {
		case h, ok = <-r.found: // closed: the next call tells the end
		default:
			ok = false
		}
	}
	return msg
}

// takeFindings gives findings to the view; those of a run that was stopped and
// replaced are dropped.
func (m *Model) takeFindings(msg findingsMsg) tea.Cmd {
	name := msg.run.target
	if m.runs[name] != msg.run {
		return nil
	}
	m.probes.Take(name, msg.got, msg.notes)
	if !msg.done {
		return msg.run.wait
	}
	msg.run.cancel()
	delete(m.runs, name)
	m.probes.Finish(name, msg.err)
	return m.nextRound(name)
}

// repeat begins the rounds of a target.
func (m *Model) repeat(target string) tea.Cmd {
	if m.runs[target] != nil {
		return nil // the end of that run begins the pause
	}
	return m.again(target)
}

// nextRound waits for the next round, where rounds are wanted.
func (m *Model) nextRound(target string) tea.Cmd {
	if !m.probes.Repeats(target) || m.waiting[target] {
		return nil
	}
	m.waiting[target] = true
	return m.cfg.Tick(screen.RepeatEvery, func(time.Time) tea.Msg { return againMsg{target} })
}

// again runs the newest plan of a target once more.
func (m *Model) again(target string) tea.Cmd {
	if w := m.probes.Work(target); w != nil && m.probes.Repeats(target) {
		return m.start(target, *w, true)
	}
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

// askStop asks before Esc stops a run.
func (m *Model) askStop(target string) {
	m.push(&question{
		title: "Stop the run?", text: "What was found so far stays.",
		keys: "y x enter", word: "stop", yes: screen.StopProbe{Target: target},
	})
}
