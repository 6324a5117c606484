package source

import (
	"io"
	"os"
	"sync"
	"time"
)

// reinflater reads records of a compressed file again. They are asked for mostly in
// the order of the file, and the same ones several times: so it goes on where it was,
// sees a little way back, and remembers what it gave.
type reinflater struct {
	mu   sync.Mutex
	f    *os.File
	in   io.ReadCloser
	pos  int64  // of the next byte of in
	back []byte // the bytes before pos
	seen map[int64][]byte
	path string // it was opened as
	id   fileID
	idle *time.Timer
}

const (
	reinflateBack = 128 << 10
	reinflateSeen = 256
	reinflateKept = 4 << 10         // of a record
	reinflateIdle = 5 * time.Second // then the file is closed: it may have been deleted
)

// readAt reads from the uncompressed offset off on; open opens the file anew.
func (r *reinflater) readAt(p []byte, off int64, open func() (*os.File, *format, error)) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.gone() {
		r.close()
		r.seen = nil
	}
	if rec := r.seen[off]; len(rec) > 0 && len(p) <= len(rec) {
		return copy(p, rec), nil
	}
	if r.in == nil || off < r.pos-int64(len(r.back)) {
		if err := r.reopen(open); err != nil {
			return 0, err
		}
	}
	r.idle.Reset(reinflateIdle)
	end := off + int64(len(p))
	var err error
	for r.pos < end && err == nil {
		err = r.more()
	}
	start := r.pos - int64(len(r.back))
	if off >= r.pos {
		r.close()
		return 0, err
	}
	n := copy(p, r.back[off-start:])
	if n == len(p) {
		err = nil
	}
	if err != nil && err != io.EOF {
		r.close()
	}
	r.remember(p[:n], off)
	return n, err
}

// more reads on by one piece and keeps the newest bytes.
func (r *reinflater) more() error {
	const piece = 32 << 10
	if len(r.back)+piece > 2*reinflateBack {
		r.back = r.back[:copy(r.back, r.back[len(r.back)-reinflateBack:])]
	}
	have := len(r.back)
	n, err := readFull(r.in, r.back[have:have+piece])
	r.back = r.back[:have+n]
	r.pos += int64(n)
	return err
}

func (r *reinflater) reopen(open func() (*os.File, *format, error)) error {
	r.close()
	f, fm, err := open()
	if err != nil {
		return err
	}
	in, err := fm.open(f)
	if err != nil {
		f.Close()
		return err
	}
	r.f, r.in, r.pos, r.path = f, in, 0, f.Name()
	if fi, err := f.Stat(); err == nil {
		r.id = idOf(fi)
	}
	if r.idle == nil {
		r.idle = time.AfterFunc(reinflateIdle, func() {
			r.mu.Lock()
			defer r.mu.Unlock()
			r.close()
		})
	}
	if r.back == nil {
		r.back = make([]byte, 0, 2*reinflateBack)
	}
	r.back = r.back[:0]
	return nil
}

func (r *reinflater) close() {
	if r.in != nil {
		r.in.Close()
		r.f.Close()
		r.in, r.f = nil, nil
	}
}

// gone says that the file is no longer under the name it was found.
func (r *reinflater) gone() bool {
	if r.path == "" {
		return false
	}
	fi, err := os.Stat(r.path)
	return err != nil || idOf(fi) != r.id
}

// remember keeps what was read at an offset.
func (r *reinflater) remember(p []byte, off int64) {
	if len(p) > reinflateKept {
		return
	}
	if r.seen == nil || len(r.seen) >= reinflateSeen {
		r.seen = make(map[int64][]byte)
	}
	r.seen[off] = append([]byte(nil), p...)
}
