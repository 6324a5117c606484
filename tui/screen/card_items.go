package screen

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"mailtop/logparse/clean"
	"mailtop/monitor/detect"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// maxEvidence bounds what a card shows of the evidence; the count says the rest.
const maxEvidence = 200

// maxCommand bounds a command that is shown; it is shown whole or not at all.
const maxCommand = 4096

// build makes the items of the card from the incident.
func (k *Card) build() {
	k.items = k.items[:0]
	k.claim()
	k.why()
	k.advice()
	k.actors()
	k.evidence()
	k.cursor = min(k.cursor, len(k.items)-1)
}

func (k *Card) add(s section, l ...widget.Span) *item {
	k.items = append(k.items, item{section: s, line: l})
	return &k.items[len(k.items)-1]
}

func (k *Card) claim() {
	in := &k.in
	it := k.add(secClaim, stateBadge(in), widget.T(" "), strong(in.Title))
	it.copy = clean.String(in.Title)
	k.add(secClaim, widget.F("%s   rule %s   id %s", k.x.since(in), in.Rule, in.ID))
	if in.Subject.Value != "" {
		s := k.add(secClaim, widget.F("about %s ", in.Subject.Type), strong(in.Subject.Value))
		s.copy = clean.String(in.Subject.Value)
		s.open = ShowLog{in.Subject.Value}
	}
	if grouped(in) {
		k.add(secClaim, widget.F("part of incident %s (Enter opens it)", in.Group)).open = OpenIncident{in.Group}
	}
	if k.gone {
		k.add(secClaim, widget.L("no longer in the list of incidents; this is its last state", theme.Strong))
	}
}

func (k *Card) why() {
	met := 0
	for i := range k.in.Why {
		if k.in.Why[i].Met {
			met++
		}
	}
	k.heading(secWhy, "Why: %d of %d signals", met, len(k.in.Why))
	if len(k.in.Why) == 0 {
		k.add(secWhy, widget.T("the rule gave no signals"))
	}
	for i := range k.in.Why {
		k.add(secWhy, signalLine(&k.in.Why[i], k.x.Sym)...).indent = 4
	}
	var counts widget.Line
	for _, name := range slices.Sorted(maps.Keys(k.in.Counts)) {
		counts = append(counts, widget.F("%s ", name), strong(widget.Count(k.in.Counts[name])), widget.T("  "))
	}
	if len(counts) > 0 {
		k.add(secWhy, counts...)
	}
	if k.in.Attack != "" {
		k.add(secWhy, widget.F("ATT&CK %s", k.in.Attack))
	}
	if k.in.CouldBe != "" {
		k.add(secWhy, widget.L("Could also be: ", theme.Title), text(k.in.CouldBe)).indent = 2
	}
}

func (k *Card) advice() {
	k.heading(secDo, "Do next: mailtop never runs these; y copies, u shows the undo")
	if len(k.in.Advice) == 0 {
		k.add(secDo, widget.T("no step known for this host"))
	}
	for i, a := range k.in.Advice {
		k.add(secDo, widget.F("%d %s", i+1, a.Text)).indent = 2
		if a.Command == "" {
			continue
		}
		if len(a.Command) > maxCommand {
			k.add(secDo, widget.F("    (%d bytes long: too long to be shown and copied safely)", len(a.Command)))
			continue
		}
		// A command is shown whole: what is copied must be what was read.
		it := k.add(secDo, widget.T("    "), widget.Span{Text: clean.String(a.Command), Role: theme.Strong})
		it.indent, it.command = 6, true
		it.copy, it.undo = clean.String(a.Command), clean.String(a.Undo)
	}
}

func (k *Card) actors() {
	if len(k.in.Actors) == 0 {
		return
	}
	k.heading(secActors, "Who: %d", len(k.in.Actors))
	for i := range k.in.Actors {
		a := &k.in.Actors[i]
		it := k.add(secActors, widget.F("%s ", a.Type), strong(a.Value),
			widget.F("  %s, %s", times(a.Count), k.x.fromTo(a.First, a.Last)))
		it.indent, it.copy = 2, clean.String(a.Value)
		it.open = ShowLog{a.Value}
	}
}

func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return widget.Count(n) + " times"
}

func (x *Context) fromTo(first, last time.Time) string {
	from, to := x.clock(first), x.clock(last)
	if from == to {
		return from
	}
	return from + " to " + to
}

func (k *Card) evidence() {
	n := len(k.in.Evidence)
	if n == 0 {
		k.heading(secEvidence, "Evidence")
		k.add(secEvidence, widget.T("no line kept"))
		return
	}
	noun := "lines"
	if n == 1 {
		noun = "line"
	}
	k.heading(secEvidence, "Evidence: %d %s (a sample; counts are exact)", n, noun)
	if k.preview && k.in.Evidence[0].Text == "" {
		k.add(secEvidence, widget.F("Enter opens the card and reads them from %s", k.in.Evidence[0].Source))
		return
	}
	for _, e := range k.in.Evidence[:min(n, maxEvidence)] {
		k.evidenceLine(e)
	}
	if n > maxEvidence {
		k.add(secEvidence, widget.F("and %d more", n-maxEvidence))
	}
}

func (k *Card) evidenceLine(e detect.Evidence) {
	at := fmt.Sprintf("%s, byte %d", e.Source, e.Offset)
	if e.Line > 0 {
		at = fmt.Sprintf("%s, line %d", e.Source, e.Line)
	}
	s := e.Text
	if s == "" {
		s = k.texts[place(e)]
	}
	switch {
	case s != "":
		it := k.add(secEvidence, record(s))
		it.indent, it.copy = 2, clean.String(s)
		it.open = ShowText{Title: clean.String(at), Lines: []widget.Line{{whole(s)}}, Copy: clean.String(s)}
	case k.read:
		k.add(secEvidence, widget.F("%s: can no longer be read (rotated away or a pipe)", at))
	default:
		k.add(secEvidence, widget.F("%s: reading", at))
	}
}

func (k *Card) heading(s section, format widget.Label, args ...any) {
	k.add(s, widget.FR(theme.Title, format, args...)).heading = true
}
