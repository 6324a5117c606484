package monitor

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtop/monitor/detect"
	"mailtop/monitor/logsim"
)

// An attack inside everyday mail opens its rule, at medium severity or above
// unless the rule never goes so high, with the right actor; its innocent twin
// opens nothing of medium severity or above.
func TestAttacksAndTwins(t *testing.T) {
	for _, act := range logsim.Acts() {
		for seed := uint64(1); seed <= 2; seed++ {
			t.Run(fmt.Sprintf("%s/%d", act.Name, seed), func(t *testing.T) {
				e, truth := simulate(t, seed, act.Name)
				if act.Rule == "" {
					silent(t, e, truth)
				} else {
					found(t, e, truth)
				}
			})
		}
	}
}

func simulate(t testing.TB, seed uint64, act string) (*Engine, logsim.Truth) {
	t.Helper()
	sc := logsim.Scenario{Seed: seed, Start: time.Date(2026, 11, 17, 9, 0, 0, 0, time.UTC), Length: 4 * time.Hour, Messages: 800,
		Acts: []logsim.Act{{Name: act, At: time.Hour}}}
	var log bytes.Buffer
	truths, err := sc.Write(&log)
	if err != nil {
		t.Fatal(err)
	}
	e := New(Options{})
	read(t, e, log.Bytes(), 64<<10)
	e.Finish()
	return e, truths[0]
}

func found(t *testing.T, e *Engine, truth logsim.Truth) {
	for _, inc := range e.detect.Incidents() {
		if inc.Rule == truth.Rule && names(inc, truth) {
			if delay := inc.Opened.Sub(truth.End); delay > 5*time.Minute {
				t.Errorf("opened %v after the end", delay)
			}
			return
		}
	}
	t.Errorf("no %s about %v; incidents:\n%s", truth.Rule, truth.Actors, list(e))
}

// names says whether an incident is about somebody of the truth.
func names(inc detect.Incident, truth logsim.Truth) bool {
	who := append([]string{truth.Account, truth.Target}, truth.Actors...)
	hit := func(v string) bool {
		return v != "" && slices.ContainsFunc(who, func(w string) bool {
			return w != "" && (strings.EqualFold(v, w) || strings.HasSuffix(v, "/64") && strings.HasPrefix(w, strings.TrimSuffix(v, ":/64")))
		})
	}
	return hit(inc.Subject.Value) || slices.ContainsFunc(inc.Actors, func(a detect.Actor) bool { return hit(a.Value) })
}

func silent(t *testing.T, e *Engine, truth logsim.Truth) {
	for _, inc := range e.detect.Incidents() {
		if inc.Severity >= detect.Medium {
			t.Errorf("%s %s about %s: %s", inc.Rule, inc.Severity, inc.Subject.Value, inc.Title)
		}
	}
}

func list(e *Engine) string {
	var b strings.Builder
	for _, inc := range e.detect.Incidents() {
		fmt.Fprintf(&b, "  %s %s %s: %s\n", inc.Rule, inc.Severity, inc.Subject.Value, inc.Title)
	}
	return b.String()
}
