package main

import (
	"bytes"
	"io"
	"os"
	"syscall"

	"mailtop/monitor/checkpoint"
)

// exactly writes lines to a file that an earlier run wrote to: what that run wrote
// after it last saved is not written again, and a line that it left torn is
// finished. It compares; it never changes what stands in the file.
type exactly struct {
	w    io.Writer
	have []byte // stands in the file and is expected to come again
}

// maxAgain bounds what is compared; more is written within a second only on disks
// that are fast enough to read it.
const maxAgain = 64 << 20

// newExactly looks at what follows the place that was saved.
func newExactly(w io.Writer, at checkpoint.Output) *exactly {
	x := &exactly{w: w}
	now, ok := placeOf(w)
	if !ok || at.Inode == 0 || now.Inode != at.Inode || now.Device != at.Device || now.Size <= at.Size || now.Size-at.Size > maxAgain {
		return x
	}
	f, err := os.Open("/dev/fd/" + "1")
	if err != nil {
		return x
	}
	defer f.Close()
	have := make([]byte, now.Size-at.Size)
	if n, err := f.ReadAt(have, at.Size); err == nil || err == io.EOF {
		x.have = have[:n]
	}
	return x
}

// placeOf is where a regular file ends; false for all else.
func placeOf(w io.Writer) (checkpoint.Output, bool) {
	f, ok := w.(*os.File)
	if !ok {
		return checkpoint.Output{}, false
	}
	fi, err := f.Stat()
	if err != nil || !fi.Mode().IsRegular() {
		return checkpoint.Output{}, false
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return checkpoint.Output{}, false
	}
	return checkpoint.Output{Device: uint64(st.Dev), Inode: st.Ino, Size: fi.Size()}, true
}

// Write takes whole lines.
func (x *exactly) Write(p []byte) (int, error) {
	size := len(p)
	for len(x.have) > 0 && len(p) > 0 {
		n := bytes.IndexByte(p, '\n') + 1
		if n == 0 {
			n = len(p)
		}
		line := p[:n]
		switch {
		case bytes.HasPrefix(x.have, line):
			x.have, p = x.have[n:], p[n:]
		case bytes.HasPrefix(line, x.have): // torn
			p, x.have = p[len(x.have):], nil
		default: // something else stands there
			if x.have[len(x.have)-1] != '\n' {
				if _, err := x.w.Write([]byte{'\n'}); err != nil {
					return 0, err
				}
			}
			x.have = nil
		}
	}
	if len(p) > 0 {
		if n, err := x.w.Write(p); err != nil {
			return size - len(p) + n, err
		}
	}
	return size, nil
}
