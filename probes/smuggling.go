package probes

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"mailtop/probes/smtpwire"
)

// smugglingWait is how long a server has to answer an end of data that is none.
const smugglingWait = 3 * time.Second

// endings are line ends around a dot that are not CRLF.CRLF and that a sender's mail
// can carry through another server: those that begin with CRLF and a dot cannot be
// made by an attacker, because the sending server stuffs that dot.
var endings = []struct{ name, raw string }{
	{"LF.LF", "\n.\n"}, {"LF.CR", "\n.\r"}, {"CR.LF", "\r.\n"}, {"CR.CR", "\r.\r"},
	{"LF.CRLF", "\n.\r\n"}, {"CR.CRLF", "\r.\r\n"}, {"CRLF NUL.CRLF", "\r\n\x00.\r\n"},
}

// runSmuggling sends, for each ending, one message that holds it in the middle, on a
// connection of its own. A server that answers before the real end took it for the end:
// what follows in such a mail would be commands, with a sender of the attacker's choice
// (SMTP smuggling, CVE-2023-51764 and its kin).
func runSmuggling(j job) {
	const check = "smuggling"
	if !j.mayMail(check) {
		return
	}
	var accepted, refused, unclear []string
	var last *smtpwire.Conn
	var script *Transcript
	f := finding(check, "safe")
	for i, e := range endings {
		if i > 0 && j.env.Sleep(j.ctx, betweenVisits) != nil {
			unclear = append(unclear, e.name)
			continue
		}
		c, reply, err := j.smuggle(e.raw)
		last = c
		script = script.add(transcript(j.step.Addr.String(), c.Record()))
		switch {
		case errors.Is(err, errNoAnswer):
			refused = append(refused, e.name)
		case err != nil:
			unclear = append(unclear, e.name)
			f.see("%s: %s", e.name, err)
		case reply.Class() == 2:
			accepted = append(accepted, e.name)
			f.see("%s is taken for the end of a message: %s", e.name, reply)
		default: // the server noticed and said so
			refused = append(refused, e.name)
		}
	}
	g := finding(check, "safe").say("none of %d false endings is taken", len(refused))
	switch {
	case len(accepted) > 0:
		g = finding(check, "vulnerable").say("%s taken for the end of a message", strings.Join(accepted, ", "))
	case len(unclear) > 0:
		g = finding(check, "unknown")
	}
	g.Evidence = f.Evidence
	g.set("accepted", orEmpty(accepted)).set("refused", orEmpty(refused)).set("untested", orEmpty(unclear))
	j.tell(g, last)
}

// errNoAnswer: the server waits for the real end, which is right.
var errNoAnswer = errors.New("no answer before the real end")

// smuggle sends one message with a false ending. A 2xx reply means that it was taken.
func (j job) smuggle(ending string) (*smtpwire.Conn, *smtpwire.Reply, error) {
	c, err := j.visit(false)
	defer c.Quit()
	for _, do := range []func() (*smtpwire.Reply, error){
		func() (*smtpwire.Reply, error) { return c.Mail("<" + j.sender() + ">") },
		func() (*smtpwire.Reply, error) { return c.Rcpt("<" + j.opt.To + ">") },
		func() (*smtpwire.Reply, error) { return c.Cmd(smtpwire.PhaseData, "DATA") },
	} {
		if err != nil {
			return c, nil, err
		}
		var r *smtpwire.Reply
		if r, err = do(); err == nil && r.Class() != 2 && r.Code != 354 {
			err = fmt.Errorf("the message is not taken at all: %s", r)
		}
	}
	if err != nil {
		return c, nil, err
	}
	body := string(testMessage(j, j.token(), "A line, and then the dot of another end."))
	if err := c.Send(smtpwire.PhaseData, []byte(strings.TrimSuffix(body, "\r\n")+ending)); err != nil {
		return c, nil, err
	}
	early := c.Drain(smtpwire.PhaseDot, smugglingWait)
	if len(early) == 0 {
		return c, nil, realEnd(c)
	}
	code := 0
	if _, err := fmt.Sscanf(string(early), "%3d", &code); err != nil {
		return c, nil, fmt.Errorf("answer %q", firstLine(string(early)))
	}
	return c, &smtpwire.Reply{Code: code, Lines: []string{strings.TrimSpace(firstLine(string(early[min(4, len(early)):])))}}, nil
}

// realEnd ends the message as it should be; a connection that is cut here was cut because of the ending, and that is right too.
func realEnd(c *smtpwire.Conn) error {
	if err := c.Send(smtpwire.PhaseDot, []byte("\r\n.\r\n")); err != nil {
		return errNoAnswer
	}
	if _, err := c.Read(smtpwire.PhaseDot); err != nil && smtpwire.ClassOf(err) == smtpwire.ClassTimeout {
		return err
	}
	return errNoAnswer
}
