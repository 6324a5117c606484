package probes

// fix is the way out on one server software.
type fix struct{ check, result, mta, text string }

var fixes = []fix{
	{"reach", "no_banner", "postfix", "postconf default_process_limit; ps -C smtpd | wc -l; look for a hanging policy service or DNS in the log"},
	{"starttls", "not_offered", "postfix", "set smtpd_tls_chain_files (or smtpd_tls_cert_file and _key_file) and smtpd_tls_security_level = may, then postfix reload"},
	{"starttls", "not_offered", "exim", "set tls_advertise_hosts = *, tls_certificate and tls_privatekey"},
	{"starttls", "not_offered", "sendmail", "define confSERVER_CERT and confSERVER_KEY in sendmail.mc, build it and restart"},
	{"starttls", "not_offered", "opensmtpd", "pki NAME cert/key in smtpd.conf and \"tls pki NAME\" on the listen line"},
	{"starttls", "refused", "postfix", "grep 'cannot load\\|TLS library' in the mail log: smtpd_tls_cert_file or its key is missing or unreadable"},
	{"starttls", "refused", "exim", "the user Debian-exim must be able to read tls_privatekey; see the main and panic log"},
	{"auth", "cleartext", "postfix", "smtpd_tls_auth_only = yes, then postfix reload"},
	{"auth", "cleartext", "exim", "auth_advertise_hosts = ${if eq{$tls_in_cipher}{}{}{*}}"},
	{"auth", "cleartext", "sendmail", "define(`confAUTH_OPTIONS', `A p') in sendmail.mc, build it and restart"},
	{"auth", "none_offered", "postfix", "smtpd_sasl_auth_enable = yes on this service in master.cf; check smtpd_sasl_path and that Dovecot's auth socket exists"},
	{"auth", "none_offered", "opensmtpd", "\"auth\" on the listen line"},
	{"tls", "expired", "postfix", "renew, then postfix reload"},
	{"tls", "incomplete_chain", "postfix", "let smtpd_tls_cert_file name fullchain.pem, then postfix reload"},
	{"smuggling", "vulnerable", "postfix", "smtpd_forbid_bare_newline = yes (3.9: normalize) and smtpd_forbid_bare_newline_exclusions = $mynetworks, then postfix reload"},
	{"smuggling", "vulnerable", "exim", "update to Exim 4.97.1 or newer"},
	{"smuggling", "vulnerable", "sendmail", "update to Sendmail 8.18 or newer"},
	{"rate", "unlimited", "postfix", "smtpd_client_connection_rate_limit = 60, then postfix reload"},
	{"relay", "open", "postfix", "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination; and check mynetworks (postconf mynetworks), then postfix reload"},
	{"relay", "open", "exim", "check hostlist relay_from_hosts and domainlist relay_to_domains (dc_relay_nets, dc_relay_domains), then restart"},
	{"relay", "open", "sendmail", "take promiscuous_relay and relay_entire_domain out of sendmail.mc, check access, build it and restart"},
	{"relay", "open", "opensmtpd", "let the rule that relays say \"match auth from any for any\" or \"match from local for any\""},
	{"relay", "accepts_rcpt", "postfix", "smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject_unauth_destination; and check mynetworks (postconf mynetworks), then postfix reload"},
	{"enum.vrfy", "leaks", "postfix", "disable_vrfy_command = yes, then postfix reload"},
	{"enum.vrfy", "leaks", "sendmail", "define(`confPRIVACY_FLAGS', `goaway') in sendmail.mc, build it and restart"},
	{"listener", "loopback_only", "postfix", "inet_interfaces = all, then postfix stop and postfix start (a reload is not enough)"},
	{"listener", "loopback_only", "exim", "dc_local_interfaces (Debian: dpkg-reconfigure exim4-config) or local_interfaces, then restart"},
	{"listener", "loopback_only", "opensmtpd", "\"listen on\" with the interface's name or 0.0.0.0 in smtpd.conf, then restart"},
	{"listener", "loopback_only", "sendmail", "take Addr=127.0.0.1 out of DAEMON_OPTIONS in sendmail.mc, build it and restart"},
	{"banner", "mismatch", "postfix", "let smtpd_banner begin with $myhostname"},
}

// withFix puts the exact line for the server that greeted in place of the general one.
func withFix(f *Finding, mta string) *Finding {
	for _, x := range fixes {
		if x.check == f.Check && x.result == f.Result && x.mta == mta {
			f.Fix = x.text
		}
	}
	return f
}

// Why says why a result matters.
func (f *Finding) Why() string { return word(f.Check, f.Result).Why }
