//go:build e2e

package e2e

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"
)

// terminal is mailtop on a pseudo-terminal, drawn by an emulator.
type terminal struct {
	cmd  *exec.Cmd
	pty  io.ReadWriteCloser
	news chan struct{}
	done chan struct{}

	mu      sync.Mutex
	emu     *vt.Emulator
	raw     bytes.Buffer
	screens []string // each that differed from the one before
}

func (l *lab) openTerminal(t *testing.T, args ...string) *terminal {
	t.Helper()
	s := &terminal{cmd: exec.Command(mailtop, args...), emu: vt.NewEmulator(120, 36), news: make(chan struct{}, 1), done: make(chan struct{})}
	s.cmd.Env = append(l.env(), "TERM=xterm-256color", "TZ=UTC", "XDG_STATE_HOME="+t.TempDir())
	f, err := pty.StartWithSize(s.cmd, &pty.Winsize{Rows: 36, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	l.noteProcess(t, s.cmd.Process.Pid)
	s.pty = f
	go io.Copy(f, s.emu) //nolint:errcheck // answers to the program's questions, until the end
	go s.draw()
	t.Cleanup(func() {
		s.cmd.Process.Kill() //nolint:errcheck // it may have ended
		<-s.done
		s.emu.Close()
		f.Close()
	})
	return s
}

// draw feeds the emulator until the program has closed its side.
func (s *terminal) draw() {
	defer close(s.done)
	buf := make([]byte, 1<<16)
	for {
		n, err := s.pty.Read(buf)
		s.mu.Lock()
		s.raw.Write(buf[:n])
		s.emu.Write(buf[:n]) //nolint:errcheck // to memory
		if now := s.emu.String(); len(s.screens) == 0 || s.screens[len(s.screens)-1] != now {
			s.screens = append(s.screens, now)
		}
		s.mu.Unlock()
		select {
		case s.news <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

func (s *terminal) now() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.emu.String()
}

// until waits for a screen that holds each of the texts.
func (s *terminal) until(t *testing.T, texts ...string) {
	t.Helper()
	deadline := time.After(patience)
	for {
		now := s.now()
		missing := slices.DeleteFunc(slices.Clone(texts), func(x string) bool { return strings.Contains(now, x) })
		if len(missing) == 0 {
			return
		}
		select {
		case <-s.news:
		case <-s.done:
			t.Fatalf("mailtop ended; its screen has no %q:\n%s", missing, now)
		case <-deadline:
			t.Fatalf("the screen has no %q after %v:\n%s", missing, patience, now)
		}
	}
}

func (s *terminal) press(t *testing.T, keys string) {
	t.Helper()
	if _, err := io.WriteString(s.pty, keys); err != nil {
		t.Error(err)
	}
}

// screen: opened on the host afterwards, mailtop says in its second line what
// happened, never claims that all is well on the way there, shows the depth of the
// real queue, and leaves the terminal as it was.
func (n *nightRun) screen(t *testing.T) {
	s := n.openTerminal(t, "--local", n.logFile(), n.dovecotFile())
	s.until(t, "Act now: Account test@home.example", fmt.Sprintf("Queue %d", stuck))
	s.press(t, "2") // Incidents
	s.until(t, "Password guessing from "+bruteforcer, "Connection flood from "+flooder)
	s.press(t, "\r") // the card of the first, which is the worst
	s.until(t, "rule account.compromised", "sasl_username=test@home.example")
	s.press(t, "b") // back
	s.until(t, "Connection flood from "+flooder)
	s.press(t, "q")
	<-s.done
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("mailtop after q: %v", err)
	}
	for _, screen := range s.screens {
		if strings.Contains(screen, "Nothing needs action in what the log holds") {
			t.Errorf("all is well, it said on the way:\n%s", screen)
			break
		}
	}
	for _, undo := range []string{"\x1b[?1049l", "\x1b[?25h"} {
		if !bytes.Contains(s.raw.Bytes(), []byte(undo)) {
			t.Errorf("the terminal was not restored: no %q", undo)
		}
	}
}
