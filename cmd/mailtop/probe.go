package main

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"mailtop/logparse/clean"
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
	logs       []string // the shared --log
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
	p := &prober{flags: o, env: env, opt: opt, out: cmd.OutOrStdout(), diag: cmd.ErrOrStderr(), in: cmd.InOrStdin()}
	return p.all(cmd.Context(), targets)
}

// prober runs the targets of one command.
type prober struct {
	flags     probeFlags
	env       *probes.Env
	opt       probes.Options
	out, diag io.Writer
	in        io.Reader

	mu   sync.Mutex
	code int
}

func (p *prober) all(ctx context.Context, targets []probes.Target) error {
	if ctx == nil {
		ctx = context.Background()
	}
	work := make([]probes.Work, len(targets))
	p.each(len(targets), func(i int) {
		work[i] = probes.Plan(p.sameFamily(probes.Locate(ctx, p.env, targets[i])), p.opt)
	})
	if p.flags.plan {
		return p.showPlans(work)
	}
	if err := p.askOwned(work); err != nil {
		return err
	}
	if p.flags.every > 0 {
		return p.repeat(ctx, work)
	}
	p.round(ctx, work, nil)
	if p.code != 0 {
		return probeExit(p.code)
	}
	return nil
}

// each runs f for 0 to n-1, a bounded number at a time.
func (p *prober) each(n int, f func(int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, probeTargetsAtOnce)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() { defer func() { <-slots }(); f(i) })
	}
	wg.Wait()
}

// round probes all targets once; text comes out in the order of the arguments.
func (p *prober) round(ctx context.Context, work []probes.Work, watch *probes.History) {
	done := make([]chan string, len(work))
	for i := range done {
		done[i] = make(chan string, 1)
	}
	go p.each(len(work), func(i int) { done[i] <- p.one(ctx, work[i], watch) })
	for i := range done {
		_, _ = io.WriteString(p.out, <-done[i])
	}
}

// one probes a target and returns its text, "" where it was written already.
func (p *prober) one(ctx context.Context, w probes.Work, watch *probes.History) string {
	var all []probes.Finding
	sum := probes.Run(ctx, w, p.env, func(f probes.Finding) {
		p.mu.Lock()
		defer p.mu.Unlock()
		if watch != nil {
			watch.Add(f)
		}
		if p.flags.format == "json" {
			p.writeJSON(f)
		} else {
			all = append(all, f)
		}
	})
	p.mu.Lock()
	defer p.mu.Unlock()
	p.code = max(p.code, probeCode(sum))
	if p.flags.format == "json" || watch != nil {
		return ""
	}
	return p.text(w, all)
}

// probeCode is the exit code of a summary.
func probeCode(sum probes.Finding) int {
	if sum.Verdict == probes.Unknown {
		return 3
	}
	if n, _ := sum.Values["bad"].(int); n > 0 || sum.Verdict == probes.Bad {
		return 1
	}
	return 0
}

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

// sameFamily drops the addresses that the chosen source address cannot reach.
func (p *prober) sameFamily(t probes.Target) probes.Target {
	src, err := netip.ParseAddr(p.flags.source)
	if err != nil {
		return t
	}
	for i := range t.Hosts {
		t.Hosts[i].Addrs = slices.DeleteFunc(slices.Clone(t.Hosts[i].Addrs), func(a netip.Addr) bool { return a.Is4() != src.Is4() })
	}
	return t
}

// repeat probes in rounds and shows what mtr shows of a path: loss and times a phase.
func (p *prober) repeat(ctx context.Context, work []probes.Work) error {
	h := probes.NewHistory()
	tick := time.NewTicker(p.flags.every)
	defer tick.Stop()
	for n := 1; ; n++ {
		p.round(ctx, work, h)
		if p.flags.format == "text" {
			p.mu.Lock()
			fmt.Fprintf(p.out, "%s round %d\n%s", time.Now().Format("15:04:05"), n, h.Text(p.width()))
			p.mu.Unlock()
		}
		if p.flags.count > 0 && n >= p.flags.count {
			break
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil
		}
	}
	if p.code != 0 {
		return probeExit(p.code)
	}
	return nil
}

