package widget

import (
	"math"
	"time"

	"mailtop/logparse/clean"
	"mailtop/tui/theme"
)

// PerCell is how many values a chart shows in one column of cells.
func PerCell(set theme.Set) int {
	if set == theme.Braille {
		return 2
	}
	return 1
}

// Plot draws values as columns, the last one at the right edge, into h rows of w
// runes; top is the value of a full column. A value above zero always shows, a
// zero is blank, a gap is a dot on the ground line.
func Plot(values []float64, top float64, w, h int, set theme.Set) [][]rune {
	rows := make([][]rune, max(h, 0))
	for y := range rows {
		rows[y] = make([]rune, max(w, 0))
		for x := range rows[y] {
			rows[y][x] = ' '
		}
	}
	per := PerCell(set)
	values = fit(values, w*per)
	x := w - (len(values)+per-1)/per
	for i := 0; h > 0 && i < len(values); x++ {
		n := per
		if i == 0 && len(values)%per != 0 {
			n = len(values) % per
		}
		plotCell(rows, x, values[i:i+n], top, set)
		i += n
	}
	return rows
}

// fit keeps the newest n values; fewer than half of n are stretched by a whole
// number of columns.
func fit(values []float64, n int) []float64 {
	if len(values) > n {
		return values[len(values)-max(n, 0):]
	}
	k := 1
	if len(values) > 0 {
		k = n / len(values)
	}
	if k < 2 {
		return values
	}
	out := make([]float64, 0, k*len(values))
	for _, v := range values {
		for range k {
			out = append(out, v)
		}
	}
	return out
}

func plotCell(rows [][]rune, x int, vals []float64, top float64, set theme.Set) {
	ground := len(rows) - 1
	allGap := true
	for _, v := range vals {
		allGap = allGap && IsGap(v)
	}
	if allGap {
		rows[ground][x] = gapRune(set)
		return
	}
	if set == theme.Braille {
		braille(rows, x, vals, top)
		return
	}
	ramp := ramps(set, len(rows))
	steps := fill(vals[len(vals)-1], top, len(rows)*(len(ramp)-1))
	for y := ground; steps > 0; y-- {
		s := min(steps, len(ramp)-1)
		rows[y][x] = ramp[s]
		steps -= s
	}
}

func gapRune(set theme.Set) rune {
	if set == theme.ASCII {
		return '.'
	}
	return '·'
}

var (
	blockRamp = []rune(" ▁▂▃▄▅▆▇█")
	asciiRamp = []rune(" _-=#") // rows of a tall chart
	asciiLine = []rune(" _:-=+*#%@")
)

func ramps(set theme.Set, h int) []rune {
	switch {
	case set != theme.ASCII:
		return blockRamp
	case h == 1:
		return asciiLine
	}
	return asciiRamp
}

// fill is how many of n steps a value fills.
func fill(v, top float64, n int) int {
	if IsGap(v) || v <= 0 || top <= 0 {
		return 0
	}
	return min(max(int(math.Round(v/top*float64(n))), 1), n)
}

// Dots of a braille cell from the ground up, left and right column.
var brailleDots = [2][4]rune{{0x40, 0x04, 0x02, 0x01}, {0x80, 0x20, 0x10, 0x08}}

func braille(rows [][]rune, x int, vals []float64, top float64) {
	for i, v := range vals {
		side := i + 2 - len(vals)
		for d := range fill(v, top, len(rows)*4) {
			y := len(rows) - 1 - d/4
			if rows[y][x] == ' ' {
				rows[y][x] = 0x2800
			}
			rows[y][x] |= brailleDots[side][d%4]
		}
	}
}

// Scale is the smallest round number not below v, for the top of an axis.
func Scale(v float64) float64 {
	if v <= 0 || IsGap(v) || math.IsInf(v, 0) {
		return 1
	}
	p := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range [...]float64{1, 2, 3, 5, 10} {
		if m*p >= v*(1-1e-9) {
			return m * p
		}
	}
	return 10 * p
}

// DrawChart draws a chart with numbers on its axis and the time below it.
func DrawChart(c *Canvas, r Rect, s Series, now time.Time, tz *time.Location, set theme.Set, role theme.Role) {
	if r.W < 10 || r.H < 1 {
		return
	}
	axis := 5
	plot := Rect{r.X + axis, r.Y, r.W - axis, r.H}
	if r.H >= 4 {
		plot.H--
	}
	cols := Resample(s, now, plot.W*PerCell(set))
	top := Scale(cols.Max)
	DrawCells(c, plot.X, plot.Y, Plot(cols.Values, top, plot.W, plot.H, set), role)
	drawAxis(c, Rect{r.X, r.Y, axis - 1, plot.H}, top)
	if plot.H < r.H {
		drawTimes(c, Rect{plot.X, r.Y + plot.H, plot.W, 1}, cols, tz, set)
	}
}

// Spark is a chart of one row.
func Spark(c *Canvas, x, y, w int, s Series, now time.Time, set theme.Set, role theme.Role) {
	cols := Resample(s, now, w*PerCell(set))
	DrawCells(c, x, y, Plot(cols.Values, Scale(cols.Max), w, 1, set), role)
}

// DrawCells puts plotted rows on the canvas.
func DrawCells(c *Canvas, x, y int, rows [][]rune, role theme.Role) {
	for dy, row := range rows {
		for dx, r := range row {
			c.set(x+dx, y+dy, r, 1, role)
		}
	}
}

func drawAxis(c *Canvas, r Rect, top float64) {
	mark := func(y int, v float64) {
		c.Put(r.X, r.Y+y, r.W, clean.String(Num(v)), theme.Axis)
	}
	mark(0, top)
	if half := top / 2; r.H >= 5 && (half == math.Trunc(half) || top < 1) {
		mark(r.H/2, top/2)
	}
	if r.H >= 2 {
		mark(r.H-1, 0)
	}
}

// drawTimes writes clock times below their columns and "now" at the right edge.
func drawTimes(c *Canvas, r Rect, cols Columns, tz *time.Location, set theme.Set) {
	c.PutLabel(r.X+r.W-3, r.Y, 3, "now", theme.Axis)
	n := len(cols.Values)
	if n == 0 {
		return
	}
	stretch := max(r.W*PerCell(set)/n, 1)
	step := labelStep(cols.Bucket * time.Duration(n) / time.Duration(max(n*stretch/PerCell(set)/12, 1)))
	for i := range n {
		at := cols.Start.Add(cols.Bucket * time.Duration(i))
		if local := at.In(tz); wallClock(local)%step >= cols.Bucket {
			continue
		}
		x := r.W - (n-i)*stretch/PerCell(set)
		if x >= 0 && x+5 < r.W-3 {
			at = at.Add(cols.Bucket - 1).Truncate(min(step, time.Hour))
			c.Put(r.X+x, r.Y, 5, clean.String(at.In(tz).Format("15:04")), theme.Axis)
		}
	}
}

func wallClock(t time.Time) time.Duration {
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute + time.Duration(t.Second())*time.Second
}

func labelStep(least time.Duration) time.Duration {
	for _, m := range [...]time.Duration{1, 2, 5, 10, 15, 30, 60, 120, 180, 360, 720} {
		if d := m * time.Minute; d >= least {
			return d
		}
	}
	return day
}
