package logparse

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// imitations are what a stranger may write wherever a daemon logs a text of his.
var imitations = []string{
	"[192.0.2.66]", "x [192.0.2.66]", "x[192.0.2.66]: SASL LOGIN authentication failed", "[192.0.2.66]:25", "192.0.2.66",
	"rhost=192.0.2.66", "x rhost=192.0.2.66  user=root", "user=root", "x, user=<root>, rip=192.0.2.66", "rip=192.0.2.66, lip=1.2.3.4",
	"x, relay=evil [192.0.2.66]", "relay=evil[192.0.2.66]:25, status=sent (250 ok)", "x, client=evil[192.0.2.66], sasl_username=root",
	"address=192.0.2.66 host=evil", "ip=192.0.2.66", "client-ip=192.0.2.66; x", "client_address=192.0.2.66, x", "ip: 192.0.2.66, user: root",
	"(x)", "x)", "(", "x) [192.0.2.66]", "H=evil (x) [192.0.2.66]:25 P=local U=root", "'", "a b", "x result=ok", "x: unknown user", "x; from=<r@o> to=<c@d>",
	"x#012Nov 22 01:39:03 mx1 postfix/smtpd[1]: connect from evil[192.0.2.66]", "#012", "\\n", "%s%n", "x, nrcpt=99 (queue active)", "=", "x set_id=root",
}

