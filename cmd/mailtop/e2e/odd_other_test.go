//go:build e2e

package e2e

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"
	"syscall"
)

func oddScreen() []oddity {
	on := func(name, src string, steps []string, log ...string) oddity {
		return oddity{name, func(l *oddLab) error { return l.talk(src, l.Screen, steps...) }, log}
	}
	// after is a session with postscreen that waits for the greeting, which comes
	// in two parts.
	after := func(steps ...string) []string { return append([]string{"< 220"}, steps...) }
	return []oddity{
		on("talks before the greeting", "127.1.79.1", []string{`! EHLO early\x1b[31m.example\r\n`, "hang"}, "PREGREET", "DISCONNECT [127.1.79.1]"),
		on("hangs up before the greeting", "127.1.79.2", []string{"hang"}, "HANGUP after"),
		on("HTTP", "127.1.79.3", after("> EHLO c.example", "< 250", "> GET / HTTP/1.1", "eof"), "NON-SMTP COMMAND from [127.1.79.3]"),
		on("bare newline", "127.1.79.4", after(`! EHLO c.example\n`, "< 250", "> QUIT", "eof"), "BARE NEWLINE from [127.1.79.4]"),
		on("pipelining", "127.1.79.5", after("> EHLO c.example", "< 250", `! MAIL FROM:<a@b.example>\r\nRCPT TO:<alice@home.example>\r\nDATA\r\nQUIT\r\n`, "eof"), "[127.1.79.5]"),
		on("too many commands", "127.1.79.6", after("> EHLO c.example", "< 250", "> NOOP", "< 250", "> NOOP", "< 250", "> NOOP", "< 250", "> NOOP", "< 250", "> NOOP", "eof"), "COMMAND COUNT LIMIT from [127.1.79.6]"),
		on("refused while tested", "127.1.79.7", after("> EHLO c.example", "< 250", "> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<alice@home.example>", "< 4", "> QUIT", "eof"), "NOQUEUE: reject: RCPT from [127.1.79.7]"),
		on("allowed", "127.1.79.8", []string{"< 220", "> EHLO c.example", "< 250", "> QUIT", "< 221"}, "LISTED [127.1.79.8]"),
		on("denied", "127.1.79.9", after("> EHLO c.example", "< 250", "> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<alice@home.example>", "< 550", "> QUIT", "eof"), "LISTED [127.1.79.9]"),
		on("passed", "127.1.79.10", after("> EHLO c.example", "< 250", "> QUIT", "eof"), "[127.1.79.10]"),
	}
}

func oddDovecot() []oddity {
	imap := func(name, src string, log string, lines ...string) oddity {
		return oddity{name, func(l *oddLab) error { return l.imapTalk(src, lines...) }, []string{"dovecot: " + log}}
	}
	return []oddity{
		imap("no login", "127.1.80.1", "rip=127.1.80.1", "a LOGOUT"),
		imap("hangs up", "127.1.80.2", "rip=127.1.80.2"),
		imap("login", "127.1.80.3", "rip=127.1.80.3", `a LOGIN "alice@home.example" "right-alice"`, "b SELECT INBOX", "c LOGOUT"),
		imap("wrong passwords, then hangs up", "127.1.80.4", "3 attempts in", `a LOGIN "alice@home.example" "x"`, `b LOGIN "alice@home.example" "y"`, `c LOGIN "bob@home.example" "z"`),
		imap("unknown user", "127.1.80.5", "unknown user", `a LOGIN "who@home.example" "x"`, "b LOGOUT"),
		imap("user name that forges a line", "127.1.80.6", "rip=127.1.80.6", `a LOGIN "x>, method=PLAIN, rip=192.0.2.99, lip=1.2.3.4" "x"`, "b LOGOUT"),
		imap("control bytes in the user name", "127.1.80.7", "rip=127.1.80.7", "a LOGIN \"a\x1b[31m\u009bb\u202e\" \"x\"", "b LOGOUT"),
		imap("mechanism not offered", "127.1.80.8", "rip=127.1.80.8", "a AUTHENTICATE CRAM-MD5", "b LOGOUT"),
		imap("login given up", "127.1.80.9", "rip=127.1.80.9", "a AUTHENTICATE PLAIN", "*", "b LOGOUT"),
		imap("no base64", "127.1.80.10", "rip=127.1.80.10", "a AUTHENTICATE PLAIN !!!", "b LOGOUT"),
		imap("too many bad commands", "127.1.80.11", "rip=127.1.80.11", "a FOO", "b FOO", "c FOO", "d FOO", "e FOO", "f FOO"),
		imap("success after a failure", "127.1.80.12", "rip=127.1.80.12", `a LOGIN "bob@home.example" "x"`, `b LOGIN "bob@home.example" "right-bob"`, "c LOGOUT"),
		{"plain text on 993", func(l *oddLab) error { return l.imapsTalk("127.1.80.13", "a LOGIN x y") }, []string{"dovecot: rip=127.1.80.13"}},
		{"certificate not trusted on 993", func(l *oddLab) error { return l.rejectCertificate("127.1.80.14", l.IMAPS) }, []string{"dovecot: rip=127.1.80.14"}},
		{"old TLS on 993", func(l *oddLab) error { return l.oldTLS("127.1.80.15", l.IMAPS) }, []string{"dovecot: rip=127.1.80.15"}},
	}
}

