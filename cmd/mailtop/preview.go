package main

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"time"

	"mailtop/logparse"
	"mailtop/monitor"
	"mailtop/monitor/source"
)

// The preview is of the last minutes of the logs, where reading all of them takes
// long enough to be waited for.
const (
	previewSpan = 15 * time.Minute
	previewFrom = 8 << 20 // bytes to read
	previewTail = 256 << 10
)

// preview starts an engine over the end of the logs that the feed reads, and
// returns it with what ends it; nil where there is little to read, or something
// that cannot be read twice.
func (o *options) preview(ctx context.Context, fd *feed) (*monitor.Engine, func()) {
	parse := logparse.Options{Loc: fd.w.loc}
	parse.MTA, _ = o.family() // checked with the feed
	var names []string
	var newest time.Time
	var size int64
	for _, st := range fd.set.Status() {
		if st.Kind != "file" {
			return nil, nil
		}
		names = append(names, st.Name)
		size += seriesSize(st.Name, !fd.named || o.rotated)
		if t := newestStamp(st.Name, parse); t.After(newest) {
			newest = t
		}
	}
	if size < previewFrom || newest.IsZero() || !fd.w.until.IsZero() {
		return nil, nil
	}
	from := newest.Add(-previewSpan)
	if fd.w.since.After(from) {
		from = fd.w.since
	}
	set, err := source.Files(source.Options{Follow: true, Since: from, Parse: parse, Workers: 1}, names...)
	if err != nil {
		return nil, nil
	}
	ctx, drop := context.WithCancel(ctx)
	out := make(chan *source.Batch, 8)
	go func() {
		_ = set.Run(ctx, out) // the main engine's sources tell what is wrong
		close(out)
	}()
	opt := monitor.Options{Several: len(names) > 1}
	if time.Since(newest) < previewSpan { // else its time stands where the log ends
		opt.Now = time.Now
	}
	e := monitor.New(opt)
	go e.Run(ctx, out, set.Status)
	return e, drop
}

// seriesSize is how much there is to read of a log.
func seriesSize(path string, rotated bool) (n int64) {
	files := []string{path}
	if rotated {
		for _, pattern := range []string{".*", "-*"} {
			more, _ := filepath.Glob(path + pattern) // a bad pattern finds nothing
			files = append(files, more...)
		}
	}
	for _, f := range files {
		if fi, err := os.Stat(f); err == nil && fi.Mode().IsRegular() {
			n += fi.Size()
		}
	}
	return n
}

// newestStamp is the newest stamp near the end of a plain file, zero when there is none.
func newestStamp(path string, o logparse.Options) (newest time.Time) {
	f, err := os.Open(path)
	if err != nil {
		return newest
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil || !fi.Mode().IsRegular() {
		return newest
	}
	if o.Ref.IsZero() {
		o.Ref = fi.ModTime()
	}
	buf := make([]byte, min(previewTail, fi.Size()))
	n, err := f.ReadAt(buf, fi.Size()-int64(len(buf)))
	if err != nil && err != io.EOF {
		return newest
	}
	block := logparse.Block{Buf: buf[:n]}
	parser := logparse.New(o)
	for at := bytes.IndexByte(block.Buf, '\n') + 1; at < n; {
		end := n
		if i := bytes.IndexByte(block.Buf[at:], '\n'); i >= 0 {
			end = at + i
		}
		parser.Parse(&block, at, min(end, at+logparse.MaxRecord), func(e *logparse.Event) {
			if t := time.Unix(0, e.Time); e.Time != 0 && t.After(newest) {
				newest = t
			}
		})
		at = end + 1
	}
	return newest
}
