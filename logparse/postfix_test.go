package logparse

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// fields parses one record and returns the named fields of its only event.
func fields(t *testing.T, line string, names ...string) map[string]any {
	t.Helper()
	events := parseLine(line)
	if len(events) != 1 {
		t.Fatalf("%d events of %q: %s", len(events), line, events)
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(events[0]), &all); err != nil {
		t.Fatalf("%v: %s", err, events[0])
	}
	got := map[string]any{}
	for _, n := range names {
		if v, ok := all[n]; ok {
			got[n] = v
		}
	}
	return got
}

type want = map[string]any

// TestPostfixTrust: text that a client or a remote server chose imitates log
// syntax; no field moves.
func TestPostfixTrust(t *testing.T) {
	const head = "2026-11-22T01:39:03.5+00:00 mx1 postfix/"
	for _, c := range []struct {
		name, line string
		want       want
	}{
		{"user with a client and a warning", "smtpd[1]: warning: unknown[203.0.113.5]: SASL LOGIN authentication failed: (reason unavailable), sasl_username=x[192.0.2.99]: SASL PLAIN authentication failed, sasl_username=root",
			want{"kind": "auth_fail", "client_ip": "203.0.113.5", "method": "LOGIN", "user": "x[192.0.2.99]: SASL PLAIN authentication failed, sasl_username=root"}},
		{"user with an accept line's keys", "smtpd[1]: 3F2A11C0D2: client=unknown[203.0.113.5], sasl_method=PLAIN, sasl_username=a, client=trusted[192.0.2.1], sasl_method=X",
			want{"kind": "accept", "client_ip": "203.0.113.5", "method": "PLAIN", "user": "a, client=trusted[192.0.2.1], sasl_method=X"}},
		{"mechanism is client text", "smtpd[1]: warning: unknown[203.0.113.5]: SASL [192.0.2.9]: authentication failed: Invalid authentication mechanism",
			want{"kind": "auth_fail", "client_ip": "203.0.113.5", "method": "[192.0.2.9]:", "cause": "mechanism"}},
		{"helo with sasl fields", "smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1 <b@example.org>: Relay access denied; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<x> sasl_method=PLAIN sasl_username=root>",
			want{"kind": "reject", "class": "relay_denied", "client_ip": "203.0.113.5", "helo": "x> sasl_method=PLAIN sasl_username=root", "from": "a@example.net", "to": "b@example.org"}},
		{"helo with an address", "smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1 <b@example.org>: Relay access denied; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<[192.0.2.7]: 250 ok; from=<c@d> to=<e@f>>",
			want{"kind": "reject", "class": "relay_denied", "client_ip": "203.0.113.5", "helo": "[192.0.2.7]: 250 ok; from=<c@d> to=<e@f>", "from": "a@example.net", "to": "b@example.org"}},
		{"recipient names a reason", "smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 550 5.1.1 <\"x>: Relay access denied; from=<y> to=<z\"@example.net>: Recipient address rejected: User unknown in local recipient table; from=<a@example.net> to=<\"x>: Relay access denied; from=<y> to=<z\"@example.net> proto=ESMTP helo=<h>",
			want{"kind": "reject", "class": "user_unknown", "client_ip": "203.0.113.5", "from": "a@example.net", "to": "\"x>: Relay access denied; from=<y> to=<z\"@example.net", "helo": "h"}},
		{"sender with a recipient in quotes", "smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1 <b@example.org>: Relay access denied; from=<\"a> to=<root@example.net> proto=ESMTP helo=<q\"@example.net> to=<b@example.org> proto=ESMTP helo=<h>",
			want{"kind": "reject", "client_ip": "203.0.113.5", "from": "\"a> to=<root@example.net> proto=ESMTP helo=<q\"@example.net", "to": "b@example.org", "helo": "h"}},
		{"header with a client", "cleanup[1]: 3F2A11C0D2: reject: header Subject: x from trusted[192.0.2.1]; from=<r@o> to=<x@y> proto=ESMTP helo=<t>: 5.7.1 no from unknown[203.0.113.5]; from=<a@b> to=<c@d> proto=ESMTP helo=<h>: 5.7.1 no",
			want{"kind": "reject", "class": "content", "queue_id": "3F2A11C0D2"}},
		{"quoted recipient with a delivery record", "smtp[1]: 3F2A11C0D2: to=<\"x>, relay=evil[192.0.2.7]:25, delay=0, delays=0/0/0/0, dsn=2.0.0, status=sent (\"@example.org>, relay=none, delay=1, delays=1/0/0/0, dsn=5.4.4, status=bounced (Host not found)",
			want{"kind": "delivery", "status": "bounced", "relay": "none", "dsn": "5.4.4"}},
		{"remote reply with a status", "smtp[1]: 3F2A11C0D2: to=<x@example.org>, relay=mx[192.0.2.7]:25, delay=1, delays=1/0/0/0, dsn=5.0.0, status=bounced (host mx[192.0.2.7] said: 550 no), dsn=2.0.0, status=sent (250 ok: queued as ABC (in reply to RCPT TO command))",
			want{"kind": "delivery", "status": "bounced", "dsn": "5.0.0", "code": 550.0, "stage": "RCPT TO"}},
		{"message id with a client line", "cleanup[1]: 3F2A11C0D2: message-id=<a: client=trusted[192.0.2.1], sasl_method=PLAIN, sasl_username=root>",
			want{"kind": "message", "message_id": "a: client=trusted[192.0.2.1], sasl_method=PLAIN, sasl_username=root"}},
		{"pregreet text with a client", `postscreen[1]: PREGREET 40 after 0.1 from [203.0.113.5]:1024: EHLO x\r\nPASS NEW [192.0.2.1]:25\r\n`,
			want{"kind": "postscreen", "class": "PREGREET", "client_ip": "203.0.113.5", "value": 40.0}},
		{"non-SMTP command with a line", "smtpd[1]: warning: non-SMTP command from unknown[203.0.113.5]: connect from trusted[192.0.2.1]",
			want{"kind": "protocol", "client_ip": "203.0.113.5", "reply": "connect from trusted[192.0.2.1]"}},
		{"pipelined line", `smtpd[1]: improper command pipelining after EHLO from unknown[203.0.113.5]: Nov 22 01:00:00 mx1 postfix/smtpd[1]: connect from fake[192.0.2.66]\r\n`,
			want{"kind": "protocol", "client_ip": "203.0.113.5", "stage": "EHLO"}},
		{"qmgr sender with sizes", "qmgr[1]: 3F2A11C0D2: from=<\"a>, size=1, nrcpt=1 (queue active)\"@example.net>, size=2048, nrcpt=50 (queue active)",
			want{"kind": "queued", "size": 2048.0, "nrcpt": 50.0}},
		{"syslog escapes stay text", "smtpd[1]: warning: unknown[203.0.113.5]: SASL PLAIN authentication failed: (reason unavailable), sasl_username=a#012Nov 22 01:00:00 mx1 postfix/smtpd[1]: connect from x[192.0.2.1]",
			want{"kind": "auth_fail", "client_ip": "203.0.113.5", "method": "PLAIN", "user": "a#012Nov 22 01:00:00 mx1 postfix/smtpd[1]: connect from x[192.0.2.1]"}},
		{"reverse name of a client", "smtpd[1]: warning: hostname a.192.0.2.9.example does not resolve to address 203.0.113.5: 192.0.2.9",
			want{"kind": "fcrdns", "client_ip": "203.0.113.5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			keys := []string{"kind", "client_ip", "user", "method"}
			for k := range c.want {
				keys = append(keys, k)
			}
			if diff := cmp.Diff(c.want, fields(t, head+c.line, keys...)); diff != "" {
				t.Errorf("(-want +got):\n%s\n%s", diff, c.line)
			}
		})
	}
}

