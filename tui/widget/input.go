package widget

import (
	"strings"
	"unicode/utf8"

	"mailtop/logparse/clean"
	"mailtop/tui/theme"
)

// MaxInput is the length of a line that a person may type or paste, in runes.
const MaxInput = 512

// Input is a line being typed.
type Input struct {
	text []rune
	pos  int
}

// NewInput starts with text and the cursor behind it.
func NewInput(text string) *Input {
	in := &Input{}
	in.Insert(text)
	return in
}

// Value is the text as typed.
func (in *Input) Value() string { return string(in.text) }

// Insert puts typed or pasted text at the cursor. Control characters and what is
// beyond MaxInput are dropped; of a pasted block the first line counts.
func (in *Input) Insert(s string) {
	s, _, _ = strings.Cut(strings.TrimLeft(s, "\r\n"), "\n")
	for _, r := range s {
		if r < 0x20 || r == 0x7f || r == utf8.RuneError || len(in.text) >= MaxInput {
			continue
		}
		in.text = append(in.text, 0)
		copy(in.text[in.pos+1:], in.text[in.pos:])
		in.text[in.pos] = r
		in.pos++
	}
}

// Key edits by a key's name; false when the key is none of the line's.
func (in *Input) Key(name string) bool {
	switch name {
	case "backspace":
		in.remove(in.pos-1, in.pos)
	case "delete":
		in.remove(in.pos, in.pos+1)
	case "ctrl+u":
		in.remove(0, in.pos)
	case "ctrl+w", "alt+backspace":
		in.remove(in.wordStart(), in.pos)
	case "left":
		in.pos = max(in.pos-1, 0)
	case "right":
		in.pos = min(in.pos+1, len(in.text))
	case "home":
		in.pos = 0
	case "end":
		in.pos = len(in.text)
	default:
		return false
	}
	return true
}

func (in *Input) wordStart() int {
	i := in.pos
	for i > 0 && in.text[i-1] == ' ' {
		i--
	}
	for i > 0 && in.text[i-1] != ' ' {
		i--
	}
	return i
}

func (in *Input) remove(from, to int) {
	if from < 0 || to > len(in.text) || from >= to {
		return
	}
	in.text = append(in.text[:from], in.text[to:]...)
	in.pos = from
}

// DrawHidden draws a star for each rune typed.
func (in *Input) DrawHidden(c *Canvas, x, y, w int, prompt Label) {
	stars := []rune(strings.Repeat("*", len(in.text)))
	(&Input{text: stars, pos: in.pos}).Draw(c, x, y, w, prompt)
}

// Draw draws the line after a prompt; the cell under the cursor is reversed.
func (in *Input) Draw(c *Canvas, x, y, w int, prompt Label) {
	used := c.PutLabel(x, y, w, prompt, theme.Title)
	room := w - used - 1
	start := 0
	for start < in.pos && Width(clean.String(string(in.text[start:in.pos]))) > room {
		start++
	}
	before := clean.String(string(in.text[start:in.pos]))
	after := clean.String(string(in.text[in.pos:]))
	used += c.Put(x+used, y, w-used, before, theme.Plain)
	c.PutLabel(x+used, y, w-used, " ", theme.Plain)
	c.Put(x+used, y, w-used, after, theme.Plain)
	c.Paint(x+used, y, 1, theme.Active)
}
