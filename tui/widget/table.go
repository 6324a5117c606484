package widget

import (
	"mailtop/logparse/clean"
	"mailtop/tui/theme"
)

// Column of a table.
type Column struct {
	Title Label
	Right bool // numbers
	Flex  bool // takes the room that is left; cut in the middle where that is not enough
	Min   int  // a flexible column gives other columns up before it gets narrower than this
}

// Table is rows of cells below a line of titles. Columns that do not fit are
// given up from the right.
type Table struct {
	Columns []Column
	Rows    [][]Span
}

// Draw draws the table from row top on; cursor marks a row, -1 none.
func (t *Table) Draw(c *Canvas, r Rect, sym *theme.Symbols, top, cursor int) {
	if r.W <= 2 || r.H <= 0 {
		return
	}
	widths := t.widths(r.W - 2)
	x := r.X + 2
	for i, w := range widths {
		put(c, x, r.Y, w, Span{clean.String(string(t.Columns[i].Title)), theme.Title}, t.Columns[i], sym)
		x += w + 1
	}
	for y := 1; y < r.H && top < len(t.Rows); y, top = y+1, top+1 {
		t.row(c, Rect{r.X, r.Y + y, r.W, 1}, widths, t.Rows[top], sym)
		if top == cursor {
			c.PutLabel(r.X, r.Y+y, 1, Label(sym.Mark), theme.Plain)
			c.Paint(r.X, r.Y+y, r.W, theme.Selected)
		}
	}
}

func (t *Table) row(c *Canvas, r Rect, widths []int, cells []Span, sym *theme.Symbols) {
	x := r.X + 2
	for i, w := range widths {
		if i < len(cells) {
			put(c, x, r.Y, w, cells[i], t.Columns[i], sym)
		}
		x += w + 1
	}
}

func put(c *Canvas, x, y, w int, s Span, col Column, sym *theme.Symbols) {
	text := s.Text
	if col.Flex {
		text = Elide(text, w, sym)
	} else {
		text = Clip(text, w, sym)
	}
	if col.Right {
		x += w - Width(text)
	}
	c.Put(x, y, w, text, s.Role)
}

// widths measures the columns that fit into w.
func (t *Table) widths(w int) []int {
	widths := make([]int, len(t.Columns))
	for i, col := range t.Columns {
		widths[i] = Width(clean.String(string(col.Title)))
		for _, row := range t.Rows {
			if i < len(row) {
				widths[i] = max(widths[i], Width(row[i].Text))
			}
		}
	}
	for n := len(widths); n > 0; n-- {
		if t.squeeze(widths[:n], w) {
			return widths[:n]
		}
	}
	return []int{max(w, 0)}
}

// squeeze fits the flexible column to w; false when it would get too narrow.
func (t *Table) squeeze(widths []int, w int) bool {
	used := len(widths) - 1
	flex := -1
	for i := range widths {
		used += widths[i]
		if t.Columns[i].Flex {
			flex = i
		}
	}
	if flex < 0 {
		return used <= w
	}
	room := widths[flex] + w - used
	if room < min(widths[flex], max(t.Columns[flex].Min, 1)) {
		return false
	}
	widths[flex] = room
	return true
}
