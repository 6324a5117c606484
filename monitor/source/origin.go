package source

import (
	"bytes"
	"io"
	"os"
	"sync"
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

	mu   sync.Mutex
	head []byte // first bytes, uncompressed, at most headSize
}

// headSize is how many first bytes tell a file from another one. A log's first
// line holds a stamp, so two files of a series differ early.
const headSize = 256

func (o *Origin) getHead() []byte {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.head
}

func (o *Origin) setHead(h []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.head = h
}

// fileID tells one file from another for as long as it is held open.
type fileID struct{ dev, ino uint64 }

func idOf(fi os.FileInfo) fileID {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return fileID{uint64(st.Dev), st.Ino}
	}
	return fileID{}
}

// readHead returns the first bytes of a file, at most headSize.
func readHead(f io.ReaderAt) []byte {
	buf := make([]byte, headSize)
	n, _ := f.ReadAt(buf, 0)
	return buf[:n]
}

// sameHead says whether one of two heads is the beginning of the other. An empty
// head says nothing, nor does one of NUL bytes, which every file with a hole has.
func sameHead(a, b []byte) bool {
	n := min(len(a), len(b))
	return n > 0 && a[0] != 0 && bytes.Equal(a[:n], b[:n])
}
