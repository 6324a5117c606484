package source

import (
	"bytes"
	"io"
	"time"

	"mailtop/logparse"
)

// sinceSlack is how far the stamps of a log may go back: several daemons write at
// once, and a clock is set.
const sinceSlack = 5 * time.Minute

// seekWindow is how much is read to find a stamp.
const seekWindow = 64 << 10

// skipOld leaves out the files that end before Since, told by the first stamp of
// the file after them, and goes to Since in the first of the rest.
func (r *reading) skipOld(gens []*gen) []*gen {
	if r.opt.Since.IsZero() || len(gens) == 0 {
		return gens
	}
	limit := r.opt.Since.Add(-sinceSlack).UnixNano()
	first := 0
	for i := 1; i < len(gens); i++ {
		if t := r.firstStamp(gens[i]); t != 0 && t < limit {
			first = i
		}
	}
	for _, g := range gens[:first] {
		r.leave(g)
	}
	gens = gens[first:]
	if g := gens[0]; g.fm == nil {
		r.skipTo(g, seekStamp(g.f, g.size(), limit, r.stamps(g)))
	}
	return gens
}

// leave closes a file that is not read.
func (r *reading) leave(g *gen) {
	r.note(g, g.size())
	g.close()
}

// skipTo begins g at an offset.
func (r *reading) skipTo(g *gen, off int64) {
	if off == 0 {
		return
	}
	g.cut.off, g.o.line = off, 0
	r.past -= off
	r.st.size.Add(-off)
}

// stamps returns a function that gives the first stamp in p, 0 when there is none.
func (r *reading) stamps(g *gen) func(p []byte) int64 {
	o := r.opt.Parse
	if o.Ref.IsZero() {
		o.Ref = g.mtime
	}
	parser := logparse.New(o)
	return func(p []byte) int64 {
		var t int64
		b := logparse.Block{Buf: p}
		for at := 0; at < len(p) && t == 0; {
			end := len(p)
			if i := bytes.IndexByte(p[at:], '\n'); i >= 0 {
				end = at + i
			}
			parser.Parse(&b, at, min(end, at+logparse.MaxRecord), func(e *logparse.Event) { t = e.Time })
			at = end + 1
		}
		return t
	}
}

func (r *reading) firstStamp(g *gen) int64 {
	head := bytes.TrimLeft(g.o.getHead(), "\x00")
	return r.stamps(g)(head)
}

// seekStamp finds the start of a record before which every stamp is older than
// limit, give or take the slack, by halving. Where no stamp can be found it errs
// towards reading more.
func seekStamp(f io.ReaderAt, size, limit int64, stamp func([]byte) int64) int64 {
	lo, hi := int64(0), size
	buf := make([]byte, seekWindow)
	for hi-lo > seekWindow {
		mid := lo + (hi-lo)/2
		n, _ := f.ReadAt(buf, mid)
		start := bytes.IndexByte(buf[:n], '\n') + 1
		t := int64(0)
		if start > 0 {
			t = stamp(buf[start:n])
		}
		if t == 0 || t >= limit {
			hi = mid
			continue
		}
		lo = mid + int64(start)
	}
	return lo
}
