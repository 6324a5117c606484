package demo

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"log"
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/pires/go-proxyproto"

	"mailtop/monitor/logsim"
)

// role is what a port is for.
type role struct {
	port    uint16 // in the demo's world
	service string // as anvil and the limits name it
	daemon  string // as the log names the process
	auth    bool   // AUTH offered, after TLS
	tls     bool   // TLS from the first byte
}

var roles = [...]role{
	{port: 25, service: "smtp", daemon: "smtpd"},
	{port: 587, service: "submission", daemon: "submission/smtpd", auth: true},
	{port: 465, service: "submissions", daemon: "submissions/smtpd", auth: true, tls: true},
}

// Limits of the server, Postfix's defaults where the demo has no reason to differ.
const (
	maxSessions     = 100         // default_process_limit
	connectionRate  = 60          // smtpd_client_connection_rate_limit, per anvil's minute
	hardErrorLimit  = 12          // smtpd_hard_error_limit; Postfix 20
	maxRecipients   = 100         // smtpd_recipient_limit; Postfix 1000
	maxMessageBytes = 1 << 20     // message_size_limit; Postfix 10 MB
	commandTimeout  = time.Minute // smtpd_timeout; Postfix 300 s
)

// server is the demo's mail host: what the log calls smtpd, and who knows the
// accounts.
type server struct {
	host   string
	domain string
	log    *logsim.Postfix
	now    func() time.Time
	tls    *tls.Config
	people *people
	queue  *queue
	anvil  *anvil
	procs  *logsim.Procs
	names  map[netip.Addr]string // verified names of clients
	slots  chan struct{}         // one a session
	open   open
	wg     sync.WaitGroup
}

// serve accepts sessions of a role until l is closed. With proxied, the role is
// that of the port the PROXY header asks for.
func (s *server) serve(l net.Listener, r role, proxied bool) {
	for {
		s.slots <- struct{}{}
		c, err := l.Accept()
		if err != nil {
			<-s.slots
			return
		}
		s.wg.Go(func() {
			defer func() { <-s.slots }()
			s.accept(c, r, proxied)
		})
	}
}

func (s *server) accept(c net.Conn, r role, proxied bool) {
	defer c.Close()
	if !s.open.add(c) {
		return
	}
	defer s.open.remove(c)
	if proxied {
		p := proxyproto.NewConn(c, proxyproto.SetReadHeaderTimeout(headerTimeout))
		if p.ProxyHeader() == nil {
			return
		}
		var ok bool
		if r, ok = roleOf(addrPort(p.LocalAddr()).Port()); !ok {
			return
		}
		c = p
	}
	v := s.newVisit(c, r)
	v.run()
	s.procs.Release(v.proc)
}

func roleOf(port uint16) (role, bool) {
	for _, r := range roles {
		if r.port == port {
			return r, true
		}
	}
	return role{}, false
}

// visit is one session of one client.
type visit struct {
	s      *server
	role   role
	proc   logsim.Proc
	client logsim.Client
	wire   *wire
	tap    *tap
	tls    *tls.ConnectionState
	login  logsim.Login
	errors int
	many   bool   // thrown out for too many errors
	alien  string // the command of another protocol that ended the session
}

func (s *server) newVisit(c net.Conn, r role) *visit {
	ip := addrPort(c.RemoteAddr()).Addr()
	v := &visit{s: s, role: r, wire: newWire(c), client: logsim.Client{Name: s.names[ip], IP: ip}, proc: s.procs.Acquire(r.daemon)}
	v.tap = &tap{wire: v.wire, onCommand: v.sniff}
	return v
}

// run carries a session from connect to disconnect.
func (v *visit) run() {
	log := v.s.log
	log.Connect(v.proc, v.client)
	n := v.s.anvil.connected(v.role.service, v.client)
	switch {
	case n > connectionRate && !v.client.IP.IsLoopback():
		v.refuse(n)
	case v.role.tls:
		v.implicit()
	default:
		v.converse(v.wire)
	}
	v.wire.Close()
	v.s.anvil.disconnected(v.role.service, v.client)
	log.Disconnect(v.proc, v.client, v.tap.commands)
}

func (v *visit) refuse(n int) {
	v.s.log.LimitExceeded(v.proc, v.client, "Connection rate", n, v.role.service)
	if !v.role.tls {
		v.wire.SetDeadline(time.Now().Add(time.Second))
		fmt.Fprintf(v.wire, "421 4.7.0 %s Error: too many connections from %s\r\n", v.s.host, v.client.IP)
	}
}

// implicit does the handshake of an implicit TLS port, then the session.
func (v *visit) implicit() {
	t := tls.Server(v.wire, v.config())
	v.wire.SetDeadline(time.Now().Add(commandTimeout))
	if err := t.Handshake(); err != nil {
		v.tlsFailed(err)
		return
	}
	v.wire.SetDeadline(time.Time{})
	v.established()
	v.converse(t)
}

// config is the TLS configuration of this session, which remembers what was agreed.
func (v *visit) config() *tls.Config {
	c := v.s.tls.Clone()
	c.VerifyConnection = func(cs tls.ConnectionState) error {
		v.tls = &cs
		v.tap.onClient = v.established
		return nil
	}
	return c
}

// established writes the line of a handshake that came to its end: the client
// spoke after it.
func (v *visit) established() {
	v.tap.onClient = nil
	v.s.log.TLS(v.proc, v.client, tlsSession(*v.tls))
}

func (v *visit) tlsFailed(err error) {
	v.s.log.TLSError(v.proc, v.client, opensslWord(err))
	v.s.log.Lost(v.proc, v.client, logsim.LostConnection, v.tap.stage(), 0)
}

// converse runs a go-smtp server for this one session and returns when it is over.
func (v *visit) converse(c net.Conn) {
	srv := smtp.NewServer(smtp.BackendFunc(v.newSession))
	srv.Domain = v.s.host
	srv.ReadTimeout, srv.WriteTimeout = commandTimeout, commandTimeout
	srv.MaxMessageBytes, srv.MaxRecipients = maxMessageBytes, maxRecipients
	srv.Debug = v.tap
	srv.ErrorLog = log.New(io.Discard, "", 0)
	if !v.role.tls {
		srv.TLSConfig = v.config()
	}
	srv.Serve(&single{c: v.wire, conn: c})
	srv.Shutdown(context.Background()) // waits for the session's goroutine
	v.ended()
}

// sniff looks at each command for those of other protocols, which Postfix hangs
// up on.
func (v *visit) sniff(verb, line string) {
	switch verb {
	case "GET", "POST", "CONNECT":
		v.alien = line
		v.s.log.NonSMTP(v.proc, v.client, line)
		v.tap.commands.Add("unknown", false, 1)
		v.wire.Close()
	}
}

// ended writes why a session ended, unless it was by QUIT.
func (v *visit) ended() {
	why := logsim.LostConnection
	switch {
	case v.tap.quit || v.alien != "":
		return
	case v.many || v.tap.tooMany:
		why = logsim.TooManyErrors
	case v.wire.timedOut.Load():
		why = logsim.Timeout
	}
	if v.tap.tlsError {
		v.s.log.TLSError(v.proc, v.client, "")
	}
	v.s.log.Lost(v.proc, v.client, why, v.tap.stage(), v.tap.bytes)
}
