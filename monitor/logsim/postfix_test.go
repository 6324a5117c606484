package logsim

import (
	"bytes"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func client(name, ip string) Client { return Client{name, netip.MustParseAddr(ip)} }

func counted(pairs ...any) (c Commands) {
	for i := 0; i < len(pairs); i += 3 {
		c.Add(pairs[i].(string), true, pairs[i+1].(int))
		c.Add(pairs[i].(string), false, pairs[i+2].(int)-pairs[i+1].(int))
	}
	return c
}

const ms = time.Millisecond

// realCalls write testdata/real.log.
var realCalls = []struct {
	daemon string
	pid    int
	write  func(*Postfix, Proc)
}{
	{"master", 592, func(p *Postfix, d Proc) { p.Started(d, "3.7.11") }},
	{"submission/smtpd", 605, func(p *Postfix, d Proc) { p.Connect(d, client("cpe-200.dyn.isp-a.example", "198.51.100.200")) }},
	{"submission/smtpd", 605, func(p *Postfix, d Proc) {
		p.Disconnect(d, client("cpe-200.dyn.isp-a.example", "198.51.100.200"), counted("ehlo", 2, 2, "STARTTLS", 1, 1, "auth", 0, 1))
	}},
	{"smtpd", 638, func(p *Postfix, d Proc) { p.Disconnect(d, client("", "198.18.26.226"), Commands{}) }},
	{"smtpd", 611, func(p *Postfix, d Proc) {
		p.Lost(d, client("cpe-250.dyn.isp-a.example", "198.51.100.250"), LostConnection, "CONNECT", 0)
	}},
	{"submission/smtpd", 829, func(p *Postfix, d Proc) { p.Lost(d, client("", "198.18.10.253"), TooManyErrors, "RCPT", 0) }},
	{"smtpd", 1273, func(p *Postfix, d Proc) { p.Lost(d, client("", "198.19.17.36"), Timeout, "CONNECT", 0) }},
	{"submission/smtpd", 605, func(p *Postfix, d Proc) {
		p.Accept(d, "36267110", client("cpe-200.dyn.isp-a.example", "198.51.100.200"), Login{"PLAIN", "heidi@lab.example"})
	}},
	{"smtpd", 611, func(p *Postfix, d Proc) {
		p.Accept(d, "C5063117", client("mail17.partner17.example", "203.0.113.17"), Login{})
	}},
	{"smtpd", 638, func(p *Postfix, d Proc) {
		p.Reject(d, client("", "198.18.79.64"), Rejection{Stage: "RCPT", Reply: "554 5.7.1 <zoe.rossi5@freemail.example>: Relay access denied",
			From: "a@bigmail.example", To: "zoe.rossi5@freemail.example", Proto: "ESMTP", Helo: "static-79-64.badrev.example"})
	}},
	{"smtpd", 611, func(p *Postfix, d Proc) {
		p.Reject(d, client("mail27.partner27.example", "203.0.113.27"), Rejection{Stage: "RCPT",
			Reply: "550 5.1.1 <no.such25@lab.example>: Recipient address rejected: User unknown in virtual mailbox table",
			From:  "eva.tanaka2@partner27.example", To: "no.such25@lab.example", Proto: "ESMTP", Helo: "mail27.partner27.example"})
	}},
	{"submission/smtpd", 837, func(p *Postfix, d Proc) {
		p.LimitExceeded(d, client("", "198.18.86.28"), "Connection rate", 41, "127.0.0.1:587")
	}},
	{"smtpd", 611, func(p *Postfix, d Proc) { p.TLS(d, client("mail17.partner17.example", "203.0.113.17"), simTLS) }},
	{"smtpd", 838, func(p *Postfix, d Proc) {
		p.TLSError(d, client("", "198.18.53.159"), "error:0A00009C:SSL routines::http request:../ssl/record/ssl3_record.c:341:")
	}},
	{"smtpd", 1099, func(p *Postfix, d Proc) { p.NonSMTP(d, client("", "198.18.70.43"), "GET / HTTP/1.1") }},
	{"cleanup", 601, func(p *Postfix, d Proc) { p.MessageID(d, "36267110", "<E8546B5361BE28C6@lab.example>") }},
	{"qmgr", 594, func(p *Postfix, d Proc) { p.Queued(d, "36267110", "heidi@lab.example", 1489, 1) }},
	{"smtp", 609, func(p *Postfix, d Proc) {
		p.Deliver(d, "36267110", Delivery{To: "mary.smith42@deadhost.example", Relay: "none", Delays: [4]time.Duration{0, 10 * ms}, DSN: "4.4.1", Status: Deferred,
			Text: "connect to mx1.deadhost.example[192.0.2.9]:25: Connection refused"})
	}},
	{"qmgr", 594, func(p *Postfix, d Proc) { p.Expired(d, "36267110", "heidi@lab.example") }},
	{"smtp", 609, func(p *Postfix, d Proc) {
		p.Deliver(d, "8CA6D1E5", Delivery{To: "nina.novak@bouncy.example", Relay: "mx1.bouncy.example[192.0.2.6]:25", Delays: [4]time.Duration{0, 0, 0, 10 * ms}, DSN: "5.1.1", Status: Bounced,
			Text: "host mx1.bouncy.example[192.0.2.6] said: 550 5.1.1 <nina.novak@bouncy.example>: Recipient address rejected: User unknown in virtual mailbox table (in reply to RCPT TO command)"})
	}},
	{"bounce", 623, func(p *Postfix, d Proc) { p.NonDelivery(d, "8CA6D1E5", "8F9661E8") }},
	{"smtp", 609, func(p *Postfix, d Proc) {
		p.Deliver(d, "2A95137A", Delivery{To: "wei.lopez@yahooish.example", Relay: "mx1.yahooish.example[192.0.2.13]:25", ConnUse: 2,
			Delays: [4]time.Duration{57480 * ms, 20 * ms, 10 * ms, 10 * ms}, DSN: "2.0.0", Status: Sent, Text: "250 2.0.0 Ok: queued as CC1F0B0C8A"})
	}},
	{"smtp", 609, func(p *Postfix, d Proc) {
		p.Deliver(d, "2C58F14D", Delivery{To: "eva.ali@freemail.example", Relay: "mx1.freemail.example[192.0.2.3]:25", Delays: [4]time.Duration{2 * ms, 2 * ms, 2 * ms, 2 * ms},
			DSN: "2.0.0", Status: Sent, Text: "250 2.0.0 Ok: queued as 3462185672"})
	}},
	{"qmgr", 594, func(p *Postfix, d Proc) { p.Removed(d, "2C58F14D") }},
	{"smtp", 609, func(p *Postfix, d Proc) {
		p.ConnectFailed(d, client("mx1.deadhost.example", "192.0.2.9"), 25, "Connection refused")
	}},
	{"anvil", 608, func(p *Postfix, d Proc) {
		p.AnvilRate(d, "connection rate", 22, "127.0.0.1:25", client("", "198.18.75.106"), time.Date(2026, 11, 22, 1, 41, 9, 0, time.UTC))
	}},
	{"anvil", 608, func(p *Postfix, d Proc) { p.AnvilCache(d, 40, time.Date(2026, 11, 22, 1, 40, 10, 0, time.UTC)) }},
	{"pickup", 593, func(p *Postfix, d Proc) { p.Pickup(d, "47B16FC", 0, "root") }},
	{"lmtp", 603, func(p *Postfix, d Proc) {
		p.Deliver(d, "47B16FC", Delivery{To: "alice@lab.example", Relay: "mail.lab.example[private/dovecot-lmtp]", Delays: [4]time.Duration{10 * ms, 10 * ms, 10 * ms},
			DSN: "2.0.0", Status: Sent, Text: "250 2.0.0 <alice@lab.example> kSLZEr5HAmtcAgAAEj7eGA Saved"})
	}},
}

func TestWritesWhatPostfixWrites(t *testing.T) {
	raw, err := os.ReadFile("testdata/real.log")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.Split(strings.TrimSpace(string(raw)), "\n")
	var out bytes.Buffer
	next := 0
	p := NewPostfix(&out, "mail", func() time.Time {
		if next == len(want) {
			return time.Time{}
		}
		stamp, _, _ := strings.Cut(want[next], " ")
		next++
		at, err := time.Parse(time.RFC3339Nano, stamp)
		if err != nil {
			t.Fatal(err)
		}
		return at.In(time.FixedZone("", 0))
	})
	for _, c := range realCalls {
		c.write(p, Proc{c.daemon, c.pid})
	}
	got := strings.Split(strings.TrimSpace(out.String()), "\n")
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("lines differ from the real ones (-real +written):\n%s", d)
	}
	if p.Lines() != int64(len(want)) {
		t.Errorf("Lines() = %d, want %d", p.Lines(), len(want))
	}
}

