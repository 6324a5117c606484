package source

import (
	"bytes"
	"compress/bzip2"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// format is a way of compression, told by the first bytes of the file and never by
// its name: a rotated log may keep its name or get a wrong one.
type format struct {
	magic string
	open  func(io.Reader) (io.ReadCloser, error)
}

var formats = []format{
	{"\x1f\x8b", func(r io.Reader) (io.ReadCloser, error) { return gzip.NewReader(r) }},
	{"\x28\xb5\x2f\xfd", openZstd},
	{"\xfd7zXZ\x00", func(r io.Reader) (io.ReadCloser, error) {
		x, err := xz.NewReader(r)
		return io.NopCloser(x), err
	}},
	{"BZh", func(r io.Reader) (io.ReadCloser, error) { return io.NopCloser(bzip2.NewReader(r)), nil }},
}

// openZstd bounds the window a hostile or odd file may ask for.
func openZstd(r io.Reader) (io.ReadCloser, error) {
	d, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(128<<20), zstd.WithDecoderLowmem(true))
	if err != nil {
		return nil, err
	}
	return d.IOReadCloser(), nil
}

// compressed returns the format of a file that begins with head, nil for plain text.
func compressed(head []byte) *format {
	for i := range formats {
		if bytes.HasPrefix(head, []byte(formats[i].magic)) {
			return &formats[i]
		}
	}
	return nil
}

// contentHead returns the first uncompressed bytes of f and its compression. f is
// left at its start.
func contentHead(path string, f *os.File) ([]byte, *format, error) {
	first := make([]byte, headSize)
	n, _ := f.ReadAt(first, 0)
	first = first[:n]
	fm := exported(first, compressed(first))
	if fm == nil {
		head, _ := readHead(f)
		return head, nil, refused(path, first)
	}
	head, err := openedHead(path, f, fm)
	if err == nil {
		err = refused(path, head)
	}
	if more := exported(head, fm); err == nil && more != fm { // a compressed export
		fm = more
		head, err = openedHead(path, f, fm)
	}
	return head, fm, err
}

// openedHead returns the first bytes of what f holds. f is left at its start.
func openedHead(path string, f *os.File, fm *format) ([]byte, error) {
	in, err := fm.open(f)
	if err != nil {
		return nil, damaged(path, err)
	}
	defer in.Close()
	head, err := streamHead(in)
	if len(head) == 0 && err != io.EOF {
		return nil, damaged(path, err)
	}
	_, err = f.Seek(0, io.SeekStart)
	return head, err
}

func damaged(path string, err error) error {
	return fmt.Errorf("%s is damaged or cut off: %w", path, err)
}
