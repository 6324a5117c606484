package screen

import (
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// part is a frame of the card with the sections it holds, in the order of items.
type part struct {
	rect     widget.Rect
	from, to section
}

// Draw draws the card: as parts beside each other where there is room, else as
// one column.
func (k *Card) Draw(c *widget.Canvas, r widget.Rect) {
	parts := k.layout(r)
	if !k.placed && !k.preview {
		k.place(c, parts)
	}
	for _, p := range parts {
		k.drawPart(c, p)
	}
}

// layout cuts r into parts. The steps to take get the height they need, up to
// half of the card; on a wide screen the evidence stands on the right.
func (k *Card) layout(r widget.Rect) []part {
	if r.W < wideFrom && !k.preview || r.H < 20 || r.W < narrowBelow {
		return []part{{r, secClaim, secEvidence}}
	}
	need := 1 + k.height(secDo, secDo, r.W-5)
	top, bottom := r.Rows(r.H - min(need, r.H/2))
	if k.preview {
		upper, lower := top.Rows(top.H - min(1+k.height(secActors, secEvidence, r.W-5), top.H/2))
		return []part{
			{upper, secClaim, secWhy},
			{bottom, secDo, secDo},
			{lower, secActors, secEvidence},
		}
	}
	claim, mid := top.Rows(min(2+k.height(secClaim, secClaim, r.W-5), top.H/2))
	left, right := mid, mid
	left.W = mid.W * 2 / 5
	right.X, right.W = mid.X+left.W, mid.W-left.W
	return []part{
		{claim, secClaim, secClaim},
		{left, secWhy, secWhy},
		{bottom, secDo, secDo},
		{right, secActors, secEvidence},
	}
}

// span is the range of items of a part. The heading that it begins with, if any,
// is the title of the frame.
func (k *Card) span(p part) (lo, hi int, title widget.Line) {
	lo, hi = k.sections(p.from, p.to)
	if lo < hi && k.items[lo].heading {
		return lo + 1, hi, k.items[lo].line
	}
	return lo, hi, widget.Line{widget.L("Incident", theme.Title)}
}

// sections is the range of items of some sections.
func (k *Card) sections(from, to section) (lo, hi int) {
	for lo < len(k.items) && k.items[lo].section < from {
		lo++
	}
	hi = lo
	for hi < len(k.items) && k.items[hi].section <= to {
		hi++
	}
	return lo, hi
}

func (k *Card) lines(i, w int) []widget.Line {
	return widget.Wrap(k.items[i].line, w, k.items[i].indent)
}

func (k *Card) height(from, to section, w int) int {
	lo, hi := k.sections(from, to)
	n := 0
	for i := lo; i < hi; i++ {
		n += len(k.lines(i, w))
	}
	return n
}

// place puts the mark on the first command when that is in sight without
// scrolling the claim away, else on the claim.
func (k *Card) place(c *widget.Canvas, parts []part) {
	k.placed = true
	cmd := k.firstCommand()
	if cmd < 0 {
		return
	}
	for _, p := range parts {
		lo, hi, _ := k.span(p)
		if cmd < lo || cmd >= hi {
			continue
		}
		used := 0
		for i := lo; i <= cmd; i++ {
			used += len(k.lines(i, p.rect.W-5))
		}
		if used <= p.rect.H-2 {
			k.cursor = cmd
		}
	}
}

func (k *Card) drawPart(c *widget.Canvas, p part) {
	lo, hi, title := k.span(p)
	focus := !k.preview && k.cursor >= lo && k.cursor < hi
	list := k.list(p.from)
	w := p.rect.W - 5
	cache := map[int][]widget.Line{}
	at := func(i int) []widget.Line {
		if cache[i] == nil {
			cache[i] = k.lines(lo+i, w)
		}
		return cache[i]
	}
	if focus {
		list.Cursor = k.cursor - lo
	} else {
		list.Cursor = list.Top()
	}
	placed := list.Window(hi-lo, p.rect.H-2, func(i int) int { return len(at(i)) })
	in := widget.Box(c, p.rect, k.x.Sym, title, k.partHint(placed, hi-lo, list), focus)
	for _, pl := range placed {
		k.drawItem(c, in, pl, at(pl.Index), lo+pl.Index == k.cursor && !k.preview)
	}
}

func (k *Card) drawItem(c *widget.Canvas, in widget.Rect, pl widget.Placed, lines []widget.Line, marked bool) {
	for dy, l := range lines[:pl.H] {
		c.PutLine(in.X+2, in.Y+pl.Y+dy, in.W-2, l)
	}
	if !marked {
		return
	}
	c.PutLabel(in.X, in.Y+pl.Y, 1, widget.Label(k.x.Sym.Mark), theme.Strong)
	if k.items[k.cursor].copy.Len() > 0 {
		for dy := range lines[:pl.H] {
			c.Paint(in.X+2, in.Y+pl.Y+dy, in.W-3, theme.Selected)
		}
	}
}

func (k *Card) list(s section) *widget.List {
	if k.lists[s] == nil {
		k.lists[s] = &widget.List{}
	}
	return k.lists[s]
}

// partHint says how much lies outside of the frame.
func (k *Card) partHint(placed []widget.Placed, n int, list *widget.List) widget.Line {
	if len(placed) == 0 {
		return nil
	}
	last := placed[len(placed)-1].Index
	switch up, down := list.Top(), n-1-last; {
	case up > 0 && down > 0:
		return widget.Line{widget.F("%d more above, %d below", up, down)}
	case up > 0:
		return widget.Line{widget.F("%d more above", up)}
	case down > 0:
		return widget.Line{widget.F("%d more below", down)}
	}
	return nil
}
