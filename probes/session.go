package probes

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strings"
	"time"

	"mailtop/probes/smtpwire"
)

// Times of a session.
const (
	slowBanner = 4 * time.Second // a greet wait is 6 s, ordinary reverse lookups are faster than this
	guessTLS   = 3 * time.Second // silence on a port of unknown role after which TLS is tried
)

// session is what one visit to a port showed. It is filled once and only read by the judges.
type session struct {
	role     Role
	implicit bool // TLS from the first byte
	start    time.Time
	vantage  Vantage
	rec      *Transcript
	times    []smtpwire.Timing

	dialErr   error
	banner    *smtpwire.Reply
	bannerErr error
	tlsOnly   bool // silent in plain text, but TLS at once works

	ehlo, helo *smtpwire.Reply
	ehloErr    error
	plain      *smtpwire.Caps
	mailPlain  *smtpwire.Reply // the answer to MAIL before TLS, when asked

	startTLS   *smtpwire.Reply
	startErr   error // STARTTLS or the handshake after it, or the handshake of an implicit port
	largeHello bool  // only a small ClientHello got through
	state      *tls.ConnectionState
	secure     *smtpwire.Caps
	ehlo2      *smtpwire.Reply
}

// greeted says whether the server let us speak.
func (s *session) greeted() bool {
	return s.banner != nil && s.banner.Code == 220 && s.bannerErr == nil
}

// caps are the capabilities of the session's best state.
func (s *session) caps() *smtpwire.Caps {
	if s.secure != nil {
		return s.secure
	}
	return s.plain
}

// runSession visits the port once and judges what was seen.
func runSession(j job) {
	s := observe(j)
	j.run.mu.Lock()
	j.run.seen[j.step.Addr] = s
	if s.greeted() {
		j.run.open++
	}
	j.run.mu.Unlock()
	for _, f := range judge(s, j) {
		f.Transcript, f.Vantage = s.rec, s.vantage
		j.out(f, s.start)
	}
}

// observe makes the session.
func observe(j job) *session {
	s := &session{role: j.step.Role, start: j.env.Now()}
	if s.role == RoleSubmissions {
		s.visitTLS(j, nil)
		return s
	}
	s.visitPlain(j)
	return s
}

// open dials and keeps what the connection tells by itself.
func (s *session) open(j job) *smtpwire.Conn {
	c, err := j.dial()
	s.dialErr = err
	self := netip.Addr{}
	if a, ok := c.LocalAddr().(*net.TCPAddr); ok {
		self = a.AddrPort().Addr()
	}
	s.vantage = vantage(j.step.Addr.Addr(), self, j.env.Local)
	if err != nil {
		s.keep(j, c)
		return nil
	}
	return c
}

// keep ends a connection and puts its record behind the others of the session.
func (s *session) keep(j job, c *smtpwire.Conn) {
	c.Close()
	s.rec = s.rec.add(transcript(j.step.Addr.String(), c.Record()))
	s.times = append(s.times, c.Timings()...)
}

func (s *session) visitPlain(j job) {
	quick := j
	if s.role == RoleUnknown && (j.env.Limits.Banner == 0 || j.env.Limits.Banner > guessTLS) {
		env := *j.env
		env.Limits.Banner = guessTLS
		quick.env = &env
	}
	c := s.open(quick)
	if c == nil {
		return
	}
	s.banner, s.bannerErr = c.Banner()
	if silent(s.banner, s.bannerErr) {
		s.keep(j, c)
		if s.speaksTLS(j) || quick.env == j.env || j.ctx.Err() != nil {
			return
		}
		if c = s.open(j); c == nil {
			return
		}
		s.banner, s.bannerErr = c.Banner()
	}
	s.converse(j, c)
}

// speaksTLS tries TLS at once on a port that was silent. What the plain visit found stands when that fails.
func (s *session) speaksTLS(j job) bool {
	banner, bannerErr := s.banner, s.bannerErr
	if j.ctx.Err() == nil {
		s.visitTLS(j, nil)
	}
	if s.tlsOnly = s.greeted(); !s.tlsOnly {
		s.banner, s.bannerErr, s.dialErr, s.startErr, s.implicit, s.state = banner, bannerErr, nil, nil, false, nil
	}
	return s.tlsOnly
}

func silent(r *smtpwire.Reply, err error) bool {
	return smtpwire.ClassOf(err) == smtpwire.ClassTimeout && (r == nil || r.Size == 0)
}

// converse goes on from a plain greeting.
func (s *session) converse(j job, c *smtpwire.Conn) {
	defer func() { s.keep(j, c) }()
	if !s.greeted() {
		if s.bannerErr == nil {
			c.Quit()
		}
		return
	}
	if !j.step.Deeper {
		c.Quit()
		return
	}
	if !s.hello(c) {
		return
	}
	s.plain = c.Plain
	if s.plain == nil {
		c.Quit()
		return
	}
	offered := s.plain.Has("STARTTLS")
	if offered && j.step.Own && slices.Contains(j.step.Checks, "starttls") {
		s.askMail(c)
	}
	s.startTLS, s.startErr = c.StartTLS(tlsConfig(j.step.Host))
	s.afterHandshake(j, c)
}

