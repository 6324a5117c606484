package source

import (
	"context"
	"errors"
	"path/filepath"
	"sync"
)

// Set is several sources as one Source. What is past is merged by time, source and
// place in the source; what is live is taken as it comes.
type Set struct {
	opt     Options
	sources []Source
}

// NewSet makes a set; the order of the sources breaks ties of time.
func NewSet(o Options, sources ...Source) *Set { return &Set{opt: o.withDefaults(), sources: sources} }

// Files returns the named files as a set: "-" is standard input, Journal
// the journal of systemd (./journal names a file); the files of one rotated series are one source, read oldest first. The error names the first file
// that cannot be read; with Follow a file may be missing still.
func Files(o Options, names ...string) (*Set, error) {
	var bad error
	var sources []Source
	groups := make(map[string][]rotatedFile)
	var order []string
	for _, name := range names {
		switch name {
		case "-":
			sources = append(sources, stdin(o))
			continue
		case Journal:
			sources = append(sources, newJournal(o, nil))
			continue
		}
		path := pathOf(name)
		if err := readable(path, o.Follow); err != nil && bad == nil {
			bad = err
		}
		rot := rotationOf(filepath.Base(path))
		key := filepath.Join(filepath.Dir(path), rot.base)
		if _, ok := groups[key]; !ok {
			order = append(order, key)
		}
		groups[key] = append(groups[key], rotatedFile{path: path, rot: rot})
	}
	for _, key := range order {
		sources = append(sources, seriesOf(o, groups[key]))
	}
	if len(sources) == 0 {
		return nil, errors.New("no log named")
	}
	return NewSet(o, sources...), bad
}

// seriesOf makes a source of the files of one series.
func seriesOf(o Options, files []rotatedFile) Source {
	var path string
	var old []rotatedFile
	seen := make(map[string]bool)
	for _, f := range files {
		switch {
		case seen[f.path]:
		case f.rot.scheme == live:
			path = f.path
		default:
			old = append(old, f)
		}
		seen[f.path] = true
	}
	var older []string
	for _, f := range oldestFirst(old) {
		older = append(older, f.path)
	}
	return newSeries(o, path, older)
}

// Sources returns the sources of the set.
func (s *Set) Sources() []Source { return s.sources }

// Status returns the status of each source.
func (s *Set) Status() []Status {
	all := make([]Status, len(s.sources))
	for i, src := range s.sources {
		all[i] = src.Status()
	}
	return all
}

// Run runs all sources; see Source. The error joins those of the sources: one that
// cannot be read does not stop the others.
func (s *Set) Run(ctx context.Context, out chan<- *Batch) error {
	if len(s.sources) == 1 {
		return s.sources[0].Run(ctx, out)
	}
	feeds := make([]*feed, len(s.sources))
	errs := make([]error, len(s.sources))
	var all sync.WaitGroup
	for i, src := range s.sources {
		feeds[i] = &feed{in: make(chan *Batch, 2)}
		all.Go(func() {
			defer close(feeds[i].in)
			errs[i] = src.Run(ctx, feeds[i].in)
		})
	}
	merge(ctx, feeds, out)
	var live sync.WaitGroup
	for _, f := range feeds {
		live.Go(func() { f.pass(ctx, out) })
	}
	live.Wait()
	all.Wait()
	return errors.Join(errs...)
}

// feed is a source while it is merged.
type feed struct {
	in   chan *Batch
	b    *Batch
	next int   // event of b to hand out
	key  int64 // newest time so far: a stamp that goes back never reorders a source
	live bool  // has arrived, or ended: nothing to merge any more
}

// fill takes the next batch when there is none.
func (f *feed) fill(ctx context.Context, out chan<- *Batch) {
	for f.b == nil && !f.live {
		b, ok := <-f.in
		if !ok {
			f.live = true
			return
		}
		f.live = b.Mark&Arrived != 0
		if len(b.Events) == 0 || f.live {
			handOut(ctx, out, b)
			continue
		}
		f.b, f.next = b, 0
		f.see()
	}
}

// see takes the time of the next event into the key.
func (f *feed) see() { f.key = max(f.key, f.b.Events[f.next].Time) }

// upTo hands out the events before the limit; with ties those at it too.
func (f *feed) upTo(ctx context.Context, out chan<- *Batch, limit int64, ties bool) {
	from := f.next
	for f.key < limit || ties && f.key == limit {
		if f.next++; f.next == len(f.b.Events) {
			break
		}
		f.see()
	}
	b := f.b
	switch {
	case f.next < len(b.Events):
		if f.next > from {
			handOut(ctx, out, b.view(from, f.next))
		}
		return
	case from == 0:
		handOut(ctx, out, b)
	default: // the rest counts the records of the whole batch
		v := b.view(from, f.next)
		v.Lines, v.Mark, v.places, v.held = b.Lines, b.Mark, b.places, b.held
		handOut(ctx, out, v)
		b.Release()
	}
	f.b = nil
}

// pass hands out what a live source yields, as it comes.
func (f *feed) pass(ctx context.Context, out chan<- *Batch) {
	for b := range f.in {
		handOut(ctx, out, b)
	}
}

func handOut(ctx context.Context, out chan<- *Batch, b *Batch) {
	select {
	case out <- b:
	case <-ctx.Done():
		b.Release()
	}
}

// merge hands out the past of all feeds in the order of time, until all are live.
func merge(ctx context.Context, feeds []*feed, out chan<- *Batch) {
	for {
		var first *feed
		limit, ties := int64(1<<63-1), true
		for _, f := range feeds {
			f.fill(ctx, out)
		}
		at := 0
		for i, f := range feeds {
			if f.b != nil && (first == nil || f.key < first.key) {
				first, at = f, i
			}
		}
		if first == nil {
			return
		}
		for i, f := range feeds {
			if f.b != nil && f != first && f.key < limit {
				limit, ties = f.key, at < i
			}
		}
		first.upTo(ctx, out, limit, ties)
	}
}
