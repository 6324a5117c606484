package demo

import (
	"context"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net"
	"net/netip"
	"net/textproto"
	"strings"
	"time"
)

// dialogTimeout bounds a whole session from the client's side.
const dialogTimeout = 2 * time.Minute

// dialog is the client's end of an SMTP session, plain enough to misbehave.
type dialog struct {
	conn net.Conn
	text *textproto.Conn
	stop func() bool
}

// reply is what a server answered; text holds the enhanced status code too.
type reply struct {
	code int
	text string
}

func (r reply) ok() bool { return r.code >= 200 && r.code < 400 }

// session opens a connection for a dialogue; the greeting is read by greet. A cancelled ctx closes it.
func (n *network) session(ctx context.Context, from netip.Addr, to netip.AddrPort) (*dialog, error) {
	c, err := n.dial(ctx, from, to)
	if err != nil {
		return nil, err
	}
	return newDialog(ctx, c), nil
}

func newDialog(ctx context.Context, c net.Conn) *dialog {
	c.SetDeadline(time.Now().Add(dialogTimeout))
	return &dialog{c, textproto.NewConn(c), context.AfterFunc(ctx, func() { c.Close() })}
}

// close breaks the session off, as clients without manners do.
func (d *dialog) close() {
	d.stop()
	d.conn.Close()
}

// quit ends the session as RFC 5321 wants it.
func (d *dialog) quit() {
	d.cmd("QUIT")
	d.close()
}

// read takes one reply.
func (d *dialog) read() (reply, error) {
	code, text, err := d.text.ReadResponse(0)
	if _, bad := err.(*textproto.Error); err != nil && !bad {
		return reply{}, err
	}
	return reply{code, strings.ReplaceAll(text, "\n", " ")}, nil
}

// cmd sends a line and takes the reply.
func (d *dialog) cmd(format string, args ...any) (reply, error) {
	if err := d.text.PrintfLine(format, args...); err != nil {
		return reply{}, err
	}
	return d.read()
}

// must is cmd for callers to whom a refusal is an error.
func (d *dialog) must(format string, args ...any) error {
	r, err := d.cmd(format, args...)
	if err == nil && !r.ok() {
		err = fmt.Errorf("%d %s", r.code, r.text)
	}
	return err
}

// secure does TLS from here on, without looking at the certificate: the demo
// made it itself.
func (d *dialog) secure() error {
	t := tls.Client(d.conn, &tls.Config{InsecureSkipVerify: true, ServerName: hostName})
	if err := t.Handshake(); err != nil {
		return err
	}
	d.conn, d.text = t, textproto.NewConn(t)
	return nil
}

// greet reads the greeting and says EHLO, with STARTTLS when wanted.
func (d *dialog) greet(helo string, startTLS bool) error {
	if r, err := d.read(); err != nil || !r.ok() {
		return fmt.Errorf("greeting: %d %s %w", r.code, r.text, err)
	}
	if err := d.must("EHLO %s", helo); err != nil || !startTLS {
		return err
	}
	if err := d.must("STARTTLS"); err != nil {
		return err
	}
	if err := d.secure(); err != nil {
		return err
	}
	return d.must("EHLO %s", helo)
}

// auth logs in and says whether that worked.
func (d *dialog) auth(mech, user, password string) (bool, error) {
	b64 := func(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }
	var r reply
	var err error
	if mech == "PLAIN" {
		r, err = d.cmd("AUTH PLAIN %s", b64("\x00"+user+"\x00"+password))
	} else {
		for _, line := range []string{"AUTH LOGIN", b64(user), b64(password)} {
			if r, err = d.cmd("%s", line); err != nil || !r.ok() {
				break
			}
		}
	}
	return r.code == 235, err
}

// data sends a message after DATA was accepted, and takes the reply.
func (d *dialog) data(body string) (reply, error) {
	r, err := d.cmd("DATA")
	if err != nil || r.code != 354 {
		return r, err
	}
	w := d.text.DotWriter()
	if _, err := w.Write([]byte(body)); err != nil {
		return reply{}, err
	}
	if err := w.Close(); err != nil {
		return reply{}, err
	}
	return d.read()
}

// send is a whole transaction; refused recipients are left out.
func (d *dialog) send(from string, to []string, body string) (reply, error) {
	if r, err := d.cmd("MAIL FROM:<%s>", from); err != nil || !r.ok() {
		return r, err
	}
	var last reply
	taken := 0
	for _, t := range to {
		r, err := d.cmd("RCPT TO:<%s>", t)
		if err != nil {
			return r, err
		}
		if last = r; r.ok() {
			taken++
		}
	}
	if taken == 0 {
		return last, nil
	}
	return d.data(body)
}
