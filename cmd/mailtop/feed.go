package main

import (
	"cmp"
	"context"
	"errors"
	"runtime"
	"slices"
	"strings"
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
	named   bool // no log of this host's own
	follow  bool
	late    bool // nothing is printed before the end
	bar     *progress
}

// depths of reading when no file is named.
const (
	depthWatch  = 8 * 24 * time.Hour
	depthReport = 24 * time.Hour
)

// feed opens the logs. A named file is read whole, all else back to depth.
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
		Follow: follow, Since: w.since, Until: w.until, Background: true, Resume: o.resume, Rotated: o.rotated,
		Parse: logparse.Options{Loc: w.loc, MTA: mta},
	}
	if o.now != "" {
		opt.Parse.Ref = w.now
	}
	fd := &feed{w: w, follow: follow, batches: make(chan *source.Batch, 8), err: make(chan error, 1)}
	fd.named = len(files)+len(o.docker)+len(o.ssh) > 0
	deep := opt // for what was not named as a file
	deep.Rotated = true
	if deep.Since.IsZero() {
		deep.Since = w.now.Add(-depth)
	}
	if !fd.named && !o.journal {
		if files, err = hostLogs(ctx); err != nil {
			return nil, err
		}
		opt = deep
	}
	if err := o.checkFiles(files, follow, fd.named); err != nil {
		return nil, err
	}
	sources, err := o.sources(ctx, files, opt, deep)
	if err != nil {
		return nil, err
	}
	fd.set = source.NewSet(opt, sources...)
	return fd, nil
}

// sources opens files, then the journal, containers and other hosts.
func (o *options) sources(ctx context.Context, files []string, opt, deep source.Options) ([]source.Source, error) {
	var list []source.Source
	containers := append([]string{}, o.docker...)
	files = slices.DeleteFunc(files, func(f string) bool {
		name, ok := strings.CutPrefix(f, source.Container)
		if ok {
			containers = append(containers, name)
		}
		return ok
	})
	if len(files) > 0 {
		set, err := source.Files(opt, files...)
		if err != nil {
			return nil, exitError{exitFailed, err}
		}
		list = append(list, set.Sources()...)
	}
	if o.journal && !slices.Contains(files, source.Journal) {
		set, err := source.Files(deep, source.Journal)
		if err != nil {
			return nil, exitError{exitFailed, err}
		}
		list = append(list, set.Sources()...)
	}
	for _, name := range containers {
		s, err := source.Docker(ctx, deep, source.Host{}, name)
		if err != nil {
			return nil, nameOrFail(err)
		}
		list = append(list, source.OneHost(s))
	}
	for _, host := range o.ssh {
		s, err := source.SSH(deep, host)
		if err != nil {
			return nil, nameOrFail(err)
		}
		list = append(list, s)
	}
	return list, nil
}

// nameOrFail tells a name that was refused from something that cannot be read.
func nameOrFail(err error) error {
	if errors.Is(err, source.ErrName) {
		return exitError{exitUsage, err}
	}
	return exitError{exitFailed, err}
}

// checkFiles looks at each file before it is read. A log that nothing has been
// written to yet can be followed; what is no mail log is refused, except where the
// question is what is in it.
func (o *options) checkFiles(files []string, follow, named bool) error {
	for _, f := range files {
		if f == "-" || f == source.Journal || strings.HasPrefix(f, source.Container) {
			continue
		}
		err := source.Check(f)
		switch {
		case err == nil, errors.Is(err, source.ErrEmpty):
		case follow && named && absent(err):
		case (o.anyText || !named) && errors.Is(err, source.ErrForeign): // discovery has seen mail in it
		default:
			return exitError{exitFailed, err}
		}
	}
	return nil
}

// start reads in the background; batches is closed at the end, then err holds how
// it went.
func (fd *feed) start(ctx context.Context) {
	if !fd.follow {
		source.LowerProcess()
	} else if runtime.NumCPU() == 1 {
		runtime.GOMAXPROCS(2) // what is seen does not wait for a thread of the lowest priority
	}
	fd.bar = progressOf(fd)
	go func() {
		err := fd.set.Run(ctx, fd.batches)
		close(fd.batches)
		fd.err <- err
	}()
}

// end waits for the reader and turns its error into the exit code of what could
// not be read.
func (fd *feed) end() error {
	defer fd.bar.hide()
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
		fillOne(e, &evs[i])
	}
}

// fillAll does that for all incidents, in the order of the files: a compressed one is
// read again only once.
func fillAll(e *monitor.Engine, list []detect.Incident) {
	var all []*detect.Evidence
	for i := range list {
		for k := range list[i].Evidence {
			all = append(all, &list[i].Evidence[k])
		}
	}
	slices.SortStableFunc(all, func(a, b *detect.Evidence) int {
		return cmp.Or(cmp.Compare(a.SourceID, b.SourceID), cmp.Compare(a.Offset, b.Offset))
	})
	for _, ev := range all {
		fillOne(e, ev)
	}
}

func fillOne(e *monitor.Engine, ev *detect.Evidence) {
	o := e.Origin(*ev)
	if o == nil {
		return
	}
	rec, err := o.Record(ev.Offset)
	if err != nil {
		ev.Text = "(" + err.Error() + ")"
		return
	}
	ev.Text = string(logparse.Mask(nil, rec))
}
