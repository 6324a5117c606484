package probes_test

import (
	"context"
	"net/netip"
	"time"

	"mailtop/probes"
	"mailtop/probes/probetest"
)

// network is a network in memory with its names.
type network struct {
	probetest.Net
	Zone Zone
}

// Env is an environment on this network.
func (n *network) Env() *probes.Env {
	return &probes.Env{Dial: n.Dial, Resolver: n.Zone, Now: time.Now, Hello: "client.example.net", Sleep: sleepFor}
}

// sleepFor is Env.Sleep in virtual time.
func sleepFor(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-t.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Zone is a resolver with fixed answers; a name it has not does not exist.
type Zone struct {
	A    map[string][]string
	Mail map[string][]probes.MX
	Err  map[string]error
}

// Addrs answers A and AAAA.
func (z Zone) Addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	if err := z.Err[host]; err != nil {
		return nil, err
	}
	var out []netip.Addr
	for _, a := range z.A[host] {
		out = append(out, netip.MustParseAddr(a))
	}
	if out == nil {
		return nil, probes.ErrNotFound
	}
	return out, ctx.Err()
}

// MX answers MX.
func (z Zone) MX(ctx context.Context, domain string) ([]probes.MX, error) {
	if mx := z.Mail[domain]; mx != nil {
		return mx, ctx.Err()
	}
	return nil, probes.ErrNotFound
}
