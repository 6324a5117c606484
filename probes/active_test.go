package probes_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"

	"mailtop/probes"
	"mailtop/probes/probetest"
)

type activeCase struct {
	name   string
	check  string
	opt    probes.Options
	host   func(ca *probetest.CA) probetest.Polite
	raw    func(ca *probetest.CA) probetest.Host // instead of host
	addr   string                                // default 192.0.2.1, as seen from outside
	follow probes.FollowFunc
	want   string
	also   func(t *testing.T, f probes.Finding, n *network)
}

// by answers each command by the first prefix that fits.
func by(pairs ...string) func(*probetest.State, string) string {
	return func(_ *probetest.State, line string) string {
		for i := 0; i < len(pairs); i += 2 {
			if strings.HasPrefix(strings.ToUpper(line), strings.ToUpper(pairs[i])) {
				return pairs[i+1]
			}
		}
		return ""
	}
}

func answering(pairs ...string) func(*probetest.CA) probetest.Polite {
	return func(*probetest.CA) probetest.Polite { return probetest.Polite{Answer: by(pairs...)} }
}

var proving = probes.Options{To: "me@example.net", Prove: true}

// fate is a log that knows the queue id of the polite server.
func fate(status, to string) probes.FollowFunc {
	return func(_ context.Context, id string, _ func(probes.LifeStep) bool) (probes.Fate, error) {
		if id != "4TEST1" {
			return probes.Fate{}, nil
		}
		return probes.Fate{Status: status, To: to, Relay: "mx.example.net[203.0.113.1]:25"}, nil
	}
}

func limited(max uint16, suites ...uint16) func(ca *probetest.CA) probetest.Polite {
	return func(ca *probetest.CA) probetest.Polite {
		p := sound(ca)
		p.Cert.MinVersion, p.Cert.MaxVersion = tls.VersionTLS10, max
		p.Cert.CipherSuites = suites
		return p
	}
}

func modern(ca *probetest.CA) probetest.Polite {
	p := sound(ca)
	p.Cert.MinVersion = tls.VersionTLS12
	p.Cert.CipherSuites = []uint16{tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256}
	return p
}

// obeyInjected is a server that keeps what it read ahead over the handshake.
func obeyInjected(ca *probetest.CA) probetest.Host {
	cfg := sound(ca).Cert
	return probetest.Same(probetest.Send("220 mx.example.org ESMTP"), probetest.Expect("EHLO *"), probetest.Send("250-mx.example.org", "250 STARTTLS"),
		func(t *probetest.Talk) bool {
			t.Line()
			extra := bufio.NewReader(strings.NewReader(t.Ahead()))
			if !probetest.Send("220 go")(t) || !probetest.TLS(cfg)(t) {
				return false
			}
			if l, err := extra.ReadString('\n'); err == nil && !probetest.Send("252 obeyed "+strings.TrimSpace(l))(t) {
				return false
			}
			return probetest.Hang(t)
		})
}

