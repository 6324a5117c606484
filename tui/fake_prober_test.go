package tui

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtop/probes"
)

// fakeProber plans as the real one does, for two addresses, and gives the findings
// that a test wrote down.
type fakeProber struct {
	err      error
	findings []probes.Finding
	notes    []string // what the log says of the message given in at 192.0.2.1:587
	block    bool     // Run waits for its context after the findings
	sockets  []probes.Socket
	ran      []probes.Work
}

func (f *fakeProber) Work(_ context.Context, target string, o probes.Options) (probes.Work, error) {
	if f.err != nil {
		return probes.Work{}, f.err
	}
	t, err := probes.ParseTarget(target)
	if err != nil {
		return probes.Work{}, err
	}
	if err := o.Validate(); err != nil {
		return probes.Work{}, err
	}
	t.Hosts = []probes.Host{{Name: t.Name, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::25")}}}
	o.BanTool = probes.BanTool{Name: "fail2ban", Jails: []string{"postfix", "recidive"}}
	if t.Name == "localhost" {
		t.Hosts[0].Addrs = []netip.Addr{netip.MustParseAddr("127.0.0.1"), netip.MustParseAddr("::1")}
		o.Local = t.Hosts[0].Addrs
	}
	return probes.Plan(t, o), nil
}

func (f *fakeProber) Run(ctx context.Context, w probes.Work, emit func(probes.Finding), note func(netip.AddrPort, string)) error {
	f.ran = append(f.ran, w)
	for _, n := range f.notes {
		note(netip.MustParseAddrPort("192.0.2.1:587"), n)
	}
	for _, x := range f.findings {
		emit(x)
	}
	if f.block {
		<-ctx.Done()
		return nil
	}
	return nil
}

func (f *fakeProber) Listening(context.Context) []probes.Socket { return f.sockets }

func dialogue() *probes.Transcript {
	t := &probes.Transcript{Title: "192.0.2.1:587"}
	say := func(ms int, dir, phase string, tls bool, text string) {
		d := time.Duration(ms) * time.Millisecond
		t.Entries = append(t.Entries, probes.Entry{Time: fixtureNow.Add(d), Since: d, Dir: dir, Phase: phase, TLS: tls, Text: text})
	}
	say(0, "*", "connect", false, "connect tcp 192.0.2.1:587")
	say(12, "S", "banner", false, "220 mx1.example.net ESMTP Postfix")
	say(12, "C", "ehlo", false, "EHLO probe.example.net")
	for _, k := range []string{"mx1.example.net", "PIPELINING", "SIZE 52428800", "STARTTLS", "AUTH PLAIN LOGIN", "ENHANCEDSTATUSCODES", "8BITMIME"} {
		say(25, "S", "ehlo", false, "250-"+k)
	}
	say(25, "S", "ehlo", false, "250 CHUNKING")
	say(26, "C", "starttls", false, "STARTTLS")
	say(38, "S", "starttls", false, "220 2.0.0 Ready to start TLS")
	say(61, "*", "handshake", true, "TLS 1.3, TLS_AES_256_GCM_SHA384, certificate of mail.example.net, valid to 2026-08-01")
	say(61, "C", "ehlo2", true, "EHLO probe.example.net")
	for _, k := range []string{"mx1.example.net", "PIPELINING", "AUTH PLAIN LOGIN"} {
		say(74, "S", "ehlo2", true, "250-"+k)
	}
	say(74, "S", "ehlo2", true, "250 CHUNKING")
	say(75, "C", "quit", true, "QUIT")
	say(88, "S", "quit", true, "221 2.0.0 Bye")
	return t
}

// probeFindings are those of a run on a host whose IPv6 side does not answer.
func probeFindings() []probes.Finding {
	tr := dialogue()
	var out []probes.Finding
	add := func(addr string, port uint16, check string, v probes.Verdict, result, title string) *probes.Finding {
		out = append(out, probes.Finding{
			Target: "mx1.example.net", Address: addr, Port: port, Vantage: probes.FromOutside, Check: check,
			Verdict: v, Result: result, Title: title, MS: 12.4, Transcript: tr,
		})
		return &out[len(out)-1]
	}
	const v4, v6 = "192.0.2.1", "2001:db8::25"
	add(v4, 25, "reach", probes.OK, "open", "answers in 12 ms").Values = map[string]any{"family": "ipv4", "seconds": map[string]float64{"connect": 0.0011, "banner": 0.0124}}
	add(v4, 25, "banner", probes.OK, "ok", "greeting is sound")
	add(v4, 25, "ehlo", probes.OK, "ok", "EHLO works: PIPELINING SIZE STARTTLS 8BITMIME")
	add(v4, 25, "starttls", probes.OK, "ok", "STARTTLS works")
	tls := add(v4, 25, "tls", probes.Warn, "wrong_name", "certificate is for another name: mail.example.net")
	tls.Fix, tls.Ref = "use a certificate with the name that clients and MX records use", "RFC 9525"
	tls.Values = map[string]any{"names": []string{"mail.example.net", "example.net"}, "days_left": 81, "key": "ECDSA P-256"}
	tls.Evidence = []string{"names in the certificate: mail.example.net, example.net"}
	add(v4, 25, "auth", probes.OK, "ok", "login is offered where it should be")
	for _, port := range []uint16{587, 465} {
		add(v4, port, "reach", probes.OK, "open", "answers in 13 ms")
		add(v4, port, "banner", probes.OK, "ok", "greeting is sound")
		add(v4, port, "ehlo", probes.OK, "ok", "EHLO works")
		add(v4, port, "starttls", probes.OK, "required", "STARTTLS works and is required")
		add(v4, port, "tls", probes.OK, "ok", "certificate is sound, 81 days left")
	}
	add(v4, 587, "auth", probes.Bad, "cleartext", "login is offered without TLS: PLAIN LOGIN").Fix = "smtpd_tls_auth_only = yes"
	add(v4, 465, "auth", probes.OK, "ok", "PLAIN and LOGIN under TLS")
	for _, port := range []uint16{25, 587, 465} {
		add(v6, port, "reach", probes.Warn, "timeout", "no answer to the connection after 10 s")
		for _, c := range []string{"banner", "ehlo", "starttls", "tls", "auth"} {
			add(v6, port, c, probes.Skipped, "not_tested", "not tested: no connection")
		}
	}
	sum := add("", 0, "summary", probes.Bad, "faults", "faults found")
	sum.Values = map[string]any{"bad": 1, "warn": 4, "unknown": 0}
	sum.Vantage, sum.Transcript = "", nil
	return out
}

// firstFindings are those of the first n.
func firstFindings(n int) []probes.Finding { return slices.Clone(probeFindings()[:n]) }

var errNoName = errors.New(`target "nx.example": no such name; give an address`)

// sockets reads "address:port process".
func sockets(t testing.TB, list ...string) []probes.Socket {
	t.Helper()
	var out []probes.Socket
	for _, s := range list {
		addr, process, _ := strings.Cut(s, " ")
		out = append(out, probes.Socket{Addr: netip.MustParseAddrPort(addr), Process: process})
	}
	return out
}
