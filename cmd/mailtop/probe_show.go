package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"mailtop/logparse/clean"
	"mailtop/probes"
)

func (p *prober) writeJSON(f probes.Finding) {
	b, err := f.JSON()
	if err != nil {
		fmt.Fprintf(p.diag, "mailtop probe: %v\n", err)
		return
	}
	_, _ = p.out.Write(append(b, '\n'))
}

func (p *prober) text(w probes.Work, all []probes.Finding) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n", clean.String(w.Target.Text))
	b.WriteString(probes.Text(all, p.width(), p.flags.explain))
	if len(w.Refused) > 0 {
		fmt.Fprintf(&b, "  not done: %s (only on a host of yours: --owned)\n", strings.Join(w.Refused, " "))
	}
	if p.flags.transcript {
		seen := map[*probes.Transcript]bool{}
		for _, f := range all {
			if f.Transcript != nil && !seen[f.Transcript] {
				seen[f.Transcript] = true
				b.WriteString(f.Transcript.String())
			}
		}
	}
	return b.String()
}

// width is that of the terminal, at most what reads well.
func (p *prober) width() int {
	if f, ok := p.out.(*os.File); ok {
		if w, _, err := term.GetSize(int(f.Fd())); err == nil && w > 0 {
			return min(w, 120)
		}
	}
	return 80
}

func (p *prober) showPlans(work []probes.Work) error {
	for _, w := range work {
		fmt.Fprintf(p.out, "%s\n", clean.String(w.Target.Text))
		for _, f := range w.Target.Found {
			fmt.Fprintf(p.out, "  %s\n", clean.String(f.Title))
		}
		for line := range strings.Lines(w.String()) {
			fmt.Fprintf(p.out, "  %s", line)
		}
		if len(w.Steps) == 0 {
			p.code = 3
		}
	}
	if p.code != 0 {
		return probeExit(p.code)
	}
	return nil
}

// listProbes prints the table of checks, words and values.
func listProbes(w io.Writer, format string) error {
	if format == "json" {
		return json.NewEncoder(w).Encode(map[string]any{"checks": probes.CheckList(), "words": probes.Words(), "values": probes.Values()})
	}
	_, err := io.WriteString(w, probes.ListText())
	return err
}
