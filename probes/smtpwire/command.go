package smtpwire

import (
	"bytes"
	"io"
	"net"
	"net/netip"
	"strings"
	"time"
)

// Banner reads the greeting.
func (c *Conn) Banner() (*Reply, error) { return c.Read(PhaseBanner) }

// Cmd sends one command line, CRLF added, and reads its reply.
func (c *Conn) Cmd(p Phase, line string) (*Reply, error) {
	return c.exchange(p, []byte(line+"\r\n"), nil)
}

// CmdSecret is Cmd for a line that must not be recorded; shown stands in the record.
func (c *Conn) CmdSecret(p Phase, line, shown string) (*Reply, error) {
	return c.exchange(p, []byte(line+"\r\n"), []byte(shown+"\r\n"))
}

func (c *Conn) exchange(p Phase, raw, shown []byte) (*Reply, error) {
	t := c.begin(p)
	early := c.in != nil && c.in.Buffered() > 0
	if err := c.send(p, raw, shown); err != nil {
		return nil, c.finish(t, err)
	}
	r, err := c.read(p)
	if r != nil && early {
		r.Anomalies |= EarlyData
	}
	return r, c.finish(t, err)
}

// Ehlo sends EHLO with the name of the options and keeps the capabilities.
func (c *Conn) Ehlo() (*Reply, error) { return c.EhloAs(c.hello()) }

// hello is the name of the options, else the address literal of our end.
func (c *Conn) hello() string {
	if c.o.Hello != "" {
		return c.o.Hello
	}
	a, ok := c.LocalAddr().(*net.TCPAddr)
	if !ok {
		return "[127.0.0.1]"
	}
	return Literal(a.AddrPort().Addr())
}

// Literal is an address as it stands in EHLO and behind an at sign (RFC 5321 section 4.1.3).
func Literal(a netip.Addr) string {
	if a = a.Unmap().WithZone(""); a.Is6() {
		return "[IPv6:" + a.String() + "]"
	}
	return "[" + a.String() + "]"
}

// EhloAs is Ehlo with another name.
func (c *Conn) EhloAs(name string) (*Reply, error) {
	p := PhaseEhlo
	if c.tls != nil {
		p = PhaseEhlo2
	}
	r, err := c.Cmd(p, "EHLO "+name)
	if err != nil || r.Code != 250 {
		return r, err
	}
	if c.tls != nil {
		c.Secure = ParseCaps(r.Lines)
	} else {
		c.Plain = ParseCaps(r.Lines)
	}
	return r, nil
}

// Helo sends the HELO of RFC 821.
func (c *Conn) Helo() (*Reply, error) { return c.Cmd(PhaseEhlo, "HELO "+c.hello()) }

// Mail sends MAIL FROM with arg as it is, angle brackets and parameters included.
func (c *Conn) Mail(arg string) (*Reply, error) { return c.Cmd(PhaseMail, "MAIL FROM:"+arg) }

// Rcpt sends RCPT TO with arg as it is.
func (c *Conn) Rcpt(arg string) (*Reply, error) { return c.Cmd(PhaseRcpt, "RCPT TO:"+arg) }

// Rset forgets the transaction.
func (c *Conn) Rset() (*Reply, error) { return c.Cmd(PhaseRset, "RSET") }

// Data sends DATA and, after a 354, the message: line ends made CRLF, dots
// stuffed, final dot added. The reply is the last one read.
func (c *Conn) Data(message []byte) (*Reply, error) {
	r, err := c.Cmd(PhaseData, "DATA")
	if err != nil || r.Code != 354 {
		return r, err
	}
	return c.exchange(PhaseDot, Stuff(message), nil)
}

// Stuff makes a message ready for DATA.
func Stuff(message []byte) []byte {
	var b bytes.Buffer
	for line := range strings.Lines(string(message)) {
		if line[0] == '.' {
			b.WriteByte('.')
		}
		b.WriteString(strings.TrimRight(line, "\r\n"))
		b.WriteString("\r\n")
	}
	b.WriteString(".\r\n")
	return b.Bytes()
}

// Quit says QUIT, waits a moment for the answer and closes.
func (c *Conn) Quit() {
	if c.stream != nil {
		limit := c.o.Limits.Command
		c.o.Limits.Command = min(limit, quitLimit)
		_, _ = c.Cmd(PhaseQuit, "QUIT")
		c.o.Limits.Command = limit
	}
	c.Close()
}

// quitLimit is how long the answer to QUIT is worth waiting for.
const quitLimit = time.Second

// ReadFull reads n bytes of whatever the server sends, within the limit of the phase.
func (c *Conn) ReadFull(p Phase, n int) ([]byte, error) {
	if c.stream == nil {
		return nil, &Error{p, ClassClosed, net.ErrClosed}
	}
	c.phase = p
	c.arm(c.limit(p))
	b := make([]byte, n)
	_, err := io.ReadFull(c.in, b)
	return b, c.wrap(p, err)
}

// Drain reads for d what the server sends unasked, at most a buffer full.
func (c *Conn) Drain(p Phase, d time.Duration) []byte {
	if c.stream == nil {
		return nil
	}
	c.phase = p
	c.arm(d)
	b, _ := c.in.Peek(1)
	if len(b) == 0 {
		return nil
	}
	b, _ = c.in.Peek(c.in.Buffered())
	out := append([]byte(nil), b...)
	_, _ = c.in.Discard(len(out))
	return out
}
