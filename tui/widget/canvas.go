// Package widget draws: frames, tables, charts, lists and an input line on a
// Canvas of cells. It knows nothing of mail.
//
// Text comes in as clean.Text or as a Label, a type that constants of the
// program turn into by themselves and that a string variable does not: foreign
// text cannot reach a cell without having been cleaned. Each cell holds one rune
// of known width. A rune that could join its neighbour to one glyph (combining
// marks, flag letters, emoji modifiers, conjoining jamo) is shown as "?", since
// terminals disagree on how many columns such a cluster takes; the bytes are
// never lost, JSON output has them.
package widget

import (
	"strings"
	"unicode"

	"github.com/charmbracelet/x/ansi"

	"mailtop/logparse/clean"
	"mailtop/tui/theme"
)

// Label is text of the program itself.
type Label string

// Rect is a part of a canvas.
type Rect struct{ X, Y, W, H int }

// Inset is the inside of a frame around r.
func (r Rect) Inset() Rect { return Rect{r.X + 1, r.Y + 1, max(r.W-2, 0), max(r.H-2, 0)} }

// Rows cuts the first n rows off r.
func (r Rect) Rows(n int) (top, rest Rect) {
	n = min(max(n, 0), r.H)
	return Rect{r.X, r.Y, r.W, n}, Rect{r.X, r.Y + n, r.W, r.H - n}
}

// Columns splits r into n parts of equal width; the last ones take what is left.
func (r Rect) Columns(n int) []Rect {
	out := make([]Rect, n)
	x := r.X
	for i := range out {
		w := (r.X + r.W - x) / (n - i)
		out[i] = Rect{x, r.Y, w, r.H}
		x += w
	}
	return out
}

// tail marks the second column of a wide rune.
const tail rune = -1

type cell struct {
	r    rune
	role theme.Role
}

// Canvas is a screen in the making.
type Canvas struct {
	W, H    int
	ascii   bool
	cells   []cell
	scratch strings.Builder
}

// NewCanvas makes an empty canvas; with ascii, no rune beyond 7 bits leaves it.
func NewCanvas(w, h int, ascii bool) *Canvas {
	c := &Canvas{W: max(w, 0), H: max(h, 0), ascii: ascii}
	c.cells = make([]cell, c.W*c.H)
	c.Clear()
	return c
}

// Clear empties the canvas.
func (c *Canvas) Clear() {
	for i := range c.cells {
		c.cells[i] = cell{' ', theme.Plain}
	}
}

// Bounds is the whole canvas.
func (c *Canvas) Bounds() Rect { return Rect{0, 0, c.W, c.H} }

// set writes one rune of width w; it keeps wide runes whole.
func (c *Canvas) set(x, y int, r rune, w int, role theme.Role) {
	if y < 0 || y >= c.H || x < 0 || x+w > c.W {
		return
	}
	row := c.cells[y*c.W : (y+1)*c.W]
	if row[x].r == tail && x > 0 {
		row[x-1].r = ' '
	}
	if end := x + w; end < c.W && row[end].r == tail {
		row[end].r = ' '
	}
	row[x] = cell{r, role}
	if w == 2 {
		row[x+1] = cell{tail, role}
	}
}

// Put draws text from x to the right within limit columns and returns how many
// it took. What does not fit is cut without a mark: see Clip.
func (c *Canvas) Put(x, y, limit int, t clean.Text, role theme.Role) int {
	used := 0
	for _, r := range t.String() {
		r, w := c.Glyph(r)
		if used+w > limit {
			break
		}
		c.set(x+used, y, r, w, role)
		used += w
	}
	return used
}

// PutLabel is Put for text of the program.
func (c *Canvas) PutLabel(x, y, limit int, l Label, role theme.Role) int {
	return c.Put(x, y, limit, clean.String(string(l)), role)
}

// PutLine draws a line of spans.
func (c *Canvas) PutLine(x, y, limit int, l Line) int {
	used := 0
	for _, s := range l {
		used += c.Put(x+used, y, limit-used, s.Text, s.Role)
	}
	return used
}

// Paint gives w cells of a row a role and keeps their text.
func (c *Canvas) Paint(x, y, w int, role theme.Role) {
	if y < 0 || y >= c.H {
		return
	}
	for i := max(x, 0); i < min(x+w, c.W); i++ {
		c.cells[y*c.W+i].role = role
	}
}

// Blank empties a part of the canvas.
func (c *Canvas) Blank(r Rect) {
	for y := r.Y; y < r.Y+r.H; y++ {
		for x := r.X; x < r.X+r.W; x++ {
			c.set(x, y, ' ', 1, theme.Plain)
		}
	}
}

// Glyph is what a rune looks like on this canvas, and its width.
func (c *Canvas) Glyph(r rune) (rune, int) {
	if r < 0x7f {
		if r < 0x20 {
			return '?', 1
		}
		return r, 1
	}
	if c.ascii {
		return '?', 1
	}
	return wideGlyph(r)
}

func wideGlyph(r rune) (rune, int) {
	switch {
	case r >= 0xa1 && r < 0x300 && r != 0xad:
		return r, 1 // letters with accents
	case r >= 0x4e00 && r <= 0x9fff, r >= 0xac00 && r <= 0xd7a3:
		return r, 2 // ideographs and syllables
	case joins(r):
		return '?', 1
	}
	switch w := ansi.StringWidthWc(string(r)); w {
	case 1, 2:
		if ansi.StringWidth(string(r)) == w {
			return r, w
		}
	}
	return '?', 1
}

// joins says whether r may melt into the rune beside it.
func joins(r rune) bool {
	switch {
	case r < 0x300:
		return false
	case r >= 0x1100 && r <= 0x11ff, r >= 0xa960 && r <= 0xa97f, r >= 0xd7b0 && r <= 0xd7ff:
		return true // conjoining jamo
	case r >= 0x1f1e6 && r <= 0x1f1ff, r >= 0x1f3fb && r <= 0x1f3ff:
		return true // flag letters, skin tones
	}
	return unicode.In(r, unicode.M, unicode.Prepended_Concatenation_Mark)
}

// Width is the number of columns that text takes.
func Width(t clean.Text) int { return stringWidth(t.String()) }

func stringWidth(s string) int {
	n := 0
	for _, r := range s {
		n += runeWidth(r)
	}
	return n
}

// String is the canvas as lines with the theme's escape sequences, each line
// ending in the plain role. Blanks at the end of a line are left out.
func (c *Canvas) String(t *theme.Theme) string {
	b := &c.scratch
	b.Reset()
	b.Grow(len(c.cells) * 2)
	for y := range c.H {
		if y > 0 {
			b.WriteByte('\n')
		}
		c.writeRow(b, c.cells[y*c.W:(y+1)*c.W], t)
	}
	return strings.Clone(b.String())
}

func (c *Canvas) writeRow(b *strings.Builder, row []cell, t *theme.Theme) {
	end := len(row)
	for end > 0 && row[end-1].r == ' ' && t.SGR(row[end-1].role) == "" {
		end--
	}
	open := ""
	for _, cl := range row[:end] {
		if s := t.SGR(cl.role); s != open {
			if open != "" {
				b.WriteString(theme.Reset)
			}
			b.WriteString(s)
			open = s
		}
		if cl.r != tail {
			b.WriteRune(cl.r)
		}
	}
	if open != "" {
		b.WriteString(theme.Reset)
	}
}

// Rows is the canvas as bare text, one string a row: for tests and for copying
// a screen.
func (c *Canvas) Rows() []string {
	return strings.Split(c.String(&theme.Theme{}), "\n")
}
