package probes_test

import (
	"context"
	"errors"
	"net"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/miekg/dns"

	"mailtop/probes"
)

// TestResolver asks a real DNS server on loopback: the answers of RFC 7505 and of
// names that do not exist must come through the library unharmed.
func TestResolver(t *testing.T) {
	pc, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	zone := map[string]string{
		"example.org. MX":       "example.org. 60 IN MX 10 mx1.example.org.",
		"null.example. MX":      "null.example. 60 IN MX 0 .",
		"mx1.example.org. A":    "mx1.example.org. 60 IN A 192.0.2.1",
		"mx1.example.org. AAAA": "mx1.example.org. 60 IN AAAA 2001:db8::1",
	}
	started := make(chan struct{})
	srv := &dns.Server{PacketConn: pc, NotifyStartedFunc: func() { close(started) }, Handler: dns.HandlerFunc(func(w dns.ResponseWriter, q *dns.Msg) {
		m := new(dns.Msg).SetReply(q)
		m.RecursionAvailable = true
		name, typ := q.Question[0].Name, dns.TypeToString[q.Question[0].Qtype]
		rr, ok := zone[name+" "+typ]
		switch {
		case name == "broken.example.":
			m.Rcode = dns.RcodeServerFailure
		case ok:
			r, _ := dns.NewRR(rr)
			m.Answer = append(m.Answer, r)
		case name == "nowhere.example.":
			m.Rcode = dns.RcodeNameError
		}
		_ = w.WriteMsg(m)
	})}
	go func() { _ = srv.ActivateAndServe() }()
	<-started
	t.Cleanup(func() { _ = srv.Shutdown() })
	r, err := probes.NewResolver(pc.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	for _, c := range []struct {
		domain   string
		want     []probes.MX
		notFound bool
		fails    bool
	}{
		{"example.org", []probes.MX{{Host: "mx1.example.org", Pref: 10}}, false, false},
		{"null.example", []probes.MX{{Host: ".", Pref: 0}}, false, false},
		{"nowhere.example", nil, true, true},
		{"mx1.example.org", nil, true, true},
		{"broken.example", nil, false, true},
	} {
		got, err := r.MX(ctx, c.domain)
		if d := cmp.Diff(c.want, got); d != "" || errors.Is(err, probes.ErrNotFound) != c.notFound || (err != nil) != c.fails {
			t.Errorf("MX of %s: %v, %v", c.domain, got, err)
		}
	}
	if a, err := r.Addrs(ctx, "mx1.example.org"); err != nil || len(a) != 2 {
		t.Errorf("addresses %v, %v", a, err)
	}
	if _, err := r.Addrs(ctx, "nowhere.example"); !errors.Is(err, probes.ErrNotFound) {
		t.Errorf("no such name: %v", err)
	}
	if _, err := r.Addrs(ctx, "broken.example"); err == nil || errors.Is(err, probes.ErrNotFound) {
		t.Errorf("a failing server is no answer: %v", err)
	}
	if _, err := probes.NewResolver("dns.example"); err == nil {
		t.Error("a resolver by name")
	}
}
