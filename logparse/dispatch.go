package logparse

// family parses the message of a record: true when it recognised the text and
// has called send for each of its events, false when the text is not known to it.
type family func(*record) bool

// familyOf names the family of a program, and the MTA value its events carry.
// The name is the last path part of the program ("postfix/submission/smtpd" is
// "smtpd"); path says that there was a path, as Postfix's daemons have and those
// of others have not. A nil family: the text decides, see byShape.
//
// To add a family: one case here, and when it writes a file of its own without a
// program name one row in bareFamilies.
func familyOf(name []byte, path bool) (family, MTA) {
	if path {
		switch string(name) {
		case "smtpd", "smtp", "lmtp", "qmgr", "cleanup", "local", "virtual", "pipe", "bounce", "pickup", "master",
			"postscreen", "dnsblog", "tlsproxy", "anvil", "error", "discard", "trivial-rewrite", "verify", "scache",
			"proxymap", "proxywrite", "tlsmgr", "postfix-script", "postsuper", "postqueue", "postdrop", "postlogd",
			"sendmail", "postmap", "postalias", "nqmgr", "oqmgr", "flush", "showq", "spawn", "qmqpd", "postfix",
			"retry", "defer", "trace", "rewrite", "relay", "postlog", "postmulti", "postkick", "postlock", "postcat",
			"postconf", "newaliases", "mailq", "tlsrpt", "postmulti-script", "post-install", "postfix-wrapper",
			"postfix-tls-script", "nbdb_reindexd", "nbdb-reindexd", "reindexd", "error-retry":
			return parsePostfix, Postfix
		}
	}
	switch string(name) {
	case "postfix", "postfix-script", "postscreen", "qmgr", "cleanup", "pickup", "postsuper", "postqueue", "postdrop",
		"postlogd", "tlsproxy", "dnsblog", "postmulti", "postmap", "postalias", "trivial-rewrite", "postlog":
		return parsePostfix, Postfix

	// Dovecot, also its own file, where the process stands in the program's place:
	case "dovecot", "imap-login", "pop3-login", "managesieve-login", "submission-login", "auth", "auth-worker", "imap", "pop3",
		"lmtp", "lda", "managesieve", "submission", "master", "log", "anvil", "stats", "config", "doveconf", "doveadm", "indexer",
		"indexer-worker", "ssl-params", "dict", "replicator", "director", "imap-hibernate", "quota-status", "old-stats":
		return parseDovecot, Dovecot
	case "dovecot-auth", "unix_chkpwd":
		return parsePAM, PAM
	case "imaps", "pop3s", "timsieved", "lmtpunix":
		return parseCyrus, Cyrus
	case "imapd", "imapd-ssl", "pop3d", "pop3d-ssl", "imaplogin", "courierpop3login", "courieresmtpd",
		"courierd", "courieresmtp", "courierlocal", "courierdsn", "authdaemond", "esmtpd", "esmtpd-ssl", "esmtpd-msa", "courieruucp", "courierfax", "couriertls":
		return parseCourier, Courier
	case "saslauthd":
		return parseSaslauthd, Saslauthd
	case "exim", "exim4":
		return parseExim, Exim
	case "sm-mta", "sm-msp-queue", "sm-msp", "sm-que", "sendmail", "sm-acceptingconnections":
		return parseSendmail, Sendmail
		// OpenSMTPD is "smtpd" without a path, see byShape.

	// Filters:
	case "rspamd":
		return parseRspamd, Rspamd
	case "opendkim":
		return parseOpenDKIM, OpenDKIM
	case "opendmarc":
		return parseOpenDMARC, OpenDMARC
	case "policyd-spf", "policy-spf", "policyd-spf-perl", "postfix-policyd-spf-perl":
		return parsePolicydSPF, PolicydSPF
	case "postgrey":
		return parsePostgrey, Postgrey
	case "spamd", "spamassassin":
		return parseSpamAssassin, SpamAssassin
	case "amavis", "amavisd", "amavisd-new":
		return parseAmavis, Amavis
	case "clamd", "clamav-milter", "clamav-daemon", "freshclam":
		return parseClamAV, ClamAV
	case "php", "php-fpm", "php-cgi":
		return parsePHPMail, PHP

	// Ban tools:
	case "fail2ban", "fail2ban-server", "fail2ban.actions", "fail2ban.filter", "fail2ban.jail", "fail2ban.server", "fail2ban.utils",
		"fail2ban.observer", "fail2ban.database", "fail2ban.transmitter", "fail2ban.ipdns", "fail2ban.action", "fail2ban.asyncserver",
		"fail2ban.datedetector", "fail2ban.configreader", "fail2ban.filterpoll", "fail2ban.filterpyinotify", "fail2ban.filtersystemd":
		return parseFail2ban, Fail2ban
	case "crowdsec", "crowdsec-firewall-bouncer", "cs-firewall-bouncer":
		return parseCrowdSec, CrowdSec
	case "sshguard":
		return parseSshguard, Sshguard
	case "lfd":
		return parseCSF, CSF

	// Kernel, journald, rsyslog:
	case "kernel":
		return parseKernel, Kernel
	case "systemd-journald", "systemd-journal", "journal", "journald":
		return parseJournald, Journald
	case "rsyslogd", "rsyslogd-2177":
		return parseRsyslog, Rsyslog
	}
	return nil, MTANone
}