// imapTalk sends lines one by one, waits for a line of answer to each, and hangs up.
func (l *lab) imapTalk(src string, lines ...string) error {
	conn, err := dialFrom(src, l.addr(l.IMAP))
	if err != nil {
		return err
	}
	defer conn.Close()
	return converse(conn, lines)
}

func (l *lab) imapsTalk(src string, line string) error {
	conn, err := dialFrom(src, l.addr(l.IMAPS))
	if err != nil {
		return err
	}
	defer conn.Close()
	_, err = fmt.Fprintf(conn, "%s\r\n", line)
	return err
}

func converse(conn net.Conn, lines []string) error {
	r := bufio.NewReader(conn)
	if _, err := r.ReadString('\n'); err != nil {
		return err
	}
	for _, line := range lines {
		if _, err := fmt.Fprintf(conn, "%s\r\n", line); err != nil {
			return nil // the server may hang up on purpose
		}
		if err := answer(r, firstWord(line)); err != nil {
			return nil
		}
	}
	return nil
}

// answer reads up to the tagged reply, or up to a continuation request.
func answer(r *bufio.Reader, tag string) error {
	for {
		got, err := r.ReadString('\n')
		if err != nil {
			return err
		}
		if tag == "*" || strings.HasPrefix(got, "+") || strings.HasPrefix(got, tag+" ") {
			return nil
		}
	}
}

// killAuth ends Dovecot's authentication processes and what would start them
// anew: the processes outlive a stop for a while.
func (l *oddLab) killAuth() error {
	out, err := l.output("doveadm", "-c", l.etc("dovecot.conf"), "process", "status", "auth")
	if err != nil {
		return err
	}
	if err := l.run("dovecot", "-c", l.etc("dovecot.conf"), "stop"); err != nil {
		return err
	}
	for line := range strings.Lines(out) {
		f := strings.Fields(line)
		if len(f) < 2 || f[0] != "auth" {
			continue
		}
		pid, err := strconv.Atoi(f[1])
		if err != nil {
			return err
		}
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
			return err
		}
	}
	return nil
}

func oddEnd() []oddity {
	return []oddity{
		{"authentication server gone", func(l *oddLab) error {
			c, err := l.submit("127.1.81.1")
			if err != nil {
				return err
			}
			defer c.close()
			if err := l.killAuth(); err != nil {
				return err
			}
			return c.plain(4, address("alice"), password("alice"))
		}, []string{"unknown[127.1.81.1]: SASL PLAIN authentication failed"}},
		{"no authentication server", func(l *oddLab) error {
			return errors.Join(l.run("postfix", "reload"), l.talk("127.1.81.2", l.Slow, "eof"))
		}, []string{"no SASL authentication mechanisms"}},
		{"stop", func(l *oddLab) error { return l.run("postfix", "stop") }, []string{"stopping the Postfix mail system"}},
	}
}
