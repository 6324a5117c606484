//go:build e2e

package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// event is what the tests read of an object that events prints.
type event struct {
	Kind, Class, Status string
	Unmatched           bool
	Program             string
	QueueID             string `json:"queue_id"`
	ClientIP            string `json:"client_ip"`
	User, Method        string
	From                *string
	To                  string
	RelayIP             string `json:"relay_ip"`
	Code                int
	DSN                 string
	Value               float64
	TLSVersion          string `json:"tls_version"`
	Source              string
	Offset              int64
	Text                string
}

// events: what the parser says of the real log is what the clients did.
func (n *nightRun) events(t *testing.T) {
	all := decodeLines[event](t, n.mailtop(t, 0, "events", n.logFile()))
	tr := n.truth
	connects, fails := map[string]int{}, map[string]int{}
	var accepted []string
	statuses, classes := map[string]int{}, map[string]int{}
	limited := 0
	for _, e := range all {
		switch e.Kind {
		case "connect":
			connects[e.ClientIP]++
		case "auth_fail":
			fails[e.ClientIP]++
			if !strings.HasSuffix(e.User, "@home.example") || e.Method != "PLAIN" && e.Method != "LOGIN" {
				t.Errorf("failed login as %q by %q", e.User, e.Method)
			}
		case "accept":
			if e.ClientIP != "" {
				accepted = append(accepted, e.QueueID)
			}
		case "delivery":
			statuses[e.Status]++
		case "reject":
			classes[e.Class]++
		case "rate_limit":
			limited++
		case "unknown":
			t.Errorf("unknown: %s", e.Text)
		}
	}
	check := func(what string, want, got any) {
		t.Helper()
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-done +seen):\n%s", what, diff)
		}
	}
	check("sessions by client", tr.Connects, connects)
	check("failed logins by client", tr.AuthFail, fails)
	check("queue ids", slices.Sorted(slices.Values(tr.Accepted)), slices.Sorted(slices.Values(accepted)))
	check("rejects", map[string]int{"relay_denied": tr.RelayDenied, "user_unknown": tr.UserUnknown}, classes)
	check("connections over the limit", tr.RateLimited, limited)
	check("deliveries", map[string]int{"sent": strings.Count(n.log, "status=sent"), "deferred": stuck, "bounced": 1}, statuses)
	check("lines read", strings.Count(n.log, "\n"), len(all))
}

// evidence: what an incident quotes stands in the log at the place it names.
func (n *nightRun) evidence(t *testing.T) {
	quoted := 0
	for _, c := range n.changes {
		for _, e := range c.Evidence {
			b, err := os.ReadFile(e.Source)
			if err != nil {
				t.Fatal(err)
			}
			quoted++
			line, _, _ := strings.Cut(string(b[min(e.Offset, int64(len(b))):]), "\n")
			if line != e.Text {
				t.Errorf("%s quotes\n%q, at %s:%d stands\n%q", c.Rule, e.Text, e.Source, e.Offset, line)
			}
		}
	}
	if quoted == 0 {
		t.Error("no incident quotes a line")
	}
}

// reported is what the tests read of report's object.
type reported struct {
	Lines  int
	Totals struct{ Received, Delivered, Deferrals, Bounced, Rejected int }
	Auth   struct {
		OK, Failed    int
		FailedClients []row `json:"failed_clients"`
	}
	Queue     int
	Incidents []change
}

type row struct {
	Name  string
	Count int
}

// report: the totals are those of what was done. Both daemons log each login, and
// each must count once.
func (n *nightRun) report(t *testing.T) {
	var r reported
	if err := json.Unmarshal(n.mailtop(t, 0, "report", "--top", "50", "--format", "json", n.logFile(), n.dovecotFile()), &r); err != nil {
		t.Fatal(err)
	}
	tr := n.truth
	type totals struct{ Received, Delivered, Deferrals, Bounced, Rejected, AuthOK, AuthFailed, Queue int }
	want := totals{
		Received:   len(tr.Accepted),
		Delivered:  n.Sinks.Accept.recipients() + strings.Count(n.log, "(delivered to maildir)"),
		Deferrals:  stuck,
		Bounced:    1,
		Rejected:   tr.RelayDenied + tr.UserUnknown,
		AuthOK:     sum(tr.AuthOK) + tr.IMAPOK,
		AuthFailed: sum(tr.AuthFail) + sum(tr.IMAPFail),
		Queue:      stuck,
	}
	got := totals{r.Totals.Received, r.Totals.Delivered, r.Totals.Deferrals, r.Totals.Bounced, r.Totals.Rejected, r.Auth.OK, r.Auth.Failed, r.Queue}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("totals (-done +reported):\n%s", diff)
	}
	clients := map[string]int{}
	for _, c := range r.Auth.FailedClients {
		clients[c.Name] = c.Count
	}
	failed := maps.Clone(tr.AuthFail)
	for src, n := range tr.IMAPFail {
		failed[src] += n
	}
	if diff := cmp.Diff(failed, clients); diff != "" {
		t.Errorf("failed logins by client (-done +reported):\n%s", diff)
	}
}

func sum(m map[string]int) int {
	n := 0
	for _, v := range m {
		n += v
	}
	return n
}

// queue: the depth that mailtop computes from the log is that of postqueue -j.
func (n *nightRun) queue(t *testing.T) {
	out, err := n.output("postqueue", "-j")
	if err != nil {
		t.Fatal(err)
	}
	type message struct {
		QueueName string `json:"queue_name"`
	}
	listed := decodeLines[message](t, []byte(out))
	var r reported
	if err := json.Unmarshal(n.mailtop(t, 0, "report", "--format", "json", n.logFile()), &r); err != nil {
		t.Fatal(err)
	}
	if len(listed) != stuck || r.Queue != len(listed) {
		t.Errorf("%d messages were left to wait, postqueue -j lists %d, mailtop reports %d", stuck, len(listed), r.Queue)
	}
}
