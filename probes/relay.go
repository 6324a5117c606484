package probes

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mailtop/probes/smtpwire"
)

// Manners. Servers answer many refusals in one session by delays (Postfix after 10),
// by hanging up (Postfix after 20) or by a ban.
const (
	refusedPerVisit = 8               // refused recipients of one connection
	oddPerVisit     = 2               // broken ones, where the server is Exim
	betweenVisits   = 2 * time.Second // between two connections
	relayLimit      = 10 * time.Minute
	outsideDomain   = "example.net" // RFC 2606: nobody gets mail there
	senderDomain    = "example.com"
)

// strangerAddr is an address that nobody has (RFC 5737): that of a stranger by XCLIENT.
var strangerAddr = netip.AddrFrom4([4]byte{198, 51, 100, 7})

// variant is one form with the answer it got.
type variant struct {
	form
	kind  answerKind // "" when not asked
	reply string
	why   string // why it was not asked
}

// battery asks the forms one after the other, over as many connections as manners want.
type battery struct {
	job
	names     relayNames
	variants  []variant
	script    *Transcript
	outsider  bool // XCLIENT made us a stranger
	simulated bool // no connection: Exim is asked what it would answer a stranger
	tempfail  int  // 421 and their like
	refused   int  // of all connections
	control   *smtpwire.Reply
	elsewhere *smtpwire.Reply // the answer for a recipient outside other than the admin's

	noSimulation string // why there is none where one was tried
}

func runRelay(j job) {
	const check = "relay"
	if !j.answers(check) {
		return
	}
	start := j.env.Now()
	b := &battery{job: j, names: j.relayNames()}
	for _, f := range b.names.forms(j.opt.Deep) {
		b.variants = append(b.variants, variant{form: f})
	}
	b.askAll()
	if b.mayLie() && b.env.Simulate != nil && isOwn(j.step.Addr.Addr(), j.env.Local) && j.session().mta() == "exim" {
		b.simulate()
	}
	f := b.finding(check)
	if f.Result == "accepts_rcpt" || f.Result == "accept_all" {
		f = b.prove(check, f)
	}
	f.Transcript = b.script
	f.Vantage = j.session().vantage
	j.out(withFix(f, j.session().mta()), start)
}

// askAll asks all forms, over as many connections as manners want.
func (b *battery) askAll() {
	for next := 0; next < len(b.variants); {
		if next > 0 && !b.simulated && b.env.Sleep(b.ctx, betweenVisits) != nil {
			b.give(next, "the time was up")
			return
		}
		n := b.visitFrom(next)
		if n < 0 {
			return
		}
		next = n
	}
}

// mayLie says that something was taken from an address that the server may trust.
func (b *battery) mayLie() bool {
	hits, _ := b.count(answerKind.hit)
	return hits > 0 && b.session().vantage.Trusted() && !b.outsider
}

// simulate asks again as a stranger, in a dialogue with "exim -bh", which changes
// nothing and takes no message. Where that fails, what was seen stands.
func (b *battery) simulate() {
	seen := *b
	b.simulated, b.tempfail, b.refused, b.control, b.elsewhere = true, 0, 0, nil, nil
	b.variants = slices.Clone(b.variants)
	for i := range b.variants {
		b.variants[i] = variant{form: b.variants[i].form}
	}
	b.askAll()
	if untested, why := b.count(func(k answerKind) bool { return k == "" }); untested > 0 {
		script := b.script
		*b = seen
		b.script, b.noSimulation = script, why
	}
}

// open begins a dialogue: a connection, or a simulated one.
func (b *battery) open() (*smtpwire.Conn, error) {
	if !b.simulated {
		c, err := b.visit(false)
		if err == nil {
			err = b.becomeStranger(c)
		}
		return c, err
	}
	o := smtpwire.Options{Now: b.env.Now, Hello: b.env.Hello, Limits: b.env.Limits}
	dial := func(context.Context, string, string) (net.Conn, error) { // it lives longer than the dialling
		return b.env.Simulate(b.ctx, strangerAddr, b.step.Addr)
	}
	c, err := smtpwire.Dial(b.ctx, dial, "simulation", "exim -bh "+strangerAddr.String(), o)
	if err != nil {
		return c, err
	}
	return c, greet(c)
}

// relayNames finds the names for the placeholders from what the session showed.
func (j job) relayNames() relayNames {
	n := relayNames{recipient: j.run.word() + "@" + outsideDomain, sender: senderDomain, host: j.session().ehloName(), literal: smtpwire.Literal(j.step.Addr.Addr()), word: j.run.word()}
	if j.opt.To != "" {
		n.recipient = j.opt.To
	}
	if n.host == "" || strings.HasPrefix(n.host, "[") {
		n.host = j.step.Host.Name
	}
	n.domain = j.domain()
	return n
}