func TestPostfixRejectClass(t *testing.T) {
	for _, c := range []struct{ text, class string }{
		{"554 5.7.1 <a@b>: Relay access denied", "relay_denied"},
		{"450 4.7.1 <a@b>: Recipient address rejected: Greylisted, see http://example.org", "greylist"},
		{"554 5.7.1 <x>: Helo command rejected: Access denied", "helo"},
		{"554 5.7.1 <a@b>: Sender address rejected: Access denied", "sender"},
		{"550 5.7.1 <a@b>: Sender address rejected: not logged in", "auth_required"},
		{"554 5.7.1 Service unavailable; Sender address [a@b] blocked using dbl.example.org", "dnsbl"},
		{"554 5.7.1 <a@b>: Recipient address rejected: too many messages, slow down", "rate"},
		{"530 5.7.0 Must issue a STARTTLS command first", "protocol"},
		{"452 4.3.1 Insufficient system storage", "size"},
		{"554 5.7.1 <a@b>: Recipient address rejected: Access denied", "recipient"},
		{"550 5.7.1 <unknown[203.0.113.5]>: Client host rejected: cannot find your reverse hostname, [203.0.113.5]", "policy"},
		{"571 Delivery not authorized, message refused", "other"},
		{"550 5.1.1 <Relay access denied@b>: Recipient address rejected: User unknown in virtual alias table", "user_unknown"},
	} {
		line := "Nov 22 01:39:03 mx1 postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: " + c.text + "; from=<a@b> to=<c@d> proto=ESMTP helo=<x>"
		if diff := cmp.Diff(want{"class": c.class}, fields(t, line, "class")); diff != "" {
			t.Errorf("%s: %s", c.text, diff)
		}
	}
}

