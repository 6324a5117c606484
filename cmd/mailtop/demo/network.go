package demo

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pires/go-proxyproto"
)

// The demo's world has documentation addresses only. Our mail host is reached
// at serverV4 and serverV6; every connection is made on loopback and says in a
// PROXY header who calls whom, so that each end sees the addresses of that world.
var (
	serverV4 = netip.MustParseAddr("192.0.2.25")
	serverV6 = netip.MustParseAddr("2001:db8:25::25")
)

const (
	dialTimeout   = 5 * time.Second
	headerTimeout = 5 * time.Second
)

// network connects the hosts of the demo's world.
type network struct {
	server, sinks, store netip.AddrPort // loopback listeners that read PROXY headers
}

// dial connects from one address of the world to another.
func (n *network) dial(ctx context.Context, from netip.Addr, to netip.AddrPort) (net.Conn, error) {
	via := n.sinks
	switch {
	case to.Addr() == serverV4 || to.Addr() == serverV6:
		via = n.server
	case to.Port() == lmtpPort:
		via = n.store
	}
	d := net.Dialer{Timeout: dialTimeout}
	c, err := d.DialContext(ctx, "tcp", via.String())
	if err != nil {
		return nil, err
	}
	src := netip.AddrPortFrom(from, uint16(c.LocalAddr().(*net.TCPAddr).Port))
	h := proxyproto.HeaderProxyFromAddrs(2, net.TCPAddrFromAddrPort(src), net.TCPAddrFromAddrPort(to))
	if _, err := h.WriteTo(c); err != nil {
		c.Close()
		return nil, fmt.Errorf("PROXY header to %s: %w", via, err)
	}
	return c, nil
}

// serverFor is our host's address in the family of the caller.
func serverFor(from netip.Addr, port uint16) netip.AddrPort {
	if from.Is4() {
		return netip.AddrPortFrom(serverV4, port)
	}
	return netip.AddrPortFrom(serverV6, port)
}

// listenLoopback opens a free port on 127.0.0.1.
func listenLoopback() (net.Listener, error) {
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("demo: no free port on 127.0.0.1 (is loopback up?): %w", err)
	}
	return l, nil
}

func addrPort(a net.Addr) netip.AddrPort {
	t, ok := a.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	p := t.AddrPort()
	return netip.AddrPortFrom(p.Addr().Unmap(), p.Port())
}

// wire is an accepted connection that knows whether it was written to since
// last asked, how it ended, and when it is closed.
type wire struct {
	net.Conn
	writes   atomic.Int64
	timedOut atomic.Bool
	once     sync.Once
	closed   chan struct{}
}

func newWire(c net.Conn) *wire { return &wire{Conn: c, closed: make(chan struct{})} }

func (w *wire) Read(p []byte) (int, error) {
	n, err := w.Conn.Read(p)
	if ne, ok := err.(net.Error); ok && ne.Timeout() {
		w.timedOut.Store(true)
	}
	return n, err
}

func (w *wire) Write(p []byte) (int, error) {
	w.writes.Add(1)
	return w.Conn.Write(p)
}

func (w *wire) Close() error {
	err := w.Conn.Close()
	w.once.Do(func() { close(w.closed) })
	return err
}

// single is a listener that hands out one connection and then waits until that
// is closed: a go-smtp server of its own for each session.
type single struct {
	c    *wire
	conn net.Conn // c, or TLS over it
	done atomic.Bool
}

func (s *single) Accept() (net.Conn, error) {
	if s.done.CompareAndSwap(false, true) {
		return s.conn, nil
	}
	<-s.c.closed
	return nil, net.ErrClosed
}

func (s *single) Close() error   { return nil }
func (s *single) Addr() net.Addr { return s.c.LocalAddr() }

// open is the set of connections that have to be closed at the end.
type open struct {
	mu    sync.Mutex
	conns map[net.Conn]struct{}
	shut  bool
}

// add enters a connection; false (and closed) when the end has come.
func (o *open) add(c net.Conn) bool {
	o.mu.Lock()
	shut := o.shut
	if !shut {
		if o.conns == nil {
			o.conns = map[net.Conn]struct{}{}
		}
		o.conns[c] = struct{}{}
	}
	o.mu.Unlock()
	if shut {
		c.Close() // not under the lock: Close may call remove
	}
	return !shut
}

func (o *open) remove(c net.Conn) {
	o.mu.Lock()
	defer o.mu.Unlock()
	delete(o.conns, c)
}

// closeAll closes what is open and whatever comes later.
func (o *open) closeAll() {
	o.mu.Lock()
	o.shut = true
	conns := o.conns
	o.conns = nil
	o.mu.Unlock()
	for c := range conns {
		c.Close()
	}
}
