package tui

import (
	"context"
	"errors"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/charmbracelet/x/ansi"

	"mailtop/monitor"
	"mailtop/monitor/detect"
	"mailtop/tui/theme"
)

// poison puts foreign bytes into every string of a value, however deep.
func poison(v reflect.Value, next func() string) {
	switch v.Kind() {
	case reflect.String:
		v.SetString(next())
	case reflect.Pointer:
		if !v.IsNil() {
			poison(v.Elem(), next)
		}
	case reflect.Slice:
		for i := range v.Len() {
			poison(v.Index(i), next)
		}
	case reflect.Map:
		m := reflect.MakeMap(v.Type())
		for _, k := range v.MapKeys() {
			nk := reflect.New(k.Type()).Elem()
			nk.Set(k)
			poison(nk, next)
			m.SetMapIndex(nk, v.MapIndex(k))
		}
		v.Set(m)
	case reflect.Struct:
		if v.Type() == reflect.TypeFor[time.Time]() {
			return
		}
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				poison(v.Field(i), next)
			}
		}
	}
}

// poisoned is the rich snapshot with foreign bytes in each string; a series
// keeps its name, an incident its id: rows point at it.
func poisoned(next func() string) monitor.Snapshot {
	s := rich(fixtureNow)
	names := make([]string, len(s.Series))
	for i := range s.Series {
		names[i] = s.Series[i].Name
	}
	ids := make([]string, len(s.Incidents))
	for i := range s.Incidents {
		ids[i] = s.Incidents[i].ID
	}
	s.Sources[0].Err = "x"
	s.Queue.Err = "x"
	poison(reflect.ValueOf(&s).Elem(), next)
	for i := range s.Series {
		s.Series[i].Name = names[i]
	}
	for i := range s.Incidents {
		s.Incidents[i].ID = ids[i]
	}
	return s
}

// hostileMonitor gives hostile evidence too.
type hostileMonitor struct {
	fakeMonitor
	next func() string
}

func (h *hostileMonitor) Evidence(_ context.Context, ev []detect.Evidence) []detect.Evidence {
	for i := range ev {
		ev[i].Text = h.next()
	}
	return ev
}

// harmless fails when a frame holds a control that the theme did not make, or a
// line wider than the screen.
func harmless(t *testing.T, what string, u *ui, w int) {
	t.Helper()
	frame := u.m.View().Content
	rest := frame
	for _, name := range theme.Names() {
		th, err := theme.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range th.Sequences() {
			rest = strings.ReplaceAll(rest, s, "")
		}
	}
	for i, r := range rest {
		if r < 0x20 && r != '\n' || r >= 0x7f && r <= 0x9f || r == 0x202e || r == 0x200b || r == 0x2028 || r == utf8.RuneError {
			t.Fatalf("%s: %U at %d of %q", what, r, i, rest[max(0, i-40):min(len(rest), i+40)])
		}
	}
	for _, l := range strings.Split(ansi.Strip(frame), "\n") {
		if n := ansi.StringWidth(l); n > w {
			t.Fatalf("%s: a line is %d wide on a screen of %d: %q", what, n, w, l)
		}
		if n := ansi.StringWidthWc(l); n > w {
			t.Fatalf("%s: a line is %d wide by wcwidth on a screen of %d: %q", what, n, w, l)
		}
	}
}

func FuzzRender(f *testing.F) {
	for _, s := range []string{
		"plain", "\x1b[31mred\x1b[0m", "\x1b]52;c;aGk=\x07", "\x1b]8;;http://x\x1b\\link", "a\rb\nc\td", "\u009b31m", "\u202eevil\u202c",
		"\x00\x07\x7f", "\xff\xfe\x80", "e\u0301\u0301\u0301", "\U0001F1E9\U0001F1EA\U0001F44D\U0001F3FD", "\u1112\u1161\u11ab", "日本語のテキスト", "\u2028x\u200by",
		strings.Repeat("A", 3000), strings.Repeat("漢 ", 5000), "", " ", "%s%d%!", "ᄀ\u0600a\u0903",
	} {
		f.Add([]byte(s), uint64(1), uint8(80), uint8(24))
	}
	f.Fuzz(func(t *testing.T, b []byte, seed uint64, w, h uint8) {
		rnd := rand.New(rand.NewPCG(seed, 7))
		next := func() string {
			if len(b) == 0 || rnd.IntN(4) == 0 {
				junk := make([]byte, rnd.IntN(30))
				for i := range junk {
					junk[i] = byte(rnd.Uint32())
				}
				return string(junk)
			}
			return string(b[rnd.IntN(len(b)):])
		}
		width, height := 1+int(w)%210, 1+int(h)%70
		findings := probeFindings()
		poison(reflect.ValueOf(&findings).Elem(), next)
		mon := &hostileMonitor{next: next}
		mon.snap = func(monitor.Scope) (monitor.Snapshot, error) { return poisoned(next), nil }
		u := newUI(t, width, height, func(c *Config) {
			c.Monitor = mon
			c.Theme = "terminal-16"
			c.ASCII = seed%3 == 0
			c.Braille = seed%3 == 1
			c.Prober = &fakeProber{findings: findings}
			c.Targets = []string{next(), next()}
		})
		for _, s := range shots {
			if s.long && rnd.IntN(4) > 0 {
				continue
			}
			u.m.card, u.m.overlays = nil, nil
			u.press("1")
			u.press(s.keys...)
			harmless(t, s.name, u, width)
		}
		u.press("/")
		u.m.overlays[len(u.m.overlays)-1].Paste(string(b))
		harmless(t, "filter", u, width)
		u.press("enter")
		harmless(t, "filtered", u, width)
		mon.snap = func(monitor.Scope) (monitor.Snapshot, error) { return monitor.Snapshot{}, errors.New(next()) }
		u.next(time.Second)
		harmless(t, "failed", u, width)
		for _, l := range u.m.Farewell() {
			if strings.ContainsAny(l.String(), "\x1b\n\r\x07") {
				t.Fatalf("farewell %q", l)
			}
		}
	})
}
