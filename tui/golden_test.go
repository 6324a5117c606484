package tui

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"

	"mailtop/monitor"
)

// updating: the frames are to be written anew. The flag comes with teatest.
func updating() bool { return flag.Lookup("update").Value.String() == "true" }

// golden compares a frame with its file; escapes are written as \e so that a
// person can read the file and a terminal does not act on it.
func golden(t *testing.T, name, frame string) {
	t.Helper()
	frame = strings.ReplaceAll(frame, "\x1b", `\e`) + "\n"
	path := filepath.Join("testdata", "golden", name+".txt")
	if updating() {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(frame), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatalf("%v (go test ./tui -update writes it)", err)
	}
	if diff := firstDifference(string(want), frame); diff != "" {
		t.Errorf("frame %s differs: %s", name, diff)
	}
}

// firstDifference is the first line that differs: a whole frame is hard to read.
func firstDifference(want, got string) string {
	w, g := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range max(len(w), len(g)) {
		a, b := "(no line)", "(no line)"
		if i < len(w) {
			a = w[i]
		}
		if i < len(g) {
			b = g[i]
		}
		if a != b {
			return fmt.Sprintf("line %d\n want %s\n got  %s", i+1, a, b)
		}
	}
	return ""
}

// mode is a way to draw.
type mode struct {
	name string
	set  func(*Config)
}

var modes = []mode{
	{"mono", func(c *Config) { c.Theme = "mono" }},
	{"colour", func(c *Config) { c.Theme = "terminal-16" }},
	{"contrast", func(c *Config) { c.Theme = "high-contrast" }},
	{"braille", func(c *Config) { c.Braille = true }},
	{"ascii", func(c *Config) { c.ASCII = true }},
}

// shots are the screens that a person reads, by the keys that lead to them.
var shots = []struct {
	name string
	keys []string
	long bool // many keys: the tests that go through all sizes take it at some
}{
	{"overview", nil, false},
	{"incidents", []string{"2"}, false},
	{"noise", []string{"2", "n"}, false},
	{"card", []string{"enter"}, false},
	{"log", []string{"3"}, false},
	{"log-back", []string{"3", "k", "k"}, false},
	{"probes-before", []string{"4"}, true},
	{"probes-plan", []string{"4", "r"}, false},
	{"probes", []string{"4", "r", "enter", "j", "j", "j", "j", "j"}, false},
	{"probes-card", []string{"4", "r", "enter", "j", "j", "j", "j", "j", "enter"}, true},
	{"probes-transcript", []string{"4", "r", "enter", "j", "t"}, true},
	{"probes-checks", []string{"4", "c", "G"}, true},
	{"probes-plan-attack", []string{"4", "c", "G", "k", "k", "k", "k", "k", "k", " ", "enter", "o", "mx1.example.net", "enter"}, true},
	{"probes-typed-yes", []string{"4", "c", "G", "k", "k", "k", "k", "k", "k", " ", "enter", "o", "mx2", "enter"}, true},
	{"probes-recipient", []string{"4", "c", "G", "pgup", "j", "j", "j", "j", "j", "j", "j", "j", "j", "j", "j", "j", " ", "enter", "me@example.org"}, true},
	{"probes-new", []string{"4", "n"}, true},
	{"help", []string{"?"}, false},
	{"palette", []string{":", "theme"}, false},
	{"quit", []string{"enter", "q"}, false},
	{"undo", []string{"enter", "G", "tab", "tab", "tab", "j", "j", "u"}, false},
}

func TestGoldenViews(t *testing.T) {
	for _, s := range shots {
		for _, size := range []struct {
			w, h int
			mode mode
		}{{80, 24, modes[0]}, {120, 36, modes[1]}} {
			name := fmt.Sprintf("%s-%dx%d-%s", s.name, size.w, size.h, size.mode.name)
			t.Run(name, func(t *testing.T) {
				u := newUI(t, size.w, size.h, size.mode.set).press(s.keys...)
				golden(t, name, u.m.View().Content)
			})
		}
	}
}

func TestGoldenOverviewAndCard(t *testing.T) {
	for _, s := range shots {
		if s.name != "overview" && s.name != "card" {
			continue
		}
		for _, size := range [][2]int{{45, 20}, {80, 24}, {120, 36}, {200, 60}} {
			for _, md := range modes {
				name := fmt.Sprintf("%s-%dx%d-%s", s.name, size[0], size[1], md.name)
				t.Run(name, func(t *testing.T) {
					u := newUI(t, size[0], size[1], md.set).press(s.keys...)
					golden(t, name, u.m.View().Content)
				})
			}
		}
	}
}

