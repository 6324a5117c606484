package logparse

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// TestEnvelopes: one message in every envelope gives one event.
func TestEnvelopes(t *testing.T) {
	const msg = "connect from mail.example.org[203.0.113.5]"
	full := want{"time": "2026-11-22T01:39:03Z", "host": "mx1", "program": "postfix/smtpd", "pid": 590.0, "kind": "connect", "client_ip": "203.0.113.5"}
	with := func(kv ...any) want {
		w := want{}
		for k, v := range full {
			w[k] = v
		}
		for i := 0; i < len(kv); i += 2 {
			if w[kv[i].(string)] = kv[i+1]; kv[i+1] == nil {
				delete(w, kv[i].(string))
			}
		}
		return w
	}
	const tag = " mx1 postfix/smtpd[590]: " + msg
	for _, c := range []struct {
		name, line string
		want       want
	}{
		{"BSD", "Nov 22 01:39:03" + tag, full},
		{"BSD, day blank padded", "Nov  2 01:39:03" + tag, with("time", "2026-11-02T01:39:03Z")},
		{"BSD, day zero padded", "Nov 02 01:39:03" + tag, with("time", "2026-11-02T01:39:03Z")},
		{"BSD, day not padded", "Nov 2 01:39:03" + tag, with("time", "2026-11-02T01:39:03Z")},
		{"BSD with year", "Nov 22 2024 01:39:03" + tag, with("time", "2024-11-22T01:39:03Z")},
		{"BSD with fraction", "Nov 22 01:39:03.250" + tag, with("time", "2026-11-22T01:39:03.25Z")},
		{"FreeBSD verbose", "Nov 22 01:39:03 <mail.info> mx1 postfix/smtpd[590]: " + msg, full},
		{"RFC 3339", "2026-11-22T01:39:03.123456+01:00" + tag, with("time", "2026-11-22T01:39:03.123456+01:00")},
		{"RFC 3339, nanoseconds, Z", "2026-11-22T01:39:03.123456789Z" + tag, with("time", "2026-11-22T01:39:03.123456789Z")},
		{"RFC 3339, no fraction, no colon", "2026-11-22T01:39:03-0530" + tag, with("time", "2026-11-22T01:39:03-05:30")},
		{"RFC 3339, no zone", "2026-11-22T01:39:03" + tag, full},
		{"PRI, BSD", "<22>Nov 22 01:39:03" + tag, full},
		{"PRI, RFC 3339", "<22>2026-11-22T01:39:03Z" + tag, full},
		{"RFC 5424", "<22>1 2026-11-22T01:39:03Z mx1 postfix/smtpd 590 - - " + msg, full},
		{"RFC 5424, data and BOM", `<22>1 2026-11-22T01:39:03Z mx1 postfix/smtpd 590 ID7 [a@1 k="v \"x\] ]"][b c="d"] ` + "\xef\xbb\xbf" + msg, full},
		{"RFC 5424, APP-NAME cut at the slash", "<22>1 2026-11-22T01:39:03Z mx1 postfix 590 - -  " + msg, with("program", "postfix")},
		{"RFC 5424, nil fields", "<22>1 - - - - - - " + msg, with("time", nil, "host", nil, "program", nil, "pid", nil)},
		{"no host", "Nov 22 01:39:03 postfix/smtpd[590]: " + msg, with("host", nil)},
		{"no pid", "Nov 22 01:39:03 mx1 postfix/smtpd: " + msg, with("pid", nil)},
		{"no time", "postfix/smtpd[590]: " + msg, with("time", nil, "host", nil)},
		{"message only", msg, with("time", nil, "host", nil, "program", nil, "pid", nil)},
		{"compose", "mail-1  | Nov 22 01:39:03" + tag, full},
		{"compose, coloured", "\x1b[36mmail-1  |\x1b[0m Nov 22 01:39:03" + tag, full},
		{"compose, no time", "postfix-mailcow-1  | postfix/smtpd[590]: " + msg, with("time", nil, "host", nil)},
		{"journald", `{"__REALTIME_TIMESTAMP":"1795311543000000","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"590","MESSAGE":"` + msg + `"}`, full},
		{"journald, bytes", `{"MESSAGE":` + byteArray(msg) + `, "SYSLOG_PID":"590", "_PID" : "1","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtpd","__REALTIME_TIMESTAMP":"1795311543000000","X":{"a":["}"]}}`, full},
		{"journald, escapes", `{"MESSAGE":"connect\u0020from mail.example.org\u005b203.0.113.5]","SYSLOG_IDENTIFIER":"postfix\/smtpd","_PID":"590","_HOSTNAME":"mx1","__REALTIME_TIMESTAMP":"1795311543000000"}`, full},
		{"docker", `{"log":"Nov 22 02:39:03 mx1 postfix/smtpd[590]: ` + msg + `\n","stream":"stdout","time":"2026-11-22T01:39:03.5Z"}`, with("time", "2026-11-22T01:39:03.5Z")},
		{"docker, no time inside", `{"log":"postfix/smtpd[590]: ` + msg + `\r\n","stream":"stdout","time":"2026-11-22T01:39:03Z"}`, with("host", nil)},
		{"CRI", "2026-11-22T01:39:03Z stdout F postfix/smtpd[590]: " + msg, with("host", nil)},
		{"CRI, stamp inside", "2026-11-22T01:39:03Z stderr F Nov 22 02:39:03" + tag, full},
		{"TAI64N", "@400000006B0247C10EE6B280" + tag, with("time", "2026-11-22T01:39:03.25Z")},
		{"NUL head", strings.Repeat("\x00", 500) + "Nov 22 01:39:03" + tag, full},
		{"CR at the end", "Nov 22 01:39:03" + tag + "\r", full},
		{"byte order mark", "\xef\xbb\xbfNov 22 01:39:03" + tag, full},
		{"repeated", "Nov 22 01:39:03 mx1 postfix/smtpd[590]: message repeated 3 times: [ " + msg + "]", with("count", 3.0)},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := fields(t, c.line, "time", "host", "program", "pid", "kind", "client_ip", "count")
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s\n%q", diff, c.line)
			}
		})
	}
}

