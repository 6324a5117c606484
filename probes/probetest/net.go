package probetest

import (
	"bufio"
	"context"
	"net"
	"net/netip"
	"os"
	"sync"
	"syscall"
)

// Net is a network in memory: address:port to what happens there. It needs no
// socket, so a testing/synctest bubble runs its timers in virtual time. What is not
// in the map refuses connections. A TLS server on it must not send session tickets
// (this package's certificates do not): the pipe has no buffer.
type Net struct {
	Hosts map[string]Host

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
