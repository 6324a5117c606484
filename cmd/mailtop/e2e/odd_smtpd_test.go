//go:build e2e

package e2e

import (
	"fmt"
	"strings"
)

func oddSessions() []oddity {
	hello := []string{"< 220", "> EHLO client.example", "< 250"}
	with := func(steps ...string) []string { return append(append([]string{}, hello...), steps...) }
	return []oddity{
		says("lost after CONNECT", "127.1.70.1", []string{"< 220", "hang"}, "lost connection after CONNECT from unknown[127.1.70.1]"),
		says("lost after EHLO", "127.1.70.2", with("hang"), "lost connection after EHLO from unknown[127.1.70.2]"),
		says("lost after MAIL", "127.1.70.3", with("> MAIL FROM:<a@b.example>", "< 250", "hang"), "lost connection after MAIL from"),
		says("lost after RCPT", "127.1.70.4", with("> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<alice@home.example>", "< 250", "hang"), "lost connection after RCPT from"),
		says("lost within DATA", "127.1.70.5", with("> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<alice@home.example>", "< 250", "> DATA", "< 354", "> Subject: x", "hang"), "lost connection after DATA ("),
		says("lost after STARTTLS", "127.1.70.6", with("> STARTTLS", "< 220", "hang"), "lost connection after STARTTLS from"),
		says("reset and noop", "127.1.70.7", with("> NOOP", "< 250", "> MAIL FROM:<a@b.example>", "< 250", "> RSET", "< 250", "> QUIT", "< 221"), "rset=1"),
		says("HTTP", "127.1.70.8", []string{"< 220", "> GET / HTTP/1.1", "eof"}, "non-SMTP command from unknown[127.1.70.8]: GET / HTTP/1.1"),
		says("HTTP POST with escapes", "127.1.70.9", []string{"< 220", `! POST /\x1b[2J\xc2\x9b31m\xe2\x80\xae HTTP/1.1\r\n`, "eof"}, "non-SMTP command from unknown[127.1.70.9]: POST"),
		says("CONNECT as a proxy", "127.1.70.10", []string{"< 220", "> CONNECT 198.51.100.1:80 HTTP/1.0", "eof"}, "non-SMTP command from unknown[127.1.70.10]: CONNECT"),
		says("TLS hello on a plain port", "127.1.70.11", []string{"< 220", `! \x16\x03\x01\x00\x05\x01\x02\x03\x04\x05\r\n\r\n`, "hang"}, "unknown[127.1.70.11]"),
		says("pipelining after EHLO", "127.1.70.12", []string{"< 220", `! EHLO x.example\r\nMAIL FROM:<a@b.example>\r\n`, "< 250", "< 250", "> QUIT", "< 221"}, "improper command pipelining after EHLO from unknown[127.1.70.12]: MAIL FROM:<a@b.example>"),
		says("pipelining after DATA", "127.1.70.13", with("> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<alice@home.example>", "< 250", `! DATA\r\nSubject: early\r\n\r\nx\r\n.\r\nQUIT\r\n`, "eof"), "improper command pipelining after DATA from"),
		says("bare newline", "127.1.70.14", with("> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<alice@home.example>", "< 250", "> DATA", "< 354", `! Subject: x\n\nbare\r\n.\r\n`, "< 5", "hang"), "unknown[127.1.70.14]"),
		says("too many errors", "127.1.70.15", with("> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<n1@home.example>", "< 550", "> RCPT TO:<n2@home.example>", "< 550", "> RCPT TO:<n3@home.example>", "< 550", "> RCPT TO:<n4@home.example>", "< 550", "> RCPT TO:<n5@home.example>", "< 550", "> RCPT TO:<n6@home.example>", "eof"), "too many errors after RCPT from unknown[127.1.70.15]"),
		says("unknown commands", "127.1.70.16", with("> FROBNICATE", "< 500", "> XYZZY", "< 500", "> QUIT", "< 221"), "unknown=0/2"),
		says("VRFY", "127.1.70.17", with("> VRFY alice", "< 502", "> QUIT", "< 221"), "vrfy=0/1"),
		says("ETRN", "127.1.70.18", with("> ETRN home.example", "< 4", "hang"), "127.1.70.18"),
		says("EXPN", "127.1.70.19", with("> EXPN staff", "< 500", "> QUIT", "< 221"), "127.1.70.19"),
		says("bad sequence", "127.1.70.20", with("> RCPT TO:<alice@home.example>", "< 503", "> DATA", "< 503", "> QUIT", "< 221"), "rcpt=0/1"),
		says("data without recipients", "127.1.70.21", with("> MAIL FROM:<a@b.example>", "< 250", "> DATA", "< 554", "> QUIT", "< 221"), "data=0/1"),
		says("bad syntax", "127.1.70.22", with("> MAIL FROM:a b c", "< 5", "> MAIL FROM:<a@b.example> FOO=BAR", "< 555", "> QUIT", "< 221"), "127.1.70.22"),
		says("size announced", "127.1.70.23", with("> MAIL FROM:<a@b.example> SIZE=99999999", "< 552", "> QUIT", "< 221"), "552 5.3.4"),
		says("size exceeded", "127.1.70.24", message("<a@b.example>", "<alice@home.example>", "Subject: big\n\n"+lines(400), 552), "queue file size limit exceeded"),
		says("long HELO", "127.1.70.25", []string{"< 220", "> HELO " + strings.Repeat("long.", 100) + "example", "< 250", "> QUIT", "< 221"}, "127.1.70.25"),
		says("BDAT", "127.1.70.26", with("> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<bob@home.example>", "< 250", "> BDAT 16 LAST", `! Subject: b\r\n\r\nx`, "! \\r", "hang"), "127.1.70.26"),
		{"TLS: client hangs up on the certificate", func(l *oddLab) error { return l.rejectCertificate("127.1.70.27", l.SMTPS) }, []string{"SSL_accept error from unknown[127.1.70.27]", "TLS library problem"}},
		{"TLS: only version 1.0", func(l *oddLab) error { return l.oldTLS("127.1.70.28", l.SMTPS) }, []string{"SSL_accept error from unknown[127.1.70.28]"}},
		{"TLS: plain text on 465", func(l *oddLab) error { return l.talk("127.1.70.29", l.SMTPS, "> EHLO plain.example", "eof") }, []string{"SSL_accept error from unknown[127.1.70.29]", "wrong version number"}},
		{"no STARTTLS on submission", func(l *oddLab) error {
			return l.talk("127.1.70.30", l.Submission, with("> MAIL FROM:<a@b.example>", "< 530", "> QUIT", "< 221")...)
		}, []string{"unknown[127.1.70.30] ehlo=1 mail=0/1"}},
		{"timeout", func(l *oddLab) error { return l.talk("127.1.70.31", l.Slow, "< 220", "eof") }, []string{"timeout after CONNECT from unknown[127.1.70.31]"}},
		{"timeout in DATA", func(l *oddLab) error {
			return l.talk("127.1.70.32", l.Slow, with("> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<alice@home.example>", "< 250", "> DATA", "< 354", "> Subject: x", "eof")...)
		}, []string{"timeout after DATA ("}},
		says("null sender to two", "127.1.70.33", message("<>", "<alice@home.example>", "Subject: bounce\nMessage-ID: <null@peer.example>\n\nx", 250), "message-id=<null@peer.example>"),
		says("no message id", "127.1.70.34", message("<a@b.example>", "<alice@home.example>", "Subject: x\n\nx", 250), "127.1.70.34"),
		says("odd message ids", "127.1.70.35", message("<a@b.example>", "<alice@home.example>", "Message-ID: no brackets, and blanks\n\nx", 250), "message-id=no brackets"),
		says("resent message id", "127.1.70.36", message("<a@b.example>", "<alice@home.example>", "Resent-Message-ID: <again@b.example>\nMessage-ID: <first@b.example>\n\nx", 250), "resent-message-id=<again@b.example>"),
		says("quoted address", "127.1.70.37", message(`<"a b,c"@b.example>`, `<"alice"@home.example>`, "Subject: q\n\nx", 250), `from=<"a b,c"@b.example>`),
		says("SMTPUTF8", "127.1.70.38", message("<jürgen@bücher.example> SMTPUTF8", "<alice@home.example>", "Subject: ü\n\nx", 250), "jürgen"),
		says("UTF-8 without SMTPUTF8", "127.1.70.39", with("> MAIL FROM:<jürgen@bücher.example>", "< 5", "> QUIT", "< 221"), "127.1.70.39"),
		says("forged log text", "127.1.70.40", with("> MAIL FROM:<x@y.example>", "< 250", `> RCPT TO:<">, relay=evil[192.0.2.7]:25, status=sent ("@else.example>`, "< 554", "> QUIT", "< 221"), "Relay access denied"),
		says("percent hack", "127.1.70.41", with("> MAIL FROM:<x@y.example>", "< 250", "> RCPT TO:<victim%else.example@home.example>", "< 5", "> QUIT", "< 221"), "victim%else.example@home.example"),
		says("plus address", "127.1.70.42", message("<a@b.example>", "<alice+shop@home.example>", "Subject: plus\n\nx", 250), "alice+shop@home.example"),
		{"XCLIENT", func(l *oddLab) error {
			return l.talk("127.1.71.1", l.SMTP, "< 220", "> EHLO gate.example", "< 250", "> XCLIENT NAME=mail.remote.example ADDR=198.51.100.7 HELO=mail.remote.example PROTO=ESMTP", "< 220",
				"> EHLO mail.remote.example", "< 250", "> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<nope@home.example>", "< 550", "> QUIT", "< 221")
		}, []string{"mail.remote.example[198.51.100.7]"}},
		{"XCLIENT with IPv6", func(l *oddLab) error {
			return l.talk("127.1.71.1", l.SMTP, "< 220", "> EHLO gate.example", "< 250", "> XCLIENT NAME=six.remote.example ADDR=IPV6:2001:db8::7", "< 220",
				"> EHLO six.remote.example", "< 250", "> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<far@else.example>", "< 554", "> QUIT", "< 221")
		}, []string{"six.remote.example[2001:db8::7]"}},
		{"XFORWARD", func(l *oddLab) error {
			return l.talk("127.1.71.2", l.SMTP, "< 220", "> EHLO filter.example", "< 250", "> XFORWARD NAME=first.example ADDR=203.0.113.9 HELO=first.example IDENT=4XyZ12ab", "< 250",
				"> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<alice@home.example>", "< 250", "> DATA", "< 354", "> Subject: x\r\n\r\nx\r\n.", "< 250", "> QUIT", "< 221")
		}, []string{"orig_client=first.example[203.0.113.9]"}},
	}
}

