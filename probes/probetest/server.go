// Package probetest is a mail server that does what a test tells it to, for probes
// and whatever speaks SMTP: a dialogue script for exact misbehaviour, and a polite
// server (RFC 5321) whose every answer can be replaced. Loopback only.
package probetest

import (
	"bufio"
	"crypto/tls"
	"net"
	"net/netip"
	"path"
	"strings"
	"sync"
	"testing"
	"time"
)

// Talk is one connection as a script sees it.
type Talk struct {
	net.Conn
	in    *bufio.Reader
	N     int // number of the connection, from 0
	heard func(line string)
}

// Action is one step of a script; false ends the connection.
type Action func(*Talk) bool

// Script is what a server does on a connection.
type Script []Action

// Server listens on loopback and runs a script on each connection.
type Server struct {
	Addr netip.AddrPort
	ln   net.Listener

	mu    sync.Mutex
	heard [][]string
	wg    sync.WaitGroup
	conns map[net.Conn]bool
}

// Start runs a server with one script for all connections, until the test ends.
func Start(t testing.TB, s Script) *Server {
	return StartFunc(t, func(int) Script { return s })
}

// StartFunc runs a server whose script depends on the number of the connection.
func StartFunc(t testing.TB, script func(n int) Script) *Server {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	s := &Server{Addr: ln.Addr().(*net.TCPAddr).AddrPort(), ln: ln, conns: map[net.Conn]bool{}}
	s.wg.Go(func() { s.serve(script) })
	t.Cleanup(s.stop)
	return s
}

func (s *Server) serve(script func(int) Script) {
	for n := 0; ; n++ {
		c, err := s.ln.Accept()
		if err != nil {
			return
		}
		s.mu.Lock()
		s.conns[c] = true
		s.heard = append(s.heard, nil)
		s.mu.Unlock()
		s.wg.Go(func() { s.talk(c, n, script(n)) })
	}
}

func (s *Server) talk(c net.Conn, n int, script Script) {
	t := &Talk{Conn: c, in: bufio.NewReader(c), N: n}
	t.heard = func(l string) {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.heard[n] = append(s.heard[n], l)
	}
	defer func() {
		_ = t.Conn.Close()
		s.mu.Lock()
		delete(s.conns, c)
		s.mu.Unlock()
	}()
	for _, a := range script {
		if !a(t) {
			return
		}
	}
}

func (s *Server) stop() {
	_ = s.ln.Close()
	s.mu.Lock()
	for c := range s.conns {
		_ = c.Close()
	}
	s.mu.Unlock()
	s.wg.Wait()
}

// Heard is what connection n was told so far, line by line.
func (s *Server) Heard(n int) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if n >= len(s.heard) {
		return nil
	}
	return append([]string(nil), s.heard[n]...)
}

// Connections is how many there were.
func (s *Server) Connections() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.heard)
}

func (t *Talk) write(s string) bool {
	_, err := t.Write([]byte(s))
	return err == nil
}

// Line reads one line, without its end.
func (t *Talk) Line() (string, bool) {
	l, err := t.in.ReadString('\n')
	if err != nil {
		return "", false
	}
	l = strings.TrimRight(l, "\r\n")
	t.heard(l)
	return l, true
}

// Send writes text with CRLF behind each line.
func Send(lines ...string) Action {
	return func(t *Talk) bool { return t.write(strings.Join(lines, "\r\n") + "\r\n") }
}

// Raw writes bytes as they are.
func Raw(s string) Action { return func(t *Talk) bool { return t.write(s) } }

// Expect reads a line that matches a shell pattern (without regard to case); another line ends the connection with a 500.
func Expect(pattern string) Action {
	return func(t *Talk) bool {
		l, ok := t.Line()
		if !ok {
			return false
		}
		if m, _ := path.Match(strings.ToUpper(pattern), strings.ReplaceAll(strings.ToUpper(l), "/", "|")); !m {
			t.write("500 script expects " + pattern + "\r\n")
			return false
		}
		return true
	}
}

// Delay waits.
func Delay(d time.Duration) Action {
	return func(*Talk) bool {
		c := time.NewTimer(d)
		<-c.C
		return true
	}
}

// Drip writes s byte by byte.
func Drip(s string, each time.Duration) Action {
	return func(t *Talk) bool {
		for i := range len(s) {
			Delay(each)(t)
			if !t.write(s[i : i+1]) {
				return false
			}
		}
		return true
	}
}

// Flood writes s again and again until the other side is gone.
func Flood(s string) Action {
	return func(t *Talk) bool {
		for t.write(s) {
		}
		return false
	}
}

// Close ends the connection in order.
func Close(*Talk) bool { return false }

// Reset ends it with a RST.
func Reset(t *Talk) bool {
	if c, ok := t.Conn.(*net.TCPConn); ok {
		_ = c.SetLinger(0)
	}
	return false
}

// Hang reads and says nothing until the other side is gone.
func Hang(t *Talk) bool {
	for {
		if _, ok := t.Line(); !ok {
			return false
		}
	}
}

// TLS makes the server side of a handshake.
func TLS(cfg *tls.Config) Action {
	return func(t *Talk) bool {
		tc := tls.Server(t.Conn, cfg)
		if tc.Handshake() != nil {
			return false
		}
		t.Conn, t.in = tc, bufio.NewReader(tc)
		return true
	}
}

// Ahead is what was read from the connection and not yet asked for: what a client sent in one piece with the line before.
func (t *Talk) Ahead() string {
	b, _ := t.in.Peek(t.in.Buffered())
	return string(b)
}
