package source

import (
	"bytes"
	"fmt"
	"sync"
)

// ringSize is how much of a stream can still be shown as evidence.
const ringSize = 4 << 20

// ring keeps the newest bytes of a stream.
type ring struct {
	mu  sync.Mutex
	buf []byte
	end int64 // offset after the newest byte
}

// write keeps p, which starts at offset off of the stream.
func (r *ring) write(p []byte, off int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.buf == nil {
		r.buf = make([]byte, ringSize)
	}
	r.end = off + int64(len(p))
	if len(p) > ringSize {
		off, p = r.end-ringSize, p[len(p)-ringSize:]
	}
	at := int(off % ringSize)
	n := copy(r.buf[at:], p)
	copy(r.buf, p[n:])
}

// read copies what is kept from off on into p.
func (r *ring) read(p []byte, off int64) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if off < 0 || off >= r.end || off < r.end-ringSize {
		return 0, fmt.Errorf("no longer kept: only the newest %d MiB of a stream can be shown", ringSize>>20)
	}
	p = p[:min(int64(len(p)), r.end-off)]
	at := int(off % ringSize)
	n := copy(p, r.buf[at:])
	copy(p[n:], r.buf)
	return len(p), nil
}

// firstLine is p up to its first newline.
func firstLine(p []byte) (line []byte, whole bool) {
	line, _, whole = bytes.Cut(p, []byte{'\n'})
	return bytes.TrimSuffix(line, []byte{'\r'}), whole
}