func activeCases() []activeCase {
	return []activeCase{
		{name: "modern TLS", check: "tls.versions", host: modern, want: "ok"},
		{name: "TLS 1.0 too", check: "tls.versions", host: sound, want: "old"},
		{name: "nothing new", check: "tls.versions", host: limited(tls.VersionTLS11), want: "weak"},
		{name: "modern suites", check: "tls.ciphers", host: modern, want: "ok"},
		{name: "CBC", check: "tls.ciphers", host: limited(tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA), want: "old"},
		{name: "RC4", check: "tls.ciphers", host: limited(tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_RC4_128_SHA, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256), want: "weak"},
		{name: "injection obeyed", check: "starttls.injection", raw: obeyInjected, want: "vulnerable"},
		{name: "injection thrown away", check: "starttls.injection", host: sound, want: "safe"},
		{name: "injection refused", check: "starttls.injection", want: "safe", host: func(ca *probetest.CA) probetest.Polite {
			p := sound(ca)
			p.Answer = func(st *probetest.State, line string) string {
				if line == "STARTTLS" && st.Talk.Ahead() != "" {
					return "501 5.5.1 pipelining after STARTTLS"
				}
				return ""
			}
			return p
		}},
		{name: "injection: no second visit", check: "starttls.injection", want: "unknown", raw: func(ca *probetest.CA) probetest.Host {
			return probetest.Host{Script: func(n int) probetest.Script {
				if n == 0 {
					return sound(ca).Script()
				}
				return probetest.Script{probetest.Send("421 4.7.0 too many connections")}
			}}
		}},

		{name: "relay refused", check: "relay", host: answering(), want: "closed", also: relayManners},
		{name: "relay wants login", check: "relay", host: answering("MAIL", "530 5.7.0 Authentication required"), want: "closed"},
		{name: "relay refused softly", check: "relay", host: answering("RCPT", "454 4.7.1 <x>: Relay access denied"), want: "closed"},
		{name: "relay refused softly by Sendmail", check: "relay", host: answering("RCPT", "450 4.4.0 <x>... Relaying temporarily denied. Cannot resolve PTR record for 192.0.2.9"), want: "closed"},
		{name: "mostly deferred", check: "relay", host: answering("RCPT TO:<\"", "550 5.1.1 bad address", "RCPT", "450 4.2.0 try again later"), want: "deferred"},
		{name: "open at RCPT", check: "relay", host: answering("RCPT TO:<no-such", "550 5.1.1 no such user", "RCPT", "250 2.1.5 ok"), want: "accepts_rcpt", also: noData},
		{name: "percent hack", check: "relay", opt: probes.Options{To: "me@example.net"}, host: answering("RCPT TO:<me%example.net@", "250 2.1.5 ok"), want: "accepts_rcpt", also: func(t *testing.T, f probes.Finding, n *network) {
			if d := cmp.Diff([]string{"percent-host", "percent-domain"}, f.Values["techniques"]); d != "" {
				t.Error(d)
			}
		}},
		{name: "proven by the log", check: "relay", opt: proving, host: answering("RCPT TO:<no-such", "550 5.1.1 no", "RCPT", "250 ok"), follow: fate("sent", "me@example.net"), want: "open"},
		{name: "hosts the named recipient", check: "relay", opt: proving, host: answering("RCPT TO:<me@example.net>", "250 ok"), follow: fate("sent", "me@example.net"), want: "not_tested", also: noData},
		{name: "queued and no more", check: "relay", opt: proving, host: answering("RCPT TO:<no-such", "550 5.1.1 no", "RCPT", "250 ok"), follow: fate("deferred", "me@example.net"), want: "accepts_rcpt"},
		{name: "a local mailbox took it", check: "relay", opt: proving, host: answering("RCPT TO:<no-such", "550 5.1.1 no", "RCPT TO:<me%", "250 ok"), follow: fate("sent", "me%example.net@example.org"), want: "accepts_rcpt"},
		{name: "no log", check: "relay", opt: proving, host: answering("RCPT TO:<no-such", "550 5.1.1 no", "RCPT", "250 ok"), want: "accepts_rcpt"},
		{name: "refused late", check: "relay", opt: proving, host: answering("RCPT", "250 ok", ".", "554 5.7.1 not for you"), want: "closed"},
		{name: "trusted is not proven", check: "relay", addr: "127.0.0.1", opt: proving, host: answering("RCPT", "250 ok"), follow: fate("sent", "me@example.net"), want: "trusted_vantage"},
		{name: "252 proves nothing", check: "relay", host: answering("RCPT TO:<no-such", "550 5.1.1 no", "RCPT", "252 cannot verify"), want: "accepts_rcpt"},
		{name: "takes all", check: "relay", host: answering("RCPT", "250 ok"), want: "accept_all"},
		{name: "greylisted", check: "relay", host: answering("RCPT", "450 4.7.1 greylisted, try again"), want: "deferred"},
		{name: "from loopback", check: "relay", addr: "127.0.0.1", host: answering("RCPT", "250 ok"), want: "trusted_vantage"},
		{name: "from loopback with XCLIENT", check: "relay", addr: "127.0.0.1", want: "accepts_rcpt", host: func(*probetest.CA) probetest.Polite {
			return probetest.Polite{Plain: []string{"XCLIENT NAME ADDR"}, Answer: by("XCLIENT", "220 mx.example.org ESMTP", "RCPT TO:<no-such", "550 5.1.1 no such user", "RCPT", "250 ok")}
		}},
		{name: "senders refused", check: "relay", host: answering("MAIL", "550 5.7.27 sender domain takes no mail"), want: "not_tested"},
		{name: "test domain refused", check: "relay", host: answering("RCPT", "450 4.1.2 <x>: Recipient address rejected: Domain not found"), want: "deferred"},
		{name: "rate limited", check: "relay", host: answering("RCPT", "421 4.7.0 too many errors"), want: "not_tested"},
		{name: "banned in the middle", check: "relay", raw: bannedAfterOne, want: "closed", also: func(t *testing.T, f probes.Finding, n *network) {
			if text := strings.Join(f.Evidence, "\n"); !strings.Contains(text, "not tested: after 8 refusals") || !strings.Contains(text, "port 587 answers with a refusal") {
				t.Errorf("evidence %q", text)
			}
		}},

		{name: "spoof refused", check: "sender.spoof", host: answering("MAIL FROM:<postmaster@", "550 5.7.1 log in first"), want: "refused"},
		{name: "spoof taken", check: "sender.spoof", host: answering("RCPT", "250 ok"), want: "accepted"},
		{name: "spoof deferred", check: "sender.spoof", host: answering("RCPT", "451 4.7.1 greylisted"), want: "unknown"},
		{name: "spoof: nobody there", check: "sender.spoof", host: answering("RCPT", "550 5.1.1 User unknown"), want: "unknown"},
		{name: "VRFY: nobody there", check: "enum.vrfy", host: answering("VRFY", "550 5.1.1 User unknown"), want: "unknown"},
		{name: "VRFY off", check: "enum.vrfy", host: answering("VRFY", "502 5.5.1 VRFY command is disabled"), want: "safe"},
		{name: "VRFY 252", check: "enum.vrfy", host: answering("VRFY", "252 2.0.0 send some mail"), want: "safe"},
		{name: "VRFY tells", check: "enum.vrfy", host: answering("VRFY postmaster", "250 2.1.5 <postmaster@example.org>", "VRFY", "550 5.1.1 unknown"), want: "leaks"},
		{name: "VRFY cut", check: "enum.vrfy", host: answering("VRFY", "421 4.3.0 bye"), want: "unknown"},
		{name: "EXPN off", check: "enum.expn", host: answering(), want: "safe"},
		{name: "EXPN tells", check: "enum.expn", host: answering("EXPN postmaster", "250 <root@example.org>", "EXPN", "550 5.1.1 unknown"), want: "leaks"},
		{name: "EXPN later", check: "enum.expn", host: answering("EXPN", "450 later"), want: "unknown"},
		{name: "RCPT takes all", check: "enum.rcpt", host: answering("RCPT", "250 ok"), want: "safe"},
		{name: "RCPT tells", check: "enum.rcpt", host: answering("RCPT TO:<postmaster", "250 ok", "RCPT", "550 5.1.1 unknown"), want: "leaks"},
		{name: "RCPT greylisted", check: "enum.rcpt", host: answering("RCPT", "450 greylisted"), want: "unknown"},
	}
}

