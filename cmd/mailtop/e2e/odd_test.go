//go:build e2e

package e2e

import (
	"flag"
	"os"
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
	l := startOddLab(t)
	for _, o := range oddities() {
		if err := o.do(l); err != nil {
			t.Errorf("%s: %v", o.name, err)
			continue
		}
		for _, want := range o.log {
			l.awaitLine(t, o.name, want)
		}
	}
	if *record != "" {
		l.copyLog(t, l.logFile(), *record)
		l.copyLog(t, l.dovecotFile(), *record+".dovecot")
	}
}

// awaitLine waits until one of the lab's logs holds a text.
func (l *oddLab) awaitLine(t *testing.T, name, want string) {
	t.Helper()
	file, text, found := l.logFile(), want, false
	if rest, ok := strings.CutPrefix(want, "dovecot: "); ok {
		file, text = l.dovecotFile(), rest
	}
	await(t, file, name+" ("+want+")", func(log string) bool {
		found = strings.Contains(log, text)
		return found
	})
}

func (l *oddLab) copyLog(t *testing.T, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	// The directory's name is no part of what is recorded.
	text := strings.ReplaceAll(string(b), l.Dir, "/var/tmp/lab")
	if err := os.WriteFile(to, []byte(strings.ReplaceAll(text, l.Instance, "postfix-lab")), 0o644); err != nil {
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
