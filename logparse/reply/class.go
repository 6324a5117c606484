package reply

// Class says what kind of refusal a reply is. Detection counts by it; the names
// are part of the JSON contract and of the filter language.
type Class uint8

const (
	ClassUnknown        Class = iota
	ClassAccepted             // a 2xx or 3xx reply
	ClassSpam                 // the message was judged to be spam
	ClassBlocklisted          // our address or domain is on a list, public or the provider's own
	ClassRate                 // too much, too fast, too many connections
	ClassReputation           // low reputation or complaints, without a list
	ClassAuthPolicy           // SPF, DKIM, DMARC or ARC did not satisfy the receiver
	ClassUserUnknown          // no such mailbox, or it is disabled
	ClassMailboxFull          // over quota
	ClassGreylist             // come back later, on first contact
	ClassTLS                  // encryption required, failed or not trusted
	ClassNetwork              // no SMTP answer at all: see Net
	ClassRelayDenied          // the server does not relay for us
	ClassContent              // attachment, header, virus, format or encoding
	ClassSize                 // message too big
	ClassPolicy               // a rule of the receiver's, for example reverse DNS, HELO or sender domain
	ClassTemporaryLocal       // trouble of the receiver's own, or of our own delivery agent
	ClassCredentials          // login refused or required: our relay account
	ClassProtocol             // syntax, sequence or an extension that is missing
	ClassDNSBLError           // the receiver's list lookup failed: never a listing
	NumClasses
)

var classNames = [NumClasses]string{
	"unknown", "accepted", "spam", "blocklisted", "rate", "reputation", "auth_policy", "user_unknown", "mailbox_full",
	"greylist", "tls", "network", "relay_denied", "content", "size", "policy", "temporary_local", "credentials",
	"protocol", "dnsbl_error",
}

func (c Class) String() string { return classNames[c] }

// Net says why there was no SMTP answer. Only ClassNetwork has one.
type Net uint8

const (
	NetNone        Net = iota
	NetTimeout         // connecting timed out
	NetRefused         // nothing listens, or a firewall resets
	NetUnreachable     // no route to host or network
	NetDNS             // name, MX or address not found or not answered
	NetLost            // connection lost or timed out during the dialogue
	NetLoop            // the destination is ourselves, or too many hops
	NumNets
)

var netNames = [NumNets]string{"", "timeout", "refused", "unreachable", "dns", "lost", "loop"}

func (n Net) String() string { return netNames[n] }

// Scope says what the receiver counts by, where the reply tells.
type Scope uint8

const (
	ScopeNone      Scope = iota
	ScopeAddress         // the sending IP address
	ScopeNetblock        // its network: neighbours count too
	ScopeSPF             // the domain of the envelope sender
	ScopeDKIM            // the signing domain
	ScopeURL             // a domain in a link of the message
	ScopeDomain          // the sending domain, not said which
	ScopeRecipient       // the receiving mailbox
	NumScopes
)

var scopeNames = [NumScopes]string{"", "address", "netblock", "spf_domain", "dkim_domain", "url_domain", "domain", "recipient"}

func (s Scope) String() string { return scopeNames[s] }
