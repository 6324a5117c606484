package monitor

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"testing"
	"time"

	"mailtop/monitor/own"
	"mailtop/monitor/source"
)

// A relay test of our own is shown in the log, marked, but neither alarms nor counts;
// the same from somebody else at the same time does.
func TestOwnProbesAreNoAttack(t *testing.T) {
	start := time.Date(2026, 11, 22, 1, 0, 0, 0, time.UTC)
	log := func(word, addr string, pid int) []byte {
		var b bytes.Buffer
		line := func(sec int, format string, args ...any) {
			fmt.Fprintf(&b, "2026-11-22T01:00:%02d.000000+00:00 mx postfix/smtpd[%d]: "+format+"\n", append([]any{sec, pid}, args...)...)
		}
		line(0, "connect from unknown[%s]", addr)
		for i := range 12 {
			line(1+i/4, "NOQUEUE: reject: RCPT from unknown[%s]: 454 4.7.1 <a@d%d.example>: Relay access denied; from=<%s@probe.example> to=<a@d%d.example> proto=ESMTP helo=<probe>", addr, i, word, i)
		}
		line(4, "disconnect from unknown[%s] ehlo=1 mail=12 rcpt=0/12 quit=1 commands=14/26", addr)
		return b.Bytes()
	}
	set := &own.Set{}
	set.Note(own.Session{From: netip.MustParseAddrPort("192.0.2.9:40001"), Word: "k7f3q9x2m1", Hello: "probe", Start: start, End: start.Add(4 * time.Second)})
	path := t.TempDir() + "/mail.log"
	both := append(log("k7f3q9x2m1", "192.0.2.9", 41), log("xxxxxxxxxx", "192.0.2.77", 42)...)
	if err := os.WriteFile(path, both, 0o644); err != nil {
		t.Fatal(err)
	}
	files, err := source.Files(source.Options{}, path)
	if err != nil {
		t.Fatal(err)
	}
	out := make(chan *source.Batch, 4)
	if err := files.Run(t.Context(), out); err != nil {
		t.Fatal(err)
	}
	close(out)
	e := New(Options{Report: true, Own: set})
	for b := range out {
		e.Ingest(b)
	}
	e.Finish()
	s := e.Snapshot(Scope{Log: 100})
	marked := 0
	for _, l := range s.Log {
		if l.Own {
			marked++
		}
	}
	if marked != 14 || len(s.Log) != 28 {
		t.Errorf("%d of %d lines are marked as ours, want 14 of 28", marked, len(s.Log))
	}
	if n := e.Report(10).Totals.Rejected; n != 12 {
		t.Errorf("%d rejects counted, want the stranger's 12", n)
	}
	incs := e.detect.Incidents()
	if len(incs) != 1 || incs[0].Subject.Value != "192.0.2.77" {
		t.Errorf("incidents %v, want one of the stranger", incs)
	}
}
