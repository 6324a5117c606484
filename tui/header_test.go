package tui

import (
	"strings"
	"testing"

	"mailtop/monitor"
)

// Line 1 holds the views, the state and, from 45 columns on, the clock with its
// zone, at every width and in every state, with blanks between them.
func TestHeaderAtEveryWidth(t *testing.T) {
	for _, host := range []string{"mx1.example.net", "m", strings.Repeat("very-long.", 30) + "example.net", ""} {
		for _, set := range []func(*Config, *monitor.Snapshot){
			func(*Config, *monitor.Snapshot) {},
			func(c *Config, s *monitor.Snapshot) { c.Demo, s.Coverage.Live, s.Coverage.Fraction = true, false, 0.38 },
			func(c *Config, s *monitor.Snapshot) { s.Coverage.Live, s.Coverage.Ended = false, true },
		} {
			for w := 40; w <= 210; w += 1 + w/100*9 {
				u := newUI(t, w, 20, func(c *Config) {
					s := rich(fixtureNow)
					s.Host = host
					set(c, &s)
					c.Monitor = &fakeMonitor{snap: func(monitor.Scope) (monitor.Snapshot, error) { return s, nil }}
				})
				u.screen()
				line := u.m.canvas.Rows()[0]
				parts := []string{"[1", "4", "LIVE "}
				if !u.m.x.Snap.Coverage.Live {
					parts[2] = map[bool]string{true: "READ WHOLE", false: "READING 38%"}[u.m.x.Snap.Coverage.Ended]
				}
				if w >= 45 {
					parts = append(parts, " 02:14 UTC")
				}
				if u.m.cfg.Demo {
					parts = append(parts, " DEMO ")
				} else {
					parts = append(parts, "  "+parts[2])
				}
				for _, p := range parts {
					if !strings.Contains(line+" ", p) {
						t.Fatalf("width %d, host %.20q: no %q in %q", w, host, p, line)
					}
				}
			}
		}
	}
}