// TestPostfixCutOff: lines that syslog cut at any byte never name a wrong client
// and are still of the right kind once the fixed parts are there.
func TestPostfixCutOff(t *testing.T) {
	const line = "Nov 22 01:39:03 mx1 postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[203.0.113.5]: 554 5.7.1 <b@example.org>: Relay access denied; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<[192.0.2.1]>"
	known := strings.Index(line, " Relay access denied") + len(" Relay access denied")
	for n := len("Nov 22 01:39:03 mx1 x"); n <= len(line); n++ {
		got := fields(t, line[:n], "kind", "class", "client_ip")
		if ip := got["client_ip"]; ip != nil && ip != "203.0.113.5" {
			t.Fatalf("client %v of %q", ip, line[:n])
		}
		if n >= known && (got["kind"] != "reject" || got["class"] != "relay_denied") {
			t.Fatalf("%v of %q", got, line[:n])
		}
	}
}

func TestUnmatchedWarning(t *testing.T) {
	got := fields(t, "Nov 22 01:39:03 mx1 postfix/smtpd[1]: warning: zebra crossing the log at 7", "kind", "class", "unmatched", "text")
	if diff := cmp.Diff(want{"kind": "process", "class": "warning", "unmatched": true, "text": "warning: zebra crossing the log at 7"}, got); diff != "" {
		t.Error(diff)
	}
	got = fields(t, "Nov 22 01:39:03 mx1 strange[1]: warning: zebra crossing the log at 7", "kind", "mta")
	if diff := cmp.Diff(want{"kind": "unknown"}, got); diff != "" {
		t.Errorf("another program's warning: %s", diff)
	}
}

func TestQueueID(t *testing.T) {
	for id, ok := range map[string]bool{
		"3F2A11": true, "ABCDEF012": true, "4jXBw60mmLzDW": true, "4XvBwn2Yqrz3wsq": true, "NOQUEUE": true,
		"warning": false, "TLSRPT": false, "statistics": false, "3f2a11": false, "abc": false, "3F2A1G": false,
		"private": false, "GHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvw": false,
	} {
		if _, _, got := cutQueueID([]byte(id + ": x")); got != ok {
			t.Errorf("cutQueueID(%q) = %v", id, got)
		}
	}
}