func byteArray(s string) string {
	var n []int
	for _, c := range []byte(s) {
		n = append(n, int(c))
	}
	b, _ := json.Marshal(n)
	return string(b)
}

// TestRecords: records that are not a plain line.
func TestRecords(t *testing.T) {
	for _, c := range []struct {
		name, line string
		want       []string
	}{
		{"blank", "", nil},
		{"NULs only", "\x00\x00\x00", nil},
		{"last message repeated", "Nov 22 01:39:03 mx1 last message repeated 7 times",
			[]string{`{"time":"2026-11-22T01:39:03Z","host":"mx1","kind":"other","count":7,"text":"last message repeated 7 times"}`}},
		{"blob", "2026-11-22T01:39:03+0000 mx1 postfix/smtpd[590]: [184B blob data]",
			[]string{`{"time":"2026-11-22T01:39:03Z","host":"mx1","program":"postfix/smtpd","pid":590,"mta":"journald","kind":"log_loss","value":1}`}},
		{"journald without a message", `{"__REALTIME_TIMESTAMP":"1795311543000000","SYSLOG_IDENTIFIER":"postfix/smtpd","MESSAGE":null}`,
			[]string{`{"time":"2026-11-22T01:39:03Z","program":"postfix/smtpd","mta":"journald","kind":"log_loss","value":1}`}},
		{"torn JSON", `{"MESSAGE":"connect fr`, []string{`{"kind":"unknown","text":"{\"MESSAGE\":\"connect fr"}`}},
		{"not UTF-8", "Nov 22 01:39:03 mx1 postfix/cleanup[1]: 3F2A11C0D2: message-id=<\x9b\xff\u202e\u2028@x>",
			[]string{`{"time":"2026-11-22T01:39:03Z","host":"mx1","program":"postfix/cleanup","pid":1,"mta":"postfix","kind":"message","queue_id":"3F2A11C0D2","message_id":"\ufffd\ufffd\u202e\u2028@x"}`}},
		{"other log", "level=info ts=2026 caller=main.go:1 msg=hi", []string{`{"kind":"unknown","text":"level=info ts=2026 caller=main.go:1 msg=hi"}`}},
	} {
		if diff := cmp.Diff(c.want, parseLine(c.line)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
	}
}

// TestOverlong: records up to and beyond the longest one are parsed to the cut.
func TestOverlong(t *testing.T) {
	for n := MaxRecord - 300; n < 3*MaxRecord; n += 9973 {
		data := append([]byte("Nov 22 01:39:03 mx1 postfix/smtpd[1]: warning: non-SMTP command from unknown[203.0.113.5]: "), bytes.Repeat([]byte("x"), n)...)
		events := 0
		eachEvent(data, func(e *Event, b *Block) {
			events++
			if e.Kind != KindProtocol || e.Client().String() != "203.0.113.5" || len(e.Bytes(b, e.Reply)) == 0 {
				t.Errorf("%d bytes: %v", len(data), e.Kind)
			}
		})
		if events != 1 {
			t.Errorf("%d bytes: %d events", len(data), events)
		}
	}
}

// TestBlocks: events do not depend on where in a block a record lies, nor on what
// was parsed before.
func TestBlocks(t *testing.T) {
	lines := []string{
		"Nov 22 01:39:03 mx1 postfix/smtpd[1]: connect from unknown[203.0.113.5]",
		`{"log":"postfix/qmgr[2]: 3F2A11C0D2: removed\n","stream":"stdout","time":"2026-11-22T01:39:03Z"}`,
		"2026-11-22T01:39:04+02:00 mx1 postfix/cleanup[3]: 3F2A11C0D2: message-id=<a@b>",
	}
	var alone []string
	for _, l := range lines {
		alone = append(alone, parseLine(l)...)
	}
	if diff := cmp.Diff(alone, parseAll([]byte(strings.Join(lines, "\n")+"\n"), JSONExtra{})); diff != "" {
		t.Error(diff)
	}
}

func TestYears(t *testing.T) {
	berlin := time.FixedZone("CET", 3600)
	for _, c := range []struct {
		stamp, ref string
		loc        *time.Location
		want       string // empty: no time
	}{
		{"Nov 22 01:39:03", "2026-11-22T02:00:00Z", nil, "2026-11-22T01:39:03Z"},
		{"Nov 23 01:59:59", "2026-11-22T02:00:00Z", nil, "2026-11-23T01:59:59Z"},
		{"Nov 23 02:01:00", "2026-11-22T02:00:00Z", nil, "2025-11-23T02:01:00Z"},
		{"Dec 31 23:59:59", "2027-01-01T00:00:30Z", nil, "2026-12-31T23:59:59Z"},
		{"Jan  1 00:00:01", "2026-12-31T23:59:50Z", nil, "2027-01-01T00:00:01Z"},
		{"Feb 29 10:00:00", "2026-11-22T02:00:00Z", nil, "2024-02-29T10:00:00Z"},
		{"Feb 29 10:00:00", "2028-02-28T12:00:00Z", nil, "2028-02-29T10:00:00Z"},
		{"Feb 29 10:00:00", "2028-02-27T12:00:00Z", nil, "2024-02-29T10:00:00Z"},
		{"Feb 30 10:00:00", "2028-02-28T12:00:00Z", nil, ""},
		{"Nov 22 01:39:60", "2026-11-22T02:00:00Z", nil, "2026-11-22T01:40:00Z"},
		{"Nov 22 01:39:03", "2026-11-22T02:00:00Z", berlin, "2026-11-22T01:39:03+01:00"},
		{"Nov 22 01:39:03", "", nil, ""},
	} {
		ref, _ := time.Parse(time.RFC3339, c.ref)
		p := New(Options{Ref: ref, Loc: c.loc})
		line := []byte(c.stamp + " mx1 postfix/qmgr[1]: 3F2A11C0D2: removed")
		for range 2 { // the second time through the cache
			p.Parse(&Block{Buf: line}, 0, len(line), func(e *Event) {
				got := ""
				if e.Time != 0 {
					got = string(appendTime(nil, e.Time, e.Zone))
				}
				if got != c.want {
					t.Errorf("%s at %s: %q, want %q", c.stamp, c.ref, got, c.want)
				}
			})
		}
	}
}

// TestFold: in the hour that a zone lives through twice the wall clock does not
// tell which; both readings are within an hour of each other, and order is kept by
// the reader of the file.
func TestFold(t *testing.T) {
	loc, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	p := New(Options{Ref: time.Date(2026, 10, 25, 12, 0, 0, 0, time.UTC), Loc: loc})
	for stamp, want := range map[string][2]int64{
		"Oct 25 01:59:00": {1792886340, 1792886340},
		"Oct 25 02:30:00": {1792888200, 1792891800},
		"Oct 25 03:00:00": {1792893600, 1792893600},
	} {
		s, n := p.leadBSD([]byte(stamp + " mx1 x"))
		if n != 15 || s.sec < want[0] || s.sec > want[1] {
			t.Errorf("%s: %d, want %v", stamp, s.sec, want)
		}
	}
}

func TestLocalISO(t *testing.T) {
	p := New(Options{Loc: time.FixedZone("", -5*3600)})
	s, n := p.leadISO([]byte("2026-11-22 01:39:03.25 x"))
	if n != 22 || s.sec != 1795329543 || s.nsec != 250000000 || s.zone != -300 || s.has != HasYear {
		t.Errorf("%d %+v", n, s)
	}
}

// TestWarmCaches: what a parser remembers of earlier records (stamps, tags) never
// changes an event.
func TestWarmCaches(t *testing.T) {
	files, err := filepath.Glob("testdata/*/*/*.log")
	if err != nil || len(files) < 4 {
		t.Fatal(files, err)
	}
	warm := New(Options{Ref: goldenRef})
	parse := func(p *Parser, line []byte) (out []string) {
		b := &Block{Buf: line}
		p.Parse(b, 0, len(line), func(e *Event) { out = append(out, string(e.AppendJSON(nil, b, JSONExtra{Raw: true}))) })
		return out
	}
	for range 2 {
		for _, f := range files {
			data, err := os.ReadFile(f)
			if err != nil {
				t.Fatal(err)
			}
			for line := range bytes.Lines(data) {
				line = bytes.TrimSuffix(line, []byte("\n"))
				cold := parse(New(Options{Ref: goldenRef}), line)
				if diff := cmp.Diff(cold, parse(warm, line)); diff != "" {
					t.Fatalf("%q (-cold +warm):\n%s", line, diff)
				}
			}
		}
	}
}
