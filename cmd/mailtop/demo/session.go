package demo

import (
	"fmt"
	"io"
	"net/mail"
	"strings"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"mailtop/monitor/logsim"
)

// session is what go-smtp calls for the commands of a visit. It lives from EHLO
// on; STARTTLS begins a new one.
type session struct {
	v       *visit
	helo    string
	id      string // queue id, from the first recipient on
	began   time.Time
	from    string
	rcpts   []string
	secured bool
}

func (v *visit) newSession(c *smtp.Conn) (smtp.Session, error) {
	_, secured := c.TLSConnectionState()
	return &session{v: v, helo: c.Hostname(), secured: secured}, nil
}

// Reset forgets the transaction.
func (s *session) Reset() { s.id, s.from, s.rcpts = "", "", nil }

// Logout ends the session; the visit writes the lines of that.
func (s *session) Logout() error { return nil }

// AuthMechanisms are offered where the port is for users.
func (s *session) AuthMechanisms() []string {
	if !s.v.role.auth {
		return nil
	}
	return []string{sasl.Plain, sasl.Login}
}

// Auth checks a login against the accounts.
func (s *session) Auth(mech string) (sasl.Server, error) {
	if !s.v.role.auth {
		return nil, smtp.ErrAuthUnsupported
	}
	check := func(user, password string) error { return s.login(mech, user, password) }
	switch mech {
	case sasl.Plain:
		return sasl.NewPlainServer(func(_, user, password string) error { return check(user, password) }), nil
	case sasl.Login:
		return &loginServer{check: check}, nil
	}
	return nil, smtp.ErrAuthUnknownMechanism
}

func (s *session) login(mech, user, password string) error {
	l := logsim.Login{Method: mech, User: user}
	s.v.s.anvil.auth(s.v.role.service, s.v.client)
	if !s.v.s.people.check(user, password) {
		s.v.s.log.AuthFailed(s.v.proc, s.v.client, l)
		return s.fail(535, smtp.EnhancedCode{5, 7, 8}, "Error: authentication failed: (reason unavailable)")
	}
	s.v.login = l
	return nil
}

// fail makes a refusal; one too many throws the client out.
func (s *session) fail(code int, ec smtp.EnhancedCode, text string) error {
	if s.v.errors++; s.v.errors >= hardErrorLimit {
		s.v.many = true
		return &smtp.SMTPError{Code: 421, EnhancedCode: smtp.EnhancedCode{4, 7, 0}, Message: s.v.s.host + " Error: too many errors"}
	}
	return &smtp.SMTPError{Code: code, EnhancedCode: ec, Message: text}
}

// Mail begins a transaction; like Postfix with smtpd_delay_reject, nothing is
// refused before the first recipient.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.Reset()
	s.from = from
	return nil
}

// Rcpt takes or refuses a recipient.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	if code, ec, text := s.judge(to); code != 0 {
		s.v.s.log.Reject(s.v.proc, s.v.client, logsim.Rejection{
			ID: s.id, Stage: "RCPT", Reply: fmt.Sprintf("%d %d.%d.%d %s", code, ec[0], ec[1], ec[2], text),
			From: s.from, To: to, Proto: "ESMTP", Helo: s.helo,
		})
		return s.fail(code, ec, text)
	}
	if s.id == "" {
		s.began = s.v.s.now()
		s.id = s.v.s.queue.ids.Next(s.began)
		s.v.s.log.Accept(s.v.proc, s.id, s.v.client, s.v.login)
	}
	s.rcpts = append(s.rcpts, to)
	return nil
}

// judge is the server's recipient policy; code 0 accepts. Our own hosts get no
// privilege: loopback may not relay either.
func (s *session) judge(to string) (int, smtp.EnhancedCode, string) {
	srv := s.v.s
	local, domain, _ := strings.Cut(to, "@")
	ours := strings.EqualFold(domain, srv.domain) && !strings.ContainsAny(local, "%!@")
	switch {
	case s.v.role.auth && s.v.login.User == "":
		return 554, smtp.EnhancedCode{5, 7, 1}, "<" + s.v.client.String() + ">: Client host rejected: Access denied"
	case ours && !srv.people.has(to):
		return 550, smtp.EnhancedCode{5, 1, 1}, "<" + to + ">: Recipient address rejected: User unknown in virtual mailbox table"
	case !ours && s.v.login.User == "":
		return 554, smtp.EnhancedCode{5, 7, 1}, "<" + to + ">: Relay access denied"
	case srv.queue.full():
		return 452, smtp.EnhancedCode{4, 3, 1}, "Insufficient system storage"
	}
	return 0, smtp.EnhancedCode{}, ""
}

// Data takes the message into the queue.
func (s *session) Data(r io.Reader) error {
	body, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	srv := s.v.s
	srv.anvil.message(s.v.role.service, s.v.client, len(s.rcpts))
	id := s.id
	srv.log.MessageID(srv.queue.cleanup, id, messageID(body))
	srv.queue.add(&message{id: id, from: s.from, rcpts: pendingOf(s.rcpts), body: body, arrived: s.began})
	return &smtp.SMTPError{Code: 250, EnhancedCode: smtp.EnhancedCode{2, 0, 0}, Message: "Ok: queued as " + id}
}

// messageID is the Message-ID of a message's header, empty without one.
func messageID(body []byte) string {
	m, err := mail.ReadMessage(strings.NewReader(string(body[:min(len(body), 8192)])))
	if err != nil {
		return ""
	}
	return m.Header.Get("Message-Id")
}

// loginServer is the server side of the LOGIN mechanism, which go-sasl lacks.
type loginServer struct {
	check func(user, password string) error
	step  int
	user  string
}

// Next answers the client's last response.
func (l *loginServer) Next(response []byte) (challenge []byte, done bool, err error) {
	if response == nil && l.step == 0 {
		l.step = 1
		return []byte("Username:"), false, nil
	}
	if l.step <= 1 {
		l.user, l.step = string(response), 2
		return []byte("Password:"), false, nil
	}
	return nil, true, l.check(l.user, string(response))
}