// hello sends EHLO, and HELO when EHLO is not understood.
func (s *session) hello(c *smtpwire.Conn) bool {
	if s.ehlo, s.ehloErr = c.Ehlo(); s.ehloErr != nil {
		return false
	}
	if s.ehlo.Code != 250 {
		s.helo, s.ehloErr = c.Helo()
	}
	return s.ehloErr == nil
}

// askMail finds out whether mail is taken without TLS; nothing but a null sender is given.
func (s *session) askMail(c *smtpwire.Conn) {
	r, err := c.Mail("<>")
	if err != nil {
		return
	}
	if s.mailPlain = r; r.Class() == 2 {
		_, _ = c.Rset()
	}
}

// afterHandshake looks again inside TLS, or tries once more with a small ClientHello.
func (s *session) afterHandshake(j job, c *smtpwire.Conn) {
	if s.state = c.TLSState(); s.state == nil {
		if s.startErr == nil {
			c.Quit()
			return
		}
		s.retrySmall(j)
		return
	}
	s.ehlo2, _ = c.Ehlo()
	s.secure = c.Secure
	c.Quit()
}

// retrySmall tries a ClientHello that fits one segment: some devices choke on the large one of hybrid key exchange.
func (s *session) retrySmall(j job) {
	var e *smtpwire.Error
	if !errors.As(s.startErr, &e) || e.Phase != smtpwire.PhaseHandshake || j.ctx.Err() != nil {
		return
	}
	if e.Class != smtpwire.ClassTimeout && e.Class != smtpwire.ClassReset {
		return
	}
	c, err := j.dial()
	if err != nil {
		return
	}
	defer func() { s.keep(j, c) }()
	cfg := tlsConfig(j.step.Host)
	cfg.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256, tls.CurveP384}
	if s.implicit {
		err = c.Handshake(cfg)
	} else {
		if r, err := c.Banner(); err != nil || r.Code != 220 {
			return
		}
		if _, err := c.Ehlo(); err != nil {
			return
		}
		_, err = c.StartTLS(cfg)
	}
	if err == nil && c.TLSState() != nil {
		s.largeHello, s.startErr = true, nil
		if s.implicit {
			s.banner, s.bannerErr = c.Banner()
		}
		s.afterHandshake(j, c)
	}
}

// visitTLS starts TLS at once.
func (s *session) visitTLS(j job, cfg *tls.Config) {
	s.implicit = true
	c := s.open(j)
	if c == nil {
		return
	}
	defer func() { s.keep(j, c) }()
	if cfg == nil {
		cfg = tlsConfig(j.step.Host)
	}
	s.startErr = c.Handshake(cfg)
	if s.startErr != nil {
		if s.role == RoleSubmissions {
			s.whyNoTLS(j, c)
		}
		return
	}
	s.state = c.TLSState()
	s.banner, s.bannerErr = c.Banner()
	if !s.greeted() {
		if s.bannerErr == nil {
			c.Quit()
		}
		return
	}
	if !j.step.Deeper {
		c.Quit()
		return
	}
	if s.hello(c) {
		s.ehlo2, s.secure = s.ehlo, c.Secure
		c.Quit()
	}
}

// whyNoTLS looks whether a plain server stands on the TLS port: it sent "220", or it will when asked without TLS.
func (s *session) whyNoTLS(j job, c *smtpwire.Conn) {
	var head tls.RecordHeaderError
	switch cl := smtpwire.ClassOf(s.startErr); {
	case errors.As(s.startErr, &head):
		s.bannerErr = fmt.Errorf("%w: %w (starts %q)", smtpwire.ErrNotReply, s.startErr, head.RecordHeader[:])
		if code := string(head.RecordHeader[:3]); code == "220" || code == "421" || code == "554" {
			s.plainBanner(j)
		}
	case cl == smtpwire.ClassTimeout:
		s.plainBanner(j)
		if s.banner == nil {
			s.retrySmall(j)
		}
	default:
		s.retrySmall(j)
	}
}

// plainBanner waits for a greeting without TLS on the TLS port.
func (s *session) plainBanner(j job) {
	c, err := j.dial()
	if err != nil {
		return
	}
	defer func() { s.keep(j, c) }()
	if r, err := c.Banner(); err == nil {
		s.banner, s.bannerErr = r, nil
		s.implicit = false
		c.Quit()
	}
}

// tlsConfig takes what the server gives: its faults are to be listed, not to stop us.
func tlsConfig(h Host) *tls.Config {
	var suites []uint16
	for _, c := range append(tls.CipherSuites(), tls.InsecureCipherSuites()...) {
		suites = append(suites, c.ID)
	}
	return &tls.Config{ServerName: h.SNI(), InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, CipherSuites: suites}
}

// mta guesses the server software from the greeting.
func (s *session) mta() string {
	if s.banner == nil {
		return ""
	}
	text := strings.ToLower(s.banner.Text())
	for _, name := range []string{"postfix", "exim", "sendmail", "opensmtpd"} {
		if strings.Contains(text, name) {
			return name
		}
	}
	return ""
}
