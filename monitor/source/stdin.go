package source

import (
	"context"
	"fmt"
	"io"
	"os"
)

// stream is a pipe as a Source: standard input, or the output of a command.
type stream struct {
	stats
	opt Options
	in  io.Reader
}

func newStream(o Options, name, kind string, in io.Reader) *stream {
	s := &stream{opt: o.withDefaults(), in: in}
	s.name, s.kind = name, kind
	return s
}

// chunk is what one read of a stream gave.
type chunk struct {
	buf []byte
	err error
}

// Run implements Source. A compressed stream is inflated. The reader itself cannot
// be interrupted: when ctx is done, its goroutine ends with the next byte or with
// the process.
func (s *stream) Run(ctx context.Context, out chan<- *Batch) error {
	defer s.done.Store(true)
	r := &reading{s: &series{opt: s.opt}, ctx: ctx, opt: &s.opt, st: &s.stats, pool: newPool(s.opt), out: out}
	r.start(s.opt.Workers, false)
	defer r.close()
	full, empty := make(chan chunk), make(chan []byte, 2)
	empty <- make([]byte, streamRead)
	empty <- make([]byte, streamRead)
	go s.pump(ctx, full, empty)
	o := &Origin{Source: s.name, Path: s.name, line: 1, ring: &ring{}}
	g := &gen{o: o, cut: newCutter(r.pool, s.opt.record, 0), mtime: s.opt.Now()}
	defer g.cut.free()
	if s.opt.Follow {
		r.arriveStream(g)
	}
	for {
		select {
		case <-ctx.Done():
			return nil
		case c := <-full:
			r.take1(g, c.buf)
			if c.err != nil {
				r.send(g, g.cut.cut(true))
				return endOf(s.name, c.err)
			}
			empty <- c.buf[:cap(c.buf)]
		}
	}
}

const streamRead = 64 << 10

// pump reads the stream, ahead by one buffer.
func (s *stream) pump(ctx context.Context, full chan<- chunk, empty <-chan []byte) {
	in, err := inflated(s.in)
	for {
		var buf []byte
		select {
		case buf = <-empty:
		case <-ctx.Done():
			return
		}
		n := 0
		if err == nil {
			n, err = in.Read(buf)
		}
		select {
		case full <- chunk{buf[:n], err}:
		case <-ctx.Done():
			return
		}
		if err != nil {
			return
		}
	}
}

func endOf(name string, err error) error {
	if err == io.EOF {
		return nil
	}
	return fmt.Errorf("reading %s: %w", name, err)
}

// take1 cuts what one read gave and hands out the whole records of it.
func (r *reading) take1(g *gen, p []byte) {
	r.st.bytes.Add(int64(len(p)))
	g.o.ring.write(p, g.cut.off)
	for len(p) > 0 {
		n := copy(g.cut.room(), p)
		g.cut.add(n)
		p = p[n:]
		if g.cut.pending() > 0 && g.cut.full() {
			r.send(g, g.cut.cut(false))
		}
	}
	r.send(g, g.cut.cut(false))
}

// arriveStream: a pipe that is followed is live from the start.
func (r *reading) arriveStream(g *gen) {
	r.live = true
	r.st.live.Store(true)
	b := r.pool.get()
	r.seq++
	b.Origin, b.Seq, b.Live, b.Mark = g.o, r.seq, true, Arrived
	r.p.submit(b)
}

// inflated looks at the first bytes of a stream and decompresses when they say so.
func inflated(in io.Reader) (io.Reader, error) {
	p := &peeked{r: in}
	n, err := io.ReadFull(in, p.buf[:])
	p.have = p.buf[:n]
	if n == 0 {
		return p, err
	}
	if fm := compressed(p.have); fm != nil {
		return fm.open(p)
	}
	return p, nil
}

// peeked is a reader whose first bytes were looked at.
type peeked struct {
	r    io.Reader
	buf  [6]byte
	have []byte
}

func (p *peeked) Read(b []byte) (int, error) {
	if len(p.have) > 0 {
		n := copy(b, p.have)
		p.have = p.have[n:]
		return n, nil
	}
	return p.r.Read(b)
}

// stdin is the process's standard input as a source.
func stdin(o Options) Source { return newStream(o, "-", "stdin", os.Stdin) }
