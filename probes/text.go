package probes

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"mailtop/logparse/clean"
)

// Text is the findings of one run as a person reads them, no line wider than width:
// by address and port, the verdict at the left, evidence and fix below; explain adds
// to every finding why the check matters.
func Text(findings []Finding, width int, explain bool) string {
	width = max(width, 40)
	list := slices.Clone(findings)
	slices.SortStableFunc(list, func(x, y Finding) int {
		return cmp.Or(cmp.Compare(rank(x), rank(y)), cmp.Compare(x.Address, y.Address), cmp.Compare(portRank(x.Port), portRank(y.Port)))
	})
	w := textWriter{width: width, explain: explain, told: map[string]bool{}}
	for i := 0; i < len(list); {
		n := i + 1
		for n < len(list) && place(list[n]) == place(list[i]) && rank(list[n]) == rank(list[i]) {
			n++
		}
		w.group(list[i:n])
		i = n
	}
	return w.String()
}

// textWriter remembers which advice was given: the same words are not said twice.
type textWriter struct {
	strings.Builder
	width   int
	explain bool
	told    map[string]bool
}

// group writes the findings of one address and port; those not tested for the same reason share a line.
func (w *textWriter) group(list []Finding) {
	if at := place(list[0]); at != "" {
		fmt.Fprintf(w, "  %s\n", at)
	}
	reasons, not := []string(nil), map[string][]string{}
	silent := false
	for _, f := range list {
		if f.Check == "reach" && f.Verdict != OK && f.Verdict != Info {
			silent = true // nothing else needs to be said of a port that does not answer
		}
		if f.Verdict != Skipped {
			w.finding(f)
			continue
		}
		if not[f.Title] == nil {
			reasons = append(reasons, f.Title)
		}
		not[f.Title] = append(not[f.Title], f.Check)
	}
	for _, r := range reasons {
		if !silent {
			fold(&w.Builder, "    skipped ", strings.Join(not[r], " ")+": "+r, w.width)
		}
	}
}

// rank puts the resolution first and the summary last.
func rank(f Finding) int {
	switch f.Check {
	case "resolve":
		return 0
	case "summary":
		return 2
	}
	return 1
}

// portRank is the order in which mail people name ports.
func portRank(p uint16) int {
	if i := slices.Index([]uint16{25, 587, 465}, p); i >= 0 {
		return i
	}
	return int(p) + 3
}

func place(f Finding) string {
	if f.Address == "" {
		return ""
	}
	addr := f.Address
	if strings.Contains(addr, ":") {
		addr = "[" + addr + "]"
	}
	return clean.String(fmt.Sprintf("%s:%d, seen from %s", addr, f.Port, vantageText[f.Vantage])).String()
}

var vantageText = map[Vantage]string{FromLoopback: "this host (loopback)", FromOwn: "this host", FromSubnet: "the same subnet",
	FromPrivate: "a private address", FromOutside: "outside"}

func (w *textWriter) finding(f Finding) {
	head := fmt.Sprintf("    %-7s %-9s ", f.Verdict, f.Check)
	if f.Check == "summary" {
		head = fmt.Sprintf("  %-7s ", f.Verdict)
	}
	fold(&w.Builder, head, f.headline(), w.width)
	for _, e := range f.Evidence {
		if f.Verdict != OK || f.Check != "reach" && f.Check != "banner" {
			w.below(e)
		}
	}
	if key := f.Check + " " + f.Result + f.Fix; f.Verdict < Warn && !w.explain || w.told[key] {
		return
	} else {
		w.told[key] = true
	}
	for _, x := range []struct{ word, text string }{{"why", f.Why()}, {"fix", f.Fix}, {"ref", f.Ref}} {
		if x.text != "" {
			w.below(x.word + ": " + x.text)
		}
	}
}

func (w *textWriter) below(text string) { fold(&w.Builder, strings.Repeat(" ", 12), text, w.width) }

// headline is the title, with the result's word before it where the title does not say it.
func (f *Finding) headline() string {
	word := strings.ReplaceAll(f.Result, "_", " ")
	if f.Verdict < Warn || f.Check == "summary" || strings.Contains(f.Title, word) || f.Title == f.base() {
		return f.Title
	}
	return word + ": " + f.Title
}

// base is the title in the table.
func (f *Finding) base() string { return word(f.Check, f.Result).Title }

// fold writes text behind head, wrapped at spaces, later lines under the text; a
// word wider than a line is broken.
func fold(b *strings.Builder, head, text string, width int) {
	pad := strings.Repeat(" ", min(len(head), width/2))
	line := head
	used := 0 // words on the line
	for _, w := range strings.Fields(clean.String(text).String()) {
		for {
			room := width - utf8.RuneCountInString(line)
			if n := utf8.RuneCountInString(w); n < room || used == 0 && n <= room {
				break
			}
			if used == 0 {
				r := []rune(w)
				cut := max(1, min(room, len(r)))
				b.WriteString(line + string(r[:cut]) + "\n")
				w, line = string(r[cut:]), pad
				continue
			}
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line, used = pad, 0
		}
		if used > 0 {
			line += " "
		}
		line += w
		used++
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
}
