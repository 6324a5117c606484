package probes

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mailtop/logparse/clean"
)

// Options choose what is tested.
type Options struct {
	Check  []string // names, prefixes before a dot, or "all"; empty is the default set
	Skip   []string
	Ports  []uint16     // instead of 25, 587 and 465
	Owned  bool         // the admin declared the target his own
	Deep   bool         // the long form of what has one
	To     string       // a recipient that the admin named, for relay and for messages
	Prove  bool         // relay sends one message to To where a form was taken
	From   string       // the envelope sender of messages
	Login  *Login       // an account to log in with
	Domain string       // a domain that the target hosts
	Local  []netip.Addr // addresses of this host: a target on one of them is own

	Source  netip.Addr // the address we connect from, when it is chosen
	BanTool BanTool    // what may ban us on this host
}

// Validate refuses options that mean nothing.
func (o Options) Validate() error {
	if err := checkPatterns(o.Check); err != nil {
		return err
	}
	if err := checkPatterns(o.Skip); err != nil {
		return err
	}
	for _, a := range []struct{ flag, text string }{{"--to", o.To}, {"--from", o.From}, {"--domain", "x@" + o.Domain}} {
		if a.text != "" && a.text != "x@" && !plainAddress(a.text) {
			return fmt.Errorf("%s %q: give it as user@example.org or example.org", a.flag, strings.TrimPrefix(a.text, "x@"))
		}
	}
	if o.Prove && o.To == "" {
		return fmt.Errorf("--prove sends a message: name a recipient of yours outside the target with --to")
	}
	if slices.Contains(o.Ports, 0) {
		return fmt.Errorf("0 is no port (1 to 65535)")
	}
	return nil
}

// plainAddress says whether s can stand in a command as it is.
func plainAddress(s string) bool {
	user, domain, ok := strings.Cut(s, "@")
	if !ok || user == "" || strings.ContainsAny(user, "<>()[]\\,;:\" \t\r\n@") {
		return false
	}
	for _, r := range user {
		if r < 0x21 || r == 0x7f {
			return false
		}
	}
	_, err := hostName(domain)
	return err == nil
}

// wants says whether the options select a check, ownership apart.
func (o Options) wants(c Check, own bool) bool {
	for _, p := range o.Skip {
		if selects(p, c.Name) {
			return false
		}
	}
	if len(o.Check) == 0 {
		return c.When == Always || c.When == IfOwn && own
	}
	return slices.ContainsFunc(o.Check, func(p string) bool { return selects(p, c.Name) })
}

// Step is one piece of work: one address, one port, the checks that share what is sent.
type Step struct {
	Target string
	Host   Host
	Addr   netip.AddrPort
	Role   Role
	Checks []string
	Impact Impact
	Attack bool          // looks like an attack to the host
	Limit  time.Duration // the longest it may take, where that is more than the usual
	Own    bool          // the host is this one or declared owned
	visits bool          // the session that finds out whether the port answers
	Deeper bool          // a session that goes on after the banner: EHLO, STARTTLS, EHLO

	run func(job)
}

// String is the step as a line of the plan.
func (s Step) String() string {
	who := s.Addr.String()
	if s.Host.Name != "" {
		who = s.Host.Name + " " + who
	}
	text := fmt.Sprintf("%s  %s [%s]", clean.String(who), strings.Join(s.Checks, " "), s.Impact)
	if s.Deeper && !slices.ContainsFunc(s.Checks, speaks) {
		text += " with EHLO and STARTTLS, which the checks after it need"
	}
	return text
}

// Work is a plan: what Run will do, all of it.
type Work struct {
	Target  Target
	Options Options
	Steps   []Step
	Refused []string // checks asked for that a host not owned does not get
}

// Plan makes the steps for a located target. It is pure: same input, same plan.
func Plan(t Target, o Options) Work {
	w := Work{Target: t, Options: o}
	for _, h := range t.Hosts {
		for _, a := range h.Addrs {
			for _, port := range ports(t, o) {
				w.addPort(h, netip.AddrPortFrom(a, port))
			}
		}
	}
	// What looks like an attack comes last: a ban must not spoil the quiet checks.
	slices.SortStableFunc(w.Steps, func(a, b Step) int { return order(a.Attack) - order(b.Attack) })
	return w
}

func order(attack bool) int {
	if attack {
		return 1
	}
	return 0
}

