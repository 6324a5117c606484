//go:build e2e

package e2e

import (
	"encoding/json"
	"strings"
	"testing"
)

// TestHost is mailtop on a mail host without a FILE: it finds Postfix's log by
// itself, and doctor says what there is.
func TestHost(t *testing.T) {
	t.Parallel()
	l := startLab(t, labOptions{})
	tr := newTruth()
	if err := l.inbound(tr, peerServer, mail{"writer@peer.example", []string{address("alice")}}); err != nil {
		t.Fatal(err)
	}
	log := l.settled(t, tr)
	t.Run("finds the log", func(t *testing.T) {
		var r reported
		if err := json.Unmarshal(l.mailtop(t, 0, "report", "--format", "json"), &r); err != nil {
			t.Fatal(err)
		}
		if want := strings.Count(log, "\n"); r.Lines < want || r.Totals.Received != 1 {
			t.Errorf("%d lines and %d messages read, the log has %d and 1", r.Lines, r.Totals.Received, want)
		}
	})
	t.Run("doctor", func(t *testing.T) {
		out, err := l.output(mailtop, "doctor")
		if err != nil && !strings.Contains(err.Error(), "exit status 1") {
			t.Error(err)
		}
		if !strings.Contains(out, l.logFile()) {
			t.Errorf("doctor does not name %s:\n%s", l.logFile(), out)
		}
	})
}
