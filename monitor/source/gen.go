package source

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

// gen is one generation of a log: one file of a series, open for reading.
type gen struct {
	o     *Origin
	f     *os.File
	fm    *format       // nil for a plain file
	in    io.ReadCloser // decompressor, from the first read on
	raw   int64         // stored bytes read by the decompressor
	cut   *cutter
	mtime time.Time
	mark  Mark      // for its next batch
	torn  bool      // ended within a record
	grown time.Time // when it last grew, for a rotated file that may still be written to
	head  [headSize]byte
}

// errTruncated says that the file no longer holds what was read of it.
var errTruncated = errors.New("file was truncated")

// errYoung says that a file seen empty has content now; nothing was read. It may
// have been filled, copied and truncated in between.
var errYoung = errors.New("file is no longer empty")

// errUntold says that a file holds too little to tell it from others; nothing was read.
var errUntold = errors.New("file is as good as empty")

// openGen opens the file at path for reading from the uncompressed offset off.
func openGen(source, path string, off int64, pl *pool, o *Options) (*gen, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, explain(path, err)
	}
	fi, err := f.Stat()
	if err == nil && !fi.Mode().IsRegular() {
		err = irregular(path, fi)
	}
	if err != nil {
		f.Close()
		return nil, err
	}
	g := &gen{f: f, mtime: fi.ModTime(), o: &Origin{Source: source, Path: path, id: idOf(fi)}}
	g.o.head, g.fm, err = contentHead(path, f)
	if err != nil {
		f.Close()
		return nil, err
	}
	if g.fm == nil {
		g.o.head, g.o.headAt = readHead(f)
	}
	g.cut = newCutter(pl, o.record, off)
	if off == 0 {
		g.o.line = 1
	}
	return g, nil
}

// again opens the same file anew from its beginning: it was truncated.
func (g *gen) again(o *Options) *gen {
	n := &gen{f: g.f, mtime: o.Now(), o: &Origin{Source: g.o.Source, Path: g.o.Path, id: g.o.id, line: 1}}
	n.o.head, n.o.headAt = readHead(g.f)
	n.cut = newCutter(g.cut.pool, g.cut.record, 0)
	g.cut.free()
	return n
}

// read reads once into the cutter, at most limit bytes. 0 without an error: the
// end. With check it accepts the bytes only if the file is still the one whose
// head was read: a truncation between two reads never yields a torn record.
func (g *gen) read(limit int64, check bool) (int, error) {
	room := g.cut.room()
	if int64(len(room)) > limit {
		room = room[:limit]
	}
	n, err := g.into(room)
	if err == io.EOF {
		err = nil
	}
	if check {
		switch bad := g.verify(int64(n)); bad {
		case nil:
		case errUntold:
			return 0, err
		default:
			return 0, bad
		}
	}
	if n > 0 {
		g.cut.add(n)
	}
	return n, err
}

func (g *gen) into(room []byte) (int, error) {
	if g.fm == nil {
		return g.f.ReadAt(room, g.cut.off)
	}
	if g.in == nil {
		if err := g.inflate(); err != nil {
			return 0, err
		}
	}
	n, err := g.in.Read(room)
	if err != nil && err != io.EOF {
		err = damaged(g.o.Path, err)
	}
	return n, err
}

// inflate starts the decompressor and goes to the offset to read from.
func (g *gen) inflate() error {
	in, err := g.fm.open(&countingReader{g.f, &g.raw})
	if err != nil {
		return damaged(g.o.Path, err)
	}
	g.in = in
	if n, err := io.CopyN(io.Discard, in, g.cut.off); err != nil {
		return fmt.Errorf("%s ends at byte %d, before %d: %w", g.o.Path, n, g.cut.off, err)
	}
	return nil
}

// verify says whether the file still begins as it did and reaches to the n bytes
// just read. The head of a young file grows with it.
func (g *gen) verify(n int64) error {
	fi, err := g.f.Stat()
	if err != nil {
		return err
	}
	known := g.o.getHead()
	if len(known) == 0 {
		return g.verifyYoung(fi.Size(), n)
	}
	m, _ := g.f.ReadAt(g.head[:], g.o.headAt) // only this goroutine changes headAt
	if fi.Size() < g.cut.off+n || m < len(known) || string(g.head[:len(known)]) != string(known) {
		return errTruncated
	}
	if m > len(known) {
		g.o.setHead(append([]byte(nil), g.head[:m]...), g.o.headAt)
	}
	return nil
}

// verifyYoung does so for a file that held nothing when it was last seen.
func (g *gen) verifyYoung(size, n int64) error {
	if size < g.cut.off+n {
		return errTruncated
	}
	head, at := readHead(g.f)
	if len(head) == 0 {
		return errUntold
	}
	g.o.setHead(head, at)
	return errYoung
}

// lookAgain reads the head of a file that was empty when last seen.
func (g *gen) lookAgain() {
	if len(g.o.getHead()) == 0 {
		head, at := readHead(g.f)
		g.o.setHead(head, at)
	}
}

// size is the file's size now, as stored.
func (g *gen) size() int64 {
	fi, err := g.f.Stat()
	if err != nil {
		return 0
	}
	return fi.Size()
}

// stored is how many stored bytes were read.
func (g *gen) stored() int64 {
	if g.fm != nil {
		return g.raw
	}
	return g.cut.off
}

func (g *gen) close() {
	if g.in != nil {
		g.in.Close()
	}
	g.cut.free()
	g.f.Close()
}

// countingReader counts what passes.
type countingReader struct {
	r io.Reader
	n *int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	*c.n += int64(n)
	return n, err
}
