package source

import (
	"context"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/s2"
)

// Inflating costs more than parsing, and the files of a series must be handed out
// one after the other. So each is inflated by a goroutine of its own, and the files
// that come next are inflated at the same time as far as memory allows: what waits
// is kept packed with S2, which makes a quarter of a log for a tenth of the work.

const (
	aheadFiles  = 4         // inflated at the same time, at most
	aheadBudget = 20 << 20  // bytes kept of the files that come next, packed
	aheadChunk  = 256 << 10 // inflated at once
	aheadRaw    = 3         // chunks kept of the file that is being read
)

// ahead inflates a file ahead of its reader.
type ahead struct {
	g     *gen
	ctx   context.Context
	gate  *throttle
	limit int // of kept, while the file is not being read

	mu     sync.Mutex
	moved  *sync.Cond
	front  bool // is being read
	closed bool
	queue  []aheadPart
	kept   int
	spare  [][]byte
	end    error

	part []byte // being read
	buf  []byte // to unpack into
}

// aheadPart is a chunk of the inflated file.
type aheadPart struct {
	data   []byte
	packed bool
	stored int64 // bytes of the file it took up to here
}

func newAhead(ctx context.Context, g *gen, gt *throttle, limit int) *ahead {
	a := &ahead{g: g, ctx: ctx, gate: gt, limit: limit}
	a.moved = sync.NewCond(&a.mu)
	return a
}

// run inflates the file from the offset on.
func (a *ahead) run(off int64, low bool) {
	if low {
		lowerPriority()
	}
	end := a.inflate(off)
	a.mu.Lock()
	a.end = end
	a.mu.Unlock()
	a.moved.Broadcast()
}

func (a *ahead) inflate(off int64) error {
	var stored int64
	in, err := a.g.fm.open(&countingReader{a.g.f, &stored})
	if err != nil {
		return err
	}
	defer in.Close()
	if n, err := io.CopyN(io.Discard, in, off); err != nil {
		return fmt.Errorf("it ends at byte %d, before %d: %w", n, off, err)
	}
	for {
		buf, ok := a.room()
		if !ok {
			return io.ErrClosedPipe
		}
		a.gate.enter(a.ctx)
		n, err := readFull(in, buf)
		a.gate.leave()
		if n > 0 {
			a.put(buf[:n], stored)
		}
		if err != nil {
			return err
		}
	}
}

// readFull is io.ReadFull with the reader's own error.
func readFull(in io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = in.Read(p[n:])
		n += k
	}
	return n, err
}

// room waits until there is room for another chunk, false when nobody reads any more.
func (a *ahead) room() ([]byte, bool) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for !a.closed && (a.front && len(a.queue) >= aheadRaw || !a.front && a.kept >= a.limit) {
		a.moved.Wait()
	}
	return a.take(), !a.closed
}

// take returns a buffer of the size of a chunk; mu is held.
func (a *ahead) take() []byte {
	n := len(a.spare)
	if n == 0 {
		return make([]byte, aheadChunk)
	}
	buf := a.spare[n-1]
	a.spare = a.spare[:n-1]
	return buf[:aheadChunk]
}

func (a *ahead) put(buf []byte, stored int64) {
	p := aheadPart{data: buf, stored: stored}
	a.mu.Lock()
	front := a.front
	a.mu.Unlock()
	if !front {
		p.data, p.packed = s2.Encode(nil, buf), true
		p.data = append(make([]byte, 0, len(p.data)), p.data...)
	}
	a.mu.Lock()
	if p.packed {
		a.spare = append(a.spare, buf)
	}
	a.queue = append(a.queue, p)
	a.kept += len(p.data)
	a.mu.Unlock()
	a.moved.Broadcast()
}

// Read implements io.Reader. It is called by the goroutine that reads the file.
func (a *ahead) Read(p []byte) (int, error) {
	if len(a.part) == 0 {
		if err := a.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, a.part)
	a.part = a.part[n:]
	return n, nil
}

// next takes the next chunk.
func (a *ahead) next() error {
	a.mu.Lock()
	if a.buf != nil { // the last chunk has been read
		a.spare = append(a.spare, a.buf)
		a.buf = nil
	}
	a.front = true
	a.moved.Broadcast()
	for len(a.queue) == 0 && a.end == nil {
		a.moved.Wait()
	}
	if len(a.queue) == 0 {
		defer a.mu.Unlock()
		return a.end
	}
	p := a.queue[0]
	a.queue[0] = aheadPart{}
	a.queue = a.queue[1:]
	a.kept -= len(p.data)
	if a.buf = p.data; p.packed {
		a.buf = a.take()
	}
	a.mu.Unlock()
	a.moved.Broadcast()
	a.g.raw, a.part = p.stored, a.buf
	if !p.packed {
		return nil
	}
	var err error
	a.part, err = s2.Decode(a.buf, p.data)
	return err
}

// Close ends the inflating.
func (a *ahead) Close() error {
	a.mu.Lock()
	a.closed, a.queue, a.spare = true, nil, nil
	a.mu.Unlock()
	a.moved.Broadcast()
	return nil
}
