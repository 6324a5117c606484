package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/spf13/cobra"
	"golang.org/x/term"

	"mailtop/logparse/clean"
	"mailtop/monitor/queue"
)

// check is one line of doctor: what was looked at, how it stands, and the way out.
type check struct {
	name string
	ok   bool
	fact string // what was seen
	fix  string // the command or step that mends it
}

func doctorCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "doctor [FILE...]",
		Short: "what mailtop can see here, what it may not, and the step that mends it",
		Long: "Looks at the logs of this host (or the named ones), the queue, the tools, the terminal and DNS, and prints for each\n" +
			"what works and what does not, with the command that mends it. Exit code 1 when something is missing.",
		Example: "  mailtop doctor",
		RunE: func(cmd *cobra.Command, files []string) error {
			var list []check
			list = append(list, logChecks(cmd.Context(), files)...)
			list = append(list, queueCheck(cmd.Context()), toolCheck(), terminalCheck(cmd.OutOrStdout()), dnsCheck())
			bad := false
			for _, c := range list {
				bad = bad || !c.ok
				if err := c.print(cmd.OutOrStdout()); err != nil {
					return err
				}
			}
			if bad {
				return findings
			}
			return nil
		},
	}
}

func (c check) print(w io.Writer) error {
	mark := "ok "
	if !c.ok {
		mark = "BAD"
	}
	if _, err := fmt.Fprintf(w, "%s  %-9s %s\n", mark, c.name, clean.String(c.fact)); err != nil {
		return err
	}
	if c.fix == "" {
		return nil
	}
	_, err := fmt.Fprintf(w, "               -> %s\n", clean.String(c.fix))
	return err
}

func queueCheck(ctx context.Context) check {
	c := check{name: "queue", ok: true}
	if _, err := exec.LookPath("postqueue"); err != nil {
		c.fact = "no postqueue here: the depth of the queue is counted from the log (accepted minus removed)"
		return c
	}
	s := queue.Postfix{}.Sample(ctx)
	if strings.Contains(s.Err, "main.cf: No such file") {
		c.fact = "Postfix is installed but not configured here: the depth of the queue is counted from the log"
		return c
	}
	if s.Err != "" {
		return check{name: "queue", fact: s.Err, fix: "see: postfix status"}
	}
	c.fact = fmt.Sprintf("postqueue -j answers: %d messages, %d deferred, %d on hold", s.Depth(), s.Deferred, s.Hold)
	return c
}

func toolCheck() check {
	var have, lack []string
	for _, t := range hostTools {
		if _, err := exec.LookPath(t); err == nil {
			have = append(have, t)
		} else {
			lack = append(lack, t)
		}
	}
	text := "no tool for advice here: commands are not offered for what is not installed"
	if len(have) > 0 {
		text = "advice can use " + strings.Join(have, ", ")
		if len(lack) > 0 {
			text += "; not here: " + strings.Join(lack, ", ")
		}
	}
	return check{name: "tools", ok: true, fact: text}
}

func terminalCheck(w io.Writer) check {
	f, ok := w.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return check{name: "terminal", ok: true, fact: "the output is no terminal: mailtop prints a report there instead of the UI"}
	}
	width, height, err := term.GetSize(int(f.Fd()))
	text := fmt.Sprintf("TERM=%s, %dx%d, colours: %v", os.Getenv("TERM"), width, height, colorprofile.Detect(f, os.Environ()))
	if os.Getenv("TMUX") != "" {
		text += ", inside tmux"
	}
	if !utf8Locale() {
		text += ", locale is not UTF-8: ASCII is used"
	}
	if err == nil && (width < 40 || height < 10) {
		return check{name: "terminal", fact: text, fix: "below 40x10 only the verdict is shown: enlarge the window"}
	}
	return check{name: "terminal", ok: true, fact: text}
}

func utf8Locale() bool {
	for _, v := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if s := os.Getenv(v); s != "" {
			s = strings.ToUpper(s)
			return strings.Contains(s, "UTF-8") || strings.Contains(s, "UTF8")
		}
	}
	return false
}

func dnsCheck() check {
	b, err := os.ReadFile("/etc/resolv.conf")
	if err != nil {
		return check{name: "dns", fact: "no /etc/resolv.conf: probes by name cannot work", fix: "name a resolver: mailtop probe --resolver 192.0.2.53 TARGET"}
	}
	var servers []string
	for _, line := range strings.Split(string(b), "\n") {
		if w := strings.Fields(line); len(w) >= 2 && w[0] == "nameserver" {
			servers = append(servers, w[1])
		}
	}
	if len(servers) == 0 {
		return check{name: "dns", fact: "/etc/resolv.conf names no server: probes by name cannot work", fix: "name a resolver: mailtop probe --resolver 192.0.2.53 TARGET"}
	}
	return check{name: "dns", ok: true, fact: "resolvers: " + strings.Join(servers, ", ")}
}
