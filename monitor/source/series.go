package source

import (
	"context"
	"errors"
	"io/fs"
	"math"
	"time"
)

// series is a log as a Source: rotated files, oldest first, then the live file,
// which is followed through rotation.
type series struct {
	stats
	opt   Options
	path  string   // the live file; "" when there are only rotated ones
	older []string // rotated files to read before, oldest first
}

func newSeries(o Options, path string, older []string) *series {
	s := &series{opt: o.withDefaults(), path: path, older: older}
	s.now = s.opt.Now
	s.name, s.kind = path, "file"
	if path == "" && len(older) > 0 {
		s.name = older[len(older)-1]
	}
	return s
}

// Run implements Source.
func (s *series) Run(ctx context.Context, out chan<- *Batch) error {
	defer s.done.Store(true)
	r := &reading{s: s, ctx: ctx, opt: &s.opt, st: &s.stats, pool: newPool(s.opt), out: out}
	defer r.close()
	gens, unopened := r.open()
	if len(gens) == 0 && unopened != nil {
		return unopened
	}
	r.start(s.opt.Workers, s.opt.Background)
	err := errors.Join(unopened, r.readPast(gens))
	if s.opt.Follow && s.path != "" && ctx.Err() == nil {
		r.follow()
	}
	return err
}

// readPast reads what there is. With the lowest priority that takes a thread which
// ends here: what comes later is not read with it.
func (r *reading) readPast(gens []*gen) (err error) {
	past := func() {
		err = r.backlog(gens)
		for r.opt.Follow && r.s.path != "" && r.ctx.Err() == nil && !r.live {
			if !r.round() && r.behind() < int64(r.opt.block) {
				r.arrive()
			}
		}
	}
	if !r.opt.Background {
		past()
		return err
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		lowerPriority()
		past()
	}()
	<-done
	return err
}

// reading is a Run of a series.
type reading struct {
	s    *series
	ctx  context.Context
	opt  *Options
	st   *stats
	pool *pool
	gate *throttle
	p    *pipeline
	join *joiner
	out  chan<- *Batch

	cur  *gen    // the live file
	old  []*gen  // rotated files that may still be written to
	seen []*memo // files read so far
	seq  uint64
	past int64 // stored bytes of files that are done
	live bool

	quietSeq   uint64 // newest batch when last looked for unfinished records
	quietSince time.Time
}

// memo remembers a file that was read, so that it is not read twice.
type memo struct {
	o   *Origin
	off int64 // how far
}

const maxSeen = 1024

func (r *reading) start(workers int, low bool) {
	if r.p != nil {
		r.p.close()
	}
	r.gate = nil
	if low {
		r.gate = newThrottle(r.opt)
	}
	r.st.tick(r.opt.Now())
	if r.join == nil {
		r.join = newJoiner(r.opt)
	}
	r.p = newPipeline(r.ctx, r.opt, r.st, r.pool, r.join)
	r.p.gate = r.gate
	r.p.start(r.out, workers, low)
}

func (r *reading) close() {
	if r.p != nil {
		r.p.flush()
		r.unfinished()
		r.p.close()
	}
	if r.cur != nil {
		r.cur.close()
	}
	for _, g := range r.old {
		g.close()
	}
}

// open opens all files before any is read, so that a rotation meanwhile changes
// nothing: an open file stays the same file under any name. The live file comes
// first, lest it is rotated away unseen between two looks.
func (r *reading) open() ([]*gen, error) {
	cur, bad := r.openLive()
	var gens []*gen
	for _, path := range r.rotated() {
		g, err := openGen(r.s.name, path, 0, r.pool, r.opt)
		switch {
		case err != nil && bad == nil && !errors.Is(err, fs.ErrNotExist):
			bad = err
			r.st.fail(err)
		case err == nil && r.known(g):
			g.close() // the same content twice: compression was under way
		case err == nil:
			r.remember(g)
			gens = append(gens, g)
		}
	}
	if cur != nil {
		gens = append(gens, cur)
	}
	if r.opt.Follow {
		r.passOver()
	}
	return gens, bad
}

// openLive opens the live file; one to be followed may come later.
func (r *reading) openLive() (*gen, error) {
	if r.s.path == "" {
		return nil, nil
	}
	g, err := openGen(r.s.name, r.s.path, 0, r.pool, r.opt)
	if err == nil {
		r.remember(g)
		return g, nil
	}
	r.st.fail(err)
	if r.opt.Follow {
		err = nil
	}
	return nil, err
}

// passOver remembers the rotated files that are not asked for, so that they are not
// taken for new ones later.
func (r *reading) passOver() {
	for _, f := range rotatedFiles(r.s.path) {
		g, err := openGen(r.s.name, f.path, 0, r.pool, r.opt)
		if err != nil {
			continue
		}
		if !r.known(g) {
			r.remember(g)
			r.note(g, g.size())
		}
		g.close()
	}
}

