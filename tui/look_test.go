package tui

import (
	"strings"
	"testing"

	"mailtop/tui/theme"
)

func TestLook(t *testing.T) {
	for _, tc := range []struct {
		env   string
		cfg   Config
		theme string
		set   theme.Set
	}{
		{"LANG=en_US.UTF-8 TERM=xterm", Config{}, theme.NameTerminal, theme.Blocks},
		{"LANG=en_US.utf8 TERM=xterm", Config{Braille: true}, theme.NameTerminal, theme.Braille},
		{"LANG=C TERM=xterm", Config{}, theme.NameTerminal, theme.ASCII},
		{"TERM=xterm", Config{}, theme.NameTerminal, theme.ASCII},
		{"LANG=en_US.UTF-8 LC_ALL=C TERM=xterm", Config{}, theme.NameTerminal, theme.ASCII},
		{"LANG=C LC_CTYPE=C.UTF-8 TERM=xterm", Config{}, theme.NameTerminal, theme.Blocks},
		{"LANG=C.UTF-8 TERM=linux", Config{}, theme.NameTerminal, theme.ASCII},
		{"LANG=C.UTF-8 TERM=vt220", Config{Braille: true}, theme.NameTerminal, theme.ASCII},
		{"LANG=C.UTF-8 TERM=dumb", Config{}, theme.NameMono, theme.ASCII},
		{"LANG=C.UTF-8 TERM=putty-256color", Config{}, theme.NameTerminal, theme.Blocks},
		{"LANG=C.UTF-8 NO_COLOR=1", Config{Theme: theme.NameContrast}, theme.NameMono, theme.Blocks},
		{"LANG=C.UTF-8 NO_COLOR=", Config{Theme: theme.NameContrast}, theme.NameContrast, theme.Blocks},
		{"LANG=C.UTF-8 CLICOLOR=0", Config{}, theme.NameMono, theme.Blocks},
		{"LANG=C.UTF-8 CLICOLOR=0 CLICOLOR_FORCE=1", Config{}, theme.NameTerminal, theme.Blocks},
		{"LANG=C.UTF-8", Config{NoColor: true}, theme.NameMono, theme.Blocks},
		{"LANG=C.UTF-8", Config{ASCII: true}, theme.NameTerminal, theme.ASCII},
	} {
		tc.cfg.Environ = strings.Fields(tc.env)
		got, err := newLook(&tc.cfg)
		if err != nil {
			t.Errorf("%s: %v", tc.env, err)
			continue
		}
		if got.theme.Name != tc.theme || got.set != tc.set {
			t.Errorf("%s: theme %s, symbols %d; want %s, %d", tc.env, got.theme.Name, got.set, tc.theme, tc.set)
		}
		if tc.theme == theme.NameMono && got.profile == nil {
			t.Errorf("%s: the renderer may still write colour", tc.env)
		}
	}
	if _, err := newLook(&Config{Theme: "pink"}); err == nil {
		t.Error("a theme that does not exist is taken")
	}
}
