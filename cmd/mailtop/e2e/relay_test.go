//go:build e2e

package e2e

import (
	"fmt"
	"strings"
	"testing"
)

// strangers relay through a host that lets them, each for a foreign sender to a
// foreign recipient.
func (l *lab) strangersRelay(tr *truth) error {
	for i := range 4 {
		src := fmt.Sprintf("127.1.5%d.9", i)
		if err := l.inbound(tr, src, mail{fmt.Sprintf("s%d@spam%d.example", i, i), numbered(3, "victims.example")}); err != nil {
			return err
		}
	}
	return nil
}

// TestOpenRelay: a host that relays for strangers is named while they do it; one
// that refuses them, and relays for those who log in, is not.
func TestOpenRelay(t *testing.T) {
	t.Parallel()
	l := startLab(t, labOptions{ExtraMain: "smtpd_relay_restrictions = check_client_access static:OK, reject_unauth_destination\n"})
	w := l.startWatch(t, "--local", l.logFile())
	tr := newTruth()
	// Ordinary mail first: a host that delivers nothing to its own users is a
	// gateway, whose work this may be.
	if err := l.inbound(tr, peerServer, mail{"writer@peer.example", []string{address("alice"), address("bob"), address("carol")}}); err != nil {
		t.Fatal(err)
	}
	if err := l.strangersRelay(tr); err != nil {
		t.Fatal(err)
	}
	_, ok := w.until(t, "relay.open", func(c *change) bool {
		// one stranger may be allowed to; with the second it escalates
		return c.Rule == "relay.open" && (c.Severity == "high" || c.Severity == "critical")
	})
	if !ok {
		t.Error("strangers relay, and relay.open never became high")
	}
	l.settled(t, tr)
	for _, c := range w.stop(t) {
		if c.serious() && c.names(peerServer) {
			t.Errorf("%s names %s, which only delivers to our users", c.Rule, peerServer)
		}
		for _, a := range c.Advice {
			if c.Rule == "relay.open" && strings.Contains(a.Command, "ban4") {
				t.Errorf("a ban is no cure for an open relay: %s", a.Command)
			}
		}
	}
}
