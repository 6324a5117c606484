package probes_test

import (
	"context"
	"crypto/x509"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailtop/probes"
	"mailtop/probes/probetest"
)

const (
	smtpAddr  = "192.0.2.1:25"
	submAddr  = "192.0.2.1:587"
	submsAddr = "192.0.2.1:465"
)

var passive = []string{"reach", "banner", "ehlo", "starttls", "tls", "auth"}

// probeOne runs the checks on one target of a network in virtual time.
func probeOne(t *testing.T, n *network, target string, o probes.Options, roots *x509.CertPool) []probes.Finding {
	t.Helper()
	return probeWith(t, n.Env(), target, o, roots)
}

func probeWith(t *testing.T, env *probes.Env, target string, o probes.Options, roots *x509.CertPool) []probes.Finding {
	t.Helper()
	env.Roots = roots
	var out []probes.Finding
	if _, err := probes.Probe(context.Background(), env, target, o, func(f probes.Finding) { out = append(out, f) }); err != nil {
		t.Fatal(err)
	}
	return out
}

// results is "check result" of all findings but the summary and what was skipped.
func results(list []probes.Finding) map[string]string {
	out := map[string]string{}
	for _, f := range list {
		if f.Check != "summary" && f.Verdict != probes.Skipped {
			out[f.Check] = f.Result
		}
	}
	return out
}

func find(t *testing.T, list []probes.Finding, check string) probes.Finding {
	t.Helper()
	for _, f := range list {
		if f.Check == check {
			return f
		}
	}
	t.Fatalf("no finding of %s in %v", check, list)
	return probes.Finding{}
}

// script of a server that takes no TLS.
func plain(caps ...string) probetest.Polite { return probetest.Polite{Plain: caps} }

type sessionCase struct {
	name   string
	addr   string
	host   func(ca *probetest.CA) probetest.Host
	target string // default: the address
	owned  bool
	want   map[string]string
	took   time.Duration // at most, virtual; 0 is not asked
}

func sound(ca *probetest.CA) probetest.Polite {
	return probetest.Polite{Cert: ca.Issue(probetest.Leaf{Names: []string{"mx.example.org"}}), Plain: []string{"PIPELINING"}, Secure: []string{"PIPELINING", "AUTH PLAIN LOGIN"}}
}

func certHost(l probetest.Leaf) func(ca *probetest.CA) probetest.Host {
	return func(ca *probetest.CA) probetest.Host {
		p := sound(ca)
		p.Cert = ca.Issue(l)
		return probetest.Serve(p)
	}
}

func fails(errno syscall.Errno) func(*probetest.CA) probetest.Host {
	return func(*probetest.CA) probetest.Host { return probetest.Host{Err: errno} }
}

func script(a ...probetest.Action) func(*probetest.CA) probetest.Host {
	return func(*probetest.CA) probetest.Host { return probetest.Same(a...) }
}

func polite(p probetest.Polite) func(*probetest.CA) probetest.Host {
	return func(*probetest.CA) probetest.Host { return probetest.Serve(p) }
}

