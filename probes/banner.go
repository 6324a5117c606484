package probes

import (
	"strings"

	"mailtop/probes/smtpwire"
)

// judgeBanner looks at the greeting itself (RFC 5321 section 4.3.1: the host's name first).
func judgeBanner(s *session, _ Step) *Finding {
	if s.banner == nil || s.bannerErr != nil || len(s.banner.Lines) == 0 {
		return skipped("banner", "no greeting came")
	}
	if !s.greeted() {
		return skipped("banner", "the greeting is a refusal")
	}
	host := firstWord(s.banner.Lines[0])
	f := finding("banner", "ok")
	ehlo := s.ehloName()
	switch {
	case masked(s.banner.Text()):
		f = finding("banner", "masked")
	case !strings.Contains(host, ".") && !strings.HasPrefix(host, "["):
		f = finding("banner", "mismatch").say("greeting begins with %q, not with a full host name", host)
	case ehlo != "" && !strings.EqualFold(host, ehlo):
		f = finding("banner", "mismatch").say("greeting says %q, EHLO says %q", host, ehlo)
	default:
		f.say("%s", host)
	}
	f.set("host", host).set("delay", seconds(s.took(smtpwire.PhaseBanner)))
	f.set("lines", s.banner.Lines).set("multiline", len(s.banner.Lines) > 1)
	if m := s.mta(); m != "" {
		f.set("mta", m)
	}
	return oddities(f, s.banner).see("%s", s.banner)
}

func firstWord(line string) string {
	if w := strings.Fields(line); len(w) > 0 {
		return w[0]
	}
	return ""
}

// masked is the mark of a firewall's SMTP inspection: text turned into asterisks, with a few characters left over.
func masked(text string) bool {
	stars := strings.Count(text, "*")
	return stars >= 8 && stars*2 > len(text)
}

func (s *session) ehloName() string {
	for _, c := range []*smtpwire.Caps{s.secure, s.plain} {
		if c != nil && strings.Contains(c.Name, ".") { // some greet with a word instead of their name
			return c.Name
		}
	}
	return ""
}

// oddities adds what was odd about replies.
func oddities(f *Finding, replies ...*smtpwire.Reply) *Finding {
	var a smtpwire.Anomaly
	for _, r := range replies {
		if r != nil {
			a |= r.Anomalies
		}
	}
	if names := a.Names(); len(names) > 0 {
		f.set("anomalies", names).see("odd reply: %s", strings.Join(names, ", "))
	}
	return f
}
