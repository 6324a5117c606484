package probetest

import (
	"crypto/tls"
	"strings"
)

// Polite is a well-behaved mail server; zero fields are the usual thing.
type Polite struct {
	Banner string   // default "220 mx.example.org ESMTP"
	Name   string   // in the EHLO reply, default mx.example.org
	Plain  []string // EHLO keywords before TLS; STARTTLS is added where Cert is set and Implicit is not
	Secure []string // and after
	Cert   *tls.Config

	Implicit bool // TLS from the first byte
	Hidden   bool // STARTTLS works and is not told

	// Answer may replace the answer to a line, "" for the usual one. st is the state before it.
	Answer func(st *State, line string) string
	// Message gets each message accepted.
	Message func(st *State, body string)
}

// State is where a session of a Polite stands.
type State struct {
	Talk  *Talk
	TLS   bool
	From  string
	Rcpts []string
	Heard int // commands before this one
}

// Script is the server as a script.
func (p Polite) Script() Script {
	var s Script
	if p.Implicit {
		s = append(s, TLS(p.Cert))
	}
	if p.Banner == "" {
		p.Banner = "220 mx.example.org ESMTP"
	}
	if p.Name == "" {
		p.Name = "mx.example.org"
	}
	return append(s, Send(p.Banner), p.converse)
}

func (p Polite) converse(t *Talk) bool {
	st := &State{Talk: t, TLS: p.Implicit}
	for {
		line, ok := t.Line()
		if !ok {
			return false
		}
		reply := ""
		if p.Answer != nil {
			reply = p.Answer(st, line)
		}
		if reply == "" {
			reply = p.usual(st, line)
		}
		st.Heard++
		if !p.act(st, line, reply) {
			return false
		}
	}
}

func (p Polite) usual(st *State, line string) string {
	verb, _, _ := strings.Cut(strings.ToUpper(line), " ")
	switch {
	case verb == "EHLO":
		return p.ehlo(st)
	case verb == "STARTTLS" && p.Cert != nil && !st.TLS:
		return "220 2.0.0 go ahead"
	case verb == "MAIL", verb == "RSET", verb == "NOOP", verb == "HELO":
		return "250 2.0.0 ok"
	case verb == "RCPT":
		return "554 5.7.1 Relay access denied"
	case verb == "DATA" && len(st.Rcpts) > 0:
		return "354 go on"
	case verb == "DATA":
		return "503 5.5.1 no valid recipients"
	case verb == "QUIT":
		return "221 2.0.0 bye"
	}
	return "502 5.5.2 command not recognised"
}

func (p Polite) ehlo(st *State) string {
	words := p.Plain
	if st.TLS {
		words = p.Secure
	} else if p.Cert != nil && !p.Hidden {
		words = append([]string{"STARTTLS"}, words...)
	}
	lines := append([]string{p.Name}, words...)
	for i := range lines {
		sep := "-"
		if i == len(lines)-1 {
			sep = " "
		}
		lines[i] = "250" + sep + lines[i]
	}
	return strings.Join(lines, "\r\n")
}

// act sends the reply and does what the command means.
func (p Polite) act(st *State, line, reply string) bool {
	if !st.Talk.write(reply + "\r\n") {
		return false
	}
	good := reply[0] == '2' || reply[0] == '3'
	switch verb, _, _ := strings.Cut(strings.ToUpper(line), " "); {
	case verb == "STARTTLS" && strings.HasPrefix(reply, "220"):
		st.TLS = true
		return TLS(p.Cert)(st.Talk)
	case verb == "MAIL" && good:
		st.From, st.Rcpts = line, nil
	case verb == "RSET":
		st.From, st.Rcpts = "", nil
	case verb == "RCPT" && good:
		st.Rcpts = append(st.Rcpts, line)
	case verb == "DATA" && reply[0] == '3':
		return p.body(st)
	case verb == "QUIT":
		return false
	}
	return !strings.HasPrefix(reply, "421")
}

func (p Polite) body(st *State) bool {
	var b strings.Builder
	for {
		l, ok := st.Talk.Line()
		if !ok {
			return false
		}
		if l == "." {
			break
		}
		b.WriteString(l + "\n")
	}
	reply := ""
	if p.Answer != nil {
		reply = p.Answer(st, ".")
	}
	if reply == "" {
		reply = "250 2.0.0 Ok: queued as 4TEST1"
	}
	if reply[0] == '2' && p.Message != nil {
		p.Message(st, b.String())
	}
	st.From, st.Rcpts = "", nil
	return st.Talk.write(reply + "\r\n")
}
