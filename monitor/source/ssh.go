package source

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// The pause before the next try to connect grows from sshFirst to sshLast.
const (
	sshFirst = time.Second
	sshLast  = 60 * time.Second
)

// sshHost is a name, an address or an alias of ssh_config(5), with a user and a port
// where they are given. What begins with "-" would be an option of ssh.
var sshHost = regexp.MustCompile(`^(?:([A-Za-z0-9_][A-Za-z0-9_.-]{0,63})@)?([A-Za-z0-9_][A-Za-z0-9_.-]{0,253}|\[[0-9A-Fa-f:.]{2,45}(?:%[A-Za-z0-9]{1,15})?\])(?::([0-9]{1,5}))?$`)

// sshArgs is the command line that connects to a host, up to the remote command.
func sshArgs(host string) ([]string, error) {
	m := sshHost.FindStringSubmatch(host)
	if m == nil {
		return nil, fmt.Errorf("%q is %w of a host: write HOST, USER@HOST or USER@HOST:PORT, or an alias of ~/.ssh/config", host, ErrName)
	}
	argv := []string{"ssh", "-T", "-a", "-x", "-o", "BatchMode=yes", "-o", "ConnectTimeout=10", "-o", "ServerAliveInterval=15"}
	if m[3] != "" {
		port, err := strconv.Atoi(m[3])
		if err != nil || port < 1 || port > 65535 {
			return nil, fmt.Errorf("%q is %w of a host: %s is no port", host, ErrName, m[3])
		}
		argv = append(argv, "-p", m[3])
	}
	name := strings.Trim(m[2], "[]")
	if m[1] != "" {
		name = m[1] + "@" + name
	}
	return append(argv, "--", name), nil
}

// SSH is the mail log of another host as a source, through ssh: what mailtop there
// reads, or, without one, the first usual log that is found. It connects again
// after a break and goes on where it was, also when the log was rotated meanwhile.
func SSH(o Options, host string) (Source, error) {
	argv, err := sshArgs(host)
	if err != nil {
		return nil, err
	}
	return newFar(o, host, argv, nil), nil
}

// far is the log of another host.
type far struct {
	opt  Options
	host string
	argv []string // of ssh
	run  launch
	s    *stream

	conn  *farConn
	wire  wirePlaces
	tail  tailPlace
	pause time.Duration
	live  bool
	err   error // of the last connection
}

func newFar(o Options, host string, argv []string, run launch) *stream {
	if run == nil {
		run = startCommand
	}
	s := newStream(o, "ssh:"+host, "ssh", nil)
	f := &far{opt: s.opt, host: host, argv: argv, run: run, s: s, wire: wirePlaces{}, pause: sshFirst}
	s.open = f.open
	return s
}

// open yields the next stretch of the log: the past, what comes after it on the same
// connection, what a new connection brings.
func (f *far) open(ctx context.Context) (io.ReadCloser, bool, error) {
	switch c := f.conn; {
	case c != nil && c.arrived:
		c.arrived, f.live = false, true
		return c, true, nil
	case c != nil && f.done(c):
		return nil, f.live, io.EOF
	case f.err != nil && !f.live: // the other sources shall not wait for this one
		f.live = true
		return io.NopCloser(strings.NewReader("")), true, nil
	}
	if f.err != nil {
		f.s.fail(fmt.Errorf("%w; next try in %v", f.err, f.pause))
		if f.opt.rest(ctx, f.pause) != nil {
			return nil, f.live, io.EOF
		}
		f.pause = min(2*f.pause, sshLast)
	}
	in, err := f.run(ctx, append(f.argv[:len(f.argv):len(f.argv)], f.command()))
	if err != nil {
		return nil, f.live, err // there is no ssh here: another try changes nothing
	}
	f.conn = &farConn{far: f, ctx: ctx, in: in, buf: bufio.NewReaderSize(in, 64<<10)}
	return f.conn, f.live, nil
}

// done says that nothing more comes: the log was read to its end.
func (f *far) done(c *farConn) bool { return c.closed && f.err == nil && !c.again && !f.opt.Follow }

// farConn is one connection.
type farConn struct {
	far     *far
	ctx     context.Context
	in      io.ReadCloser
	buf     *bufio.Reader
	records io.Reader // after the greeting
	arrived bool      // paused where the past ends
	closed  bool
	again   bool // the next file is to be read
	got     int64
	bad     error // why it was given up
	ended   bool
	exit    error // of ssh, when ended
}

