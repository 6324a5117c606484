package source

import (
	"bytes"
	"io"
	"os"
	"sync"
	"sync/atomic"
	"syscall"
)

// Origin is one file, or one stream, that records came from. It stays valid after
// rotation: a record is found again by inode or by the file's first bytes.
type Origin struct {
	Source string // name of the source: the path of the live file, "-", "journal", ...
	Path   string // of this file when it was opened

	id   fileID
	line int64 // number of the next record to hand out; 0: unknown
	ring *ring // of a stream: what can still be shown

	packed atomic.Bool // is compressed now
	again  reinflater  // of it

	mu     sync.Mutex
	head   []byte // first bytes, uncompressed, at most headSize; NUL bytes before them do not count
	headAt int64  // where they stand in a plain file
}

// headSize is how many first bytes tell a file from another one. A log's first
// line holds a stamp, so two files of a series differ early.
const headSize = 256

func (o *Origin) getHead() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.head
}

func (o *Origin) setHead(h []byte, at int64) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.head, o.headAt = h, at
}

// fileID tells one file from another for as long as it is held open.
type fileID struct{ dev, ino uint64 }

func idOf(fi os.FileInfo) fileID {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return fileID{uint64(st.Dev), st.Ino}
	}
	return fileID{}
}

// maxHole is how many NUL bytes at the start of a file are looked behind.
const maxHole = 4 << 30

// readHead returns the first bytes of a file that are not NUL, at most headSize, and
// where they stand. Less than a line says nothing: many begin alike. A writer that keeps its offset leaves a hole at the start when
// the file is truncated; what follows it tells the file from others.
func readHead(f *os.File) (head []byte, at int64) {
	buf := make([]byte, headSize)
	n, _ := f.ReadAt(buf, 0)
	if n == 0 || buf[0] != 0 {
		return telling(buf[:n]), 0
	}
	at = dataFrom(f)
	for buf = make([]byte, 64<<10); at < maxHole; at += int64(n) {
		if n, _ = f.ReadAt(buf, at); n == 0 {
			break
		}
		if text := bytes.TrimLeft(buf[:n], "\x00"); len(text) > 0 {
			at += int64(n - len(text))
			n, _ = f.ReadAt(buf[:headSize], at)
			return telling(buf[:n:n]), at
		}
	}
	return nil, 0
}

// telling is a head that tells a file from others, or nothing.
func telling(head []byte) []byte {
	if len(head) < headSize && bytes.IndexByte(head, '\n') < 0 {
		return nil
	}
	return head
}

// streamHead does so for what a compressed file holds.
func streamHead(in io.Reader) (head []byte, err error) {
	buf := make([]byte, headSize)
	n, err := io.ReadFull(in, buf)
	for hole := int64(0); n > 0 && buf[0] == 0 && hole < maxHole; hole += headSize {
		text := bytes.TrimLeft(buf[:n], "\x00")
		rest := copy(buf, text)
		if n = rest; err == nil {
			var more int
			more, err = io.ReadFull(in, buf[rest:])
			n += more
		}
	}
	return buf[:n], err
}

// sameHead says whether one of two heads is the beginning of the other. An empty
// head says nothing.
func sameHead(a, b []byte) bool {
	n := min(len(a), len(b))
	return n > 0 && bytes.Equal(a[:n], b[:n])
}
