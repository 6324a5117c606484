package tui

import (
	"context"
	"fmt"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"mailtop/monitor"
)

// counter is a terminal that counts what is written to it.
type counter struct{ n atomic.Int64 }

func (c *counter) Write(b []byte) (int, error) {
	c.n.Add(int64(len(b)))
	return len(b), nil
}

// writes runs the real program in virtual time and returns the bytes of each of
// the given number of seconds after the first ten.
func writes(t *testing.T, w, h, seconds int, snap func(now time.Time) monitor.Snapshot, key string) []int64 {
	t.Helper()
	var out []int64
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		mon := &fakeMonitor{snap: func(monitor.Scope) (monitor.Snapshot, error) {
			return snap(fixtureNow.Add(time.Since(begin))), nil
		}}
		m, err := New(context.Background(), Config{
			Monitor: mon, TZ: time.UTC, Environ: []string{"LANG=C.UTF-8", "TERM=xterm-256color", "SSH_TTY=/dev/pts/0"},
			Now: func() time.Time { return fixtureNow.Add(time.Since(begin)) },
		})
		if err != nil {
			t.Fatal(err)
		}
		var c counter
		p := tea.NewProgram(m, tea.WithInput(nil), tea.WithOutput(&c), tea.WithWindowSize(w, h), tea.WithFPS(frames),
			tea.WithoutSignalHandler(), tea.WithColorProfile(colorprofile.ANSI256), tea.WithEnvironment(m.cfg.Environ))
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := p.Run(); err != nil {
				t.Error(err)
			}
		}()
		time.Sleep(time.Second)
		if key != "" {
			p.Send(tea.KeyPressMsg{Code: rune(key[0]), Text: key})
		}
		time.Sleep(9*time.Second + time.Second/2)
		for range seconds {
			before := c.n.Load()
			time.Sleep(time.Second)
			out = append(out, c.n.Load()-before)
		}
		p.Quit()
		<-done
		m.close()
		time.Sleep(2 * time.Second) // the last tick ends in virtual time
	})
	return out
}

func mean(v []int64) int64 {
	var sum int64
	for _, n := range v {
		sum += n
	}
	return sum / int64(len(v))
}

func TestByteBudget(t *testing.T) {
	lively := func(now time.Time) monitor.Snapshot {
		s := rich(now)
		sec := int64(now.Sub(fixtureNow).Seconds())
		s.Coverage.Lines += 200 * sec
		s.Queue.Depth += sec % 17
		for i := range s.Clients {
			s.Clients[i].Connections += sec * int64(i+1)
		}
		for i := range s.Series {
			if !s.Series[i].Level {
				continue
			}
			s.Series[i].Values[len(s.Series[i].Values)-1] = float64(s.Queue.Depth)
		}
		s.Totals.Connections += sec * 3
		s.Totals.Delivered += sec * 2
		return s
	}
	// A thousand records a second, of which a snapshot holds the newest.
	flood := func(now time.Time) monitor.Snapshot {
		s := lively(now)
		n := int(now.Sub(fixtureNow).Milliseconds())
		for i := range s.Log {
			k := n - len(s.Log) + i
			s.Log[i].Offset = int64(k)
			s.Log[i].Text = fmt.Sprintf("2026-05-12T02:14:31+00:00 mx1 postfix/smtpd[%d]: connect from unknown[198.51.100.%d] number %d", k%9999, k%200, k)
		}
		return s
	}
	for _, tc := range []struct {
		name       string
		w, h       int
		key        string
		snap       func(time.Time) monitor.Snapshot
		limit, top int64
	}{
		{"overview 200x60", 200, 60, "", lively, 4 << 10, 24 << 10},
		{"overview 120x36", 120, 36, "", lively, 5 << 9, 12 << 10},
		{"overview 80x24", 80, 24, "", lively, 3 << 9, 6 << 10},
		{"incidents 200x60", 200, 60, "2", lively, 1 << 10, 4 << 10},
		{"log 120x36", 120, 36, "3", lively, 10 << 10, 16 << 10},
		{"log in a flood 200x60", 200, 60, "3", flood, 10 << 10, 16 << 10},
	} {
		t.Run(tc.name, func(t *testing.T) {
			got := writes(t, tc.w, tc.h, 60, tc.snap, tc.key)
			var most int64
			for _, n := range got {
				most = max(most, n)
			}
			t.Logf("%d B/s mean, %d in the worst second", mean(got), most)
			if m := mean(got); m > tc.limit {
				t.Errorf("%d bytes a second, the budget is %d", m, tc.limit)
			}
			if most > tc.top {
				t.Errorf("%d bytes in the worst second, the budget is %d", most, tc.top)
			}
			if mean(got) == 0 {
				t.Error("nothing was written: the test measures nothing")
			}
		})
	}
}

func TestNothingChangesNothingWritten(t *testing.T) {
	still := func(time.Time) monitor.Snapshot { return rich(fixtureNow) }
	for _, key := range []string{"", "2", "3"} {
		// Twenty seconds within one minute: the clock does not move either.
		for i, n := range writes(t, 120, 36, 15, still, key) {
			if n != 0 {
				t.Errorf("view %q: %d bytes in second %d although nothing changed", key, n, i)
			}
		}
	}
}