// lines gives n lines of text without a line break at the end.
func lines(n int) string {
	s := ""
	for i := range n {
		s += fmt.Sprintf("this is line %04d and it has some more words to be long enough\n", i)
	}
	return s[:len(s)-1]
}

func oddAccess() []oddity {
	envelope := func(from, to string, code string) []string {
		return []string{"< 220", "> EHLO client.example", "< 250", "> MAIL FROM:<" + from + ">", "< 250", "> RCPT TO:<" + to + ">", "< " + code, "> QUIT", "< 221"}
	}
	accepted := func(from string) []string {
		return message("<"+from+">", "<alice@home.example>", "Subject: access\n\nx", 250)
	}
	return []oddity{
		says("client refused", "127.1.72.1", envelope("a@b.example", "alice@home.example", "554"), "Client host rejected: go away"),
		says("client deferred", "127.1.72.2", envelope("a@b.example", "alice@home.example", "450"), "450 4.7.1 <unknown[127.1.72.2]>"),
		says("client hung up on", "127.1.72.3", []string{"< 220", "> EHLO c.example", "< 250", "> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<alice@home.example>", "eof"}, "421 4.7.1 <unknown[127.1.72.3]>"),
		says("HELO refused", "127.1.72.4", []string{"< 220", "> HELO friend", "< 250", "> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<alice@home.example>", "< 554", "> QUIT", "< 221"}, "Helo command rejected: no friends here"),
		says("HELO invalid", "127.1.72.5", []string{"< 220", "> HELO a_b..c[", "< 250", "> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<alice@home.example>", "< 501", "> QUIT", "< 221"}, "Helo command rejected: Invalid name"),
		says("sender not FQDN", "127.1.72.6", envelope("a@b", "alice@home.example", "504"), "need fully-qualified address"),
		says("recipient not FQDN", "127.0.0.1", envelope("a@b.example", "alice@localhost", "504"), "Recipient address rejected: need fully-qualified"),
		says("sender refused", "127.1.72.8", envelope("banned@b.example", "alice@home.example", "554"), "Sender address rejected: spammer"),
		says("sender on hold", "127.1.72.9", accepted("hold@b.example"), ": hold: RCPT from"),
		says("sender discarded", "127.1.72.10", accepted("discard@b.example"), "discard: RCPT from"),
		says("sender warned", "127.1.72.11", accepted("warn@b.example"), "warn: RCPT from"),
		says("sender info", "127.1.72.12", accepted("info@b.example"), "info: RCPT from"),
		says("sender redirected", "127.1.72.13", accepted("redirect@b.example"), "redirect: RCPT from"),
		says("sender prepended", "127.1.72.14", accepted("prepend@b.example"), "127.1.72.14"),
		says("sender bcc", "127.1.72.15", accepted("bcc@b.example"), "bcc: RCPT from"),
		says("sender filtered", "127.1.72.16", accepted("filter@b.example"), "filter: RCPT from"),
		says("would be refused", "127.1.72.17", envelope("a@b.example", "suspect@home.example", "550"), "reject_warning: RCPT from"),
		says("mailbox full", "127.1.72.18", envelope("a@b.example", "full@home.example", "452"), "452 4.2.2"),
		{"recipient verified", func(l *oddLab) error {
			return l.talk("127.1.72.19", l.Submission, "< 220", "> EHLO c.example", "< 250", "> STARTTLS", "< 220", "tls", "> EHLO c.example", "< 250", "login alice",
				"> MAIL FROM:<alice@home.example>", "< 250", "> RCPT TO:<verify@refuse.example>", "< 550", "> RCPT TO:<verifyok@ok.example>", "< 250", "> QUIT", "< 221")
		}, []string{"status=undeliverable", "status=deliverable", "undeliverable address: host"}},
		says("refused by footer", "127.1.72.20", envelope("a@b.example", "far@else.example", "554"), "127.1.72.20"),
		{"sender of somebody else", func(l *oddLab) error {
			return l.talk("127.1.72.21", l.Submission, "< 220", "> EHLO c.example", "< 250", "> STARTTLS", "< 220", "tls", "> EHLO c.example", "< 250", "login alice",
				"> MAIL FROM:<boss@home.example>", "< 250", "> RCPT TO:<far@ok.example>", "< 553", "> QUIT", "< 221")
		}, []string{"not owned by user"}},
	}
}