// domain is one that the server hosts: named by the admin, the mail domain of the target, else the server's name without its first label.
func (j job) domain() string {
	if j.opt.Domain != "" {
		return j.opt.Domain
	}
	if j.run.work.Target.MX {
		return j.run.work.Target.Name
	}
	host := j.session().ehloName()
	if _, parent, ok := strings.Cut(host, "."); ok && strings.Contains(parent, ".") {
		return parent
	}
	return host
}

// hostsRecipient says whether the recipient that should be outside is the server's own business.
func (b *battery) hostsRecipient() bool {
	if b.elsewhere == nil || !judgeRcpt(b.elsewhere).refusal() {
		return false
	}
	i := slices.IndexFunc(b.variants, func(v variant) bool { return v.to == "<"+b.names.recipient+">" && v.kind.hit() })
	return i >= 0
}

// visitFrom asks from a variant on until manners, the server or the list end the connection. It returns the next variant, -1 when there is no use in going on.
func (b *battery) visitFrom(first int) int {
	c, err := b.open()
	defer func() {
		c.Quit()
		b.script = b.script.add(transcript(b.step.Addr.String(), c.Record()))
	}()
	if err != nil {
		return b.silence(first, err)
	}
	if first == 0 {
		b.askControl(c)
	}
	refused, odd, sender := 0, 0, ""
	for i := first; i < len(b.variants); i++ {
		v := &b.variants[i]
		if v.odd && b.session().mta() == "exim" {
			odd++
		}
		if refused >= refusedPerVisit || odd > oddPerVisit {
			return i
		}
		if err := b.ask(c, v, &sender); err != nil {
			return b.silence(i, err)
		}
		switch {
		case v.kind == ansLimit:
			if b.tempfail++; b.tempfail > 1 {
				b.give(i, "the server limits our rate: "+v.reply)
				return -1
			}
			v.kind = ""
			return i
		case !v.kind.hit():
			refused++
			b.refused++
		}
	}
	return len(b.variants)
}

// ask sends one variant; the sender is named again only when it changes.
func (b *battery) ask(c *smtpwire.Conn, v *variant, sender *string) error {
	if *sender != v.from {
		if *sender != "" {
			if _, err := c.Rset(); err != nil {
				return err
			}
		}
		r, err := c.Mail(v.from)
		if err != nil {
			return err
		}
		*sender = v.from
		if k := judgeMail(r); r.Class() != 2 {
			v.kind, v.reply, *sender = k, r.String(), ""
			return nil
		}
	}
	r, err := c.Rcpt(v.to)
	if err != nil {
		return err
	}
	v.kind, v.reply = judgeRcpt(r), r.String()
	if v.kind.hit() { // nothing is left standing that a DATA could send
		_, err = c.Rset()
		*sender = ""
	}
	return err
}

// askControl asks for a recipient that cannot exist in a local domain: who takes that
// takes anything at RCPT. And where the admin named a recipient, for one elsewhere: a
// server that takes the one and refuses the other hosts the named one's domain.
func (b *battery) askControl(c *smtpwire.Conn) {
	if b.names.domain == "" {
		return
	}
	if r, err := c.Mail(b.names.fill(outside)); err != nil || r.Class() != 2 {
		return
	}
	if b.opt.To != "" {
		b.elsewhere, _ = c.Rcpt("<" + b.names.word + "@" + outsideDomain + ">")
	}
	b.control, _ = c.Rcpt("<no-such-user-" + b.names.word + "@" + b.names.domain + ">")
	_, _ = c.Rset()
}

// becomeStranger uses XCLIENT where the server grants it to us: then it judges us as a client from outside.
func (b *battery) becomeStranger(c *smtpwire.Conn) error {
	if !c.Caps().Has("XCLIENT") || !b.session().vantage.Trusted() {
		return nil
	}
	r, err := c.Cmd(smtpwire.PhaseCommand, "XCLIENT NAME=[UNAVAILABLE] ADDR="+strangerAddr.String())
	if err != nil || r.Class() != 2 {
		return err
	}
	b.outsider = true
	if t, ok := c.Transport().(*told); ok {
		t.as(strangerAddr)
	}
	r, err = c.Ehlo()
	if err == nil && r.Code != 250 {
		err = fmt.Errorf("EHLO after XCLIENT answered with %s", r)
	}
	return err
}

