package demo

import (
	"bytes"
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"net"
	"net/netip"
	"strings"
	"sync/atomic"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/pires/go-proxyproto"

	"mailtop/monitor/logsim"
)

// lmtpPort is where the mail store takes our own people's mail.
const lmtpPort = 24

// spamWord is what the filters of the demo's world look for.
const spamWord = "casino"

// hop is a mail host we deliver to.
type hop struct {
	host   logsim.Client
	port   uint16
	domain string
	policy policy
	lag    time.Duration // how long the host thinks about a message
	down   *atomic.Bool  // the host answers 4xx while set
}

// policy is how a remote host treats mail.
type policy int

const (
	takesAll   policy = iota
	knowsUsers        // refuses unknown recipients
	filters           // refuses unknown recipients, and spam after DATA
)

// The world's mail hosts. harbour's own mail goes to the store through LMTP.
func newHops() []*hop {
	remote := func(name, domain string, last byte, p policy, lag time.Duration) *hop {
		return &hop{logsim.Client{Name: name, IP: netip.AddrFrom4([4]byte{192, 0, 2, last})}, 25, domain, p, lag, new(atomic.Bool)}
	}
	hops := []*hop{
		{logsim.Client{Name: "store.harbour.example", IP: netip.MustParseAddr("192.0.2.26")}, lmtpPort, ourDomain, takesAll, 15 * time.Millisecond, new(atomic.Bool)},
		remote("mx1.bigmail.example", "bigmail.example", 1, filters, 220*time.Millisecond),
		remote("mx1.freemail.example", "freemail.example", 3, knowsUsers, 90*time.Millisecond),
		remote("mx.cargo.example", "cargo.example", 6, takesAll, 1400*time.Millisecond),
		remote("mx.riverbank.example", slowDomain, 9, takesAll, 60*time.Millisecond),
	}
	for i := 1; i <= 20; i++ {
		d := fmt.Sprintf("partner%02d.example", i)
		hops = append(hops, remote("mx."+d, d, byte(100+i), takesAll, time.Duration(20*i)*time.Millisecond))
	}
	return hops
}

// slowDomain is where the staged deferrals happen.
const slowDomain = "riverbank.example"

// sink is all the hosts we deliver to: one SMTP and one LMTP server that play
// the host that the PROXY header asks for.
type sink struct {
	hops  map[netip.AddrPort]*hop
	open  open
	speed float64
	end   chan struct{} // closed when the demo ends
	n     atomic.Uint32
}

func newSink(hops []*hop, speed float64) *sink {
	s := &sink{speed: speed, end: make(chan struct{}), hops: map[netip.AddrPort]*hop{}}
	for _, h := range hops {
		s.hops[netip.AddrPortFrom(h.host.IP, h.port)] = h
	}
	return s
}

// serve plays the hosts until l is closed and the connections are.
func (s *sink) serve(l net.Listener, lmtp bool) {
	srv := smtp.NewServer(smtp.BackendFunc(s.newSession))
	srv.Domain, srv.LMTP = "sink.example", lmtp
	srv.ReadTimeout, srv.WriteTimeout = commandTimeout, commandTimeout
	srv.MaxMessageBytes = maxMessageBytes
	srv.ErrorLog = log.New(io.Discard, "", 0)
	srv.Serve(&proxyproto.Listener{Listener: &tracked{l, &s.open}, ReadHeaderTimeout: headerTimeout})
	s.open.closeAll()
	srv.Shutdown(context.Background()) // waits for the sessions
}

// tracked enters every accepted connection in a set until it is closed.
type tracked struct {
	net.Listener
	open *open
}

type trackedConn struct {
	net.Conn
	open *open
}

func (c *trackedConn) Close() error {
	c.open.remove(c)
	return c.Conn.Close()
}

// Accept waits for a connection.
func (t *tracked) Accept() (net.Conn, error) {
	c, err := t.Listener.Accept()
	if err != nil {
		return nil, err
	}
	tc := &trackedConn{c, t.open}
	if !t.open.add(tc) {
		return nil, net.ErrClosed
	}
	return tc, nil
}

func (s *sink) newSession(c *smtp.Conn) (smtp.Session, error) {
	h := s.hops[addrPort(c.Conn().LocalAddr())]
	if h == nil {
		return nil, &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 3, 2}, Message: "No such host here"}
	}
	return &sinkSession{s: s, h: h}, nil
}

// sinkSession plays one host.
type sinkSession struct {
	s *sink
	h *hop
}

// Reset forgets nothing: nothing is kept.
func (s *sinkSession) Reset() {}

// Logout ends the session.
func (s *sinkSession) Logout() error { return nil }

// Mail answers 4xx while the host is down.
func (s *sinkSession) Mail(string, *smtp.MailOptions) error {
	if s.h.down.Load() {
		return &smtp.SMTPError{Code: 452, EnhancedCode: smtp.EnhancedCode{4, 3, 1}, Message: "Insufficient system storage"}
	}
	return nil
}

// Rcpt refuses users the host does not know.
func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if s.h.policy != takesAll && !exists(to) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "<" + to + ">: Recipient address rejected: User unknown"}
	}
	return nil
}

// Data reads the message, and refuses spam where the host looks at it.
func (s *sinkSession) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	s.s.think(s.h.lag)
	if s.h.policy == filters && bytes.Contains(body, []byte(spamWord)) {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 7, 1}, Message: "Message refused as unsolicited bulk mail from " + serverV4.String()}
	}
	n := s.s.n.Add(1)
	return &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 0, 0}, Message: fmt.Sprintf("Ok: queued as %X%X", 0x4C0000+n, n*2654435761)}
}

// think lets a host take its time over a message.
func (s *sink) think(lag time.Duration) {
	t := time.NewTimer(time.Duration(float64(lag) / s.speed))
	defer t.Stop()
	select {
	case <-t.C:
	case <-s.end:
	}
}

// close ends all sessions.
func (s *sink) close() {
	close(s.end)
	s.open.closeAll()
}

// exists says whether a remote mailbox exists: two of three made-up names do.
func exists(addr string) bool {
	h := fnv.New32a()
	h.Write([]byte(strings.ToLower(addr)))
	return h.Sum32()%3 != 0
}
