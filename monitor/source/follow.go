package source

import (
	"errors"
	"io/fs"
	"math"
	"os"
	"slices"
)

// follow reads the live file as it grows, through every rotation. In each round
// it looks which file bears the name now, drains rotated files that are still
// written to, then the live file; then it waits.
//
// A rotated file is drained before anything of its successor that was written
// later, so the order of one writer is kept.
func (r *reading) follow() {
	w := r.opt.Waker(r.s.path)
	defer w.Close()
	for r.ctx.Err() == nil {
		if r.round() {
			continue
		}
		if !r.live && r.behind() < int64(r.opt.block) {
			r.arrive()
		}
		if r.live {
			r.p.flush()
			r.overdue()
			r.lag()
			if w.Wait(r.ctx) != nil {
				return
			}
		}
	}
}

// behind is how much of the live file is unread.
func (r *reading) behind() int64 {
	if r.cur == nil {
		return 0
	}
	return r.cur.size() - r.cur.cut.off
}

func (r *reading) lag() {
	lag := max(0, r.behind())
	r.st.lag.Store(lag)
	if r.cur != nil {
		r.st.size.Store(r.past + r.cur.cut.off + lag)
	}
}

// arrive says that everything there was has been read, and ends the low priority.
func (r *reading) arrive() {
	r.start(1, false)
	r.live = true
	r.st.live.Store(true)
	b := r.pool.get()
	b.Origin = &Origin{Source: r.s.name, Path: r.s.path}
	if r.cur != nil {
		b.Origin, b.Offset = r.cur.o, r.cur.cut.mark()
		b.places = r.places(r.cur)
	}
	r.seq++
	b.Seq, b.Live, b.Mark = r.seq, true, Arrived
	r.p.submit(b)
}

// round reads what there is. true: the file changed, look again at once.
func (r *reading) round() bool {
	named, err := os.Stat(r.s.path)
	if r.cur == nil {
		if err != nil {
			r.st.fail(explain(r.s.path, err))
			return false
		}
		return r.adopt()
	}
	if len(r.old) == 0 {
		return r.current(math.MaxInt64) || r.moved(named, err)
	}
	limit := r.cur.size()
	r.drainOld()
	return r.current(limit) || r.moved(named, err)
}

// current drains the live file up to limit; true when it turned out to be truncated.
func (r *reading) current(limit int64) bool {
	if limit == math.MaxInt64 && !r.live {
		limit = r.cur.size() // else a fast writer would keep us from ever arriving
	}
	limit = max(limit, r.cur.cut.off)
	_, err := r.drain(r.cur, limit, true)
	switch err {
	case errTruncated:
		r.truncated()
		return true
	case errYoung:
		r.missed(r.cur)
		return true
	}
	if err != nil {
		r.st.fail(err)
	}
	return false
}

// moved deals with another file under the name, or none. named is what bore it
// before the live file was drained.
func (r *reading) moved(named os.FileInfo, err error) bool {
	switch {
	case err != nil:
		r.st.fail(explain(r.s.path, err)) // the open file is read on
		return false
	case idOf(named) == r.cur.o.id:
		r.st.fail(nil)
		return false
	}
	next, err := r.next()
	if err != nil {
		r.st.fail(err) // not readable yet: the old file is read on
		return false
	}
	r.retire(r.cur)
	r.cur = nil
	r.take(next)
	return true
}

// adopt takes the file under the name when there is none yet.
func (r *reading) adopt() bool {
	next, err := r.next()
	if err != nil {
		r.st.fail(err)
		return false
	}
	r.take(next)
	return true
}

// next opens the file under the name; one that was read before goes on where it was left.
func (r *reading) next() (*gen, error) {
	g, err := openGen(r.s.name, r.s.path, 0, r.pool, r.opt)
	if err != nil {
		return nil, err
	}
	for i, o := range r.old {
		if o.o.id == g.o.id {
			g.close()
			r.old = append(r.old[:i:i], r.old[i+1:]...)
			return o, nil
		}
	}
	if m := r.memoOf(g); m != nil && g.size() >= m.off {
		g.o, g.cut.off = m.o, m.off
	}
	return g, nil
}

// take makes g the live file.
func (r *reading) take(g *gen) {
	if !r.known(g) {
		r.remember(g)
	}
	r.missed(g)
	r.cur = g
	if r.seq > 0 {
		g.mark |= Rotated
		r.st.rotations.Add(1)
	}
	r.st.fail(nil)
}

// maxOld bounds the rotated files held open.
const maxOld = 16

// retire keeps a rotated file open: its writer goes on until told to reopen.
func (r *reading) retire(g *gen) {
	g.grown = r.opt.Now()
	r.note(g, g.cut.mark())
	r.old = append(r.old, g)
	if len(r.old) > maxOld {
		r.finish(r.old[0])
		r.old = r.old[1:]
	}
}

// drainOld reads on in rotated files, and closes those that no longer grow.
func (r *reading) drainOld() {
	keep := r.old[:0]
	for _, g := range r.old {
		n, err := r.drain(g, math.MaxInt64, false)
		now := r.opt.Now()
		switch {
		case n > 0:
			g.grown = now
			keep = append(keep, g)
		case err == nil && now.Sub(g.grown) < grace:
			keep = append(keep, g)
		default:
			r.finish(g)
		}
	}
	clear(r.old[len(keep):])
	r.old = keep
}

