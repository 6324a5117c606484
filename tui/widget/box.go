package widget

import "mailtop/tui/theme"

// Box draws a frame with a title in its upper and a hint in its lower edge and
// returns the inside.
func Box(c *Canvas, r Rect, sym *theme.Symbols, title, hint Line, focus bool) Rect {
	if r.W < 4 || r.H < 2 {
		return Rect{r.X, r.Y, 0, 0}
	}
	role := theme.Frame
	if focus {
		role = theme.Focus
	}
	horizontal(c, r.X, r.Y, r.W, sym.TL, sym.TR, sym.H, role)
	horizontal(c, r.X, r.Y+r.H-1, r.W, sym.BL, sym.BR, sym.H, role)
	for y := r.Y + 1; y < r.Y+r.H-1; y++ {
		c.set(r.X, y, sym.V, 1, role)
		c.set(r.X+r.W-1, y, sym.V, 1, role)
	}
	edge(c, r.X+2, r.Y, r.W-4, title, sym)
	edge(c, r.X+2, r.Y+r.H-1, r.W-4, hint, sym)
	return r.Inset()
}

func horizontal(c *Canvas, x, y, w int, left, right, line rune, role theme.Role) {
	c.set(x, y, left, 1, role)
	for i := x + 1; i < x+w-1; i++ {
		c.set(i, y, line, 1, role)
	}
	c.set(x+w-1, y, right, 1, role)
}

// edge writes into a line of the frame, with a blank on each side.
func edge(c *Canvas, x, y, w int, l Line, sym *theme.Symbols) {
	if len(l) == 0 || w < 3 {
		return
	}
	l = ClipLine(l, w-2, sym)
	c.PutLabel(x, y, 1, " ", theme.Plain)
	n := c.PutLine(x+1, y, w-2, l)
	c.PutLabel(x+1+n, y, 1, " ", theme.Plain)
}
