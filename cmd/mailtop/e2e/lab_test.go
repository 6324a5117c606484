//go:build e2e

package e2e

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// labOptions change the standard lab. Extra texts may use the lab's fields as
// template actions; they are put behind the standard configuration.
type labOptions struct {
	ConnRate                                              int
	CertEnd                                               time.Duration // from now; 0: two days
	ExtraMain, ExtraMaster, ExtraTransports, ExtraAliases string
}

// lab is a running Postfix and Dovecot with their next hops.
type lab struct {
	labOptions
	Dir      string
	Instance string // multi_instance_name, and with it the program name in the log
	Sinks    sinks

	SMTP, Submission, SMTPS, IMAP, IMAPS int

	reaper *reaper
	once   sync.Once
}

// startLab starts a lab and stops it when the test ends.
func startLab(t *testing.T, o labOptions) *lab {
	t.Helper()
	if o.ConnRate == 0 {
		o.ConnRate = 40
	}
	var errs []error
	for range 3 { // a port may be taken between the look and the start
		l, err := tryLab(o)
		if err == nil {
			t.Cleanup(func() { l.stop(t) })
			return l
		}
		errs = append(errs, err)
	}
	t.Fatalf("no lab: %v", errors.Join(errs...))
	return nil
}

func tryLab(o labOptions) (_ *lab, err error) {
	// postlogd writes only below /var.
	dir, err := os.MkdirTemp("/var/tmp", "mailtop-e2e-")
	if err != nil {
		return nil, err
	}
	l := &lab{labOptions: o, Dir: dir, Instance: "postfix-" + strings.TrimPrefix(filepath.Base(dir), "mailtop-e2e-")}
	if l.reaper, err = startReaper(dir); err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, l.close())
		}
	}()
	if err := l.prepare(); err != nil {
		return nil, err
	}
	if err := l.daemon("postfix", "-c", l.etc(""), "start"); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, l.readLog())
	}
	return l, l.daemon("dovecot", "-c", l.etc("dovecot.conf"))
}

func (l *lab) prepare() error {
	for _, d := range []struct {
		name, owner string
		mode        os.FileMode
	}{{"", "", 0o755}, {"etc", "", 0o755}, {"queue", "", 0o755}, {"log", "", 0o755}, {"auth", "", 0o755}, {"data", "postfix", 0o700}, {"mail", "nobody", 0o755}} {
		p := filepath.Join(l.Dir, d.name)
		if err := errors.Join(os.MkdirAll(p, d.mode), os.Chmod(p, d.mode)); err != nil {
			return err
		}
		if d.owner != "" {
			if err := chownTo(p, d.owner); err != nil {
				return err
			}
		}
	}
	for _, p := range []*int{&l.SMTP, &l.Submission, &l.SMTPS, &l.IMAP, &l.IMAPS} {
		var err error
		if *p, err = freePort(); err != nil {
			return err
		}
	}
	if err := l.Sinks.start(); err != nil {
		return err
	}
	if err := writeChain(l.etc("chain.pem"), "mx.home.example", cmp.Or(l.CertEnd, 48*time.Hour)); err != nil {
		return err
	}
	return l.writeConfig()
}

// reaperScript waits for the end of its input, which comes when the test process
// closes the pipe or dies in whatever way, then stops what runs below $1 by its
// own pid and removes the directory.
const reaperScript = `
dir=$1
cat >/dev/null
stop() {
	pid=$(tr -cd 0-9 <"$1" 2>/dev/null) || return 0
	[ -n "$pid" ] || return 0
	i=0
	while kill -TERM "$pid" 2>/dev/null && [ $i -lt 100 ]; do sleep 0.1; i=$((i+1)); done
	kill -KILL "$pid" 2>/dev/null
	return 0
}
for pid in $(cat "$dir/mailtops" 2>/dev/null); do
	if tr '\0' ' ' <"/proc/$pid/cmdline" 2>/dev/null | grep -q -F "$dir"; then kill -KILL "$pid"; fi
done
[ ! -s "$dir/dovecot/master.pid" ] || stop "$dir/dovecot/master.pid"
if [ -s "$dir/queue/pid/master.pid" ]; then
	postfix -c "$dir/etc" stop >/dev/null 2>&1
	stop "$dir/queue/pid/master.pid"
fi
i=0
while ! rm -rf "$dir" 2>/dev/null && [ $i -lt 50 ]; do sleep 0.1; i=$((i+1)); done
[ ! -e "$dir" ]
`

