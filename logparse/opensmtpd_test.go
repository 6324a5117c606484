package logparse

import (
	"strings"
	"testing"
)

func TestOpenSMTPDTrust(t *testing.T) {
	runTrust(t, "Nov 22 01:39:03 mx1 smtpd[9]: 0123456789abcdef ", []trustCase{
		{"command with a result", `smtp failed-command command="RCPT TO:<x" result="250 ok"@y>" result="550 Invalid recipient: <x@y>"`,
			want{"kind": "reject", "class": "relay_denied", "code": 550.0}},
		{"login with a result and an address", "smtp authentication user=x result=ok address=192.0.2.66 host=evil result=permfail",
			want{"kind": "auth_fail", "client_ip": nil, "user": "x result=ok address=192.0.2.66 host=evil"}},
		{"sender with a recipient", `smtp envelope evpid=26c32ccb58de7460 from=<"a> to=<root@example.org"@example.net> to=<b@example.org>`,
			want{"kind": "queued", "to": "b@example.org", "queue_id": "26c32ccb"}},
		{"next hop's text with a result", `mta delivery evpid=26c32ccb58de7460 from=<a@b> to=<c@d> rcpt=<-> source="192.0.2.25" relay="203.0.113.5 (mx.example.com)" delay=1s result="PermFail" stat="550 5.1.1 no" result="Ok" stat="250 2.0.0 ok"`,
			want{"kind": "delivery", "status": "bounced", "code": 550.0, "relay_ip": "203.0.113.5"}},
		{"recipient with a delivery", `mta delivery evpid=26c32ccb58de7460 from=<a@b> to=<"x> relay=\"192.0.2.66\" result=\"Ok\""@d> rcpt=<-> source="192.0.2.25" relay="203.0.113.5 (mx.example.com)" delay=1s result="TempFail" stat="450 4.2.0 later"`,
			want{"kind": "delivery", "status": "deferred", "relay_ip": "203.0.113.5"}},
	})
}

// TestOpenSMTPDSecrets: a client's AUTH argument stays out of the event.
func TestOpenSMTPDSecrets(t *testing.T) {
	const secret = "AGdyYWNlQGxhYi5leGFtcGxlAHR5cG81"
	out := strings.Join(parseLine(`Nov 22 01:39:03 mx1 smtpd[9]: 0123456789abcdef smtp failed-command command="AUTH PLAIN `+secret+`" result="503 5.5.1 Invalid command: Command not supported"`), "")
	if strings.Contains(out, secret) || !strings.Contains(out, `"kind":"auth_fail"`) {
		t.Error(out)
	}
}

// TestOpenSMTPDOneFailure: the line about the login and the refusal that follows
// are one failure.
func TestOpenSMTPDOneFailure(t *testing.T) {
	n := 0
	for _, line := range []string{
		"smtp authentication user=bob result=permfail",
		`smtp failed-command command="AUTH LOGIN (password)" result="535 Authentication failed"`,
	} {
		if fields(t, "Nov 22 01:39:03 mx1 smtpd[9]: 0123456789abcdef "+line, "kind")["kind"] == "auth_fail" {
			n++
		}
	}
	if n != 1 {
		t.Errorf("%d failures counted", n)
	}
}

// TestOpenSMTPDTLSFault: a handshake that fails is a TLS fault and ends the session.
func TestOpenSMTPDTLSFault(t *testing.T) {
	got := parseLine(`Nov 22 01:39:03 mx1 smtpd[9]: 0123456789abcdef smtp disconnected reason="io-error: error:0A080006:SSL routines::EVP lib"`)
	if len(got) != 2 || !strings.Contains(got[0], `"kind":"tls_error"`) || !strings.Contains(got[1], `"kind":"lost"`) {
		t.Errorf("%s", got)
	}
}
