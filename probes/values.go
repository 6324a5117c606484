package probes

// Value is one key that the values of a check may have.
type Value struct {
	Check   string `json:"check"`
	Key     string `json:"key"`
	Meaning string `json:"meaning"`
}

// Values is the table of all keys of values.
func Values() []Value { return values }

var values = []Value{
	{"", "reason", "text: why the check was not tested, or how it failed"},
	{"resolve", "name", "the name asked for"},
	{"resolve", "mail_domain", "true when the name has MX records and its exchangers are tested"},
	{"resolve", "hosts", "list: the hosts tested"},
	{"reach", "address", "the address"},
	{"reach", "port", "the port"},
	{"reach", "family", "ipv4 or ipv6"},
	{"reach", "role", "smtp, submission or submissions"},
	{"reach", "seconds", "object: seconds a phase took (connect banner ehlo starttls handshake ehlo2 mail rset quit)"},
	{"banner", "host", "first word of the greeting"},
	{"banner", "delay", "seconds until the greeting"},
	{"banner", "lines", "list: the greeting's lines"},
	{"banner", "multiline", "true when there are several"},
	{"banner", "mta", "server software, guessed from the greeting"},
	{"banner", "anomalies", "list: what was odd about the reply"},
	{"ehlo", "name", "the server's name in its EHLO reply"},
	{"ehlo", "keywords_before_tls", "list, in the server's order"},
	{"ehlo", "keywords_after_tls", "list, in the server's order"},
	{"ehlo", "only_before_tls", "list: keywords that TLS takes away"},
	{"ehlo", "only_after_tls", "list: keywords that TLS adds"},
	{"ehlo", "size", "largest message in bytes, 0 is no fixed limit"},
	{"ehlo", "limits", "object: LIMITS of RFC 9422"},
	{"ehlo", "pipelining", "true when told"},
	{"ehlo", "smtputf8", "true when told"},
	{"ehlo", "anomalies", "list: what was odd about the replies"},
	{"starttls", "implicit", "true on a port with TLS from the first byte"},
	{"starttls", "version", "TLS version agreed on"},
	{"starttls", "suite", "cipher suite agreed on"},
	{"starttls", "group", "key exchange group agreed on"},
	{"starttls", "handshake", "seconds"},
	{"starttls", "large_hello_fails", "true when only a ClientHello of one segment got through"},
	{"starttls", "anomalies", "list: what was odd about the reply"},
	{"tls", "faults", "list: all faults of the certificate"},
	{"tls", "days_left", "whole days until it expires, negative afterwards"},
	{"tls", "versions", "list: TLS version agreed on"},
	{"tls", "suites", "list: cipher suite agreed on"},
	{"tls", "chain", "list of certificates as sent: subject issuer not_before not_after key signature names"},
	{"tls", "names", "list: names of the certificate"},
	{"tls", "wanted_names", "list: names of which one should be among them"},
	{"tls", "opportunistic_delivers", "true: servers that look at nothing still deliver"},
	{"tls", "verified_delivers", "true when mail clients and MTA-STS senders accept the certificate"},
	{"auth", "mechanisms_before_tls", "list"},
	{"auth", "mechanisms_after_tls", "list"},
	{"summary", "ok", "number of findings with this verdict; so info warn bad unknown skipped"},
	{"summary", "info", "number"},
	{"summary", "warn", "number"},
	{"summary", "bad", "number"},
	{"summary", "unknown", "number"},
	{"summary", "skipped", "number"},
	{"summary", "ports_open", "ports that greeted us"},
	{"summary", "refused_checks", "list: checks asked for that need --owned"},
}