// probeSetup makes the environment and the options of the flags.
func probeSetup(ctx context.Context, o probeFlags) (*probes.Env, probes.Options, error) {
	env, err := newProbeEnv(o)
	if err != nil {
		return nil, probes.Options{}, probeUsage{err}
	}
	opt := probes.Options{Check: o.check, Skip: o.skip, Owned: o.owned, Deep: o.deep, To: o.to, Domain: o.domain, Local: env.Local}
	opt.From, opt.Prove = o.from, o.prove
	opt.Source, _ = netip.ParseAddr(o.source)
	if o.plan || len(o.check) > 0 { // only then can there be a step that a ban tool minds
		opt.BanTool = banTool(ctx)
	}
	if o.user != "" {
		password, err := probePassword(o)
		if err != nil {
			return nil, opt, probeUsage{err}
		}
		opt.Login = &probes.Login{User: o.user, Password: password, Mechanisms: o.mechs}
	}
	for _, n := range o.ports {
		if n == 0 || n > 65535 {
			return nil, opt, probeUsage{fmt.Errorf("--port %d is no port (1 to 65535)", n)}
		}
		opt.Ports = append(opt.Ports, uint16(n))
	}
	if err := opt.Validate(); err != nil {
		return nil, opt, probeUsage{err}
	}
	return env, opt, nil
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

// newProbeEnv fills the environment of the probes from the flags and this host.
func newProbeEnv(o probeFlags) (*probes.Env, error) {
	if o.timeout <= 0 {
		return nil, fmt.Errorf("--timeout %s: give a time above zero, as in 30s", o.timeout)
	}
	resolver, err := probes.NewResolver(o.resolver)
	if err != nil {
		return nil, fmt.Errorf("--resolver: %w", err)
	}
	env := &probes.Env{Resolver: resolver, Now: time.Now, Sleep: sleepContext, Hello: o.ehlo, Local: localAddrs(), Step: o.timeout, Workers: probeManyWorkers}
	if env.Hello == "" {
		env.Hello = fullHostName()
	} else if strings.ContainsAny(env.Hello, " \r\n\t<>") {
		return nil, fmt.Errorf("--ehlo %q: give a host name or an address literal such as [192.0.2.1]", o.ehlo)
	}
	if env.Roots, err = probeRoots(o.ca); err != nil {
		return nil, err
	}
	d, err := probeDialer(o.source, env.Local)
	if err != nil {
		return nil, err
	}
	env.Dial, env.Listeners, env.References = d.DialContext, listeners, o.references
	if err := checkReferences(o.references); err != nil {
		return nil, err
	}
	source, _ := d.LocalAddr.(*net.TCPAddr)
	env.DialTTL = ttlDialer(source)
	if len(o.logs) > 0 {
		env.Follow, err = followLog(o.logs[0])
	}
	return env, err
}

// checkReferences wants domains, and enough of them.
func checkReferences(list []string) error {
	for _, r := range list {
		if t, err := probes.ParseTarget(r); err != nil || t.Name == "" || t.Port != 0 {
			return fmt.Errorf("--reference %q: give a mail domain, as in example.org", r)
		}
	}
	if n := len(list); n > 0 && n < 5 {
		return fmt.Errorf("--reference: %d domains decide nothing, give at least 5 of different operators", n)
	}
	return nil
}

func probeDialer(source string, local []netip.Addr) (*net.Dialer, error) {
	d := &net.Dialer{FallbackDelay: -1}
	if source == "" {
		return d, nil
	}
	ip, err := netip.ParseAddr(source)
	if err != nil {
		return nil, fmt.Errorf("--source %q is no address", source)
	}
	if !ip.IsLoopback() && !slices.Contains(local, ip.Unmap()) {
		return nil, fmt.Errorf("--source %s is no address of this host; it has %s", ip, fmt.Sprint(local))
	}
	d.LocalAddr = &net.TCPAddr{IP: ip.AsSlice(), Zone: ip.Zone()}
	return d, nil
}

func probeRoots(file string) (*x509.CertPool, error) {
	if file == "" {
		return nil, nil
	}
	pem, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("--ca: %w", err)
	}
	pool, err := x509.SystemCertPool()
	if err != nil {
		pool = x509.NewCertPool()
	}
	if !pool.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("--ca %s: no certificate in PEM form in it", file)
	}
	return pool, nil
}

// localAddrs are the addresses assigned to this host.
func localAddrs() []netip.Addr {
	list, err := net.InterfaceAddrs()
	if err != nil {
		return nil
	}
	var out []netip.Addr
	for _, a := range list {
		if p, err := netip.ParsePrefix(a.String()); err == nil {
			out = append(out, p.Addr().Unmap())
		}
	}
	return out
}

// fullHostName is the host's name when it is a full one; "" lets the wire use the address.
func fullHostName() string {
	name, err := os.Hostname()
	if err != nil || !strings.Contains(strings.Trim(name, "."), ".") {
		return ""
	}
	return name
}

func sleepContext(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// listProbes prints the table of checks, words and values.
func listProbes(w io.Writer, format string) error {
	if format == "json" {
		return json.NewEncoder(w).Encode(map[string]any{"checks": probes.CheckList(), "words": probes.Words(), "values": probes.Values()})
	}
	_, err := io.WriteString(w, probes.ListText())
	return err
}
