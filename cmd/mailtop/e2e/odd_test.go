//go:build e2e

package e2e

import (
	"flag"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// record keeps the logs of TestOddities: they are lines that a real Postfix and
// Dovecot wrote, and feed the parser's golden corpus.
var record = flag.String("record", "", "write the odd mail.log to this file, and Dovecot's beside it with the suffix .dovecot")

// oddity is something unusual that happens to a mail server, and what the log
// must then hold.
type oddity struct {
	name string
	do   func(*oddLab) error
	log  []string
}

// says is an oddity made by one scripted session to port 25.
func says(name, src string, steps []string, log ...string) oddity {
	return oddity{name, func(l *oddLab) error { return l.talk(src, l.SMTP, steps...) }, log}
}

// TestOddities makes Postfix and Dovecot write their unusual lines. mailtop must
// know each of them: a line that it calls unknown is one that an admin reads alone.
func TestOddities(t *testing.T) {
	t.Parallel()
	l := startOddLab(t)
	failed := 0
	for _, o := range oddities() {
		if !t.Run(o.name, func(t *testing.T) { l.make(t, o) }) {
			failed++
		}
		if failed == maxFailures {
			t.Fatal("too much fails: the rest is not tried")
		}
	}
	l.known(t, l.logFile())
	l.known(t, l.dovecotFile())
	if *record != "" {
		l.copyLog(t, l.logFile(), *record, "Postfix 3.7.11")
		l.copyLog(t, l.dovecotFile(), *record+".dovecot", "Dovecot 2.3.19")
	}
}

// maxFailures bounds the time that a broken server can take.
const maxFailures = 5

func (l *oddLab) make(t *testing.T, o oddity) {
	l.t = t
	if err := o.do(l); err != nil {
		t.Fatal(err)
	}
	for _, want := range o.log {
		l.awaitLine(t, want)
	}
}

// forged are addresses that clients wrote into names and addresses, in the form
// of a log line. None of them did anything.
var forged = []string{"192.0.2.7", "192.0.2.99", "1.2.3.4"}

// known: mailtop has a template for each line, and believes no forged one.
func (l *oddLab) known(t *testing.T, file string) {
	t.Helper()
	for _, e := range decodeLines[event](t, l.mailtop(t, 0, "events", file)) {
		if e.Kind == "unknown" || e.Unmatched {
			t.Errorf("no template knows %s: %s", e.Program, e.Text)
		}
		if slices.Contains(forged, e.ClientIP) || slices.Contains(forged, e.RelayIP) {
			t.Errorf("a forged address is believed: %+v", e)
		}
	}
}

// awaitLine waits until one of the lab's logs holds a text.
func (l *oddLab) awaitLine(t *testing.T, want string) {
	t.Helper()
	file := l.logFile()
	text, ok := strings.CutPrefix(want, "dovecot: ")
	if ok {
		file = l.dovecotFile()
	}
	await(t, file, text, func(log string) bool { return strings.Contains(log, text) })
}

// shapes are the parts of a line that differ between lines of one template.
var shapes = regexp.MustCompile(`\b[0-9A-F]{8,12}\b|\b[0-9A-Za-z]{15}\b|<[-+/0-9A-Za-z]{16}>|[0-9]+`)

// copyLog writes the first lines of each shape. Names that differ from run to
// run get fixed ones.
func (l *oddLab) copyLog(t *testing.T, from, to, servers string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	text := strings.NewReplacer(l.Dir, "/var/tmp/lab", l.Instance, "postfix-lab").Replace(string(b))
	out := "# Written by " + servers + " (Debian 12); made by: go test -tags e2e -run TestOddities ./cmd/mailtop/e2e -record FILE\n"
	seen := map[string]bool{}
	for line := range strings.Lines(text) {
		// the stamp is no part of the shape
		if shape := shapes.ReplaceAllString(line[min(16, len(line)):], "N"); !seen[shape] {
			seen[shape] = true
			out += line
		}
	}
	if err := os.WriteFile(to, []byte(out), 0o644); err != nil {
		t.Fatal(err)
	}
}

func oddities() []oddity {
	var all []oddity
	for _, f := range []func() []oddity{oddSessions, oddAccess, oddContent, oddPolicy, oddFilters, oddLogins, oddDeliveries, oddLimits, oddScreen, oddAdmin, oddDovecot, oddEnd} {
		all = append(all, f()...)
	}
	return all
}
