package main

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailtop/logparse/clean"
	"mailtop/monitor/detect"
	"mailtop/monitor/source"
)

// standing is how one thing stands that mailtop needs.
type standing uint8

const (
	fine  standing = iota
	noted          // works, and there is something to know
	blind          // a rule has nothing to go by
	fault
)

var standingWords = [...]string{"ok", "note", "blind", "BAD"}

func (s standing) String() string { return standingWords[s] }

// MarshalText writes the word in lower case, for JSON.
func (s standing) MarshalText() ([]byte, error) { return []byte(strings.ToLower(s.String())), nil }

// finding is one thing that doctor looked at: how it stands, what was seen, and
// the steps that mend it.
type finding struct {
	Check   string        `json:"check"`
	Verdict standing      `json:"verdict"`
	Fact    string        `json:"fact"`
	Steps   []source.Step `json:"advice,omitempty"`
}

// site is a host as doctor looks at it.
type site struct {
	host  source.Host
	have  func(name string) bool // whether a command is installed
	facts func(context.Context) detect.Facts
	now   time.Time
	out   io.Writer // for the terminal

	unconfigured error // why postconf does not answer
}

func thisSite(out io.Writer) *site {
	have := func(name string) bool { _, err := exec.LookPath(name); return err == nil }
	return &site{have: have, facts: hostFacts, now: time.Now(), out: out}
}

// examination is all that doctor found.
type examination struct {
	Schema   int       `json:"schema"`
	Verdict  standing  `json:"verdict"`
	Text     string    `json:"text"`
	Findings []finding `json:"findings"`
	Rules    []finding `json:"rules,omitempty"`
}

func doctorCommand() *cobra.Command {
	var form string
	cmd := &cobra.Command{
		Use:   "doctor [FILE...]",
		Short: "what mailtop can see here, what it may not, and the step that mends it",
		Long: "Looks at the logs of this host (or the named ones), the queue, sockets, filters and ban tools, the terminal and DNS,\n" +
			"and prints for each what works and what does not, with the command that mends it; then the rules that see nothing\n" +
			"here, judged by the configuration and by the log of the last day, with the line that opens their eyes. Nothing is\n" +
			"changed. Exit code 1 when something is missing.",
		Example: "  mailtop doctor\n  mailtop doctor --format json | jq -r '.findings[] | select(.verdict == \"bad\") | .advice[]?.command'",
		RunE: func(cmd *cobra.Command, files []string) error {
			if _, err := format(form, "text", "json"); err != nil {
				return err
			}
			x := thisSite(cmd.OutOrStdout()).examine(cmd.Context(), files)
			if err := x.write(cmd.OutOrStdout(), form); err != nil {
				return err
			}
			if x.Verdict >= blind {
				return findings
			}
			return nil
		},
	}
	cmd.Flags().StringVar(&form, "format", "text", "text or json")
	return cmd
}

// examine looks at everything. With a FILE named the host is not asked.
func (s *site) examine(ctx context.Context, files []string) *examination {
	x := &examination{Schema: 1}
	var paths []string
	if len(files) > 0 {
		x.Findings, paths = s.namedLogs(files)
	} else {
		found := source.Discover(ctx, s.host)
		paths = source.Logs(found)
		x.Findings = s.logs(ctx, found, paths)
		x.Findings = append(x.Findings, s.servers(ctx)...)
		x.Findings = append(x.Findings, s.queues(ctx)...)
		x.Findings = append(x.Findings, s.spools(ctx)...)
		x.Findings = append(x.Findings, s.sockets(ctx))
	}
	seen := s.listen(ctx, paths, len(files) == 0)
	x.Findings = append(x.Findings, seen.findings()...)
	if len(files) == 0 {
		x.Findings = append(x.Findings, s.bans(ctx)...)
		x.Findings = append(x.Findings, s.tools())
	}
	x.Findings = append(x.Findings, s.terminal(), s.resolvers())
	if len(paths) > 0 {
		x.Rules = s.judge(ctx, seen, len(files) == 0)
	}
	x.conclude()
	return x
}

// conclude makes the verdict: what is missing first.
func (x *examination) conclude() {
	var bad, blinded []string
	for _, f := range x.Findings {
		x.Verdict = max(x.Verdict, f.Verdict)
		if f.Verdict == fault {
			bad = appendNew(bad, f.Check)
		}
	}
	for _, f := range x.Rules {
		x.Verdict = max(x.Verdict, f.Verdict)
		if f.Verdict == blind {
			blinded = appendNew(blinded, f.Check)
		}
	}
	var parts []string
	if len(bad) > 0 {
		parts = append(parts, "missing here: "+strings.Join(bad, ", "))
	}
	if len(blinded) > 0 {
		parts = append(parts, "blind here: "+strings.Join(blinded, ", "))
	}
	switch {
	case len(parts) > 0:
		x.Text = strings.Join(parts, "; ") + "."
		x.Text = strings.ToUpper(x.Text[:1]) + x.Text[1:]
	case x.Verdict == noted:
		x.Text = "mailtop has what it needs here; see the notes for what it could use."
	default:
		x.Text = "mailtop has what it needs here."
	}
}

func appendNew(list []string, s string) []string {
	for _, have := range list {
		if have == s {
			return list
		}
	}
	return append(list, s)
}

func (x *examination) write(w io.Writer, form string) error {
	if form == "json" {
		enc := json.NewEncoder(w)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(x)
	}
	var b strings.Builder
	for _, line := range folded(clean.String(x.Text).String(), textWidth) {
		b.WriteString(line + "\n")
	}
	b.WriteString("\n")
	for _, f := range append(append([]finding{}, x.Findings...), x.Rules...) {
		f.print(&b)
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// Columns of the text: standing, check, fact. Commands stand alone on their line,
// whole, however long: they are for copying.
const (
	textWidth  = 80
	factColumn = 7
)

func (f *finding) print(b *strings.Builder) {
	indent := strings.Repeat(" ", factColumn)
	for i, line := range folded(clean.String(f.Check+": "+f.Fact).String(), textWidth-factColumn) {
		if i == 0 {
			fmt.Fprintf(b, "%-*s%s\n", factColumn, f.Verdict, line)
			continue
		}
		b.WriteString(indent + "  " + line + "\n")
	}
	for _, st := range f.Steps {
		text := st.Text
		if st.Command != "" || st.Line != "" {
			text += ":"
		}
		for i, line := range folded(clean.String(text).String(), textWidth-factColumn-3) {
			b.WriteString(indent + map[bool]string{true: "-> ", false: "   "}[i == 0] + line + "\n")
		}
		for _, line := range []string{st.Line, st.Command} {
			if line != "" {
				b.WriteString(indent + "     " + clean.String(line).String() + "\n")
			}
		}
		if st.Undo != "" {
			b.WriteString(indent + "     undo: " + clean.String(st.Undo).String() + "\n")
		}
	}
}

// folded breaks text at blanks into lines of at most width cells; only the first may
// be that long, the others leave room for an indent of two.
func folded(text string, width int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		room := width
		if len(lines) > 0 {
			room -= 2
		}
		if line != "" && len([]rune(line))+1+len([]rune(word)) > room {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
