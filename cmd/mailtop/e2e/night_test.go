//go:build e2e

package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// night is a lab after everybody has acted, with what mailtop said while they did.
type nightRun struct {
	*lab
	truth   *truth
	log     string // Postfix's, whole
	changes []change
}

// TestNight follows a real log while clients act on a real server, then compares
// what mailtop says with what they did.
//
// Success: each attack opens the incident of its rule with the right actor while
// it goes on, nobody innocent is named, and every count agrees.
func TestNight(t *testing.T) {
	t.Parallel()
	l := startLab(t, labOptions{})
	n := &nightRun{lab: l, truth: newTruth()}
	w := l.startWatch(t, "--local", l.logFile(), l.dovecotFile())
	for _, a := range night {
		if err := a.do(l, n.truth); err != nil {
			t.Fatalf("%s: %v", a.name, err)
		}
		for _, f := range a.want {
			w.until(t, f.rule+" by "+f.who, func(c *change) bool {
				return c.Rule == f.rule && c.serious() && c.names(f.who)
			})
		}
	}
	n.log = l.settled(t, n.truth)
	n.changes = w.stop(t)
	w.isModest(t)

	t.Run("silence", n.silence)
	t.Run("advice", n.advice)
	t.Run("admin", n.adminIsNeverBanned)
	t.Run("once", n.once)
	t.Run("events", n.events)
	t.Run("evidence", n.evidence)
	t.Run("report", n.report)
	t.Run("queue", n.queue)
	t.Run("screen", n.screen)
	t.Run("commands", n.commands)
}

// settled waits until every accepted message has had a word about each recipient
// and every session has been closed in the log.
func (l *lab) settled(t *testing.T, tr *truth) string {
	t.Helper()
	sessions := 0
	for _, n := range tr.Connects {
		sessions += n
	}
	return await(t, l.logFile(), "the end of all sessions and deliveries", func(log string) bool {
		words := 0
		for _, id := range tr.Accepted {
			words += strings.Count(log, " "+id+": to=<")
		}
		return words >= tr.Recipients && strings.Count(log, ": disconnect from ") >= sessions
	})
}

// silence: nobody innocent is the subject of anything serious, and a server that
// refused each stranger is not called an open relay.
func (n *nightRun) silence(t *testing.T) {
	users := []string{address("alice"), address("bob"), address("carol"), address("dave"), address("news"), address("erin"), address("frank")}
	spared := append(slices.Concat(innocents, users), ownHost, carolPhone, "127.1.0.0/24", "127.1.20.0/24", "127.1.10.0/24")
	for _, c := range n.changes {
		if c.Rule == "relay.open" {
			t.Errorf("%s %s: nobody relayed", c.Event, c.Rule)
		}
		if c.serious() && slices.Contains(spared, c.Subject.Value) {
			t.Errorf("%s %s %s about %s: %s", c.Event, c.Severity, c.Rule, c.Subject.Value, c.Title)
		}
	}
}

// advice: a ban is offered for those who attack and for nobody else.
func (n *nightRun) advice(t *testing.T) {
	banned := map[string]bool{}
	for _, c := range n.changes {
		for _, a := range c.Advice {
			if strings.Contains(a.Command, "ban4") {
				banned[c.Subject.Value] = true
				if !strings.Contains(a.Command, "{ "+c.Subject.Value+" ") || a.Undo == "" {
					t.Errorf("ban of %s: command %q, undo %q", c.Subject.Value, a.Command, a.Undo)
				}
			}
			if strings.ContainsAny(a.Command+a.Undo, "\n\r") {
				t.Errorf("%s: command of more than one line: %q", c.Rule, a.Command)
			}
		}
	}
	for _, who := range append([]string{ownHost, carolPhone}, innocents...) {
		if banned[who] {
			t.Errorf("a ban of %s is advised", who)
		}
	}
	for _, who := range []string{bruteforcer, sprayer, flooder} {
		if !banned[who] {
			t.Errorf("no ban of %s is offered", who)
		}
	}
}

// adminIsNeverBanned: the admin sits at the guesser's address (behind one NAT with
// the infected machine, say).
func (n *nightRun) adminIsNeverBanned(t *testing.T) {
	out := n.mailtopEnv(t, []string{"SSH_CONNECTION=" + bruteforcer + " 50000 127.0.0.1 22"}, 1,
		"watch", "--once", "--local", "--format", "json", n.logFile(), n.dovecotFile())
	seen := false
	for _, c := range decodeLines[change](t, out) {
		if !c.names(bruteforcer) {
			continue
		}
		seen = true
		for _, a := range c.Advice {
			if strings.Contains(a.Command, "ban4") && strings.Contains(a.Command, bruteforcer) {
				t.Errorf("a ban of the admin's own address is advised: %s", a.Command)
			}
		}
	}
	if !seen {
		t.Errorf("no incident about %s", bruteforcer)
	}
}

// once: the same log read afterwards gives the incidents that the live run gave.
func (n *nightRun) once(t *testing.T) {
	out := n.mailtop(t, 1, "watch", "--once", "--local", "--format", "json", n.logFile(), n.dovecotFile())
	if diff := cmp.Diff(openedSet(n.changes), openedSet(decodeLines[change](t, out))); diff != "" {
		t.Errorf("incidents live and afterwards differ (-live +afterwards):\n%s", diff)
	}
}

// openedSet is what opened as serious, however it got there.
func openedSet(all []change) []string {
	var out []string
	for _, c := range all {
		if s := c.Rule + " " + c.Subject.Value + " " + c.ID; c.serious() && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	slices.Sort(out)
	return out
}
