package join

import "testing"

// A record that stands for many tries counts them all, and at once: a count is
// whatever a log says.
func TestRepeatedAttempts(t *testing.T) {
	sasl := "warning: " + ip + ": SASL LOGIN authentication failed: (reason unavailable), sasl_username=a@x"
	auth := line(1, "dovecot", "auth: passwd-file(a@x,198.18.0.1): Password mismatch")
	again := func(n string) string { return line(2, smtpd, "message repeated "+n+" times: [ "+sasl+"]") }
	connect := line(0, smtpd, "connect from "+ip)
	end := line(3, smtpd, "disconnect from "+ip+" ehlo=1 auth=0/20 commands=1/21")
	for _, c := range []struct {
		name, log string
		want      int
	}{
		{"20 tries, 19 of them in one record", connect + line(1, smtpd, sasl) + again("19") + end, 20},
		{"some told by the authentication service too", auth + auth + auth + again("5"), 5},
		{"fewer than the authentication service told", auth + auth + auth + again("2"), 3},
		{"a count from nowhere", again("2000000000"), 2000000000},
	} {
		if got := failures(t, c.log); got != c.want {
			t.Errorf("%s: %d failures, want %d", c.name, got, c.want)
		}
	}
}
