package tui

import (
	"slices"
	"strings"
	"testing"

	tea "charm.land/bubbletea/v2"

	"mailtop/tui/screen"
)

func sizeMsg(w, h int) tea.Msg { return tea.WindowSizeMsg{Width: w, Height: h} }

// everyTable is each set of key tables that can be in force at once.
func everyTable(u *ui) map[string][][]screen.Key {
	out := map[string][][]screen.Key{}
	for i, s := range u.m.screens {
		u.m.active, u.m.card = i, nil
		out[string(s.Name())] = u.m.tables()
	}
	u.m.active = 0
	u.press("enter")
	out["card"] = u.m.tables()
	return out
}

func TestKeysDoNotConflict(t *testing.T) {
	for name, tables := range everyTable(newUI(t, 120, 36, nil)) {
		seen := map[string]string{}
		for _, table := range tables {
			for _, k := range table {
				for _, n := range strings.Fields(k.Names) {
					if other, twice := seen[n]; twice {
						t.Errorf("%s: key %q is both %q and %q", name, n, other, k.Help)
					}
					seen[n] = string(k.Help)
				}
			}
		}
	}
}

// tmux and screen prefixes, flow control: never ours.
func TestKeysLeaveTheTerminalItsOwn(t *testing.T) {
	for name, tables := range everyTable(newUI(t, 120, 36, nil)) {
		for _, table := range tables {
			for _, k := range table {
				for _, n := range strings.Fields(k.Names) {
					if slices.Contains([]string{"ctrl+a", "ctrl+b", "ctrl+s", "ctrl+q"}, n) {
						t.Errorf("%s: %q is bound to %q", name, n, k.Help)
					}
				}
			}
		}
	}
}

// A phone has no Ctrl, Tab, Esc or AltGr: what they do, a letter does too, or
// the palette has it by its words.
func TestHardKeysHaveATwin(t *testing.T) {
	hard := func(n string) bool {
		return strings.Contains(n, "ctrl") || strings.Contains(n, "tab") || n == "esc" || n == "[" || n == "]"
	}
	for name, tables := range everyTable(newUI(t, 120, 36, nil)) {
		for _, table := range tables {
			for _, k := range table {
				names := strings.Fields(k.Names)
				if k.Help == "" {
					t.Errorf("%s: key %q has no help, so the palette cannot find it", name, k.Names)
				}
				if slices.ContainsFunc(names, hard) && !slices.ContainsFunc(names, func(n string) bool { return len(n) == 1 && !hard(n) }) &&
					!slices.Contains([]string{"ctrl+l", "ctrl+z"}, k.Names) {
					t.Errorf("%s: %q (%s) has no easy twin", name, k.Names, k.Help)
				}
			}
		}
	}
}

// Every name in a key table is one that a terminal sends.
func TestKeyNamesAreReal(t *testing.T) {
	special := []string{"enter", "esc", "tab", "shift+tab", "left", "right", "up", "down", "pgup", "pgdown", "home", "end", "space", "ctrl+p", "ctrl+l", "ctrl+z"}
	for name, tables := range everyTable(newUI(t, 120, 36, nil)) {
		for _, table := range tables {
			for _, k := range table {
				for _, n := range strings.Fields(k.Names) {
					if len(n) > 1 && !slices.Contains(special, n) {
						t.Errorf("%s: no terminal sends %q", name, n)
					}
				}
			}
		}
	}
}

func TestHelpListsEveryKey(t *testing.T) {
	for name, tables := range everyTable(newUI(t, 120, 36, nil)) {
		h := newHelp(tables, nil, "mailtop 1")
		var b strings.Builder
		for _, l := range h.Lines {
			b.WriteString(l.Text().String() + "\n")
		}
		for _, table := range tables {
			for _, k := range table {
				if !strings.Contains(b.String(), string(k.Help)) {
					t.Errorf("%s: help does not hold %q", name, k.Help)
				}
			}
		}
	}
}
