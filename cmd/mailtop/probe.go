package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"mailtop/probes"
)

// probeExit ends the command with a code and no message: 1 a bad verdict, 3 could not test.
type probeExit int

func (e probeExit) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

// ExitCode is the process's exit code.
func (e probeExit) ExitCode() int { return int(e) }

// probeUsage is a mistake in the arguments.
type probeUsage struct{ error }

// ExitCode is the process's exit code.
func (probeUsage) ExitCode() int { return 2 }

// probeFlags are the command's flags as typed.
type probeFlags struct {
	format     string
	plan       bool
	list       bool
	explain    bool
	transcript bool
	owned      bool
	deep       bool
	check      []string
	skip       []string
	ports      []uint
	timeout    time.Duration
	every      time.Duration
	count      int
	ca         string
	ehlo       string
	source     string
	resolver   string
	references []string
	to         string
	domain     string
	from       string
	user       string
	passwordFD int
	mechs      []string
	prove      bool
	logs       []string // the shared --log, or what --local finds
}

const (
	probeTargetsAtOnce = 32 // targets probed side by side
	probeManyWorkers   = 6  // ports at a time of each, when there are many targets
)

func probeCommand() *cobra.Command {
	var o probeFlags
	c := &cobra.Command{
		Use:   "probe TARGET...",
		Short: "Test ports 25, 587 and 465 of a mail host, live",
		Long: `Tests what answers on the mail ports of a host and how: reach, banner, EHLO,
STARTTLS or implicit TLS, certificate, AUTH. TARGET is a host, host:port, an
address, [ip]:port, a mail domain (its MX hosts are tested on port 25) or
localhost. "/smtp", "/submission" or "/submissions" behind a port says what an
unusual port is for: localhost:2587/submission.

Nothing is sent but what any mail server or client sends by itself; --plan shows
it beforehand. Exit code: 0 fine, 1 a bad verdict, 2 usage, 3 could not test.`,
		Example: `  mailtop probe mx1.example.net
  mailtop probe --check tls --format json mail.example.net:465
  mailtop probe --plan localhost`,
		SilenceUsage: true,
		RunE:         func(cmd *cobra.Command, args []string) error { return runProbe(cmd, args, o) },
	}
	f := c.Flags()
	f.StringVar(&o.format, "format", "text", "text, or json: one finding a line, the summary last")
	f.BoolVar(&o.plan, "plan", false, "show what would be sent, and send nothing but DNS queries")
	f.BoolVar(&o.list, "list", false, "list the checks, their result words and verdicts, and the values")
	f.BoolVar(&o.explain, "explain", false, "say of every finding why it matters, also of good ones")
	f.BoolVar(&o.transcript, "transcript", false, "show the dialogues (secrets are never recorded)")
	f.BoolVar(&o.owned, "owned", false, "the targets are my own hosts: allows the checks that need it")
	f.BoolVar(&o.deep, "deep", false, "the long form of checks that have one")
	f.StringSliceVar(&o.check, "check", nil, "only these checks (names, the part before a dot, or all)")
	f.StringSliceVar(&o.skip, "skip", nil, "all but these checks")
	f.UintSliceVar(&o.ports, "port", nil, "these ports instead of 25,587,465")
	f.DurationVar(&o.timeout, "timeout", probes.DefaultStep, "the longest one session may take")
	f.DurationVar(&o.every, "every", 0, "repeat, and show loss and times a phase (ctrl-c ends)")
	f.IntVar(&o.count, "count", 0, "with --every: end after so many rounds")
	f.StringVar(&o.ca, "ca", "", "trust the CAs of this PEM file too")
	f.StringVar(&o.ehlo, "ehlo", "", "our name in EHLO (default: this host's full name, else its address)")
	f.StringVar(&o.source, "source", "", "connect from this address of this host")
	f.StringVar(&o.to, "to", "", "a recipient that is mine: outside for relay, where messages go")
	f.BoolVar(&o.prove, "prove", false, "relay: where a form is taken, send one message to --to; with --log its fate decides")
	f.StringVar(&o.from, "from", "", "envelope sender of messages (default: the user, else postmaster of the domain)")
	f.StringVar(&o.user, "user", "", "account for auth.login and submit; the password comes by prompt, --password-fd or MAILTOP_PASSWORD")
	f.IntVar(&o.passwordFD, "password-fd", -1, "read the password from this file descriptor, one line")
	f.StringSliceVar(&o.mechs, "mech", nil, "SASL mechanisms to try instead of the strongest offered, or all")
	f.StringVar(&o.domain, "domain", "", "a domain that the target hosts (default: from its name)")
	f.StringSliceVar(&o.references, "reference", nil, "egress: ask exchangers of these mail domains, at least 5 of different operators")
	f.StringVar(&o.resolver, "resolver", "", "ask this DNS server instead of the system's")
	return c
}

func runProbe(cmd *cobra.Command, args []string, o probeFlags) error {
	if o.format != "text" && o.format != "json" {
		return probeUsage{fmt.Errorf("--format %q: use text or json", o.format)}
	}
	o.logs, _ = cmd.Flags().GetStringArray("log")
	if o.list {
		return listProbes(cmd.OutOrStdout(), o.format)
	}
	local, _ := cmd.Flags().GetBool("local")
	var err error
	if o.logs, err = probeLogs(cmd.Context(), o.logs, local); err != nil {
		return err
	}
	if len(args) == 0 {
		return probeUsage{errors.New("no target: give a host, host:port, [ip]:port, a mail domain or localhost")}
	}
	env, opt, err := probeSetup(cmd.Context(), o)
	if err != nil {
		return err
	}
	var targets []probes.Target
	for _, a := range args {
		t, err := probes.ParseTarget(a)
		if err != nil {
			return probeUsage{err}
		}
		targets = append(targets, t)
	}
	var log *ownLog
	if len(o.logs) > 0 && !o.plan {
		if log, err = newOwnLog(o.logs); err != nil {
			return probeUsage{err}
		}
		env.Sent = noteOwn(&log.set)
	}
	p := &prober{flags: o, env: env, log: log, opt: opt, out: cmd.OutOrStdout(), diag: cmd.ErrOrStderr(), in: cmd.InOrStdin()}
	return p.all(cmd.Context(), targets)
}
