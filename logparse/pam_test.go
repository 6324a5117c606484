package logparse

import "testing"

func TestPAMTrust(t *testing.T) {
	runTrust(t, "Nov 22 01:39:03 mx1 ", []trustCase{
		{"ruser with all fields", "auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=x rhost=192.0.2.66  user=root rhost=203.0.113.9  user=bob",
			want{"kind": "auth_fail", "client_ip": "203.0.113.9", "user": "bob"}},
		{"no host at all", "saslauthd[9]: pam_unix(smtp:auth): authentication failure; logname= uid=0 euid=0 tty= ruser= rhost=  user=bob",
			want{"kind": "other", "client_ip": nil, "user": "bob"}},
		{"saslauthd without a function's name", "saslauthd[9]:                 : auth failure: [user=x] [service=y]] [service=smtp] [realm=] [mech=pam] [reason=PAM auth error]",
			want{"kind": "auth_fail", "service": "smtp", "user": "x] [service=y]"}},
		{"name with fields of saslauthd", "saslauthd[9]: do_auth         : auth failure: [user=x] [service=imap] [realm=] [mech=pam] [reason=ok] [service=smtp] [realm=] [mech=shadow] [reason=Unknown]",
			want{"kind": "auth_fail", "service": "smtp", "method": "shadow", "cause": "unknown_user"}},
	})
}
