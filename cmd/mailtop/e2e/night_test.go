//go:build e2e

package e2e

import (
	"strings"
	"testing"
)

func TestNight(t *testing.T) {
	l := startLab(t, labOptions{})
	tr := newTruth()
	for _, a := range night {
		if err := a.do(l, tr); err != nil {
			t.Fatalf("%s: %v", a.name, err)
		}
	}
	log := l.settled(t, tr)
	t.Logf("%d lines, %+v", strings.Count(log, "\n"), tr)
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
