package tui

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"mailtop/monitor"
)

// TestMain is also the program that the pseudo-terminal tests run.
func TestMain(m *testing.M) {
	if what := os.Getenv("TUI_TEST_PROGRAM"); what != "" {
		os.Exit(program(what))
	}
	os.Exit(m.Run())
}

func program(what string) int {
	calls := 0
	mon := &fakeMonitor{snap: func(monitor.Scope) (monitor.Snapshot, error) {
		if calls++; what == "panic" && calls > 1 {
			panic("broken monitor")
		}
		return rich(fixtureNow), nil
	}}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	if what == "cancel" {
		mon.snap = func(monitor.Scope) (monitor.Snapshot, error) {
			if calls++; calls > 1 {
				cancel()
			}
			return rich(fixtureNow), nil
		}
	}
	bye, err := Run(ctx, Config{Monitor: mon, TZ: time.UTC, NoSync: what == "nosync"})
	for _, l := range bye {
		fmt.Println(l)
	}
	if err != nil {
		fmt.Println("error:", err)
		return 1
	}
	return 0
}

// onPty runs the program on a terminal of 100x30; act is called when the first
// full screen is there. It returns all that was written and the exit code.
func onPty(t *testing.T, what string, act func(p *os.Process, tty *os.File)) (string, int, *os.File) {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), "TUI_TEST_PROGRAM="+what, "TERM=xterm-256color", "LANG=C.UTF-8", "SSH_TTY=/dev/pts/9", "NO_COLOR=")
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 30, Cols: 100})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { tty.Close() })
	stop := time.AfterFunc(30*time.Second, func() { cmd.Process.Kill() })
	defer stop.Stop()
	var out bytes.Buffer
	buf := make([]byte, 64<<10)
	for acted := false; ; {
		n, err := tty.Read(buf)
		out.Write(buf[:n])
		if !acted && strings.Contains(out.String(), "Top accounts") {
			acted = true
			act(cmd.Process, tty)
		}
		if err != nil {
			if !errors.Is(err, syscall.EIO) && err != io.EOF {
				t.Error(err)
			}
			break
		}
	}
	cmd.Wait()
	return out.String(), cmd.ProcessState.ExitCode(), tty
}

func TestTerminalIsRestored(t *testing.T) {
	sig := func(s syscall.Signal) func(*os.Process, *os.File) {
		return func(p *os.Process, _ *os.File) { p.Signal(s) }
	}
	for _, tc := range []struct {
		what string
		act  func(*os.Process, *os.File)
		code int
		last string
	}{
		{"term", sig(syscall.SIGTERM), 0, "(log reaches back to Sun 03:01)"},
		{"hup", sig(syscall.SIGHUP), 0, "(log reaches back to Sun 03:01)"},
		{"int", sig(syscall.SIGINT), 0, "(log reaches back to Sun 03:01)"},
		{"key", func(_ *os.Process, tty *os.File) { tty.WriteString("q") }, 0, "(log reaches back to Sun 03:01)"},
		{"ctrl-c", func(_ *os.Process, tty *os.File) { tty.WriteString("\x03") }, 0, "(log reaches back to Sun 03:01)"},
		{"cancel", func(*os.Process, *os.File) {}, 0, "(log reaches back to Sun 03:01)"},
		{"panic", func(*os.Process, *os.File) {}, 1, "broken monitor"},
	} {
		t.Run(tc.what, func(t *testing.T) {
			out, code, tty := onPty(t, tc.what, tc.act)
			if code != tc.code {
				t.Errorf("exit code %d, want %d", code, tc.code)
			}
			enter, leave := strings.Index(out, "\x1b[?1049h"), strings.LastIndex(out, "\x1b[?1049l")
			if enter < 0 || leave < enter {
				t.Errorf("alternate screen entered at %d, left at %d", enter, leave)
			}
			if strings.LastIndex(out, "\x1b[?25h") < strings.LastIndex(out, "\x1b[?25l") {
				t.Error("the cursor stays hidden")
			}
			if !strings.Contains(out[max(leave, 0):], tc.last) {
				t.Errorf("%q is not on the normal screen: %q", tc.last, out[max(leave, 0):])
			}
			for _, bad := range []string{"\x1b]10;", "\x1b]11;", "\x1b[?1000h", "\x1b[?1002h", "\x1b[?1003h"} {
				if strings.Contains(out, bad) {
					t.Errorf("%q was written: colours and mouse are the terminal's own", bad)
				}
			}
			if a, err := unix.IoctlGetTermios(int(tty.Fd()), unix.TCGETS); err == nil && (a.Lflag&unix.ICANON == 0 || a.Lflag&unix.ECHO == 0) {
				t.Error("the terminal stays raw")
			}
		})
	}
}

func TestSynchronizedOutputBehindSSH(t *testing.T) {
	quit := func(_ *os.Process, tty *os.File) { tty.WriteString("2q") }
	if out, _, _ := onPty(t, "sync", quit); !strings.Contains(out, "\x1b[?2026h") {
		t.Error("frames are not wrapped behind SSH")
	}
	if out, _, _ := onPty(t, "nosync", quit); strings.Contains(out, "\x1b[?2026h") {
		t.Error("frames are wrapped although it was switched off")
	}
}
