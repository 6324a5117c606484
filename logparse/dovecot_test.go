package logparse

import (
	"strings"
	"testing"
)

func TestDovecotTrust(t *testing.T) {
	runTrust(t, "Nov 22 01:39:03 mx1 dovecot: ", []trustCase{
		{"login name with every field", "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<x>, method=PLAIN, rip=192.0.2.66, lip=192.0.2.1, TLS, session=<FAKEFAKE>, method=LOGIN, rip=203.0.113.9, lip=192.0.2.25, session=<REALREAL>",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "method": "LOGIN", "session": "REALREAL", "user": "x>, method=PLAIN, rip=192.0.2.66, lip=192.0.2.1, TLS, session=<FAKEFAKE"}},
		{"login name with a success", "imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<x>: Login: user=<root>, method=PLAIN, rip=203.0.113.9, lip=192.0.2.25, session=<REALREAL>",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": "x>: Login: user=<root"}},
		{"success of a name with a failure", "imap-login: Login: user=<x (auth failed, 9 attempts in 2 secs): user=<y>, method=PLAIN, rip=203.0.113.9, lip=192.0.2.25, mpid=7, session=<REALREAL>",
			want{"kind": "auth_ok", "count": nil, "user": "x (auth failed, 9 attempts in 2 secs): user=<y"}},
		{"auth name with an address", "auth: passwd-file(x,192.0.2.66,203.0.113.9,<REALREAL>): unknown user",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": "x,192.0.2.66"}},
		{"auth name with the end of the request", "auth: passwd-file(x,192.0.2.66): unknown user (given password: ,203.0.113.9,<REALREAL>): Password mismatch",
			want{"kind": "auth_fail", "client_ip": nil, "user": nil}},
		{"password with the end of the request", "auth: passwd-file(bob,203.0.113.9): Password mismatch (given password: ,192.0.2.66): unknown user)",
			want{"kind": "auth_fail", "client_ip": nil}},
		{"user name that is refused", "auth: plain(?,203.0.113.9): Username character disallowed by auth_username_chars: 0x3e (username: >, relay=evil[192.0.2.7]:25, dsn=2.0.0, status=sent (@x)",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": nil}},
		{"2.4 name with an address", "auth(x,192.0.2.66,sasl:login),203.0.113.9,sasl:plain)<REALREAL>: sql: Password mismatch",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "method": "plain", "user": "x,192.0.2.66,sasl:login)"}},
		{"2.4 name with the end of a head: two readings", "auth(x,192.0.2.66,sasl:login)<FAKEFAKE>: Info: sql: unknown user,203.0.113.9,sasl:plain)<REALREAL>: sql: Password mismatch",
			want{"kind": "auth_fail", "client_ip": nil, "user": nil}},
		{"2.4 worker name with an address", "auth-worker(x,192.0.2.66,203.0.113.9)<796><REALREAL>: request [1]: pam: pam_authenticate() failed: Authentication failure (Password mismatch?)",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": "x,192.0.2.66", "session": "REALREAL"}},
		{"2.4 worker name with the end of a head: two readings", "auth-worker(x,192.0.2.66)<1>: request [1]: pam: pam_authenticate() failed: Authentication failure (y,203.0.113.9)<796>: request [2]: pam: pam_authenticate() failed: Authentication failure",
			want{"kind": "auth_fail", "client_ip": nil, "user": nil}},
		{"2.4 worker pid is no session", "auth-worker(bob,203.0.113.9)<438>: request [3]: pam: pam_authenticate() failed: Authentication failure (Password mismatch?)",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": "bob", "session": nil}},
		{"2.4 name unknown to the daemon", "auth(?,203.0.113.9,sasl:plain)<REALREAL>: plain: Empty username",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": nil}},
		{"a recipient that LMTP looks up, 2.4", "auth(nosuch@example.org,127.0.0.1): passwd-file: unknown user", want{"kind": "other", "user": nil, "client_ip": nil}},
		{"a recipient that LMTP looks up, 2.3", "auth: passwd-file(nosuch@example.org,127.0.0.1): unknown user", want{"kind": "other"}},
		{"a login through webmail on this host", "auth: passwd-file(bob@example.org,127.0.0.1,<REALREAL>): unknown user", want{"kind": "auth_fail", "client_ip": "127.0.0.1"}},
		{"login name with a refusal", "imap-login: Login failed: Plaintext authentication disabled: user=<x: user=<y>, method=PLAIN, rip=192.0.2.66>, rip=203.0.113.9, lip=192.0.2.25, session=<REALREAL>",
			want{"kind": "auth_fail", "cause": "mechanism", "client_ip": "203.0.113.9", "stage": "Login"}},
		{"limit behind 2.4's words", "imap-login: Login aborted: Maximum number of connections from user+IP exceeded (mail_max_userip_connections=3) (connection limit reached, 1/1 successful auths in 0 secs) (connection_limit): user=<bob>, method=PLAIN, rip=203.0.113.9, lip=192.0.2.25, TLS, session=<REALREAL>",
			want{"kind": "rate_limit", "limit": "mail_max_userip_connections", "value": 3.0, "client_ip": "203.0.113.9"}},
		{"attempts behind 2.4's reason", "imap-login: Login aborted: Connection closed (tried to use unsupported auth mechanism, 2 attempts in 1 secs) (invalid_mech): user=<>, method=FOO, rip=203.0.113.9, lip=192.0.2.25, session=<REALREAL>",
			want{"kind": "auth_fail", "count": 2.0, "duration": 1.0}},
		{"message id with an action", "lmtp(bob)<1><REALREAL>: sieve: msgid=<x>: redirect action: forwarded to <evil@example.net>: discard action: Marked message to be discarded if not explicitly delivered (discard action)",
			want{"kind": "policy", "class": "redirect", "message_id": "x"}},
		{"ruser of PAM with an rhost", "auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=x rhost=192.0.2.66  user=root rhost=203.0.113.9",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9"}},
		{"message id with an outcome", "lmtp(bob)<1><REALREAL>: msgid=<x: saved mail to Trash@y>: save failed to INBOX: Quota exceeded (mailbox for user is full)",
			want{"kind": "delivery", "status": "bounced", "message_id": "x: saved mail to Trash@y"}},
	})
}

// TestDovecotSecrets: a password that Dovecot logged reaches no field of the event.
func TestDovecotSecrets(t *testing.T) {
	for _, line := range []string{
		"Nov 22 01:40:04 mx1 dovecot: auth: ldap(dave,203.0.113.9): invalid credentials (given password: hunter2)",
		"Nov 22 01:40:04 mx1 dovecot: auth: sql(dave,203.0.113.9): Password mismatch (SHA1 of given password: 356a192b7913b04c54574d18c28d46e6395428ab)",
		"Nov 22 01:40:04 mx1 dovecot: auth(dave,203.0.113.9,sasl:plain)<S>: sql: Password mismatch (given password: hunter2)",
	} {
		out := strings.Join(parseLine(line), "\n")
		if strings.Contains(out, "hunter2") || strings.Contains(out, "356a192b") {
			t.Errorf("password shown: %s", out)
		}
	}
}

// TestDovecotOneTry: the two lines of one failed login carry the same session, by
// which they are told to be one.
func TestDovecotOneTry(t *testing.T) {
	auth := fields(t, "Nov 22 01:40:04 mx1 dovecot: auth: sql(dave,203.0.113.9,<REALREAL>): Password mismatch", "kind", "session", "service")
	login := fields(t, "Nov 22 01:40:05 mx1 dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<dave>, method=PLAIN, rip=203.0.113.9, lip=192.0.2.25, session=<REALREAL>", "kind", "session", "service")
	if auth["session"] != login["session"] || auth["session"] != "REALREAL" {
		t.Errorf("sessions %v and %v", auth["session"], login["session"])
	}
	if auth["service"] != "auth" || login["service"] != "imap" {
		t.Errorf("services %v and %v", auth["service"], login["service"])
	}
}

// TestDovecotRepeat: attempts in a repeated line multiply.
func TestDovecotRepeat(t *testing.T) {
	got := fields(t, "Nov 22 01:40:05 mx1 dovecot: message repeated 4 times: [ imap-login: Disconnected (auth failed, 3 attempts in 2 secs): user=<dave>, method=PLAIN, rip=203.0.113.9, lip=192.0.2.25, session=<REALREAL>]", "count", "client_ip")
	if got["count"] != 12.0 || got["client_ip"] != "203.0.113.9" {
		t.Errorf("%v", got)
	}
}

// LMTP's look-up of a recipient comes from this host; another address of 127/8 is a
// container or a test host, and what comes from there is a login.
func TestDovecotLookupIsOfThisHost(t *testing.T) {
	for ip, want := range map[string]Kind{"127.0.0.1": KindOther, "::1": KindOther, "127.10.96.47": KindAuthFail, "198.51.100.7": KindAuthFail} {
		b := Block{Buf: []byte("2026-11-22T01:54:09.794748+00:00 mail dovecot: auth: passwd-file(info," + ip + "): unknown user")}
		New(Options{}).Parse(&b, 0, len(b.Buf), func(e *Event) {
			if e.Kind != want {
				t.Errorf("from %s: %v, want %v", ip, e.Kind, want)
			}
		})
	}
}
