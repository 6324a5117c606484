package source

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"mailtop/logparse"
)

// What Check finds wrong with a file that can be read.
var (
	ErrEmpty   = errors.New("is empty: nothing has been logged to it yet")
	ErrBinary  = errors.New("is not text")
	ErrForeign = errors.New("holds no line of a mail server where it was looked at (its first and last lines)")
)

// checkBytes is how much of each end of a file Check looks at.
const checkBytes = 64 << 10

// Check says in one line why the file at path is no mail log that can be read, with
// the way out; nil when it is one. errors.Is tells ErrEmpty, ErrBinary, ErrForeign,
// fs.ErrNotExist and fs.ErrPermission apart.
func Check(path string) error { return Host{}.check(path) }

func (h Host) check(path string) error {
	if err := h.readable(path, false); err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return h.explain(path, err)
	}
	defer f.Close()
	first, last, err := ends(path, f)
	if err != nil {
		return err
	}
	text := bytes.TrimLeft(first, "\x00")
	switch {
	case len(first) == 0:
		return fmt.Errorf("%s %w", path, ErrEmpty)
	case bytes.HasPrefix(first, []byte("LPKSHHRH")):
		return fmt.Errorf("%s %w: it is a systemd journal; read it with: journalctl -o json --file %s | mailtop -", path, ErrBinary, path)
	case binary(text):
		return fmt.Errorf("%s %w; name a log file, plain or compressed with gzip, zstd, xz or bzip2", path, ErrBinary)
	case !mail(text) && !mail(last):
		return fmt.Errorf("%s %w; name the mail log, or see which there are with: mailtop doctor", path, ErrForeign)
	}
	return nil
}

// ends returns the first bytes of the content of f, and the last ones of a plain file.
func ends(path string, f *os.File) (first, last []byte, err error) {
	_, fm, err := contentHead(path, f)
	if err != nil {
		return nil, nil, err
	}
	if fm != nil {
		in, err := fm.open(f)
		if err != nil {
			return nil, nil, damaged(path, err)
		}
		defer in.Close()
		first, _ = io.ReadAll(io.LimitReader(in, checkBytes))
		return first, nil, nil
	}
	first = make([]byte, checkBytes)
	n, _ := f.ReadAt(first, 0)
	fi, err := f.Stat()
	if err != nil {
		return nil, nil, err
	}
	if off := fi.Size() - checkBytes; off > 0 {
		last = make([]byte, checkBytes)
		m, _ := f.ReadAt(last, off)
		_, last, _ = bytes.Cut(last[:m], []byte{'\n'})
	}
	return first[:n], last, nil
}

// binary says whether p holds more control bytes than hostile clients put into a log.
func binary(p []byte) bool {
	n := 0
	for _, c := range p {
		if c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != 0x1b {
			n++
		}
	}
	return n > len(p)/50+16 || len(p) < 512 && n > len(p)/8
}

// mail says whether the parser recognises any record of p.
func mail(p []byte) bool {
	parser, found := logparse.New(logparse.Options{}), false
	b := logparse.Block{Buf: p}
	for at := 0; at < len(p) && !found; {
		end := len(p)
		if i := bytes.IndexByte(p[at:], '\n'); i >= 0 {
			end = at + i
		}
		if end-at <= logparse.MaxRecord {
			parser.Parse(&b, at, end, func(e *logparse.Event) { found = found || ofMail(e) })
		}
		at = end + 1
	}
	return found
}

// ofMail says whether an event is of a mail server or of what stands before one.
func ofMail(e *logparse.Event) bool {
	if e.MTA == logparse.Kernel || e.MTA == logparse.Journald || e.MTA == logparse.Rsyslog || e.MTA == logparse.PAM {
		return false
	}
	return e.Kind != logparse.KindUnknown || e.MTA != logparse.MTANone
}

// readable says in one line why the file at path cannot be opened for reading.
func readable(path string, mayBeMissing bool) error { return Host{}.readable(path, mayBeMissing) }

func (h Host) readable(path string, mayBeMissing bool) error {
	f, err := os.Open(path)
	if err != nil {
		if mayBeMissing && errors.Is(err, fs.ErrNotExist) {
			return nil
		}
		return h.explain(path, err)
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	if !fi.Mode().IsRegular() {
		return irregular(path, fi)
	}
	return nil
}
