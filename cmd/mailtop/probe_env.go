package main

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/netip"
	"os"
	"slices"
	"strings"
	"time"

	"mailtop/probes"
)

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

// newProbeEnv fills the environment of the probes from the flags and this host.
func newProbeEnv(o probeFlags) (*probes.Env, error) {
	if o.timeout <= 0 {
		return nil, fmt.Errorf("--timeout %s: give a time above zero, as in 30s", o.timeout)
	}
	resolver, err := probes.NewResolver(o.resolver)
	if err != nil {
		return nil, fmt.Errorf("--resolver: %w", err)
	}
	env := &probes.Env{Resolver: resolver, Now: time.Now, Sleep: sleepContext, Hello: o.ehlo, Local: localAddrs(), Step: o.timeout, Workers: probeManyWorkers, Secret: probeSecret()}
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
	env.Simulate = simulateExim
	if err := checkReferences(o.references); err != nil {
		return nil, err
	}
	source, _ := d.LocalAddr.(*net.TCPAddr)
	env.DialTTL = ttlDialer(source)
	if len(o.logs) > 0 {
		env.Follow, err = followLog(o.logs...)
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
