package main

import (
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

var updateScripts = flag.Bool("update", false, "write what is seen into the scripts")

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"mailtop": main})
}

// The command line as its user sees it: output, diagnostics, exit codes. $LOGS
// holds logs that a real Postfix wrote.
func TestScripts(t *testing.T) {
	logs, err := filepath.Abs("../../monitor/testdata/scenario")
	if err != nil {
		t.Fatal(err)
	}
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: *updateScripts,
		Setup: func(e *testscript.Env) error {
			e.Setenv("TZ", "UTC")
			e.Setenv("HOME", e.WorkDir)
			e.Setenv("NO_COLOR", "1")
			return extract(logs, filepath.Join(e.WorkDir, "logs"))
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"exit": exits},
	})
}

// exits runs a command and checks its exit code: exit CODE COMMAND ARG...
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exit CODE COMMAND ARG...")
	}
	got := "0"
	if err := ts.Exec(args[1], args[2:]...); err != nil {
		e, ok := err.(interface{ ExitCode() int })
		if !ok {
			ts.Fatalf("%v", err)
		}
		got = string(rune('0' + e.ExitCode()))
	}
	if got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

// extract writes the log of each scenario to a file of its own.
func extract(from, to string) error {
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(from, "*.txtar"))
	if err != nil {
		return err
	}
	for _, f := range files {
		data, err := scenarioLog(f)
		if err != nil {
			return err
		}
		name := filepath.Base(f[:len(f)-len(".txtar")]) + ".log"
		if err := os.WriteFile(filepath.Join(to, name), data, 0o644); err != nil {
			return err
		}
	}
	return nil
}
