package reply

import "strconv"

// DSN is an enhanced status code (RFC 3463), for example 5.7.1.
type DSN struct {
	Class           uint8
	Subject, Detail uint16
}

// String is the dotted form, "" for none.
func (d DSN) String() string {
	if d.Class == 0 {
		return ""
	}
	b := make([]byte, 0, 12)
	b = append(b, '0'+d.Class, '.')
	b = strconv.AppendUint(b, uint64(d.Subject), 10)
	b = append(b, '.')
	return string(strconv.AppendUint(b, uint64(d.Detail), 10))
}

// status is one row of the IANA registry "SMTP Enhanced Status Codes" (RFC 5248).
// The class is what the code alone says; sure means that it outweighs a weak word
// in the text.
type status struct {
	subject, detail uint16
	class           Class
	net             Net
	sure            bool
	meaning         string
	ref             string
}

var statuses = []status{
	{0, 0, ClassUnknown, 0, false, "no further detail given", "RFC 3463"},
	{1, 0, ClassUserUnknown, 0, false, "something is wrong with an address", "RFC 3463"},
	{1, 1, ClassUserUnknown, 0, true, "the mailbox does not exist at this domain", "RFC 3463"},
	{1, 2, ClassNetwork, NetDNS, true, "the domain of the address does not exist or takes no mail", "RFC 3463"},
	{1, 3, ClassUserUnknown, 0, true, "the recipient address is not valid syntax", "RFC 3463"},
	{1, 4, ClassUserUnknown, 0, true, "the recipient address matches more than one mailbox", "RFC 3463"},
	{1, 5, ClassAccepted, 0, true, "the recipient address is valid", "RFC 3463"},
	{1, 6, ClassUserUnknown, 0, true, "the mailbox has moved and left no forwarding address", "RFC 3463"},
	{1, 7, ClassPolicy, 0, true, "the sender address is not valid syntax", "RFC 3463"},
	{1, 8, ClassPolicy, 0, true, "the domain of the sender does not exist or cannot take replies", "RFC 3463"},
	{1, 9, ClassAccepted, 0, true, "passed on to a mailer that gives no status notifications", "RFC 3886"},
	{1, 10, ClassUserUnknown, 0, true, "the recipient's domain says it takes no mail (null MX)", "RFC 7505"},
	{2, 0, ClassUnknown, 0, false, "something is wrong with the mailbox", "RFC 3463"},
	{2, 1, ClassUserUnknown, 0, false, "the mailbox is disabled and takes no mail", "RFC 3463"},
	{2, 2, ClassMailboxFull, 0, true, "the mailbox is full", "RFC 3463"},
	{2, 3, ClassSize, 0, true, "the message is longer than this mailbox allows", "RFC 3463"},
	{2, 4, ClassPolicy, 0, true, "the mailing list could not be expanded", "RFC 3463"},
	{3, 0, ClassTemporaryLocal, 0, false, "trouble in the receiving mail system", "RFC 3463"},
	{3, 1, ClassTemporaryLocal, 0, true, "the receiving mail system has no space left", "RFC 3463"},
	{3, 2, ClassTemporaryLocal, 0, false, "the receiving mail system does not take mail at present", "RFC 3463"},
	{3, 3, ClassProtocol, 0, true, "the receiving mail system cannot do what was asked", "RFC 3463"},
	{3, 4, ClassSize, 0, true, "the message is larger than the system allows", "RFC 3463"},
	{3, 5, ClassTemporaryLocal, 0, true, "the receiving mail system is configured wrongly", "RFC 3463"},
	{3, 6, ClassAccepted, 0, true, "the message priority was changed", "RFC 6710"},
	{4, 0, ClassNetwork, 0, false, "trouble in the network or in routing", "RFC 3463"},
	{4, 1, ClassNetwork, NetTimeout, false, "the next host does not answer", "RFC 3463"},
	{4, 2, ClassNetwork, NetLost, false, "the connection broke", "RFC 3463"},
	{4, 3, ClassNetwork, NetDNS, false, "a directory or name server failed", "RFC 3463"},
	{4, 4, ClassNetwork, NetDNS, false, "no route to the destination is known", "RFC 3463"},
	{4, 5, ClassTemporaryLocal, 0, false, "the receiving mail system is overloaded", "RFC 3463"},
	{4, 6, ClassNetwork, NetLoop, true, "a mail loop was detected", "RFC 3463"},
	{4, 7, ClassUnknown, 0, false, "the message got too old before it could be delivered", "RFC 3463"},
	{5, 0, ClassProtocol, 0, false, "trouble with the protocol", "RFC 3463"},
	{5, 1, ClassProtocol, 0, true, "the command is invalid or out of order", "RFC 3463"},
	{5, 2, ClassProtocol, 0, true, "syntax error", "RFC 3463"},
	{5, 3, ClassPolicy, 0, true, "more recipients than the server takes for one message", "RFC 3463"},
	{5, 4, ClassProtocol, 0, true, "the command arguments are invalid", "RFC 3463"},
	{5, 5, ClassProtocol, 0, true, "the protocol version is wrong", "RFC 3463"},
	{5, 6, ClassProtocol, 0, true, "a line of the login exchange is too long", "RFC 4954"},
	{6, 0, ClassContent, 0, false, "something is wrong with the content", "RFC 3463"},
	{6, 1, ClassContent, 0, true, "the content type is not supported", "RFC 3463"},
	{6, 2, ClassContent, 0, true, "the content would have to be converted, which is not allowed", "RFC 3463"},
	{6, 3, ClassContent, 0, true, "the content would have to be converted, which is not possible", "RFC 3463"},
	{6, 4, ClassContent, 0, true, "the content was converted and lost information", "RFC 3463"},
	{6, 5, ClassContent, 0, true, "converting the content failed", "RFC 3463"},
	{6, 6, ClassContent, 0, true, "the content to be sent is not available", "RFC 4468"},
	{6, 7, ClassContent, 0, true, "addresses outside ASCII are not allowed here", "RFC 6531"},
	{6, 8, ClassContent, 0, true, "the answer would need UTF-8, which the client did not allow", "RFC 6531"},
	{6, 9, ClassContent, 0, true, "a message with UTF-8 headers cannot be passed to this recipient", "RFC 6531"},
	{6, 10, ClassContent, 0, true, "the answer would need UTF-8 (old double of 6.8)", "RFC 6531"},
	{7, 0, ClassPolicy, 0, false, "refused for a security or policy reason", "RFC 3463"},
	{7, 1, ClassPolicy, 0, false, "delivery is not authorised: the message is refused", "RFC 3463"},
	{7, 2, ClassPolicy, 0, true, "the sender may not write to this mailing list", "RFC 3463"},
	{7, 3, ClassContent, 0, true, "a security conversion would be needed and is not possible", "RFC 3463"},
	{7, 4, ClassTLS, 0, true, "a security feature is not supported", "RFC 3463"},
	{7, 5, ClassTLS, 0, true, "a cryptographic operation failed", "RFC 3463"},
	{7, 6, ClassTLS, 0, true, "a cryptographic algorithm is not supported", "RFC 3463"},
	{7, 7, ClassContent, 0, true, "the integrity check of the message failed", "RFC 3463"},
	{7, 8, ClassCredentials, 0, true, "user name or password is wrong", "RFC 4954"},
	{7, 9, ClassCredentials, 0, true, "the login mechanism is too weak for this account", "RFC 4954"},
	{7, 10, ClassTLS, 0, true, "encryption is needed", "RFC 5248"},
	{7, 11, ClassTLS, 0, true, "this login mechanism is allowed over TLS only", "RFC 4954"},
	{7, 12, ClassCredentials, 0, true, "the account must log in with a plain password once", "RFC 4954"},
	{7, 13, ClassCredentials, 0, true, "the account is disabled", "RFC 5248"},
	{7, 14, ClassCredentials, 0, true, "a trust relationship with another server is missing", "RFC 5248"},
	{7, 15, ClassPolicy, 0, true, "the priority of the message is too low", "RFC 6710"},
	{7, 16, ClassSize, 0, true, "the message is too big for its priority", "RFC 6710"},
	{7, 17, ClassUserUnknown, 0, true, "the mailbox has a new owner", "RFC 7293"},
	{7, 18, ClassUserUnknown, 0, true, "the domain has a new owner", "RFC 7293"},
	{7, 19, ClassTemporaryLocal, 0, true, "whether the mailbox still has the same owner cannot be told", "RFC 7293"},
	{7, 20, ClassAuthPolicy, 0, true, "no DKIM signature passed", "RFC 7372"},
	{7, 21, ClassAuthPolicy, 0, true, "DKIM passed, but by no signature that the receiver accepts", "RFC 7372"},
	{7, 22, ClassAuthPolicy, 0, true, "DKIM passed, but not for the domain of the author", "RFC 7372"},
	{7, 23, ClassAuthPolicy, 0, true, "SPF failed: this address may not send for the domain", "RFC 7372"},
	{7, 24, ClassAuthPolicy, 0, true, "SPF could not be evaluated: the record is faulty or DNS failed", "RFC 7372"},
	{7, 25, ClassPolicy, 0, true, "the reverse DNS name of the sending address is missing or does not match", "RFC 7372"},
	{7, 26, ClassAuthPolicy, 0, true, "more than one of SPF, DKIM and DMARC failed", "RFC 7372"},
	{7, 27, ClassPolicy, 0, true, "the sender's domain says it takes no mail (null MX), so it should send none", "RFC 7505"},
	{7, 28, ClassRate, 0, true, "a flood of mail was detected", "IANA registry"},
	{7, 29, ClassAuthPolicy, 0, true, "the ARC chain of the message is broken", "RFC 8617"},
	{7, 30, ClassTLS, 0, true, "the message demands REQUIRETLS, which the next hop does not offer", "RFC 8689"},
}

// statusOf finds the registry's row of a code, nil for a private one.
func statusOf(d DSN) *status {
	for i := range statuses {
		if s := &statuses[i]; s.subject == d.Subject && s.detail == d.Detail {
			return s
		}
	}
	return nil
}