// Exit codes of the script, apart from those of ssh (255) and the shell.
const (
	nextFile = 10 // the file was rotated and read to its end
	cutFile  = 11 // the file was truncated
)

// greeting is how many lines a login may print before the script's first.
const greeting = 200

// Read implements io.Reader. Every failure is an end; Close tells of it.
func (c *farConn) Read(p []byte) (int, error) {
	if c.records == nil {
		if c.bad = c.begin(); c.bad != nil {
			return 0, io.EOF
		}
		c.far.s.fail(nil)
	}
	n, err := c.records.Read(p)
	if n > 0 {
		c.far.pause = sshFirst
		c.got += int64(n)
	}
	if err == errArrived {
		c.arrived = true
		return n, io.EOF
	}
	if err != nil && err != io.EOF {
		c.bad, err = err, io.EOF
	}
	return n, err
}

// begin reads up to the greeting, which says what follows.
func (c *farConn) begin() error {
	f := c.far
	for range greeting {
		line, err := readLine(c.buf, 4096)
		if err != nil {
			return err
		}
		if line == WireHello {
			c.records = &wireReader{in: c.buf, places: f.wire, lost: func() { f.s.lost.Add(1) }}
			return nil
		}
		if rest, ok := strings.CutPrefix(line, tailHello+" "); ok {
			c.records, err = f.tail.reader(c, rest)
			return err
		}
	}
	return errNoFrame
}

// end waits for ssh and returns why it ended.
func (c *farConn) end() error {
	if !c.ended {
		c.ended, c.exit = true, c.in.Close()
	}
	return c.exit
}

// fileEnded says, once nothing more comes, whether that is the end of the file.
func (c *farConn) fileEnded() bool {
	err := c.end()
	return err == nil && !c.far.opt.Follow || exitCode(err) == nextFile
}

func exitCode(err error) int {
	if e := (*exited)(nil); errors.As(err, &e) {
		return e.code
	}
	return -1
}

// Close ends the connection, unless it only pauses.
func (c *farConn) Close() error {
	if c.arrived {
		return nil
	}
	f := c.far
	if c.bad == errNoFrame { // else it would go on sending what nobody reads
		if p, ok := c.in.(*process); ok {
			_ = p.cmd.Process.Kill()
		}
	}
	err := c.end()
	c.closed = true
	if c.ctx.Err() != nil {
		return nil
	}
	f.err = c.why(err)
	return f.err
}

// why is what went wrong with the connection; nil when it is to be made anew at once.
func (c *farConn) why(err error) error {
	f := c.far
	code := exitCode(err)
	switch {
	case c.bad == errNoFrame:
		return fmt.Errorf("ssh %s: %w", f.host, c.bad)
	case code == nextFile || code == cutFile:
		f.tail.forget()
		f.s.rotations.Add(1)
		if code == cutFile {
			f.s.lost.Add(1)
		}
		if c.again = c.got > 0; c.again {
			return nil
		}
		return fmt.Errorf("ssh %s: the log there is replaced over and over", f.host)
	case err != nil:
		var exit *exited
		if errors.As(err, &exit) {
			return fmt.Errorf("ssh %s: %s", f.host, exit.why)
		}
		return fmt.Errorf("ssh %s: %w", f.host, err)
	case c.records == nil || f.opt.Follow:
		return fmt.Errorf("ssh %s: the connection ended", f.host)
	}
	return nil
}

// command is the remote command: a script for any POSIX shell, whatever the login
// shell is. No slot of it can hold a byte with a meaning for a shell.
func (f *far) command() string {
	limits := ""
	if !f.opt.Since.IsZero() {
		limits += " --since " + f.opt.Since.UTC().Format(time.RFC3339Nano)
	}
	if !f.opt.Until.IsZero() {
		limits += " --until " + f.opt.Until.UTC().Format(time.RFC3339Nano)
	}
	follow := "0"
	if f.opt.Follow {
		follow, limits = "1", limits+" -f"
	}
	token := wireStart
	if len(f.wire) > 0 {
		token = f.wire.token()
	}
	t := &f.tail
	return "exec sh -c '" + strings.NewReplacer(
		"\n", " ",
		"@TOKEN@", token, "@LIMITS@", limits, "@FOLLOW@", follow, "@LOGS@", farLogs(),
		"@FILE@", t.path, "@OFFSET@", strconv.FormatInt(t.off, 10), "@HEAD@", strconv.Itoa(len(t.head)), "@SUM@", headCksum(t.head),
	).Replace(farScript) + "'"
}
