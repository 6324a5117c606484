package reply

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parseCases are replies in the forms that MTAs log them; the wordings are those
// of the servers' default texts and of the providers' public pages.
var parseCases = []struct {
	name, text string
	want       Reply
}{
	{"gmail rate, broken over lines by the server, joined by postfix",
		"host gmail-smtp-in.l.google.com[192.0.2.27] said: 421-4.7.28 [192.0.2.25      15] Gmail has detected an unusual rate of 421-4.7.28 unsolicited mail originating from your IP address. To protect our 421-4.7.28 users from spam, mail sent from your IP address has been temporarily 421-4.7.28 rate limited. 421 4.7.28 abc-123 - gsmtp (in reply to end of DATA command)",
		Reply{Code: 421, DSN: DSN{4, 7, 28}, Class: ClassRate, Scope: ScopeAddress, Provider: Google}},
	{"gmail netblock", "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail originating 421-4.7.28 from your IP Netblock [192.0.2.0/24]. 421 4.7.28 x - gsmtp",
		Reply{Code: 421, DSN: DSN{4, 7, 28}, Class: ClassRate, Scope: ScopeNetblock, Provider: Google}},
	{"gmail dkim domain", "421-4.7.28 Gmail has detected an unusual rate of unsolicited mail containing one 421-4.7.28 of your DKIM domains: DKIM domain [shop.example 36]. - gsmtp",
		Reply{Code: 421, DSN: DSN{4, 7, 28}, Class: ClassRate, Scope: ScopeDKIM, Provider: Google}},
	{"gmail low reputation", "421-4.7.0 [192.0.2.25] Our system has detected that this message is 421-4.7.0 suspicious due to the very low reputation of the sending IP address. - gsmtp",
		Reply{Code: 421, DSN: DSN{4, 7, 0}, Class: ClassReputation, Scope: ScopeAddress, Provider: Google}},
	{"gmail unauthenticated", "host gmail-smtp-in.l.google.com[2001:db8::1b] said: 550-5.7.26 Your email has been blocked because the sender is unauthenticated. 550-5.7.26 Gmail requires all senders to authenticate with either SPF or DKIM. - gsmtp (in reply to end of DATA command)",
		Reply{Code: 550, DSN: DSN{5, 7, 26}, Class: ClassAuthPolicy, Provider: Google}},
	{"gmail unknown user", "550-5.1.1 The email account that you tried to reach does not exist. Please try 550-5.1.1 double-checking the recipient's email address for typos. - gsmtp",
		Reply{Code: 550, DSN: DSN{5, 1, 1}, Class: ClassUserUnknown, Provider: Google}},
	{"gmail through exim, with escaped newlines", `SMTP error from remote mail server after end of data: 550-5.7.1 [192.0.2.25      12] Our system has detected that this message is\n550-5.7.1 likely unsolicited mail. To reduce the amount of spam\n550 5.7.1 x - gsmtp`,
		Reply{Code: 550, DSN: DSN{5, 7, 1}, Class: ClassSpam, Provider: Google}},
	{"gmail over quota", "452-4.2.2 The email account that you tried to reach is over quota. - gsmtp", Reply{Code: 452, DSN: DSN{4, 2, 2}, Class: ClassMailboxFull, Provider: Google}},
	{"outlook rate", "host example-com.mail.protection.outlook.com[192.0.2.8] refused to talk to me: 451 4.7.650 The mail server [192.0.2.25] has been temporarily rate limited due to IP reputation. For e-mail delivery information, see https://postmaster.live.com (S775) [X.prod.protection.outlook.com]",
		Reply{Code: 451, DSN: DSN{4, 7, 650}, Class: ClassRate, Scope: ScopeAddress, Provider: Microsoft}},
	{"outlook block list", "550 5.7.1 Unfortunately, messages from [192.0.2.25] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140). You can also refer your provider to http://mail.live.com/mail/troubleshooting.aspx#errors.",
		Reply{Code: 550, DSN: DSN{5, 7, 1}, Class: ClassBlocklisted, Scope: ScopeNetblock, Provider: Microsoft}},
	{"outlook authentication", "550 5.7.515 Access denied, sending domain EXAMPLE.COM does not meet the required authentication level.",
		Reply{Code: 550, DSN: DSN{5, 7, 515}, Class: ClassAuthPolicy, Scope: ScopeDomain, Provider: Microsoft}},
	{"exchange online bare ban code", "550 5.7.606 Access denied", Reply{Code: 550, DSN: DSN{5, 7, 606}, Class: ClassBlocklisted, Scope: ScopeAddress, Provider: Microsoft}},
	{"exchange online no recipient", "550 5.4.1 Recipient address rejected: Access denied. [X.eop-EUR05.prod.protection.outlook.com]", Reply{Code: 550, DSN: DSN{5, 4, 1}, Class: ClassUserUnknown, Provider: Microsoft}},
	{"yahoo", "host mta5.am0.yahoodns.net[192.0.2.9] refused to talk to me: 421 4.7.0 [TSS04] Messages from 192.0.2.25 temporarily deferred due to unexpected volume or user complaints - 4.16.55.1; see https://postmaster.yahooinc.com/error-codes",
		Reply{Code: 421, DSN: DSN{4, 7, 0}, Class: ClassRate, Scope: ScopeAddress, Provider: Yahoo}},
	{"yahoo permanent", "421 4.7.1 [TS03] All messages from 192.0.2.25 will be permanently deferred; Retrying will NOT succeed.", Reply{Code: 421, DSN: DSN{4, 7, 1}, Class: ClassReputation, Scope: ScopeAddress, Provider: Yahoo}},
	{"gmx at the banner", "host mx00.gmx.net[192.0.2.10] refused to talk to me: 554-gmx.net (mxgmx104) Nemesis ESMTP Service not available 554-No SMTP service 554-IP address is block listed. 554 For explanation visit https://postmaster.gmx.net/en/case?c=r0201&i=ip&v=192.0.2.25",
		Reply{Code: 554, Class: ClassBlocklisted, Scope: ScopeAddress, Provider: GMX}},
	{"t-online", "554 IP=192.0.2.25 - None/bad reputation. Ask your postmaster for help or to contact tosa@rx.t-online.de for reset. (NOWL)", Reply{Code: 554, Class: ClassReputation, Scope: ScopeAddress, Provider: TOnline}},
	{"comcast", "554 resimta-po-01v.sys.comcast.net comcast 192.0.2.25 found on one or more DNSBLs, see http://postmaster.comcast.net/smtp-error-codes.php#BL000001", Reply{Code: 554, Class: ClassBlocklisted, Scope: ScopeAddress, Provider: Comcast, List: []byte("zen.spamhaus.org")}},

	{"postfix dnsbl", "554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.25", Reply{Code: 554, DSN: DSN{5, 7, 1}, Class: ClassBlocklisted, List: []byte("zen.spamhaus.org")}},
	{"unknown zone", "550 rejected because 192.0.2.25 is in a black list at dnsbl.mail.example", Reply{Code: 550, Class: ClassBlocklisted}},
	{"private zone", "554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using rbl.Corp.example.", Reply{Code: 554, DSN: DSN{5, 7, 1}, Class: ClassBlocklisted, List: []byte("rbl.Corp.example")}},
	{"spamcop", "550 5.7.1 Mail from 192.0.2.25 refused, see http://www.spamcop.net/bl.shtml?192.0.2.25", Reply{Code: 550, DSN: DSN{5, 7, 1}, Class: ClassBlocklisted, List: []byte("bl.spamcop.net")}},
	{"spamhaus error code is no listing", "554 5.7.1 Service unavailable; Client host [192.0.2.25] blocked using zen.spamhaus.org; Error: open resolver; https://check.spamhaus.org/returnc/pub/192.0.2.53/",
		Reply{Code: 554, DSN: DSN{5, 7, 1}, Class: ClassDNSBLError, QueryError: true, List: []byte("zen.spamhaus.org")}},
	{"spamhaus error address is no listing", "550 5.7.1 192.0.2.25 listed by sbl.spamhaus.org (127.255.255.254)", Reply{Code: 550, DSN: DSN{5, 7, 1}, Class: ClassDNSBLError, QueryError: true, List: []byte("sbl.spamhaus.org")}},

	{"postfix unknown user", "host mx.example.net[192.0.2.4] said: 550 5.1.1 <bob@example.net>: Recipient address rejected: User unknown in virtual mailbox table (in reply to RCPT TO command)", Reply{Code: 550, DSN: DSN{5, 1, 1}, Class: ClassUserUnknown}},
	{"exim unknown user", "SMTP error from remote mail server after RCPT TO:<bob@example.net>: 550 Unrouteable address", Reply{Code: 550, Class: ClassUserUnknown}},
	{"qmail unknown user", "550 sorry, no mailbox here by that name. (#5.1.1)", Reply{Code: 550, DSN: DSN{5, 1, 1}, Class: ClassUserUnknown}},
	{"ironport", "550 #5.1.0 Address rejected.", Reply{Code: 550, DSN: DSN{5, 1, 0}, Class: ClassPolicy}},
	{"dovecot quota", "552 5.2.2 <bob@example.net> Quota exceeded (mailbox for user is full)", Reply{Code: 552, DSN: DSN{5, 2, 2}, Class: ClassMailboxFull}},
	{"postgrey", "450 4.2.0 <bob@example.net>: Recipient address rejected: Greylisted, see http://postgrey.schweikert.ch/help/example.net.html", Reply{Code: 450, DSN: DSN{4, 2, 0}, Class: ClassGreylist}},
	{"greylisting that says try again", "451 4.7.1 Greylisting in action, please try again later", Reply{Code: 451, DSN: DSN{4, 7, 1}, Class: ClassGreylist}},
	{"relay", "454 4.7.1 <x@example.org>: Relay access denied", Reply{Code: 454, DSN: DSN{4, 7, 1}, Class: ClassRelayDenied}},
	{"sendmail's relay denial names authentication", "550 5.7.1 <r@example.org>... Relaying denied. Proper authentication required.", Reply{Code: 550, DSN: DSN{5, 7, 1}, Class: ClassRelayDenied}},
	{"exim's own timeout", "(110): Connection timed out H=mx1.example.net [192.0.2.4]: SMTP timeout after initial connection", Reply{Class: ClassNetwork, Net: NetTimeout}},
	{"domino", "550 bob@example.net... No such user, not listed in Domino Directory", Reply{Code: 550, Class: ClassUserUnknown}},
	{"size", "552 5.3.4 Message size exceeds fixed limit", Reply{Code: 552, DSN: DSN{5, 3, 4}, Class: ClassSize}},
	{"spf", "550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see http://www.openspf.net/Why", Reply{Code: 550, DSN: DSN{5, 7, 23}, Class: ClassAuthPolicy, Scope: ScopeSPF}},
	{"dmarc", "550 5.7.1 rejected by DMARC policy for example.com", Reply{Code: 550, DSN: DSN{5, 7, 1}, Class: ClassAuthPolicy, Scope: ScopeDomain}},
	{"reverse dns", "450 4.7.25 Client host rejected: cannot find your hostname, [192.0.2.25]", Reply{Code: 450, DSN: DSN{4, 7, 25}, Class: ClassPolicy}},
	{"rspamd spam", "554 5.7.1 Spam message rejected", Reply{Code: 554, DSN: DSN{5, 7, 1}, Class: ClassSpam}},
	{"tls required", "530 5.7.0 Must issue a STARTTLS command first", Reply{Code: 530, DSN: DSN{5, 7, 0}, Class: ClassTLS}},
	{"relay host password", "535 5.7.8 Error: authentication failed: UGFzc3dvcmQ6", Reply{Code: 535, DSN: DSN{5, 7, 8}, Class: ClassCredentials}},
	{"virus", "550 5.7.1 message contains virus Eicar", Reply{Code: 550, DSN: DSN{5, 7, 1}, Class: ClassContent}},
	{"disk", "452 4.3.1 Insufficient system storage", Reply{Code: 452, DSN: DSN{4, 3, 1}, Class: ClassTemporaryLocal}},
	{"two hundred", "250 2.0.0 Ok: queued as 4BcD spam blocked using zen.spamhaus.org", Reply{Code: 250, DSN: DSN{2, 0, 0}, Class: ClassAccepted}},

	{"timeout", "connect to mx.example.net[192.0.2.4]:25: Connection timed out", Reply{Class: ClassNetwork, Net: NetTimeout}},
	{"suspended delivery", "delivery temporarily suspended: connect to mx.example.net[192.0.2.4]:25: Connection refused", Reply{Class: ClassNetwork, Net: NetRefused}},
	{"no route", "connect to mx.example.net[2001:db8::4]:25: Network is unreachable", Reply{Class: ClassNetwork, Net: NetUnreachable}},
	{"dns", "Host or domain name not found. Name service error for name=nowhere.example type=MX: Host not found, try again", Reply{Class: ClassNetwork, Net: NetDNS}},
	{"lost", "lost connection with mx.example.net[192.0.2.4] while receiving the initial server greeting", Reply{Class: ClassNetwork, Net: NetLost}},
	{"loop", "mail for example.com loops back to myself", Reply{Class: ClassNetwork, Net: NetLoop}},
	{"null mx", "Domain example.com does not accept mail (nullMX)", Reply{Class: ClassUserUnknown}},

	{"an address cannot speak", `550 5.1.1 <"blocked using zen.spamhaus.org"@example.net>: User unknown`, Reply{Code: 550, DSN: DSN{5, 1, 1}, Class: ClassUserUnknown}},
	{"an address cannot look like an error code", "550 5.7.1 <127.255.255.254@example.net> blocked using bl.spamcop.net", Reply{Code: 550, DSN: DSN{5, 7, 1}, Class: ClassBlocklisted, List: []byte("bl.spamcop.net")}},
	{"an IP address is no status code", "550 mail from 5.7.1.9 rejected", Reply{Code: 550, Class: ClassPolicy}},
	{"bare code", "550", Reply{Code: 550}},
	{"bare status", "4.7.28", Reply{DSN: DSN{4, 7, 28}, Class: ClassRate}},
	{"private status", "5.7.515", Reply{DSN: DSN{5, 7, 515}, Class: ClassAuthPolicy, Scope: ScopeDomain, Provider: Microsoft}},
	{"token", "TSS09", Reply{Class: ClassReputation, Scope: ScopeAddress, Provider: Yahoo}},
	{"unknown text", "quux frobnicates the zork", Reply{}},
	{"empty", "", Reply{}},
}

