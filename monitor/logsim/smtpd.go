package logsim

import (
	"fmt"
	"strings"
	"time"
)

// Connect opens a session.
func (p *Postfix) Connect(d Proc, c Client) { p.linef(d, "connect from %s", c) }

// Commands counts the commands of a session, those that succeeded and all.
type Commands struct{ ok, total [len(verbs)]int }

// verbs in the order in which smtpd prints its counters.
var verbs = [...]string{"helo", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "bdat", "rset", "noop", "vrfy", "etrn", "quit", "unknown"}

// Add counts n commands of one verb; a verb that smtpd does not know counts as unknown.
func (c *Commands) Add(verb string, ok bool, n int) {
	i := verbIndex(verb)
	c.total[i] += n
	if ok {
		c.ok[i] += n
	}
}

// Total is how many commands of a verb were given.
func (c *Commands) Total(verb string) int { return c.total[verbIndex(verb)] }

func verbIndex(verb string) int {
	for i, v := range verbs {
		if strings.EqualFold(v, verb) {
			return i
		}
	}
	return len(verbs) - 1
}

func (c *Commands) String() string {
	var w strings.Builder
	ok, total := 0, 0
	for i, v := range verbs {
		if c.total[i] > 0 {
			fmt.Fprintf(&w, " %s=%s", v, okOf(c.ok[i], c.total[i]))
		}
		ok, total = ok+c.ok[i], total+c.total[i]
	}
	if total == 0 {
		return " commands=0/0"
	}
	return w.String() + " commands=" + okOf(ok, total)
}

func okOf(ok, total int) string {
	if ok == total {
		return fmt.Sprint(ok)
	}
	return fmt.Sprintf("%d/%d", ok, total)
}

// Disconnect closes a session.
func (p *Postfix) Disconnect(d Proc, c Client, n Commands) { p.linef(d, "disconnect from %s%s", c, &n) }

// Why a session ended without QUIT.
const (
	LostConnection = "lost connection"
	Timeout        = "timeout"
	TooManyErrors  = "too many errors"
)

// Lost tells that a session broke off after a command; after DATA with the
// bytes received. Disconnect follows.
func (p *Postfix) Lost(d Proc, c Client, why, after string, bytes int) {
	if after == "DATA" {
		after = fmt.Sprintf("DATA (%d bytes)", bytes)
	}
	p.linef(d, "%s after %s from %s", why, after, c)
}

// Login is how a client authenticated; the zero value is not at all.
type Login struct{ Method, User string }

// Accept gives a session's transaction its queue id.
func (p *Postfix) Accept(d Proc, id string, c Client, l Login) {
	if l.User == "" {
		p.linef(d, "%s: client=%s", id, c)
		return
	}
	p.linef(d, "%s: client=%s, sasl_method=%s, sasl_username=%s", id, c, l.Method, l.User)
}

// Rejection is a command that was refused. Reply is code, enhanced status code
// and text as the client got it.
type Rejection struct {
	ID                    string // queue id; empty before the first recipient was accepted
	Stage                 string // CONNECT, EHLO, MAIL, RCPT, DATA ..
	Reply                 string
	From, To, Proto, Helo string
}

// Reject refuses a command.
func (p *Postfix) Reject(d Proc, c Client, r Rejection) {
	id := r.ID
	if id == "" {
		id = "NOQUEUE"
	}
	to := " to=<" + r.To + ">"
	if r.To == "" {
		to = ""
	}
	p.linef(d, "%s: reject: %s from %s: %s; from=<%s>%s proto=%s helo=<%s>", id, r.Stage, c, r.Reply, r.From, to, r.Proto, r.Helo)
}

// AuthFailed is a wrong login; user is what the client typed.
func (p *Postfix) AuthFailed(d Proc, c Client, l Login) {
	p.linef(d, "warning: %s: SASL %s authentication failed: (reason unavailable), sasl_username=%s", c, l.Method, l.User)
}

// LimitExceeded refuses a client that did too much of something within anvil's
// time unit, or at once.
func (p *Postfix) LimitExceeded(d Proc, c Client, limit string, n int, service string) {
	p.linef(d, "warning: %s limit exceeded: %d from %s for service %s", limit, n, c, service)
}

// TLSSession is what was agreed in a handshake.
type TLSSession struct {
	Version string // TLSv1.3
	Cipher  string // TLS_AES_128_GCM_SHA256
	Bits    int
	Details string // " key-exchange X25519 server-signature ..", for TLS 1.3
}

// TLS tells of a handshake that succeeded.
func (p *Postfix) TLS(d Proc, c Client, s TLSSession) {
	p.linef(d, "Anonymous TLS connection established from %s: %s with cipher %s (%d/%d bits)%s", c, s.Version, s.Cipher, s.Bits, s.Bits, s.Details)
}

// TLSError tells of a handshake that failed; why is the library's word, and
// stands, as in life, on a line that does not name the client.
func (p *Postfix) TLSError(d Proc, c Client, why string) {
	p.linef(d, "SSL_accept error from %s: -1", c)
	if why != "" {
		p.linef(d, "warning: TLS library problem: %s", why)
	}
}

// NonSMTP tells of a command of another protocol; Postfix hangs up after it.
func (p *Postfix) NonSMTP(d Proc, c Client, text string) {
	p.linef(d, "warning: non-SMTP command from %s: %.100s", c, text)
}

// AnvilRate is anvil's summary of the busiest client of a while: what is
// "connection rate", "message rate", "recipient rate" or "auth rate".
func (p *Postfix) AnvilRate(d Proc, what string, n int, service string, c Client, at time.Time) {
	p.linef(d, "statistics: max %s %d/60s for (%s:%s) at %s", what, n, service, c.IP, at.Format("Jan _2 15:04:05"))
}

// AnvilCache is anvil's summary of how many clients it remembered.
func (p *Postfix) AnvilCache(d Proc, n int, at time.Time) {
	p.linef(d, "statistics: max cache size %d at %s", n, at.Format("Jan _2 15:04:05"))
}
