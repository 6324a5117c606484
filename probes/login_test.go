package probes_test

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xdg-go/scram"

	"mailtop/probes"
	"mailtop/probes/probetest"
)

const user, password = "anna@example.org", "pass-word-7"

func b64(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

func unb64(s string) string {
	b, _ := base64.StdEncoding.DecodeString(s)
	return string(b)
}

// accounts is a server's side of SASL, made from the RFCs and not from the client's code.
type accounts struct {
	mech  string
	step  int
	scram *scram.ServerConversation
}

const challenge = "<1896.697170952@mx.example.org>"

func (a *accounts) answer(st *probetest.State, line string) string {
	if rest, ok := strings.CutPrefix(line, "AUTH "); ok {
		mech, first, _ := strings.Cut(rest, " ")
		a.mech, a.step = mech, 0
		return a.take(first, first != "")
	}
	if a.mech != "" {
		return a.take(line, true)
	}
	return ""
}

func (a *accounts) done(good bool) string {
	a.mech = ""
	if good {
		return "235 2.7.0 ok"
	}
	return "535 5.7.8 no"
}

func (a *accounts) take(line string, given bool) string {
	a.step++
	text := unb64(line)
	switch a.mech {
	case "PLAIN":
		return a.done(text == "\x00"+user+"\x00"+password)
	case "LOGIN":
		return a.login(text, given)
	case "CRAM-MD5":
		if !given {
			return "334 " + b64(challenge)
		}
		m := hmac.New(md5.New, []byte(password))
		m.Write([]byte(challenge))
		return a.done(text == user+" "+hex.EncodeToString(m.Sum(nil)))
	case "XOAUTH2":
		if a.step == 1 && text != "user="+user+"\x01auth=Bearer "+password+"\x01\x01" {
			return "334 " + b64(`{"status":"401"}`)
		}
		return a.done(a.step == 1)
	case "OAUTHBEARER":
		if a.step == 1 && text != "n,a="+user+",\x01auth=Bearer "+password+"\x01\x01" {
			return "334 " + b64(`{"status":"invalid_token"}`)
		}
		return a.done(a.step == 1)
	case "SCRAM-SHA-256", "SCRAM-SHA-1":
		return a.scramStep(text)
	}
	return "504 5.5.4 no such mechanism"
}

func (a *accounts) login(text string, given bool) string {
	switch {
	case !given:
		return "334 " + b64("User Name\x00") // not the usual prompt, on purpose
	case a.step == 2:
		if text != user {
			return a.done(false)
		}
		return "334 " + b64("Pass:")
	}
	return a.done(text == password)
}

func (a *accounts) scramStep(text string) string {
	if a.step == 1 {
		hash := scram.SHA256
		if a.mech == "SCRAM-SHA-1" {
			hash = scram.SHA1
		}
		c, _ := hash.NewClient(user, password, "")
		stored, _ := c.GetStoredCredentialsWithError(scram.KeyFactors{Salt: "salt", Iters: 4096})
		s, _ := hash.NewServer(func(string) (scram.StoredCredentials, error) { return stored, nil })
		a.scram = s.NewConversation()
	}
	if a.scram.Done() {
		return a.done(a.scram.Valid())
	}
	out, err := a.scram.Step(text)
	if err != nil {
		return a.done(false)
	}
	return "334 " + b64(out)
}

func withAccounts(mechs ...string) func(ca *probetest.CA) probetest.Polite {
	return func(ca *probetest.CA) probetest.Polite {
		p := sound(ca)
		p.Secure = []string{"AUTH " + strings.Join(mechs, " ")}
		p.Answer = (&accounts{}).answer
		return p
	}
}

func login(mech string) probes.Options {
	return probes.Options{Login: &probes.Login{User: user, Password: password, Mechanisms: []string{mech}}}
}

func loginCases() []activeCase {
	var out []activeCase
	for _, m := range []string{"PLAIN", "LOGIN", "CRAM-MD5", "SCRAM-SHA-1", "SCRAM-SHA-256", "XOAUTH2", "OAUTHBEARER"} {
		out = append(out, activeCase{name: m, check: "auth.login", opt: login(m), host: withAccounts(m), want: "ok", also: noSecret})
		wrong := login(m)
		wrong.Login = &probes.Login{User: user, Password: "wrong-" + password, Mechanisms: []string{m}}
		out = append(out, activeCase{name: m + " wrong", check: "auth.login", opt: wrong, host: withAccounts(m), also: noSecret, want: "bad_credentials"})
	}
	refusing := func(reply string) func(ca *probetest.CA) probetest.Polite {
		return func(ca *probetest.CA) probetest.Polite {
			p := sound(ca)
			p.Answer = by("AUTH", reply)
			return p
		}
	}
	mail := probes.Options{To: "me@example.net"}
	return append(out,
		activeCase{name: "refused", check: "auth.login", opt: login("PLAIN"), host: refusing("534 5.7.9 too weak"), want: "refused"},
		activeCase{name: "backend down", check: "auth.login", opt: login("PLAIN"), host: refusing("454 4.7.0 temporary failure"), want: "tempfail"},
		activeCase{name: "challenge is no base64", check: "auth.login", opt: login("PLAIN"), host: refusing("334 %%%"), want: "error"},
		activeCase{name: "endless challenges", check: "auth.login", opt: login("XOAUTH2"), want: "error", host: func(ca *probetest.CA) probetest.Polite {
			p := sound(ca)
			p.Secure, p.Answer = []string{"AUTH XOAUTH2"}, func(st *probetest.State, line string) string {
				if strings.HasPrefix(line, "EHLO") || line == "*" || line == "STARTTLS" || line == "QUIT" || strings.HasPrefix(line, "MAIL") || line == "RSET" {
					return ""
				}
				return "334 "
			}
			return p
		}},
		activeCase{name: "no TLS, no password", check: "auth.login", opt: login("PLAIN"), want: "not_tested", host: func(*probetest.CA) probetest.Polite { return plain("AUTH PLAIN") }, also: noSecret},
		activeCase{name: "no account", check: "auth.login", host: sound, want: "not_tested"},
		activeCase{name: "nothing in common", check: "auth.login", opt: login("CRAM-MD5"), host: sound, want: "not_tested"},

		activeCase{name: "taken", check: "submit", opt: mail, host: answering("RCPT", "250 ok"), want: "accepted", also: func(t *testing.T, f probes.Finding, n *network) {
			if f.Values["queue_id"] != "4TEST1" {
				t.Errorf("queue id %v", f.Values["queue_id"])
			}
			body := strings.Join(n.Heard("192.0.2.1:25", 1), "\n")
			token := fmt.Sprint(f.Values["token"])
			if strings.Count(body, token) < 3 || !strings.Contains(body, "To: <me@example.net>") {
				t.Errorf("message %q lacks token %q", body, token)
			}
		}},
		activeCase{name: "taken and delivered", check: "submit", opt: mail, host: answering("RCPT", "250 ok"), follow: fate("sent", "me@example.net"), want: "accepted"},
		activeCase{name: "taken and bounced", check: "submit", opt: mail, host: answering("RCPT", "250 ok"), follow: fate("bounced", "me@example.net"), want: "refused"},
		activeCase{name: "taken and deferred", check: "submit", opt: mail, host: answering("RCPT", "250 ok"), follow: fate("deferred", "me@example.net"), want: "deferred", also: func(t *testing.T, f probes.Finding, _ *network) {
			if f.Values["stage"] != "delivery" || !strings.Contains(strings.Join(f.Evidence, " "), "--timeout") {
				t.Errorf("stage %v, %v", f.Values["stage"], f.Evidence)
			}
		}},
		activeCase{name: "no recipient", check: "submit", host: sound, want: "not_tested"},
		activeCase{name: "refused at RCPT", check: "submit", opt: mail, host: answering(), want: "refused"},
		activeCase{name: "refused at the dot", check: "submit", opt: mail, host: answering("RCPT", "250 ok", ".", "550 5.7.1 spam"), want: "refused"},
		activeCase{name: "greylisted", check: "submit", opt: mail, host: answering("RCPT", "450 4.7.1 greylisted"), want: "deferred"},
		activeCase{name: "silent after the dot", check: "submit", opt: mail, want: "timeout", host: func(*probetest.CA) probetest.Polite {
			return probetest.Polite{Answer: func(st *probetest.State, line string) string {
				switch {
				case strings.HasPrefix(line, "RCPT"):
					return "250 ok"
				case line == ".":
					probetest.Delay(time.Minute)(st.Talk)
				}
				return ""
			}}
		}},
		activeCase{name: "with login", check: "submit", want: "accepted", host: func(ca *probetest.CA) probetest.Polite {
			p, a := sound(ca), &accounts{}
			p.Answer = func(st *probetest.State, line string) string {
				if strings.HasPrefix(line, "RCPT") {
					return "250 ok"
				}
				return a.answer(st, line)
			}
			return p
		}, opt: probes.Options{To: "me@example.net", Login: &probes.Login{User: user, Password: password}}, also: func(t *testing.T, f probes.Finding, n *network) {
			noSecret(t, f, n)
			if f.Values["from"] != user {
				t.Errorf("sender %v", f.Values["from"])
			}
		}},
		activeCase{name: "only CRLF", check: "smuggling", opt: mail, host: answering("RCPT", "250 ok"), raw: endsAt("\r\n.\r\n"), want: "safe"},
		activeCase{name: "LF dot CRLF", check: "smuggling", opt: mail, raw: endsAt("\n.\r\n"), want: "vulnerable", also: func(t *testing.T, f probes.Finding, n *network) {
			if d := cmp.Diff([]string{"LF.CRLF"}, f.Values["accepted"]); d != "" {
				t.Error(d)
			}
		}},
		activeCase{name: "not taken at all", check: "smuggling", opt: mail, host: answering(), want: "unknown"},
		activeCase{name: "none", check: "greylist", opt: mail, host: answering("RCPT", "250 ok"), want: "none"},
		activeCase{name: "two minutes", check: "greylist", opt: mail, raw: greylisted(2 * time.Minute), want: "detected", also: func(t *testing.T, f probes.Finding, n *network) {
			if s, _ := f.Values["seconds"].(float64); s < 120 || s > 150 {
				t.Errorf("%v seconds, the list waits 120", s)
			}
		}},
		activeCase{name: "for ever", check: "greylist", opt: mail, host: answering("RCPT", "450 4.7.1 later"), want: "unknown"},
		activeCase{name: "refused", check: "greylist", opt: mail, host: answering("RCPT", "550 5.7.1 no"), want: "unknown"},
		activeCase{name: "unlimited", check: "rate", host: sound, want: "unlimited"},
		activeCase{name: "421 after 10", check: "rate", raw: servedTimes(10), want: "limited", also: func(t *testing.T, f probes.Finding, n *network) {
			if f.Values["visits"] != 9 { // the session before is one
				t.Errorf("%v visits", f.Values["visits"])
			}
		}},
		activeCase{name: "refuses samples", check: "filter", opt: mail, host: answering("RCPT", "250 ok", ".", "554 5.7.1 virus"), want: "rejects"},
		activeCase{name: "takes samples", check: "filter", opt: mail, host: answering("RCPT", "250 ok"), want: "accepts"},
		activeCase{name: "filter not reached", check: "filter", opt: mail, host: answering(), want: "not_tested"},
	)
}

// endsAt is a server that takes one sequence, and the right one, for the end of a message.
func endsAt(ending string) func(*probetest.CA) probetest.Host {
	return func(*probetest.CA) probetest.Host {
		return probetest.Same(probetest.Send("220 mx.example.org ESMTP"), func(t *probetest.Talk) bool {
			data, got := false, ""
			for buf := make([]byte, 4096); ; {
				n, err := t.Read(buf)
				if err != nil {
					return false
				}
				got += string(buf[:n])
				switch {
				case data && (strings.HasSuffix(got, "\r\n.\r\n") || strings.Contains(got, ending) && ending != "\r\n.\r\n"):
					data, got = false, ""
					probetest.Send("250 2.0.0 Ok: queued as 4TEST1")(t)
				case data:
				case strings.HasPrefix(got, "DATA"):
					data, got = true, ""
					probetest.Send("354 go on")(t)
				default:
					got = ""
					probetest.Send("250 mx.example.org")(t)
				}
			}
		})
	}
}

// greylisted says "later" until the time has come.
func greylisted(d time.Duration) func(*probetest.CA) probetest.Host {
	return func(*probetest.CA) probetest.Host {
		start := time.Now()
		return probetest.Serve(probetest.Polite{Answer: func(_ *probetest.State, line string) string {
			switch {
			case !strings.HasPrefix(line, "RCPT"):
				return ""
			case time.Since(start) < d:
				return "450 4.2.0 greylisted, see you later"
			}
			return "250 ok"
		}})
	}
}

// servedTimes is a server that has enough after n connections.
func servedTimes(n int) func(*probetest.CA) probetest.Host {
	return func(*probetest.CA) probetest.Host {
		return probetest.Host{Script: func(i int) probetest.Script {
			if i < n {
				return probetest.Polite{}.Script()
			}
			return probetest.Script{probetest.Send("421 4.7.0 too many connections")}
		}}
	}
}

// noSecret: the password is in no line of the transcript and in no value, in no form.
func noSecret(t *testing.T, f probes.Finding, _ *network) {
	t.Helper()
	text := f.Transcript.String() + fmt.Sprint(f)
	for _, s := range []string{password, b64(password), b64("\x00" + user + "\x00" + password)} {
		if strings.Contains(text, s) {
			t.Errorf("%q is shown in %s", s, text)
		}
	}
}

func TestLoginAndMail(t *testing.T) {
	for _, c := range loginCases() {
		t.Run(c.check+" "+c.name, func(t *testing.T) { synctest.Test(t, c.run) })
	}
}

// TestOneGuessOnly: a refused password is not tried with the next mechanism.
func TestOneGuessOnly(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := probetest.NewCA(t)
		n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{smtpAddr: probetest.Serve(withAccounts("PLAIN", "LOGIN", "CRAM-MD5")(ca))}}}
		list := probeOne(t, n, smtpAddr, probes.Options{Check: []string{"auth.login"}, Login: &probes.Login{User: user, Password: "nope", Mechanisms: []string{"all"}}}, ca.Pool())
		n.Wait()
		tries := 0
		for _, f := range list {
			if f.Check == "auth.login" {
				tries++
			}
		}
		if tries != 1 {
			t.Errorf("%d tries with a wrong password", tries)
		}
	})
}