// reaper is a process that cleans up below a directory when close is called or
// this process is gone.
type reaper struct {
	pipe io.Closer
	done chan error
}

func startReaper(dir string) (*reaper, error) {
	cmd := exec.Command("setsid", "sh", "-c", reaperScript, "reaper", dir)
	w, err := cmd.StdinPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	r := &reaper{w, make(chan error, 1)}
	go func() { r.done <- cmd.Wait() }()
	return r, nil
}

func (r *reaper) close() error { return errors.Join(r.pipe.Close(), <-r.done) }

// close stops the lab; only the first call does anything.
func (l *lab) close() (err error) {
	l.once.Do(func() { err = errors.Join(l.reaper.close(), l.Sinks.close()) })
	return err
}

func (l *lab) stop(t *testing.T) {
	if t.Failed() {
		t.Logf("end of the log:\n%s", tail(l.readLog(), 6000))
	}
	if err := l.close(); err != nil {
		t.Errorf("stopping the lab: %v", err)
	}
	if _, err := os.Stat(l.Dir); err == nil {
		t.Errorf("%s is still there", l.Dir)
	}
}

// daemon runs a command that leaves a daemon behind. Its output goes to a file:
// the daemon inherits it, and a pipe would stay open.
func (l *lab) daemon(name string, args ...string) error {
	out, err := os.CreateTemp(l.Dir, name+"-start-")
	if err != nil {
		return err
	}
	defer out.Close()
	cmd := exec.Command(name, args...)
	cmd.Stdout, cmd.Stderr, cmd.Env = out, out, l.env()
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, said)
	}
	return nil
}

// run runs one of the servers' own commands.
func (l *lab) run(name string, args ...string) error {
	_, err := l.output(name, args...)
	return err
}

// output runs a command in the lab: MAIL_CONFIG leads Postfix's tools to it.
func (l *lab) output(name string, args ...string) (string, error) {
	return l.outputIn(nil, name, args...)
}

func (l *lab) outputIn(stdin io.Reader, name string, args ...string) (string, error) {
	cmd := exec.Command(name, args...)
	var out, errs bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, &out, &errs
	cmd.Env = l.env()
	if err := cmd.Run(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, errs.String())
	}
	return out.String(), nil
}

func (l *lab) env() []string { return append(os.Environ(), "MAIL_CONFIG="+l.etc("")) }

func (l *lab) addr(port int) string { return net.JoinHostPort("127.0.0.1", strconv.Itoa(port)) }

func (l *lab) logFile() string     { return filepath.Join(l.Dir, "log", "mail.log") }
func (l *lab) dovecotFile() string { return filepath.Join(l.Dir, "log", "dovecot.log") }

func (l *lab) readLog() string {
	b, err := os.ReadFile(l.logFile())
	if err != nil {
		return err.Error()
	}
	return string(b)
}

func tail(s string, n int) string {
	if len(s) > n {
		return s[len(s)-n:]
	}
	return s
}

// taken are the ports handed out: the labs of one run start side by side, and a
// port that is free now may be another lab's in a moment.
var taken sync.Map

// freePort finds a port below the range from which the kernel takes clients' ports.
func freePort() (int, error) {
	for range 200 {
		p := 12000 + rand.IntN(20000)
		if _, used := taken.LoadOrStore(p, true); used {
			continue
		}
		ln, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(p)))
		if err == nil {
			return p, ln.Close()
		}
	}
	return 0, errors.New("no free port on 127.0.0.1 between 12000 and 32000")
}

func chownTo(path, name string) error {
	u, err := user.Lookup(name)
	if err != nil {
		return err
	}
	uid, err := strconv.Atoi(u.Uid)
	if err != nil {
		return err
	}
	return os.Chown(path, uid, -1)
}
