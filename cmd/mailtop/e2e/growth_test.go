//go:build e2e

package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestQueueGrowth lets mail to one destination pile up at an even pace until
// mailtop says so.
func TestQueueGrowth(t *testing.T) {
	t.Parallel()
	l := startLab(t, labOptions{ConnRate: 1000})
	w := l.startWatch(t, "--local", l.logFile())
	tr := newTruth()
	pace := time.NewTicker(2 * time.Second)
	defer pace.Stop()
	grown := func(c change) bool { return c.Rule == "queue.growth" && c.serious() }
	for range 60 {
		for i, user := range []string{"alice", "bob", "carol", "dave"} {
			mails := slices.Repeat([]mail{{address(user), []string{"x@slow.example"}}}, 2)
			if err := l.userSends(tr, fmt.Sprintf("127.1.0.%d", i+1), user, 0, mails...); err != nil {
				t.Fatal(err)
			}
		}
		if slices.ContainsFunc(w.all(), grown) {
			break
		}
		<-pace.C
	}
	all := w.stop(t)
	if !slices.ContainsFunc(all, grown) {
		out, err := l.output("postqueue", "-j")
		t.Errorf("%d messages wait (%v) and queue.growth did not open:%s", strings.Count(out, "\n"), err, summary(all))
	}
	for _, c := range all {
		if c.serious() && c.Rule != "queue.growth" {
			t.Errorf("%s %s %s: the mail is honest, its destination only slow", c.Severity, c.Rule, c.Subject.Value)
		}
	}
}
