package probes

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Bounds of what a name may make us do.
const (
	maxHosts      = 10 // exchangers of a domain that are tested
	maxAddrs      = 8  // addresses of a host
	locateLimit   = 10 * time.Second
	nullMX        = "."
	localhostName = "localhost"
)

// Locate finds the hosts and addresses of a target. A name with MX records is a mail
// domain unless a port says that the host itself is meant. What went wrong comes back
// as findings of the check "resolve" in Found; a target without Hosts cannot be tested.
func Locate(ctx context.Context, env *Env, t Target) Target {
	ctx, cancel := context.WithTimeout(ctx, locateLimit)
	defer cancel()
	start := env.Now()
	keep := func(f *Finding) {
		f.Target, f.MS = t.Text, float64(env.Now().Sub(start).Microseconds())/1000
		t.Found = append(t.Found, *f)
	}
	switch {
	case t.Addr.IsValid():
		t.Hosts = []Host{{Addrs: []netip.Addr{t.Addr}}}
		return t
	case t.Name == localhostName:
		t.Hosts = []Host{{Name: localhostName, Addrs: []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.IPv6Loopback()}}}
		return t
	}
	names, f := exchangers(ctx, env, t)
	if f != nil {
		keep(f)
		return t
	}
	t.MX = names != nil
	if !t.MX {
		names = []string{t.Name}
	}
	for _, n := range names[:min(len(names), maxHosts)] {
		addrs, err := env.Resolver.Addrs(ctx, n)
		if len(addrs) == 0 {
			keep(resolveFault(n, err))
			continue
		}
		slices.SortFunc(addrs, netip.Addr.Compare)
		addrs = slices.Compact(addrs)
		t.Hosts = append(t.Hosts, Host{n, addrs[:min(len(addrs), maxAddrs)]})
	}
	if len(t.Hosts) > 0 {
		keep(located(t))
	}
	return t
}

// exchangers returns the MX names of a domain, nil when the name is a host.
func exchangers(ctx context.Context, env *Env, t Target) ([]string, *Finding) {
	if t.Port != 0 {
		return nil, nil
	}
	mx, err := env.Resolver.MX(ctx, t.Name)
	if err != nil && !errors.Is(err, ErrNotFound) && ctx.Err() != nil {
		return nil, resolveFault(t.Name, err)
	}
	slices.SortStableFunc(mx, func(a, b MX) int { return int(a.Pref) - int(b.Pref) })
	var names []string
	for _, m := range mx {
		if m.Host == nullMX || m.Host == "" {
			return nil, finding("resolve", "null_mx").set("name", t.Name).say("%s takes no mail: its MX is \".\"", t.Name)
		}
		if n := strings.ToLower(m.Host); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names, nil
}

func resolveFault(name string, err error) *Finding {
	if errors.Is(err, ErrNotFound) || err == nil {
		return finding("resolve", "no_such_host").set("name", name).say("%s: no such host, or no address", name)
	}
	why := err.Error()
	if errors.Is(err, context.DeadlineExceeded) {
		why = "no answer from the resolver in time"
	}
	return finding("resolve", "failed").set("name", name).set("reason", why).say("%s could not be resolved: %s", name, why)
}

func located(t Target) *Finding {
	f := finding("resolve", "ok").set("name", t.Name).set("mail_domain", t.MX)
	names := []string{}
	for _, h := range t.Hosts {
		names = append(names, h.Name)
		f.see("%s has %s", h.Name, joinAddrs(h.Addrs))
	}
	f.set("hosts", names)
	if t.MX {
		return f.say("%s is a mail domain: its %d exchangers are tested (the host itself: %s:25)", t.Name, len(names), t.Name)
	}
	return f.say("%s has %s", t.Name, joinAddrs(t.Hosts[0].Addrs))
}

func joinAddrs(a []netip.Addr) string {
	var s []string
	for _, x := range a {
		s = append(s, x.String())
	}
	return strings.Join(s, ", ")
}
