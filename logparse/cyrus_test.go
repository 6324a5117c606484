package logparse

import "testing"

func TestCyrusTrust(t *testing.T) {
	runTrust(t, "Nov 22 01:39:03 mx1 cyrus/imaps[7]: ", []trustCase{
		{"name in parentheses", "badlogin: host.example.net [203.0.113.9] plaintext (bob) [SASL(-13): authentication failure: checkpass failed]",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": "bob", "cause": "password", "service": "imaps"}},
		{"name with a reason", "badlogin: [203.0.113.9] plaintext (x) [SASL(-13): user not found]) [SASL(-13): authentication failure: checkpass failed]",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": "x) [SASL(-13): user not found]", "cause": "password"}},
		{"name with an address, no result", "badlogin: [203.0.113.9] plaintext (x [192.0.2.66]) invalid user",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": "x [192.0.2.66]", "cause": "unknown_user"}},
		{"no name yet", "badlogin: [203.0.113.9] FOO (-notset-) [no mechanism available]",
			want{"kind": "auth_fail", "user": nil, "cause": "mechanism", "reply": "no mechanism available"}},
		{"the challenge of APOP is no name", "badlogin: [203.0.113.9] APOP (<760.179@mx1.example.net>) SASL(-13): user not found: user: x@mx1 property: userPassword not found in sasldb",
			want{"kind": "auth_fail", "user": nil, "cause": "unknown_user"}},
		{"limit", "Too many open connections (4 of 6 from host.example.net [203.0.113.9], 3 of 3 for bob)",
			want{"kind": "rate_limit", "client_ip": "203.0.113.9", "user": "bob"}},
	})
}

// TestCyrusNames: Postfix and Dovecot have daemons of the same names.
func TestCyrusNames(t *testing.T) {
	for line, kind := range map[string]string{
		"Nov 22 01:39:03 mx1 cyrus/lmtp[7]: Delivered: <a@example.net> to mailbox: user.bob": "other",
		"Nov 22 01:39:03 mx1 cyrus/master[7]: attempting clean shutdown on signal":           "process",
		"Nov 22 01:39:03 mx1 master[7]: attempting clean shutdown on signal":                 "process",
		"Nov 22 01:39:03 mx1 cyrus/ctl_cyrusdb[7]: checkpointing cyrus databases":            "other",
	} {
		if got := fields(t, line, "kind", "mta"); got["kind"] != kind || got["mta"] != "cyrus" {
			t.Errorf("%q: %v", line, got)
		}
	}
}
