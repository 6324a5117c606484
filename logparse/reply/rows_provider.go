package reply

// The public pages that the rows below were written from.
const (
	refGoogle    = "https://support.google.com/a/answer/3726730"
	refGoogleReq = "https://support.google.com/a/answer/81126"
	refMSConsum  = "https://sendersupport.olc.protection.outlook.com/pm/troubleshooting"
	refMSNDR     = "https://learn.microsoft.com/exchange/troubleshoot/email-delivery/ndr/non-delivery-reports-in-exchange-online"
	refMSDelist  = "https://sender.office.com/"
	refYahoo     = "https://senders.yahooinc.com/smtp-error-codes/"
	refApple     = "https://support.apple.com/102322"
	refGMX       = "https://postmaster.gmx.net/en/error-messages"
	refTOnline   = "https://postmaster.t-online.de/"
	refComcast   = "https://postmaster.comcast.net/mail-error-codes.html"
	refSpamhaus  = "https://www.spamhaus.org/news/article/788/"
	refProofp    = "https://ipcheck.proofpoint.com/"
	refMimecast  = "https://community.mimecast.com/s/article/email-security-cloud-gateway-mimecast-smtp-error-codes"
	refBarracuda = "https://www.barracudacentral.org/rbl"
)

// providerRows are the replies of big receivers. A row's text is lower case, starts
// at a word and is looked for in the reply with its line breaks taken out.
var providerRows = []row{
	// Google: Gmail and Workspace.
	{text: "unusual rate of unsolicited", and: "netblock", provider: Google, class: ClassRate, scope: ScopeNetblock, ref: refGoogle, why: "Gmail slows down or refuses mail from the network of your address, because of much unwanted mail from it"},
	{text: "unusual rate of unsolicited", and: "spf domain", provider: Google, class: ClassRate, scope: ScopeSPF, ref: refGoogle, why: "Gmail slows down mail of the envelope sender's domain, because of much unwanted mail with it"},
	{text: "unusual rate of unsolicited", and: "dkim domain", provider: Google, class: ClassRate, scope: ScopeDKIM, ref: refGoogle, why: "Gmail slows down mail signed by this domain, because of much unwanted mail with it"},
	{text: "unusual rate of unsolicited", and: "url domain", provider: Google, class: ClassRate, scope: ScopeURL, ref: refGoogle, why: "Gmail slows down mail with links to this domain, because of much unwanted mail with them"},
	{text: "unusual rate of unsolicited", provider: Google, class: ClassRate, scope: ScopeAddress, ref: refGoogle, why: "Gmail slows down or refuses mail from your address, because of much unwanted mail from it"},
	{text: "unusual rate of email", provider: Google, class: ClassRate, scope: ScopeAddress, ref: refGoogle, why: "Gmail saw a jump in the amount of mail from your address"},
	{text: "very low reputation of the sending ip", provider: Google, class: ClassReputation, scope: ScopeAddress, ref: refGoogle, why: "Gmail distrusts the sending address"},
	{text: "very low reputation of the sending netblock", provider: Google, class: ClassReputation, scope: ScopeNetblock, ref: refGoogle, why: "Gmail distrusts the network of the sending address"},
	{text: "very low reputation of the sending domain", provider: Google, class: ClassReputation, scope: ScopeDomain, ref: refGoogle, why: "Gmail distrusts the sending domain"},
	{text: "suspicious due to the nature of the content", provider: Google, class: ClassSpam, ref: refGoogle, why: "Gmail judged the text or the links to be spam"},
	{text: "message is likely unsolicited mail", provider: Google, class: ClassSpam, ref: refGoogle, why: "Gmail judged the message to be spam"},
	{text: "message is likely suspicious", provider: Google, class: ClassReputation, ref: refGoogle, why: "Gmail distrusts the sender and refuses the message"},
	{text: "sending ip has been blocked", provider: Google, class: ClassBlocklisted, scope: ScopeAddress, ref: refGoogle, why: "Gmail blocks your address"},
	{text: "ip address sending this message does not have a ptr", provider: Google, class: ClassPolicy, scope: ScopeAddress, ref: refGoogleReq, why: "Gmail wants a reverse DNS name that leads back to the same address", checks: checksPTR},
	{text: "sending ip address for this message doesn't have a ptr", provider: Google, class: ClassPolicy, scope: ScopeAddress, ref: refGoogleReq, why: "Gmail wants a reverse DNS name that leads back to the same address", checks: checksPTR},
	{text: "blocked because the sender is unauthenticated", provider: Google, class: ClassAuthPolicy, ref: refGoogleReq, why: "Gmail demands that SPF or DKIM passes, and neither did", checks: checksAuth},
	{text: "does not have authentication information or fails to pass", provider: Google, class: ClassAuthPolicy, ref: refGoogleReq, why: "Gmail demands that SPF or DKIM passes, and neither did", checks: checksAuth},
	{text: "rate limited because the sender is unauthenticated", provider: Google, class: ClassAuthPolicy, ref: refGoogleReq, why: "Gmail slows mail down until SPF or DKIM passes", checks: checksAuth},
	{text: "rate limited because spf authentication didn't pass", provider: Google, class: ClassAuthPolicy, scope: ScopeSPF, ref: refGoogleReq, why: "Gmail slows mail down until SPF passes", checks: checksAuth},
	{text: "rate limited because dkim authentication didn't pass", provider: Google, class: ClassAuthPolicy, scope: ScopeDKIM, ref: refGoogleReq, why: "Gmail slows mail down until DKIM passes", checks: checksAuth},
	{text: "is not accepted due to domain's dmarc policy", provider: Google, class: ClassAuthPolicy, scope: ScopeDomain, ref: refGoogle, why: "the DMARC policy of the From domain forbids the message: neither SPF nor DKIM passed in alignment", checks: checksAuth},
	{text: "not rfc 5322 compliant", provider: Google, class: ClassContent, ref: refGoogle, why: "Gmail refuses a malformed header (missing or doubled From, Message-ID, Date ...)"},
	{text: "messages missing a valid address in from", provider: Google, class: ClassContent, ref: refGoogle, why: "the From header holds no valid address"},
	{text: "receiving mail at a rate that prevents", provider: Google, class: ClassRate, scope: ScopeRecipient, ref: refGoogle, why: "the mailbox gets more mail than Gmail allows for one user"},
	{text: "receiving mail too quickly", provider: Google, class: ClassRate, scope: ScopeRecipient, ref: refGoogle, why: "the mailbox gets more mail than Gmail allows for one user"},
	{text: "daily user sending limit exceeded", provider: Google, class: ClassRate, ref: refGoogle, why: "the account sends more a day than Gmail allows"},
	{text: "daily smtp relay", provider: Google, class: ClassRate, ref: refGoogle, why: "the limit of the Workspace SMTP relay is reached"},
	{text: "peak smtp relay limit", provider: Google, class: ClassRate, ref: refGoogle, why: "the limit of the Workspace SMTP relay is reached"},
	{text: "email account that you tried to reach does not exist", provider: Google, class: ClassUserUnknown, ref: refGoogle},
	{text: "email account that you tried to reach is disabled", provider: Google, class: ClassUserUnknown, ref: refGoogle},
	{text: "email account that you tried to reach is inactive", provider: Google, class: ClassUserUnknown, ref: refGoogle},
	{text: "email account that you tried to reach is over quota", provider: Google, class: ClassMailboxFull, ref: refGoogle},
	{text: "recipient's inbox is out of storage space", provider: Google, class: ClassMailboxFull, ref: refGoogle},
	{text: "ip not in whitelist for rcpt domain", provider: Google, class: ClassPolicy, ref: refGoogle, why: "the recipient's Workspace takes mail from listed gateways only"},
	{text: "tls required for rcpt domain", provider: Google, class: ClassTLS, ref: refGoogle, why: "the recipient's Workspace takes mail over TLS only"},
	{text: "this message was blocked because its content presents a potential security issue", provider: Google, class: ClassContent, ref: refGoogle, why: "an attachment type is forbidden, or a virus was found"},
	{text: "server busy, try again later", provider: Google, class: ClassTemporaryLocal, ref: refGoogle},
	{text: "gsmtp", provider: Google},
	{text: "gcdp", provider: Google, class: ClassPolicy, ref: refGoogle, why: "a rule set by the administrator of the recipient's Workspace refuses the message"},

	// Microsoft: Outlook.com and Exchange Online.
	{text: "s3140", provider: Microsoft, class: ClassBlocklisted, scope: ScopeNetblock, ref: refMSConsum, why: "the network of your address is on Outlook.com's own block list", checks: checksMicrosoft},
	{text: "s3150", provider: Microsoft, class: ClassBlocklisted, scope: ScopeNetblock, ref: refMSConsum, why: "the network of your address is on Outlook.com's own block list", checks: checksMicrosoft},
	{text: "part of their network is on our block list", provider: Microsoft, class: ClassBlocklisted, scope: ScopeNetblock, ref: refMSConsum, why: "the network of your address is on Outlook.com's own block list", checks: checksMicrosoft},
	{text: "s775", provider: Microsoft, class: ClassRate, scope: ScopeAddress, ref: refMSConsum, why: "Outlook.com limits how much this address may send, for its reputation", checks: checksMicrosoft},
	{text: "s77714", provider: Microsoft, class: ClassRate, scope: ScopeAddress, ref: refMSConsum, why: "Outlook.com limits how much this address may send, for its reputation", checks: checksMicrosoft},
	{text: "temporarily rate limited due to ip reputation", provider: Microsoft, class: ClassRate, scope: ScopeAddress, ref: refMSConsum, why: "Outlook.com slows this address down for its reputation", checks: checksMicrosoft},
	{text: "mail server has been temporarily rate limited", provider: Microsoft, class: ClassRate, scope: ScopeAddress, ref: refMSConsum, why: "Outlook.com slows this address down for its reputation", checks: checksMicrosoft},
	{text: "banned sending ip", provider: Microsoft, class: ClassBlocklisted, scope: ScopeAddress, ref: refMSDelist, why: "Exchange Online bans your address", checks: checksDelistPortal},
	{text: "does not meet the required authentication level", provider: Microsoft, class: ClassAuthPolicy, scope: ScopeDomain, ref: refMSConsum, why: "Outlook.com demands that SPF, DKIM and DMARC all pass for this sending domain", checks: checksAuth},
	{text: "message suspected as spam", provider: Microsoft, class: ClassSpam, ref: refMSNDR},
	{text: "traffic not accepted from this ip", provider: Microsoft, class: ClassBlocklisted, scope: ScopeAddress, ref: refMSNDR, why: "Exchange Online takes nothing from this address; typical for addresses without history", checks: checksDelistPortal},
	{text: "access denied, spam abuse detected", provider: Microsoft, class: ClassSpam, ref: refMSNDR, why: "Exchange Online judged that the sending account was abused for spam"},
	{text: "access denied, traffic not accepted", provider: Microsoft, class: ClassBlocklisted, scope: ScopeAddress, ref: refMSNDR, checks: checksDelistPortal},
	{text: "access denied, please try again later", provider: Microsoft, class: ClassRate, ref: refMSNDR, why: "Exchange Online does not trust this traffic yet and takes it slowly"},
	{text: "access denied, sending domain", and: "dmarc", provider: Microsoft, class: ClassAuthPolicy, scope: ScopeDomain, ref: refMSNDR, why: "the sending domain fails DMARC and its policy is reject", checks: checksAuth},
	{text: "access denied, banned sender", provider: Microsoft, class: ClassBlocklisted, ref: refMSNDR, why: "Exchange Online bans the sender", checks: checksDelistPortal},
	{text: "access denied, a message sent over ipv6", provider: Microsoft, class: ClassAuthPolicy, ref: refMSNDR, why: "over IPv6, Exchange Online demands that SPF or DKIM passes", checks: checksAuth},
	{text: "throttling suspicious users", provider: Microsoft, class: ClassRate, ref: refMSNDR},
	{text: "unregistered domain", and: "client blocked", provider: Microsoft, class: ClassPolicy, ref: refMSNDR, why: "the account sends for a domain that the tenant has not registered"},
	{text: "tenant has exceeded threshold", provider: Microsoft, class: ClassRate, ref: refMSNDR, why: "the Microsoft 365 tenant has used up its sending limit"},
	{text: "tenantattribution", provider: Microsoft, class: ClassRelayDenied, ref: refMSNDR, why: "no connector of a tenant matches, so Exchange Online treats this as relaying"},
	{text: "recipient address rejected: access denied", provider: Microsoft, class: ClassUserUnknown, ref: refMSNDR, why: "the mailbox does not exist in the recipient's Microsoft 365 (directory based edge blocking)"},
	{text: "resolver.adr.recipnotfound", provider: Microsoft, class: ClassUserUnknown, ref: refMSNDR},
	{text: "resolver.adr.recipientnotfound", provider: Microsoft, class: ClassUserUnknown, ref: refMSNDR},
	{text: "recipient not found by smtp address lookup", provider: Microsoft, class: ClassUserUnknown, ref: refMSNDR},
	{text: "resolver.rst.", provider: Microsoft, class: ClassPolicy, ref: refMSNDR, why: "the mailbox takes mail from certain senders only"},
	{text: "storedrv.deliver", and: "quota", provider: Microsoft, class: ClassMailboxFull, ref: refMSNDR},
	{text: "recipient thread limit exceeded", provider: Microsoft, class: ClassRate, scope: ScopeRecipient, ref: refMSNDR, why: "the mailbox gets more mail than Exchange Online delivers to one user"},
	{text: "mailbox unavailable", and: "s2017", provider: Microsoft, class: ClassUserUnknown, ref: refMSConsum},
	{text: "client was not authenticated to send anonymous mail", provider: Microsoft, class: ClassCredentials, ref: refMSNDR},
	{text: "hop count exceeded - possible mail loop", provider: Microsoft, class: ClassNetwork, net: NetLoop, ref: refMSNDR},
	{text: "attr5", provider: Microsoft}, {text: "attr35", provider: Microsoft, class: ClassRelayDenied, ref: refMSNDR},
	{text: "protection.outlook.com", provider: Microsoft},
	{text: "prod.outlook.com", provider: Microsoft},
	{dsn: DSN{5, 7, 1}, text: "s844", provider: Microsoft, class: ClassBlocklisted, ref: refMSConsum},
	{dsn: DSN{4, 7, 650}, provider: Microsoft, class: ClassRate, scope: ScopeAddress, ref: refMSConsum, why: "Outlook.com slows this address down for its reputation", checks: checksMicrosoft},
	{dsn: DSN{4, 7, 651}, provider: Microsoft, class: ClassRate, scope: ScopeAddress, ref: refMSConsum, why: "Outlook.com slows this address down for its reputation", checks: checksMicrosoft},
	{dsn: DSN{4, 7, 652}, provider: Microsoft, class: ClassRate, scope: ScopeAddress, ref: refMSConsum, why: "too many connections from this address for its reputation at Outlook.com", checks: checksMicrosoft},
	{dsn: DSN{4, 7, 500}, provider: Microsoft, class: ClassRate, ref: refMSNDR, why: "Exchange Online does not trust this traffic yet and takes it slowly"},
	{dsn: DSN{4, 7, 26}, provider: Microsoft, class: ClassAuthPolicy, ref: refMSNDR, why: "over IPv6, the receiver demands that SPF or DKIM passes", checks: checksAuth},
	{dsn: DSN{5, 7, 501}, provider: Microsoft, class: ClassSpam, ref: refMSNDR, why: "the sending account was judged to be abused for spam"},
	{dsn: DSN{5, 7, 502}, provider: Microsoft, class: ClassBlocklisted, ref: refMSNDR, why: "Exchange Online bans the sender", checks: checksDelistPortal},
	{dsn: DSN{5, 7, 503}, provider: Microsoft, class: ClassBlocklisted, ref: refMSNDR, why: "Exchange Online bans the sender", checks: checksDelistPortal},
	{dsn: DSN{5, 7, 509}, provider: Microsoft, class: ClassAuthPolicy, scope: ScopeDomain, ref: refMSNDR, why: "the sending domain fails DMARC and its policy is reject", checks: checksAuth},
	{dsn: DSN{5, 7, 511}, provider: Microsoft, class: ClassBlocklisted, scope: ScopeAddress, ref: refMSNDR, why: "Exchange Online bans your address; delisting goes through their support, not through the portal"},
	{dsn: DSN{5, 7, 512}, provider: Microsoft, class: ClassContent, ref: refMSNDR, why: "the From header breaks the standard"},
	{dsn: DSN{5, 7, 515}, provider: Microsoft, class: ClassAuthPolicy, scope: ScopeDomain, ref: refMSConsum, why: "Outlook.com demands that SPF, DKIM and DMARC all pass for this sending domain", checks: checksAuth},
	{dsn: DSN{5, 7, 606}, provider: Microsoft, class: ClassBlocklisted, scope: ScopeAddress, ref: refMSDelist, why: "Exchange Online bans your address", checks: checksDelistPortal},
	{dsn: DSN{5, 7, 703}, provider: Microsoft, class: ClassPolicy, ref: refMSNDR, why: "the recipient's organisation blocks this sender"},
	{dsn: DSN{5, 7, 705}, provider: Microsoft, class: ClassRate, ref: refMSNDR, why: "the Microsoft 365 tenant has used up its sending limit"},
	{dsn: DSN{5, 7, 708}, provider: Microsoft, class: ClassBlocklisted, scope: ScopeAddress, ref: refMSNDR, why: "Exchange Online takes nothing from this address; typical for addresses without history", checks: checksDelistPortal},
	{dsn: DSN{5, 7, 750}, provider: Microsoft, class: ClassPolicy, ref: refMSNDR, why: "the account sends for a domain that the tenant has not registered"},

	// Yahoo and AOL.
	{text: "tss04", provider: Yahoo, class: ClassRate, scope: ScopeAddress, ref: refYahoo, why: "Yahoo defers this address for an unusual amount of mail or for complaints of its users", checks: checksYahoo},
	{text: "tss05", provider: Yahoo, class: ClassRate, scope: ScopeAddress, ref: refYahoo, why: "Yahoo defers this address for an unusual amount of mail or for complaints of its users", checks: checksYahoo},
	{text: "tss09", provider: Yahoo, class: ClassReputation, scope: ScopeAddress, ref: refYahoo, why: "Yahoo defers all mail of this address for good; retrying does not help before the cause is gone", checks: checksYahoo},
	{text: "tss11", provider: Yahoo, class: ClassReputation, scope: ScopeAddress, ref: refYahoo, why: "Yahoo defers all mail of this address for good; retrying does not help before the cause is gone", checks: checksYahoo},
	{text: "tss0", and: "temporarily deferred", provider: Yahoo, class: ClassRate, scope: ScopeAddress, ref: refYahoo, checks: checksYahoo},
	{text: "ts01]", provider: Yahoo, class: ClassRate, scope: ScopeAddress, ref: refYahoo, checks: checksYahoo},
	{text: "ts02]", provider: Yahoo, class: ClassRate, scope: ScopeAddress, ref: refYahoo, checks: checksYahoo},
	{text: "ts03]", provider: Yahoo, class: ClassReputation, scope: ScopeAddress, ref: refYahoo, why: "Yahoo defers all mail of this address for good; retrying does not help before the cause is gone", checks: checksYahoo},
	{text: "due to unexpected volume or user complaints", provider: Yahoo, class: ClassRate, scope: ScopeAddress, ref: refYahoo, checks: checksYahoo},
	{text: "permanently deferred", provider: Yahoo, class: ClassReputation, scope: ScopeAddress, ref: refYahoo, checks: checksYahoo},
	{text: "message not accepted for policy reasons", provider: Yahoo, class: ClassPolicy, ref: refYahoo},
	{text: "not accepted for delivery due to failed authentication", provider: Yahoo, class: ClassAuthPolicy, ref: refYahoo, checks: checksAuth},
	{text: "email not accepted for policy reasons", provider: Yahoo, class: ClassPolicy, ref: refYahoo},
	{text: "mail server for", and: "exceeds maximum number of", provider: Yahoo, class: ClassRate, ref: refYahoo},
	{text: "this user doesn't have a yahoo", provider: Yahoo, class: ClassUserUnknown, ref: refYahoo},
	{text: "this user doesn't have a", and: "account", provider: Yahoo, class: ClassUserUnknown, ref: refYahoo},
	{text: "requested mail action aborted, mailbox not found", class: ClassUserUnknown},
	{text: "yahooinc.com", provider: Yahoo}, {text: "yahoo.com", provider: Yahoo},
	{text: "hvu:b", provider: Yahoo, class: ClassContent, why: "AOL refuses a link in the message"},
	{text: "dyn:t1", provider: Yahoo, class: ClassRate, why: "AOL limits this address for its reputation"},

	// Apple iCloud.
	{text: "cs01", and: "policy", provider: Apple, class: ClassSpam, ref: refApple, why: "iCloud judged the content to be spam"},
	{text: "hm08", provider: Apple, class: ClassSpam, ref: refApple, why: "iCloud judged the message to be spam"},
	{text: "support.apple.com", provider: Apple},
	{text: "local policy", and: "apple", provider: Apple, class: ClassPolicy, ref: refApple},

	// GMX, web.de, mail.com (one platform) and the Ionos servers of the same house.
	{text: "ip address is block listed", provider: GMX, class: ClassBlocklisted, scope: ScopeAddress, ref: refGMX, why: "GMX and web.de block your address"},
	{text: "reject due to policy restrictions", provider: GMX, class: ClassReputation, ref: refGMX, why: "GMX and web.de refuse the message for the sender's reputation or its content"},
	{text: "reject due to policy violations", provider: GMX, class: ClassReputation, scope: ScopeAddress, ref: refGMX, why: "GMX and web.de refuse your address, mostly after mail to many unknown users or with changing HELO names"},
	{text: "reject due to spf policy", provider: GMX, class: ClassAuthPolicy, scope: ScopeSPF, ref: refGMX, checks: checksAuth},
	{text: "bad dns ptr resource record", provider: GMX, class: ClassPolicy, scope: ScopeAddress, ref: refGMX, why: "the reverse DNS name is missing or looks like a dial-up line", checks: checksPTR},
	{text: "dialup/transient ip not allowed", provider: GMX, class: ClassPolicy, scope: ScopeAddress, ref: refGMX, checks: checksPTR},
	{text: "invalid dns mx or a/aaaa resource record", provider: GMX, class: ClassPolicy, ref: refGMX, why: "the sender's domain has no MX and no address"},
	{text: "presumed to be spam", and: "gmx", provider: GMX, class: ClassSpam, ref: refGMX},
	{text: "rate limit reached", provider: GMX, class: ClassRate, ref: refGMX},
	{text: "nemesis esmtp", provider: GMX},
	{text: "postmaster.gmx", provider: GMX}, {text: "postmaster.web.de", provider: GMX}, {text: "postmaster.1und1", provider: Ionos},

	// T-Online.
	{text: "none/bad reputation", provider: TOnline, class: ClassReputation, scope: ScopeAddress, ref: refTOnline, why: "T-Online takes mail only from addresses it knows: a fitting reverse DNS name and an imprint on the host's web site are wanted, then ask tosa@rx.t-online.de", checks: checksPTR},
	{text: "bad reputation", and: "t-online", provider: TOnline, class: ClassReputation, scope: ScopeAddress, ref: refTOnline, checks: checksPTR},
	{text: "tobr@rx.t-online.de", provider: TOnline, class: ClassBlocklisted, scope: ScopeAddress, ref: refTOnline}, {text: "tosa@rx.t-online.de", provider: TOnline, class: ClassBlocklisted, scope: ScopeAddress, ref: refTOnline},

	// Comcast.
	{text: "bl000000", provider: Comcast, class: ClassSpam, scope: ScopeAddress, ref: refComcast, why: "Comcast saw mail from your address that looks like spam"},
	{text: "bl000001", provider: Comcast, class: ClassBlocklisted, list: "zen.spamhaus.org", scope: ScopeAddress, ref: refComcast},
	{text: "bl000010", provider: Comcast, class: ClassBlocklisted, list: "cloudmark csi", scope: ScopeAddress, ref: refComcast},
	{text: "bl000100", provider: Comcast, class: ClassBlocklisted, list: "senderscore", scope: ScopeAddress, ref: refComcast},
	{text: "es000001", provider: Comcast, class: ClassPolicy, scope: ScopeAddress, ref: refComcast, why: "Comcast takes no mail from dynamic addresses", checks: checksPTR},
	{text: "es000010", provider: Comcast, class: ClassPolicy, scope: ScopeAddress, ref: refComcast, why: "Comcast takes no mail from dynamic addresses", checks: checksPTR},
	{text: "rl000001", provider: Comcast, class: ClassRate, scope: ScopeAddress, ref: refComcast}, {text: "rl000002", provider: Comcast, class: ClassRate, scope: ScopeAddress, ref: refComcast},
	{text: "dm000001", provider: Comcast, class: ClassAuthPolicy, ref: refComcast, checks: checksAuth}, {text: "too many sessions opened", provider: Comcast, class: ClassRate, ref: refComcast},
	{text: "postmaster.comcast.net", provider: Comcast},

	// Filter vendors in front of many domains.
	{text: "ipcheck.proofpoint.com", provider: Proofpoint, class: ClassBlocklisted, list: "proofpoint", scope: ScopeAddress, ref: refProofp, why: "Proofpoint blocks your address for its reputation"},
	{text: "pdr.proofpoint", provider: Proofpoint, class: ClassBlocklisted, list: "proofpoint", scope: ScopeAddress, ref: refProofp},
	{text: "cloudfilter", and: "reputation", provider: Proofpoint, class: ClassReputation, ref: refProofp},
	{text: "csi.cloudmark.com", class: ClassBlocklisted, list: "cloudmark csi", scope: ScopeAddress, ref: "https://csi.cloudmark.com/en/reset/"},
	{text: "community.mimecast.com", provider: Mimecast, ref: refMimecast},
	{text: "mimecast.com", provider: Mimecast, ref: refMimecast},
	{text: "envelope blocked", provider: Mimecast, class: ClassPolicy, ref: refMimecast, why: "the recipient's Mimecast blocks this sender or address"},
	{text: "anti-spoofing policy", provider: Mimecast, class: ClassAuthPolicy, ref: refMimecast, why: "the message claims a sender in the recipient's own domain", checks: checksAuth},
	{text: "rejected by header based", provider: Mimecast, class: ClassAuthPolicy, ref: refMimecast, why: "the message claims a sender in the recipient's own domain", checks: checksAuth},
	{text: "ip found on rbl", provider: Mimecast, class: ClassBlocklisted, scope: ScopeAddress, ref: refMimecast},
	{text: "barracudacentral.org", provider: Barracuda, class: ClassBlocklisted, list: "b.barracudacentral.org", scope: ScopeAddress, ref: refBarracuda, why: "your address is on Barracuda's reputation list"},
	{text: "barracudanetworks.com/reputation", provider: Barracuda, class: ClassBlocklisted, list: "b.barracudacentral.org", scope: ScopeAddress, ref: refBarracuda, why: "your address is on Barracuda's reputation list"},
	{text: "senderbase", provider: Cisco, class: ClassReputation, scope: ScopeAddress, ref: "https://talosintelligence.com/reputation_center", why: "Cisco Talos rates your address badly"},
	{text: "talosintelligence", provider: Cisco, class: ClassReputation, scope: ScopeAddress, ref: "https://talosintelligence.com/reputation_center", why: "Cisco Talos rates your address badly"},
	{text: "senderscore.org", class: ClassBlocklisted, list: "senderscore", scope: ScopeAddress, ref: "https://senderscore.org/"},

	// French and other receivers.
	{text: "ofr_", provider: Orange, class: ClassRate, why: "Orange limits or refuses this address; the number after OFR says why", ref: "https://postmaster.orange.fr/"},
	{text: "ofr0", provider: Orange, class: ClassRate, ref: "https://postmaster.orange.fr/"}, {text: "ofr004", provider: Orange, class: ClassReputation, ref: "https://postmaster.orange.fr/"},
	{text: "too many spams from your ip", provider: Free, class: ClassBlocklisted, scope: ScopeAddress, ref: "https://postmaster.free.fr/"},
	{text: "postmaster.free.fr", provider: Free, ref: "https://postmaster.free.fr/"},
	{text: "lpn007_", provider: LaPoste, class: ClassReputation, ref: "https://postmaster.laposte.net/"}, {text: "lpn105_", provider: LaPoste, class: ClassReputation, ref: "https://postmaster.laposte.net/"},
	{text: "help.mail.ru/notspam-support", provider: MailRu, class: ClassSpam, ref: "https://postmaster.mail.ru/"},
	{text: "spam message rejected. please visit http://help.mail.ru", provider: MailRu, class: ClassSpam, ref: "https://postmaster.mail.ru/"},
	{text: "message rejected under suspicion of spam", provider: Yandex, class: ClassSpam, ref: "https://yandex.com/support/mail/spam/"},
	{text: "service.mail.qq.com", provider: QQ}, {text: "mailbox unavailable or access denied", and: "qq.com", provider: QQ, class: ClassPolicy},
	{text: "mi:dmc", provider: NetEase, class: ClassRate}, {text: "mi:sfq", provider: NetEase, class: ClassAuthPolicy, checks: checksAuth}, {text: "dt:spm", provider: NetEase, class: ClassSpam}, {text: "mi:iuc", provider: NetEase, class: ClassRate}, {text: "help.163.com", provider: NetEase}, {text: "mail.163.com", provider: NetEase},
	{text: "aup#", provider: Charter, class: ClassReputation, why: "Charter and Spectrum refuse your address; the number after AUP# says why", ref: "https://www.spectrum.net/support/internet/understanding-email-error-codes"},
	{text: "abuse_rbl@abuse-att.net", provider: ATT, class: ClassBlocklisted, scope: ScopeAddress, why: "AT&T blocks your address; write to the address in the reply"},
	{text: "rblinfo.html", provider: ATT, class: ClassBlocklisted, scope: ScopeAddress},
}
