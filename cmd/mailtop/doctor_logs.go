package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"mailtop/monitor/source"
)

// namedLogs looks at the files that were named.
func (s *site) namedLogs(files []string) (out []finding, paths []string) {
	for _, f := range files {
		if err := source.Check(f); err != nil && !errors.Is(err, source.ErrEmpty) {
			out = append(out, refusal("log", err, fault))
			continue
		}
		out = append(out, finding{Check: "log", Fact: f + " can be read"})
		paths = append(paths, f)
	}
	return out, paths
}

// refusal is an error with its way out, as a finding.
func refusal(check string, err error, how standing) finding {
	var d *source.Denied
	if errors.As(err, &d) {
		fact := d.Path + " may not be read: " + d.Why
		if d.Path == source.Journal {
			fact = d.Why
		}
		return finding{check, how, fact, d.Steps}
	}
	text, step, _ := strings.Cut(strings.TrimSuffix(err.Error(), ": "+fs.ErrNotExist.Error()), "; see: ")
	f := finding{Check: check, Verdict: how, Fact: text}
	if step != "" {
		f.Steps = []source.Step{{Text: "see", Command: step}}
	}
	return f
}

// logs tells of each place where this host logs mail. What is closed is a fault,
// except the journal beside a file: it mostly holds the same.
func (s *site) logs(ctx context.Context, found []source.Candidate, paths []string) []finding {
	var out []finding
	closed := false
	for _, c := range found {
		f := s.log(c, len(paths) > 0, len(found) > 1)
		closed = closed || f.Verdict == fault
		out = append(out, f)
	}
	if len(paths) == 0 && !closed {
		out = append(out, finding{"log", fault, "no mail log found on this host", s.waysToLog(ctx)})
	}
	return out
}

// log tells of one place; readable says that another one can be read, others that
// there is another one.
func (s *site) log(c source.Candidate, readable, others bool) finding {
	check, name := "log", c.Path
	if c.Path == source.Journal {
		check, name = "journal", "it"
	}
	switch {
	case c.Same != "" && c.Err == nil:
		return finding{Check: check, Fact: fmt.Sprintf("%s holds nothing that %s does not: read once", name, c.Same)}
	case c.Err == nil:
		return finding{Check: check, Fact: fmt.Sprintf("%s can be read%s (%s)", name, s.written(c), c.Why)}
	case errors.Is(c.Err, source.ErrEmpty) && c.Path == source.Journal:
		return finding{Check: check, Verdict: noted, Fact: c.Err.Error()}
	case errors.Is(c.Err, source.ErrEmpty), errors.Is(c.Err, source.ErrForeign):
		return finding{Check: check, Verdict: noted, Fact: fmt.Sprintf("%s (%s)", c.Err, c.Why)}
	case errors.Is(c.Err, fs.ErrNotExist):
		return finding{check, level(readable), fmt.Sprintf("%s does not exist (%s)", c.Path, c.Why),
			[]source.Step{{Text: "the server makes it when it starts; see whether it runs", Command: serverStatus(c.Why)}}}
	case c.Path == source.Journal:
		return refusal(check, c.Err, level(others))
	}
	return refusal(check, c.Err, fault)
}

// level is a note where another log does the work or would, else a fault.
func level(others bool) standing {
	if others {
		return noted
	}
	return fault
}

// serverStatus is the command that tells whether the server runs that was asked
// where it logs.
func serverStatus(why string) string {
	switch {
	case strings.HasPrefix(why, "postconf"):
		return "postfix status"
	case strings.HasPrefix(why, "dove"):
		return "doveadm service status"
	}
	return "pgrep -a exim"
}

// written says how big a log is and when it was last written to.
func (s *site) written(c source.Candidate) string {
	if c.Time.IsZero() {
		return ""
	}
	when := c.Time.Format("2006-01-02 15:04 -0700")
	if ago := s.now.Sub(c.Time); ago >= 0 && ago < 24*time.Hour {
		when = "at " + c.Time.Format("15:04 MST")
	}
	if c.Path == source.Journal {
		return ", newest record " + when
	}
	return fmt.Sprintf(", %s, last written %s", bytesText(uint64(c.Size)), when)
}

func bytesText(n uint64) string {
	for _, u := range []struct {
		size uint64
		name string
	}{{1 << 40, "TB"}, {1 << 30, "GB"}, {1 << 20, "MB"}, {1 << 10, "KB"}} {
		if n >= u.size {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(u.size), u.name)
		}
	}
	return fmt.Sprintf("%d bytes", n)
}

// waysToLog are the ways on where nothing is logged: have Postfix write a file of
// its own (3.4 and later, see MAILLOG_README), name a file, or try the demo.
func (s *site) waysToLog(ctx context.Context) []source.Step {
	var out []source.Step
	if v, err := s.postconf(ctx, "maillog_file"); err == nil && v == "" {
		out = append(out, source.Step{
			Text:    "Postfix logs to syslog and nobody keeps it: let it write a file of its own",
			Command: "postconf -e maillog_file=/var/log/postfix.log && postfix reload",
			Undo:    "postconf -X maillog_file && postfix reload",
		})
	}
	return append(out,
		source.Step{Text: "name a log", Command: "mailtop /var/log/mail.log"},
		source.Step{Text: "see mailtop at work without a mail server", Command: "mailtop demo"})
}
