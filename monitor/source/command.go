package source

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// command is a program whose output is read as a stream.
type command struct {
	argv []string
	live bool // it goes on for ever, and is started again when it ends
}

// launch starts a command; tests put their own in its place. Close waits for it and
// returns why it failed.
type launch func(ctx context.Context, argv []string) (io.ReadCloser, error)

// The pause before a command that ended is started again grows from the first to the last.
const (
	restartFirst = time.Second
	restartLast  = 30 * time.Second
)

// newCommands makes a source of commands that run one after the other; next names
// the following one, ok false: there is none.
func newCommands(o Options, name, kind string, run launch, next func(restart bool) (c command, ok bool)) *stream {
	s := newStream(o, name, kind, nil)
	if run == nil {
		run = startCommand
	}
	restart, pause := false, restartFirst
	got := false
	read := s.read
	s.read = func(p []byte) {
		got = got || len(p) > 0
		if read != nil {
			read(p)
		}
	}
	s.open = func(ctx context.Context) (io.ReadCloser, bool, error) {
		if got {
			pause = restartFirst
		}
		got = false
		if restart {
			if err := rest(ctx, pause); err != nil {
				return nil, true, io.EOF
			}
			pause = min(2*pause, restartLast)
		}
		c, ok := next(restart)
		if !ok {
			return nil, false, io.EOF
		}
		restart = c.live
		in, err := run(ctx, c.argv)
		if err != nil && restart {
			s.fail(err)
			return io.NopCloser(strings.NewReader("")), c.live, nil
		}
		return in, c.live, err
	}
	return s
}

func rest(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// process is a running command.
type process struct {
	io.Reader
	cmd    *exec.Cmd
	ctx    context.Context
	stderr bytes.Buffer
}

// stderrMax bounds what is kept of what a command complains about.
const stderrMax = 4 << 10

// Write keeps the beginning of the standard error output.
func (p *process) Write(b []byte) (int, error) {
	if room := stderrMax - p.stderr.Len(); room > 0 {
		p.stderr.Write(b[:min(len(b), room)])
	}
	return len(b), nil
}

func startCommand(ctx context.Context, argv []string) (io.ReadCloser, error) {
	p := &process{cmd: exec.CommandContext(ctx, argv[0], argv[1:]...), ctx: ctx}
	p.cmd.WaitDelay = time.Second
	p.cmd.Stderr = p
	out, err := p.cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	p.Reader = out
	if err := p.cmd.Start(); err != nil {
		if errors.Is(err, exec.ErrNotFound) {
			err = fmt.Errorf("%s is not installed here: %w", argv[0], exec.ErrNotFound)
		}
		return nil, err
	}
	return p, nil
}

// Close waits for the end of the command.
func (p *process) Close() error {
	err := p.cmd.Wait()
	if err == nil || p.ctx.Err() != nil {
		return nil
	}
	why, _, _ := strings.Cut(strings.TrimSpace(p.stderr.String()), "\n")
	if why == "" {
		why = err.Error()
	}
	return fmt.Errorf("%s ended: %s", p.cmd.Args[0], why)
}