// silence handles a connection that failed or was cut. The first time the same variant is tried
// again; then a control connection to another port tells a ban from a server that is down.
func (b *battery) silence(i int, err error) int {
	if b.ctx.Err() != nil {
		b.give(i, "the time was up")
		return -1
	}
	if b.tempfail++; b.tempfail == 1 && smtpwire.ClassOf(err) == smtpwire.ClassClosed {
		return i
	}
	b.give(i, fmt.Sprintf("after %d refusals: %v; %s", b.refused, err, b.otherPort()))
	return -1
}

// otherPort makes the one control connection.
func (b *battery) otherPort() string {
	for _, port := range []uint16{587, 465, 25} {
		if port == b.step.Addr.Port() {
			continue
		}
		ap := netip.AddrPortFrom(b.step.Addr.Addr(), port)
		c, err := smtpwire.Dial(b.ctx, b.dialTold, "tcp", ap.String(), smtpwire.Options{Now: b.env.Now, Limits: smtpwire.Limits{Connect: 3 * time.Second}})
		c.Close()
		switch smtpwire.ClassOf(err) {
		case smtpwire.ClassNone:
			return fmt.Sprintf("port %d still answers: this port or our address was banned", port)
		case smtpwire.ClassRefused:
			return fmt.Sprintf("port %d answers with a refusal: the host is up", port)
		}
		return fmt.Sprintf("port %d is silent too: our address was probably banned", port)
	}
	return ""
}

// give marks the variants from i on as not tested.
func (b *battery) give(i int, why string) {
	for ; i < len(b.variants); i++ {
		if b.variants[i].kind == "" || b.variants[i].kind == ansLimit {
			b.variants[i].kind, b.variants[i].why = "", why
		}
	}
}

// prove sends one message by the first form that was taken. Only the server's own log,
// which says that it was delivered outside, makes an open relay of it.
func (b *battery) prove(check string, f *Finding) *Finding {
	if b.simulated {
		return f.see("nothing was sent: a simulation takes no message; the same command from another host with --prove shows what becomes of one")
	}
	if !b.opt.Prove {
		return f.see("no message was sent: --prove with --to shows what becomes of one")
	}
	i := slices.IndexFunc(b.variants, func(v variant) bool { return v.kind.hit() })
	v, token := b.variants[i], b.token()
	c, err := b.visit(false)
	if err == nil {
		err = b.becomeStranger(c)
	}
	var r *smtpwire.Reply
	for _, do := range []func() (*smtpwire.Reply, error){
		func() (*smtpwire.Reply, error) { return c.Mail(v.from) },
		func() (*smtpwire.Reply, error) { return c.Rcpt(v.to) },
		func() (*smtpwire.Reply, error) {
			return c.Data(testMessage(b.job, token, "This message proves that the server relays for strangers.\n"))
		},
	} {
		if err == nil && (r == nil || r.Class() == 2) {
			r, err = do()
		}
	}
	c.Quit()
	b.script = b.script.add(transcript(b.step.Addr.String(), c.Record()))
	return b.judgeProof(check, f, v, token, r, err)
}

func (b *battery) judgeProof(check string, f *Finding, v variant, token string, r *smtpwire.Reply, err error) *Finding {
	f.set("proof_form", v.id).set("token", token)
	switch {
	case err != nil:
		return f.see("the message that should prove it failed: %s", err)
	case r.Class() == 5:
		g := finding(check, "closed").say("taken at RCPT, refused when the message came")
		g.Values, g.Evidence = f.Values, append([]string{"the message is refused: " + r.String()}, f.Evidence...)
		return g
	case r.Class() != 2:
		return f.see("the message is not taken now: %s", r)
	}
	f.set("proof_reply", r.String()).see("a message was taken: %s", r)
	if id := queueID(r.Text()); id != "" {
		f.set("queue_id", id)
	}
	// A local mailbox that takes odd names proves nothing: it must be the recipient outside that was served.
	fate := b.follow(f)
	if fate.Status == "sent" && strings.EqualFold(fate.To, b.names.recipient) {
		g := finding(check, "open").say("a stranger's message was relayed to %s", b.names.recipient)
		g.Values, g.Evidence = f.Values, f.Evidence
		return g
	}
	if fate.Status == "sent" {
		f.see("delivered as %s: whether %s sends it on to %s is for that host to say", fate.To, orHop(fate.Relay), b.names.recipient)
	}
	return f.see("its fate is not known here: look for %s in the mailbox of %s", token, b.names.recipient)
}

func orHop(relay string) string {
	if relay == "" {
		return "the next hop"
	}
	return relay
}
