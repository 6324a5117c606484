package probes

import (
	"time"

	"mailtop/probes/smtpwire"
)

// Greylists answer "later" to a triple of address, sender and recipient that they have
// not seen, and let it through after a while, most often one to five minutes.
const (
	greylistStep  = 30 * time.Second
	greylistLimit = 7 * time.Minute
)

// runGreylist asks for the recipient that the admin named until the answer is no longer "later". It ends at RCPT.
func runGreylist(j job) {
	const check = "greylist"
	if !j.mayMail(check) {
		return
	}
	start := j.env.Now()
	var first, r *smtpwire.Reply
	for {
		c, reply, err := j.askRcpt()
		since := j.env.Now().Sub(start)
		if r = reply; first == nil {
			first = reply
		}
		switch {
		case err != nil:
			j.tell(finding(check, "unknown").see("%s", err), c)
			return
		case r.Class() == 2 && since < greylistStep:
			j.tell(finding(check, "none").see("%s", r), c)
			return
		case r.Class() == 2:
			j.tell(finding(check, "detected").set("seconds", seconds(since)).say("taken after %s", short(since)).see("first: %s", first).see("then: %s", r), c)
			return
		case r.Class() == 5:
			j.tell(finding(check, "unknown").say("refused for good, which is no greylist").see("%s", r), c)
			return
		}
		if j.env.Now().Sub(start)+greylistStep > greylistLimit || j.env.Sleep(j.ctx, greylistStep) != nil {
			j.tell(finding(check, "unknown").say("still \"later\" after %s", short(j.env.Now().Sub(start))).see("%s", r), c)
			return
		}
		c.Close()
	}
}

// askRcpt asks for the recipient, and takes it back.
func (j job) askRcpt() (*smtpwire.Conn, *smtpwire.Reply, error) {
	c, err := j.visit(false)
	defer c.Quit()
	if err != nil {
		return c, nil, err
	}
	r, err := c.Mail("<" + j.sender() + ">")
	if err != nil || r.Class() != 2 {
		return c, r, err
	}
	if r, err = c.Rcpt("<" + j.opt.To + ">"); err == nil {
		_, _ = c.Rset()
	}
	return c, r, err
}
