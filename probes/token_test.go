package probes_test

import (
	"context"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"sync"
	"testing"
	"testing/synctest"

	"mailtop/probes"
	"mailtop/probes/probetest"
)

// tokens collects what Env.Sent hears, in order.
type tokens struct {
	mu   sync.Mutex
	list []probes.Token
}

func (s *tokens) add(t probes.Token) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = append(s.list, t)
}

// TestTokens: every connection is told before a word is said on it and when it is
// closed, and its word is in what the server logs of a refused recipient.
func TestTokens(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{"127.0.0.1:25": probetest.Serve(probetest.Polite{Plain: []string{"XCLIENT ADDR NAME"}, Answer: by("XCLIENT", "220 go", "RCPT", "554 5.7.1 Relay access denied")})}}}
		env := n.Env()
		env.Secret = "S3CRET"
		seen := &tokens{}
		env.Sent = seen.add
		list := probeWith(t, env, "127.0.0.1:25", probes.Options{Check: []string{"relay"}, Owned: true}, nil)
		n.Wait()
		if f := find(t, list, "relay"); f.Result != "closed" {
			t.Errorf("relay %s", f.Result)
		}
		open, closed, as := 0, 0, 0
		for _, x := range seen.list {
			if !strings.HasPrefix(x.Word, "mailtop-s3cret-") || x.Hello != "client.example.net" || x.Start.IsZero() {
				t.Errorf("token %+v", x)
			}
			switch {
			case !x.End.IsZero():
				closed++
				if x.End.Before(x.Start) {
					t.Errorf("ends before it starts: %+v", x)
				}
			case x.As == netip.MustParseAddr("198.51.100.7"):
				as++
			default:
				open++
			}
		}
		if want := n.Dials("127.0.0.1:25"); open != want || closed != want || as != want-1 {
			t.Errorf("%d connections: %d opened, %d closed, %d as a stranger", want, open, closed, as)
		}
		word := seen.list[0].Word
		for i := 1; i < n.Dials("127.0.0.1:25"); i++ {
			for _, l := range n.Heard("127.0.0.1:25", i) {
				if strings.HasPrefix(l, "RCPT") && !strings.Contains(l, word) {
					t.Errorf("no word in %s", l)
				}
			}
		}
	})
}

// TestTokenOfMessage: a message's Message-ID holds the word.
func TestTokenOfMessage(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{"192.0.2.1:25": probetest.Serve(probetest.Polite{Answer: by("RCPT", "250 ok")})}}}
		env := n.Env()
		seen := &tokens{}
		env.Sent = seen.add
		list := probeWith(t, env, "192.0.2.1:25", probes.Options{Check: []string{"submit"}, To: "me@example.net"}, nil)
		n.Wait()
		f := find(t, list, "submit")
		if token := fmt.Sprint(f.Values["token"]); f.Result != "accepted" || !strings.HasPrefix(token, seen.list[0].Word) {
			t.Errorf("%s, token %q, word %q", f.Result, token, seen.list[0].Word)
		}
	})
}

// TestSimulation: where an Exim of this host trusts us, it is asked in a simulation what it would say to a stranger.
func TestSimulation(t *testing.T) {
	exim := func(rcpt string) probetest.Polite {
		return probetest.Polite{Banner: "220 mx.example.org ESMTP Exim 4.96", Answer: by("RCPT", rcpt)}
	}
	for _, c := range []struct {
		name, stranger string // what a stranger is told at RCPT, "" for a simulation that fails
		want           string
		simulated      bool
	}{
		{"closed to strangers", "550 relay not permitted", "closed", true},
		{"open to strangers", "250 Accepted", "accepts_rcpt", true},
		{"the simulation fails", "", "trusted_vantage", false},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{"127.0.0.1:25": probetest.Serve(exim("250 Accepted")), "192.0.2.254:1": probetest.Serve(exim(c.stranger))}}}
			if c.stranger == "" {
				delete(n.Hosts, "192.0.2.254:1")
			}
			env := n.Env()
			env.Simulate = func(ctx context.Context, client netip.Addr, server netip.AddrPort) (net.Conn, error) {
				if client != netip.MustParseAddr("198.51.100.7") || server.Port() != 25 {
					t.Errorf("asked as %s of %s", client, server)
				}
				return n.Dial(ctx, "tcp", "192.0.2.254:1")
			}
			f := find(t, probeWith(t, env, "127.0.0.1:25", probes.Options{Check: []string{"relay"}, To: "me@example.net", Prove: true}, nil), "relay")
			n.Wait()
			if f.Result != c.want || f.Values["simulated"] != c.simulated {
				t.Errorf("%s: %s, simulated %v: %v", c.name, f.Result, f.Values["simulated"], f.Evidence)
			}
			for i := range n.Dials("192.0.2.254:1") {
				for _, l := range n.Heard("192.0.2.254:1", i) {
					if l == "DATA" {
						t.Errorf("%s: a message in a simulation", c.name)
					}
				}
			}
			if said := strings.Join(f.Evidence, " "); c.want == "trusted_vantage" && (!strings.Contains(said, "exim -bh 198.51.100.7") || !strings.Contains(said, "was tried")) {
				t.Errorf("%s: ways out not told: %s", c.name, said)
			}
		})
	}
}
