//go:build e2e

package e2e

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
)

// listenFunc serves each connection of a free loopback port with f until closed.
func listenFunc(host string, f func(net.Conn)) (net.Listener, error) {
	ln, err := net.Listen("tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, err
	}
	go func() {
		for {
			c, err := ln.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				f(c)
			}()
		}
	}()
	return ln, nil
}

// policyAnswers is what the policy service answers by the recipient's local part.
var policyAnswers = map[string]string{
	"policy-grey":    "451 4.7.1 Greylisting in effect, please come back later",
	"policy-reject":  "REJECT SPF check failed",
	"policy-prepend": "PREPEND Received-SPF: pass (test)",
	"policy-hold":    "HOLD wants a look",
	"policy-defer":   "DEFER_IF_PERMIT try again later",
	"policy-warn":    "WARN something odd",
	"policy-discard": "DISCARD thrown away",
}

// policyService speaks Postfix's policy delegation protocol.
func policyService(c net.Conn) {
	r := bufio.NewReader(c)
	answer := "DUNNO"
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimSuffix(line, "\n")
		if rcpt, ok := strings.CutPrefix(line, "recipient="); ok {
			if a, ok := policyAnswers[localPart(rcpt)]; ok {
				answer = a
			}
		}
		if line != "" {
			continue
		}
		if _, err := fmt.Fprintf(c, "action=%s\n\n", answer); err != nil {
			return
		}
		answer = "DUNNO"
	}
}

// Next hops that misbehave.

func dropsAtOnce(net.Conn) {}

func refusesToTalk(c net.Conn) {
	fmt.Fprint(c, "421 4.7.0 too many connections from your address, try again later\r\n")
}

func refusesForGood(c net.Conn) {
	fmt.Fprint(c, "554 5.7.1 Service unavailable; Client host blocked using list.example\r\n")
}

func neverAnswers(c net.Conn) { io.Copy(io.Discard, c) } //nolint:errcheck // until the client gives up

// spamFilter refuses the message after its end, with a reply of two lines.
func spamFilter(c net.Conn) {
	r := bufio.NewReader(c)
	fmt.Fprint(c, "220 filter.example ESMTP\r\n")
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		switch strings.ToUpper(firstWord(strings.TrimSpace(line))) {
		case "EHLO", "HELO", "MAIL", "RCPT", "RSET":
			fmt.Fprint(c, "250 2.1.0 fine\r\n")
		case "DATA":
			fmt.Fprint(c, "354 go on\r\n")
			for line != ".\r\n" {
				if line, err = r.ReadString('\n'); err != nil {
					return
				}
			}
			fmt.Fprint(c, "550-5.7.1 Our system has detected that this message is likely unsolicited mail.\r\n550 5.7.1 To reduce spam, it was blocked (see <https://filter.example/?q=1>)\r\n")
		default:
			fmt.Fprint(c, "221 2.0.0 bye\r\n")
			return
		}
	}
}
