package probetest

import (
	"bufio"
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"mailtop/probes"
)

// Net is a network in memory: address:port to what happens there. It needs no
// socket, so a testing/synctest bubble runs its timers in virtual time. What is not
// in the map refuses connections. A TLS server on it must not send session tickets
// (this package's certificates do not): the pipe has no buffer.
type Net struct {
	Hosts map[string]Host
	Zone  Zone

	wg    sync.WaitGroup
	mu    sync.Mutex
	dials map[string]int
	heard map[string][][]string
}

// Host is one address:port.
type Host struct {
	Script func(n int) Script
	Err    syscall.Errno // the connection fails so
	Drop   bool          // the connection is never answered
}

// Same is a host that always runs one script.
func Same(a ...Action) Host { return Host{Script: func(int) Script { return a }} }

// Serve is a host with a polite server.
func Serve(p Polite) Host { return Host{Script: func(int) Script { return p.Script() }} }

// Dial is a smtpwire.DialFunc.
func (n *Net) Dial(ctx context.Context, network, address string) (net.Conn, error) {
	n.mu.Lock()
	if n.dials == nil {
		n.dials, n.heard = map[string]int{}, map[string][][]string{}
	}
	count := n.dials[address]
	n.dials[address]++
	n.heard[address] = append(n.heard[address], nil)
	n.mu.Unlock()
	h, ok := n.Hosts[address]
	fail := func(err error) error {
		return &net.OpError{Op: "dial", Net: network, Addr: net.TCPAddrFromAddrPort(netip.MustParseAddrPort(address)), Err: err}
	}
	switch {
	case !ok:
		return nil, fail(os.NewSyscallError("connect", syscall.ECONNREFUSED))
	case h.Drop:
		<-ctx.Done()
		return nil, fail(ctx.Err())
	case h.Err != 0:
		return nil, fail(os.NewSyscallError("connect", h.Err))
	}
	ours, theirs := net.Pipe()
	n.wg.Go(func() { n.talk(address, count, theirs, h.Script(count)) })
	return ours, nil
}

func (n *Net) talk(address string, count int, c net.Conn, s Script) {
	t := &Talk{Conn: c, in: bufio.NewReader(c), N: count}
	t.heard = func(l string) {
		n.mu.Lock()
		defer n.mu.Unlock()
		n.heard[address][count] = append(n.heard[address][count], l)
	}
	defer func() { _ = t.Conn.Close() }()
	for _, a := range s {
		if !a(t) {
			return
		}
	}
}

// Wait waits until every script has ended; a bubble needs it before it ends.
func (n *Net) Wait() { n.wg.Wait() }

// Heard is what connection i to an address was told.
func (n *Net) Heard(address string, i int) []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	if i >= len(n.heard[address]) {
		return nil
	}
	return append([]string(nil), n.heard[address][i]...)
}

// Dials counts the connections to an address.
func (n *Net) Dials(address string) int {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dials[address]
}

// Env is an environment on this network.
func (n *Net) Env() *probes.Env {
	return &probes.Env{Dial: n.Dial, Resolver: n.Zone, Now: time.Now, Hello: "client.example.net", Sleep: Sleep}
}

// Sleep waits without a sleep.
func Sleep(ctx context.Context, d time.Duration) error {
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
