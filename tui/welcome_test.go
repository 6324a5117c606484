package tui

import (
	"context"
	"fmt"
	"io"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mailtop/tui/widget"
)

func noLogHere() First {
	return First{
		What: "There is no mail log on this host, as far as mailtop can find one.",
		Seen: []string{"the journal holds no record of the mail facility", "/var/log/postfix.log does not exist", "/var/log/mail.log, /var/log/maillog, the logs of Exim, Dovecot and rspamd, containers: none there"},
		Ways: []Way{
			{"See what was looked at, and what mends it", "mailtop doctor"},
			{"Name a log: a file, a compressed one, or - for a pipe", "mailtop /var/log/mail.log"},
			{"See mailtop at work on a small mail server of its own (d)", "mailtop demo"},
		},
	}
}

func closedLog() First {
	f := noLogHere()
	f.What = "/var/log/mail.log may not be read by you: its mode is -rw-r-----, of group adm."
	f.Seen = f.Seen[:1]
	f.Ways[0] = Way{"Join the group adm, then log in again", "usermod -aG adm bob"}
	return f
}

func newPage(t *testing.T, w, h int, first First, again func(context.Context) First) *welcome {
	t.Helper()
	m, err := newWelcome(t.Context(), Config{Theme: "mono", Environ: []string{"LANG=C.UTF-8", "TERM=xterm-256color"}}, first, again)
	if err != nil {
		t.Fatal(err)
	}
	m.Update(tea.WindowSizeMsg{Width: w, Height: h})
	m.View()
	return m
}

func (m *welcome) rows() string {
	m.View()
	return strings.Join(m.canvas.Rows(), "\n")
}

func TestGoldenWelcome(t *testing.T) {
	for name, first := range map[string]First{"none": noLogHere(), "closed": closedLog()} {
		for _, size := range [][2]int{{45, 20}, {80, 24}, {120, 36}} {
			name := fmt.Sprintf("welcome-%s-%dx%d", name, size[0], size[1])
			t.Run(name, func(t *testing.T) { golden(t, name, newPage(t, size[0], size[1], first, nil).View().Content) })
		}
	}
}

// The three ways on and the keys are on the screen wherever there is room for them,
// a command whole.
func TestWelcomeFits(t *testing.T) {
	for _, size := range [][2]int{{45, 20}, {80, 24}, {40, 20}, {120, 36}, {200, 60}} {
		for _, first := range []First{noLogHere(), closedLog()} {
			s := newPage(t, size[0], size[1], first, nil).rows()
			for _, w := range first.Ways {
				if !strings.Contains(s, w.Command) {
					t.Errorf("%dx%d: no %q:\n%s", size[0], size[1], w.Command, s)
				}
			}
			if !strings.Contains(s, "q quit") || !strings.Contains(s, "r look again") {
				t.Errorf("%dx%d: no keys", size[0], size[1])
			}
		}
	}
	for w := range 30 {
		for h := range 12 {
			for _, row := range strings.Split(newPage(t, w+1, h+1, closedLog(), nil).rows(), "\n") {
				if n := widget.Width(widget.F("%s", row).Text); n > w+1 {
					t.Fatalf("%dx%d: %d cells wide", w+1, h+1, n)
				}
			}
		}
	}
}

// r looks again, once at a time; what is found then ends the page.
func TestWelcomeLooksAgain(t *testing.T) {
	answers := []First{closedLog(), {Found: true}}
	m := newPage(t, 80, 24, noLogHere(), func(context.Context) First {
		f := answers[0]
		answers = answers[1:]
		return f
	})
	cmd := m.key("r")
	if cmd == nil || m.key("r") != nil || !strings.Contains(m.rows(), "looking again") {
		t.Error("r does not look, or looks twice")
	}
	_, quit := m.Update(cmd())
	if s := m.rows(); quit != nil || !strings.Contains(s, "usermod -aG adm bob") || !strings.Contains(s, "still none") {
		t.Errorf("after looking again:\n%s", s)
	}
	_, quit = m.Update(m.key("r")())
	if quit == nil || m.choice != Found {
		t.Errorf("choice %v", m.choice)
	}
}

func TestWelcomeKeys(t *testing.T) {
	for name, want := range map[string]Choice{"q": Quit, "esc": Quit, "ctrl+c": Quit, "d": Demo} {
		m := newPage(t, 80, 24, noLogHere(), nil)
		if cmd := m.key(name); cmd == nil || m.choice != want {
			t.Errorf("%s: choice %v", name, m.choice)
		}
	}
	m := newPage(t, 80, 24, noLogHere(), func(context.Context) First { panic("boom") })
	if m.Update(m.key("r")()); m.crash == nil {
		t.Error("a panic is not handed on")
	}
	if m.key("x") != nil {
		t.Error("any key quits")
	}
}

// Names of files and what commands complain about is foreign text.
func TestWelcomeHostileText(t *testing.T) {
	first := closedLog()
	first.What = "/var/log/\x1b[2Jevil\u009b may not be read"
	first.Seen = []string{"\u202edrowssap \x07"}
	content := newPage(t, 80, 24, first, nil).View().Content
	if strings.ContainsAny(content, "\x07\u009b\u202e") || strings.Contains(content, "\x1b[2J") {
		t.Errorf("%q", content)
	}
}

// The whole program: a key ends it, and the choice comes back.
func TestWelcomeRuns(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	choice, err := Welcome(ctx, Config{Input: strings.NewReader("d"), Output: io.Discard, Environ: []string{"TERM=xterm"}}, noLogHere(), nil)
	if err != nil || choice != Demo || ctx.Err() != nil {
		t.Errorf("%v, %v", choice, err)
	}
}
