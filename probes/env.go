package probes

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"time"

	"mailtop/probes/smtpwire"
)

// Env is everything that checks reach of the world. cmd fills it.
type Env struct {
	Dial     smtpwire.DialFunc
	Resolver Resolver
	Now      func() time.Time
	Sleep    func(ctx context.Context, d time.Duration) error
	Roots    *x509.CertPool // nil is the system's
	Hello    string         // our name for EHLO: a FQDN, or an address literal
	Local    []netip.Addr   // the addresses of this host, for the vantage
	Limits   smtpwire.Limits
	Step     time.Duration // the longest one step may take, 0 is DefaultStep
	Workers  int           // steps at a time, 0 is DefaultWorkers

	// Follow reads in the server's own log what became of a queue id, until its end
	// or the context's; nil where there is no log.
	Follow FollowFunc

	// OnStep, where set, hears of each step of a followed message as it is read; addr is
	// where the message was given in. It is not called concurrently for one address.
	OnStep func(addr netip.AddrPort, s LifeStep)

	// Sent, where set, hears of every connection to the target: when it stands, when
	// more is known of it, and when it is closed. It must not block.
	Sent func(Token)

	// Secret makes the word of a run one that others cannot guess: some letters and digits.
	Secret string

	// Simulate opens a dialogue with this host's Exim as it would answer a client at an
	// address (exim -bh), which changes nothing; nil where that cannot be done.
	Simulate func(ctx context.Context, client netip.Addr, server netip.AddrPort) (net.Conn, error)

	// Listeners reads this host's listening TCP sockets; nil where that cannot be done.
	Listeners func(ctx context.Context) ([]Socket, error)

	// References are the mail domains whose exchangers show whether port 25 is open; empty is DefaultReferences.
	References []string

	// DialTTL connects with packets that live only so many hops; nil leaves the place of a block unknown.
	DialTTL func(ctx context.Context, ttl int, address string) error
}

// Bounds of a run.
const (
	DefaultStep    = 60 * time.Second // one session, all its phases
	DefaultWorkers = 32
)

// Resolver is the DNS as the checks need it.
type Resolver interface {
	Addrs(ctx context.Context, host string) ([]netip.Addr, error)
	MX(ctx context.Context, domain string) ([]MX, error)
}

// MX is one mail exchanger of a domain.
type MX struct {
	Host string
	Pref uint16
}

// ErrNotFound is an answer: the name, or the record of that type, does not exist.
var ErrNotFound = errors.New("no such name")

// SystemResolver asks the host's own resolvers and hosts file, or one named server.
type SystemResolver struct{ r *net.Resolver }

// NewResolver returns a resolver; server is "" for the system's, an address, or address:port.
func NewResolver(server string) (SystemResolver, error) {
	if server == "" {
		return SystemResolver{&net.Resolver{PreferGo: true}}, nil
	}
	if ip, err := netip.ParseAddr(strings.Trim(server, "[]")); err == nil {
		server = netip.AddrPortFrom(ip, 53).String()
	}
	if _, err := netip.ParseAddrPort(server); err != nil {
		return SystemResolver{}, fmt.Errorf("resolver %q is no address: give it as 192.0.2.53 or [2001:db8::53]:53", server)
	}
	dial := func(ctx context.Context, network, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, network, server)
	}
	return SystemResolver{&net.Resolver{PreferGo: true, Dial: dial}}, nil
}

// Addrs looks up A and AAAA.
func (s SystemResolver) Addrs(ctx context.Context, host string) ([]netip.Addr, error) {
	a, err := s.r.LookupNetIP(ctx, "ip", host)
	for i := range a {
		a[i] = a[i].Unmap()
	}
	return a, notFound(err)
}

// MX looks up the mail exchangers, best first; the null MX (RFC 7505) is one MX with host ".".
func (s SystemResolver) MX(ctx context.Context, domain string) ([]MX, error) {
	recs, err := s.r.LookupMX(ctx, domain)
	var out []MX
	for _, r := range recs {
		host := r.Host
		if host != "." {
			host = strings.TrimSuffix(host, ".")
		}
		out = append(out, MX{host, r.Pref})
	}
	if len(out) > 0 {
		return out, nil
	}
	return nil, notFound(err)
}

func notFound(err error) error {
	var d *net.DNSError
	if errors.As(err, &d) && d.IsNotFound {
		return fmt.Errorf("%w: %s", ErrNotFound, d.Name)
	}
	return err
}
