package probes

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"time"

	smtpreply "mailtop/logparse/reply"
	"mailtop/probes/smtpwire"
)

// runSubmit sends one small message to the recipient that the admin named.
func runSubmit(j job) {
	const check = "submit"
	if !j.mayMail(check) {
		return
	}
	token, start := j.token(), j.env.Now()
	message := testMessage(j, token, "This is a test message that the owner of this host sent with mailtop probe.\n")
	f, c := j.send(check, message)
	for n := 2; f.Result == "deferred" && j.mayRetry(f); n++ {
		c.Close()
		f, c = j.send(check, message)
		f.see("%d tries in %s: greylisted at first", n, short(j.env.Now().Sub(start)))
	}
	f.set("token", token)
	if f.Result == "accepted" {
		f = f.after(j.follow(f))
	}
	j.tell(f, c)
}

// after is the finding of a message that was taken, once the log told what became of
// it: what the next hop refuses is refused.
func (f *Finding) after(fate Fate) *Finding {
	result := map[string]string{"bounced": "refused", "expired": "refused", "deferred": "deferred"}[fate.Status]
	if result == "" {
		return f
	}
	g := finding(f.Check, result).say("%s", f.Title)
	g.Values, g.Evidence = f.Values, f.Evidence
	return g.set("stage", "delivery")
}

// mayRetry waits as a server does that is greylisted, and says whether the time is enough for another try.
func (j job) mayRetry(f *Finding) bool {
	reply, _ := f.Values["reply"].(string)
	end, ok := j.ctx.Deadline()
	return smtpreply.Explain(reply).Class == smtpreply.ClassGreylist && ok &&
		end.Sub(j.env.Now()) > greylistStep+tryAgain && j.env.Sleep(j.ctx, greylistStep) == nil
}

const tryAgain = 10 * time.Second // what another try may take

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
