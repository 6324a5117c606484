package logparse

// Sendmail 8.12 to 8.18 (programs sendmail, sm-mta, sm-msp-queue ...). A line is
// "queueid: text", "NOQUEUE: text" or text. Most texts are lists of "key=value"
// separated by ", " in a fixed order. Envelope addresses, message ids and logins
// are attacker text; a comma in them needs quotes to pass Sendmail's own parser, so
// quotes are minded. A relay is "name [ip]", "[ip]", with " (may be forged)" behind
// where name and address do not match.

type sendmailLine struct {
	r *record
	s []byte // the text behind the queue id
}

// parseSendmail reads one line of Sendmail.
func parseSendmail(r *record) bool {
	r.ev.MTA = Sendmail
	l := sendmailLine{r: r, s: r.msg()}
	if id, rest, ok := cutSendmailID(l.s); ok {
		if string(id) != "NOQUEUE" {
			r.ev.QueueID = r.sub(id)
		}
		l.s = rest
	}
	for _, i := range sendmailIndex.of(l.s) {
		if t := &sendmailTexts[i]; hasPrefix(l.s, t.text) {
			return t.read(l, l.s[len(t.text):], t)
		}
	}
	return l.address() || l.child() || l.peerText() || l.parameter()
}

// cutSendmailID takes "6AM1tRJs000308: " or "NOQUEUE: " off.
func cutSendmailID(s []byte) (id, rest []byte, ok bool) {
	n, digits := 0, 0
	for n < len(s) && n < 24 && (isLetter(s[n]) || s[n]-'0' <= 9) {
		if s[n]-'0' <= 9 {
			digits++
		}
		n++
	}
	if n+1 >= len(s) || s[n] != ':' || s[n+1] != ' ' || string(s[:n]) != "NOQUEUE" && (n < 8 || digits < 3) {
		return nil, s, false
	}
	return s[:n], s[n+2:], true
}

// sendmailText is a line that begins with a fixed text.
type sendmailText struct {
	text  string
	kind  Kind
	class Class
	read  func(sendmailLine, []byte, *sendmailText) bool
}

