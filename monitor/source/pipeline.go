package source

import (
	"context"
	"sync"
	"time"
)

// pipeline parses batches on several goroutines and hands them out in the order
// in which they were submitted. One goroutine submits; flush and close are its too.
type pipeline struct {
	ctx     context.Context
	opt     *Options
	st      *stats
	pool    *pool
	jobs    chan *Batch
	order   chan *Batch
	join    *joiner
	gate    *throttle      // nil: what comes is live, or nobody is in the way
	pending sync.WaitGroup // batches submitted and not delivered
	running sync.WaitGroup // goroutines
}

// start runs n workers; low gives them the lowest priority.
func (p *pipeline) start(out chan<- *Batch, n int, low bool) {
	p.jobs = make(chan *Batch, n)
	p.order = make(chan *Batch, 2*n+2)
	for range n {
		p.running.Go(func() { p.work(low) })
	}
	p.running.Go(func() { p.deliver(out) })
}

func newPipeline(ctx context.Context, o *Options, st *stats, pl *pool, j *joiner) *pipeline {
	return &pipeline{ctx: ctx, opt: o, st: st, pool: pl, join: j}
}

func (p *pipeline) submit(b *Batch) {
	if len(b.Buf) == 0 { // only a mark
		p.submitParsed(b)
		return
	}
	p.gate.enter(p.ctx)
	b.gate = p.gate
	p.pending.Add(1)
	p.order <- b
	p.jobs <- b
}

// submitParsed hands a batch out after all others, as it is.
func (p *pipeline) submitParsed(b *Batch) {
	p.pending.Add(1)
	p.order <- b
	b.done <- struct{}{}
}

// flush waits until everything submitted has been handed out.
func (p *pipeline) flush() { p.pending.Wait() }

// close waits for everything and ends the goroutines.
func (p *pipeline) close() {
	close(p.jobs)
	close(p.order)
	p.running.Wait()
}

func (p *pipeline) work(low bool) {
	if low {
		lowerPriority()
	}
	w := newWorker(p.opt)
	for b := range p.jobs {
		if p.ctx.Err() == nil {
			w.parse(b)
		}
		b.done <- struct{}{}
	}
}

// deliver hands batches out in order, and numbers them and their records.
func (p *pipeline) deliver(out chan<- *Batch) {
	for b := range p.order {
		<-b.done
		p.number(b)
		for _, x := range p.join.batch(b) {
			handOut(p.ctx, out, x)
		}
		p.pending.Done()
	}
}

func (p *pipeline) number(b *Batch) {
	o := b.Origin
	if o.line > 0 {
		b.FirstLine = o.line
		o.line += b.Lines
	}
	p.st.lines.Add(b.Lines)
	p.st.tooLong.Add(b.tooLong)
	p.st.skipped.Add(b.skipped)
	p.st.panics.Add(b.panics)
	if n := len(b.Events); n > 0 {
		if t := b.Events[n-1].Time; t != 0 {
			p.st.lastEvent.Store(t)
		}
	}
}

// nanos is t for comparing with an Event's time, 0 for no limit.
func nanos(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixNano()
}
