package widget

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"mailtop/logparse/clean"
	"mailtop/tui/theme"
)

// Span is text of one role.
type Span struct {
	Text clean.Text
	Role theme.Role
}

// Line is a row of spans.
type Line []Span

// L makes a span of the program's own text.
func L(l Label, role theme.Role) Span { return Span{clean.String(string(l)), role} }

// T makes a plain span of the program's own text.
func T(l Label) Span { return L(l, theme.Plain) }

// F makes a plain span; whatever the arguments hold is cleaned.
func F(format Label, args ...any) Span { return FR(theme.Plain, format, args...) }

// FR is F with a role.
func FR(role theme.Role, format Label, args ...any) Span {
	return Span{Bounded(fmt.Sprintf(string(format), args...), MaxText), role}
}

// MaxText bounds a piece of text in bytes: what a stranger sends may be long, and
// a frame measures every piece that it shows.
const MaxText = 1024

// Bounded cleans the first n bytes of s and says so when that is not all.
func Bounded(s string, n int) clean.Text {
	if len(s) <= n {
		return clean.String(s)
	}
	for back := 0; back < utf8.UTFMax-1 && n > 0 && !utf8.RuneStart(s[n]); back++ {
		n--
	}
	return clean.String(s[:n] + "...")
}

// Width is the number of columns of the line.
func (l Line) Width() int {
	n := 0
	for _, s := range l {
		n += Width(s.Text)
	}
	return n
}

// Text is the line without roles.
func (l Line) Text() clean.Text {
	var b strings.Builder
	for _, s := range l {
		b.WriteString(s.Text.String())
	}
	return clean.String(b.String())
}

// Clip cuts text to w columns and marks the cut with the ellipsis.
func Clip(t clean.Text, w int, sym *theme.Symbols) clean.Text {
	if Width(t) <= w {
		return t
	}
	if w <= 0 {
		return clean.Text{}
	}
	return clean.String(head(t.String(), w-1) + string(sym.Ellipsis))
}

// Elide cuts text in the middle, so that both ends of an address stay readable.
func Elide(t clean.Text, w int, sym *theme.Symbols) clean.Text {
	if Width(t) <= w {
		return t
	}
	if w < 5 {
		return Clip(t, w, sym)
	}
	left := (w - 1) / 2
	return clean.String(head(t.String(), left) + string(sym.Ellipsis) + last(t.String(), w-1-left))
}

// head is the longest start of s within w columns.
func head(s string, w int) string {
	n := 0
	for i, r := range s {
		g := runeWidth(r)
		if n+g > w {
			return s[:i]
		}
		n += g
	}
	return s
}

// last is the longest end of s within w columns.
func last(s string, w int) string {
	rs := []rune(s)
	n := 0
	for i := len(rs) - 1; i >= 0; i-- {
		n += runeWidth(rs[i])
		if n > w {
			return string(rs[i+1:])
		}
	}
	return s
}

func runeWidth(r rune) int {
	if r < 0x7f {
		return 1
	}
	_, w := wideGlyph(r)
	return w
}

// ClipLine cuts a line to w columns and marks the cut.
func ClipLine(l Line, w int, sym *theme.Symbols) Line {
	if l.Width() <= w {
		return l
	}
	out := make(Line, 0, len(l))
	left := w
	for _, s := range l {
		sw := Width(s.Text)
		if sw < left {
			out = append(out, s)
			left -= sw
			continue
		}
		// One column is kept for the mark: something follows, or this is cut.
		return append(out, Span{clean.String(head(s.Text.String(), left-1) + string(sym.Ellipsis)), s.Role})
	}
	return out
}

// Limit keeps the first n lines and marks the last one when more followed.
func Limit(lines []Line, n, w int, sym *theme.Symbols) []Line {
	if len(lines) <= n || n <= 0 {
		return lines[:min(len(lines), max(n, 0))]
	}
	end := lines[n-1]
	if end.Width() < w {
		end = append(end[:len(end):len(end)], T(Label(string(sym.Ellipsis))))
	} else {
		end = ClipLine(append(end[:len(end):len(end)], T(" ")), w, sym)
	}
	out := append([]Line{}, lines[:n]...)
	out[n-1] = end
	return out
}

// Wrap breaks a line at blanks into lines of at most w columns; a word longer
// than a line is broken where it must be. Continuations are indented.
func Wrap(l Line, w, indent int) []Line {
	if w <= 0 {
		return nil
	}
	if indent > w/2 {
		indent = 0
	}
	p := wrapper{w: w, indent: indent}
	for _, s := range l {
		for _, word := range splitWords(s.Text.String()) {
			p.add(word, s.Role)
		}
	}
	p.close()
	return append(p.out, p.line)
}

// wrapper fills lines. The text of a span grows in buf until its role or line
// ends, so that it is cleaned once.
type wrapper struct {
	w, indent int
	buf       []byte
	role      theme.Role
	line      Line
	used      int
	out       []Line
}

func (p *wrapper) add(word string, role theme.Role) {
	width := stringWidth(word)
	switch blank := word[0] == ' '; {
	case p.used+width <= p.w:
		p.push(word, role, width)
	case blank:
		// A break swallows the blanks it stands for.
	case p.used > p.indent && width <= p.w-p.indent:
		p.feed()
		p.push(word, role, width)
	default:
		p.split(word, role)
	}
}

// split breaks a word that no line can hold whole.
func (p *wrapper) split(word string, role theme.Role) {
	if p.w-p.used < 8 && p.used > p.indent {
		p.feed()
	}
	for word != "" {
		part := head(word, p.w-p.used)
		if part == "" {
			if p.used <= p.indent {
				return // a rune wider than the line: cannot be shown
			}
			p.feed()
			continue
		}
		p.push(part, role, stringWidth(part))
		if word = word[len(part):]; word != "" {
			p.feed()
		}
	}
}

func (p *wrapper) push(word string, role theme.Role, w int) {
	if role != p.role {
		p.close()
		p.role = role
	}
	p.buf = append(p.buf, word...)
	p.used += w
}

// close ends a span.
func (p *wrapper) close() {
	if len(p.buf) > 0 {
		p.line = append(p.line, Span{clean.Bytes(p.buf), p.role})
		p.buf = p.buf[:0]
	}
}

func (p *wrapper) feed() {
	p.close()
	p.out = append(p.out, p.line)
	p.line, p.used = nil, 0
	if p.indent > 0 {
		p.push(strings.Repeat(" ", p.indent), theme.Plain, p.indent)
	}
}

// splitWords cuts at the borders between blanks and the rest.
func splitWords(s string) []string {
	var out []string
	start := 0
	for i := 1; i < len(s); i++ {
		if (s[i] == ' ') != (s[i-1] == ' ') {
			out = append(out, s[start:i])
			start = i
		}
	}
	if s != "" {
		out = append(out, s[start:])
	}
	return out
}
