package logparse

import (
	"testing"
	"time"
)

// The forms of journalctl that are read all give the same event.
func TestJournalctlForms(t *testing.T) {
	const msg = "postfix/qmgr[594]: 5300B113E: removed"
	want := time.Date(2026, 11, 22, 1, 52, 51, 0, time.UTC)
	for name, c := range map[string]struct {
		line string
		add  time.Duration
	}{
		"short":             {"Nov 22 01:52:51 mail " + msg, 0},
		"short-precise":     {"Nov 22 01:52:51.356214 mail " + msg, 356214 * time.Microsecond},
		"short-iso":         {"2026-11-22T01:52:51+0000 mail " + msg, 0},
		"short-iso-precise": {"2026-11-22T02:52:51.356214+0100 mail " + msg, 356214 * time.Microsecond},
		"short-full":        {"Sun 2026-11-22 01:52:51 UTC mail " + msg, 0},
		"short-full, zone":  {"Sun 2026-11-22 01:52:51 CET mail " + msg, 0},
		"short-unix":        {"1795312371.356214 mail " + msg, 356214 * time.Microsecond},
		"json":              {`{"__REALTIME_TIMESTAMP":"1795312371356214","_HOSTNAME":"mail","SYSLOG_IDENTIFIER":"postfix/qmgr","_PID":"594","MESSAGE":"5300B113E: removed"}`, 356214 * time.Microsecond},
	} {
		n := 0
		b := &Block{Buf: []byte(c.line)}
		New(Options{Ref: want}).Parse(b, 0, len(c.line), func(e *Event) {
			n++
			if e.Kind != KindRemoved || e.Time != want.Add(c.add).UnixNano() || e.PID != 594 || e.String(b, e.Host) != "mail" || e.String(b, e.Program) != "postfix/qmgr" {
				t.Errorf("%s: %s", name, e.AppendJSON(nil, b, JSONExtra{}))
			}
		})
		if n != 1 {
			t.Errorf("%s: %d events", name, n)
		}
	}
}

// The zone of a stamp that names UTC does not depend on where the reader is.
func TestJournalctlZone(t *testing.T) {
	cet := time.FixedZone("CET", 3600)
	for line, want := range map[string]time.Time{
		"Sun 2026-11-22 01:52:51 UTC mail postfix/qmgr[594]: 5300B113E: removed": time.Date(2026, 11, 22, 1, 52, 51, 0, time.UTC),
		"Sun 2026-11-22 01:52:51 CET mail postfix/qmgr[594]: 5300B113E: removed": time.Date(2026, 11, 22, 1, 52, 51, 0, cet),
	} {
		b := &Block{Buf: []byte(line)}
		New(Options{Loc: cet}).Parse(b, 0, len(line), func(e *Event) {
			if e.Time != want.UnixNano() {
				t.Errorf("%s: %v", line, time.Unix(0, e.Time).UTC())
			}
		})
	}
}

// journalctl's own lines are no unknown ones; what it did not print is a loss.
func TestJournalctlNotices(t *testing.T) {
	for line, want := range map[string]Kind{
		"-- Boot aedcba9876543210fedcba9876543210 --": KindOther,
		"-- Reboot --":     KindOther,
		"-- No entries --": KindOther,
		"-- Logs begin at Sun 2026-11-22 01:00:00 UTC, end at Sun 2026-11-22 02:00:00 UTC. --": KindOther,
		"-- Boot to the head": KindUnknown,
		"-- anything --":      KindUnknown,
		"Nov 22 01:52:51 mail postfix/qmgr[594]: -- Reboot --":                                                                                                    KindUnknown,
		`{"__REALTIME_TIMESTAMP":"1795312371356214","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"594","MESSAGE":null}`:                                             KindLogLoss,
		`{"__REALTIME_TIMESTAMP":"1795312371356214","SYSLOG_IDENTIFIER":"postfix/qmgr","MESSAGE":[53,51,48,48,66,49,49,51,69,58,32,114,101,109,111,118,101,100]}`: KindRemoved,
	} {
		b := &Block{Buf: []byte(line)}
		New(Options{}).Parse(b, 0, len(line), func(e *Event) {
			if e.Kind != want {
				t.Errorf("%s: %v, want %v", line, e.Kind, want)
			}
		})
	}
}
