package screen

import (
	"fmt"
	"strings"
	"time"

	"mailtop/logparse/clean"
	"mailtop/monitor"
	"mailtop/monitor/detect"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// Glyph, word and role of each severity: no one of the three alone says it.
var severities = [...]struct {
	glyph widget.Label
	role  theme.Role
}{
	detect.Info:     {". ", theme.Info},
	detect.Low:      {"- ", theme.Low},
	detect.Medium:   {"* ", theme.Medium},
	detect.High:     {"! ", theme.High},
	detect.Critical: {"!!", theme.Critical},
}

// Badge is the severity as glyph and word, 11 columns.
func Badge(s detect.Severity) widget.Span {
	s = min(s, detect.Critical)
	return widget.FR(severities[s].role, "%s %-8s", severities[s].glyph, s)
}

// Glyph is the severity in two columns.
func Glyph(s detect.Severity) widget.Span {
	s = min(s, detect.Critical)
	return widget.L(severities[s].glyph, severities[s].role)
}

// Legend is every badge, for the help page.
func Legend() []widget.Span {
	out := []widget.Span{widget.L("ok over", theme.Good)}
	for s := detect.Info; s <= detect.Critical; s++ {
		out = append(out, widget.FR(severities[s].role, "%s %s", severities[s].glyph, s))
	}
	return out
}

// stateBadge is Badge, or that the incident is over.
func stateBadge(in *detect.Incident) widget.Span {
	if !in.Open() {
		return widget.L("ok over    ", theme.Good)
	}
	return Badge(in.Severity)
}

// mark is the glyph of a table row that an open incident is about.
func mark(s detect.Severity, incident string) widget.Span {
	if incident == "" {
		return widget.T("")
	}
	return Glyph(s)
}

// Clock writes a time as short as it stays unmistakable at the time now: 12:04,
// Tue 02:14, 2026-05-12 02:14.
func Clock(t, now time.Time, tz *time.Location) string {
	if t.IsZero() {
		return "?"
	}
	t, now = t.In(tz), now.In(tz)
	switch age := now.Sub(t); {
	case t.YearDay() == now.YearDay() && t.Year() == now.Year():
		return t.Format("15:04")
	case age < 6*24*time.Hour && age > -24*time.Hour:
		return t.Format("Mon 15:04")
	}
	return t.Format("2006-01-02 15:04")
}

func (x *Context) clock(t time.Time) string { return Clock(t, x.Snap.Now, x.TZ) }

// stamp is a time with seconds, and the day where it is another one.
func (x *Context) stamp(t time.Time) string {
	if t.IsZero() {
		return "--:--:--"
	}
	s := t.In(x.TZ).Format("15:04:05")
	if c := x.clock(t); len(c) > 5 {
		return c[:len(c)-5] + s
	}
	return s
}

func (x *Context) ago(t time.Time) string { return widget.Duration(x.Snap.Now.Sub(t)) }

// atLeast says whether something first seen at t may have begun before the log
// does: then its age is only a lower bound.
func (x *Context) atLeast(t time.Time) bool {
	from := x.Snap.Coverage.From
	return !from.IsZero() && t.Sub(from) < 5*time.Minute
}

// since is the beginning of an incident in words.
func (x *Context) since(in *detect.Incident) string {
	first := in.Opened
	for i := range in.Actors {
		if f := in.Actors[i].First; !f.IsZero() && f.Before(first) {
			first = f
		}
	}
	word := "since "
	if x.atLeast(first) {
		word = "since at least "
	}
	if !in.Open() {
		return fmt.Sprintf("%s%s, over since %s", word, x.clock(first), x.clock(in.Resolved))
	}
	return fmt.Sprintf("%s%s (%s)", word, x.clock(first), x.ago(first))
}

// Depth says how far the log was read, in words.
func Depth(c *monitor.Coverage, now time.Time, tz *time.Location) string {
	switch {
	case c.Preview != nil:
		return fmt.Sprintf("shown: %s to %s only; reading %d%%%s", Clock(c.Preview.From, now, tz), c.Preview.To.In(tz).Format("15:04"), percent(c.Fraction), pace(c))
	case c.Lines == 0:
		return "no log line read yet"
	case !c.Live && !c.Ended:
		return fmt.Sprintf("reading %d%%, from %s so far%s", percent(c.Fraction), Clock(c.From, now, tz), pace(c))
	case c.From.IsZero():
		return "no line with a time yet"
	}
	if c.Ended {
		return fmt.Sprintf("log from %s to %s", Clock(c.From, now, tz), Clock(c.To, now, tz))
	}
	return "log reaches back to " + Clock(c.From, now, tz)
}

// pace is how fast the past is read and how long it will take, as far as it is known.
func pace(c *monitor.Coverage) string {
	text := ""
	if c.Rate >= 1e6 {
		text = fmt.Sprintf(", %d MB/s", int(c.Rate/1e6))
	}
	if c.Left > 0 {
		text += ", " + widget.Duration(c.Left) + " left"
	}
	return text
}

// percent rounds down and keeps 100 for what is whole.
func percent(f float64) int {
	return int(min(max(f, 0), 1) * 100)
}

// number writes a signal's value: whole where it is whole.
func number(v float64) string {
	if v == float64(int64(v)) && v < 1e15 && v > -1e15 {
		return widget.Count(int64(v))
	}
	return widget.Num(v)
}

func count(n int64) widget.Span { return widget.F("%s", widget.Count(n)) }

// zeroBlank shows a count only where there is one.
func zeroBlank(n int64) widget.Span {
	if n == 0 {
		return widget.T("-")
	}
	return count(n)
}

func text(s string) widget.Span { return widget.Span{Text: widget.Bounded(s, widget.MaxText)} }

func strong(s string) widget.Span {
	return widget.Span{Text: widget.Bounded(s, widget.MaxText), Role: theme.Strong}
}

// record bounds what a row shows of a record; Enter shows it whole.
func record(s string) widget.Span { return widget.Span{Text: widget.Bounded(s, 2*widget.MaxText)} }

// whole is text without a bound, for what a person asked to see whole.
func whole(s string) widget.Span { return widget.Span{Text: clean.String(s)} }

// signalLine is one condition of a rule: ticked or not, with its numbers.
func signalLine(s *detect.Signal, sym *theme.Symbols) widget.Line {
	box := sym.Unticked
	if s.Met {
		box = sym.Ticked
	}
	within := ""
	if s.Window > 0 {
		within = " in " + widget.Duration(time.Duration(s.Window*float64(time.Second)))
	}
	return widget.Line{
		widget.F("%s %s: ", box, s.Signal), strong(number(s.Value)),
		widget.F(" (limit %s%s)", number(s.Limit), within),
	}
}

// sourceSpans is the state of a source, as one piece of the footer.
func (x *Context) sourceSpans(s *monitor.SourceState, short bool) widget.Line {
	name := s.Name
	if i := strings.LastIndexByte(name, '/'); short && i >= 0 && i+1 < len(name) {
		name = name[i+1:]
	}
	l := widget.Line{widget.T("  "), {Text: widget.Elide(text(name).Text, 28, x.Sym)}}
	switch {
	case s.Err != "":
		return append(l, widget.FR(theme.High, " ! %s", s.Err))
	case s.Done:
		return append(l, widget.T(" read whole"))
	case !s.Live && s.Size > 0:
		return append(l, widget.F(" reading %d%%", percent(float64(s.Bytes)/float64(s.Size))))
	case !s.Live:
		return append(l, widget.T(" reading"))
	}
	l = append(l, widget.T(" live"))
	switch quiet := x.Snap.Now.Sub(s.Last); {
	case s.Last.IsZero() || quiet < time.Minute:
	case short:
		l = append(l, widget.F(", silent %s", widget.Duration(quiet)))
	default:
		l = append(l, widget.F(", last line %s ago", widget.Duration(quiet)))
	}
	return l
}

// coverageSpans is what was read and what was not understood.
func (x *Context) coverageSpans() widget.Line {
	c := &x.Snap.Coverage
	l := widget.Line{widget.F("  unknown %s", widget.Count(c.Unknown))}
	for _, p := range [...]struct {
		name widget.Label
		n    int64
	}{{"lost", c.Lost}, {"late", c.Late}, {"evicted", c.Evicted}} {
		if p.n > 0 {
			l = append(l, widget.FR(theme.Strong, "  %s %s", p.name, widget.Count(p.n)))
		}
	}
	if x.Snap.Totals.AtLeast {
		l = append(l, widget.L("  counts are lower bounds", theme.Strong))
	}
	return append(l, widget.F("  %s lines", widget.Count(c.Lines)))
}

// Sources is the footer line on what is read: the depth, the sources, the
// counts. A source in trouble comes first.
func (x *Context) Sources(w int) widget.Line {
	if !x.Ready {
		return widget.Line{widget.T("waiting for the first look at the log")}
	}
	short := w < wideFrom
	most := 5
	if short {
		most = 2
	}
	l := widget.Line{widget.F("%s", Depth(&x.Snap.Coverage, x.Snap.Now, x.TZ))}
	shown := 0
	for _, trouble := range [...]bool{true, false} {
		for i := range x.Snap.Sources {
			if s := &x.Snap.Sources[i]; (s.Err != "") == trouble && shown < most {
				l = append(l, x.sourceSpans(s, short)...)
				shown++
			}
		}
	}
	if more := len(x.Snap.Sources) - shown; more > 0 {
		l = append(l, widget.F("  and %d more", more))
	}
	if len(x.Snap.Sources) == 0 {
		l = append(l, widget.T("  no source"))
	}
	return append(l, x.coverageSpans()...)
}
