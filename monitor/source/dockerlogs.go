package source

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"os/exec"
	"strings"
	"sync"
	"time"
)

// "docker logs" and "podman logs" print each record behind a stamp of RFC 3339. Two
// calls that meet at a stamp would double or lose the records there, so the second
// begins a little earlier and what was seen is left out.

// seamSlack is how far back a new call begins: the two streams of a container are
// not in step.
const seamSlack = 2 * time.Second

// maxSeam bounds the records that are remembered for it.
const maxSeam = 1 << 17

// seam remembers the newest records by stamp and text.
type seam struct {
	seed   maphash.Seed
	newest int64
	kept   []seamRecord
	again  map[seamRecord]int // records of an earlier call, still to be left out
}

type seamRecord struct {
	time int64
	sum  uint64
}

func newSeam() *seam { return &seam{seed: maphash.MakeSeed()} }

// since is where a new call begins; zero when nothing was seen.
func (s *seam) since() time.Time {
	s.again = make(map[seamRecord]int, len(s.kept))
	for _, r := range s.kept {
		s.again[r]++
	}
	if len(s.kept) == 0 {
		return time.Time{}
	}
	return time.Unix(0, s.kept[0].time).UTC()
}

// fresh says whether a record was not seen before.
func (s *seam) fresh(at time.Time, text []byte) bool {
	r := seamRecord{at.UnixNano(), maphash.Bytes(s.seed, text)}
	if n := s.again[r]; n > 0 {
		if s.again[r] = n - 1; n == 1 {
			delete(s.again, r)
		}
		return false
	}
	s.newest = max(s.newest, r.time)
	s.kept = append(s.kept, r)
	from := s.newest - int64(seamSlack)
	if s.kept[0].time < from || len(s.kept) > maxSeam {
		s.prune(from)
	}
	return true
}

// prune forgets the records before from, and half of them where they are too many.
func (s *seam) prune(from int64) {
	keep := s.kept[:0]
	for _, r := range s.kept[max(0, len(s.kept)-maxSeam/2):] {
		if r.time >= from {
			keep = append(keep, r)
		}
	}
	s.kept = keep
}

// newContainerLogs is the log of a container as tool ("docker", "podman") prints it:
// what is past first, then what comes, again after each end.
func newContainerLogs(o Options, tool, container string) Source {
	o = o.withDefaults()
	c := &containerLogs{opt: o, tool: tool, name: container, seam: newSeam()}
	return newCommands(o, "docker:"+container, "docker", c.run, c.next)
}

type containerLogs struct {
	opt        Options
	tool, name string
	seam       *seam
	past       bool // has been read
}

func (c *containerLogs) next(bool) (command, bool) {
	if c.past && !c.opt.Follow {
		return command{}, false
	}
	argv := []string{c.tool, "logs", "--timestamps"}
	since := c.seam.since()
	if since.IsZero() {
		since = c.opt.Since
	}
	if !since.IsZero() {
		argv = append(argv, "--since", since.UTC().Format(time.RFC3339Nano))
	}
	live := c.past
	if live {
		argv = append(argv, "--follow")
	}
	c.past = true
	return command{argv: append(argv, c.name), live: live}, true
}

// run starts the command and merges what the container wrote to its two outputs,
// record by record, into the form of Docker's json-file.
func (c *containerLogs) run(ctx context.Context, argv []string) (io.ReadCloser, error) {
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.WaitDelay = time.Second
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			err = fmt.Errorf("%s is not installed here: %w", argv[0], exec.ErrNotFound)
		}
		return nil, err
	}
	r := &containerReader{logs: c, cmd: cmd, ctx: ctx, records: make(chan []byte, 64)}
	var both sync.WaitGroup
	both.Go(func() { r.lines(stdout, "stdout") })
	both.Go(func() { r.lines(stderr, "stderr") })
	go func() { both.Wait(); close(r.records) }()
	return r, nil
}

// containerReader is a running command.
type containerReader struct {
	logs    *containerLogs
	cmd     *exec.Cmd
	ctx     context.Context
	records chan []byte
	left    []byte

	mu   sync.Mutex
	said string // the newest line that is no record: of the tool itself
}

// Read implements io.Reader: whole records, never half of one.
func (r *containerReader) Read(p []byte) (int, error) {
	for len(r.left) == 0 {
		rec, ok := <-r.records
		if !ok {
			return 0, io.EOF
		}
		r.left = rec
	}
	n := 0
	for {
		k := copy(p[n:], r.left)
		n, r.left = n+k, r.left[k:]
		if len(r.left) > 0 || n == len(p) {
			return n, nil
		}
		select {
		case rec, ok := <-r.records:
			if !ok {
				return n, nil
			}
			r.left = rec
		default:
			return n, nil
		}
	}
}

// lines takes one output of the command.
func (r *containerReader) lines(in io.Reader, stream string) {
	b := bufio.NewReaderSize(in, 64<<10)
	for {
		line, err := containerLine(b)
		if len(line) > 0 {
			r.take(line, stream)
		}
		if err != nil {
			return
		}
	}
}

// containerLine reads a line; the rest of one that is far too long is dropped.
func containerLine(b *bufio.Reader) ([]byte, error) {
	var line []byte
	for {
		p, err := b.ReadSlice('\n')
		if len(line) < maxHold {
			line = append(line, p...)
		}
		if err != bufio.ErrBufferFull {
			return bytes.TrimRight(line, "\r\n"), err
		}
	}
}

func (r *containerReader) take(line []byte, stream string) {
	stamp, text, _ := bytes.Cut(line, []byte{' '})
	at, err := time.Parse(time.RFC3339Nano, string(stamp))
	r.mu.Lock()
	fresh := err == nil && r.logs.seam.fresh(at, text)
	if err != nil {
		r.said = string(line[:min(len(line), 300)])
	}
	r.mu.Unlock()
	if !fresh {
		return
	}
	select {
	case r.records <- jsonRecord(text, stream, string(stamp)):
	case <-r.ctx.Done():
	}
}

const hexDigits = "0123456789abcdef"

// jsonRecord is a record in the form of Docker's json-file.
func jsonRecord(text []byte, stream, stamp string) []byte {
	rec := make([]byte, 0, len(text)+len(text)/8+96)
	rec = append(rec, dockerHead...)
	for _, c := range text {
		switch {
		case c == '"' || c == '\\':
			rec = append(rec, '\\', c)
		case c < 0x20 || c == 0x7f:
			rec = append(rec, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			rec = append(rec, c)
		}
	}
	rec = append(rec, `\n","stream":"`...)
	rec = append(append(rec, stream...), `","time":"`...)
	return append(append(rec, stamp...), "\"}\n"...)
}

// Close waits for the end of the command.
func (r *containerReader) Close() error {
	for range r.records { // after an end of the reading there is nothing left
	}
	err := r.cmd.Wait()
	if r.ctx.Err() != nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	name := strings.Join(r.cmd.Args[:2], " ")
	switch {
	case err != nil && r.said != "":
		return &exited{name: name, code: -1, why: r.said}
	case err != nil:
		return &exited{name: name, code: -1, why: err.Error()}
	case r.cmd.Args[len(r.cmd.Args)-2] == "--follow":
		return &exited{name: name, why: "container " + r.logs.name + " does not run"}
	}
	return nil
}
