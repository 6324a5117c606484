package probes

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"mailtop/probes/smtpwire"
)

// runLogin logs in once, with the strongest mechanism offered or with each of those
// named. It stops at the first refusal of the password: more would look like guessing.
func runLogin(j job) {
	const check = "auth.login"
	if !j.answers(check) {
		return
	}
	if j.opt.Login == nil {
		j.out(skipped(check, "no account given (--user)"), j.env.Now())
		return
	}
	offered := j.session().caps().Auth()
	names := chooseMechanisms(*j.opt.Login, offered)
	if len(names) == 0 {
		j.out(noMechanism(check, offered), j.env.Now())
		return
	}
	for _, name := range names {
		f, c := j.login(check, name)
		j.tell(f.set("mechanism", name).set("user", j.opt.Login.User), c)
		if f.Result != "ok" {
			return
		}
	}
}

func noMechanism(check string, offered []string) *Finding {
	f := skipped(check, "no mechanism that both sides know: the server offers "+orNone(offered))
	if u := untried(offered); len(u) > 0 {
		f.see("not tried: %s", strings.Join(u, " "))
	}
	return f
}

// chooseMechanisms keeps the order of strength.
func chooseMechanisms(l Login, offered []string) []string {
	var out []string
	for _, m := range mechanisms(l) {
		named := slices.ContainsFunc(l.Mechanisms, func(n string) bool { return strings.EqualFold(n, m.name) || n == "all" && !m.token })
		if slices.Contains(offered, m.name) && (named || len(l.Mechanisms) == 0 && !m.token) {
			out = append(out, m.name)
		}
	}
	if len(l.Mechanisms) == 0 && len(out) > 1 {
		out = out[:1]
	}
	return out
}

func (j job) login(check, name string) (*Finding, *smtpwire.Conn) {
	c, err := j.visit(false)
	if err != nil {
		return finding(check, "error").see("%s", err), c
	}
	i := slices.IndexFunc(mechanisms(*j.opt.Login), func(m mechanism) bool { return m.name == name })
	m := mechanisms(*j.opt.Login)[i]
	if m.readable && c.TLSState() == nil {
		c.Quit()
		return skipped(check, name+" without TLS would send the password readable"), c
	}
	r, err := authenticate(c, m, *j.opt.Login)
	c.Quit()
	return loginFinding(check, name, r, err).set("seconds", seconds(authTime(c))), c
}

func authTime(c *smtpwire.Conn) (d time.Duration) {
	for _, t := range c.Timings() {
		if t.Phase == smtpwire.PhaseAuth {
			d += t.Took()
		}
	}
	return d
}

func loginFinding(check, name string, r *smtpwire.Reply, err error) *Finding {
	if err != nil {
		f := finding(check, "error").see("%s: %s", name, err)
		if r != nil && r.Code > 0 {
			f.see("%s", r)
		}
		return f
	}
	var f *Finding
	switch {
	case r.Code == 235:
		f = finding(check, "ok").say("logged in by %s", name)
	case r.Code == 535 || r.Code == 501 && strings.HasPrefix(r.Enhanced, "5.7"):
		f = finding(check, "bad_credentials").see("%s: %s", name, r)
	case r.Class() == 4:
		f = finding(check, "tempfail").see("%s: %s", name, r)
	case r.Class() == 5:
		f = finding(check, "refused").see("%s: %s", name, r)
	default:
		f = finding(check, "error").say("unexpected answer to AUTH %s", name).see("%s", r)
	}
	return f.set("reply", fmt.Sprint(r))
}
