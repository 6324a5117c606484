package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/term"

	"mailtop/logparse/clean"
	"mailtop/probes"
)

// askOwned asks on a terminal for a typed yes where checks need a host of one's own.
func (p *prober) askOwned(work []probes.Work) error {
	in, ok := p.in.(*os.File)
	if !ok || !term.IsTerminal(int(in.Fd())) || p.flags.format != "text" {
		return nil
	}
	for i, w := range work {
		if len(w.Refused) == 0 {
			continue
		}
		o := p.opt
		o.Owned = true
		asked := probes.Plan(w.Target, o)
		fmt.Fprintf(p.diag, "%s is not known to be your host. This would be sent:\n%s\nIs it yours, and may this be sent? Type yes: ", clean.String(w.Target.Text), asked)
		line, err := bufio.NewReader(in).ReadString('\n')
		if err != nil {
			return probeUsage{fmt.Errorf("no answer: %w", err)}
		}
		if strings.TrimSpace(line) == "yes" {
			work[i] = asked
		}
	}
	return nil
}

// probePassword gets the password without ever having it in the arguments.
func probePassword(o probeFlags) (string, error) {
	if o.passwordFD >= 0 {
		f := os.NewFile(uintptr(o.passwordFD), "password")
		if f == nil {
			return "", fmt.Errorf("--password-fd %d is not open", o.passwordFD)
		}
		line, err := bufio.NewReader(io.LimitReader(f, 4096)).ReadString('\n')
		if err != nil && line == "" {
			return "", fmt.Errorf("--password-fd %d: %w", o.passwordFD, err)
		}
		return strings.TrimRight(line, "\r\n"), nil
	}
	if p, ok := os.LookupEnv("MAILTOP_PASSWORD"); ok {
		return p, nil
	}
	if !term.IsTerminal(int(os.Stdin.Fd())) {
		return "", fmt.Errorf("no password for %q: give it by --password-fd 3 3<FILE, by MAILTOP_PASSWORD, or on a terminal", o.user)
	}
	fmt.Fprintf(os.Stderr, "Password of %s: ", clean.String(o.user))
	b, err := term.ReadPassword(int(os.Stdin.Fd()))
	fmt.Fprintln(os.Stderr)
	return string(b), err
}