func sessionCases() []sessionCase {
	send, hang := probetest.Send, probetest.Action(probetest.Hang)
	const good = "220 mx.example.org ESMTP"
	return []sessionCase{
		{name: "sound", addr: smtpAddr, host: func(ca *probetest.CA) probetest.Host { return probetest.Serve(sound(ca)) }, target: "mx.example.org:25",
			want: map[string]string{"resolve": "ok", "reach": "open", "banner": "ok", "ehlo": "ok", "starttls": "ok", "tls": "ok", "auth": "ok"}},
		{name: "refused", addr: smtpAddr, host: fails(syscall.ECONNREFUSED), want: map[string]string{"reach": "refused"}},
		{name: "reset in connect", addr: smtpAddr, host: fails(syscall.ECONNRESET), want: map[string]string{"reach": "reset"}},
		{name: "no route", addr: smtpAddr, host: fails(syscall.EHOSTUNREACH), want: map[string]string{"reach": "unreachable"}},
		{name: "no net", addr: smtpAddr, host: fails(syscall.ENETUNREACH), want: map[string]string{"reach": "unreachable"}},
		{name: "prohibited", addr: smtpAddr, host: fails(syscall.EACCES), want: map[string]string{"reach": "prohibited"}},
		{name: "dropped", addr: smtpAddr, host: func(*probetest.CA) probetest.Host { return probetest.Host{Drop: true} },
			want: map[string]string{"reach": "timeout"}, took: 10 * time.Second},
		{name: "closed", addr: smtpAddr, host: script(probetest.Close), want: map[string]string{"reach": "closed"}},
		{name: "never greets", addr: smtpAddr, host: script(hang), want: map[string]string{"reach": "no_banner"}, took: 25 * time.Second},
		{name: "greet wait", addr: smtpAddr, host: script(probetest.Delay(6*time.Second), send(good), probetest.Expect("EHLO *"), send("250 mx.example.org"), probetest.Expect("STARTTLS"), send("502 no"), probetest.Expect("QUIT"), send("221 bye")),
			want: map[string]string{"reach": "slow_banner", "banner": "ok", "ehlo": "ok", "starttls": "not_offered", "auth": "ok"}, took: 7 * time.Second},
		{name: "another protocol", addr: smtpAddr, host: script(send("SSH-2.0-OpenSSH_9.6")), want: map[string]string{"reach": "not_smtp"}},
		{name: "binary without end", addr: smtpAddr, host: script(probetest.Raw("\x00\x01\xff\xfe"), probetest.Close), want: map[string]string{"reach": "not_smtp"}},
		{name: "flood", addr: smtpAddr, host: script(probetest.Flood("220-" + strings.Repeat("x", 500) + "\r\n")), want: map[string]string{"reach": "protocol_error"}},
		{name: "drips", addr: smtpAddr, host: script(probetest.Drip(strings.Repeat("220-slow\r\n", 50), time.Second)),
			want: map[string]string{"reach": "protocol_error"}, took: 16 * time.Second},
		{name: "wrong code", addr: smtpAddr, host: script(send("250 hello"), probetest.Expect("QUIT")), want: map[string]string{"reach": "protocol_error"}},
		{name: "554 greeting", addr: smtpAddr, host: script(send("554 5.7.1 blocked"), probetest.Expect("QUIT")), want: map[string]string{"reach": "rejected_554"}},
		{name: "421 greeting", addr: smtpAddr, host: script(send("421 4.3.2 too busy"), probetest.Close), want: map[string]string{"reach": "tempfail_421"}},
		{name: "TLS on 25", addr: smtpAddr, host: func(ca *probetest.CA) probetest.Host { p := sound(ca); p.Implicit = true; return probetest.Serve(p) }, target: "mx.example.org:25",
			want: map[string]string{"resolve": "ok", "reach": "tls_expected", "banner": "ok", "ehlo": "ok", "starttls": "ok", "tls": "ok", "auth": "ok"}},
		{name: "plain on 465", addr: submsAddr, host: polite(plain()), want: map[string]string{"reach": "plaintext_on_tls_port", "banner": "ok"}},
		{name: "sound 465", addr: submsAddr, host: func(ca *probetest.CA) probetest.Host { p := sound(ca); p.Implicit = true; return probetest.Serve(p) }, target: "mx.example.org:465",
			want: map[string]string{"resolve": "ok", "reach": "open", "banner": "ok", "ehlo": "ok", "starttls": "ok", "tls": "ok", "auth": "ok"}},
		{name: "465 hangs in the handshake", addr: submsAddr, host: script(hang), want: map[string]string{"reach": "no_banner", "starttls": "timeout"}, took: 60 * time.Second},
		{name: "banner names another", addr: smtpAddr, host: polite(probetest.Polite{Banner: "220 other.example.org ESMTP"}),
			want: map[string]string{"reach": "open", "banner": "mismatch", "ehlo": "ok", "starttls": "not_offered", "auth": "ok"}},
		{name: "masked", addr: smtpAddr, host: polite(probetest.Polite{Banner: "220 *******************************2****", Plain: []string{"XXXXXXXA", "PIPELINING"}}),
			want: map[string]string{"reach": "open", "banner": "masked", "ehlo": "ok", "starttls": "stripped", "auth": "ok"}},
		{name: "hidden STARTTLS", addr: smtpAddr, host: func(ca *probetest.CA) probetest.Host { p := sound(ca); p.Hidden = true; return probetest.Serve(p) }, target: "mx.example.org:25",
			want: map[string]string{"resolve": "ok", "reach": "open", "banner": "ok", "ehlo": "ok", "starttls": "stripped", "tls": "ok", "auth": "ok"}},
		{name: "HELO only", addr: smtpAddr, host: script(send(good), probetest.Expect("EHLO *"), send("500 what"), probetest.Expect("HELO *"), send("250 hi"), probetest.Expect("QUIT"), send("221 bye")),
			want: map[string]string{"reach": "open", "banner": "ok", "ehlo": "helo_only"}},
		{name: "EHLO refused", addr: smtpAddr, host: script(send(good), probetest.Expect("EHLO *"), send("550 bad name"), probetest.Expect("HELO *"), send("550 bad name"), probetest.Expect("QUIT")),
			want: map[string]string{"reach": "open", "banner": "ok", "ehlo": "failed"}},
		{name: "closed at EHLO", addr: smtpAddr, host: script(send(good), probetest.Expect("EHLO *")), want: map[string]string{"reach": "open", "banner": "ok", "ehlo": "failed"}},
		{name: "STARTTLS refused", addr: smtpAddr, host: polite(probetest.Polite{Plain: []string{"STARTTLS"}, Answer: answer("STARTTLS", "454 4.7.0 TLS not available")}),
			want: map[string]string{"reach": "open", "banner": "ok", "ehlo": "ok", "starttls": "refused"}},
		{name: "STARTTLS hangs", addr: smtpAddr, host: script(send(good), probetest.Expect("EHLO *"), send("250-mx.example.org", "250 STARTTLS"), probetest.Expect("STARTTLS"), hang),
			want: map[string]string{"reach": "open", "banner": "ok", "ehlo": "ok", "starttls": "timeout"}, took: 11 * time.Second},
		{name: "handshake garbage", addr: smtpAddr, host: script(send(good), probetest.Expect("EHLO *"), send("250-mx.example.org", "250 STARTTLS"), probetest.Expect("STARTTLS"), send("220 go"), func(c *probetest.Talk) bool { c.Line(); return true }, send("hello hello hello")),
			want: map[string]string{"reach": "open", "banner": "ok", "ehlo": "ok", "starttls": "handshake_failed"}},
		{name: "mail needs TLS", addr: submAddr, owned: true, target: "mx.example.org:587", host: func(ca *probetest.CA) probetest.Host {
			p := sound(ca)
			p.Answer = func(st *probetest.State, line string) string {
				if strings.HasPrefix(line, "MAIL") && !st.TLS {
					return "530 5.7.0 Must issue a STARTTLS command first"
				}
				return ""
			}
			return probetest.Serve(p)
		}, want: map[string]string{"resolve": "ok", "reach": "open", "banner": "ok", "ehlo": "ok", "starttls": "required", "tls": "ok", "auth": "ok"}},
		{name: "password in clear", addr: submAddr, host: polite(plain("AUTH PLAIN LOGIN")), want: map[string]string{"reach": "open", "banner": "ok", "ehlo": "ok", "starttls": "not_offered", "auth": "cleartext"}},
		{name: "TLS fails on 587", addr: submAddr, host: polite(probetest.Polite{Plain: []string{"STARTTLS"}, Answer: answer("STARTTLS", "454 4.7.0 TLS not available")}),
			want: map[string]string{"reach": "open", "banner": "ok", "ehlo": "ok", "starttls": "refused"}},
		{name: "legacy AUTH= line", addr: submAddr, host: polite(plain("AUTH=LOGIN")), want: map[string]string{"reach": "open", "banner": "ok", "ehlo": "ok", "starttls": "not_offered", "auth": "cleartext"}},
		{name: "no login on 587", addr: submAddr, host: polite(plain()), want: map[string]string{"reach": "open", "banner": "ok", "ehlo": "ok", "starttls": "not_offered", "auth": "none_offered"}},
		{name: "expired", addr: smtpAddr, target: "mx.example.org:25", host: certHost(probetest.Leaf{Names: []string{"mx.example.org"}, From: -90 * probetest.Day, To: -2 * probetest.Day}), want: certWant("expired")},
		{name: "not yet", addr: smtpAddr, target: "mx.example.org:25", host: certHost(probetest.Leaf{Names: []string{"mx.example.org"}, From: probetest.Day, To: 90 * probetest.Day}), want: certWant("not_yet_valid")},
		{name: "wrong name", addr: smtpAddr, target: "mx.example.org:25", host: certHost(probetest.Leaf{Names: []string{"www.example.org"}}), want: certWant("wrong_name")},
		{name: "no name", addr: smtpAddr, target: "mx.example.org:25", host: certHost(probetest.Leaf{}), want: certWant("no_san")},
		{name: "expired and wrong", addr: smtpAddr, target: "mx.example.org:25", host: certHost(probetest.Leaf{Names: []string{"www.example.org"}, From: -90 * probetest.Day, To: -2 * probetest.Day}), want: certWant("several")},
		{name: "self-signed", addr: smtpAddr, target: "mx.example.org:25", want: certWant("self_signed"), host: func(ca *probetest.CA) probetest.Host {
			p := sound(ca)
			p.Cert = probetest.SelfSigned(ca.T(), probetest.Leaf{Names: []string{"mx.example.org"}})
			return probetest.Serve(p)
		}},
		{name: "self-signed and another name", addr: smtpAddr, target: "mx.example.org:25", want: certWant("self_signed"), host: func(ca *probetest.CA) probetest.Host {
			p := sound(ca)
			p.Cert = probetest.SelfSigned(ca.T(), probetest.Leaf{Names: []string{"www.example.org"}})
			return probetest.Serve(p)
		}},
		{name: "self-signed on 587", addr: submAddr, target: "mx.example.org:587", want: certWant("clients_refuse"), host: func(ca *probetest.CA) probetest.Host {
			p := sound(ca)
			p.Cert = probetest.SelfSigned(ca.T(), probetest.Leaf{Names: []string{"mx.example.org"}})
			return probetest.Serve(p)
		}},
		{name: "wrong name on 465", addr: submsAddr, target: "mx.example.org:465", want: certWant("clients_refuse"), host: func(ca *probetest.CA) probetest.Host {
			p := sound(ca)
			p.Implicit, p.Cert = true, ca.Issue(probetest.Leaf{Names: []string{"www.example.org"}})
			return probetest.Serve(p)
		}},
		{name: "expired on 587", addr: submAddr, target: "mx.example.org:587", want: certWant("expired"), host: certHost(probetest.Leaf{Names: []string{"mx.example.org"}, From: -90 * probetest.Day, To: -2 * probetest.Day})},
		{name: "unknown CA", addr: smtpAddr, target: "mx.example.org:25", want: certWant("unknown_ca"), host: func(ca *probetest.CA) probetest.Host {
			p, other := sound(ca), probetest.NewCA(ca.T())
			p.Cert = other.Issue(probetest.Leaf{Names: []string{"mx.example.org"}}, other.Cert)
			return probetest.Serve(p)
		}},
		{name: "intermediate missing", addr: smtpAddr, target: "mx.example.org:25", want: certWant("incomplete_chain"), host: func(ca *probetest.CA) probetest.Host {
			p := sound(ca)
			p.Cert = ca.Sub().Issue(probetest.Leaf{Names: []string{"mx.example.org"}, AIA: "http://ca.example.org/sub.der"})
			return probetest.Serve(p)
		}},
		{name: "intermediate sent", addr: smtpAddr, target: "mx.example.org:25", want: certWant("ok"), host: func(ca *probetest.CA) probetest.Host {
			p, sub := sound(ca), ca.Sub()
			p.Cert = sub.Issue(probetest.Leaf{Names: []string{"mx.example.org"}, AIA: "http://ca.example.org/sub.der"}, sub.Cert)
			return probetest.Serve(p)
		}},
		{name: "weak key", addr: smtpAddr, target: "mx.example.org:25", host: func(ca *probetest.CA) probetest.Host {
			p := sound(ca)
			p.Cert = ca.Issue(probetest.Leaf{Names: []string{"mx.example.org"}, Key: probetest.WeakKey(ca.T())})
			return probetest.Serve(p)
		}, want: certWant("weak_key")},
	}
}

