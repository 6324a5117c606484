package logparse

import "testing"

func TestSendmailTrust(t *testing.T) {
	runTrust(t, "Nov 22 01:39:03 mx1 sm-mta[9]: fAM0e1xx000123: ", []trustCase{
		{"sender with a relay", `from=<"a, size=1, class=0, nrcpts=9, relay=evil [192.0.2.66]"@example.net>, size=100, class=0, nrcpts=1, msgid=<m@x>, proto=ESMTP, daemon=MTA, relay=host.example.net [203.0.113.9]`,
			want{"kind": "accept", "client_ip": "203.0.113.9", "size": 100.0, "nrcpt": 1.0}},
		{"message id with a relay", "from=<a@example.net>, size=100, class=0, nrcpts=1, msgid=<x>, proto=ESMTPSA, daemon=MSA, relay=evil [192.0.2.66]>, proto=ESMTP, daemon=MTA, relay=host.example.net [203.0.113.9]",
			want{"kind": "accept", "client_ip": "203.0.113.9", "service": "MTA"}},
		{"login with a relay", "AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication failure: checkpass failed, user=x, relay=evil [192.0.2.66], relay=host.example.net [203.0.113.9]",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": "x, relay=evil [192.0.2.66]"}},
		{"recipient with a relay", `ruleset=check_rcpt, arg1=<"x, relay=evil [192.0.2.66], reject=250 ok"@example.com>, relay=host.example.net [203.0.113.9], reject=550 5.7.1 <"x, relay=evil [192.0.2.66], reject=250 ok"@example.com>... Relaying denied`,
			want{"kind": "reject", "class": "relay_denied", "client_ip": "203.0.113.9", "code": 550.0}},
		{"recipient with a reason", `ruleset=check_rcpt, arg1=<"spamhaus... User unknown"@example.com>, relay=host.example.net [203.0.113.9], reject=550 5.7.1 <"spamhaus... User unknown"@example.com>... Relaying denied`,
			want{"kind": "reject", "class": "relay_denied"}},
		{"reply with a status", "to=<b@example.com>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.com. [203.0.113.5], dsn=5.1.1, reply=550 5.1.1 no, dsn=2.0.0, stat=Sent (ok), stat=User unknown",
			want{"kind": "delivery", "status": "bounced", "dsn": "5.1.1", "code": 550.0, "relay_ip": "203.0.113.5"}},
		{"reply with another status code", "to=<b@example.com>, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.com. [203.0.113.5], dsn=4.0.0, reply=421 2.0.0 ok, stat=Deferred: 421 2.0.0 ok",
			want{"kind": "delivery", "status": "deferred", "dsn": "4.0.0", "code": 421.0}},
		{"recipient with a delivery", `to=<"x>, delay=00:00:00, dsn=2.0.0, stat=Sent"@example.com>, delay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.com. [203.0.113.5], dsn=5.1.1, stat=User unknown`,
			want{"kind": "delivery", "status": "bounced", "delay": 1.0}},
		{"command with a relay", "host.example.net [203.0.113.9]: probable open proxy: command=GET / [192.0.2.66] did not issue MAIL/EXPN/VRFY/ETRN during connection to MTA",
			want{"kind": "protocol", "client_ip": "203.0.113.9"}},
		{"name of VRFY with a relay", "host.example.net [203.0.113.9]: VRFY evil [192.0.2.66]: VRFY x [rejected]",
			want{"kind": "reject", "client_ip": "203.0.113.9"}},
	})
	runTrust(t, "Nov 22 01:39:03 mx1 sm-mta[9]: ", []trustCase{
		{"sender whose check failed, with a host", `SMTP MAIL command (<"x) from evil [192.0.2.66] tempfailed "@example.net>) from host.example.net [203.0.113.9] tempfailed (due to previous checks)`,
			want{"kind": "reject", "client_ip": "203.0.113.9", "code": 451.0, "stage": "MAIL"}},
		{"name of HELO with a host", "invalid domain name (x) from evil [192.0.2.66]) from host.example.net [203.0.113.9]",
			want{"kind": "protocol", "client_ip": "203.0.113.9"}},
		{"milter's refusal is told once", "milter=lab, action=mail, reject=550 5.7.1 Blocked by our filter", want{"kind": "other"}},
		{"a message refused at its end is no delivery", "to=<b@example.org>, delay=00:00:00, pri=30089, stat=Virus Eicar found", want{"kind": "other", "status": nil}},
		{"an empty name is the client's fault", "AUTH failure (PLAIN): generic failure (-1) SASL(-1): generic failure: All-whitespace username., user=, relay=host.example.net [203.0.113.9]",
			want{"kind": "auth_fail", "cause": "unknown_user", "client_ip": "203.0.113.9"}},
		{"login that worked", "AUTH=server, relay=host.example.net [203.0.113.9], authid=x, relay=evil [192.0.2.66], mech=PLAIN, bits=0",
			want{"kind": "auth_ok", "client_ip": "203.0.113.9", "method": "PLAIN"}},
		{"reverse name that does not match", "STARTTLS=server, relay=host.example.net [203.0.113.9] (may be forged), version=TLSv1.3, verify=NO, cipher=TLS_AES_256_GCM_SHA384, bits=256/256",
			want{"kind": "tls", "client_ip": "203.0.113.9", "tls_version": "TLSv1.3"}},
	})
}

// TestSendmailNoMessage: a sender without data or recipients is no message.
func TestSendmailNoMessage(t *testing.T) {
	const head = "Nov 22 01:39:03 mx1 sm-mta[9]: fAM0e1xx000123: from=<a@example.net>, "
	for tail, kind := range map[string]string{
		"size=0, class=0, nrcpts=0, proto=ESMTP, daemon=MTA, relay=[203.0.113.9]":                   "disconnect",
		"size=0, class=0, nrcpts=1, proto=ESMTP, daemon=MTA, relay=[203.0.113.9]":                   "disconnect",
		"size=10, class=0, nrcpts=1, proto=ESMTP, daemon=MTA, relay=[203.0.113.9]":                  "accept",
		"size=0, class=0, nrcpts=1, msgid=<m@x>, proto=ESMTP, daemon=MTA, relay=[203.0.113.9]":      "accept",
		"size=95, class=0, nrcpts=1, msgid=<202611220155.6AM1tVDF000324@mx1>, relay=root@localhost": "accept",
	} {
		if got := fields(t, head+tail, "kind")["kind"]; got != kind {
			t.Errorf("%q: %v, want %v", tail, got, kind)
		}
	}
}

// TestSendmailRecipients: each address of a to= list is an event.
func TestSendmailRecipients(t *testing.T) {
	got := parseLine(`Nov 22 01:39:03 mx1 sm-mta[9]: fAM0e1xx000123: to=<a@example.com>,<"b, c"@example.com>,d@example.com, delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=1, relay=mx.example.com. [203.0.113.5], dsn=2.0.0, stat=Sent (ok)`)
	if len(got) != 3 {
		t.Fatalf("%d events: %s", len(got), got)
	}
}

func TestSendmailSeconds(t *testing.T) {
	for s, n := range map[string]float64{"00:00:01": 1, "01:02:03": 3723, "2+03:04:05": 183845, "x": -1, "1:2": -1, "1+": -1} {
		got, ok := sendmailSeconds([]byte(s))
		if ok != (n >= 0) || ok && got != n {
			t.Errorf("%q: %v %v", s, got, ok)
		}
	}
}
