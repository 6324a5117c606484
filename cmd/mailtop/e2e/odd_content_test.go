//go:build e2e

package e2e

import (
	"crypto/tls"
	"errors"
	"fmt"
)

func oddContent() []oddity {
	header := func(word string, want int) []string {
		return message("<a@b.example>", "<alice@home.example>", "Subject: "+word+" me\nX-Second: y\n\nx", want)
	}
	var out []oddity
	for i, word := range []string{"discard", "hold", "warn", "info", "redirect", "filter", "prepend", "replace", "strip", "bcc", "ignore"} {
		said := word
		if word == "warn" {
			said = "warning"
		}
		var log []string
		if word != "ignore" {
			log = []string{": " + said + ": header Subject: " + word + " me"}
		}
		out = append(out, says("header "+word, fmt.Sprintf("127.1.73.%d", i+1), header(word, 250), log...))
	}
	return append(out,
		says("header reject", "127.1.73.20", header("reject", 550), ": reject: header Subject: reject me"),
		says("body reject", "127.1.73.21", message("<a@b.example>", "<alice@home.example>", "Subject: x\n\nbuy now!", 550), ": reject: body buy now!"),
		says("body warn", "127.1.73.22", message("<a@b.example>", "<alice@home.example>", "Subject: x\n\nwatch this", 250), ": warning: body watch this"),
		says("MIME header reject", "127.1.73.23", message("<a@b.example>", "<alice@home.example>",
			"Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: application/octet-stream; name=\"a.exe\"\n\nx\n--b--", 550), "a.exe"),
		says("header in parts", "127.1.73.24", message("<a@b.example>", "<alice@home.example>", "Subject: warn me\n from=<forged@x.example> to=<y@z.example>: status=sent\n\nx", 250), "from=<forged@x.example>"),
	)
}

func oddPolicy() []oddity {
	var out []oddity
	for i, p := range []struct{ name, code, log string }{
		{"grey", "451", "Greylisting in effect"},
		{"reject", "554", "Recipient address rejected: SPF check failed"},
		{"defer", "450", "try again later"},
		{"down", "451", "Server configuration problem"},
	} {
		rcpt := "policy-" + p.name + "@local.home.example"
		out = append(out, says("policy "+p.name, fmt.Sprintf("127.1.74.%d", i+1), []string{"< 220", "> EHLO c.example", "< 250", "> MAIL FROM:<a@b.example>", "< 250",
			"> RCPT TO:<" + rcpt + ">", "< " + p.code, "> QUIT", "< 221"}, p.log))
	}
	for i, p := range []struct{ name, log string }{{"prepend", "policy-prepend"}, {"hold", "hold: RCPT"}, {"warn", "warn: RCPT"}, {"discard", "discard: RCPT"}} {
		rcpt := "<policy-" + p.name + "@local.home.example>"
		out = append(out, says("policy "+p.name, fmt.Sprintf("127.1.74.%d", i+11), message("<a@b.example>", rcpt, "Subject: p\n\nx", 250), p.log))
	}
	return out
}

func oddFilters() []oddity {
	sent := func(rcpt string, want int) []string {
		return message("<a@b.example>", "<"+rcpt+"@local.home.example>", "Subject: m\n\nx", want)
	}
	envelope := func(rcpt, code string) []string {
		return []string{"< 220", "> EHLO c.example", "< 250", "> MAIL FROM:<a@b.example>", "< 250", "> RCPT TO:<" + rcpt + "@local.home.example>", "< " + code, "> QUIT", "< 221"}
	}
	return []oddity{
		says("milter refuses a recipient", "127.1.75.1", envelope("milter-rcpt", "550"), "milter-reject: RCPT from"),
		says("milter defers a recipient", "127.1.75.2", envelope("milter-defer", "451"), "milter-reject: RCPT from unknown[127.1.75.2]: 451"),
		says("milter refuses the message", "127.1.75.3", sent("milter-reject", 550), "milter-reject: END-OF-MESSAGE from"),
		says("milter finds a virus", "127.1.75.4", sent("milter-virus", 554), "infected by Eicar-Test-Signature"),
		says("milter discards", "127.1.75.5", sent("milter-discard", 250), "milter-discard: END-OF-MESSAGE"),
		says("milter quarantines", "127.1.75.6", sent("milter-hold", 250), "milter-hold: END-OF-MESSAGE"),
		{"milter away and certificate missing", func(l *oddLab) error {
			return l.talk("127.1.75.7", l.Barred, "< 220", "> EHLO c.example", "hang")
		}, []string{"connect to Milter service inet:127.0.0.1:1: Connection refused", "/nonexistent/chain.pem"}},
	}
}