func certWant(word string) map[string]string {
	return map[string]string{"resolve": "ok", "reach": "open", "banner": "ok", "ehlo": "ok", "starttls": "ok", "tls": word, "auth": "ok"}
}

func answer(verb, reply string) func(*probetest.State, string) string {
	return func(_ *probetest.State, line string) string {
		if strings.HasPrefix(strings.ToUpper(line), verb) {
			return reply
		}
		return ""
	}
}

func TestSession(t *testing.T) {
	for _, c := range sessionCases() {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ca := probetest.NewCA(t)
				n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{c.addr: c.host(ca)}},
					Zone: Zone{A: map[string][]string{"mx.example.org": {"192.0.2.1"}}}}
				target := c.target
				if target == "" {
					target = c.addr
				}
				start := time.Now()
				got := probeOne(t, n, target, probes.Options{Owned: c.owned, Check: passive}, ca.Pool())
				if d := cmp.Diff(c.want, results(got)); d != "" {
					t.Errorf("results (-want +got):\n%s%s", d, probes.Text(got, 100, false))
				}
				took := time.Since(start)
				n.Wait()
				if c.took > 0 && took > c.took+100*time.Millisecond {
					t.Errorf("took %s, at most %s allowed", took, c.took)
				}
				for _, f := range got {
					if f.Title == "result not in the table" {
						t.Errorf("%s: result %q has no verdict", f.Check, f.Result)
					}
				}
			})
		})
	}
}

// TestWordsReached: a word that no server can produce is no result.
func TestWordsReached(t *testing.T) {
	reached := map[string]bool{}
	for _, c := range sessionCases() {
		for check, result := range c.want {
			reached[check+" "+result] = true
		}
	}
	for _, w := range probes.Words() {
		switch w.Check {
		case "reach", "banner", "ehlo", "starttls", "tls", "auth":
			if !reached[w.Check+" "+w.Result] && w.Result != "weak_signature" { // see TestCertFaults
				t.Errorf("no case for %s %s", w.Check, w.Result)
			}
		}
	}
}
