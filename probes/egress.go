package probes

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"mailtop/probes/smtpwire"
)

// Bounds of the egress check.
const (
	egressLimit   = 5 * time.Minute
	egressConnect = 7 * time.Second // SYN, and again after 1 s and 3 s
	egressAtOnce  = 8
)

// controlPorts show whether a host can be reached at all where 25 is not.
var controlPorts = []uint16{443, 587}

// sight is what one address of the control group showed.
type sight struct {
	domain string // whose exchanger it is
	host   string
	addr   netip.Addr
	target bool // the target itself, not of the control group

	class  smtpwire.Class // connect to port 25
	why    string
	rtt    time.Duration
	stage  string // the phase in which the session ended early, "" when it did not
	banner string
	cert   string // fingerprint of the certificate after STARTTLS
	seenAs netip.Addr

	controls []control
}

// control is a connection to another port of the same host.
type control struct {
	port  uint16
	class smtpwire.Class
	rtt   time.Duration
	site  bool // the domain's web site instead, another host of the operator
}

// alive says that packets came back: a refusal is an answer.
func (c control) alive() bool {
	return c.class == smtpwire.ClassNone || c.class == smtpwire.ClassRefused
}

// runEgress asks whether port 25 of others can be reached from here. It tells of this
// host and the network around it, not of the target's port.
func runEgress(j job) {
	const check = "egress"
	start := j.env.Now()
	list, failed := j.references()
	if !j.step.Own {
		list = append(list, sight{domain: j.step.Target, host: j.step.Host.Name, addr: j.step.Addr.Addr(), target: true})
	}
	j.lookAll(list)
	if j.ctx.Err() != nil {
		j.here(skipped(check, "the time was up"), start)
		return
	}
	f := judgeEgress(list, failed)
	if f.Result == "blocked" && j.env.DialTTL != nil {
		j.localise(f, list)
	}
	j.here(f, start)
}

// here hands out a finding that is of this host, so of no address of the target.
func (j job) here(f *Finding, start time.Time) {
	f.MS = float64(j.env.Now().Sub(start).Microseconds()) / 1000
	j.run.out(f)
}

// references finds an exchanger of each reference domain, one address a family.
func (j job) references() (list []sight, failed []string) {
	domains := j.env.References
	if len(domains) == 0 {
		domains = DefaultReferences
	}
	domains = domains[:min(len(domains), maxReferences)]
	found := make([][]sight, len(domains))
	why := make([]string, len(domains))
	inParallel(len(domains), func(i int) { found[i], why[i] = j.exchanger(domains[i]) })
	for i, d := range domains {
		list = append(list, found[i]...)
		if len(found[i]) == 0 {
			failed = append(failed, d+": "+why[i])
		}
	}
	return list, failed
}

func (j job) exchanger(domain string) (out []sight, why string) {
	ctx, cancel := context.WithTimeout(j.ctx, locateLimit)
	defer cancel()
	mx, err := j.env.Resolver.MX(ctx, domain)
	if err != nil {
		return nil, err.Error()
	}
	mx = slices.Clone(mx)
	slices.SortStableFunc(mx, func(a, b MX) int { return int(a.Pref) - int(b.Pref) })
	why = "no address"
	for _, m := range mx[:min(len(mx), 3)] { // the first whose name resolves
		addrs, err := j.env.Resolver.Addrs(ctx, m.Host)
		if err != nil {
			why = err.Error()
		}
		slices.SortFunc(addrs, netip.Addr.Compare)
		for _, is4 := range []bool{true, false} {
			if i := slices.IndexFunc(addrs, func(a netip.Addr) bool { return a.Is4() == is4 }); i >= 0 {
				out = append(out, sight{domain: domain, host: m.Host, addr: addrs[i]})
			}
		}
		if len(out) > 0 {
			return out, ""
		}
	}
	return nil, why
}

// lookAll fills the sights, some hosts at a time.
func (j job) lookAll(list []sight) {
	inParallel(len(list), func(i int) {
		j.look(&list[i])
		for _, p := range controlPorts {
			list[i].controls = append(list[i].controls, j.controlOf(list[i].addr, p))
		}
		if !list[i].answers() && !list[i].alive() && !list[i].target {
			j.askSite(&list[i])
		}
	})
}

// askSite asks the domain's own address: many exchangers let nothing in but port 25.
func (j job) askSite(s *sight) {
	ctx, cancel := context.WithTimeout(j.ctx, locateLimit)
	defer cancel()
	addrs, _ := j.env.Resolver.Addrs(ctx, s.domain)
	if i := slices.IndexFunc(addrs, func(a netip.Addr) bool { return a.Is4() == s.addr.Is4() }); i >= 0 {
		c := j.controlOf(addrs[i], 443)
		c.site = true
		s.controls = append(s.controls, c)
	}
}

func inParallel(n int, f func(int)) {
	var wg sync.WaitGroup
	slots := make(chan struct{}, egressAtOnce)
	for i := range n {
		slots <- struct{}{}
		wg.Go(func() { defer func() { <-slots }(); f(i) })
	}
	wg.Wait()
}

// connect opens a connection to a host that is not the step's.
func (j job) connect(a netip.Addr, port uint16) (*smtpwire.Conn, error) {
	l := j.env.Limits
	l.Connect = egressConnect
	return smtpwire.Dial(j.ctx, j.env.Dial, "tcp", netip.AddrPortFrom(a, port).String(), smtpwire.Options{Now: j.env.Now, Hello: j.env.Hello, Limits: l})
}

func (j job) controlOf(a netip.Addr, port uint16) control {
	c, err := j.connect(a, port)
	c.Close()
	t, _ := c.Timing(smtpwire.PhaseConnect)
	return control{port: port, class: smtpwire.ClassOf(err), rtt: t.Took()}
}

// look visits port 25 as a mail server does that has nothing to deliver.
func (j job) look(s *sight) {
	c, err := j.connect(s.addr, 25)
	t, _ := c.Timing(smtpwire.PhaseConnect)
	if s.rtt = t.Took(); err != nil {
		s.class, s.why = smtpwire.ClassOf(err), err.Error()
		return
	}
	defer c.Close()
	r, err := c.Banner()
	if err != nil {
		s.stage, s.why = "banner", err.Error()
		return
	}
	if s.banner = strings.Join(r.Lines, " "); r.Code != 220 {
		return // a refusal of theirs: the way is open
	}
	if r, err = c.Ehlo(); err != nil {
		s.stage, s.why = "EHLO", err.Error()
		return
	}
	s.seenAs = addressIn(r.Text(), s.addr)
	if c.Plain.Has("STARTTLS") {
		if r, err = c.StartTLS(tlsConfig(Host{Name: s.host})); err != nil {
			s.stage, s.why = "STARTTLS", err.Error()
			return
		}
		if st := c.TLSState(); r.Code == 220 && st != nil && len(st.PeerCertificates) > 0 {
			sum := sha256.Sum256(st.PeerCertificates[0].Raw)
			s.cert = hex.EncodeToString(sum[:])
		}
	}
	c.Quit()
}

// addressIn finds the address by which a greeting names us: "at your service, [192.0.2.1]".
func addressIn(greeting string, peer netip.Addr) netip.Addr {
	for _, w := range strings.FieldsFunc(greeting, func(r rune) bool { return strings.ContainsRune(" []()<>,;=", r) }) {
		w = strings.TrimPrefix(w, "IPv6:")
		if a, err := netip.ParseAddr(w); err == nil && a.Unmap() != peer && !a.IsLoopback() {
			return a.Unmap().WithZone("")
		}
	}
	return netip.Addr{}
}
