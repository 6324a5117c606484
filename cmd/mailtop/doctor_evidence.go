package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"mailtop/logparse"
	"mailtop/monitor/source"
)

// seen is what the log of the last day holds, by who wrote it and what it says.
type seen struct {
	records, mail, foreign, unknown int64

	kinds [logparse.NumMTAs][logparse.NumKinds]int64
	// refused logins with a cause; messages taken from a client, those after a login,
	// and those of them that name the account
	causes, taken, authed, named [logparse.NumMTAs]int64

	host  bool  // the last day of this host's logs; else named files
	whole bool  // all of it was read
	err   error // why some was not
}

// Bounds of listening: doctor is waited for.
const (
	listenDepth = 24 * time.Hour
	listenTime  = 5 * time.Second
)

// listen reads the log of the last day, or the named files.
func (s *site) listen(ctx context.Context, paths []string, host bool) *seen {
	e := &seen{host: host}
	if len(paths) == 0 {
		return e
	}
	ctx, cancel := context.WithTimeout(ctx, listenTime)
	defer cancel()
	opt := source.Options{Parse: logparse.Options{Loc: time.Local}}
	if host {
		opt.Rotated, opt.Since = true, s.now.Add(-listenDepth)
	}
	set, err := source.Open(ctx, opt, s.host, paths...)
	if e.err = err; set == nil {
		return e
	}
	batches := make(chan *source.Batch, 8)
	done := make(chan error, 1)
	go func() {
		done <- set.Run(ctx, batches)
		close(batches)
	}()
	for b := range batches {
		for i := range b.Events {
			e.add(&b.Events[i])
		}
		b.Release()
	}
	e.err = errors.Join(e.err, <-done)
	e.whole = ctx.Err() == nil
	return e
}

func (e *seen) add(ev *logparse.Event) {
	n := int64(ev.N())
	e.records += n
	switch {
	case ev.Kind == logparse.KindUnknown && ev.MTA == logparse.MTANone && ev.Program.Len > 0:
		e.foreign += n
		return
	case ev.Kind == logparse.KindUnknown || ev.Has&logparse.IsUnmatched != 0:
		e.unknown += n
	}
	e.mail += n
	e.kinds[ev.MTA][ev.Kind] += n
	switch ev.Kind {
	case logparse.KindAuthFail:
		if ev.Cause == logparse.CausePassword || ev.Cause == logparse.CauseUnknownUser {
			e.causes[ev.MTA] += n
		}
	case logparse.KindAccept:
		if ev.ClientIP != ([16]byte{}) {
			e.taken[ev.MTA] += n
		}
		if ev.User.Len > 0 {
			e.named[ev.MTA] += n
		}
		if ev.User.Len > 0 || ev.Method.Len > 0 {
			e.authed[ev.MTA] += n
		}
	}
}

// of is how many records of some kinds a program wrote.
func (e *seen) of(m logparse.MTA, kinds ...logparse.Kind) (n int64) {
	for _, k := range kinds {
		n += e.kinds[m][k]
	}
	return n
}

// total is how many records a program wrote.
func (e *seen) total(m logparse.MTA) (n int64) {
	for _, c := range e.kinds[m] {
		n += c
	}
	return n
}

// filterPrograms write verdicts on mail.
var filterPrograms = []logparse.MTA{
	logparse.Rspamd, logparse.SpamAssassin, logparse.Amavis, logparse.ClamAV, logparse.OpenDKIM, logparse.OpenDMARC, logparse.PolicydSPF, logparse.Postgrey,
}

// findings tells what was found in the log: whose records, and how much of it is
// no mail or not understood.
func (e *seen) findings() []finding {
	if e.records == 0 && e.err == nil {
		return nil
	}
	span := "the named log"
	if e.host {
		span = "the log of the last day"
	}
	f := finding{Check: "records", Fact: fmt.Sprintf("%s has %d of mail software", span, e.mail)}
	if e.foreign > 0 {
		f.Fact += fmt.Sprintf(", %d of other programs (not mail)", e.foreign)
	}
	if e.unknown > 0 {
		f.Fact += fmt.Sprintf(", %d not understood", e.unknown)
		if 1000*e.unknown > e.mail {
			f.Verdict = noted
			f.Steps = []source.Step{{Text: "see them by pattern", Command: "mailtop events --unknown"}}
		}
	}
	if !e.whole {
		f.Fact += fmt.Sprintf("; only what could be read in %v was looked at", listenTime)
	}
	out := []finding{f}
	if e.err != nil && !errors.Is(e.err, context.DeadlineExceeded) {
		out = append(out, refusal("records", e.err, fault))
	}
	g := finding{Check: "filters", Fact: "no filter (rspamd, SpamAssassin, amavis, DKIM, DMARC, ...) has logged there"}
	sep := ""
	for _, m := range filterPrograms {
		if n := e.total(m); n > 0 {
			if sep == "" {
				g.Fact = "verdicts and the like of "
			}
			g.Fact += fmt.Sprintf("%s%v (%d)", sep, m, n)
			sep = ", "
		}
	}
	return append(out, g)
}