// missed reads files that came and went between two looks: rotated ones that were
// never seen under the name and are older than next, which takes the name now.
func (r *reading) missed(next *gen) {
	var found []*gen
	calm := false
	for try := 0; try < tries && !calm; try++ {
		closeAll(found)
		young := len(next.o.getHead()) == 0
		found, calm = r.unseen(next)
		if young && len(next.o.getHead()) > 0 { // filled since the files were listed, and perhaps not for the first time
			calm = false
		}
	}
	for _, g := range found {
		r.drainOld() // what a late writer wrote before anybody wrote to g
		r.catchUp(g)
	}
}

// tries is how often a folder is looked at again when files were renamed meanwhile.
const tries = 20

// unseen opens the rotated files that were never seen and are older than next. It
// is not calm when files were renamed meanwhile: one may be missing from the list.
func (r *reading) unseen(next *gen) (found []*gen, calm bool) {
	for _, f := range settled(r.s.path) {
		g, err := openGen(r.s.name, f.path, 0, r.pool, r.opt)
		if errors.Is(err, fs.ErrNotExist) {
			return found, false
		}
		if err != nil {
			continue // nothing can be done about it here
		}
		next.lookAgain() // after g was opened: g may be a copy of it in the making
		switch head := g.o.getHead(); {
		case g.o.id != f.id:
			g.close()
			return found, false
		case g.o.id == next.o.id, sameFile(next.o, head): // rotated since, or copied: what follows is newer
			g.close()
			return found, true
		case len(head) == 0, r.known(g), slices.ContainsFunc(found, func(x *gen) bool { return sameFile(x.o, head) }):
			g.close()
		default:
			found = append(found, g)
		}
	}
	return found, true
}

func closeAll(gens []*gen) {
	for _, g := range gens {
		g.close()
	}
}

// catchUp reads a rotated file that was missed. Its writer may not be done with it.
func (r *reading) catchUp(g *gen) {
	r.remember(g)
	g.mark |= Rotated
	r.st.rotations.Add(1)
	if g.fm != nil {
		_ = r.whole(g) // noted in the status
		return
	}
	r.readOn(g)
}

// readOn reads a rotated file to its end now, and keeps it open.
func (r *reading) readOn(g *gen) {
	if _, err := r.drain(g, math.MaxInt64, false); err != nil {
		r.st.fail(err)
	}
	r.retire(g)
}

// truncated starts the live file anew. What was written before and not read yet
// is in the copy that copytruncate made; without a copy it is lost.
func (r *reading) truncated() {
	g := r.cur
	from := g.cut.mark()
	fresh := g.again(r.opt)
	fresh.mark = Rotated
	if c := r.copyOf(g, from); c != nil {
		r.drainOld() // as in missed
		if r.wholeCopy(c); c.torn {
			fresh.mark |= Lossy
			r.st.lost.Add(1)
			r.st.torn.Add(1)
		}
	} else {
		fresh.mark |= Lossy
		r.st.lost.Add(1)
		if g.cut.off > from {
			r.st.torn.Add(1)
		}
	}
	r.note(g, g.cut.off)
	r.remember(fresh)
	r.missed(fresh)
	r.st.rotations.Add(1)
	r.cur = fresh
}

// wholeCopy reads the copy of a truncated file. One that ends within a record was made
// while somebody wrote: the rest of that record went with the file.
func (r *reading) wholeCopy(c *gen) {
	_, err := r.drain(c, math.MaxInt64, false)
	if err != nil {
		r.st.fail(err)
		r.st.lost.Add(1)
	}
	c.torn = c.cut.pending() > 0
	r.finish(c)
}

// copyOf finds a copy of the truncated file that holds it from the offset on.
func (r *reading) copyOf(g *gen, from int64) *gen {
	for range tries {
		c, calm := r.copyOnce(g, from)
		if c != nil || calm {
			return c
		}
	}
	return nil
}

// copyOnce looks for a plain copy first: a compressed one may still be in the
// making while the plain one is there. calm: no file was renamed meanwhile.
func (r *reading) copyOnce(g *gen, from int64) (c *gen, calm bool) {
	calm = true
	var packed *gen
	files := settled(r.s.path)
	for i := len(files) - 1; i >= 0 && calm; i-- {
		c, err := openGen(r.s.name, files[i].path, from, r.pool, r.opt)
		if err != nil {
			calm = !errors.Is(err, fs.ErrNotExist)
			continue
		}
		calm = c.o.id == files[i].id
		whole := c.o.id != g.o.id && len(c.o.head) >= len(g.o.getHead()) && sameHead(c.o.head, g.o.getHead())
		switch {
		case whole && c.fm == nil && c.size() >= from:
			c.o = g.o // the same records at the same offsets
			return c, true
		case whole && c.fm != nil && packed == nil:
			packed = c
		default:
			c.close()
		}
	}
	if packed != nil && calm {
		packed.o = g.o
		return packed, true
	}
	if packed != nil {
		packed.close()
	}
	return nil, calm
}
