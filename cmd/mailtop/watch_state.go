package main

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"time"

	"mailtop/monitor"
	"mailtop/monitor/checkpoint"
	"mailtop/monitor/detect"
	"mailtop/monitor/source"
)

// teller is a watch that remembers what it told. The engine reads the past again,
// so that it knows all that goes on; a change that comes of a record which an
// earlier run has judged is not told again.
type teller struct {
	m       *memory
	p       *changePrinter
	e       *monitor.Engine
	earlier *source.Earlier
	ctx     context.Context // of the reading: past its end batches may be missing
	arrived bool
	changes []detect.Change // that came since they were last looked at
	news    []detect.Change // to be printed
	// as of the newest batch taken; written and read in the engine's goroutine
	cursors map[string]string
	newest  map[string]time.Time
	limit   int64 // up to where the batch at hand was told
}

// readBack has o read the rotated files of a named one as well: what was written
// while nobody watched may be in them.
func (m *memory) readBack(o *options, once bool) {
	if m == nil || once && m.fresh {
		return
	}
	o.rotated = true
	if !once && o.since == "" {
		o.since = depthWatch.String()
	}
}

// own says that the command reads what this host writes: the logs it finds itself.
func (o *options) own(files []string) bool {
	return len(files)+len(o.logs)+len(o.docker)+len(o.ssh) == 0
}

// watchOn is watchLive and watchOnce with a memory.
func (o *options) watchOn(ctx context.Context, fd *feed, p *changePrinter, m *memory, once bool) error {
	t := &teller{m: m, p: p, ctx: ctx, earlier: source.NewEarlier(m.cursors, m.newest)}
	t.cursors, t.newest = copied(m.r.Cursors), copied(m.r.Newest)
	p.out = newExactly(p.out, m.r.Output)
	opt := monitor.Options{Told: t.upto, Taken: t.taken}
	if !once {
		opt.Now = time.Now
	}
	t.e = o.engine(ctx, fd, opt)
	t.e.OnChange(t.change)
	fd.start(ctx)
	run, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	go t.e.Run(run, fd.batches, fd.set.Status)
	if err := t.follow(ctx, fd); err != nil {
		return err
	}
	if once && p.opened >= detect.Medium {
		return findings
	}
	return nil
}

func (t *teller) follow(ctx context.Context, fd *feed) error {
	if err := t.repeat(); err != nil {
		return err
	}
	idle := time.NewTicker(saveEvery)
	defer idle.Stop()
	for {
		ended := false
		select {
		case <-ctx.Done():
			return nil // what was told is saved
		case <-t.e.Changed():
		case <-idle.C:
		case <-t.e.Ended():
			ended = true
		}
		if !t.e.Do(ctx, t.look) {
			return nil
		}
		if err := t.print(ended); err != nil {
			return err
		}
		if ended {
			return fd.end()
		}
	}
}

func (t *teller) upto(b *source.Batch) int64 {
	t.limit = t.earlier.Upto(b)
	return t.limit
}

// taken notes how far the engine has come, beyond where an earlier run did.
func (t *teller) taken(b *source.Batch) {
	if t.ctx.Err() != nil || b.Offset+int64(len(b.Raw())) <= t.limit {
		return
	}
	t.m.gap(t.ctx, b)
	name := b.Origin.Source
	if c := b.Cursor(); !c.IsZero() {
		if text, err := c.MarshalText(); err == nil {
			t.cursors[name] = string(text)
		}
	}
	if n := len(b.Events); n > 0 {
		if at := time.Unix(0, b.Events[n-1].Time).UTC(); at.After(t.newest[name]) {
			t.newest[name] = at
		}
	}
}

// change is told of each change as it happens.
func (t *teller) change(c detect.Change) {
	if t.ctx.Err() == nil && (t.arrived || !t.m.fresh && !t.e.Old()) {
		t.changes = append(t.changes, c)
	}
}

// look finds what is to be printed, in the goroutine of the engine. On arrival at
// now what is open is held against what was said to be.
func (t *teller) look() {
	for _, c := range t.changes {
		t.tell(c)
	}
	clear(t.changes)
	t.changes = t.changes[:0]
	if !t.arrived && t.e.Live() {
		t.arrived = true
		t.settle()
	}
	if t.ctx.Err() == nil {
		maps.Copy(t.m.r.Cursors, t.cursors)
		maps.Copy(t.m.r.Newest, t.newest)
	}
}