func TestParse(t *testing.T) {
	for _, c := range parseCases {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Parse([]byte(c.text))); diff != "" {
				t.Errorf("Parse(%q):\n%s", c.text, diff)
			}
		})
	}
}

func TestParseAllocatesNothing(t *testing.T) {
	for _, c := range parseCases {
		text := []byte(c.text)
		if n := testing.AllocsPerRun(20, func() { Parse(text) }); n != 0 {
			t.Errorf("%s: %v allocations", c.name, n)
		}
	}
}

// Every row must be found by its own wording: a typing error (capitals, a start
// that is no word) would make a row that never matches.
func TestRowsMatchThemselves(t *testing.T) {
	seen := map[string]bool{}
	for i := range known.rows {
		r := &known.rows[i]
		if r.text == "" {
			if r.dsn == (DSN{}) {
				t.Errorf("row %d has neither text nor DSN", i)
			}
			continue
		}
		if len(r.text) < keyLen || strings.ToLower(r.text) != r.text || strings.ToLower(r.and) != r.and || !isWord(r.text[0]) && r.text[0] != '#' {
			t.Errorf("row %q is not a lower-case wording of at least %d bytes that starts at a word", r.text, keyLen)
		}
		if seen[r.text+"\x00"+r.and] {
			t.Errorf("row %q occurs twice", r.text)
		}
		seen[r.text+"\x00"+r.and] = true
		var buf [maxText]byte
		body := normalise(&buf, []byte("x "+r.text+" "+r.and))
		if !r.matches(body[2:]) || known.search(body) == (found{}) {
			t.Errorf("row %q does not find its own text %q", r.text, body)
		}
	}
}

