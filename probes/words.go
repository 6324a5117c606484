package probes

// Word is one result a check may have, and what it means.
type Word struct {
	Check   string  `json:"check"`
	Result  string  `json:"result"`
	Verdict Verdict `json:"verdict"`
	Title   string  `json:"title"`         // what was seen, when the check has nothing more exact to say
	Why     string  `json:"why,omitempty"` // why it matters
	Fix     string  `json:"fix,omitempty"` // the way out, for any server; fixes.go knows the exact line for some
	Ref     string  `json:"ref,omitempty"`
}

const (
	rfcSMTP   = "RFC 5321"
	rfcTLS    = "RFC 3207"
	rfcAuth   = "RFC 4954"
	rfcSubmit = "RFC 8314"
	rfcPKIX   = "RFC 5280"
)

// Words is the table of all results: one verdict each.
func Words() []Word { return words }

var words = []Word{
	{"resolve", "ok", OK, "name resolves", "", "", rfcSMTP + " 5.1"},
	{"resolve", "no_such_host", Bad, "name does not exist", "Nothing can be delivered to a name that DNS does not know.", "check the spelling; give the address itself; or ask another resolver with --resolver", rfcSMTP + " 5.1"},
	{"resolve", "null_mx", Info, "domain says it takes no mail (null MX)", "A null MX tells every sender not to try.", "test a host of the domain by name and port", "RFC 7505"},
	{"resolve", "failed", Unknown, "name could not be resolved", "The resolver gave no answer, which says nothing of the host.", "try again, give the address itself, or ask another resolver with --resolver", rfcSMTP + " 5.1"},

	{"reach", "open", OK, "answers", "", "", rfcSMTP},
	{"reach", "slow_banner", Info, "answers, with a late banner", "A delay of some seconds is often meant (a greet wait against bots); much more makes senders give up.", "no fault when a greet wait is configured; else look for slow DNS, a policy service or a full process table", rfcSMTP + " 4.5.3.2"},
	{"reach", "refused", Warn, "connection refused", "Nothing listens there, or a firewall answers with a reset.", "start or enable the service if the port should be open; else look at the firewall", rfcSMTP},
	{"reach", "timeout", Warn, "no answer to the connection", "Packets are dropped: a firewall on the way, a blocked port, or a host that is down.", "test from another network; look at the firewalls here, there and at the provider", rfcSMTP},
	{"reach", "reset", Bad, "connection reset", "Something accepted the connection and cut it: a crash, a limit or a middlebox.", "look into the server's log at this moment; a reset that never reaches the log comes from a middlebox", rfcSMTP},
	{"reach", "unreachable", Warn, "no route to the host", "A router or this host's own table has no way there; for IPv6 often this side has none.", "check the address and the route; an AAAA record of a host without working IPv6 slows every sender", rfcSMTP},
	{"reach", "prohibited", Warn, "a firewall forbids the connection", "The kernel or a near router said no: the rule is on this side or at the provider.", "look at the output rules and routes of this host", rfcSMTP},
	{"reach", "closed", Bad, "connection closed before the banner", "The service accepts and hangs up: a limit, an access list or a crash.", "look into the server's log at this moment: connection limits, access lists, TLS wrappers", rfcSMTP + " 3.1"},
	{"reach", "no_banner", Bad, "accepts but never greets", "The kernel accepts the connection and no process serves it: the process limit is reached or the server waits for something.", "compare the number of server processes with the limit; look for a hanging DNS, milter or policy service", rfcSMTP + " 3.1"},
	{"reach", "not_smtp", Bad, "another protocol answers", "What listens there is no mail server.", "check port forwarding and what listens on the port", rfcSMTP},
	{"reach", "protocol_error", Bad, "answers with broken SMTP", "Senders give up on a reply that they cannot read.", "look for a proxy or inspection device in front of the server", rfcSMTP + " 4.2"},
	{"reach", "rejected_554", Bad, "greets with a refusal", "The server refuses us before we said anything: blocklist, policy, or no mail service there.", "read the text; test from another address", rfcSMTP + " 3.1"},
	{"reach", "tempfail_421", Warn, "greets with \"try later\"", "A limit is reached or the service is going down; it says nothing of the other checks.", "try later, with fewer connections", rfcSMTP + " 4.2.3"},
	{"reach", "tls_expected", Bad, "expects TLS at once on a port for plain SMTP", "Clients that wait for a banner here wait for ever.", "serve plain SMTP with STARTTLS on 25 and 587; TLS at once belongs to port 465", rfcSubmit + " 3.3"},
	{"reach", "plaintext_on_tls_port", Bad, "plain SMTP on the port for implicit TLS", "Mail clients start TLS at once on 465 and fail.", "turn the TLS wrapper on for this port", rfcSubmit + " 3.3"},

	{"listener", "all", OK, "listens on every address of this host", "", "", rfcSMTP},
	{"listener", "wildcard", OK, "listens on all addresses, whichever this host gets", "", "", rfcSMTP},
	{"listener", "some", Info, "listens on some addresses of this host", "Right where the others are internal; a name that points to an address without a socket slows every sender.", "let the service listen on the addresses that its names in DNS point to", rfcSMTP},
	{"listener", "loopback_only", Warn, "listens on loopback only", "Programs of this host reach it, other hosts do not. Right for a host that only sends.", "if other hosts should reach it, let it listen on the host's addresses", rfcSMTP},
	{"listener", "none", Warn, "nothing listens on this port", "The service is down or not turned on: no firewall is to blame.", "start or enable the service if the port should be open", rfcSMTP},

	{"egress", "open", OK, "port 25 of others can be reached", "", "", rfcSMTP},
	{"egress", "blocked", Bad, "port 25 of others is blocked", "No mail leaves this host by itself: all of it waits in the queue.", "ask the provider to open port 25, or send through a smarthost on 587 or 465; if this host itself refuses, look at its output rules", rfcSMTP},
	{"egress", "intercepted", Bad, "a device on the way answers for port 25 of others", "Mail passes a stranger who can read and change it; DANE, MTA-STS and logins fail.", "ask the provider or the owner of the firewall to turn SMTP inspection off, or send through a smarthost on 587 or 465", rfcTLS + " 6"},
	{"egress", "general_failure", Bad, "the network is at fault, not port 25", "Nothing of several unrelated operators answers.", "look at address, route and resolver of this host", rfcSMTP},
	{"egress", "family_specific", Warn, "port 25 is open over one address family only", "Mail leaves late or not at all where the other family is tried first.", "ask the provider, or let the server send over the open family only", rfcSMTP},
	{"egress", "inconclusive", Unknown, "could not be told", "", "name more reference domains with --reference, at least 5 of different operators", rfcSMTP},

	{"banner", "ok", OK, "greeting is sound", "", "", rfcSMTP + " 4.3.1"},
	{"banner", "mismatch", Info, "greeting names another host than EHLO, or none", "Some receivers and blocklists compare the names.", "let the greeting begin with the host's full name", rfcSMTP + " 4.3.1"},
	{"banner", "masked", Warn, "greeting is overwritten with asterisks", "A firewall inspects SMTP on the way; such devices break STARTTLS and ESMTP.", "turn the SMTP inspection of the firewall off", rfcSMTP + " 4.3.1"},

	{"ehlo", "ok", OK, "EHLO works", "", "", rfcSMTP + " 4.1.1.1"},
	{"ehlo", "helo_only", Warn, "only HELO is understood", "Without EHLO there is no TLS, no size limit and no 8-bit mail: an old server, or a firewall that rewrites commands.", "look for SMTP inspection on the way", rfcSMTP + " 2.2.1"},
	{"ehlo", "failed", Bad, "EHLO fails", "No mail can be sent to a server that refuses the first command.", "read the reply; try another name with --ehlo", rfcSMTP + " 4.1.1.1"},

	{"starttls", "ok", OK, "STARTTLS works", "", "", rfcTLS},
	{"starttls", "required", OK, "STARTTLS works and is required", "Right on 587. On 25 it turns away senders without TLS.", "", rfcTLS + " 4"},
	{"starttls", "not_offered", Warn, "STARTTLS is not offered", "Mail, and passwords if any, cross the network in the clear.", "configure a certificate and turn STARTTLS on", rfcTLS},
	{"starttls", "refused", Bad, "STARTTLS is told and then refused", "Senders that insist on TLS cannot deliver; often the server cannot read its key.", "look into the server's log: certificate or key missing or unreadable", rfcTLS + " 4"},
	{"starttls", "stripped", Bad, "STARTTLS is removed on the way", "A device between here and the server hides STARTTLS: everything is sent in the clear.", "turn the SMTP inspection of the firewall off", rfcTLS + " 6"},
	{"starttls", "handshake_failed", Bad, "TLS handshake fails", "Senders that prefer TLS fail or fall back to clear text.", "look into the server's log at this moment; compare with openssl s_client -starttls smtp", rfcTLS},
	{"starttls", "timeout", Bad, "no answer to STARTTLS or in the handshake", "Senders hang here for minutes.", "look for a device that drops TLS, or an MTU problem", rfcTLS},

	{"tls", "ok", OK, "certificate is sound", "", "", rfcPKIX},
	{"tls", "expired", Bad, "certificate has expired", "Mail clients refuse to connect, and so do senders under MTA-STS.", "renew the certificate and reload the server: a renewed file that was not reloaded is the usual cause", rfcPKIX + " 4.1.2.5"},
	{"tls", "not_yet_valid", Bad, "certificate is not valid yet", "Clients refuse it; often a clock is wrong.", "check the clocks, then the certificate", rfcPKIX + " 4.1.2.5"},
	{"tls", "clients_refuse", Bad, "mail clients refuse the certificate (ports 587 and 465: self_signed, unknown_ca, wrong_name or no_san among its faults)", "Users cannot send, or learn to click warnings away.", "use a certificate of a public CA with the name that users type into their mail clients; for a CA of your own give --ca", "RFC 9525"},
	{"tls", "self_signed", Warn, "certificate is self-signed", "Enough for opportunistic TLS between servers; MTA-STS senders refuse it.", "use a certificate of a public CA", rfcPKIX},
	{"tls", "unknown_ca", Warn, "certificate is of an unknown CA", "Enough for opportunistic TLS between servers; whoever verifies and does not know the CA refuses it.", "use a certificate of a public CA; for a CA of your own give --ca", rfcPKIX + " 6"},
	{"tls", "incomplete_chain", Warn, "intermediate certificate is not sent", "Some clients fetch it themselves, others refuse: it works here and fails there.", "serve the full chain (fullchain.pem, not cert.pem)", "RFC 8446 4.4.2"},
	{"tls", "wrong_name", Warn, "certificate is for another name", "MTA-STS senders refuse it; opportunistic TLS between servers does not look.", "use a certificate with the name that the MX records use", "RFC 9525"},
	{"tls", "no_san", Warn, "certificate has no subject alternative name", "Clients no longer look at the common name.", "make a certificate with the name as subjectAltName", "RFC 9525"},
	{"tls", "weak_key", Warn, "certificate has a weak key", "Several TLS libraries refuse keys this short.", "make a new key: RSA of 2048 bits or more, or ECDSA P-256", "RFC 9325 4.5"},
	{"tls", "weak_signature", Warn, "certificate is signed with a broken hash", "TLS libraries refuse SHA-1 and MD5.", "get a new certificate", "RFC 9155"},
	{"tls", "several", Bad, "certificate is expired or not yet valid, and has other faults", "Mail clients refuse to connect, and so do senders under MTA-STS.", "see the list; renew with the right name, from a public CA, with the full chain", rfcPKIX},

	{"auth", "ok", OK, "login is offered where it should be", "", "", rfcAuth},
	{"auth", "cleartext", Bad, "login is offered without TLS", "Passwords cross the network readable.", "offer AUTH under TLS only", rfcAuth + " 4"},
	{"auth", "none_offered", Bad, "no login is offered on a submission port", "Users cannot send.", "check that the SASL backend runs and that the port has AUTH turned on", "RFC 6409 4.3"},

	{"tls.versions", "ok", OK, "only TLS 1.2 and 1.3", "", "", "RFC 8996"},
	{"tls.versions", "old", Warn, "TLS 1.0, 1.1 or SSL 3.0 is accepted", "These versions are retired; on port 25 they are still better than clear text, on 587 and 465 nothing needs them.", "allow TLS 1.2 and newer", "RFC 8996"},
	{"tls.versions", "weak", Bad, "neither TLS 1.2 nor 1.3 is accepted", "Current clients and senders refuse older versions: they cannot connect, or send in the clear.", "update the server's TLS library, or allow TLS 1.2 and newer", "RFC 8996"},

	{"tls.ciphers", "ok", OK, "cipher suites are sound", "", "", "RFC 9325 4.2"},
	{"tls.ciphers", "old", Info, "old cipher suites are accepted", "Recorded traffic can be read later by whoever gets the key (no forward secrecy), or the mode is dated (CBC, finite-field Diffie-Hellman).", "no haste on port 25; on 587 and 465 allow ECDHE with AES-GCM or ChaCha20 only", "RFC 9325 4.2"},
	{"tls.ciphers", "weak", Warn, "broken cipher suites are accepted", "RC4, DES, 3DES, export suites and those without encryption can be broken by watching.", "take them out of the list of cipher suites", "RFC 7465"},

	{"starttls.injection", "safe", OK, "commands sent before the handshake are not obeyed", "", "", "CVE-2011-0411"},
	{"starttls.injection", "vulnerable", Bad, "commands sent before the handshake are obeyed inside TLS", "A man in the middle can put commands into a session that the client believes protected.", "update the server, or whatever ends TLS in front of it: input must be thrown away at STARTTLS", "CVE-2011-0411"},
	{"starttls.injection", "unknown", Unknown, "could not be told", "", "", "CVE-2011-0411"},

	{"auth.login", "ok", OK, "login works", "", "", rfcAuth},
	{"auth.login", "bad_credentials", Bad, "user or password is refused", "The user cannot send.", "check name and password; a locked account or a ban looks the same", rfcAuth + " 6"},
	{"auth.login", "refused", Bad, "login is refused", "The server offers the mechanism and does not let us use it.", "read the reply; look into the log of the server and of its SASL backend", rfcAuth + " 6"},
	{"auth.login", "tempfail", Warn, "login is not possible now", "Usually the server cannot reach its own SASL or user database.", "look at the SASL backend (Dovecot, saslauthd) of the server", rfcAuth + " 6"},
	{"auth.login", "error", Unknown, "login could not be tried to the end", "", "read the transcript", rfcAuth},

	{"submit", "accepted", OK, "message is taken", "", "", rfcSMTP + " 4.2.5"},
	{"submit", "refused", Bad, "message is refused", "Users get this error.", "read the reply", rfcSMTP + " 4.2.5"},
	{"submit", "deferred", Warn, "message is deferred", "Servers try again by themselves; mail clients show an error.", "read the reply; a greylist clears in some minutes", rfcSMTP + " 4.2.5"},
	{"submit", "timeout", Bad, "no answer in the transaction", "Clients hang, and may send the message twice.", "look for a slow filter, milter or lookup", rfcSMTP + " 4.5.3.2"},

	{"filter", "rejects", OK, "both filter samples are refused", "", "", ""},
	{"filter", "accepts", Warn, "a filter sample is taken", "Either no filter looks at this mail, or it sorts or discards afterwards: look where the message is.", "look whether the message arrived, and at the filter's log", ""},

	{"smuggling", "safe", OK, "only CRLF.CRLF ends a message", "", "", rfcSMTP + " 4.1.1.4"},
	{"smuggling", "vulnerable", Bad, "other line ends than CRLF end a message too", "A mail that passed another server can hide a second one in it, with any sender, that passes SPF and DMARC.", "update the server and turn its check of bare line ends on", "CVE-2023-51764"},
	{"smuggling", "unknown", Unknown, "could not be told", "", "", rfcSMTP + " 4.1.1.4"},

	{"greylist", "none", OK, "no greylist", "", "", "RFC 6647"},
	{"greylist", "detected", Info, "greylisting", "First mails of new senders arrive later by this much.", "", "RFC 6647"},
	{"greylist", "unknown", Unknown, "could not be told", "", "", "RFC 6647"},

	{"rate", "limited", OK, "connections are limited", "", "", ""},
	{"rate", "unlimited", Info, "no limit on connections found", "One address may take all server processes.", "set a limit a client address", ""},

	{"relay", "closed", OK, "no form of relaying is taken", "", "", rfcSMTP + " 7.8"},
	{"relay", "open", Bad, "open relay: a stranger's message was delivered outside", "Spammers find it within hours; then the host is on every blocklist.", "allow relaying to logged-in users and your own networks only, then test again", rfcSMTP + " 7.8"},
	{"relay", "accepts_rcpt", Warn, "recipients outside are taken at RCPT", "It may be an open relay, or the refusal comes after DATA: only a message that arrives proves it.", "restrict relaying to logged-in users and your own networks, then test again", rfcSMTP + " 7.8"},
	{"relay", "accept_all", Unknown, "every recipient is taken at RCPT", "Such a front end decides later: RCPT says nothing of relaying, and mail to unknown users bounces to forged senders.", "let the front end check recipients", rfcSMTP + " 7.8"},
	{"relay", "deferred", Unknown, "the server said \"later\" (greylisting or a limit)", "A deferral is neither a refusal nor an acceptance.", "test again in some minutes from the same address", rfcSMTP + " 7.8"},
	{"relay", "trusted_vantage", Info, "relaying is taken from an address that may be trusted", "From loopback, an own address or a near network relaying is often allowed on purpose.", "test from another host, or with XCLIENT", rfcSMTP + " 7.8"},

	{"sender.spoof", "refused", OK, "strangers may not send as local users", "", "", rfcSMTP + " 7.1"},
	{"sender.spoof", "accepted", Warn, "strangers may send as local users", "Forged mail \"from the boss\" comes in unless SPF and DMARC of the domain are enforced here.", "enforce SPF and DMARC, or refuse local sender domains without login", rfcSMTP + " 7.1"},
	{"sender.spoof", "unknown", Unknown, "could not be told", "", "", rfcSMTP + " 7.1"},

	{"enum.vrfy", "safe", OK, "VRFY tells nothing", "", "", rfcSMTP + " 7.3"},
	{"enum.vrfy", "leaks", Warn, "VRFY tells who has a mailbox", "Guessers collect account names.", "turn VRFY off", rfcSMTP + " 7.3"},
	{"enum.vrfy", "unknown", Unknown, "could not be told", "", "", rfcSMTP + " 7.3"},
	{"enum.expn", "safe", OK, "EXPN tells nothing", "", "", rfcSMTP + " 7.3"},
	{"enum.expn", "leaks", Warn, "EXPN tells who is behind a list", "Guessers collect account names.", "turn EXPN off", rfcSMTP + " 7.3"},
	{"enum.expn", "unknown", Unknown, "could not be told", "", "", rfcSMTP + " 7.3"},
	{"enum.rcpt", "safe", OK, "RCPT tells nothing of mailboxes", "", "", rfcSMTP + " 7.3"},
	{"enum.rcpt", "leaks", Info, "RCPT tells who has a mailbox", "Unavoidable where unknown users are refused, which is right; a limit on errors slows guessers.", "none needed; keep an error limit", rfcSMTP + " 7.3"},
	{"enum.rcpt", "unknown", Unknown, "could not be told", "", "", rfcSMTP + " 7.3"},

	{"summary", "ok", OK, "no faults", "", "", ""},
	{"summary", "warnings", Warn, "works, with weaknesses", "", "", ""},
	{"summary", "faults", Bad, "faults found", "", "", ""},
	{"summary", "no_service", Bad, "no tested port gives mail service", "", "check the name and the ports, then the way there", ""},
	{"summary", "not_testable", Unknown, "could not be tested", "", "", ""},
}

// notTested is the one result every check may have: another result kept it from running.
const notTested = "not_tested"

func word(check, result string) Word {
	for _, w := range words {
		if w.Check == check && w.Result == result {
			return w
		}
	}
	if result == notTested {
		return Word{Check: check, Result: result, Verdict: Skipped, Title: "not tested"}
	}
	return Word{Check: check, Result: result, Verdict: Unknown, Title: "result not in the table"}
}
