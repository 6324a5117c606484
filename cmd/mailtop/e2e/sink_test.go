//go:build e2e

package e2e

import (
	"errors"
	"io"
	"net"
	"strconv"
	"strings"
	"sync"

	"github.com/emersion/go-smtp"
)

// sink is a next hop: an SMTP server on loopback that treats every recipient the
// same way, except those whose local part asks for something else.
type sink struct {
	Host string
	Port int

	lmtp   bool
	answer *smtp.SMTPError // to RCPT; nil accepts
	server *smtp.Server

	mu       sync.Mutex
	accepted int // recipients of accepted messages
}

// sinks are the next hops of a lab.
type sinks struct{ Accept, Defer, Refuse sink }

func (s *sinks) start() error {
	s.Accept.Host, s.Defer.Host, s.Refuse.Host = "127.0.1.1", "127.0.1.2", "127.0.1.3"
	s.Defer.answer = &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Temporary system problem, try again later"}
	s.Refuse.answer = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such user here"}
	return errors.Join(s.Accept.start(), s.Defer.start(), s.Refuse.start())
}

func (s *sinks) close() error {
	return errors.Join(s.Accept.close(), s.Defer.close(), s.Refuse.close())
}

func (s *sink) start() error {
	ln, err := net.Listen("tcp", net.JoinHostPort(s.Host, "0"))
	if err != nil {
		return err
	}
	s.Port = ln.Addr().(*net.TCPAddr).Port
	s.server = smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &sinkSession{sink: s}, nil }))
	s.server.Domain = "mx." + strconv.Itoa(s.Port) + ".example"
	s.server.EnableSMTPUTF8 = true
	s.server.LMTP = s.lmtp
	go s.server.Serve(ln) //nolint:errcheck // ends with the lab
	return nil
}

func (s *sink) close() error {
	if s.server == nil {
		return nil
	}
	if err := s.server.Close(); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
		return err
	}
	return nil
}

func (s *sink) recipients() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.accepted
}

type sinkSession struct {
	sink  *sink
	rcpts int
}

func (s *sinkSession) Reset()                               { s.rcpts = 0 }
func (s *sinkSession) Logout() error                        { return nil }
func (s *sinkSession) Mail(string, *smtp.MailOptions) error { return nil }

func (s *sinkSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	if strings.HasPrefix(to, "nobody@") {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "User unknown"}
	}
	if s.sink.answer != nil {
		return s.sink.answer
	}
	s.rcpts++
	return nil
}

func (s *sinkSession) Data(r io.Reader) error {
	if _, err := io.Copy(io.Discard, r); err != nil {
		return err
	}
	s.sink.mu.Lock()
	defer s.sink.mu.Unlock()
	s.sink.accepted += s.rcpts
	return nil
}