func (r *reading) rotated() []string {
	paths := r.s.older
	if (r.opt.Rotated || len(r.opt.Resume[r.s.name].pos) > 0) && r.s.path != "" && len(paths) == 0 {
		for _, f := range rotatedFiles(r.s.path) {
			paths = append(paths, f.path)
		}
	}
	return paths
}

// known says whether the file was read already, whatever its name and form are now.
func (r *reading) known(g *gen) bool { return r.memoOf(g) != nil }

func (r *reading) memoOf(g *gen) *memo {
	head := g.o.getHead()
	for _, m := range r.seen {
		if sameFile(m.o, head) {
			return m
		}
	}
	return nil
}

// sameFile says whether a file with this head is the one o stands for. An inode says
// nothing: they are used again.
func sameFile(o *Origin, head []byte) bool {
	return sameHead(o.getHead(), head)
}

// note keeps how far a file was read.
func (r *reading) note(g *gen, off int64) {
	for _, m := range r.seen {
		if m.o == g.o {
			m.off = off
		}
	}
}

func (r *reading) remember(g *gen) {
	if len(r.seen) >= maxSeen {
		r.seen = r.seen[1:]
	}
	r.seen = append(r.seen, &memo{o: g.o})
}

// forget lets go of a file that is done.
func (r *reading) forget(g *gen) {
	r.note(g, g.cut.mark())
	r.past += g.stored()
	g.close()
}

// backlog reads what there is: rotated files whole, the live file up to its end now.
func (r *reading) backlog(gens []*gen) error {
	if c := r.opt.Resume[r.s.name]; len(c.pos) > 0 {
		gens = r.resume(gens, c)
	} else {
		gens = r.skipOld(gens)
	}
	for _, g := range gens {
		r.st.size.Add(g.size())
	}
	var bad error
	for i, g := range gens {
		r.inflateAhead(gens[i:])
		if i > 0 {
			g.mark |= Rotated
		}
		if r.opt.Follow && r.s.path != "" && i == len(gens)-1 && g.o.Path == r.s.path && g.fm == nil {
			r.cur = g
			break // follow reads it
		}
		if r.opt.Follow && g.fm == nil && r.s.path != "" && r.opt.Now().Sub(g.mtime) < grace {
			r.readOn(g) // its writer may not be done with it
			continue
		}
		if err := r.whole(g); err != nil && bad == nil {
			bad = err
		}
	}
	return bad
}

// inflateAhead starts to inflate the next files of a series; the first of them is
// about to be read.
func (r *reading) inflateAhead(gens []*gen) {
	low, n := r.gate != nil, min(r.opt.Workers, aheadFiles)
	for i, g := range gens[:min(n, len(gens))] {
		if g.fm == nil || g.in != nil {
			continue
		}
		limit := aheadBudget / max(1, n-1)
		a := newAhead(r.ctx, g, r.gate, limit)
		a.front = i == 0
		g.in = a
		go a.run(g.cut.off, low)
	}
}

// whole reads a file to its end and closes it.
func (r *reading) whole(g *gen) error {
	_, err := r.drain(g, math.MaxInt64, false)
	if err != nil {
		r.st.fail(err)
		r.st.lost.Add(1)
	}
	r.finish(g)
	return err
}

// finish hands out what is left of a file, a last record without a newline included.
func (r *reading) finish(g *gen) {
	r.send(g, g.cut.cut(true))
	r.forget(g)
}

// drain reads g up to limit (an offset) or its end, and hands out whole records.
func (r *reading) drain(g *gen, limit int64, check bool) (read int64, err error) {
	for r.ctx.Err() == nil {
		n, e := g.read(limit-g.cut.off, check)
		read += int64(n)
		r.st.bytes.Add(int64(n))
		if g.cut.pending() > 0 && g.cut.full() {
			r.send(g, g.cut.cut(false))
		}
		if n == 0 || e != nil {
			err = e
			break
		}
	}
	r.send(g, g.cut.cut(false))
	r.progress(g)
	return read, err
}

// send hands a batch of g to the pipeline; nil is nothing to send.
func (r *reading) send(g *gen, b *Batch) {
	r.st.skipped.Add(g.cut.takeSkipped())
	if b == nil {
		return
	}
	r.seq++
	b.Origin, b.Seq, b.Live = g.o, r.seq, r.live
	b.Mark, g.mark = g.mark, 0
	b.places = r.places(g)
	b.ref = r.opt.Parse.Ref
	if b.ref.IsZero() {
		b.ref = g.mtime
		if r.opt.Follow && g == r.cur {
			b.ref = r.opt.Now()
		}
	}
	r.progress(g)
	r.p.submit(b)
}

func (r *reading) progress(g *gen) {
	r.st.read.Store(r.past + g.stored())
	r.st.tick(r.opt.Now())
}
