package main

import (
	"context"
	"errors"
	"time"

	"mailtop/logparse"
	"mailtop/monitor"
	"mailtop/monitor/detect"
	"mailtop/monitor/source"
)

// feed is the log of one command: named files, or what this host writes.
type feed struct {
	set     *source.Set
	batches chan *source.Batch
	err     chan error
	w       when
	named   bool
}

// depths of reading when no file is named.
const (
	depthWatch  = 8 * 24 * time.Hour
	depthReport = 24 * time.Hour
)

// feed opens the logs. A named file is read whole, a discovered one back to depth.
func (o *options) feed(ctx context.Context, files []string, follow bool, depth time.Duration) (*feed, error) {
	w, err := o.when()
	if err != nil {
		return nil, err
	}
	mta, err := o.family()
	if err != nil {
		return nil, err
	}
	files = append(append([]string{}, files...), o.logs...)
	opt := source.Options{
		Follow: follow, Since: w.since, Until: w.until,
		Parse: logparse.Options{Loc: w.loc, MTA: mta},
	}
	if o.now != "" {
		opt.Parse.Ref = w.now
	}
	fd := &feed{w: w, named: len(files) > 0, batches: make(chan *source.Batch, 8), err: make(chan error, 1)}
	if !fd.named {
		if files, err = hostLogs(ctx); err != nil {
			return nil, err
		}
		opt.Rotated = true
		if opt.Since.IsZero() {
			opt.Since = w.now.Add(-depth)
		}
	}
	if err := o.checkFiles(files, follow, fd.named); err != nil {
		return nil, err
	}
	if fd.set, err = source.Files(opt, files...); err != nil {
		return nil, exitError{exitFailed, err}
	}
	return fd, nil
}

// checkFiles looks at each file before it is read. A log that nothing has been
// written to yet can be followed; what is no mail log is refused, except where the
// question is what is in it.
func (o *options) checkFiles(files []string, follow, named bool) error {
	for _, f := range files {
		if f == "-" || f == source.Journal {
			continue
		}
		err := source.Check(f)
		switch {
		case err == nil, errors.Is(err, source.ErrEmpty):
		case follow && named && absent(err):
		case o.anyText && errors.Is(err, source.ErrForeign):
		default:
			return exitError{exitFailed, err}
		}
	}
	return nil
}

// start reads in the background; batches is closed at the end, then err holds how
// it went.
func (fd *feed) start(ctx context.Context) {
	go func() {
		err := fd.set.Run(ctx, fd.batches)
		close(fd.batches)
		fd.err <- err
	}()
}

// end waits for the reader and turns its error into the exit code of what could
// not be read.
func (fd *feed) end() error {
	if err := <-fd.err; err != nil && !errors.Is(err, context.Canceled) {
		return exitError{exitFailed, err}
	}
	return nil
}

// engine makes the engine for a feed. The host is asked only where its own log is
// read: an analysis of a named file is the same everywhere.
func (o *options) engine(ctx context.Context, fd *feed, opt monitor.Options) *monitor.Engine {
	if !fd.named || o.local {
		opt.Facts = hostFacts(ctx)
	} else {
		opt.Facts = detect.Facts{SSHClient: hostSSHClient()}
	}
	opt.Several = len(fd.set.Sources()) > 1
	return monitor.New(opt)
}

// fill reads the text of evidence again, for showing.
func fill(e *monitor.Engine, evs []detect.Evidence) {
	for i := range evs {
		if o := e.Origin(evs[i]); o != nil {
			if rec, err := o.Record(evs[i].Offset); err == nil {
				evs[i].Text = string(logparse.Mask(nil, rec))
			} else {
				evs[i].Text = "(" + err.Error() + ")"
			}
		}
	}
}