func TestSecondsAsPostfixRounds(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0", 4 * ms: "0", 5 * ms: "0.01", 34 * ms: "0.03", 100 * ms: "0.1", 560 * ms: "0.56", 996 * ms: "1",
		1240 * ms: "1.2", 2 * time.Second: "2", 9900 * ms: "9.9", 10 * time.Second: "10", 57480 * ms: "57", 231 * time.Second: "231",
	} {
		if got := seconds(d); got != want {
			t.Errorf("seconds(%v) = %s, want %s", d, got, want)
		}
	}
}

func TestHostileTextStaysInItsLine(t *testing.T) {
	var out bytes.Buffer
	p := NewPostfix(&out, "mail", func() time.Time { return time.Unix(0, 0).UTC() })
	p.AuthFailed(Proc{"smtpd", 1}, client("", "198.18.0.1"), Login{"LOGIN", "a\nb\x1b[2J\x00\x9b\u009b\u202eé"})
	want := "1970-01-01T00:00:00.000000+00:00 mail postfix/smtpd[1]: warning: unknown[198.18.0.1]: SASL LOGIN authentication failed: (reason unavailable), sasl_username=a?b?[2J??\u009b\u202eé\n"
	if out.String() != want {
		t.Errorf("got  %q\nwant %q", out.String(), want)
	}
}