func TestStatusTableIsComplete(t *testing.T) {
	// The registry's highest detail a subject (RFC 3463, RFC 5248 and later rows).
	for subject, last := range []uint16{0, 10, 4, 6, 7, 6, 10, 30} {
		for detail := uint16(0); detail <= last; detail++ {
			if s := statusOf(DSN{5, uint16(subject), detail}); s == nil || s.meaning == "" || s.ref == "" {
				t.Errorf("X.%d.%d is missing", subject, detail)
			}
		}
	}
}

func TestExplain(t *testing.T) {
	for _, c := range []struct {
		text, meaning, codeSays, dsnSays string
		provider                         Provider
	}{
		{"421 4.7.28", "a flood of mail was detected", "the service is not available and closes the connection", "a flood of mail was detected", ProviderNone},
		{"550 5.7.1 (S3150)", "the network of your address is on Outlook.com's own block list", "refused: the mailbox is not available, or a policy forbids it", "delivery is not authorised: the message is refused", Microsoft},
		{"connect to mx.example[192.0.2.1]:25: Connection timed out", "connecting to the next host timed out: it is down, or a firewall drops port 25", "", "", ProviderNone},
		{"554 blocked using zen.spamhaus.org; Error: open resolver", "the receiver asks a block list through a public resolver, which the list refuses; your address is not listed by it", "the transaction failed, or no service here", "", ProviderNone},
	} {
		e := Explain(c.text)
		if e.Meaning != c.meaning || e.CodeSays != c.codeSays || e.DSNSays != c.dsnSays || e.Provider != c.provider {
			t.Errorf("Explain(%q) = %+v", c.text, e)
		}
	}
}

