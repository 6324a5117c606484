package tui

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"mailtop/monitor"
)

// stamps is a terminal that remembers when it was written to.
type stamps struct {
	last atomic.Int64
	n    atomic.Int64
}

func (s *stamps) Write(b []byte) (int, error) {
	s.last.Store(time.Now().UnixNano())
	s.n.Add(1)
	return len(b), nil
}

// A key is on the screen within a frame and a half, also while snapshots come.
func TestKeyToScreen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		lines := int64(0)
		mon := &fakeMonitor{snap: func(monitor.Scope) (monitor.Snapshot, error) {
			s := rich(fixtureNow)
			lines += 50_000
			s.Coverage.Lines += lines
			return s, nil
		}}
		m, err := New(context.Background(), Config{
			Monitor: mon, TZ: time.UTC, Environ: []string{"LANG=C.UTF-8", "TERM=xterm-256color"},
			Now: func() time.Time { return fixtureNow.Add(time.Since(begin)) },
		})
		if err != nil {
			t.Fatal(err)
		}
		var out stamps
		p := tea.NewProgram(m, tea.WithInput(nil), tea.WithOutput(&out), tea.WithWindowSize(120, 36), tea.WithFPS(frames), tea.WithoutSignalHandler())
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := p.Run(); err != nil {
				t.Error(err)
			}
		}()
		time.Sleep(3 * time.Second)
		var worst time.Duration
		for i := range 200 {
			time.Sleep(137 * time.Millisecond)
			sent := time.Now()
			before := out.n.Load()
			p.Send(tea.KeyPressMsg{Code: rune("21"[i%2]), Text: "21"[i%2 : i%2+1]})
			for out.n.Load() == before {
				time.Sleep(time.Millisecond)
				if time.Since(sent) > time.Second {
					break
				}
			}
			worst = max(worst, time.Since(sent))
		}
		if worst > 100*time.Millisecond {
			t.Errorf("a key took %v to the screen", worst)
		}
		p.Quit()
		<-done
		m.close()
		time.Sleep(3 * time.Second)
	})
}
