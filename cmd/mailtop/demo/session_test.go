package demo

import (
	"crypto/tls"
	"crypto/x509"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

const body = "From: <a@partner01.example>\r\nMessage-ID: <one@partner01.example>\r\nSubject: hello\r\n\r\nhello\r\n"

func TestWrongPasswordNamesClientAndUser(t *testing.T) {
	d, w := begin(t, Options{Still: true})
	user := d.player.people.all[0].user
	for _, mech := range []string{"PLAIN", "LOGIN"} {
		s := visitFrom(t, d, "198.18.7.7", 587, "User", true)
		if ok, err := s.auth(mech, user, "guess"); ok || err != nil {
			t.Fatalf("%s: logged in %v, %v", mech, ok, err)
		}
		s.close()
		w.line(t, `postfix/submission/smtpd\[\d+\]: warning: unknown\[198\.18\.7\.7\]: SASL `+mech+` authentication failed: \(reason unavailable\), sasl_username=`+user+`$`)
	}
	w.line(t, `lost connection after AUTH from unknown\[198\.18\.7\.7\]$`)
	w.line(t, `disconnect from unknown\[198\.18\.7\.7\] ehlo=2 starttls=1 auth=0/1 commands=3/4$`)
}

func TestRightPasswordSends(t *testing.T) {
	d, w := begin(t, Options{Still: true, Speed: 50})
	for i, mech := range []string{"PLAIN", "LOGIN"} {
		who, port := d.player.people.all[i], []uint16{587, 465}[i]
		s := visitFrom(t, d, "2001:db8:5001::2", port, "laptop", port == 587)
		if ok, err := s.auth(mech, who.user, who.password); !ok || err != nil {
			t.Fatalf("%s: logged in %v, %v", mech, ok, err)
		}
		if r, err := s.send(who.user, []string{"x@cargo.example"}, body); err != nil || r.code != 250 {
			t.Fatalf("send: %v %v", r, err)
		}
		s.quit()
		id := w.line(t, `submissions?/smtpd\[\d+\]: ([0-9A-F]+): client=unknown\[2001:db8:5001::2\], sasl_method=`+mech+`, sasl_username=`+who.user+`$`)[1]
		w.line(t, `postfix/smtp\[\d+\]: `+id+`: to=<x@cargo.example>, relay=mx.cargo.example\[192\.0\.2\.6\]:25, delay=[0-9.]+, delays=\S+, dsn=2\.0\.0, status=sent \(250 2\.0\.0 Ok: queued as [0-9A-F]+\)$`)
		w.line(t, `qmgr\[\d+\]: `+id+`: removed$`)
	}
}

func TestMessageFromConnectToRemoved(t *testing.T) {
	d, w := begin(t, Options{Still: true})
	to := d.player.people.all[4].user
	s := visitFrom(t, d, "203.0.113.11", 25, "mx.partner01.example", true)
	if r, err := s.send("a@partner01.example", []string{to, "nobody@" + ourDomain}, body); err != nil || r.code != 250 {
		t.Fatalf("send: %v %v", r, err)
	}
	s.quit()
	id := w.line(t, `postfix/smtpd\[\d+\]: ([0-9A-F]+): client=mx\.partner01\.example\[203\.0\.113\.11\]$`)[1]
	for _, p := range []string{
		`smtpd\[\d+\]: connect from mx\.partner01\.example\[203\.0\.113\.11\]$`,
		`Anonymous TLS connection established from mx\.partner01\.example\[203\.0\.113\.11\]: TLSv1\.3 with cipher TLS_\w+ \((128/128|256/256) bits\) key-exchange X25519 server-signature ECDSA`,
		id + `: reject: RCPT from mx\.partner01\.example\[203\.0\.113\.11\]: 550 5\.1\.1 <nobody@harbour\.example>: Recipient address rejected: User unknown in virtual mailbox table; from=<a@partner01\.example> to=<nobody@harbour\.example> proto=ESMTP helo=<mx\.partner01\.example>$`,
		`cleanup\[\d+\]: ` + id + `: message-id=<one@partner01\.example>$`,
		`qmgr\[\d+\]: ` + id + `: from=<a@partner01\.example>, size=\d+, nrcpt=1 \(queue active\)$`,
		`lmtp\[\d+\]: ` + id + `: to=<` + to + `>, relay=store\.harbour\.example\[192\.0\.2\.26\]:24, delay=.*, dsn=2\.0\.0, status=sent \(250 2\.0\.0 <` + to + `> Ok: queued as \w+\)$`,
		`qmgr\[\d+\]: ` + id + `: removed$`,
		`disconnect from mx\.partner01\.example\[203\.0\.113\.11\] ehlo=2 starttls=1 mail=1 rcpt=1/2 data=1 quit=1 commands=7/8$`,
	} {
		w.line(t, p)
	}
	if d.Queued() != 0 {
		t.Errorf("%d messages queued after removal", d.Queued())
	}
}

func TestEachLocalRecipientHasItsOwnReply(t *testing.T) {
	d, w := begin(t, Options{Still: true})
	a, b := d.player.people.all[1].user, d.player.people.all[2].user
	s := visitFrom(t, d, "203.0.113.12", 25, "mx.partner02.example", false)
	if r, err := s.send("a@partner02.example", []string{a, b}, body); err != nil || r.code != 250 {
		t.Fatalf("send: %v %v", r, err)
	}
	s.quit()
	for _, to := range []string{a, b} {
		w.line(t, `lmtp\[\d+\]: [0-9A-F]+: to=<`+to+`>, .* status=sent \(250 2\.0\.0 <`+to+`> Ok: queued as`)
	}
}

func TestRelayingIsRefusedEverywhere(t *testing.T) {
	d, w := begin(t, Options{Still: true})
	for _, to := range append(relayForms("far.example"), "x@far.example") {
		s := visitFrom(t, d, "198.18.9.9", 25, "probe", false)
		says(t, s, "MAIL FROM:<postmaster@harbour.example>", "250 ")
		says(t, s, "RCPT TO:<"+to+">", "554 5.7.1 <"+to+">: Relay access denied")
	}
	w.line(t, `NOQUEUE: reject: RCPT from unknown\[198\.18\.9\.9\]: 554 5\.7\.1 <x@far\.example>: Relay access denied; from=<postmaster@harbour\.example> to=<x@far\.example> proto=ESMTP helo=<probe>$`)
	s := dialTarget(t, d, 25)
	if err := s.greet("localhost", false); err != nil {
		t.Fatal(err)
	}
	says(t, s, "MAIL FROM:<postmaster@harbour.example>", "250 ")
	says(t, s, "RCPT TO:<x@far.example>", "554 5.7.1 ")
	w.line(t, `reject: RCPT from localhost\[127\.0\.0\.1\]: 554 5\.7\.1 `)
}

// dialTarget opens a session on a port the prober is given.
func dialTarget(t *testing.T, d *Demo, role uint16) *dialog {
	t.Helper()
	for _, x := range d.Targets {
		if x.Role == role {
			c, err := net.Dial("tcp", x.Addr)
			if err != nil {
				t.Fatal(err)
			}
			s := newDialog(t.Context(), c)
			t.Cleanup(s.close)
			return s
		}
	}
	t.Fatalf("no target in the role of %d", role)
	return nil
}

func TestPortsHoldTheirRoles(t *testing.T) {
	d, _ := begin(t, Options{Still: true})
	ehlo := func(s *dialog) string {
		r, err := s.cmd("EHLO localhost")
		if err != nil {
			t.Fatal(err)
		}
		return r.text
	}
	for _, c := range []struct {
		role        uint16
		tls         bool // before EHLO
		starttls    bool
		auth, after bool // AUTH offered before, after STARTTLS
	}{
		{25, false, true, false, false},
		{587, false, true, false, true},
		{465, true, false, true, true},
	} {
		s := dialTarget(t, d, c.role)
		if c.tls {
			if err := s.secure(); err != nil {
				t.Fatal(err)
			}
		}
		if r, err := s.read(); err != nil || !strings.HasPrefix(r.text, hostName+" ESMTP") {
			t.Fatalf("%d: greeting %v %v", c.role, r, err)
		}
		got := ehlo(s)
		if strings.Contains(got, "STARTTLS") != c.starttls || strings.Contains(got, "AUTH") != c.auth {
			t.Errorf("%d offers %q", c.role, got)
		}
		if c.starttls {
			says(t, s, "STARTTLS", "220 ")
			if err := s.secure(); err != nil {
				t.Fatal(err)
			}
			if got := ehlo(s); strings.Contains(got, "AUTH PLAIN LOGIN") != c.after {
				t.Errorf("%d offers after STARTTLS %q", c.role, got)
			}
		}
	}
}

func TestSubmissionWantsALogin(t *testing.T) {
	d, w := begin(t, Options{Still: true})
	s := visitFrom(t, d, "198.18.9.9", 587, "x", true)
	says(t, s, "MAIL FROM:<x@x.example>", "250 ")
	says(t, s, "RCPT TO:<"+d.player.people.all[0].user+">", "554 5.7.1 <unknown[198.18.9.9]>: Client host rejected: Access denied")
	w.line(t, `submission/smtpd.*NOQUEUE: reject: RCPT from unknown\[198\.18\.9\.9\]: 554 5\.7\.1 .*Client host rejected`)
}

func TestEndsOfSessions(t *testing.T) {
	d, w := begin(t, Options{Still: true})
	for i, c := range []struct {
		name string
		do   func(*dialog)
		want []string
	}{
		{"nothing said", func(s *dialog) { s.read() }, []string{`lost connection after CONNECT from unknown\[IP\]$`, `disconnect from unknown\[IP\] commands=0/0$`}},
		{"broken off in the message", func(s *dialog) {
			s.greet("x", false)
			s.cmd("MAIL FROM:<a@b.example>")
			s.cmd("RCPT TO:<%s>", d.player.people.all[0].user)
			s.cmd("DATA")
			s.conn.Write([]byte("Subject: x\r\n"))
		}, []string{`lost connection after DATA \(\d+ bytes\) from unknown\[IP\]$`, `disconnect from unknown\[IP\] ehlo=1 mail=1 rcpt=1 data=0/1 commands=3/4$`}},
		{"another protocol", func(s *dialog) {
			s.read()
			s.cmd("GET / HTTP/1.1")
		}, []string{`warning: non-SMTP command from unknown\[IP\]: GET / HTTP/1\.1$`, `disconnect from unknown\[IP\] unknown=0/1 commands=0/1$`}},
		{"garbage", func(s *dialog) {
			s.read()
			for range 6 {
				s.cmd("FROBNICATE")
			}
		}, []string{`too many errors after UNKNOWN from unknown\[IP\]$`, `disconnect from unknown\[IP\] unknown=0/\d+ commands=0/\d+$`}},
		{"harvest", func(s *dialog) {
			s.greet("x", false)
			s.cmd("MAIL FROM:<a@b.example>")
			for range 20 {
				s.cmd("RCPT TO:<nobody@%s>", ourDomain)
			}
		}, []string{`too many errors after RCPT from unknown\[IP\]$`, `disconnect from unknown\[IP\] ehlo=1 mail=1 rcpt=0/12 commands=2/14$`}},
		{"by the book", func(s *dialog) {
			s.greet("x", false)
			s.cmd("NOOP")
			s.cmd("RSET")
			s.cmd("VRFY root")
			s.quit()
		}, []string{`disconnect from unknown\[IP\] ehlo=1 rset=1 noop=1 vrfy=1 quit=1 commands=5$`}},
	} {
		t.Run(c.name, func(t *testing.T) {
			ip := netip.AddrFrom4([4]byte{198, 18, 50, byte(1 + i)})
			s, err := d.network.session(t.Context(), ip, serverFor(ip, 25))
			if err != nil {
				t.Fatal(err)
			}
			c.do(s)
			s.close()
			for _, p := range c.want {
				w.line(t, strings.ReplaceAll(p, "IP", strings.ReplaceAll(ip.String(), ".", `\.`)))
			}
			if n := w.count(` after \S+.* from unknown\[` + ip.String()); n > 1 || (c.name == "by the book" && n != 0) {
				t.Errorf("%d lines say that the session broke off", n)
			}
		})
	}
}

func TestTLSThatFails(t *testing.T) {
	d, w := begin(t, Options{Still: true})
	ip := netip.MustParseAddr("198.18.60.1")
	s, err := d.network.session(t.Context(), ip, serverFor(ip, 465))
	if err != nil {
		t.Fatal(err)
	}
	s.conn.Write([]byte("EHLO plain text on a TLS port\r\n"))
	s.text.ReadLine()
	s.close()
	w.line(t, `submissions/smtpd\[\d+\]: SSL_accept error from unknown\[198\.18\.60\.1\]: -1$`)
	w.line(t, `submissions/smtpd\[\d+\]: warning: TLS library problem: error:0A00010B:SSL routines::wrong version number`)
	w.line(t, `submissions/smtpd\[\d+\]: lost connection after CONNECT from unknown\[198\.18\.60\.1\]$`)
	s = visitFrom(t, d, "198.18.60.2", 587, "x", false)
	says(t, s, "STARTTLS", "220 ")
	s.conn.Write([]byte("this is no handshake\r\n"))
	s.text.ReadLine()
	s.close()
	w.line(t, `submission/smtpd\[\d+\]: SSL_accept error from unknown\[198\.18\.60\.2\]: -1$`)
	w.line(t, `lost connection after STARTTLS from unknown\[198\.18\.60\.2\]$`)
	if n := w.count(`TLS connection established from unknown\[198\.18\.60\.`); n != 0 {
		t.Errorf("%d handshakes that failed were logged as established", n)
	}
}

// TestClientThatDistrustsTheCertificate: the handshake fails at the client's end,
// after the server has done its part.
func TestClientThatDistrustsTheCertificate(t *testing.T) {
	d, w := begin(t, Options{Still: true})
	for i, role := range []uint16{465, 587} {
		ip := netip.AddrFrom4([4]byte{198, 18, 61, byte(1 + i)})
		s, err := d.network.session(t.Context(), ip, serverFor(ip, role))
		if err != nil {
			t.Fatal(err)
		}
		if role == 587 {
			if err := s.greet("x", false); err != nil {
				t.Fatal(err)
			}
			says(t, s, "STARTTLS", "220 ")
		}
		if err := tls.Client(s.conn, &tls.Config{ServerName: hostName, RootCAs: x509.NewCertPool()}).Handshake(); err == nil {
			t.Fatal("the client trusts a certificate that nobody signed")
		}
		s.close()
		w.line(t, `SSL_accept error from unknown\[`+ip.String()+`\]: -1$`)
		w.line(t, `disconnect from unknown\[`+ip.String()+`\]`)
	}
	w.line(t, `submissions/smtpd\[\d+\]: warning: TLS library problem: .*bad certificate`)
	if n := w.count(`TLS connection established`); n != 0 {
		t.Errorf("%d handshakes that failed were logged as established", n)
	}
}

func TestConnectionRateIsLimited(t *testing.T) {
	d, w := begin(t, Options{Still: true})
	ip := netip.MustParseAddr("198.18.70.1")
	for i := range connectionRate + 2 {
		s, err := d.network.session(t.Context(), ip, serverFor(ip, 25))
		if err != nil {
			t.Fatal(err)
		}
		r, err := s.read()
		if want := map[bool]int{false: 220, true: 421}[i >= connectionRate]; err != nil || r.code != want {
			t.Fatalf("connection %d: %v %v, want %d", i+1, r, err, want)
		}
		s.close()
	}
	w.line(t, `smtpd\[\d+\]: warning: Connection rate limit exceeded: 61 from unknown\[198\.18\.70\.1\] for service smtp$`)
	w.line(t, `warning: Connection rate limit exceeded: 62 from unknown`)
	s := visitFrom(t, d, "198.18.70.2", 25, "another", false)
	s.quit()
	d.server.anvil.report()
	w.line(t, `anvil\[\d+\]: statistics: max connection rate 62/60s for \(smtp:198\.18\.70\.1\) at \w{3} [ \d]\d \d\d:\d\d:\d\d$`)
}

func TestDeferredMailDrains(t *testing.T) {
	d, w := begin(t, Options{Still: true, Speed: 200})
	slow := d.player.hopOf(slowDomain)
	slow.down.Store(true)
	who := d.player.people.all[0]
	s := visitFrom(t, d, "2001:db8:5001::2", 465, "x", false)
	if ok, _ := s.auth("PLAIN", who.user, who.password); !ok {
		t.Fatal("no login")
	}
	s.send(who.user, []string{"x@" + slowDomain}, body)
	s.quit()
	id := w.line(t, `smtp\[\d+\]: ([0-9A-F]+): to=<x@riverbank\.example>, relay=mx\.riverbank\.example\[192\.0\.2\.9\]:25, delay=\S+, delays=\S+, dsn=4\.3\.1, status=deferred \(host mx\.riverbank\.example\[192\.0\.2\.9\] said: 452 4\.3\.1 Insufficient system storage \(in reply to MAIL FROM command\)\)$`)[1]
	w.until(t, "a second attempt", func(l []string) bool { return matching(l, id+`.*queue active`) >= 2 })
	if d.Queued() != 1 {
		t.Errorf("%d messages queued, want the deferred one", d.Queued())
	}
	slow.down.Store(false)
	w.line(t, id+`: to=<x@riverbank\.example>.* status=sent`)
	w.line(t, id+`: removed$`)
}

func TestRefusedMailBouncesToItsSender(t *testing.T) {
	d, w := begin(t, Options{Still: true, Speed: 50})
	who := d.player.people.all[0]
	s := visitFrom(t, d, "2001:db8:5001::2", 587, "x", true)
	if ok, _ := s.auth("PLAIN", who.user, who.password); !ok {
		t.Fatal("no login")
	}
	s.send(who.user, []string{"x@bigmail.example", "y@nowhere.example", "z@cargo.example"}, body+"casino")
	s.quit()
	id := w.line(t, `([0-9A-F]+): to=<y@nowhere\.example>, relay=none, .* dsn=5\.4\.4, status=bounced \(Host or domain name not found`)[1]
	w.line(t, id+`: to=<x@bigmail\.example>, .* status=bounced \(host mx1\.bigmail\.example\[192\.0\.2\.1\] said: 550 5\.(7\.1 Message refused|1\.1 )`)
	w.line(t, id+`: to=<z@cargo\.example>, .* status=sent`)
	child := w.line(t, `bounce\[\d+\]: `+id+`: sender non-delivery notification: ([0-9A-F]+)$`)[1]
	w.line(t, child+`: from=<>, size=\d+, nrcpt=1 \(queue active\)$`)
	w.line(t, child+`: to=<`+who.user+`>, relay=store\.harbour\.example.* status=sent`)
	w.line(t, child+`: removed$`)
	w.line(t, id+`: removed$`)
}

func TestHostileTextStaysOnItsLine(t *testing.T) {
	d, w := begin(t, Options{Still: true})
	s := visitFrom(t, d, "198.18.80.1", 587, "x", true)
	s.auth("LOGIN", "a\nNov 22 01:00:00 mail postfix/smtpd[1]: connect from fake[192.0.2.66]\x1b[2J", "x")
	s.close()
	w.line(t, `SASL LOGIN authentication failed: \(reason unavailable\), sasl_username=a\?Nov 22 01:00:00 mail postfix/smtpd\[1\]: connect from fake\[192\.0\.2\.66\]\?\[2J$`)
}

func TestStampsAreNow(t *testing.T) {
	at := time.Date(2031, 2, 3, 4, 5, 6, 0, time.UTC)
	_, w := begin(t, Options{Still: true, Now: func() time.Time { return at }})
	w.line(t, `^2031-02-03T04:05:06\.000000\+00:00 mail postfix/master\[\d+\]: daemon started -- version`)
}
