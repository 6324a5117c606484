package reply

// What to look at for a cause that several rows share. Written as short sentences
// in the imperative; no commands, for they depend on the host.
var (
	checksPTR = []string{
		"Compare the reverse DNS name of the sending address with its forward address and with the HELO name.",
		"Look whether mail leaves over IPv6, whose reverse name is often forgotten.",
	}
	checksHelo = []string{
		"The HELO name must be a full host name that resolves, best the one of the reverse DNS entry.",
	}
	checksAuth = []string{
		"Check the SPF record of the envelope sender's domain against the address that mail leaves from, IPv6 too.",
		"Check that the signing service is alive and that the selector's key in DNS is the one it signs with.",
		"Check that the From domain equals the SPF or DKIM domain (DMARC alignment); forwarded mail breaks SPF.",
	}
	checksMicrosoft = []string{
		"Find out first whether an account or a web form of this host sends spam.",
		"Register the address with Microsoft SNDS and JMRP to see complaints.",
		"Then ask for mitigation: https://olcsupport.office.com/",
	}
	checksDelistPortal = []string{
		"Find out first whether an account or a web form of this host sends spam.",
		"Then ask for delisting: https://sender.office.com/",
	}
	checksYahoo = []string{
		"Find out first whether an account, a list or forwarded spam causes the volume.",
		"Enrol in the complaint feedback loop: https://senders.yahooinc.com/",
		"Send slower to this provider, over few connections; deferred mail is retried by itself.",
	}
)

// advice is what a class means in general.
type advice struct {
	meaning string
	causes  []string
	checks  []string
}

var classAdvice = [NumClasses]advice{
	ClassUnknown:  {"the reply gives no reason that is known", []string{"a private wording of this receiver"}, []string{"Follow the address or link in the reply, if it has one."}},
	ClassAccepted: {"no refusal: the server agreed", nil, nil},
	ClassSpam: {"the receiver judged the message to be spam",
		[]string{"a hijacked account or web form sends spam", "forwarded spam", "text, links or images that filters know"},
		[]string{"Look who sent the refused messages: account, script, list or forward.", "Send one plain message to the same receiver and compare."}},
	ClassBlocklisted: {"your address or domain is on a block list",
		[]string{"spam left this host", "the address belonged to a spammer before, or its network does now", "the address range is registered as dynamic"},
		[]string{"Find and stop the cause first; a list takes you back as long as it goes on.", "Look the address up at the list, then follow its delisting form."}},
	ClassRate: {"the receiver limits how much you may send",
		[]string{"a burst: newsletter, queue run after an outage, hijacked account", "a new address without history"},
		[]string{"Look who sends the volume to this receiver.", "Send slower to it, over fewer connections; deferred mail is retried by itself."}},
	ClassReputation: {"the receiver distrusts your address or domain",
		[]string{"complaints of its users", "mail to many unknown users", "a new or neglected address"},
		[]string{"Look for spam and for lists with dead addresses among what was sent.", "Check reverse DNS, SPF, DKIM and DMARC."}},
	ClassAuthPolicy: {"SPF, DKIM or DMARC did not satisfy the receiver",
		[]string{"the SPF record lacks the sending address", "the mail is not signed, or with an old key", "forwarding without SRS or ARC"}, checksAuth},
	ClassUserUnknown: {"the mailbox does not exist or is disabled",
		[]string{"a typing error", "the person left", "an old address list"},
		[]string{"Compare the address letter by letter.", "Take such addresses off lists: many of them cost reputation."}},
	ClassMailboxFull: {"the mailbox is full",
		[]string{"the recipient reached the quota, or abandoned the mailbox"}, []string{"Tell the recipient by another way; the message is retried only after a 4xx reply."}},
	ClassGreylist: {"the receiver defers first contacts and takes the retry",
		[]string{"no mail between these two for some weeks"}, []string{"Wait for the retry.", "If it never passes: mail may leave from changing addresses."}},
	ClassTLS: {"encryption is required, failed or is not trusted",
		[]string{"STARTTLS is not offered or not used", "a certificate is expired or does not match", "protocol versions do not meet"},
		[]string{"Probe the receiver's STARTTLS and certificate.", "Check our own TLS policy for this destination (DANE, MTA-STS, forced TLS)."}},
	ClassNetwork: {"no SMTP answer came back",
		[]string{"the receiver or its network is down", "a firewall or the hosting provider blocks port 25", "DNS of the domain is broken"},
		[]string{"Probe port 25 of the host, and of an unrelated host to compare.", "Look the MX and address records up."}},
	ClassRelayDenied: {"the server does not pass mail on for this client and recipient",
		[]string{"the client did not log in", "the recipient's MX points to a server that does not know the domain"},
		[]string{"Check login and port of the client (submission is 587 or 465).", "Check the MX record of the recipient's domain."}},
	ClassContent: {"something in the message is not allowed",
		[]string{"a forbidden attachment or a virus", "a malformed header or bare line feeds", "an encoding that the server does not take"},
		[]string{"Send the same without attachment.", "Check the program that made the message."}},
	ClassSize: {"the message is too big", []string{"attachments; base64 adds a third"},
		[]string{"Compare the size with the SIZE value of the server's EHLO answer.", "Share the file in another way."}},
	ClassPolicy: {"a rule of the receiver forbids this message",
		[]string{"reverse DNS, HELO or sender domain do not please it", "a local access list"},
		[]string{"Check reverse DNS, HELO name and the sender's domain.", "Ask the receiver's postmaster, from another address."}},
	ClassTemporaryLocal: {"a server has trouble of its own", []string{"full disk, overload, a database or a filter that does not answer"},
		[]string{"If the receiver says so: wait, mail is retried.", "If it is our own server: look at its warnings, disk and filters."}},
	ClassCredentials: {"the login was refused, or one is required",
		[]string{"a wrong or expired password of our relay account", "the client sends without login"},
		[]string{"Check the account at the relay host, and whether it needs an app password."}},
	ClassProtocol: {"the two sides do not understand each other",
		[]string{"a middle box changes the session", "an old or wrong client program"},
		[]string{"Open a session by hand and compare what is said."}},
	ClassDNSBLError: {"the receiver's block list lookup failed; it is no listing of yours",
		[]string{"the receiver queries through a public resolver, too often, or with a wrong name"},
		[]string{"Tell the receiver's postmaster that an error code of the list is taken for a listing."}},
}

// netMeanings refine ClassNetwork.
var netMeanings = [NumNets]string{
	NetTimeout:     "connecting to the next host timed out: it is down, or a firewall drops port 25",
	NetRefused:     "the next host refused the connection: nothing listens on the port, or a firewall rejects it",
	NetUnreachable: "there is no route to the next host (often IPv6 without a working uplink)",
	NetDNS:         "the name, MX or address of the destination was not found in DNS",
	NetLost:        "the connection broke during the SMTP dialogue",
	NetLoop:        "a mail loop: the destination leads back to this host, or to a host already passed",
}
