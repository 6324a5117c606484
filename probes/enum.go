package probes

import (
	"regexp"
	"strings"

	"mailtop/probes/smtpwire"
)

// saysNobody is a refusal because of the mailbox, which says nothing of policy.
var saysNobody = regexp.MustCompile(`(?i)\b5\.1\.1\b|user unknown|unknown user|no such|invalid recipient|does not exist|not found`)

const noSuchUser = "mailtop-no-such-user-7f3a"

func runVRFY(j job) { j.enumerate("enum.vrfy", "VRFY ", "VRFY ") }
func runEXPN(j job) { j.enumerate("enum.expn", "EXPN ", "EXPN ") }

// enumerate asks for a mailbox that every server must have (RFC 5321 section 4.5.1)
// and for one that cannot exist: answers that differ tell strangers who has a mailbox.
func (j job) enumerate(check, known, unknown string) {
	if !j.answers(check) {
		return
	}
	c, err := j.visit(false)
	var yes, no *smtpwire.Reply
	if err == nil {
		yes, err = c.Cmd(smtpwire.PhaseCommand, known+"postmaster@"+j.domain())
	}
	if err == nil {
		no, err = c.Cmd(smtpwire.PhaseCommand, unknown+noSuchUser+"@"+j.domain())
	}
	c.Quit()
	if err != nil {
		j.tell(finding(check, "unknown").see("%s", err), c)
		return
	}
	j.tell(enumFinding(check, yes, no), c)
}

// runEnumRCPT asks the same by RCPT TO.
func runEnumRCPT(j job) {
	const check = "enum.rcpt"
	if !j.answers(check) {
		return
	}
	c, err := j.visit(false)
	var mail, yes, no *smtpwire.Reply
	if err == nil {
		mail, err = c.Mail("<>")
	}
	if err == nil && mail.Class() != 2 {
		c.Quit()
		j.tell(finding(check, "unknown").see("MAIL: %s", mail), c)
		return
	}
	if err == nil {
		yes, err = c.Rcpt("<postmaster@" + j.domain() + ">")
	}
	if err == nil {
		no, err = c.Rcpt("<" + noSuchUser + "@" + j.domain() + ">")
	}
	if err == nil {
		_, _ = c.Rset()
	}
	c.Quit()
	if err != nil {
		j.tell(finding(check, "unknown").see("%s", err), c)
		return
	}
	j.tell(enumFinding(check, yes, no), c)
}

func enumFinding(check string, yes, no *smtpwire.Reply) *Finding {
	var f *Finding
	switch {
	case yes.Class() == 4 || no.Class() == 4:
		f = finding(check, "unknown")
	case saysNobody.MatchString(yes.Text()):
		f = finding(check, "unknown").say("there is no postmaster to compare with")
	case sameAnswer(yes, no):
		f = finding(check, "safe")
	case yes.Class() == 2 && no.Class() == 5:
		f = finding(check, "leaks")
	default:
		f = finding(check, "unknown")
	}
	return f.set("known", yes.String()).set("unknown", no.String()).see("postmaster: %s", yes).see("a mailbox that cannot exist: %s", no)
}

// sameAnswer compares what a stranger could tell apart: code and text, the address itself left out.
func sameAnswer(a, b *smtpwire.Reply) bool {
	if a.Code != b.Code {
		return false
	}
	if a.Code == 252 || a.Class() == 5 && a.Enhanced == b.Enhanced {
		return true
	}
	norm := func(r *smtpwire.Reply) string {
		return strings.NewReplacer("postmaster", "*", noSuchUser, "*").Replace(strings.ToLower(r.Text()))
	}
	return norm(a) == norm(b)
}

// runSpoof asks whether a stranger may send as a user of a local domain, to that domain. It ends at RCPT.
func runSpoof(j job) {
	const check = "sender.spoof"
	if !j.answers(check) {
		return
	}
	c, err := j.visit(false)
	b := &battery{job: j, names: j.relayNames()}
	if err == nil {
		err = b.becomeStranger(c)
	}
	var mail, rcpt *smtpwire.Reply
	addr := "<postmaster@" + j.domain() + ">"
	if err == nil {
		mail, err = c.Mail(addr)
	}
	if err == nil && mail.Class() == 2 {
		rcpt, err = c.Rcpt(addr)
	}
	c.Quit()
	f := spoofFinding(check, mail, rcpt, err, j.session().vantage.Trusted() && !b.outsider)
	j.tell(f.set("sender", strings.Trim(addr, "<>")), c)
}

func spoofFinding(check string, mail, rcpt *smtpwire.Reply, err error, trusted bool) *Finding {
	last := mail
	if rcpt != nil {
		last = rcpt
	}
	switch {
	case err != nil:
		return finding(check, "unknown").see("%s", err)
	case rcpt != nil && saysNobody.MatchString(rcpt.Text()):
		return finding(check, "unknown").say("there is no postmaster to send to").see("%s", rcpt)
	case last.Class() == 5:
		return finding(check, "refused").see("%s", last)
	case last.Class() == 4:
		return finding(check, "unknown").see("%s", last)
	case trusted:
		return finding(check, "unknown").say("taken, but from an address that may be trusted").see("%s", last)
	}
	return finding(check, "accepted").see("%s", last).see("taken at RCPT; a filter may still refuse the message itself")
}
