//go:build e2e

package e2e

import (
	"bufio"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"strings"
	"time"
)

// clientTimeout bounds each session; a server that hangs fails the test.
const clientTimeout = 30 * time.Second

// client is an SMTP client that says exactly what a test tells it to, from the
// address a test gives it.
type client struct {
	conn net.Conn
	text *textproto.Conn
}

// dialFrom connects from a source address of 127.0.0.0/8.
func dialFrom(src, addr string) (net.Conn, error) {
	ip, err := netip.ParseAddr(src)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{LocalAddr: net.TCPAddrFromAddrPort(netip.AddrPortFrom(ip, 0)), Timeout: clientTimeout}
	c, err := d.Dial("tcp", addr)
	if err != nil {
		return nil, err
	}
	return c, c.SetDeadline(time.Now().Add(clientTimeout))
}

// dial connects and reads the greeting; the reply is an error unless it is 220.
func dial(src, addr string) (*client, error) {
	conn, err := dialFrom(src, addr)
	if err != nil {
		return nil, err
	}
	c := newClient(conn)
	if _, _, err := c.text.ReadResponse(220); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// dialTLS is dial on a port where TLS comes first.
func dialTLS(src, addr string) (*client, error) {
	conn, err := dialFrom(src, addr)
	if err != nil {
		return nil, err
	}
	c := &client{conn: conn}
	c.overTLS()
	if _, _, err := c.text.ReadResponse(220); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

func newClient(conn net.Conn) *client { return &client{conn: conn, text: textproto.NewConn(conn)} }

func (c *client) overTLS() {
	c.conn = tls.Client(c.conn, &tls.Config{InsecureSkipVerify: true, ServerName: "mx.home.example"}) // the lab's own certificate
	c.text = textproto.NewConn(c.conn)
}

func (c *client) close() { c.conn.Close() }

// cmd sends a line and wants a reply that begins with the digits of want.
func (c *client) cmd(want int, format string, args ...any) error {
	if err := c.text.PrintfLine(format, args...); err != nil {
		return err
	}
	if _, _, err := c.text.ReadResponse(want); err != nil {
		return fmt.Errorf("%s: %w", firstWord(fmt.Sprintf(format, args...)), err)
	}
	return nil
}

func firstWord(s string) string {
	w, _, _ := strings.Cut(s, " ")
	return w
}

func (c *client) starttls(helo string) error {
	if err := c.cmd(2, "EHLO %s", helo); err != nil {
		return err
	}
	if err := c.cmd(220, "STARTTLS"); err != nil {
		return err
	}
	c.overTLS()
	return c.cmd(2, "EHLO %s", helo)
}

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// plain tries a login; want is 235 or 535.
func (c *client) plain(want int, user, pass string) error {
	return c.cmd(want, "AUTH PLAIN %s", b64("\x00"+user+"\x00"+pass))
}

func (c *client) login(want int, user, pass string) error {
	if err := c.cmd(334, "AUTH LOGIN"); err != nil {
		return err
	}
	if err := c.cmd(334, "%s", b64(user)); err != nil {
		return err
	}
	return c.cmd(want, "%s", b64(pass))
}

// send sends one message and gives the queue id the server answers with.
func (c *client) send(from string, to []string, subject string) (string, error) {
	if err := c.cmd(2, "MAIL FROM:<%s>", from); err != nil {
		return "", err
	}
	for _, r := range to {
		if err := c.cmd(2, "RCPT TO:<%s>", r); err != nil {
			return "", err
		}
	}
	if err := c.cmd(354, "DATA"); err != nil {
		return "", err
	}
	return c.data(fmt.Sprintf("From: <%s>\r\nSubject: %s\r\n\r\nHello.\r\n", from, subject))
}

// data sends the message text and gives the queue id.
func (c *client) data(text string) (string, error) {
	if _, err := fmt.Fprintf(c.text.W, "%s.\r\n", text); err != nil {
		return "", err
	}
	if err := c.text.W.Flush(); err != nil {
		return "", err
	}
	_, msg, err := c.text.ReadResponse(250)
	if err != nil {
		return "", err
	}
	_, id, ok := strings.Cut(msg, "queued as ")
	if !ok {
		return "", fmt.Errorf("no queue id in %q", msg)
	}
	return strings.TrimSpace(id), nil
}

func (c *client) quit() error {
	err := c.cmd(221, "QUIT")
	c.close()
	return err
}

// submit opens a session of a user from src, under TLS, not yet logged in: on the
// submission port, or on the one with TLS from the first byte where src prefers it.
func (l *lab) submit(src string) (*client, error) {
	if src == newsHost {
		c, err := dialTLS(src, l.addr(l.SMTPS))
		if err != nil {
			return nil, err
		}
		if err := c.cmd(2, "EHLO news.example"); err != nil {
			c.close()
			return nil, err
		}
		return c, nil
	}
	c, err := dial(src, l.addr(l.Submission))
	if err != nil {
		return nil, err
	}
	if err := c.starttls("client.example"); err != nil {
		c.close()
		return nil, err
	}
	return c, nil
}

// imapLogin tries one login per password in one IMAP session from src and leaves
// with LOGOUT; it gives how many succeeded.
func (l *lab) imapLogin(src, user string, passwords ...string) (int, error) {
	conn, err := dialFrom(src, l.addr(l.IMAP))
	if err != nil {
		return 0, err
	}
	defer conn.Close()
	r := bufio.NewReader(conn)
	if _, err := r.ReadString('\n'); err != nil {
		return 0, err
	}
	ok := 0
	for i, p := range append(passwords, "") {
		verb := fmt.Sprintf("LOGIN %q %q", user, p)
		if i == len(passwords) {
			verb = "LOGOUT"
		}
		tag := fmt.Sprintf("a%d", i)
		if _, err := fmt.Fprintf(conn, "%s %s\r\n", tag, verb); err != nil {
			return ok, err
		}
		status, err := imapStatus(r, tag)
		if err != nil {
			return ok, err
		}
		if status == "OK" && verb != "LOGOUT" {
			ok++
		}
	}
	return ok, nil
}

// imapOpen logs in and leaves the session open.
func (l *lab) imapOpen(src, user, pass string) (net.Conn, error) {
	conn, err := dialFrom(src, l.addr(l.IMAP))
	if err != nil {
		return nil, err
	}
	r := bufio.NewReader(conn)
	if _, err = r.ReadString('\n'); err == nil {
		_, err = fmt.Fprintf(conn, "a LOGIN %q %q\r\n", user, pass)
	}
	status := ""
	if err == nil {
		status, err = imapStatus(r, "a")
	}
	if err != nil || status != "OK" {
		conn.Close()
		return nil, fmt.Errorf("login of %s: %s %w", user, status, err)
	}
	return conn, nil
}

func imapStatus(r *bufio.Reader, tag string) (string, error) {
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return "", err
		}
		if rest, ok := strings.CutPrefix(line, tag+" "); ok {
			return firstWord(strings.TrimSpace(rest)), nil
		}
	}
}
