package theme

import (
	"slices"
	"strings"
	"testing"
)

func all(t *testing.T) []*Theme {
	t.Helper()
	var out []*Theme
	for _, n := range Names() {
		th, err := ByName(n)
		if err != nil || th.Name != n {
			t.Fatalf("%s: %v", n, err)
		}
		out = append(out, th)
	}
	return out
}

// params are the numbers of an SGR sequence.
func params(t *testing.T, s string) []string {
	t.Helper()
	if !strings.HasPrefix(s, "\x1b[") || !strings.HasSuffix(s, "m") {
		t.Fatalf("%q is no SGR sequence", s)
	}
	return strings.Split(s[2:len(s)-1], ";")
}

// Dim vanishes on some terminals, bright black on others; a default colour that
// is set stays behind.
func TestNoThemeUsesWhatVanishes(t *testing.T) {
	for _, th := range all(t) {
		for r := Plain; r < roles; r++ {
			if th.SGR(r) == "" {
				continue
			}
			for _, p := range params(t, th.SGR(r)) {
				if slices.Contains([]string{"2", "8", "90", "100", "5", "6"}, p) {
					t.Errorf("%s: role %d uses SGR %s", th.Name, r, p)
				}
			}
		}
	}
}

func TestMonoHasNoColour(t *testing.T) {
	for r := Plain; r < roles; r++ {
		s := Mono().SGR(r)
		if s == "" {
			continue
		}
		for _, p := range params(t, s) {
			if len(p) > 1 {
				t.Errorf("role %d uses SGR %s", r, p)
			}
		}
	}
}

func TestTerminalColoursOnly(t *testing.T) {
	for r := Plain; r < roles; r++ {
		if s := Terminal16().SGR(r); strings.Contains(s, "38;") || strings.Contains(s, "48;") {
			t.Errorf("role %d: %q is not one of the 16 colours", r, s)
		}
	}
}

func TestSelectedAndAlarmsShowInEveryTheme(t *testing.T) {
	for _, th := range all(t) {
		for _, r := range []Role{Selected, Active, Alarm, Critical, High, Medium, Focus} {
			if th.SGR(r) == th.SGR(Plain) {
				t.Errorf("%s: role %d looks like plain text", th.Name, r)
			}
		}
	}
}

func TestUnknownTheme(t *testing.T) {
	_, err := ByName("solarized")
	if err == nil || !strings.Contains(err.Error(), `"solarized"`) || !strings.Contains(err.Error(), NameMono) {
		t.Errorf("error %v names neither the input nor the way out", err)
	}
}

func TestPlain7IsASCII(t *testing.T) {
	s := Plain7()
	text := string([]rune{s.H, s.V, s.TL, s.TR, s.BL, s.BR, s.Ellipsis}) + s.Ticked + s.Unticked + s.Mark
	for _, r := range text {
		if r > 0x7e {
			t.Errorf("%q", r)
		}
	}
}
