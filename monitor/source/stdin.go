package source

import (
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// stream is a pipe as a Source: standard input, or the output of commands.
type stream struct {
	stats
	opt Options
	// open yields what to read next: io.EOF when there is nothing more. live: what
	// follows is not past any more. It is called by one goroutine.
	open func(ctx context.Context) (in io.ReadCloser, live bool, err error)
	// read sees every chunk before it is cut.
	read func(p []byte)
}

func newStream(o Options, name, kind string, in io.Reader) *stream {
	s := &stream{opt: o.withDefaults()}
	s.name, s.kind = name, kind
	s.open = func(context.Context) (io.ReadCloser, bool, error) {
		if in == nil {
			return nil, false, io.EOF
		}
		first := in
		in = nil
		return io.NopCloser(&sniffer{in: first}), true, nil // a pipe that is followed is live from the start
	}
	return s
}

// chunk is what one read of a stream gave.
type chunk struct {
	buf  []byte
	live bool // from here on
	end  bool // a reader ended: what is unfinished is a record
	err  error
}

// Run implements Source. A compressed stream is inflated. Standard input cannot be
// interrupted: when ctx is done, its goroutine ends with the next byte or with the
// process.
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
	look := time.NewTicker(partIdle / 3)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-look.C:
			r.overdue()
		case c := <-full:
			if c.live && s.opt.Follow && !r.live {
				r.arriveStream(g)
			}
			r.takeChunk(g, c.buf)
			if c.end || c.err != nil {
				r.send(g, g.cut.cut(true))
			}
			if c.err != nil {
				return endOf(s.name, c.err)
			}
			if c.buf != nil {
				empty <- c.buf[:cap(c.buf)]
			}
		}
	}
}

const streamRead = 64 << 10

// pump reads the stream, ahead by one buffer.
func (s *stream) pump(ctx context.Context, full chan<- chunk, empty <-chan []byte) {
	hand := func(c chunk) bool {
		select {
		case full <- c:
			return c.err == nil
		case <-ctx.Done():
			return false
		}
	}
	for {
		in, live, err := s.open(ctx)
		if !hand(chunk{live: live, err: err}) {
			return
		}
		for err == nil {
			var buf []byte
			select {
			case buf = <-empty:
			case <-ctx.Done():
				in.Close()
				return
			}
			var n int
			n, err = in.Read(buf)
			if s.read != nil {
				s.read(buf[:n])
			}
			c := chunk{buf: buf[:n], end: err != nil}
			if err != nil && err != io.EOF {
				c.err = err
			}
			if !hand(c) {
				in.Close()
				return
			}
		}
		if err := in.Close(); err != nil {
			s.fail(err)
			if !s.opt.Follow && !hand(chunk{err: err}) {
				return
			}
		}
	}
}

func endOf(name string, err error) error {
	if err == io.EOF {
		return nil
	}
	return fmt.Errorf("reading %s: %w", name, err)
}

// takeChunk cuts what one read gave and hands out the whole records of it.
func (r *reading) takeChunk(g *gen, p []byte) {
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

// arriveStream says that what follows is not past any more.
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
	if isExport(p.have) {
		return newExport(io.NopCloser(p)), nil
	}
	if fm := compressed(p.have); fm != nil {
		in, err := fm.open(p)
		if err != nil {
			return nil, err
		}
		inner := &peeked{r: in}
		if n, _ := io.ReadFull(in, inner.buf[:]); n > 0 {
			inner.have = inner.buf[:n]
		}
		if isExport(inner.have) {
			return newExport(io.NopCloser(inner)), nil
		}
		return inner, nil
	}
	return p, p.firstOf()
}

// sniffer is inflated at its first read: opening a pipe must not wait for it.
type sniffer struct {
	in    io.Reader
	ready bool
}

func (s *sniffer) Read(b []byte) (int, error) {
	if !s.ready {
		in, err := inflated(s.in)
		if err != nil {
			return 0, err
		}
		s.in, s.ready = in, true
	}
	return s.in.Read(b)
}

// peeked is a reader whose first bytes were looked at.
type peeked struct {
	r    io.Reader
	buf  [magicBytes]byte
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