// bannedAfterOne lets only the session and one battery connection in.
func bannedAfterOne(*probetest.CA) probetest.Host {
	return probetest.Host{Script: func(n int) probetest.Script {
		if n < 2 {
			return probetest.Polite{}.Script()
		}
		return probetest.Script{probetest.Hang}
	}}
}

// relayManners: never more than eight refused recipients a connection, never DATA, RSET or EHLO for each.
func relayManners(t *testing.T, f probes.Finding, n *network) {
	noData(t, f, n)
	for i := 1; i < n.Dials("192.0.2.1:25"); i++ {
		rcpt := 0
		for _, l := range n.Heard("192.0.2.1:25", i) {
			if strings.HasPrefix(l, "RCPT") && !strings.Contains(l, "no-such-user") {
				rcpt++
			}
		}
		if rcpt > 8 {
			t.Errorf("connection %d asked %d refused recipients", i, rcpt)
		}
	}
	if v := f.Values["variants"].([]map[string]any); len(v) != 12 {
		t.Errorf("%d forms", len(v))
	}
}

func noData(t *testing.T, f probes.Finding, n *network) {
	for i := range n.Dials("192.0.2.1:25") {
		for _, l := range n.Heard("192.0.2.1:25", i) {
			if strings.HasPrefix(l, "DATA") || strings.HasPrefix(l, "BDAT") {
				t.Errorf("connection %d was told %q", i, l)
			}
		}
	}
}

func TestActive(t *testing.T) {
	for _, c := range activeCases() {
		t.Run(c.check+" "+c.name, func(t *testing.T) { synctest.Test(t, c.run) })
	}
}

// list runs the case and returns all findings.
func (c activeCase) list(t *testing.T) []probes.Finding {
	list, _ := c.probe(t)
	return list
}

func (c activeCase) probe(t *testing.T) ([]probes.Finding, *network) {
	ca := probetest.NewCA(t)
	addr := c.addr
	if addr == "" {
		addr = "192.0.2.1"
	}
	h := probetest.Host{}
	if c.raw != nil {
		h = c.raw(ca)
	} else {
		h = probetest.Serve(c.host(ca))
	}
	n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{addr + ":25": h}}}
	o := c.opt
	o.Owned, o.Check = true, []string{c.check}
	env := n.Env()
	env.Follow = c.follow
	list := probeWith(t, env, addr+":25", o, ca.Pool())
	n.Wait()
	return list, n
}

func (c activeCase) run(t *testing.T) {
	list, n := c.probe(t)
	f := find(t, list, c.check)
	if f.Result != c.want {
		t.Fatalf("result %s, want %s\n%s%s", f.Result, c.want, probes.Text(list, 100, false), f.Transcript)
	}
	if c.also != nil {
		c.also(t, f, n)
	}
}

// TestActiveWordsReached: each word of an active check comes out of some server.
func TestActiveWordsReached(t *testing.T) {
	reached := map[string]bool{}
	for _, c := range append(activeCases(), loginCases()...) {
		reached[c.check+" "+c.want] = true
	}
	for _, w := range probes.Words() {
		switch w.Check {
		case "resolve", "summary", "reach", "banner", "ehlo", "starttls", "tls", "auth":
		case "listener", "egress": // see TestListenerWord, TestEgressWord
		default:
			if !reached[w.Check+" "+w.Result] {
				t.Errorf("no case for %s %s", w.Check, w.Result)
			}
		}
	}
}