func oddLogins() []oddity {
	tlsUp := []string{"< 220", "> EHLO c.example", "< 250", "> STARTTLS", "< 220", "tls", "> EHLO c.example", "< 250"}
	on := func(name, src string, steps []string, log ...string) oddity {
		return oddity{name, func(l *oddLab) error {
			return l.talk(src, l.Submission, append(append([]string{}, tlsUp...), steps...)...)
		}, log}
	}
	return []oddity{
		on("login given up", "127.1.76.1", []string{"> AUTH LOGIN", "< 334", "> *", "< 501", "> QUIT", "< 221"}, "unknown[127.1.76.1]: SASL LOGIN authentication"),
		on("login in no base64", "127.1.76.2", []string{"> AUTH PLAIN !!!!", "< 535", "> QUIT", "< 221"}, "unknown[127.1.76.2]: SASL PLAIN authentication failed"),
		on("mechanism not offered", "127.1.76.3", []string{"> AUTH CRAM-MD5", "< 535", "> QUIT", "< 221"}, "unknown[127.1.76.3]: SASL CRAM-MD5 authentication failed"),
		on("empty user name", "127.1.76.4", []string{"> AUTH LOGIN", "< 334", "> ", "< 535", "> QUIT", "< 221"}, "unknown[127.1.76.4]: SASL LOGIN authentication failed"),
		on("user name that forges a line", "127.1.76.5", []string{"> AUTH PLAIN " + b64("\x00x[192.0.2.99]: SASL LOGIN authentication failed: y\x00z"), "< 535", "> QUIT", "< 221"}, "unknown[127.1.76.5]: SASL PLAIN authentication failed"),
		on("user name with control bytes", "127.1.76.6", []string{"> AUTH PLAIN " + b64("\x00a\x1b[31m\u009b2J\u202eb\x00z"), "< 535", "> QUIT", "< 221"}, "unknown[127.1.76.6]: SASL PLAIN authentication failed"),
		on("user name with blanks and equals signs", "127.1.76.7", []string{"> AUTH PLAIN " + b64("\x00a b, sasl_username=c\x00z"), "< 535", "> QUIT", "< 221"}, "sasl_username=a b, sasl_username=c"),
		on("lost after AUTH", "127.1.76.8", []string{"> AUTH LOGIN", "< 334", "hang"}, "lost connection after AUTH from unknown[127.1.76.8]"),
		on("three wrong passwords in a session", "127.1.76.9", []string{"> AUTH PLAIN " + b64("\x00alice@home.example\x001"), "< 535", "> AUTH PLAIN " + b64("\x00alice@home.example\x002"), "< 535",
			"> AUTH PLAIN " + b64("\x00alice@home.example\x003"), "< 535", "hang"}, "auth=0/3"),
		on("login twice", "127.1.76.10", []string{"login bob", "> AUTH PLAIN " + b64("\x00bob@home.example\x00x"), "< 503", "> QUIT", "< 221"}, "auth=1/2"),
	}
}

// rejectCertificate is a TLS client that does not trust the server.
func (l *lab) rejectCertificate(src string, port int) error {
	return l.failTLS(src, port, &tls.Config{ServerName: "other.example"})
}

// oldTLS is a client that speaks no newer TLS than 1.0.
func (l *lab) oldTLS(src string, port int) error {
	return l.failTLS(src, port, &tls.Config{InsecureSkipVerify: true, MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS10})
}

func (l *lab) failTLS(src string, port int, cfg *tls.Config) error {
	conn, err := dialFrom(src, l.addr(port))
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := tls.Client(conn, cfg).Handshake(); err == nil {
		return errors.New("the handshake succeeded")
	}
	return nil
}