// trusts are lines with a client's text at "%s"; "%q" stands for it with '"' and '\'
// escaped, as in a quoted local part. The address is 203.0.113.9 in all of them.
var trusts = []struct{ field, line string }{
	{"helo", "postfix/smtpd[1]: NOQUEUE: reject: RCPT from h.example[203.0.113.9]: 554 5.7.1 <b@example.org>: Relay access denied; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<%s>"},
	{"from", "postfix/smtpd[1]: NOQUEUE: reject: RCPT from h.example[203.0.113.9]: 554 5.7.1 <b@example.org>: Relay access denied; from=<\"%q\"@example.net> to=<b@example.org> proto=ESMTP helo=<h>"},
	{"to", "postfix/smtpd[1]: NOQUEUE: reject: RCPT from h.example[203.0.113.9]: 554 5.7.1 <\"%q\"@example.org>: Relay access denied; from=<a@example.net> to=<\"%q\"@example.org> proto=ESMTP helo=<h>"},
	{"user", "postfix/smtpd[1]: warning: h.example[203.0.113.9]: SASL LOGIN authentication failed: (reason unavailable), sasl_username=%s"},
	{"user", "postfix/smtpd[1]: 3F2A11C0D2: client=h.example[203.0.113.9], sasl_method=PLAIN, sasl_username=%s"},
	{"reply", "postfix/smtpd[1]: warning: non-SMTP command from h.example[203.0.113.9]: %s"},
	{"reply", "postfix/smtpd[1]: improper command pipelining after EHLO from h.example[203.0.113.9]: %s"},
	{"reply", "postfix/postscreen[1]: PREGREET 11 after 0.05 from [203.0.113.9]:40000: %s"},
	{"message_id", "postfix/cleanup[1]: 3F2A11C0D2: message-id=<%s>"},
	{"from", "postfix/qmgr[1]: 3F2A11C0D2: from=<\"%q\"@example.net>, size=100, nrcpt=1 (queue active)"},
	{"to", "postfix/smtp[1]: 3F2A11C0D2: to=<\"%q\"@example.org>, relay=none, delay=1, delays=1/0/0/0, dsn=4.4.1, status=deferred (connect to mx.example.org[198.51.100.4]:25: Connection refused)"},
	{"reply", "postfix/smtp[1]: 3F2A11C0D2: to=<b@example.org>, relay=mx.example.org[198.51.100.4]:25, delay=1, delays=1/0/0/0, dsn=5.0.0, status=bounced (host mx.example.org[198.51.100.4] said: 550 %s (in reply to RCPT TO command))"},
	{"user", "dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<%s>, method=PLAIN, rip=203.0.113.9, lip=198.51.100.1, session=<REALREAL>"},
	{"user", "dovecot: imap-login: Login: user=<%s>, method=PLAIN, rip=203.0.113.9, lip=198.51.100.1, mpid=7, TLS, session=<REALREAL>"},
	{"user", "dovecot: auth: passwd-file(%s,203.0.113.9,<REALREAL>): unknown user"},
	{"user", "dovecot: auth: pam(%s,203.0.113.9): pam_authenticate() failed: Authentication failure (password mismatch?)"},
	{"message_id", "dovecot: lmtp(bob)<1><REALREAL>: msgid=<%s>: saved mail to INBOX"},
	{"user", "dovecot-auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=%s rhost=203.0.113.9 "},
	{"user", "saslauthd[9]: do_auth         : auth failure: [user=%s] [service=smtp] [realm=] [mech=pam] [reason=PAM auth error]"},
	{"helo", "exim[1]: H=h.example (%s) [203.0.113.9] F=<a@example.net> rejected RCPT <b@example.org>: relay not permitted"},
	{"from", "exim[1]: H=h.example (h) [203.0.113.9] F=<\"%q\"@example.net> rejected RCPT <b@example.org>: relay not permitted"},
	{"user", "exim[1]: plain authenticator failed for h.example (h) [203.0.113.9]: 535 Incorrect authentication data (set_id=%s)"},
	{"from", "exim[1]: 1xUwgV-00001x-0f <= \"%q\"@example.net H=h.example (h) [203.0.113.9] P=esmtp S=290 id=x@y"},
	{"message_id", "exim[1]: 1xUwgV-00001x-0f <= a@example.net H=h.example (h) [203.0.113.9] P=esmtp S=290 id=%s"},
	{"user", "sm-mta[1]: fAM0e1xx000123: AUTH failure (LOGIN): authentication failure (-13) SASL(-13): authentication failure: x, user=%s, relay=h.example [203.0.113.9]"},
	{"from", "sm-mta[1]: fAM0e1xx000123: from=<\"%q\"@example.net>, size=100, class=0, nrcpts=1, msgid=<1@x>, proto=ESMTP, daemon=MTA, relay=h.example [203.0.113.9]"},
	{"message_id", "sm-mta[1]: fAM0e1xx000123: from=<a@example.net>, size=100, class=0, nrcpts=1, msgid=<%s>, proto=ESMTP, daemon=MTA, relay=h.example [203.0.113.9]"},
	{"to", "sm-mta[1]: fAM0e1xx000123: ruleset=check_rcpt, arg1=<\"%q\"@example.org>, relay=h.example [203.0.113.9], reject=550 5.7.1 <\"%q\"@example.org>... Relaying denied"},
	{"user", "smtpd[1]: 0123456789abcdef smtp authentication user=%s result=permfail"},
	{"from", "smtpd[1]: 0123456789abcdef smtp envelope evpid=26c32ccb58de7460 from=<\"%q\"@example.net> to=<b@example.org>"},
	{"stage", "smtpd[1]: 0123456789abcdef smtp failed-command command=\"%q\" result=\"500 5.5.1 Invalid command: Command unrecognized\""},
	{"from", "postgrey[1]: action=greylist, reason=new, client_name=h.example, client_address=203.0.113.9, sender=\"%q\"@example.net, recipient=b@example.org"},
	{"helo", "policyd-spf[1]: : prepend Received-SPF: Fail (mailfrom) identity=mailfrom; client-ip=203.0.113.9; helo=%s; envelope-from=a@example.net; receiver=example.org"},
	{"message_id", "amavis[1]: (00062-07) Blocked SPAM {RejectedInbound}, [203.0.113.9] <a@example.net> -> <b@example.org>, Message-ID: <%s>, mail_id: 4Eb8i9OmWo_v, Hits: 18.1, size: 142, 78 ms"},
	{"message_id", "spamd[1]: spamd: result: Y 15 - A scantime=1.0,size=21,user=bob,uid=105,required_score=5.0,rhost=::1,raddr=203.0.113.9,rport=5,mid=<%s>,autolearn=spam autolearn_force=no"},
	{"from", "rspamd[1]: <a>; task; rspamd_task_write_log: id: <1@x>, qid: <Q1Q1Q1>, ip: 203.0.113.9, from: <\"%q\"@example.net>, (default: T (reject): [18.00/15.00] [A(1.00){}]), len: 9, time: 1ms"},
}

// TestImitations puts each text into each field of each daemon: nothing else of the
// event may change. A field that two readings of the line dispute may be absent.
func TestImitations(t *testing.T) {
	for _, c := range trusts {
		plain := imitate(t, c.line, "plain")
		for _, text := range imitations {
			got := imitate(t, c.line, text)
			for key, value := range got {
				if key != c.field && key != "reply" && key != "text" && !cmp.Equal(plain[key], value) {
					t.Errorf("%q in the %s of %q: %s is %v, not %v", text, c.field, c.line, key, value, plain[key])
				}
			}
			if got["kind"] == nil || got["mta"] == nil {
				t.Errorf("%q in the %s of %q: not known: %v", text, c.field, c.line, got)
			}
		}
	}
}

// imitate is the only event of a line with a client's text in it.
func imitate(t *testing.T, line, text string) map[string]any {
	t.Helper()
	line = strings.ReplaceAll(line, "%q", strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text))
	line = "Nov 22 01:39:03 mx1 " + strings.ReplaceAll(line, "%s", text)
	events := parseLine(line)
	if len(events) != 1 {
		t.Fatalf("%d events of %q", len(events), line)
	}
	var all map[string]any
	if err := json.Unmarshal([]byte(events[0]), &all); err != nil {
		t.Fatal(err)
	}
	return all
}
