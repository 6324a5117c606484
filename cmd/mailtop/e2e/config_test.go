//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"text/template"
)

// mainCF is a whole main.cf: nothing of the host's own Postfix is used. DNS is
// off, so that no packet leaves the machine. mynetworks is explicit: its default
// would trust 127.0.0.0/8, that is every client of these tests.
const mainCF = `compatibility_level = 3.6
multi_instance_name = {{.Instance}}
queue_directory = {{.Dir}}/queue
data_directory = {{.Dir}}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
mail_owner = postfix
setgid_group = postdrop
maillog_file = {{.Dir}}/log/mail.log
inet_interfaces = 127.0.0.1
inet_protocols = all
myhostname = mx.home.example
mydomain = home.example
mynetworks = 127.0.0.1/32
mydestination = local.home.example
alias_maps = texthash:{{.Dir}}/etc/aliases
alias_database =
virtual_mailbox_domains = home.example
virtual_mailbox_base = {{.Dir}}/mail
virtual_mailbox_maps = texthash:{{.Dir}}/etc/mailboxes
virtual_uid_maps = static:65534
virtual_gid_maps = static:65534
transport_maps = texthash:{{.Dir}}/etc/transport
relayhost = [{{.Sinks.Accept.Host}}]:{{.Sinks.Accept.Port}}
disable_dns_lookups = yes
smtp_host_lookup = native
smtpd_peername_lookup = no
biff = no
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination
smtpd_sasl_type = dovecot
smtpd_sasl_path = private/auth
smtpd_sasl_local_domain =
smtpd_tls_chain_files = {{.Dir}}/etc/chain.pem
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_tls_loglevel = 1
smtpd_client_connection_rate_limit = {{.ConnRate}}
smtpd_client_connection_count_limit = 50
smtpd_error_sleep_time = 0
anvil_rate_time_unit = 60s
disable_vrfy_command = yes
{{.ExtraMain}}
`

// masterCF has the services of a Debian host, on free loopback ports.
const masterCF = `127.0.0.1:{{.SMTP}} inet n - n - - smtpd
127.0.0.1:{{.Submission}} inet n - n - - smtpd
  -o syslog_name={{.Instance}}/submission
  -o smtpd_tls_security_level=encrypt
  -o smtpd_sasl_auth_enable=yes
127.0.0.1:{{.SMTPS}} inet n - n - - smtpd
  -o syslog_name={{.Instance}}/smtps
  -o smtpd_tls_wrappermode=yes
  -o smtpd_sasl_auth_enable=yes
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
local unix - n n - - local
virtual unix - n n - - virtual
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
{{.ExtraMaster}}
`

// dovecotConf serves Postfix's logins and IMAP. Dovecot's answer to a wrong
// password is not delayed here: what it logs is the same, and the tests are fast.
const dovecotConf = `base_dir = {{.Dir}}/dovecot
instance_name = {{.Instance}}
log_path = {{.Dir}}/log/dovecot.log
auth_verbose = yes
auth_failure_delay = 0
auth_mechanisms = plain login
protocols = imap
listen = 127.0.0.1
ssl = yes
ssl_cert = <{{.Dir}}/etc/chain.pem
ssl_key = <{{.Dir}}/etc/chain.pem
disable_plaintext_auth = no
mail_location = maildir:{{.Dir}}/mail/%u
passdb {
  driver = passwd-file
  args = scheme=plain {{.Dir}}/auth/users
}
userdb {
  driver = static
  args = uid=65534 gid=65534 home={{.Dir}}/mail/%u
}
service auth {
  unix_listener {{.Dir}}/queue/private/auth {
    mode = 0660
    user = postfix
    group = postfix
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service imap-login {
  inet_listener imap {
    address = 127.0.0.1
    port = {{.IMAP}}
  }
  inet_listener imaps {
    address = 127.0.0.1
    port = {{.IMAPS}}
  }
}
`

// transports leads each destination domain to the next hop that plays it; all
// other domains go to the accepting one.
const transports = `slow.example smtp:[{{.Sinks.Defer.Host}}]:{{.Sinks.Defer.Port}}
refuse.example smtp:[{{.Sinks.Refuse.Host}}]:{{.Sinks.Refuse.Port}}
gone.example smtp:[127.0.1.4]:1
{{.ExtraTransports}}
`

// writeConfig fills the lab's etc directory.
func (l *lab) writeConfig() error {
	files := []struct {
		name, text string
		mode       os.FileMode
	}{
		{"main.cf", mainCF, 0o644},
		{"master.cf", masterCF, 0o644},
		{"dovecot.conf", dovecotConf, 0o600},
		{"transport", transports, 0o644},
		{"aliases", "{{.ExtraAliases}}\n", 0o644},
		{"../auth/users", usersFile(), 0o600},
		{"mailboxes", mailboxesFile(), 0o644},
	}
	for _, f := range files {
		text := f.text
		for range 2 { // the extra texts hold actions of their own
			var err error
			if text, err = fill(f.name, text, l); err != nil {
				return err
			}
		}
		if err := os.WriteFile(l.etc(f.name), []byte(text), f.mode); err != nil {
			return err
		}
	}
	// The file holds passwords: only Dovecot's auth process reads it.
	return chownTo(filepath.Join(l.Dir, "auth", "users"), "dovecot")
}

func fill(name, text string, data any) (string, error) {
	t, err := template.New(name).Parse(text)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	err = t.Execute(&b, data)
	return b.String(), err
}

func (l *lab) etc(name string) string { return filepath.Join(l.Dir, "etc", name) }

// accounts are the users of home.example; the password of each is known to the
// tests and to nobody else.
var accounts = []string{"alice", "bob", "carol", "dave", "erin", "frank", "test", "news"}

func password(user string) string { return "right-" + user }

func address(user string) string { return user + "@home.example" }

func usersFile() string {
	var b strings.Builder
	for _, u := range accounts {
		b.WriteString(address(u) + ":" + password(u) + "\n")
	}
	return b.String()
}

func mailboxesFile() string {
	var b strings.Builder
	for _, u := range append(accounts, "postmaster") {
		b.WriteString(address(u) + " " + address(u) + "/\n")
	}
	return b.String()
}
