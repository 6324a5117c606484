package source

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"mailtop/logparse"
)

// Record reads the record at an uncompressed offset again, without its newline: from
// the file under its old name, or under the name that rotation or compression gave
// it, or from what is kept of a stream.
func (o *Origin) Record(off int64) ([]byte, error) {
	buf := make([]byte, 4096)
	for {
		n, err := o.readAt(buf, off)
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("record at byte %d of %s: %w", off, o.Path, err)
		}
		line, whole := firstLine(buf[:n])
		if !whole && err == nil && n == len(buf) && len(buf) <= logparse.MaxRecord {
			buf = make([]byte, 4*len(buf))
			continue
		}
		return o.complete(line, off), nil
	}
}

func (o *Origin) readAt(p []byte, off int64) (int, error) {
	if o.ring != nil {
		return o.ring.read(p, off)
	}
	if o.packed.Load() {
		return o.again.readAt(p, off, o.findPacked)
	}
	f, err := o.find()
	if err != nil {
		return 0, err
	}
	defer f.Close()
	_, fm, err := contentHead(f.Name(), f)
	if err != nil {
		return 0, err
	}
	if fm == nil {
		return f.ReadAt(p, off)
	}
	o.packed.Store(true)
	return o.again.readAt(p, off, o.findPacked)
}

// findPacked opens a file that was found to be compressed.
func (o *Origin) findPacked() (*os.File, *format, error) {
	f, err := o.find()
	if err != nil {
		return nil, nil, err
	}
	_, fm, err := contentHead(f.Name(), f)
	if err == nil && fm == nil {
		err = errors.New(f.Name() + " is not compressed any more")
		o.packed.Store(false)
	}
	if err != nil {
		f.Close()
		return nil, nil, err
	}
	return f, fm, nil
}

// find opens the file as it is named now.
func (o *Origin) find() (*os.File, error) {
	paths := []string{o.Path, o.Source}
	live := filepath.Join(filepath.Dir(o.Path), rotationOf(filepath.Base(o.Path)).base)
	files := rotatedFiles(live)
	for i := len(files) - 1; i >= 0; i-- {
		paths = append(paths, files[i].path)
	}
	want := o.getHead()
	for _, path := range append(paths, live) {
		f, err := os.Open(path)
		if err != nil {
			continue
		}
		if head, _, err := contentHead(path, f); err == nil && len(head) >= len(want) && sameHead(head, want) {
			return f, nil
		}
		f.Close()
	}
	return nil, errors.New("the file is gone: it was deleted, truncated, or moved to another folder")
}
