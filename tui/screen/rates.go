package screen

import (
	"time"

	"mailtop/monitor"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// rate is a series as the Overview shows it.
type rate struct {
	name  string // of the series
	label widget.Label
	short widget.Label
	bad   bool // of what should not be
	total func(*monitor.Totals) int64
}

// In the order of what a narrow screen gives up last.
var rates = []rate{
	{monitor.SeriesConnections, "Connections", "connect", false, func(t *monitor.Totals) int64 { return t.Connections }},
	{monitor.SeriesDelivered, "Delivered", "deliver", false, func(t *monitor.Totals) int64 { return t.Delivered }},
	{monitor.SeriesQueue, "Queue", "queue", true, nil},
	{monitor.SeriesAuthFailures, "Auth failures", "authfail", true, func(t *monitor.Totals) int64 { return t.AuthFailures }},
	{monitor.SeriesRejected, "Rejected", "reject", true, func(t *monitor.Totals) int64 { return t.Rejected }},
	{monitor.SeriesDeferred, "Deferred", "deferred", true, func(t *monitor.Totals) int64 { return t.Deferrals }},
	{monitor.SeriesReceived, "Received", "receive", false, func(t *monitor.Totals) int64 { return t.Received }},
	{monitor.SeriesBounced, "Bounced", "bounced", true, func(t *monitor.Totals) int64 { return t.Bounced }},
}

func (q *rate) role() theme.Role {
	if q.bad {
		return theme.ChartBad
	}
	return theme.Chart
}

// now is the current value with its unit.
func (x *Context) now(q *rate, s *widget.Series) widget.Span {
	if q.total == nil {
		return x.depth()
	}
	v := s.Now(x.Snap.Now)
	if widget.IsGap(v) {
		return widget.T("not read")
	}
	return widget.FR(theme.Strong, "%s/min", widget.Num(v))
}

// depth is the queue's depth, or that nobody knows it.
func (x *Context) depth() widget.Span {
	if !x.Snap.Queue.Known {
		return widget.T("not known")
	}
	return widget.FR(theme.Strong, "%s", widget.Count(x.Snap.Queue.Depth))
}

// about is the remark beside a chart: the sum of the window, or what is known of
// the queue.
func (x *Context) about(q *rate) widget.Line {
	if q.total != nil {
		if len(x.Snap.Series) == 0 {
			return nil
		}
		return widget.Line{widget.F("%s in %s", widget.Count(q.total(&x.Snap.Totals)), widget.Duration(x.window()))}
	}
	st := &x.Snap.Queue
	if st.Err != "" {
		return widget.Line{widget.FR(theme.High, "! %s", st.Err)}
	}
	if !st.Known {
		return nil
	}
	l := widget.Line{}
	if !st.Oldest.IsZero() {
		l = append(l, widget.F("oldest %s  ", x.ago(st.Oldest)))
	}
	if st.Deferred > 0 {
		l = append(l, widget.F("deferred %s  ", widget.Count(st.Deferred)))
	}
	if st.Hold > 0 {
		l = append(l, widget.F("hold %s  ", widget.Count(st.Hold)))
	}
	if st.Method != "" {
		l = append(l, widget.F("(%s)", method(st.Method)))
	}
	return l
}

func method(m string) string {
	if m == "log" {
		return "from the log"
	}
	return m
}

func (x *Context) window() time.Duration {
	if x.Snap.Scope.Window > 0 {
		return x.Snap.Scope.Window
	}
	return 15 * time.Minute
}

// drawChart is one series in a frame of its own.
func (x *Context) drawChart(c *widget.Canvas, r widget.Rect, q *rate) {
	s := x.series(q.name)
	title := widget.Line{widget.FR(theme.Title, "%s ", q.label), x.now(q, &s)}
	in := widget.Box(c, r, x.Sym, title, x.about(q), false)
	if len(s.Values) == 0 {
		c.PutLabel(in.X+1, in.Y+in.H/2, in.W-1, "nothing read yet", theme.Plain)
		return
	}
	widget.DrawChart(c, in, s, x.Snap.Now, x.TZ, x.Set, q.role())
}

// drawRates is one line a series: name, current value, spark, remark.
func (x *Context) drawRates(c *widget.Canvas, r widget.Rect) {
	for i := range min(r.H, len(rates)) {
		q, y := &rates[i], r.Y+i
		s := x.series(q.name)
		label, width := q.label, 14
		if r.W < 60 {
			label, width = q.short, 9
		}
		c.PutLabel(r.X, y, width-1, label, theme.Plain)
		now := x.now(q, &s)
		value := max(10, min(widget.Width(now.Text), 12))
		c.PutLine(r.X+width, y, value, widget.Line{now})
		left := r.X + width + value + 1
		remark := 0
		if r.W >= 70 {
			remark = 24
			c.PutLine(r.X+r.W-remark, y, remark, widget.ClipLine(x.about(q), remark, x.Sym))
		}
		if w := r.X + r.W - left - remark - 1; w > 4 {
			widget.Spark(c, left, y, w, s, x.Snap.Now, x.Set, q.role())
		}
	}
}
