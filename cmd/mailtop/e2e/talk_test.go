//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// talk holds a scripted SMTP session from src. Each step is one of
//
//	< 250      a reply that begins with these digits must come
//	> text     sends a line
//	! text     sends Go-quoted bytes as they are
//	tls        TLS handshake
//	login U    AUTH PLAIN of a user of the lab
//	eof        the server must hang up, whatever it says before
//	hang       closes the connection without a QUIT
//
// A step that fails is named in the error.
func (l *lab) talk(src string, port int, steps ...string) error {
	conn, err := dialFrom(src, l.addr(port))
	if err != nil {
		return err
	}
	c := newClient(conn)
	defer func() { c.close() }()
	for _, s := range steps {
		if err := c.step(s); err != nil {
			return fmt.Errorf("%q: %w", s, err)
		}
	}
	return nil
}

func (c *client) step(s string) error {
	verb, arg, _ := strings.Cut(s, " ")
	switch verb {
	case "<":
		want, err := strconv.Atoi(arg)
		if err != nil {
			return err
		}
		_, _, err = c.text.ReadResponse(want)
		return err
	case ">":
		return c.text.PrintfLine("%s", arg)
	case "!":
		raw, err := strconv.Unquote(`"` + arg + `"`)
		if err != nil {
			return err
		}
		_, err = io.WriteString(c.conn, raw)
		return err
	case "tls":
		c.overTLS()
		return nil
	case "login":
		return c.plain(235, address(arg), password(arg))
	case "eof":
		for {
			_, err := c.text.ReadLine()
			if errors.Is(err, os.ErrDeadlineExceeded) {
				return err
			}
			if err != nil { // the end, or reset by the server: gone all the same
				return nil
			}
		}
	case "hang":
		return c.conn.Close()
	}
	return fmt.Errorf("no such step")
}

// message is the usual session that sends one message: headers and body follow
// DATA; the server's word about it begins with want.
func message(from, to, data string, want int) []string {
	return []string{"< 220", "> EHLO client.example", "< 250", "> MAIL FROM:" + from, "< 250", "> RCPT TO:" + to, "< 250",
		"> DATA", "< 354", "> " + strings.ReplaceAll(data, "\n", "\r\n") + "\r\n.", "< " + strconv.Itoa(want), "> QUIT", "< 221"}
}
