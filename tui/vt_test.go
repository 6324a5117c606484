package tui

import (
	"bytes"
	"context"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/vt"

	"mailtop/monitor"
)

// tty is a terminal in memory. Without a real one the renderer takes it that a
// line feed also returns the carriage.
type tty struct{ *vt.Emulator }

func (t tty) Write(b []byte) (int, error) {
	_, err := t.Emulator.Write(bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n")))
	return len(b), err
}

func (t tty) rows() []string {
	out := make([]string, t.Height())
	for y := range out {
		var b strings.Builder
		for x := range t.Width() {
			if c := t.CellAt(x, y); c == nil {
				b.WriteByte(' ')
			} else if c.Width > 0 {
				b.WriteString(c.Content)
			}
		}
		out[y] = strings.TrimRight(b.String(), " ")
	}
	return out
}

// What a terminal shows after cell-wise updates, views, overlays and resizes is
// the frame, cell for cell.
func TestTerminalShowsTheFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var step atomic.Int64 // time moves between checks only, so that a frame is at rest when it is looked at
		clock := func() time.Time { return fixtureNow.Add(time.Duration(step.Load()) * 7 * time.Second) }
		mon := &fakeMonitor{snap: func(monitor.Scope) (monitor.Snapshot, error) {
			s := rich(clock())
			s.Clients[0].Name = "日本語.example"
			s.Accounts[2].User = "e\u0301\U0001F1E9\U0001F1EA\x1b[31m"
			return s, nil
		}}
		m, err := New(context.Background(), Config{
			Monitor: mon, Prober: &fakeProber{findings: probeFindings()}, Targets: []string{"mx1"}, TZ: time.UTC,
			Environ: []string{"LANG=C.UTF-8", "TERM=xterm-256color"}, Now: clock,
		})
		if err != nil {
			t.Fatal(err)
		}
		term := tty{vt.NewEmulator(120, 36)}
		p := tea.NewProgram(m, tea.WithInput(nil), tea.WithOutput(term), tea.WithWindowSize(120, 36), tea.WithFPS(frames),
			tea.WithoutSignalHandler(), tea.WithColorProfile(colorprofile.ANSI256), tea.WithEnvironment(m.cfg.Environ))
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := p.Run(); err != nil {
				t.Error(err)
			}
		}()
		check := func(what string) {
			t.Helper()
			step.Add(1)
			time.Sleep(2300 * time.Millisecond)
			synctest.Wait()
			got, want := term.rows(), m.canvas.Rows()
			for y := range want {
				if w := strings.TrimRight(want[y], " "); got[y] != w {
					t.Errorf("%s: row %d\n shows %q\n frame %q", what, y, got[y], w)
				}
			}
		}
		check("start")
		for _, size := range [][2]int{{120, 36}, {80, 24}, {200, 60}, {45, 20}, {120, 36}} {
			term.Resize(size[0], size[1])
			p.Send(sizeMsg(size[0], size[1]))
			check("resize")
			for _, k := range "1?" {
				p.Send(tea.KeyPressMsg{Code: k, Text: string(k)})
				check(string(k))
			}
			p.Send(tea.KeyPressMsg{Code: tea.KeyEscape})
			for _, k := range "234rr1]" {
				p.Send(tea.KeyPressMsg{Code: k, Text: string(k)})
				check(string(k))
			}
			p.Send(tea.KeyPressMsg{Code: tea.KeyEnter})
			check("card")
			p.Send(tea.KeyPressMsg{Code: 'b', Text: "b"})
		}
		p.Quit()
		<-done
		m.close()
		if term.IsAltScreen() {
			t.Error("the alternate screen is not left")
		}
		time.Sleep(2 * time.Second)
	})
}
