package probes

import (
	"context"
	"net/netip"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"mailtop/probes/smtpwire"
)

// job is what a step's function gets.
type job struct {
	ctx  context.Context
	env  *Env
	opt  Options
	step Step
	run  *run
}

// run is one execution of a Work.
type run struct {
	id   uint64
	env  *Env
	work Work
	emit func(Finding)

	mu    sync.Mutex // emit, tally and seen
	tally map[Verdict]int
	open  int
	seen  map[netip.AddrPort]*session
	start time.Time
}

var runs atomic.Uint64

// NextRun is the id that the findings of a run carry, so that those of a cancelled one can be told apart.
func NextRun() uint64 { return runs.Add(1) }

// Run does the work and hands out each finding as it is made, one at a time, the
// summary last. It returns when all is done or ctx ends; every goroutine it started
// has ended by then.
func Run(ctx context.Context, w Work, env *Env, emit func(Finding)) Finding {
	r := &run{id: NextRun(), env: env, work: w, emit: emit, tally: map[Verdict]int{}, seen: map[netip.AddrPort]*session{}, start: env.Now()}
	for _, f := range w.Target.Found {
		r.out(&f)
	}
	quiet := slices.IndexFunc(w.Steps, func(s Step) bool { return s.Attack })
	if quiet < 0 {
		quiet = len(w.Steps)
	}
	slots := make(chan struct{}, workers(env))
	// Ports side by side, the steps of a port one after the other.
	r.lanes(ctx, slots, w.Steps[:quiet], func(s Step) any { return s.Addr })
	// What looks like an attack: an address never gets two connections at once.
	r.lanes(ctx, slots, w.Steps[quiet:], func(s Step) any { return s.Addr.Addr() })
	f := r.summary(ctx)
	r.out(f)
	return *f
}

func workers(env *Env) int {
	if env.Workers > 0 {
		return env.Workers
	}
	return DefaultWorkers
}

// lanes runs the steps that share a key in order, and different keys side by side.
func (r *run) lanes(ctx context.Context, slots chan struct{}, steps []Step, key func(Step) any) {
	var keys []any
	byKey := map[any][]Step{}
	for _, s := range steps {
		k := key(s)
		if byKey[k] == nil {
			keys = append(keys, k)
		}
		byKey[k] = append(byKey[k], s)
	}
	var wg sync.WaitGroup
	for _, k := range keys {
		wg.Go(func() {
			select {
			case slots <- struct{}{}:
				defer func() { <-slots }()
			case <-ctx.Done():
				return
			}
			for _, s := range byKey[k] {
				r.step(ctx, s)
			}
		})
	}
	wg.Wait()
}

// step runs one step within its own deadline.
func (r *run) step(ctx context.Context, s Step) {
	if ctx.Err() != nil {
		return
	}
	limit := r.env.Step
	if limit <= 0 {
		limit = DefaultStep
	}
	if s.Limit > 0 {
		limit = max(limit, s.Limit)
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	s.run(job{ctx, r.env, r.work.Options, s, r})
}

// out completes a finding and hands it on.
func (r *run) out(f *Finding) {
	f.Target, f.Run = r.work.Target.Text, r.id
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tally[f.Verdict]++
	r.emit(*f)
}

// out gives the finding the address of the step.
func (j job) out(f *Finding, start time.Time) {
	f.Address, f.Port = j.step.Addr.Addr().String(), j.step.Addr.Port()
	if f.Vantage == "" {
		f.Vantage = vantage(j.step.Addr.Addr(), netip.Addr{}, j.env.Local)
	}
	f.MS = float64(j.env.Now().Sub(start).Microseconds()) / 1000
	j.run.out(f)
}

// dial opens a recorded connection to the step's address.
func (j job) dial() (*smtpwire.Conn, error) {
	return smtpwire.Dial(j.ctx, j.dialTold, "tcp", j.step.Addr.String(), smtpwire.Options{Now: j.env.Now, Hello: j.env.Hello, Limits: j.env.Limits})
}

// summary is the last finding: the counts of all verdicts and one word for the whole.
func (r *run) summary(ctx context.Context) *Finding {
	word := "ok"
	switch {
	case slices.ContainsFunc(r.work.Target.Found, func(f Finding) bool { return f.Result == "null_mx" }):
	case len(r.work.Steps) == 0 || ctx.Err() != nil:
		word = "not_testable"
	case r.open == 0 && slices.ContainsFunc(r.work.Steps, func(s Step) bool { return s.visits }):
		word = "no_service"
	case r.tally[Bad] > 0:
		word = "faults"
	case r.tally[Warn] > 0:
		word = "warnings"
	}
	f := finding("summary", word)
	for v := OK; v <= Skipped; v++ {
		f.set(v.String(), r.tally[v])
	}
	if n := r.tally[Unknown]; n > 0 && word != "not_testable" {
		f.say("%s; %d could not be told", f.Title, n)
	}
	f.set("ports_open", r.open)
	f.set("refused_checks", append([]string{}, r.work.Refused...))
	f.MS = float64(r.env.Now().Sub(r.start).Microseconds()) / 1000
	return f
}