// settle tells what is open and was not told, and ends what was told and is over.
func (t *teller) settle() {
	gone := map[string]bool{}
	for key, told := range t.m.r.Told {
		gone[key] = told.Open
	}
	s := t.e.Snapshot(monitor.Scope{All: true})
	for _, list := range [][]detect.Incident{s.Incidents, s.Noise} {
		for _, inc := range list {
			c := detect.Change{Event: detect.Opened, Incident: inc}
			if !inc.Open() {
				c.Event = detect.Resolved
			}
			delete(gone, about(&c))
			t.tell(c)
		}
	}
	t.endGone(gone)
}

// endGone ends incidents that what is read now does not reach back to.
func (t *teller) endGone(gone map[string]bool) {
	for _, key := range slices.Sorted(maps.Keys(gone)) {
		w := strings.SplitN(key, " ", 4)
		if !gone[key] || len(w) < 4 {
			continue
		}
		old := t.m.r.Told[key]
		c := detect.Change{Event: detect.Resolved, Incident: detect.Incident{
			ID: old.ID, Rule: w[0], Host: w[1], Subject: detect.Subject{Type: w[2], Value: w[3]}, Opened: old.Opened, Updated: old.Updated,
			Resolved: old.Updated, Title: "Over: nothing more in what the log holds now",
		}}
		_ = c.Severity.UnmarshalText([]byte(old.Severity)) // unknown: info
		t.tell(c)
	}
}

// about is under what an incident is remembered: while it is open there is no
// other of the same rule and subject.
func about(c *detect.Change) string {
	return c.Rule + " " + c.Host + " " + c.Subject.Type + " " + c.Subject.Value
}

// adds says whether a change adds to what was told. An incident that was told as
// open keeps the id under which it was.
func (t *teller) adds(c *detect.Change) bool {
	old, known := t.m.r.Told[about(c)]
	open := known && old.Open
	if open {
		c.ID, c.Opened = old.ID, old.Opened
	}
	var was detect.Severity
	_ = was.UnmarshalText([]byte(old.Severity)) // unknown: info
	switch c.Event {
	case detect.Opened:
		if open {
			c.Event = detect.Escalated
		}
		return !open || c.Severity > was
	case detect.Escalated:
		return !open || c.Severity > was
	case detect.Resolved:
		return open
	case detect.Updated:
		return open && c.Updated.After(old.Updated)
	}
	return true
}

// tell gives a change that adds something its number.
func (t *teller) tell(c detect.Change) {
	if !t.adds(&c) {
		return
	}
	t.m.r.Seq++
	c.Seq = t.m.r.Seq
	t.m.r.Told[about(&c)] = checkpoint.Told{ID: c.ID, Severity: c.Severity.String(), Open: c.Event != detect.Resolved, Opened: c.Opened, Updated: c.Updated}
	fill(t.e, c.Evidence)
	t.news = append(t.news, c)
}

// print saves what is to be told together with how far was read, then tells it: a
// crash in between makes the next run tell it, with the same numbers.
func (t *teller) print(now bool) error {
	if len(t.news) > 0 {
		t.m.r.Pending = t.m.r.Pending[:0]
		for i := range t.news {
			if raw, err := json.Marshal(&t.news[i]); err == nil {
				t.m.r.Pending = append(t.m.r.Pending, raw)
			}
		}
		t.save()
		for _, c := range t.news {
			if err := t.write(c); err != nil {
				return err
			}
		}
		clear(t.news)
		t.news = t.news[:0]
		t.m.r.Pending, t.m.dirty = nil, true
	}
	since := time.Since(t.m.saved)
	if now || t.m.dirty && since >= shipIdle || since >= saveIdle {
		t.save()
	}
	return nil
}

// repeat tells what an earlier run may not have come to tell.
func (t *teller) repeat() error {
	for _, raw := range t.m.r.Pending {
		var c detect.Change
		if err := json.Unmarshal(raw, &c); err != nil {
			continue // it was made by another version
		}
		if err := t.write(c); err != nil {
			return err
		}
	}
	t.m.r.Pending = nil
	return nil
}

func (t *teller) write(c detect.Change) error {
	t.p.opened = max(t.p.opened, c.Severity)
	line, err := t.p.line(c)
	if err != nil {
		return err
	}
	if t.p.hook != nil && c.Severity >= detect.Medium && c.Event != detect.Updated {
		t.p.hook.run(c)
	}
	_, err = t.p.out.Write(line)
	t.m.wrote(line)
	return err
}

// saveIdle is how often the place is saved when nothing was told: reading a little
// again tells nothing twice.
const saveIdle = 10 * time.Second

// save writes the memory; not before the first arrival at now, as until then
// nothing was told of what was read.
func (t *teller) save() {
	if t.m.fresh && !t.arrived {
		return
	}
	t.m.dirty = true
	if x, ok := t.p.out.(*exactly); ok {
		t.m.place(x.w, len(x.have))
	}
	t.m.save(time.Now())
}