// Frames of the Probes view that no key alone leads to.
func TestGoldenProbes(t *testing.T) {
	for _, tc := range []struct {
		name string
		set  func(*Config)
		keys []string
	}{
		{"probes-empty", func(c *Config) { c.Targets = nil }, []string{"4"}},
		{"probes-error", func(c *Config) { c.Prober = &fakeProber{err: errNoName} }, []string{"4", "r", "esc"}},
		{"probes-running", func(c *Config) { c.Prober = &fakeProber{findings: firstFindings(9), block: true} }, []string{"4", "r", "enter"}},
	} {
		for i, size := range [][2]int{{80, 24}, {120, 36}} {
			name := fmt.Sprintf("%s-%dx%d-%s", tc.name, size[0], size[1], modes[i].name)
			t.Run(name, func(t *testing.T) {
				u := newUI(t, size[0], size[1], func(c *Config) { modes[i].set(c); tc.set(c) })
				u.until = 9
				golden(t, name, u.press(tc.keys...).m.View().Content)
			})
		}
	}
}

func TestGoldenFirstSecond(t *testing.T) {
	for _, size := range [][2]int{{45, 20}, {80, 24}, {120, 36}} {
		name := fmt.Sprintf("empty-%dx%d", size[0], size[1])
		t.Run(name, func(t *testing.T) {
			u := newUI(t, size[0], size[1], func(c *Config) {
				c.Monitor = &fakeMonitor{snap: func(monitor.Scope) (monitor.Snapshot, error) { return empty(fixtureNow), nil }}
			})
			golden(t, name, u.m.View().Content)
		})
	}
}

// sizes that no layout may break at.
func sizes() [][2]int {
	out := [][2]int{{1, 1}, {39, 9}, {300, 100}, {40, 60}, {200, 10}}
	for _, w := range []int{40, 45, 60, 79, 80, 95, 109, 110, 119, 120, 159, 160, 200} {
		for _, h := range []int{10, 13, 20, 24, 36, 60} {
			out = append(out, [2]int{w, h})
		}
	}
	return out
}

func TestFramesFitAndSayWhatMatters(t *testing.T) {
	for i, size := range sizes() {
		md := modes[i%len(modes)] // each size in one mode, each mode at many sizes
		u := newUI(t, size[0], size[1], md.set)
		for _, s := range shots {
			if s.long && i%6 != 0 {
				continue
			}
			u.m.card, u.m.overlays = nil, nil
			u.press("1")
			u.press(s.keys...)
			checkFrame(t, fmt.Sprintf("%s %dx%d %s", s.name, size[0], size[1], md.name), u, size[0], size[1])
		}
	}
}

func checkFrame(t *testing.T, name string, u *ui, w, h int) {
	t.Helper()
	frame := u.m.View().Content
	lines := strings.Split(frame, "\n")
	if len(lines) != h {
		t.Errorf("%s: %d lines", name, len(lines))
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n > w {
			t.Errorf("%s: line %d is %d wide: %q", name, i+1, n, l)
		}
	}
	plain := ansi.Strip(frame)
	if w >= 40 && h >= 10 {
		if !strings.Contains(plain, "Act now") || !strings.Contains(plain, "? help") {
			t.Errorf("%s: verdict or keys are not visible:\n%s", name, plain)
		}
	} else if w > 8 && !strings.Contains(plain, "Act now") {
		t.Errorf("%s: no verdict:\n%s", name, plain)
	}
}

// What colour says, the words say too: without sequences all themes are equal.
func TestMonoHoldsEveryFact(t *testing.T) {
	for _, s := range shots {
		var texts []string
		for _, md := range modes[:3] {
			u := newUI(t, 120, 36, md.set).press(s.keys...)
			texts = append(texts, ansi.Strip(u.m.View().Content))
		}
		if texts[0] != texts[1] || texts[0] != texts[2] {
			t.Errorf("%s: themes show different text: %s%s", s.name, firstDifference(texts[0], texts[1]), firstDifference(texts[0], texts[2]))
		}
	}
}

func TestASCIIHasNothingElse(t *testing.T) {
	for _, s := range shots {
		u := newUI(t, 120, 36, func(c *Config) { c.ASCII = true }).press(s.keys...)
		for _, r := range ansi.Strip(u.m.View().Content) {
			if r > 0x7e || r < 0x20 && r != '\n' {
				t.Errorf("%s: %q", s.name, r)
				break
			}
		}
	}
}

func TestResizeKeepsThePlace(t *testing.T) {
	u := newUI(t, 120, 36, nil).press("2", "j", "enter")
	u.want("password spray")
	for _, size := range sizes() {
		u.send(sizeMsg(size[0], size[1]))
		checkFrame(t, fmt.Sprint("resized to ", size), u, size[0], size[1])
	}
	u.send(sizeMsg(120, 36))
	u.want("rule auth.spray").press("b").want("Incidents  3 open")
}
