package probes

import (
	"crypto/tls"
	"fmt"

	"mailtop/probes/smtpwire"
)

// visit opens a connection, greets, and goes into TLS where the port has it, unless
// plain is asked for. It is what every check after the first session starts from.
func (j job) visit(plain bool) (*smtpwire.Conn, error) {
	return j.visitWith(plain, tlsConfig(j.step.Host))
}

func (j job) visitWith(plain bool, cfg *tls.Config) (*smtpwire.Conn, error) {
	c, err := j.dial()
	if err != nil {
		return c, err
	}
	if j.implicit() {
		if err := c.Handshake(cfg); err != nil {
			return c, err
		}
	}
	if err := greet(c); err != nil {
		return c, err
	}
	if s := j.session(); plain || j.implicit() || !c.Plain.Has("STARTTLS") || s != nil && s.state == nil {
		return c, nil // where the first visit came to no TLS, plain text is all there is
	}
	r, err := c.StartTLS(cfg)
	if err != nil {
		return c, err
	}
	if r.Code == 220 {
		_, err = c.Ehlo()
	}
	return c, err
}

// greet reads the banner and says EHLO.
func greet(c *smtpwire.Conn) error {
	r, err := c.Banner()
	if err == nil && r.Code != 220 {
		err = fmt.Errorf("greeted with %s", r)
	}
	if err != nil {
		return err
	}
	r, err = c.Ehlo()
	if err == nil && r.Code != 250 {
		err = fmt.Errorf("EHLO answered with %s", r)
	}
	return err
}

// session is what the first visit to the port saw, nil when there was none.
func (j job) session() *session {
	j.run.mu.Lock()
	defer j.run.mu.Unlock()
	return j.run.seen[j.step.Addr]
}

func (j job) implicit() bool {
	if s := j.session(); s != nil && s.greeted() {
		return s.implicit
	}
	return j.step.Role == RoleSubmissions
}

// answers says whether the first visit found somebody to talk to; where not, the check is skipped.
func (j job) answers(check string) bool {
	s := j.session()
	if s != nil && s.greeted() && s.caps() != nil {
		return true
	}
	j.out(skipped(check, "the port does not answer with mail service"), j.env.Now())
	return false
}

// tell hands out a finding with the dialogue of a connection, which it closes.
func (j job) tell(f *Finding, c *smtpwire.Conn) {
	t := transcript(j.step.Addr.String(), c.Record())
	f.Transcript = t
	c.Close()
	if s := j.session(); s != nil {
		f.Vantage = s.vantage
		f = withFix(f, s.mta())
	}
	start := j.env.Now()
	if tm := c.Timings(); len(tm) > 0 {
		start = tm[0].Start
	}
	j.out(f, start)
}
