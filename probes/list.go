package probes

import (
	"fmt"
	"strings"
)

// CheckInfo is a check as the list shows it.
type CheckInfo struct {
	Name   string `json:"name"`
	Does   string `json:"does"`
	Impact string `json:"impact"`
	Who    string `json:"who"`
}

// CheckList is the list of checks as data.
func CheckList() []CheckInfo {
	var out []CheckInfo
	for _, c := range checks() {
		out = append(out, CheckInfo{c.Name, c.Does, c.Impact.String(), c.who()})
	}
	return out
}

// who says which targets get the check.
func (c Check) who() string {
	switch {
	case c.When == Always:
		return "every target"
	case c.When == IfOwn:
		return "own hosts"
	case c.Own:
		return "own hosts, by --check"
	}
	return "by --check"
}

// ListText is the table of checks, result words, verdicts and values for a person.
func ListText() string {
	var b strings.Builder
	for _, c := range CheckList() {
		fmt.Fprintf(&b, "%s (%s; %s): %s\n", c.Name, c.Impact, c.Who, c.Does)
		listWords(&b, c.Name)
	}
	b.WriteString("resolve (dns; every target): look the name up\n")
	listWords(&b, "resolve")
	b.WriteString("summary: the last finding\n")
	listWords(&b, "summary")
	fmt.Fprintf(&b, "any check\n  %-7s %s\n", Skipped, notTested)
	for _, v := range values {
		if v.Check == "" {
			fmt.Fprintf(&b, "    %s: %s\n", v.Key, v.Meaning)
		}
	}
	return b.String()
}

func listWords(b *strings.Builder, check string) {
	for _, w := range words {
		if w.Check == check {
			fmt.Fprintf(b, "  %-7s %-21s %s\n", w.Verdict, w.Result, w.Title)
		}
	}
	for _, v := range values {
		if v.Check == check {
			fmt.Fprintf(b, "    %s: %s\n", v.Key, v.Meaning)
		}
	}
}
