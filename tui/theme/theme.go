// Package theme maps what a piece of the screen means (a Role) to how a terminal
// shows it, and names the symbols that the screen is drawn with.
//
// Three themes exist. Terminal16 uses the sixteen colours and the default
// foreground and background of the user's own terminal, so that it fits light
// and dark ones. HighContrast uses bright colours on black blocks. Mono uses
// bold, underline and reverse only. No theme uses dim or bright black: both
// vanish on some terminals. Colour never says anything alone: a severity is a
// glyph, a word and a colour.
package theme

import (
	"fmt"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// Role is what a cell of the screen means.
type Role uint8

// Roles. Plain is the terminal's own text.
const (
	Plain    Role = iota
	Title         // names of panes and tables
	Strong        // the sentence that matters
	Frame         // lines around panes
	Focus         // the frame of the pane that has the keys
	Key           // a key in a hint
	Active        // the view that is shown, a state in words
	Selected      // the row that keys act on
	Good          // over, fine
	Info
	Low
	Medium
	High
	Critical
	Chart    // columns of a chart
	ChartBad // columns of a chart of what should not be
	Axis
	Alarm // DEMO, PAUSED, READING: what must not be missed
	roles
)

// Theme is a finished set of escape sequences, one a role.
type Theme struct {
	Name string
	sgr  [roles]string
}

// Names of the themes, for flags and messages.
const (
	NameTerminal = "terminal-16"
	NameMono     = "mono"
	NameContrast = "high-contrast"
)

// Names lists the themes that ByName knows.
func Names() []string { return []string{NameTerminal, NameMono, NameContrast} }

// ByName finds a theme; the empty name is the default.
func ByName(name string) (*Theme, error) {
	switch name {
	case "", NameTerminal:
		return Terminal16(), nil
	case NameMono:
		return Mono(), nil
	case NameContrast:
		return HighContrast(), nil
	}
	return nil, fmt.Errorf("theme %q is none of %s", name, strings.Join(Names(), ", "))
}

// SGR is the sequence that switches to a role from any other; empty for text
// that needs none.
func (t *Theme) SGR(r Role) string { return t.sgr[r] }

// Sequences lists all that the theme may write.
func (t *Theme) Sequences() []string {
	out := []string{Reset}
	for _, s := range t.sgr {
		if s != "" {
			out = append(out, s)
		}
	}
	return out
}

// Reset ends every role.
const Reset = "\x1b[m"

func build(name string, styles map[Role]ansi.Style) *Theme {
	t := &Theme{Name: name}
	for r, s := range styles {
		t.sgr[r] = s.String()
	}
	return t
}

func style() ansi.Style { return ansi.Style{} }

// Terminal16 is the default theme.
func Terminal16() *Theme {
	return build(NameTerminal, map[Role]ansi.Style{
		Title:    style().Bold(),
		Strong:   style().Bold(),
		Focus:    style().Bold().ForegroundColor(ansi.Cyan),
		Key:      style().Bold(),
		Active:   style().Bold().Reverse(true),
		Selected: style().Reverse(true),
		Good:     style().ForegroundColor(ansi.Cyan),
		Low:      style().ForegroundColor(ansi.Cyan),
		Medium:   style().ForegroundColor(ansi.Black).BackgroundColor(ansi.Yellow),
		High:     style().Bold().ForegroundColor(ansi.Red),
		Critical: style().Bold().ForegroundColor(ansi.White).BackgroundColor(ansi.Red),
		Chart:    style().ForegroundColor(ansi.Cyan),
		ChartBad: style().ForegroundColor(ansi.Magenta),
		Alarm:    style().Bold().Reverse(true),
	})
}

// HighContrast keeps to the brightest colours and marks by blocks.
func HighContrast() *Theme {
	return build(NameContrast, map[Role]ansi.Style{
		Title:    style().Bold().Underline(true),
		Strong:   style().Bold(),
		Focus:    style().Bold().ForegroundColor(ansi.BrightYellow),
		Key:      style().Bold().ForegroundColor(ansi.BrightYellow),
		Active:   style().Bold().Reverse(true),
		Selected: style().Bold().Reverse(true),
		Good:     style().Bold().ForegroundColor(ansi.BrightCyan),
		Info:     style().Bold(),
		Low:      style().Bold().ForegroundColor(ansi.BrightCyan),
		Medium:   style().Bold().ForegroundColor(ansi.Black).BackgroundColor(ansi.BrightYellow),
		High:     style().Bold().ForegroundColor(ansi.Black).BackgroundColor(ansi.BrightWhite),
		Critical: style().Bold().ForegroundColor(ansi.BrightWhite).BackgroundColor(ansi.Red),
		Chart:    style().Bold().ForegroundColor(ansi.BrightWhite),
		ChartBad: style().Bold().ForegroundColor(ansi.BrightYellow),
		Axis:     style().Bold(),
		Alarm:    style().Bold().Reverse(true),
	})
}

// Mono has no colour at all.
func Mono() *Theme {
	return build(NameMono, map[Role]ansi.Style{
		Title:    style().Bold(),
		Strong:   style().Bold(),
		Focus:    style().Bold(),
		Key:      style().Bold(),
		Active:   style().Bold().Reverse(true),
		Selected: style().Reverse(true),
		Medium:   style().Bold(),
		High:     style().Bold().Underline(true),
		Critical: style().Bold().Reverse(true),
		Alarm:    style().Bold().Reverse(true),
	})
}
