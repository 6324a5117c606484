package monitor

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

var update = flag.Bool("update", false, "write what is seen into the scenarios")

// Each scenario is a log that a real server wrote, and all incidents that it must
// open: rule, highest severity and subject. What is not listed must stay silent.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/scenario/*.txtar")
	if err != nil || len(files) < 10 {
		t.Fatalf("%d scenarios, %v", len(files), err)
	}
	for _, name := range files {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			a, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			e := New(Options{})
			read(t, e, a.Files[0].Data, 4096)
			got := opened(e)
			if *update {
				a.Files[1].Data = []byte(got)
				if err := os.WriteFile(name, txtar.Format(a), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if d := cmp.Diff(string(a.Files[1].Data), got); d != "" {
				t.Errorf("incidents (-want +got):\n%s", d)
			}
			if n := e.coverage().Unknown; n > 0 {
				t.Errorf("%d records unknown: %v", n, e.unseen.list(5))
			}
		})
	}
}

// opened lists the incidents of an engine, oldest first.
func opened(e *Engine) string {
	var b strings.Builder
	for _, c := range e.Changes(0) {
		if c.Event == "opened" {
			for _, inc := range e.detect.Incidents() {
				if inc.ID == c.ID {
					fmt.Fprintf(&b, "%s %s %s %s\n", inc.Rule, inc.Severity, inc.Subject.Type, inc.Subject.Value)
				}
			}
		}
	}
	return b.String()
}
