//go:build e2e

package e2e

import (
	"fmt"
	"net"
	"strings"
	"testing"
)

// oddLab is a lab with every unusual thing switched on, so that Postfix writes
// the lines that ordinary traffic never makes.
type oddLab struct {
	*lab
	t                             *testing.T
	Limited, Slow, Screen, Barred int // ports of further smtpd services
}

const oddMain = `
message_size_limit = 20000
smtpd_authorized_xclient_hosts = 127.1.71.1
smtpd_authorized_xforward_hosts = 127.1.71.2
smtpd_tls_protocols = >=TLSv1.2
smtpd_tls_mandatory_protocols = >=TLSv1.2
smtpd_forbid_bare_newline = reject
smtpd_forbid_bare_newline_exclusions =
smtpd_helo_required = no
smtpd_sender_login_maps = regexp:{ {/^(.*)@home\.example$$/ $$1@home.example} }
smtpd_client_restrictions = check_client_access cidr:{ {127.1.72.1 REJECT go away}, {127.1.72.2 450 4.7.1 not now}, {127.1.72.3 421 4.7.1 hang up} }
smtpd_helo_restrictions = reject_invalid_helo_hostname, check_helo_access regexp:{ {/^friend$$/ REJECT no friends here}, {/^localhost$$/ 550 5.7.1 you are not me} }
smtpd_sender_restrictions = reject_non_fqdn_sender, check_sender_access regexp:{ {/^hold@/ HOLD sender on hold}, {/^discard@/ DISCARD nobody wants it}, {/^warn@/ WARN look at this sender}, {/^info@/ INFO seen}, {/^redirect@/ REDIRECT carol@home.example}, {/^prepend@/ PREPEND X-Seen: yes}, {/^bcc@/ BCC dave@home.example}, {/^filter@/ FILTER smtp:[{{.Sinks.Accept.Host}}]:{{.Sinks.Accept.Port}}}, {/^banned@/ REJECT spammer}, {/^delay@/ DEFER_IF_REJECT wait} }, reject_authenticated_sender_login_mismatch
smtpd_recipient_restrictions = reject_non_fqdn_recipient, warn_if_reject check_recipient_access regexp:{ {/^suspect@/ REJECT would be refused} }, check_recipient_access regexp:{ {/^verify/ reject_unverified_recipient}, {/^full@/ 452 4.2.2 Mailbox full} }, check_policy_service inet:{{.Policy}}, check_recipient_access regexp:{ {/^policy-down@/ nopolicy} }
smtpd_restriction_classes = nopolicy
nopolicy = check_policy_service inet:127.0.0.1:1
smtpd_policy_service_max_idle = 5s
smtpd_policy_service_try_limit = 1
smtpd_milters = inet:{{.Milter}}
milter_default_action = accept
header_checks = regexp:{ {/^Subject: reject me/ REJECT forbidden subject}, {/^Subject: discard me/ DISCARD by header}, {/^Subject: hold me/ HOLD by header}, {/^Subject: warn me/ WARN by header}, {/^Subject: info me/ INFO by header}, {/^Subject: redirect me/ REDIRECT carol@home.example}, {/^Subject: filter me/ FILTER smtp:[{{.Sinks.Accept.Host}}]:{{.Sinks.Accept.Port}}}, {/^Subject: prepend me/ PREPEND X-By: header}, {/^Subject: replace me/ REPLACE Subject: replaced}, {/^Subject: strip me/ STRIP by header}, {/^Subject: bcc me/ BCC dave@home.example}, {/^Subject: ignore me/ IGNORE} }
body_checks = regexp:{ {/^buy now/ REJECT spam in the body}, {/^watch this/ WARN body} }
mime_header_checks = regexp:{ {/name=.*\.exe/ REJECT no programs} }
soft_bounce = no
smtp_connect_timeout = 2s
smtp_helo_timeout = 2s
notify_classes = bounce, resource, software
anvil_status_update_time = 3s
unverified_recipient_reject_code = 550
address_verify_map =
address_verify_poll_count = 3
address_verify_poll_delay = 1s
virtual_alias_maps = inline:{ { team@home.example = alice@home.example, bob@home.example }, { loop@home.example = far@ok.example } }
recipient_delimiter = +
postscreen_greet_action = enforce
postscreen_greet_wait = 1s
postscreen_cache_map =
postscreen_bare_newline_enable = yes
postscreen_bare_newline_action = enforce
postscreen_non_smtp_command_enable = yes
postscreen_pipelining_enable = yes
postscreen_pipelining_action = enforce
postscreen_command_count_limit = 5
postscreen_access_list = cidr:{ {127.1.79.9 REJECT}, {127.1.79.8 PERMIT} }
postscreen_denylist_action = enforce
smtpd_soft_error_limit = 3
smtpd_hard_error_limit = 5
smtpd_reject_footer = \c; see the postmaster
`

