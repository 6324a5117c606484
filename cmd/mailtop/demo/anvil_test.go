package demo

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"mailtop/monitor/logsim"
)

func TestAnvilCountsByTheMinute(t *testing.T) {
	at := time.Date(2026, 11, 2, 3, 4, 5, 0, time.UTC)
	now := func() time.Time { return at }
	var out bytes.Buffer
	a := newAnvil(logsim.NewPostfix(&out, "mail", now), logsim.Proc{Name: "anvil", PID: 9}, now, time.Minute)
	c := logsim.Client{IP: netip.MustParseAddr("198.18.0.1")}
	for i := range 5 {
		if n := a.connected("smtp", c); n != i+1 {
			t.Fatalf("connection %d counted as %d", i+1, n)
		}
		at = at.Add(10 * time.Second)
	}
	if n := a.connected("submission", c); n != 1 {
		t.Errorf("another service starts at %d", n)
	}
	at = at.Add(10 * time.Second) // a minute after the first
	if n := a.connected("smtp", c); n != 1 {
		t.Errorf("a new minute starts at %d", n)
	}
	a.message("smtp", c, 7)
	a.report()
	want := []string{
		"statistics: max connection rate 5/60s for (smtp:198.18.0.1) at Nov  2 03:04:45",
		"statistics: max message rate 1/60s for (smtp:198.18.0.1) at Nov  2 03:05:05",
		"statistics: max recipient rate 7/60s for (smtp:198.18.0.1) at Nov  2 03:05:05",
		"statistics: max cache size 2 at Nov  2 03:04:55",
	}
	for _, l := range want {
		if !strings.Contains(out.String(), "postfix/anvil[9]: "+l+"\n") {
			t.Errorf("no %q in\n%s", l, out.String())
		}
	}
	for range 6 {
		a.disconnected("smtp", c)
	}
	a.disconnected("submission", c)
	at = at.Add(2 * time.Minute)
	a.report()
	if len(a.users) != 0 {
		t.Errorf("%d clients remembered that are long gone", len(a.users))
	}
}
