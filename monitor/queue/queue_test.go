package queue

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// script makes an executable that stands in for postqueue.
func script(t *testing.T, body string) string {
	t.Helper()
	p := filepath.Join(t.TempDir(), "postqueue")
	if err := os.WriteFile(p, []byte("#!/bin/sh\n"+body+"\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestSampleOfARealListing(t *testing.T) {
	path, _ := filepath.Abs("testdata/postqueue-j.jsonl")
	s := Postfix{Command: script(t, `test "$1" = -j && cat `+path)}.Sample(context.Background())
	if s.Err != "" || s.Deferred != 44 || s.Hold != 5 || s.Active != 0 || s.Depth() != 49 {
		t.Errorf("%+v", s)
	}
	if s.Oldest.Unix() != 1795311946 {
		t.Errorf("oldest %d", s.Oldest.Unix())
	}
}

func TestEmptyQueue(t *testing.T) {
	s := Postfix{Command: script(t, "exit 0"), ConfigDir: "/x"}.Sample(context.Background())
	if s.Err != "" || s.Depth() != 0 || !s.Oldest.IsZero() {
		t.Errorf("%+v", s)
	}
}

func TestConfigDir(t *testing.T) {
	s := Postfix{Command: script(t, `test "$*" = "-c /etc/postfix-out -j" || exit 9`), ConfigDir: "/etc/postfix-out"}.Sample(context.Background())
	if s.Err != "" {
		t.Error(s.Err)
	}
}

// Each failure is one line that names the command and what happens instead.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct{ cmd, want string }{
		"missing": {"/nonexistent/postqueue-of-nobody", "no such file"},
		"fails":   {script(t, "echo 'postqueue: fatal: Queue report unavailable - mail system is down' >&2; exit 69"), "mail system is down"},
		"hangs":   {script(t, "exec sleep 30"), "did not answer within"},
		"garbage": {script(t, "printf '\\000\\001{{{\\n'"), "not a queue listing: line 1"},
		"endless": {script(t, "exec yes '{'"), "not a queue listing"},
	} {
		start := time.Now()
		s := Postfix{Command: c.cmd, Timeout: 300 * time.Millisecond}.Sample(context.Background())
		if !strings.Contains(s.Err, c.want) || strings.Contains(s.Err, "\n") || !strings.Contains(s.Err, "counted from the log") || s.Depth() != 0 {
			t.Errorf("%s: %+v", name, s)
		}
		if d := time.Since(start); d > 5*time.Second {
			t.Errorf("%s: took %v", name, d)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"queue_name":"deferred","queue_id":"A","arrival_time":1}`)
	f.Add("{}\n\n[")
	f.Fuzz(func(t *testing.T, in string) {
		var s Sample
		if err := Parse(strings.NewReader(in), &s); err == nil && s.Depth() > int64(strings.Count(in, "\n")+1) {
			t.Errorf("%d messages in %q", s.Depth(), in)
		}
	})
}