var sendmailTexts = [...]sendmailText{
	{"from=", KindAccept, ClassNone, sendmailLine.received},
	{"to=", KindDelivery, ClassNone, sendmailLine.delivery},
	{"ruleset=", KindReject, ClassNone, sendmailLine.ruleset},
	{"AUTH failure (", KindAuthFail, ClassNone, sendmailLine.authFailure},
	{"AUTH=server, ", KindAuthOK, ClassNone, sendmailLine.authServer},
	{"AUTH=client, ", KindOther, ClassNone, sendmailLine.plain},
	{"AUTH: ", KindProcess, ClassWarning, sendmailLine.plain},
	{"AUTH warning: ", KindProcess, ClassWarning, sendmailLine.plain},
	{"STARTTLS=", KindTLS, ClassNone, sendmailLine.starttls},
	{"STARTTLS: ", KindProcess, ClassWarning, sendmailLine.plain},
	{"TLS: ", KindProcess, ClassWarning, sendmailLine.plain},
	{"rejecting commands from ", KindProtocol, ClassNone, sendmailLine.pregreet},
	{"rejecting server ", KindProtocol, ClassNone, sendmailLine.tooEarly},
	{"rejecting client ", KindProtocol, ClassNone, sendmailLine.tooEarly},
	{"rejecting EHLO ", KindProtocol, ClassNone, sendmailLine.tooEarly},
	{"Syntax error in mailbox address ", KindProtocol, ClassNone, sendmailLine.plain},
	{"invalid domain name (", KindProtocol, ClassNone, sendmailLine.badHelo},
	{"smtps: TLS not available", KindProcess, ClassError, sendmailLine.plain},
	{"milter_sys_read(", KindProcess, ClassError, sendmailLine.plain},
	{"poststats: ", KindProcess, ClassWarning, sendmailLine.plain},
	{"Saved message in ", KindOther, ClassNone, sendmailLine.plain}, // the bounce of a bounce
	{"tls_clt_features=", KindOther, ClassNone, sendmailLine.plain},
	{"tls_srv_features=", KindOther, ClassNone, sendmailLine.plain},
	{"engine=", KindOther, ClassNone, sendmailLine.plain},
	{"Password verification failed", KindOther, ClassNone, sendmailLine.plain}, // Cyrus SASL's; "AUTH failure" follows
	{"incorrect digest response", KindOther, ClassNone, sendmailLine.plain},
	{"All-whitespace username", KindOther, ClassNone, sendmailLine.plain},
	{"unauthorized PIPELINING, ", KindProtocol, ClassNone, sendmailLine.lastRelay},
	{"SMTP MAIL command (", KindReject, ClassOther, sendmailLine.tempfailed},
	{"SMTP AUTH command (", KindOther, ClassNone, sendmailLine.plain}, // tempfailed by an earlier check
	{"SMTP STARTTLS command (", KindOther, ClassNone, sendmailLine.plain},
	{"AUTH decode64 error [", KindAuthFail, ClassNone, sendmailLine.lastRelay},
	{"AUTH encode64 error [", KindAuthError, ClassNone, sendmailLine.lastRelay},
	{"AUTH error: ", KindAuthError, ClassNone, sendmailLine.plain},
	{"ERROR: ", KindProcess, ClassError, sendmailLine.plain},
	{"delaying connections on daemon ", KindRateLimit, ClassNone, sendmailLine.overload},
	{"have been rejecting connections on daemon ", KindOther, ClassNone, sendmailLine.plain},
	{"delaying=", KindRateLimit, ClassNone, sendmailLine.plain},
	{"tcpwrappers (", KindReject, ClassPolicy, sendmailLine.wrapped},
	{"Fixed MIME ", KindProtocol, ClassNone, sendmailLine.plain},
	{"Truncated ", KindProtocol, ClassNone, sendmailLine.plain},
	{"headers too large (", KindProtocol, ClassNone, sendmailLine.plain},
	{"timeout connecting to LDAP server ", KindProcess, ClassError, sendmailLine.plain},
	{"rejecting connections on daemon ", KindRateLimit, ClassNone, sendmailLine.overload},
	{"deferring connections on daemon ", KindRateLimit, ClassNone, sendmailLine.overload},
	{"rejecting new messages: ", KindRateLimit, ClassNone, sendmailLine.plain},
	{"accepting connections again for daemon ", KindOther, ClassNone, sendmailLine.plain},
	{"accepting new messages", KindOther, ClassNone, sendmailLine.plain},
	{"lost input channel from ", KindLost, ClassLost, sendmailLine.lostInput},
	{"timeout waiting for input from ", KindLost, ClassTimeout, sendmailLine.timeout},
	{"collect: unexpected close on connection from ", KindLost, ClassLost, sendmailLine.collectLost},
	{"collect: premature EOM: ", KindLost, ClassLost, sendmailLine.plain},
	{"collect: relay=", KindReject, ClassProtocol, sendmailLine.badData},
	{"collect: ", KindProcess, ClassWarning, sendmailLine.plain},
	{"SMTP outgoing connect on ", KindOther, ClassNone, sendmailLine.plain},
	{"SMTP connect from ", KindConnect, ClassNone, sendmailLine.connect},
	{"connect from ", KindConnect, ClassNone, sendmailLine.connect},
	{"Authentication-Warning: ", KindOther, ClassNone, sendmailLine.authWarning},
	{"SYSERR(", KindProcess, ClassError, sendmailLine.plain},
	{"SYSERR: ", KindProcess, ClassError, sendmailLine.plain},
	{"SYSERR ", KindProcess, ClassError, sendmailLine.plain},
	{"starting daemon (", KindProcess, ClassStart, sendmailLine.plain},
	{"started as: ", KindOther, ClassNone, sendmailLine.plain},
	{"restarting ", KindProcess, ClassReload, sendmailLine.plain},
	{"stopping daemon", KindProcess, ClassStop, sendmailLine.plain},
	{"alias database ", KindOther, ClassNone, sendmailLine.plain},
	{"/", KindOther, ClassNone, sendmailLine.aliases},
	{"hash map ", KindProcess, ClassError, sendmailLine.plain},
	{"Milter", KindOther, ClassNone, sendmailLine.milter},
	{"milter=", KindOther, ClassNone, sendmailLine.milter},
	{"done; ", KindRemoved, ClassNone, sendmailLine.done},
	{"done, ", KindRemoved, ClassNone, sendmailLine.done},
	{"discarded", KindRemoved, ClassNone, sendmailLine.alone},
	{"clone: ", KindOther, ClassNone, sendmailLine.plain},
	{"quarantine=", KindPolicy, ClassQuarantine, sendmailLine.plain},
	{"message size (", KindReject, ClassSize, sendmailLine.tooBig},
	{"Too many recipients", KindRateLimit, ClassNone, sendmailLine.tooMany},
	{"8-bit character in mailbox address ", KindProtocol, ClassNone, sendmailLine.plain},
	{"forward /", KindOther, ClassNone, sendmailLine.plain},
	{"gethostbyaddr(", KindFCrDNS, ClassNone, sendmailLine.noName},
	{"runqueue: ", KindOther, ClassNone, sendmailLine.plain},
	{"grew WorkList", KindOther, ClassNone, sendmailLine.plain},
	{"low on space", KindProcess, ClassError, sendmailLine.plain},
	{"Losing ", KindProcess, ClassError, sendmailLine.plain},
	{"putbody: write error", KindProcess, ClassError, sendmailLine.plain},
	{"Cannot ", KindProcess, ClassError, sendmailLine.plain},
	{"cannot ", KindProcess, ClassError, sendmailLine.plain},
	{"can not ", KindProcess, ClassError, sendmailLine.plain},
	{"could not ", KindProcess, ClassError, sendmailLine.plain},
	{"unable to ", KindProcess, ClassError, sendmailLine.plain},
	{"WARNING: ", KindProcess, ClassWarning, sendmailLine.plain},
	{"Warning: ", KindProcess, ClassWarning, sendmailLine.plain},
	{"daemon invoked without full pathname", KindProcess, ClassWarning, sendmailLine.plain},
	{"problem creating SMTP socket", KindProcess, ClassError, sendmailLine.plain},
	{"Too many hops ", KindOther, ClassNone, sendmailLine.plain},
	{"hopcount exceeded", KindOther, ClassNone, sendmailLine.plain},
	{"makeconnection ", KindOther, ClassNone, sendmailLine.plain},
	{"<-- ", KindOther, ClassNone, sendmailLine.plain}, // LogLevel 15 and above: the dialogue
	{"--- ", KindOther, ClassNone, sendmailLine.plain},
	{"return to sender: ", KindBounce, ClassNone, sendmailLine.plain},
	{"sender notify: ", KindBounce, ClassNone, sendmailLine.plain},
	{"postmaster notify: ", KindBounce, ClassNone, sendmailLine.plain},
}

