package widget

// List is a window on rows of any height that keeps the marked row in sight.
type List struct {
	Cursor int
	// Follow keeps the last row in sight and marked.
	Follow bool
	top    int    // first row shown
	pinned string // key of the row that a person marked
}

// Pin keeps the mark on its row while the rows around it are sorted anew. The
// first row is a place, not a row: whatever comes there is marked.
func (l *List) Pin(key func(int) string) {
	l.pinned = ""
	if l.Cursor > 0 {
		l.pinned = key(l.Cursor)
	}
}

// Keep moves the mark to where the pinned row is now among n; a row that is gone
// leaves it where it was.
func (l *List) Keep(n int, key func(int) string) {
	if l.pinned == "" || l.Cursor < n && key(l.Cursor) == l.pinned {
		return
	}
	for i := range n {
		if key(i) == l.pinned {
			l.Cursor = i
			return
		}
	}
}

// Move marks the row by steps further; it leaves Follow unless it ends up last.
func (l *List) Move(steps, n int) {
	l.Set(l.Cursor+steps, n)
}

// Set marks row i.
func (l *List) Set(i, n int) {
	l.Cursor = min(max(i, 0), max(n-1, 0))
}

// Top is the first row that Window placed.
func (l *List) Top() int { return l.top }

// Placed is a row in the window.
type Placed struct{ Index, Y, H int }

// Window places rows of n in h lines; height tells how many lines a row takes.
// The last row may be cut; the marked one is cut only when it is higher than h.
func (l *List) Window(n, h int, height func(int) int) []Placed {
	if n == 0 || h <= 0 {
		l.Cursor, l.top = 0, 0
		return nil
	}
	if l.Follow {
		l.Cursor = n - 1
	}
	l.Set(l.Cursor, n)
	if l.top > l.Cursor {
		l.top = l.Cursor
	}
	l.top = max(l.top, lowestTop(l.Cursor, h, height))
	// No empty lines at the end while rows wait above.
	l.top = min(l.top, lowestTop(n-1, h, height))
	var out []Placed
	for i, y := l.top, 0; i < n && y < h; i++ {
		rh := min(height(i), h-y)
		out = append(out, Placed{i, y, rh})
		y += rh
	}
	return out
}

// lowestTop is the lowest first row with which row i is whole within h lines.
func lowestTop(i, h int, height func(int) int) int {
	used := height(i)
	top := i
	for top > 0 {
		used += height(top - 1)
		if used > h {
			break
		}
		top--
	}
	return top
}
