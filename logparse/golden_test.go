package logparse

import (
	"bytes"
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite testdata/*/*/*.want from what the parser says now")

// goldenRef is the reference time of all tests for stamps without a year.
var goldenRef = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

// parseAll parses a file's lines and returns each event as JSON.
func parseAll(data []byte, extra JSONExtra) []string {
	var out []string
	eachEvent(data, func(e *Event, b *Block) {
		out = append(out, string(e.AppendJSON(nil, b, extra)))
	})
	return out
}

func eachEvent(data []byte, f func(*Event, *Block)) {
	p := New(Options{Ref: goldenRef})
	b := &Block{Buf: data}
	for start := 0; start < len(data); {
		end := len(data)
		if i := bytes.IndexByte(data[start:], '\n'); i >= 0 {
			end = start + i
		}
		p.Parse(b, start, end, func(e *Event) { f(e, b) })
		start = end + 1
	}
}

// parseLine parses one record and returns its events as JSON.
func parseLine(line string) []string { return parseAll([]byte(line), JSONExtra{}) }

// TestGolden parses each testdata/<mta>/<real or written>/*.log and compares its
// events with the .want file beside it. Lines that start with '#' are comments:
// they say which daemon or document a line comes from.
func TestGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*/*.log")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, f := range files {
		t.Run(strings.TrimPrefix(f, "testdata/"), func(t *testing.T) { golden(t, f) })
	}
}

func golden(t *testing.T, file string) {
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for line := range bytes.Lines(data) {
		if line[0] == '#' || len(bytes.TrimSpace(line)) == 0 {
			continue
		}
		events := parseAll(bytes.TrimSuffix(line, []byte("\n")), JSONExtra{})
		for _, e := range events {
			if !json.Valid([]byte(e)) {
				t.Errorf("not JSON: %s", e)
			}
			if strings.Contains(e, `"kind":"unknown"`) && !strings.Contains(file, "unknown") {
				t.Errorf("unknown: %q", line)
			}
			if strings.Contains(e, `"unmatched":true`) && strings.Contains(file, "/real/") {
				t.Errorf("unmatched: %q", line)
			}
		}
		got = append(got, events...)
	}
	want := strings.TrimSuffix(file, ".log") + ".want"
	if *update {
		if err := os.WriteFile(want, []byte(strings.Join(got, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	old, err := os.ReadFile(want)
	if err != nil {
		t.Fatalf("%v (run go test -update and look at the result)", err)
	}
	if diff := cmp.Diff(strings.Split(strings.TrimSpace(string(old)), "\n"), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", want, diff)
	}
}
