package probes

import (
	"fmt"

	"mailtop/probes/smtpwire"
)

const rateVisits = 60 // connections, one after the other; usual limits are 10 to 60 a minute

// runRate connects again and again, without a pause, until the server slows us down
// or the list is at its end. One connection at a time; nothing is sent but EHLO and QUIT.
func runRate(j job) {
	const check = "rate"
	if !j.answers(check) {
		return
	}
	for n := 1; n <= rateVisits; n++ {
		c, err := j.visit(true)
		if err == nil {
			c.Quit()
			if n < rateVisits {
				continue
			}
			f := finding(check, "unlimited").set("visits", n).say("%d connections in a row and no limit", n)
			if j.session().vantage.Trusted() {
				f.see("seen from an address that may be exempt")
			}
			j.tell(f, c)
			return
		}
		if j.ctx.Err() != nil {
			j.tell(skipped(check, fmt.Sprintf("the time was up after %d connections", n-1)), c)
			return
		}
		f := finding(check, "limited").set("visits", n-1).say("limited after %d connections", n-1).see("%s", err)
		switch smtpwire.ClassOf(err) {
		case smtpwire.ClassTimeout, smtpwire.ClassRefused, smtpwire.ClassReset:
			f.see("without a word: a firewall or a ban tool")
		}
		j.tell(f.set("reply", err.Error()), c)
		return
	}
}
