package main

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"sync"
	"time"

	"mailtop/probes"
)

// prober runs the targets of one command.
type prober struct {
	flags     probeFlags
	env       *probes.Env
	opt       probes.Options
	out, diag io.Writer
	in        io.Reader
	log       *ownLog // nil without a log of the target

	mu   sync.Mutex
	code int
}

func (p *prober) all(ctx context.Context, targets []probes.Target) error {
	if ctx == nil {
		ctx = context.Background()
	}
	work := make([]probes.Work, len(targets))
	p.each(len(targets), func(i int) {
		work[i] = probes.Plan(p.sameFamily(probes.Locate(ctx, p.env, targets[i])), p.opt)
	})
	if p.flags.plan {
		return p.showPlans(work)
	}
	if err := p.askOwned(work); err != nil {
		return err
	}
	if p.flags.every > 0 {
		return p.repeat(ctx, work)
	}
	p.log.during(ctx, func() { p.round(ctx, work, nil) })
	if p.flags.format == "text" {
		p.log.tell(p.out, p.flags.transcript)
	}
	if p.code != 0 {
		return probeExit(p.code)
	}
	return nil
}

// each runs f for 0 to n-1, a bounded number at a time.
func (p *prober) each(n int, f func(int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, probeTargetsAtOnce)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() { defer func() { <-slots }(); f(i) })
	}
	wg.Wait()
}

// round probes all targets once; text comes out in the order of the arguments.
func (p *prober) round(ctx context.Context, work []probes.Work, watch *probes.History) {
	done := make([]chan string, len(work))
	for i := range done {
		done[i] = make(chan string, 1)
	}
	go p.each(len(work), func(i int) { done[i] <- p.one(ctx, work[i], watch) })
	for i := range done {
		_, _ = io.WriteString(p.out, <-done[i])
	}
}

// one probes a target and returns its text, "" where it was written already.
func (p *prober) one(ctx context.Context, w probes.Work, watch *probes.History) string {
	var all []probes.Finding
	sum := probes.Run(ctx, w, p.env, func(f probes.Finding) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if watch != nil {
			watch.Add(f)
		}
		if p.flags.format == "json" {
			p.writeJSON(f)
		} else {
			all = append(all, f)
		}
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.code = max(p.code, probeCode(sum))
	if p.flags.format == "json" || watch != nil {
		return ""
	}
	return p.text(w, all)
}

// probeCode is the exit code of a summary.
func probeCode(sum probes.Finding) int {
	if sum.Verdict == probes.Unknown {
		return 3
	}
	if n, _ := sum.Values["bad"].(int); n > 0 || sum.Verdict == probes.Bad {
		return 1
	}
	return 0
}

// sameFamily drops the addresses that the chosen source address cannot reach.
func (p *prober) sameFamily(t probes.Target) probes.Target {
	src, err := netip.ParseAddr(p.flags.source)
	if err != nil {
		return t
	}
	for i := range t.Hosts {
		t.Hosts[i].Addrs = slices.DeleteFunc(slices.Clone(t.Hosts[i].Addrs), func(a netip.Addr) bool { return a.Is4() != src.Is4() })
	}
	return t
}

// repeat probes in rounds and shows what mtr shows of a path: loss and times a phase.
func (p *prober) repeat(ctx context.Context, work []probes.Work) error {
	h := probes.NewHistory()
	tick := time.NewTicker(p.flags.every)
	defer tick.Stop()
	for n := 1; ; n++ {
		p.round(ctx, work, h)
		if p.flags.format == "text" {
			p.mu.Lock()
			fmt.Fprintf(p.out, "%s round %d\n%s", time.Now().Format("15:04:05"), n, h.Text(p.width()))
			p.mu.Unlock()
		}
		if p.flags.count > 0 && n >= p.flags.count {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
	if p.code != 0 {
		return probeExit(p.code)
	}
	return nil
}
