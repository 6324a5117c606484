package probes

import (
	"strings"
	"time"

	"mailtop/probes/smtpwire"
)

const injectionWait = 1500 * time.Millisecond // for an answer to what should have been thrown away

// runInjection sends a command in the same segment as STARTTLS (CVE-2011-0411). A
// server that answers it inside TLS would take commands of a man in the middle for
// those of the client. Two different commands, so that an answer is known to be one.
func runInjection(j job) {
	const check = "starttls.injection"
	if !j.answers(check) {
		return
	}
	if s := j.session(); s.implicit || !s.offered() {
		j.out(skipped(check, "no STARTTLS on this port"), j.env.Now())
		return
	}
	first, c := inject(j, "VRFY mailtop-injected-a")
	if first.Result != "vulnerable" {
		j.tell(first, c)
		return
	}
	c.Close()
	second, c := inject(j, "EHLO mailtop-injected-b.invalid")
	if second.Result != "vulnerable" {
		second = finding(check, "unknown").say("one injected command was answered, another was not")
	}
	second.Evidence = append(first.Evidence, second.Evidence...)
	j.tell(second, c)
}

func inject(j job, command string) (*Finding, *smtpwire.Conn) {
	const check = "starttls.injection"
	c, err := j.visit(true)
	if err != nil {
		return finding(check, "unknown").see("%s", err), c
	}
	if err = c.Send(smtpwire.PhaseStartTLS, []byte("STARTTLS\r\n"+command+"\r\n")); err != nil {
		return finding(check, "unknown").see("%s", err), c
	}
	r, err := c.Read(smtpwire.PhaseStartTLS)
	switch {
	case err != nil:
		return finding(check, "safe").say("server hangs up on a command behind STARTTLS").see("%s", err), c
	case r.Code != 220:
		return finding(check, "safe").say("STARTTLS with a command behind it is refused").see("%s", r), c
	}
	if err := c.Handshake(tlsConfig(j.step.Host)); err != nil {
		return finding(check, "safe").say("handshake fails with a command behind STARTTLS").see("%s", err), c
	}
	if b := c.Drain(smtpwire.PhaseHandshake, injectionWait); len(b) > 0 {
		return finding(check, "vulnerable").see("%q, sent before the handshake, was answered inside TLS: %q", command, firstLine(string(b))), c
	}
	return lateAnswer(check, command, c), c
}

// lateAnswer asks something innocent: an answer to the injected command that was only slow would come first.
func lateAnswer(check, command string, c *smtpwire.Conn) *Finding {
	r, err := c.Cmd(smtpwire.PhaseCommand, "NOOP")
	if err != nil {
		return finding(check, "unknown").see("after the handshake: %s", err)
	}
	if extra := c.Drain(smtpwire.PhaseCommand, injectionWait/5); len(extra) > 0 {
		return finding(check, "vulnerable").see("%q, sent before the handshake, was answered inside TLS: %s", command, r)
	}
	c.Quit()
	return finding(check, "safe")
}

func firstLine(s string) string {
	l, _, _ := strings.Cut(s, "\r\n")
	return l
}
