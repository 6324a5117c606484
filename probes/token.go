package probes

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"time"

	"mailtop/probes/smtpwire"
)

// Token is one connection of a run as the server's log has it: its ends and times, the
// name given in EHLO, and a word that stands in every sender, recipient and Message-ID
// that is the run's to choose. The EHLO name itself holds no word: it must be a name
// that resolves, or a server that looks at it would refuse us for it.
type Token struct {
	Word  string
	Hello string
	User  string         // the account of login attempts
	From  netip.AddrPort // our end
	To    netip.AddrPort
	As    netip.Addr // the client address that the server was told by XCLIENT
	Start time.Time
	End   time.Time // zero while it is open
}

// word marks everything of a run; others cannot guess it.
func (r *run) word() string {
	secret := r.env.Secret
	if secret == "" {
		secret = fmt.Sprintf("%x", r.start.UnixMicro())
	}
	return fmt.Sprintf("mailtop-%s-%d", strings.ToLower(secret), r.id)
}

// token marks one message of the run, in subject, Message-ID and body.
func (j job) token() string {
	return fmt.Sprintf("%s-%d-%x", j.run.word(), j.step.Addr.Port(), j.env.Now().UnixMicro())
}

// told is a connection that says when it ends.
type told struct {
	net.Conn
	mu    sync.Mutex
	token Token
	sent  func(Token)
	now   func() time.Time
	once  sync.Once
}

// Close tells the end, once.
func (c *told) Close() error {
	c.once.Do(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		c.token.End = c.now()
		c.sent(c.token)
	})
	return c.Conn.Close()
}

// as tells that the server takes us for a client at another address from now on.
func (c *told) as(a netip.Addr) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.token.As = a
	c.sent(c.token)
}

// dialTold dials and tells Env.Sent of the connection before anything is said on it.
func (j job) dialTold(ctx context.Context, network, address string) (net.Conn, error) {
	start := j.env.Now()
	c, err := j.env.Dial(ctx, network, address)
	if err != nil || j.env.Sent == nil {
		return c, err
	}
	t := &told{Conn: c, sent: j.env.Sent, now: j.env.Now, token: Token{Word: j.run.word(), Hello: j.env.Hello, Start: start}}
	if j.opt.Login != nil {
		t.token.User = j.opt.Login.User
	}
	if a, ok := c.LocalAddr().(*net.TCPAddr); ok {
		t.token.From = netip.AddrPortFrom(a.AddrPort().Addr().Unmap().WithZone(""), uint16(a.Port))
	}
	if a, ok := c.RemoteAddr().(*net.TCPAddr); ok {
		t.token.To = netip.AddrPortFrom(a.AddrPort().Addr().Unmap().WithZone(""), uint16(a.Port))
	}
	if t.token.Hello == "" {
		t.token.Hello = smtpwire.Literal(t.token.From.Addr())
	}
	t.sent(t.token)
	return t, nil
}
