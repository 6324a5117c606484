package join

import (
	"testing"

	"mailtop/logparse"
)

// With several password databases one try makes a record of each that refuses, one
// of the PAM module and one of who asked.
func TestChainedDatabases(t *testing.T) {
	at := func(sec int, msg string) string { return line(sec, "dovecot", msg) }
	file := func(sec int, why string) string {
		return at(sec, "auth(ann,198.18.0.1,sasl:plain)<REALREAL>: passwd-file: "+why)
	}
	pam := func(sec int) string {
		return line(sec, "auth", "pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=ann rhost=198.18.0.1  user=ann")
	}
	worker := func(sec int) string {
		return at(sec, "auth-worker(ann,198.18.0.1)<796><REALREAL>: request [1]: pam: pam_authenticate() failed: Authentication failure (Password mismatch?)")
	}
	end := func(sec, n int) string {
		return at(sec, "imap-login: Login aborted: Logged out (auth failed, "+string(rune('0'+n))+" attempts in 9 secs) (auth_failed): user=<ann>, method=PLAIN, rip=198.18.0.1, lip=192.0.2.1, TLS, session=<REALREAL>")
	}
	ok := func(sec int) string {
		return at(sec, "imap-login: Logged in: user=<ann>, method=PLAIN, rip=198.18.0.1, lip=192.0.2.1, mpid=1, TLS, session=<REALREAL>")
	}
	refused := func(sec int) string {
		return at(sec, "imap-login: Authenticate FOO failed: Unsupported authentication mechanism.: user=<>, method=FOO, rip=198.18.0.1, lip=192.0.2.1, TLS, session=<REALREAL>")
	}
	good := func(sec int) string { return file(sec, "unknown user") + ok(sec) }
	guesses := func(from, n int) (log string) {
		for i := range n {
			log += file(from+i, "Password mismatch")
		}
		return log
	}
	for _, c := range []struct {
		name, log string
		want      int
	}{
		{"a file, PAM, its module and the login process", file(1, "Password mismatch") + pam(1) + worker(3) + end(5, 1), 1},
		{"two tries in a session", file(1, "Password mismatch") + pam(1) + worker(3) + file(6, "Password mismatch") + pam(6) + worker(8) + end(10, 2), 2},
		{"three names in a session, of which its end names the last", at(1, "auth(bob,198.18.0.1,sasl:plain)<REALREAL>: passwd-file: unknown user") +
			at(3, "auth(eve,198.18.0.1,sasl:plain)<REALREAL>: passwd-file: unknown user") + file(5, "unknown user") + end(7, 3), 3},
		{"without the login process' record", file(1, "unknown user") + worker(3), 1},
		{"the next database knew the name: what is counted before that is learned, no more after",
			good(1) + good(10) + good(20) + good(30) + good(40), 3},
		{"then a try that fails is told by PAM", good(1) + good(10) + good(20) + file(30, "unknown user") + worker(32) + end(34, 1), 4},
		{"and one that only the login process tells of", good(1) + good(10) + good(20) + file(30, "unknown user") + end(34, 1), 4},
		{"a guesser who gets in does not hide his other tries", guesses(0, 30) + ok(30) + guesses(31, 28), 58},
		{"wrong, then right: a failure", file(1, "Password mismatch") + ok(4) + file(10, "Password mismatch") + end(12, 1), 2},
		{"refused by the login process, then counted at the end", refused(1) + refused(1) +
			at(2, "imap-login: Login aborted: Connection closed (tried to use unsupported auth mechanism, 2 attempts in 0 secs) (invalid_mech): user=<>, method=FOO, rip=198.18.0.1, lip=192.0.2.1, TLS, session=<REALREAL>"), 2},
		{"the same in 2.3, which counts none", refused(1) + refused(1) +
			at(2, "imap-login: Disconnected (tried to use unsupported auth mechanism): user=<>, method=FOO, rip=198.18.0.1, lip=192.0.2.1, TLS, session=<REALREAL>"), 2},
	} {
		if got := failures(t, c.log); got != c.want {
			t.Errorf("%s: %d failures, want %d", c.name, got, c.want)
		}
	}
}

// saslauthd knows no address. Cyrus tells of the same try with address and name.
func TestSaslauthdTellsNothingNew(t *testing.T) {
	try := func(sec int) string {
		return line(sec, "saslauthd[7]", "                : auth failure: [user=ann] [service=imap] [realm=] [mech=pam] [reason=PAM auth error]") +
			line(sec, "cyrus/imaps[8]", "badlogin: [198.18.0.1] plaintext (ann) [SASL(-13): authentication failure: checkpass failed]")
	}
	byIP := 0
	facts(t, try(1)+try(5)+try(9), func(f *Fact) {
		if f.Kind == logparse.KindAuthFail && f.IP != ([16]byte{}) {
			byIP += f.Weight
		}
	})
	if n := failures(t, try(1)+try(5)+try(9)); byIP != 3 || n > 4 {
		t.Errorf("%d failures, %d of them by address; want 3 by address and at most one more", n, byIP)
	}
}