const oddMaster = `
127.0.0.1:{{.Limited}} inet n - n - - smtpd
  -o syslog_name=inbound/limited
  -o smtpd_client_message_rate_limit=2
  -o smtpd_client_recipient_rate_limit=3
  -o smtpd_client_auth_rate_limit=2
  -o smtpd_client_new_tls_session_rate_limit=1
  -o smtpd_client_connection_count_limit=3
  -o smtpd_client_connection_rate_limit=30
  -o smtpd_tls_auth_only=no
  -o smtpd_sasl_auth_enable=yes
127.0.0.1:{{.Slow}} inet n - n - 20 smtpd
  -o smtpd_timeout=2s
  -o smtpd_sasl_auth_enable=yes
  -o smtpd_tls_auth_only=no
127.0.0.1:{{.Screen}} inet n - n - 1 postscreen
127.0.0.1:{{.Barred}} inet n - n - 1 smtpd
  -o smtpd_tls_chain_files=/nonexistent/chain.pem
  -o smtpd_milters=inet:127.0.0.1:1
  -o milter_default_action=tempfail
smtpd pass - - n - - smtpd
dnsblog unix - - n - 0 dnsblog
tlsproxy unix - - n - 0 tlsproxy
pipecat unix - n n - - pipe flags=R user=nobody argv=/bin/cat
pipefail unix - n n - - pipe flags= user=nobody argv=/bin/sh -c {echo cannot file it; exit 75}
pipeno unix - n n - - pipe flags= user=nobody argv=/bin/sh -c {echo no such thing; exit 67}
softsmtp unix - - n - - smtp
  -o soft_bounce=yes
tlssmtp unix - - n - - smtp
  -o smtp_tls_security_level=encrypt
lmtpsink unix - - n - - lmtp
`

const oddTransports = `pipe.example pipecat:
pipefail.example pipefail:
pipeno.example pipeno:
void.example discard:silently
wrong.example error:5.1.2 this domain was a mistake
later.example retry:4.3.0 not today
soft.example softsmtp:[{{.Sinks.Refuse.Host}}]:{{.Sinks.Refuse.Port}}
needs-tls.example tlssmtp:[{{.Sinks.Accept.Host}}]:{{.Sinks.Accept.Port}}
lmtp.example lmtpsink:[127.0.1.5]:{{.LMTP}}
drop.example smtp:{{.Drop}}
busy.example smtp:{{.Busy}}
blocked.example smtp:{{.Blocked}}
mute.example smtp:{{.Mute}}
spamfilter.example smtp:{{.Filter}}
notransport.example nosuch:
`

// oddAliases are in the format of texthash, without the colons of an aliases file.
const oddAliases = `fwd far@ok.example
piped "|/bin/cat >/dev/null"
pipebad "|/bin/false"
tofile /dev/null
list alice@home.example, bob@home.example
owner-list carol@home.example
nothere :include:/nonexistent/list
policy-prepend alice@home.example
policy-hold alice@home.example
policy-warn alice@home.example
policy-discard alice@home.example
milter-rcpt alice@home.example
milter-reject alice@home.example
milter-defer alice@home.example
milter-virus alice@home.example
milter-discard alice@home.example
milter-hold alice@home.example
`

// startOddLab fills the lab's texts: the addresses of the helpers that run in
// this process are put in here, all else is filled by the lab itself.
func startOddLab(t *testing.T) *oddLab {
	t.Helper()
	o := &oddLab{t: t}
	text := map[string]string{}
	for name, f := range map[string]func(net.Conn){
		"Policy": policyService, "Milter": serveMilter, "Drop": dropsAtOnce, "Busy": refusesToTalk,
		"Blocked": refusesForGood, "Mute": neverAnswers, "Filter": spamFilter,
	} {
		ln, err := listenFunc("127.0.0.1", f)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { ln.Close() })
		text[name] = ln.Addr().String()
		if name != "Policy" && name != "Milter" {
			text[name] = fmt.Sprintf("[127.0.0.1]:%d", ln.Addr().(*net.TCPAddr).Port)
		}
	}
	lmtp := &sink{Host: "127.0.1.5", lmtp: true}
	if err := lmtp.start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { lmtp.close() })
	text["LMTP"] = fmt.Sprint(lmtp.Port)
	for name, p := range map[string]*int{"Limited": &o.Limited, "Slow": &o.Slow, "Screen": &o.Screen, "Barred": &o.Barred} {
		var err error
		if *p, err = freePort(); err != nil {
			t.Fatal(err)
		}
		text[name] = fmt.Sprint(*p)
	}
	fill := func(s string) string {
		for k, v := range text {
			s = strings.ReplaceAll(s, "{{."+k+"}}", v)
		}
		return s
	}
	o.lab = startLab(t, labOptions{ExtraMain: fill(oddMain), ExtraMaster: fill(oddMaster), ExtraTransports: fill(oddTransports), ExtraAliases: fill(oddAliases)})
	return o
}
