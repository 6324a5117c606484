package probes

import (
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func addrs(list ...string) (out []netip.Addr) {
	for _, a := range list {
		out = append(out, netip.MustParseAddr(a))
	}
	return out
}

func TestListenerWord(t *testing.T) {
	both := addrs("127.0.0.1", "::1", "192.0.2.1", "2001:db8::1", "fe80::1")
	only4 := addrs("127.0.0.1", "192.0.2.1", "10.0.0.1")
	reached := map[string]bool{}
	for _, c := range []struct {
		name    string
		sockets []string
		local   []netip.Addr
		dual    dual
		want    string
		open    []string
	}{
		{"nothing", nil, both, dualUnknown, "none", []string{"192.0.2.1", "2001:db8::1"}},
		{"loopback", []string{"127.0.0.1:25", "[::1]:25"}, both, dualUnknown, "loopback_only", []string{"192.0.2.1", "2001:db8::1"}},
		{"both wildcards", []string{"0.0.0.0:25", "[::]:25"}, both, dualUnknown, "wildcard", nil},
		{"one socket for both families", []string{"[::]:25"}, both, dualYes, "wildcard", nil},
		{"IPv6 alone", []string{"[::]:25"}, both, dualNo, "some", []string{"192.0.2.1"}},
		{"IPv4 wildcard, host with IPv6", []string{"0.0.0.0:25"}, both, dualYes, "some", []string{"2001:db8::1"}},
		{"IPv4 wildcard, host without", []string{"0.0.0.0:25"}, only4, dualUnknown, "wildcard", nil},
		{"each address by itself", []string{"192.0.2.1:25", "[2001:db8::1]:25", "127.0.0.1:25"}, both, dualUnknown, "all", nil},
		{"an address of its own and a wildcard", []string{"192.0.2.1:25", "[::]:25"}, both, dualNo, "all", nil},
		{"the outer address alone", []string{"192.0.2.1:25"}, only4, dualUnknown, "some", []string{"10.0.0.1"}},
		{"mapped IPv4", []string{"[::ffff:192.0.2.1]:25", "10.0.0.1:25"}, only4, dualUnknown, "all", nil},
	} {
		var sockets []Socket
		for _, s := range c.sockets {
			sockets = append(sockets, Socket{Addr: netip.MustParseAddrPort(s), Process: "master[1]"})
		}
		f := judgeListener(sockets, c.local, c.dual)
		reached[f.Result] = true
		valuesListed(t, f)
		open, _ := f.Values["not_served"].([]string)
		if len(open) == 0 {
			open = nil
		}
		if d := cmp.Diff(c.open, open); f.Result != c.want || d != "" {
			t.Errorf("%s: %s, want %s; not served: %s", c.name, f.Result, c.want, d)
		}
		if text := strings.Join(f.Evidence, " "); len(sockets) > 0 && (!strings.Contains(text, c.sockets[0]) || !strings.Contains(text, "master[1]")) {
			t.Errorf("%s: the evidence does not name socket and process: %s", c.name, text)
		}
	}
	allReached(t, "listener", reached)
}

// allReached: a word that no case produces is no result.
func allReached(t *testing.T, check string, reached map[string]bool) {
	t.Helper()
	for _, w := range Words() {
		if w.Check == check && !reached[w.Result] {
			t.Errorf("no case for %s %s", w.Check, w.Result)
		}
	}
}

// valuesListed: each value of a finding is documented.
func valuesListed(t *testing.T, f *Finding) {
	t.Helper()
	for k := range f.Values {
		if !slices.ContainsFunc(Values(), func(v Value) bool { return v.Key == k && (v.Check == f.Check || v.Check == "") }) {
			t.Errorf("value %s of %s is not listed", k, f.Check)
		}
	}
}
