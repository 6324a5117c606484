//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// process is a mailtop that runs until it is told to end.
type process struct {
	cmd   *exec.Cmd
	errs  bytes.Buffer
	begun time.Time
	ended chan struct{} // closed when it has ended; err is set before
	err   error
}

func (l *lab) startProcess(t *testing.T, stdout io.Writer, args ...string) *process {
	t.Helper()
	p := &process{cmd: exec.Command(mailtop, args...), ended: make(chan struct{})}
	p.cmd.Stdout, p.cmd.Stderr, p.cmd.Env = stdout, &p.errs, l.env()
	p.begun = time.Now()
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	l.noteProcess(t, p.cmd.Process.Pid)
	go func() {
		p.err = p.cmd.Wait()
		close(p.ended)
	}()
	t.Cleanup(func() { // nothing is left behind when a test fails half way
		p.cmd.Process.Kill() //nolint:errcheck // it may have ended
		<-p.ended
	})
	return p
}

// noteProcess tells the reaper of a mailtop that must not outlive the tests.
func (l *lab) noteProcess(t *testing.T, pid int) {
	t.Helper()
	f, err := os.OpenFile(filepath.Join(l.Dir, "mailtops"), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := fmt.Fprintln(f, pid); err != nil {
		t.Fatal(err)
	}
}

// interrupt ends the process as Ctrl-C does and wants a clean and quick end.
func (p *process) interrupt(t *testing.T) {
	t.Helper()
	name := strings.Join(p.cmd.Args[1:2], " ")
	if err := p.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Errorf("mailtop %s: %v; it said: %s", name, err, p.errs.String())
	}
	select {
	case <-p.ended:
	case <-time.After(10 * time.Second):
		t.Fatalf("mailtop %s still runs 10 s after SIGINT", name)
	}
	if p.err != nil {
		t.Errorf("mailtop %s after SIGINT: %v; it said: %s", name, p.err, p.errs.String())
	}
}

// isModest: an ended process used well under one core, however busy the server
// was: a monitor must not finish off a host that struggles.
func (p *process) isModest(t *testing.T) {
	t.Helper()
	wall := time.Since(p.begun)
	if cpu := p.cmd.ProcessState.UserTime() + p.cmd.ProcessState.SystemTime(); cpu > wall/4 {
		t.Errorf("mailtop used %v of CPU time in %v", cpu, wall)
	}
}