// family names the family of the record's program. Cyrus has daemons of its own
// called lmtp and master.
func (r *record) family() (family, MTA) {
	if r.path && hasPrefix(r.line[r.ev.Program.Off:], "cyrus/") {
		return parseCyrus, Cyrus
	}
	return familyOf(r.name, r.path)
}

// shape is a family that is recognised by its text alone.
type shape struct {
	parse family
	mta   MTA
	// sure says whether a message can only be this family's; the cheap test that
	// keeps one family from claiming another's text. nil: parse itself decides.
	sure func(msg []byte) bool
}

// shapes are tried in order for records whose program says nothing: a bare
// "smtpd", an unknown syslog_name, an APP-NAME cut at the slash, no program at all
// (journalctl -o cat, containers).
var shapes = [...]shape{
	{parseOpenSMTPD, OpenSMTPD, isSMTPDText},
	{parsePostfix, Postfix, nil},
	{parseOpenSMTPD, OpenSMTPD, nil},
}

// bareFamilies write files of their own, with their own stamp and no program:
// what follows the stamp decides. Tried in order, before shapes.
//
//	form          stamp looks like
//	formISOBlank  2026-11-22 01:39:03[.123| ,123][ +0100]   Exim, rspamd, fail2ban, Dovecot, sshguard ...
//	formCtime     Sat Nov 22 01:39:03 2026 -> msg           clamd
//	formBracket   [22-Nov-2026 01:39:03 UTC] msg            PHP mail.log
//	formLogfmt    time="2026-11-22T01:39:03Z" level=...     CrowdSec (msg is the whole line)
//	formBSD       Nov 22 01:39:03 imap-login: Info: ...     Dovecot (program set as usual)
//	formNone      no stamp at all
var bareFamilies = [...]struct {
	form  form
	first byte // of the message, 0: any
	shape shape
}{
	{formISOBlank, '#', shape{parseRspamd, Rspamd, isRspamdFile}},
	{formISOBlank, 'f', shape{parseFail2ban, Fail2ban, isFail2banFile}},
	{formISOBlank, 0, shape{parseExim, Exim, nil}},
	{formISOBlank, 0, shape{parseDovecot, Dovecot, nil}},
	{formNone, 0, shape{parseEximHeader, Exim, nil}},
	{formCtime, 0, shape{parseClamAV, ClamAV, nil}},
	{formBracket, 0, shape{parsePHPMail, PHP, nil}},
	{formLogfmt, 0, shape{parseCrowdSec, CrowdSec, nil}},
}

// dispatch hands the record to its family; false when no family knows the text.
func (r *record) dispatch() bool {
	if r.parse != nil {
		r.ev.MTA = r.mta
		return r.parse(r)
	}
	if len(r.name) > 0 {
		if parse, mta := r.family(); parse != nil {
			r.mta, r.ev.MTA = mta, mta
			return parse(r)
		}
	} else if r.byForm() {
		return true
	}
	return r.byShape()
}

func (r *record) byForm() bool {
	first := byte(0)
	if msg := r.msg(); len(msg) > 0 {
		first = msg[0]
	}
	for i := range bareFamilies {
		if b := &bareFamilies[i]; b.form == r.form && (b.first == first || b.first == 0) && r.try(&b.shape) {
			return true
		}
	}
	return false
}

// parseByShape is the family of programs that have none.
func parseByShape(r *record) bool { return r.byShape() }

func (r *record) byShape() bool {
	if hint := r.p.opt.MTA; hint != MTANone {
		for i := range shapes {
			if shapes[i].mta == hint && r.try(&shapes[i]) {
				return true
			}
		}
	}
	for i := range shapes {
		if r.try(&shapes[i]) {
			return true
		}
	}
	return false
}

// try lets one family have a go; what it wrote into the event is taken back when
// it does not know the text.
func (r *record) try(s *shape) bool {
	if s.sure != nil && !s.sure(r.msg()) {
		return false
	}
	r.guess = true
	r.ev.MTA = s.mta
	if s.parse(r) {
		return true
	}
	r.clear()
	return false
}