func TestLongTextIsCut(t *testing.T) {
	var out bytes.Buffer
	p := NewPostfix(&out, "mail", time.Now)
	p.MessageID(Proc{"cleanup", 1}, "ABCDEF1", strings.Repeat("x", 5000))
	_, msg, _ := strings.Cut(out.String(), "]: ")
	if n := len(msg); n != 2001 {
		t.Errorf("message of %d bytes, want 2000 and a newline", n)
	}
}

func TestQueueIDsDiffer(t *testing.T) {
	var ids IDs
	at := time.Date(2026, 11, 22, 1, 2, 3, 295000*1000, time.UTC)
	seen := map[string]bool{}
	for range inodes {
		id := ids.Next(at)
		if seen[id] || strings.Trim(id, "0123456789ABCDEF") != "" || len(id) < 6 {
			t.Fatalf("queue id %q comes twice or is none", id)
		}
		seen[id] = true
	}
	if id := ids.Next(at); !strings.HasPrefix(id, "48058") {
		t.Errorf("queue id %q does not begin with the microseconds 48058", id)
	}
}

type failing struct{ n int }

func (f *failing) Write(p []byte) (int, error) {
	if f.n--; f.n < 0 {
		return 0, os.ErrClosed
	}
	return len(p), nil
}

func TestWriteErrorIsKept(t *testing.T) {
	p := NewPostfix(&failing{1}, "mail", time.Now)
	for range 3 {
		p.Removed(Proc{"qmgr", 1}, "ABCDEF1")
	}
	if p.Err() != os.ErrClosed || p.Lines() != 1 {
		t.Errorf("Err() = %v, Lines() = %d; want %v, 1", p.Err(), p.Lines(), os.ErrClosed)
	}
}

func FuzzEveryFieldStaysOnItsLine(f *testing.F) {
	f.Add("a@b.example", "helo", "text")
	f.Add("\n\r\x00", "\x1b]0;x\x07", "\xff\xfe\u2028")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		var out bytes.Buffer
		p := NewPostfix(&out, "mail", func() time.Time { return time.Unix(0, 0).UTC() })
		d, cl := Proc{"smtpd", 7}, Client{b, netip.MustParseAddr("198.18.0.1")}
		p.Connect(d, cl)
		p.Reject(d, cl, Rejection{Stage: "RCPT", Reply: c, From: a, To: b, Proto: "ESMTP", Helo: c})
		p.AuthFailed(d, cl, Login{a, b})
		p.MessageID(d, "ABCDEF1", a)
		p.Deliver(d, "ABCDEF1", Delivery{To: a, OrigTo: b, Relay: c, Text: a, Status: c, DSN: b})
		p.NonSMTP(d, cl, c)
		lines := bytes.Split(bytes.TrimSuffix(out.Bytes(), []byte("\n")), []byte("\n"))
		if len(lines) != 6 {
			t.Fatalf("%d lines, want 6", len(lines))
		}
		for _, l := range lines {
			if !utf8.Valid(l) || bytes.ContainsFunc(l, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Fatalf("line with a control or invalid byte: %q", l)
			}
		}
	})
}
