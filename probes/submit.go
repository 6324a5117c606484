package probes

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	"mailtop/probes/smtpwire"
)

// runSubmit sends one small message to the recipient that the admin named.
func runSubmit(j job) {
	const check = "submit"
	if !j.mayMail(check) {
		return
	}
	token := j.token()
	f, c := j.send(check, testMessage(j, token, "This is a test message that the owner of this host sent with mailtop probe.\n"))
	f.set("token", token)
	if f.Result == "accepted" {
		j.follow(f)
	}
	j.tell(f, c)
}

const followLimit = 30 * time.Second // for a delivery to show in the log

// follow adds to a finding with a queue id what the log says of the message.
func (j job) follow(f *Finding) Fate {
	id, _ := f.Values["queue_id"].(string)
	if j.env.Follow == nil || id == "" {
		return Fate{}
	}
	ctx, cancel := context.WithTimeout(j.ctx, followLimit)
	defer cancel()
	fate, err := j.env.Follow(ctx, id)
	for _, l := range fate.Lines {
		f.see("log: %s", l)
	}
	switch {
	case err != nil:
		f.see("the log could not be followed: %s", err)
	case fate.Status == "":
		f.see("the log says nothing of %s within %s", id, short(followLimit))
	default:
		f.set("status", fate.Status).set("relay", fate.Relay).say("%s", strings.TrimSpace(f.Title+"; "+fate.Status+" "+fate.Relay))
	}
	return fate
}

// mayMail skips a check that sends mail where no recipient was named.
func (j job) mayMail(check string) bool {
	if !j.answers(check) {
		return false
	}
	if j.opt.To == "" {
		j.out(skipped(check, "no recipient named (--to)"), j.env.Now())
		return false
	}
	return true
}

// token marks a message of this run, in subject, Message-ID and body.
func (j job) token() string {
	return fmt.Sprintf("mailtop-%x-%d-%d", j.env.Now().UnixMicro(), j.run.id, j.step.Addr.Port())
}

func (j job) sender() string {
	switch {
	case j.opt.From != "":
		return j.opt.From
	case j.opt.Login != nil && plainAddress(j.opt.Login.User):
		return j.opt.Login.User
	}
	return "postmaster@" + j.domain()
}

func testMessage(j job, token, body string) []byte {
	from := j.sender()
	_, domain, _ := strings.Cut(from, "@")
	return fmt.Appendf(nil, "From: <%s>\r\nTo: <%s>\r\nSubject: mailtop test %s\r\nMessage-ID: <%s@%s>\r\nDate: %s\r\nMIME-Version: 1.0\r\nContent-Type: text/plain; charset=us-ascii\r\nAuto-Submitted: auto-generated\r\n\r\n%s\r\ntoken: %s\r\n",
		from, j.opt.To, token, token, domain, j.env.Now().Format(time.RFC1123Z), body, token)
}

// send makes one transaction, logged in when an account is given, and judges the last reply.
func (j job) send(check string, message []byte) (*Finding, *smtpwire.Conn) {
	c, err := j.visit(false)
	var r *smtpwire.Reply
	stage := "greeting"
	if err == nil && j.opt.Login != nil {
		stage = "login"
		r, err = j.loginForMail(c)
	}
	for _, s := range []struct {
		stage string
		do    func() (*smtpwire.Reply, error)
	}{
		{"mail", func() (*smtpwire.Reply, error) { return c.Mail("<" + j.sender() + ">") }},
		{"rcpt", func() (*smtpwire.Reply, error) { return c.Rcpt("<" + j.opt.To + ">") }},
		{"data", func() (*smtpwire.Reply, error) { return c.Data(message) }},
	} {
		if err != nil || r != nil && r.Class() != 2 {
			break
		}
		stage = s.stage
		r, err = s.do()
	}
	c.Quit()
	f := submitFinding(check, r, err)
	f.set("stage", stage).set("from", j.sender()).set("to", j.opt.To).set("seconds", phaseSeconds(c.Timings()))
	return f, c
}

func (j job) loginForMail(c *smtpwire.Conn) (*smtpwire.Reply, error) {
	names := chooseMechanisms(*j.opt.Login, c.Caps().Auth())
	if len(names) == 0 {
		return nil, errors.New("no login mechanism that both sides know")
	}
	for _, m := range mechanisms(*j.opt.Login) {
		if m.name == names[0] {
			if m.readable && c.TLSState() == nil {
				return nil, fmt.Errorf("%s without TLS would send the password readable", m.name)
			}
			return authenticate(c, m, *j.opt.Login)
		}
	}
	return nil, errors.New("no login mechanism")
}

func submitFinding(check string, r *smtpwire.Reply, err error) *Finding {
	switch {
	case smtpwire.ClassOf(err) == smtpwire.ClassTimeout:
		return finding(check, "timeout").see("%s", err)
	case err != nil:
		return finding(check, "refused").say("the connection fails: %s", err)
	case r.Class() == 2:
		f := finding(check, "accepted").see("%s", r)
		if id := queueID(r.Text()); id != "" {
			f.set("queue_id", id).say("taken as %s", id)
		}
		return f.set("reply", r.String())
	case r.Class() == 4:
		return finding(check, "deferred").set("reply", r.String()).see("%s", r)
	}
	return finding(check, "refused").set("reply", r.String()).see("%s", r)
}

// queueIDs are the ways servers name the queue id in the reply to the final dot: Postfix, Exim, Sendmail, OpenSMTPD.
var queueIDs = regexp.MustCompile(`(?i)(?:queued as |id=|^(?:2\.0\.0 )?)([0-9A-Za-z-]{6,32})(?: Message accepted for delivery|$|[ )>])`)

func queueID(text string) string {
	for _, m := range queueIDs.FindAllStringSubmatch(text, -1) {
		if strings.ContainsAny(m[1], "0123456789") {
			return m[1]
		}
	}
	return ""
}

// The two harmless samples that every filter knows: GTUBE for spam filters, EICAR for virus scanners.
// They stand here in halves so that a scanner does not take this program for a virus.
const (
	gtube = "XJS*C4JDBQADN1.NSBN3*2IDNEN*" + "GTUBE-STANDARD-ANTI-UBE-TEST-EMAIL*C.34X"
	eicar = `X5O!P%@AP[4\PZX54(P^)7CC)7}$` + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"
)

// runFilter sends the samples to the recipient that the admin named.
func runFilter(j job) {
	const check = "filter"
	if !j.mayMail(check) {
		return
	}
	answers, taken := map[string]string{}, []string{}
	var last *smtpwire.Conn
	var evidence []string
	for _, s := range []struct{ name, text string }{{"gtube", gtube}, {"eicar", eicar}} {
		if last != nil {
			last.Close()
		}
		f, c := j.send("submit", testMessage(j, j.token(), s.text))
		last = c
		answers[s.name] = f.Result
		evidence = append(evidence, s.name+": "+strings.Join(f.Evidence, " "))
		if f.Result == "accepted" {
			taken = append(taken, s.name)
		} else if f.Values["stage"] != "data" || f.Result != "refused" {
			g := skipped(check, "the sample did not come to the filter: "+f.Title)
			g.Evidence = f.Evidence
			j.tell(g, c)
			return
		}
	}
	f := finding(check, "rejects")
	if len(taken) > 0 {
		f = finding(check, "accepts").say("%s taken", strings.Join(taken, " and "))
	}
	f.Evidence = evidence
	j.tell(f.set("answers", answers), last)
}
