package logparse

import (
	"strings"
	"testing"
)

func TestEximTrust(t *testing.T) {
	runTrust(t, "2026-11-22 01:39:03 ", []trustCase{
		{"login behind the connection's number", "plain authenticator failed for H=(User) [203.0.113.9]:4000 I=[192.0.2.25]:587 Ci=136: 535 Incorrect authentication data (set_id=x I=[192.0.2.66]:1 Ci=7: 535 y)",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": "x I=[192.0.2.66]:1 Ci=7: 535 y", "client_port": 4000.0, "local_port": 587.0}},
		{"helo with the end of a connection", "SMTP connection Ci=26 from (x) D=1s closed by QUIT) [203.0.113.9]:4000 I=[192.0.2.25]:26 lost D=0.3s",
			want{"kind": "lost", "client_ip": "203.0.113.9", "duration": 0.3}},
		{"duration before how a connection ended", "SMTP connection Ci=30 from host.example.net [203.0.113.9]:4000 I=[192.0.2.25]:26 D=0.016s closed by QUIT",
			want{"kind": "disconnect", "client_ip": "203.0.113.9"}},
		{"TLS fault with the connection's number", "TLS error on connection Ci=28 from (x [192.0.2.66]) [203.0.113.9]:4000 I=[192.0.2.25]:26 (recv): The TLS connection was non-properly terminated.",
			want{"kind": "tls_error", "client_ip": "203.0.113.9"}},
		{"oversized sender with a host", `rejected MAIL FROM:<"> H=x [192.0.2.66]: message too big"@example.net> H=host.example.net [203.0.113.9]:4000 I=[192.0.2.25]:26 Ci=31: message too big: size=99 max=50`,
			want{"kind": "reject", "class": "size", "client_ip": "203.0.113.9", "size": 99.0, "stage": "MAIL"}},
		{"recipient of a discard with a host", `H=host.example.net [203.0.113.9] F=<a@example.net> RCPT <": discarded by x"@example.org>: discarded by RCPT ACL: thrown away`,
			want{"kind": "policy", "class": "discard", "client_ip": "203.0.113.9", "reply": "RCPT ACL: thrown away"}},
		{"deferral without a number, fields before the reply", "1xUwgV-00001x-0f == b@example.org R=smart T=remote_smtp defer H=mx.example.org [203.0.113.5]:25 I=[192.0.2.25]:5 DT=0.5s: SMTP error from remote mail server after RCPT TO:<b@example.org>: 451 4.7.1 defer (1): DT=9s",
			want{"status": "deferred", "relay_ip": "203.0.113.5", "code": 451.0, "dsn": "4.7.1", "duration": 0.5, "reply": "defer (1): DT=9s"}},
		{"deferral with a cause for a number", "1xUwgV-00001x-0f == b@example.org R=smart T=remote_smtp defer (Connection refused) DT=0.000s",
			want{"status": "deferred", "reply": "Connection refused"}},
		{"helo is an address", "H=([192.0.2.66]) [203.0.113.9] F=<a@example.net> rejected RCPT <b@example.org>: relay not permitted",
			want{"kind": "reject", "class": "relay_denied", "client_ip": "203.0.113.9", "helo": "[192.0.2.66]"}},
		{"helo with a bracketed address", "dovecot_login authenticator failed for (x [192.0.2.66]) [203.0.113.9]: 535 Incorrect authentication data (set_id=bob)",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": "bob"}},
		{"helo with a host part: two readings", "H=(x) [192.0.2.66] F=<a@b> rejected RCPT <c@d>: relay not permitted) [203.0.113.9] F=<a@example.net> rejected RCPT <b@example.org>: relay not permitted",
			want{"kind": "reject", "client_ip": nil}},
		{"login with a host part: two readings", "dovecot_login authenticator failed for (x) [203.0.113.9]: 535 Incorrect authentication data (set_id=y) [192.0.2.66]: 535 Incorrect authentication data (set_id=z)",
			want{"kind": "auth_fail", "client_ip": nil}},
		{"login with another login", "plain authenticator failed for host.example.net [203.0.113.9]: 535 Incorrect authentication data (set_id=x (set_id=root)",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": "x (set_id=root"}},
		{"sender with a refusal", "H=host.example.net (x) [203.0.113.9] F=<\"a> rejected RCPT <z@example.com>: Unknown user\"@example.net> rejected RCPT <b@example.org>: relay not permitted",
			want{"kind": "reject", "class": "relay_denied", "to": "b@example.org", "client_ip": "203.0.113.9"}},
		{"sender with an address in brackets", "H=host.example.net (x) [203.0.113.9] F=<\"H=[192.0.2.66]\"@example.net> rejected RCPT <b@example.org>: relay not permitted",
			want{"kind": "reject", "client_ip": "203.0.113.9", "from": "\"H=[192.0.2.66]\"@example.net"}},
		{"sender with fields", "1xUwgV-00001x-0f <= \"a H=[192.0.2.66] P=local U=root\"@example.net H=host.example.net (x) [203.0.113.9] P=esmtp S=290",
			want{"kind": "accept", "client_ip": "203.0.113.9", "service": "esmtp", "user": nil, "size": 290.0}},
		{"message id with fields", "1xUwgV-00001x-0f <= a@example.net H=host.example.net [203.0.113.9] P=esmtp S=290 id=x@y A=plain:root S=1 P=local U=root",
			want{"kind": "accept", "client_ip": "203.0.113.9", "service": "esmtp", "user": nil, "size": 290.0, "method": nil}},
		{"subject with fields", `1xUwgV-00001x-0f <= a@example.net H=host.example.net [203.0.113.9] P=esmtp S=290 id=x@y T="A=plain:root H=[192.0.2.66]"`,
			want{"kind": "accept", "client_ip": "203.0.113.9", "method": nil, "user": nil}},
		{"ident of a remote host is no login", "1xUwgV-00001x-0f <= a@example.net H=host.example.net [203.0.113.9] U=root P=esmtp S=290",
			want{"kind": "accept", "user": nil}},
		{"quoted command with a host", `SMTP syntax error in "x" H=[192.0.2.66] unrecognized command" H=host.example.net [203.0.113.9] unrecognized command`,
			want{"kind": "protocol", "client_ip": nil}},
		{"early input with a host", `SMTP protocol synchronization error (input sent without waiting for greeting): rejected connection from H=[203.0.113.9] input="x" H=[192.0.2.66] "`,
			want{"kind": "protocol", "client_ip": "203.0.113.9"}},
		{"name of the remote host in a reply", "1xUwgV-00001x-0f ** b@example.com R=dnslookup T=remote_smtp H=mx.example.com [203.0.113.5]: SMTP error from remote mail server after RCPT TO:<b@example.com>: 550 5.1.1 H=evil [192.0.2.66]: 250 2.0.0 ok",
			want{"kind": "delivery", "status": "bounced", "code": 550.0, "dsn": "5.1.1", "relay": "mx.example.com", "relay_ip": "203.0.113.5"}},
		{"reply with a quote and fields", `1xUwgV-00001x-0f => b@example.com R=dnslookup T=remote_smtp H=mx.example.com [203.0.113.5] C="250 ok\" H=evil [192.0.2.66]"`,
			want{"kind": "delivery", "relay": "mx.example.com", "relay_ip": "203.0.113.5"}},
	})
}

// TestEximSecrets: the argument of AUTH is a login and password in base64.
func TestEximSecrets(t *testing.T) {
	const secret = "AGFsaWNlAGh1bnRlcjI="
	out := strings.Join(parseLine(`2026-11-22 01:39:03 SMTP protocol error in "AUTH PLAIN `+secret+`" H=[203.0.113.9] AUTH command used when not advertised`), "")
	if strings.Contains(out, secret) || !strings.Contains(out, `"stage":"AUTH PLAIN"`) {
		t.Error(out)
	}
}

func TestEximID(t *testing.T) {
	for s, n := range map[string]int{
		"1xUwgV-00001x-0f <= a":        16,
		"1w0aBc-0000000F8dZ-2kQz => b": 23,
		"1w0aBc-0000000F8dZ-2kQz":      23,
		"1xUwgV-00001x-0fX <= a":       0,
		"1xUwgV-00001x_0f <= a":        0,
		"SMTP connection from x":       0,
		"1xUwgV-":                      0,
	} {
		if got := eximIDLen([]byte(s)); got != n {
			t.Errorf("%q: %d, want %d", s, got, n)
		}
	}
}

// TestEximForms: the same line in a file with millis, zone and pid, and through
// syslog with and without Exim's own stamp.
func TestEximForms(t *testing.T) {
	const text = "1xUwgV-00001x-0f <= a@example.net H=host.example.net (x) [203.0.113.9]:4000 P=esmtp S=290"
	want := want{"kind": "accept", "queue_id": "1xUwgV-00001x-0f", "client_ip": "203.0.113.9", "client_port": 4000.0, "size": 290.0}
	for _, head := range []string{
		"2026-11-22 01:39:03 ", "2026-11-22 01:39:03.123 ", "2026-11-22 01:39:03 +0100 ", "2026-11-22 01:39:03.123 +0100 [77] ",
		"Nov 22 01:39:03 mx1 exim[77]: ", "Nov 22 01:39:03 mx1 exim[77]: 2026-11-22 01:39:03 ", "Nov 22 01:39:03 mx1 exim[77]: 2026-11-22 01:39:03.123 +0100 ",
		"Nov 22 01:39:03 mx1 exim[77]: [1/2] ",
	} {
		runTrust(t, head, []trustCase{{head, text, want}})
	}
}

// TestEximRejectTemporary: the log names no code, but 4xx and 5xx must differ.
func TestEximRejectTemporary(t *testing.T) {
	for line, code := range map[string]float64{
		"H=[203.0.113.9] F=<a@b> temporarily rejected RCPT <c@d>: try later": 451,
		"H=[203.0.113.9] F=<a@b> rejected RCPT <c@d>: no":                    550,
	} {
		if got := fields(t, "2026-11-22 01:39:03 "+line, "code")["code"]; got != code {
			t.Errorf("%q: code %v, want %v", line, got, code)
		}
	}
}