// Every class must tell an admin what it means, what causes it and what to do.
func TestEveryClassHasAdvice(t *testing.T) {
	for c := range NumClasses {
		a := classAdvice[c]
		if a.meaning == "" || c != ClassAccepted && (len(a.causes) == 0 || len(a.checks) == 0) {
			t.Errorf("class %v lacks advice: %+v", c, a)
		}
	}
}

func TestTemporary(t *testing.T) {
	for text, want := range map[string]bool{"450 4.2.0 x": true, "550 x": false, "4.4.1": true, "5.1.1": false, "Connection timed out": true, "450 5.1.1 the code counts": true} {
		if got := Parse([]byte(text)).Temporary(); got != want {
			t.Errorf("Temporary(%q) = %v", text, got)
		}
	}
}

func TestProviderOfHost(t *testing.T) {
	for host, want := range map[string]Provider{
		"gmail-smtp-in.l.google.com": Google, "ASPMX.L.GOOGLE.COM.": Google, "google.com": Google, "notgoogle.com": ProviderNone, "google.com.example": ProviderNone,
		"example-com.mail.protection.outlook.com": Microsoft, "mx.example": ProviderNone, "": ProviderNone, "mx00.gmx.net": GMX,
	} {
		if got := ProviderOfHost([]byte(host)); got != want {
			t.Errorf("ProviderOfHost(%q) = %v, want %v", host, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range parseCases {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r, best := parse(text)
		if r.Class >= NumClasses || r.Net >= NumNets || r.Scope >= NumScopes || r.Provider >= NumProviders {
			t.Fatalf("out of range: %+v", r)
		}
		if (r.Net != NetNone) && r.Class != ClassNetwork {
			t.Fatalf("Net without network: %+v", r)
		}
		if r.QueryError && r.Class == ClassBlocklisted {
			t.Fatalf("a query error became a listing: %+v", r)
		}
		if best != nil && best.class != r.Class {
			t.Fatalf("decided by %q (%v) but class is %v", best.text, best.class, r.Class)
		}
		if r.List != nil && r.Class != ClassBlocklisted && !r.QueryError {
			t.Fatalf("list without listing: %+v", r)
		}
		if e := Explain(string(text)); e.Meaning == "" {
			t.Fatalf("no meaning for %q", text)
		}
	})
}

func BenchmarkParse(b *testing.B) {
	for _, name := range []string{"gmail rate, broken over lines by the server, joined by postfix", "postfix unknown user", "timeout", "postfix dnsbl"} {
		for _, c := range parseCases {
			if c.name != name {
				continue
			}
			text := []byte(c.text)
			b.Run(strings.Fields(name)[0]+strings.Fields(name + " x")[1], func(b *testing.B) {
				b.SetBytes(int64(len(text)))
				b.ReportAllocs()
				for b.Loop() {
					Parse(text)
				}
			})
		}
	}
}
