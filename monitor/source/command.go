package source

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"sync"
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
		if !got && len(p) > 0 {
			got = true
			s.fail(nil)
		}
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
			if err := s.opt.rest(ctx, pause); err != nil {
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
	cmd *exec.Cmd
	ctx context.Context

	mu     sync.Mutex
	stderr []byte // the newest of it
}

// stderrMax bounds what is kept of what a command complains about.
const stderrMax = 4 << 10

// Write keeps the end of the standard error output: after greetings and hints the
// reason of a failure comes last.
func (p *process) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.stderr = append(p.stderr, b...)
	if over := len(p.stderr) - stderrMax; over > 0 {
		p.stderr = p.stderr[:copy(p.stderr, p.stderr[over:])]
	}
	return len(b), nil
}

// said is the last line of the standard error output.
func (p *process) said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	text := strings.TrimSpace(string(p.stderr))
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
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
	ended := &exited{name: p.cmd.Args[0], code: -1, why: p.said()}
	if ended.why == "" {
		ended.why = err.Error()
	}
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		ended.code = exit.ExitCode()
	}
	return ended
}

// exited is the failure of a command.
type exited struct {
	name string
	code int // -1: it was killed
	why  string
}

func (e *exited) Error() string { return e.name + " ended: " + e.why }
