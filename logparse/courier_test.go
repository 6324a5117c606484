package logparse

import (
	"strings"
	"testing"
)

func TestCourierTrust(t *testing.T) {
	runTrust(t, "Nov 22 01:39:03 mx1 ", []trustCase{
		{"name with a log line", "imapd-ssl: LOGIN FAILED, user=u>, method=PLAIN, ip=[192.0.2.66], port=[1], ip=[::ffff:203.0.113.9], port=[54461]",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "client_port": 54461.0}},
		{"helo with a host", "courierd: newmsg,id=0A.0B.0C, auth=bob: dns; x (evil [192.0.2.66]) (host.example.net [::ffff:203.0.113.9])",
			want{"kind": "accept", "client_ip": "203.0.113.9", "client_name": "host.example.net", "user": "bob", "queue_id": "0A.0B.0C"}},
		{"sender with a refusal", `courieresmtpd: error,relay=::ffff:203.0.113.9,port=5,from=<">,to=<x>: 250 ok"@example.net>,to=<b@example.org>: 550 User <b> unknown`,
			want{"kind": "reject", "client_ip": "203.0.113.9"}},
		{"recipient unknown", "courieresmtpd: error,relay=::ffff:203.0.113.9,port=5,from=<a@example.net>,to=<b@example.org>: 550 User <b> unknown",
			want{"kind": "reject", "class": "user_unknown", "from": "a@example.net", "to": "b@example.org", "client_port": 5.0}},
		{"relay attempt", "courieresmtpd: error,relay=::ffff:203.0.113.9,port=5,from=<a@example.net>,to=<b@example.com>: 513 Relaying denied.",
			want{"kind": "reject", "class": "relay_denied", "code": 513.0}},
		{"delivery with a next hop", "courieresmtp: id=0A.0B.0C,from=<a@example.net>,addr=<b@example.org>,success: delivered: mx.example.org [203.0.113.5]",
			want{"kind": "delivery", "status": "sent", "relay": "mx.example.org", "relay_ip": "203.0.113.5", "to": "b@example.org"}},
		{"the line that repeats it", "courieresmtp: id=0A.0B.0C,from=<a@example.net>,addr=<b@example.org>,status: success", want{"kind": "other", "status": nil}},
		{"login in base64", "courieresmtpd: error,relay=::ffff:203.0.113.9,port=5,msg=\"535 Authentication failed.\",cmd: AUTH PLAIN AGJvYgBodW50ZXIy bob",
			want{"kind": "auth_fail", "user": "bob", "method": "PLAIN"}},
	})
}

// TestCourierSecrets: courieresmtpd logs the login of AUTH PLAIN with its password.
func TestCourierSecrets(t *testing.T) {
	line := `Nov 22 01:39:03 mx1 courieresmtpd: error,relay=::ffff:203.0.113.9,port=5,msg="535 Authentication failed.",cmd: AUTH PLAIN AGJvYgBodW50ZXIy bob`
	for _, raw := range []bool{false, true} {
		if out := strings.Join(parseAll([]byte(line), JSONExtra{Raw: raw}), "\n"); strings.Contains(out, "AGJvYgBodW50ZXIy") {
			t.Errorf("password shown, raw %v: %s", raw, out)
		}
	}
}