var sendmailIndex = indexTexts(len(sendmailTexts), func(i int) string { return sendmailTexts[i].text })

// plain sends the template as it is.
func (l sendmailLine) plain(_ []byte, t *sendmailText) bool {
	l.r.ev.Reply = l.r.sub(l.s)
	return l.r.sendKind(t.kind, t.class)
}

// alone sends the template where nothing follows it.
func (l sendmailLine) alone(rest []byte, t *sendmailText) bool {
	return len(rest) == 0 && l.r.sendKind(t.kind, t.class)
}

// sendmailPeer is a relay as Sendmail writes it.
type sendmailPeer struct {
	name, ident, addr []byte
}

// cutSendmailPeer reads "[ident@]name [ip][ (may be forged)]", "[ip]" or a name
// alone at the start of s.
func cutSendmailPeer(s []byte) (p sendmailPeer, rest []byte) {
	if len(s) > 0 && s[0] != '[' {
		i := 0
		for i < len(s) && s[i] != ' ' && s[i] != ',' {
			i++
		}
		p.name, s = s[:i], s[i:]
		if ident, name, ok := cutLast(p.name, "@"); ok {
			p.ident, p.name = ident, name
		}
		if !hasPrefix(s, " [") {
			return p, s
		}
		s = s[1:]
	}
	if i := indexByte(s, ']'); i > 0 {
		p.addr, s = s[1:i], s[i+1:]
	}
	s, _ = cutPrefix(s, " (may be forged)")
	return p, s
}

// peer sets the client.
func (l *sendmailLine) peer(p sendmailPeer) {
	r := l.r
	r.ev.ClientName = r.sub(p.name)
	if r.setClientIP(p.addr) {
		r.ev.Has |= IsTrusted
	}
}

// relay sets the next hop.
func (l *sendmailLine) relay(p sendmailPeer) {
	name, _ := cutSuffix(p.name, ".")
	l.r.ev.Relay = l.r.sub(name)
	if a, ok := parseAddr(p.addr); ok {
		l.r.ev.RelayIP = a
	}
}

// cutListField cuts the value of a field off, up to ", " outside quotes.
func cutListField(s []byte) (val, rest []byte) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '\\' && quoted:
			i++
		case c == '"':
			quoted = !quoted
		case c == ',' && !quoted && i+1 < len(s) && s[i+1] == ' ':
			return s[:i], s[i+2:]
		}
	}
	if quoted { // torn: the quote never closes
		val, rest, _ = cut(s, ", ")
		return val, rest
	}
	return s, nil
}
