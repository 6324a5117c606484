package source

// place is a file in which mail is usually logged.
type place struct {
	path string // may be a pattern of filepath.Glob
	who  string
	// mixed: the log of the whole system, which counts where it holds mail that no
	// other log has
	mixed bool
}

// usual are the places where distributions, panels and daemons log mail. The first
// of several that hold the same records is read.
var usual = []place{
	{path: "/var/log/mail.log", who: "usual on Debian, Ubuntu and iRedMail"},
	{path: "/var/log/maillog", who: "usual on RHEL, FreeBSD, Plesk and cPanel"},
	{path: "/var/log/mail", who: "usual on SUSE"},
	{path: "/var/log/zimbra.log", who: "Zimbra"},
	{path: "/usr/local/psa/var/log/maillog", who: "Plesk"},
	{path: "/var/log/mail.info", who: "usual on SUSE and Debian"},
	{path: "/var/log/exim4/mainlog", who: "Exim on Debian"},
	{path: "/var/log/exim_mainlog", who: "Exim on cPanel"},
	{path: "/var/log/exim/main.log", who: "Exim on RHEL and SUSE"},
	{path: "/var/log/exim/mainlog", who: "Exim on FreeBSD and DirectAdmin"},
	{path: "/var/spool/exim/log/mainlog", who: "Exim built from source"},
	{path: "/var/log/dovecot.log", who: "Dovecot's own log"},
	{path: "/var/log/dovecot-info.log", who: "Dovecot's own log"},
	{path: "/var/log/dovecot/*.log", who: "Dovecot on iRedMail"},
	{path: "/var/log/rspamd/rspamd.log", who: "rspamd's own log"},
	{path: "/var/log/syslog", who: "the whole system's log", mixed: true},
	{path: "/var/log/messages", who: "the whole system's log", mixed: true},
}

// stacks are mail servers made of containers. All containers of one are one host:
// a message passes through several of them.
var stacks = []struct {
	name string
	// of names and images of containers: one of them is part of it
	parts []string
}{
	{"mailcow", []string{"postfix-mailcow", "dovecot-mailcow", "rspamd-mailcow", "postfix-tlspol-mailcow", "mailcow/postfix", "mailcow/dovecot", "mailcow/rspamd"}},
	{"docker-mailserver", []string{"docker-mailserver"}},
	{"Mailu", []string{"mailu/postfix", "mailu/dovecot", "mailu/rspamd", "mailu-smtp", "mailu-imap", "mailu-antispam"}},
}

// mailPrograms in the name or image of a container make it a mail server of its own.
var mailPrograms = []string{"postfix", "exim", "opensmtpd", "dovecot", "sendmail", "mailserver"}
