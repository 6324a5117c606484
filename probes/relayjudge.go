package probes

import (
	"regexp"

	"mailtop/probes/smtpwire"
)

// answerKind is what a reply to MAIL or RCPT means for relaying. A 250 to RCPT is not
// yet an open relay, and a 4xx never a closed one.
type answerKind string

const (
	ansRefused  answerKind = "refused"
	ansAuth     answerKind = "auth_required" // refused to strangers: a pass
	ansTLS      answerKind = "tls_required"  // says nothing of relaying
	ansSoft     answerKind = "refused_softly"
	ansDeferred answerKind = "deferred"
	ansLimit    answerKind = "rate_limited"
	ansAccepted answerKind = "accepted"
	ansMaybe    answerKind = "accepted_unverified" // 252
	ansSender   answerKind = "sender_refused"
	ansDomain   answerKind = "recipient_domain_refused" // about our test domain, not about relaying
)

var (
	saysTLS    = regexp.MustCompile(`(?i)starttls|must use tls|encryption (is )?(required|needed)`)
	saysAuth   = regexp.MustCompile(`(?i)authenticat|auth(entication)? (is )?required|log ?in first|not logged in|smtp auth`)
	saysLimit  = regexp.MustCompile(`(?i)too many|rate limit|slow down|too fast|throttl|error limit|flood`)
	saysGrey   = regexp.MustCompile(`(?i)grey|gray|try again|temporar|4\.3\.2`)
	saysRelay  = regexp.MustCompile(`(?i)relay|not permitted|denied|not local|prohibited|gateway|rejected`)
	saysLater  = regexp.MustCompile(`(?i)relay(ing)?( access)?( temporarily)? denied`) // Sendmail where the client's name does not resolve, Postfix with defer_unauth_destination
	saysDomain = regexp.MustCompile(`(?i)domain (name )?(was )?not found|does not accept mail|null mx|nullmx|unrouteable|cannot route`)
)

// judgeMail reads the answer to MAIL FROM.
func judgeMail(r *smtpwire.Reply) answerKind {
	switch k := judgeReply(r); k {
	case ansRefused, ansDomain:
		return ansSender
	default:
		return k
	}
}

// judgeRcpt reads the answer to RCPT TO of a recipient outside.
func judgeRcpt(r *smtpwire.Reply) answerKind { return judgeReply(r) }

func judgeReply(r *smtpwire.Reply) answerKind {
	text := r.Text()
	switch {
	case r.Code == 252:
		return ansMaybe
	case r.Class() == 2:
		return ansAccepted
	case r.Class() == 3:
		return ansMaybe
	case saysTLS.MatchString(text):
		return ansTLS
	case r.Class() == 4 && saysAuth.MatchString(text) && !saysGrey.MatchString(text):
		return ansAuth
	case r.Class() == 5:
		return judgeHard(r, text)
	case r.Code == 421 || saysLimit.MatchString(text):
		return ansLimit
	case r.Code == 454 && saysRelay.MatchString(text), saysLater.MatchString(text):
		return ansSoft
	}
	return ansDeferred
}

func judgeHard(r *smtpwire.Reply, text string) answerKind {
	switch {
	case r.Code == 530 || saysAuth.MatchString(text):
		return ansAuth
	case saysLimit.MatchString(text) && !saysRelay.MatchString(text):
		return ansLimit
	case saysDomain.MatchString(text):
		return ansDomain
	}
	return ansRefused
}

// hit says whether the recipient outside was taken.
func (k answerKind) hit() bool { return k == ansAccepted || k == ansMaybe }

// refusal says whether strangers were turned away.
func (k answerKind) refusal() bool { return k == ansRefused || k == ansAuth || k == ansSoft }