// ports of a target: the one named, those of the options, 25 alone for the
// exchangers of a mail domain, else the three that mail hosts serve.
func ports(t Target, o Options) []uint16 {
	switch {
	case t.Port != 0:
		return []uint16{t.Port}
	case len(o.Ports) > 0:
		return o.Ports
	case t.MX:
		return []uint16{25}
	}
	return []uint16{25, 587, 465}
}

// addPort adds the session, from which all else learns whether and how the port
// answers, and a step for each other check wanted.
func (w *Work) addPort(h Host, ap netip.AddrPort) {
	base := Step{Target: w.Target.Text, Host: h, Addr: ap, Role: w.role(ap.Port()),
		Own: w.Options.Owned || isOwn(ap.Addr(), w.Options.Local)}
	session, more := base, []Step(nil)
	inside := false // a check of its own that goes on where the session came to
	session.run = runSession
	for _, c := range checks() {
		if !w.Options.wants(c, base.Own) || len(c.roles) > 0 && !slices.Contains(c.roles, base.Role) {
			continue
		}
		if c.Own && !base.Own {
			w.refuse(c.Name)
			continue
		}
		if w.has(c, h, ap) {
			continue
		}
		if c.run == nil {
			session.take(c)
			continue
		}
		s := base
		s.run, s.Attack, s.Limit = c.run, c.Attack, c.limit
		if c.Name == "relay" && w.Options.Prove {
			c.Impact = ImpactMail
		}
		s.take(c)
		inside = inside || !c.apart
		more = append(more, s)
	}
	if !w.Options.ofPorts(base.Own) {
		w.Steps = append(w.Steps, more...) // nothing of this port is needed
		return
	}
	if len(session.Checks) == 0 {
		session.Checks, session.Impact = []string{"reach"}, ImpactConnect
	}
	session.visits = true
	if session.Deeper = inside || slices.ContainsFunc(session.Checks, speaks); session.Deeper {
		session.Impact = max(session.Impact, ImpactCommand)
	}
	w.Steps = append(append(w.Steps, session), more...)
}

// has says whether the target needs the check no more, or not here: what looks at
// this host is no question to another one unless named.
func (w *Work) has(c Check, h Host, ap netip.AddrPort) bool {
	if c.here && !isOwn(ap.Addr(), w.Options.Local) && !slices.Contains(w.Options.Check, c.Name) {
		return true
	}
	return c.once != eachAddr && slices.ContainsFunc(w.Steps, func(s Step) bool {
		return slices.Contains(s.Checks, c.Name) && (c.once == each || s.Addr.Port() == ap.Port() && s.Host.Name == h.Name)
	})
}

// ofPorts says that some check that is wanted tells of a port, not of the target as a whole.
func (o Options) ofPorts(own bool) bool {
	all := checks()
	return slices.ContainsFunc(all, func(c Check) bool { return c.once != each && o.wants(c, own) }) ||
		!slices.ContainsFunc(all, func(c Check) bool { return o.wants(c, own) })
}

// speaks says whether a check of the session needs more than the banner.
func speaks(check string) bool { return check != "reach" && check != "banner" }

func (s *Step) take(c Check) {
	s.Checks = append(s.Checks, c.Name)
	s.Impact = max(s.Impact, c.Impact)
}

func (w *Work) role(port uint16) Role {
	if w.Target.Port == port && w.Target.Role != RoleUnknown {
		return w.Target.Role
	}
	return roleOf(port)
}

func (w *Work) refuse(name string) {
	if !slices.Contains(w.Refused, name) {
		w.Refused = append(w.Refused, name)
	}
}

// String is the plan as text, a line a step.
func (w Work) String() string {
	var b strings.Builder
	for _, s := range w.Steps {
		fmt.Fprintln(&b, s)
	}
	for _, c := range checks() {
		if slices.ContainsFunc(w.Steps, func(s Step) bool { return slices.Contains(s.Checks, c.Name) }) {
			fmt.Fprintf(&b, "%-18s %s\n", c.Name, c.Does)
		}
	}
	if len(w.Refused) > 0 {
		fmt.Fprintf(&b, "not done, because this is not known to be your host: %s (--owned says it is)\n", strings.Join(w.Refused, " "))
	}
	if slices.ContainsFunc(w.Steps, func(s Step) bool { return s.Attack }) {
		fmt.Fprintln(&b, "the last steps look like an attack in the server's log, and a ban tool there may ban the address you test from")
	}
	b.WriteString(w.bans())
	return b.String()
}
