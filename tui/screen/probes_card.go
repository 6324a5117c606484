package screen

import (
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"mailtop/logparse/clean"
	"mailtop/probes"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// details is what a finding says: verdict, why it matters, the fix, what was
// measured. The dialogue it was read from stands apart.
func details(f *probes.Finding, notes []string) []widget.Line {
	out := []widget.Line{
		{verdictSpan(f.Verdict), widget.T(" "), strong(f.Title)},
		{widget.F("%s, result %s, %s ms", f.Check, f.Result, widget.Num(f.MS))},
	}
	add := func(name widget.Label, s string) {
		if s != "" {
			out = append(out, widget.Line{widget.L(name, theme.Title), text(s)})
		}
	}
	add("Why: ", f.Why())
	add("Fix: ", f.Fix)
	add("See: ", f.Ref)
	var log []string
	for _, e := range f.Evidence {
		if line, ok := strings.CutPrefix(e, "log: "); ok {
			log = append(log, line)
			continue
		}
		out = append(out, widget.Line{widget.F("> %s", e)})
	}
	if len(notes) > 0 {
		log = notes
	}
	out = append(out, logLines(log)...)
	for _, k := range slices.Sorted(maps.Keys(f.Values)) {
		if k != "address" && k != "port" && k != "steps" { // the title has them, and the lines of the log
			out = append(out, widget.Line{widget.F("%s: %s", k, value(f.Values[k]))})
		}
	}
	return out
}

// logLines are what the log says of a message.
func logLines(log []string) []widget.Line {
	if len(log) == 0 {
		return nil
	}
	out := []widget.Line{{widget.L("In the log", theme.Title)}}
	for _, l := range log {
		out = append(out, widget.Line{widget.T("  "), text(l)})
	}
	return out
}

// faultLines are the findings that ask for something, the worst first; what
// several ports have in common is said once.
func (t *target) faultLines() []widget.Line {
	var out []widget.Line
	for _, v := range []probes.Verdict{probes.Bad, probes.Warn, probes.Unknown} {
		var order []string
		first, places := map[string]*probes.Finding{}, map[string][]string{}
		for i := range t.results {
			f := &t.results[i].Finding
			if f.Verdict != v || f.Check == "summary" {
				continue
			}
			k := f.Check + " " + f.Title
			if first[k] == nil {
				first[k], order = f, append(order, k)
			}
			places[k] = append(places[k], place1(f))
		}
		for _, k := range order {
			f := first[k]
			slices.Sort(places[k])
			out = append(out, widget.Line{verdictSpan(v), widget.FR(theme.Title, " %s ", f.Check), text(f.Title)},
				widget.Line{widget.F("   on %s", strings.Join(places[k], ", "))})
			if f.Fix != "" {
				out = append(out, widget.Line{widget.L("   Fix: ", theme.Title), text(f.Fix)})
			}
		}
	}
	return out
}

// value writes a measured value; lists and tables of names are spelt out.
func value(v any) string {
	r := reflect.ValueOf(v)
	var parts []string
	switch r.Kind() {
	case reflect.Slice:
		for i := range r.Len() {
			parts = append(parts, value(r.Index(i).Interface()))
		}
	case reflect.Map:
		for _, k := range r.MapKeys() {
			parts = append(parts, fmt.Sprint(k.Interface(), " ", value(r.MapIndex(k).Interface())))
		}
		slices.Sort(parts)
	default:
		return fmt.Sprint(v)
	}
	return strings.Join(parts, ", ")
}

// dialogIndent is the column of what was said, behind time and direction.
const dialogIndent = 11

// dialogLines is a transcript, a line an entry: seconds since the first one, S or
// C (+ inside TLS), and what was said.
func dialogLines(t *probes.Transcript) []widget.Line {
	if t == nil {
		return nil
	}
	out := []widget.Line{{widget.L("Transcript", theme.Title), widget.F("  %s", t.Title)},
		{widget.T("seconds, S server, C client, * remark, + inside TLS")}}
	for _, e := range t.Entries {
		out = append(out, dialogLine(&e))
	}
	return out
}

// dialogCopy is a transcript for the clipboard.
func dialogCopy(t *probes.Transcript) []clean.Text {
	var out []clean.Text
	for i := range t.Entries {
		out = append(out, clean.String(t.Entries[i].String()))
	}
	return out
}

func dialogLine(e *probes.Entry) widget.Line {
	if e.Dir == "C" {
		return widget.Line{{Text: widget.Bounded(e.String(), widget.MaxText), Role: theme.Strong}}
	}
	return widget.Line{text(e.String())}
}

// phases is where in a dialogue the answer of a check stands.
var phases = map[string]string{"ehlo": "ehlo", "starttls": "starttls", "tls": "handshake", "auth": "ehlo2", "auth.login": "auth", "submit": "mail", "filter": "mail"}

// dialogOf is the transcript wrapped for a pane; for another finding than the one
// shown before it begins where that one's check does.
func (t *target) dialogOf(f *probes.Finding, w int) []widget.Line {
	var out []widget.Line
	begin := 0
	for i := range f.Transcript.Entries {
		e := &f.Transcript.Entries[i]
		if p := phases[f.Check]; begin == 0 && p != "" && e.Phase == p {
			begin = len(out)
		}
		out = append(out, widget.Wrap(dialogLine(e), w, dialogIndent)...)
	}
	if t.read != f.Transcript || t.readCheck != f.Check {
		t.read, t.readCheck = f.Transcript, f.Check
		t.dialog.Cursor = begin
	}
	return out
}

// roundLines are loss and times of the rounds so far, where there was more than one.
func (t *target) roundLines() []widget.Line {
	if t.history == nil || t.rounds < 2 {
		return nil
	}
	out := []widget.Line{{widget.FR(theme.Title, "Rounds so far: %d", t.rounds)}}
	for l := range strings.Lines(t.history.Text(76)) {
		out = append(out, widget.Line{text(strings.TrimRight(l, "\n"))})
	}
	return out
}
