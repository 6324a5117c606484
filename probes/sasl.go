package probes

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/xdg-go/scram"

	"mailtop/probes/smtpwire"
)

// Login is an account to try. The password stays in memory and out of every record.
type Login struct {
	User, Password string   // or a bearer token, for XOAUTH2 and OAUTHBEARER
	Mechanisms     []string // those to try; empty is the strongest that is offered
}

// String keeps the password out of whatever prints a Login.
func (l Login) String() string { return "login of " + l.User }

// GoString keeps it out of %#v.
func (l Login) GoString() string { return l.String() }

// mechanism is a SASL exchange: start gives the initial response ("" and false for none),
// next answers a challenge.
type mechanism struct {
	name     string
	readable bool // the password can be read by whoever sees the exchange
	token    bool // wants a bearer token, not a password
	start    func(Login) ([]byte, bool)
	next     func(challenge []byte) ([]byte, error)
}

// mechanisms makes fresh exchanges, the strongest first.
func mechanisms(l Login) []mechanism {
	return []mechanism{
		scramMech("SCRAM-SHA-256", scram.SHA256, l),
		scramMech("SCRAM-SHA-1", scram.SHA1, l),
		cramMD5(l),
		{name: "PLAIN", readable: true, start: func(l Login) ([]byte, bool) { return []byte("\x00" + l.User + "\x00" + l.Password), true }, next: noMore},
		loginMech(l),
		{name: "OAUTHBEARER", readable: true, token: true, next: bearerError, start: func(l Login) ([]byte, bool) {
			return []byte("n,a=" + strings.NewReplacer("=", "=3D", ",", "=2C").Replace(l.User) + ",\x01auth=Bearer " + l.Password + "\x01\x01"), true
		}},
		{name: "XOAUTH2", readable: true, token: true, next: func([]byte) ([]byte, error) { return nil, nil }, start: func(l Login) ([]byte, bool) {
			return []byte("user=" + l.User + "\x01auth=Bearer " + l.Password + "\x01\x01"), true
		}},
	}
}

func noMore([]byte) ([]byte, error) {
	return nil, errors.New("the server asks for more than the mechanism has")
}

// bearerError answers the JSON that tells why a token was refused (RFC 7628 section 3.2.3): only then comes the final reply.
func bearerError([]byte) ([]byte, error) { return []byte{1}, nil }

// loginMech is the LOGIN of no RFC: two prompts, whatever they say.
func loginMech(l Login) mechanism {
	step := 0
	return mechanism{name: "LOGIN", readable: true, start: func(Login) ([]byte, bool) { return nil, false },
		next: func([]byte) ([]byte, error) {
			step++
			switch step {
			case 1:
				return []byte(l.User), nil
			case 2:
				return []byte(l.Password), nil
			}
			return noMore(nil)
		}}
}

// cramMD5 is RFC 2195.
func cramMD5(l Login) mechanism {
	return mechanism{name: "CRAM-MD5", start: func(Login) ([]byte, bool) { return nil, false },
		next: func(challenge []byte) ([]byte, error) {
			m := hmac.New(md5.New, []byte(l.Password))
			m.Write(challenge)
			return []byte(l.User + " " + hex.EncodeToString(m.Sum(nil))), nil
		}}
}

// scramMech is RFC 5802 and RFC 7677; the server's proof is checked too.
func scramMech(name string, hash scram.HashGeneratorFcn, l Login) mechanism {
	var conv *scram.ClientConversation
	return mechanism{name: name,
		start: func(l Login) ([]byte, bool) {
			client, err := hash.NewClient(l.User, l.Password, "")
			if err != nil { // the name or password has characters that SASLprep forbids
				if client, err = hash.NewClientUnprepped(l.User, l.Password, ""); err != nil {
					return nil, false
				}
			}
			conv = client.NewConversation()
			first, err := conv.Step("")
			return []byte(first), err == nil
		},
		next: func(challenge []byte) ([]byte, error) {
			if conv == nil {
				return nil, errors.New("no conversation")
			}
			out, err := conv.Step(string(challenge))
			return []byte(out), err
		}}
}

const maxSteps = 8 // exchanges of a login

// authenticate runs one exchange; its reply is the server's last. What carries the
// password is not recorded.
func authenticate(c *smtpwire.Conn, m mechanism, l Login) (*smtpwire.Reply, error) {
	keepOut(c, l)
	line, shown := "AUTH "+m.name, "AUTH "+m.name
	if first, has := m.start(l); has {
		b := base64.StdEncoding.EncodeToString(first)
		c.Secret(b)
		line, shown = line+" "+b, shown+" [redacted]"
	}
	r, err := c.CmdSecret(smtpwire.PhaseAuth, line, shown)
	for range maxSteps {
		if err != nil || r.Code != 334 {
			return r, err
		}
		challenge, derr := base64.StdEncoding.DecodeString(strings.TrimSpace(r.Text()))
		if derr != nil {
			return cancel(c, fmt.Errorf("challenge is not base64: %w", derr))
		}
		answer, aerr := m.next(challenge)
		if aerr != nil {
			return cancel(c, aerr)
		}
		b := base64.StdEncoding.EncodeToString(answer)
		c.Secret(b)
		r, err = c.CmdSecret(smtpwire.PhaseAuth, b, "[redacted]")
	}
	return cancel(c, errors.New("the exchange does not end"))
}

func cancel(c *smtpwire.Conn, err error) (*smtpwire.Reply, error) {
	r, _ := c.Cmd(smtpwire.PhaseAuth, "*")
	return r, err
}

func keepOut(c *smtpwire.Conn, l Login) {
	c.Secret(l.Password)
	c.Secret(base64.StdEncoding.EncodeToString([]byte(l.Password)))
}
