package probes

import (
	"fmt"
	"strings"
)

const shownHits = 3 // forms told with their replies; the values hold all

// finding makes one verdict of all variants. Order of weight: what was taken, what
// could not be judged, what was refused.
func (b *battery) finding(check string) *Finding {
	f := b.verdict(check)
	var techniques []string
	var list []map[string]any
	for _, v := range b.variants {
		m := map[string]any{"id": v.id, "from": v.from, "to": v.to, "tries": v.why0()}
		if v.kind == "" {
			m["answer"], m["reason"] = notTested, v.why
		} else {
			m["answer"], m["reply"] = string(v.kind), v.reply
		}
		list = append(list, m)
		if v.kind.hit() {
			if techniques = append(techniques, v.id); len(techniques) > shownHits {
				continue
			}
			f.see("%s: MAIL FROM:%s RCPT TO:%s answered %s", v.id, v.from, v.to, v.reply)
		}
	}
	if more := len(techniques) - shownHits; more > 0 {
		f.see("and %d forms more: %s", more, strings.Join(techniques[shownHits:], " "))
	}
	f.set("techniques", orEmpty(techniques)).set("variants", list).set("asked_as_stranger", b.outsider || b.simulated).set("simulated", b.simulated)
	f.set("recipient", b.names.recipient).set("domain", b.names.domain)
	if b.control != nil {
		f.set("control", b.control.String())
	}
	return f
}

// why0 is what the form tries.
func (v variant) why0() string { return v.form.why }

func (b *battery) count(match func(answerKind) bool) (n int, first string) {
	for _, v := range b.variants {
		if match(v.kind) {
			if n++; n == 1 {
				first = v.reply + v.why
			}
		}
	}
	return n, first
}

func (b *battery) verdict(check string) *Finding {
	is := func(ks ...answerKind) func(answerKind) bool {
		return func(k answerKind) bool {
			for _, x := range ks {
				if x == k {
					return true
				}
			}
			return false
		}
	}
	all := len(b.variants)
	hits, _ := b.count(answerKind.hit)
	deferred, deferText := b.count(is(ansDeferred))
	closed, closedText := b.count(is(ansRefused, ansAuth, ansSoft))
	soft, softText := b.count(is(ansSoft))
	untested, reason := b.count(is(""))
	trusted := b.session().vantage.Trusted() && !b.outsider && !b.simulated
	switch {
	case b.hostsRecipient():
		return skipped(check, fmt.Sprintf("the server takes mail for %s and refuses %s (%s): it hosts that domain; name a recipient elsewhere with --to", b.names.recipient, outsideDomain, b.elsewhere))
	case hits > 0 && trusted:
		return b.trusted(check, hits)
	case hits > 0 && !b.simulated && b.control != nil && b.control.Class() == 2:
		return finding(check, "accept_all").see("a recipient that cannot exist is taken as well: %s", b.control)
	case hits > 0:
		f := finding(check, "accepts_rcpt").say("%d of %d forms taken at RCPT", hits, all)
		if b.simulated {
			f.see("%s", bySimulation)
		}
		return f
	case deferred > 0 && deferred >= closed: // a few refusals, for form or sender, are no pass
		return finding(check, "deferred").say("%d of %d forms deferred, %d refused", deferred, all, closed).see("%s", deferText)
	case closed == 0:
		return skipped(check, b.whyNothing(reason))
	}
	f := finding(check, "closed").say("%d of %d forms refused", closed, all).see("%s", closedText)
	if soft > 0 {
		f.see("refused with a temporary code, so that senders try again for days: %s", softText)
	}
	if untested > 0 {
		f.see("%d not tested: %s", untested, reason)
	}
	if deferred > 0 {
		f.see("%d deferred: %s", deferred, deferText)
	}
	if n, text := b.count(is(ansSender, ansDomain, ansTLS, ansMaybe)); n > 0 {
		f.see("%d not judged, because the refusal is not about relaying: %s", n, text)
	}
	if b.outsider {
		f.see("asked as a stranger, by XCLIENT")
	}
	if b.simulated {
		f.see("%s", bySimulation)
	}
	return f
}

const bySimulation = "from here relaying is allowed; this is what Exim says to a stranger (exim -bh, a simulation that changes nothing)"

// trusted says that nothing is proven, and the ways to a proof for the server seen.
func (b *battery) trusted(check string, hits int) *Finding {
	f := finding(check, "trusted_vantage").say("%d of %d forms taken, seen from %s, where relaying may be meant", hits, len(b.variants), vantageText[b.session().vantage])
	f.see("no proof of an open relay: run the same command on a host outside, or here with --source and an address that the server does not trust")
	mta := b.session().mta()
	if mta == "postfix" || mta == "" {
		f.see("Postfix: grant this address XCLIENT for the test (postconf -e smtpd_authorized_xclient_hosts=ADDRESS, then postfix reload; undo: postconf -X smtpd_authorized_xclient_hosts)")
	}
	if mta == "exim" || mta == "" {
		f.see("Exim, on its host: exim -bh %s, then EHLO, MAIL FROM and RCPT TO by hand", strangerAddr)
	}
	if b.noSimulation != "" {
		f.see("exim -bh was tried: %s", b.noSimulation)
	}
	return f
}

func (b *battery) whyNothing(reason string) string {
	for _, v := range b.variants {
		switch v.kind {
		case ansSender:
			return fmt.Sprintf("the sender is refused before any recipient (%s)", v.reply)
		case ansDomain:
			return fmt.Sprintf("the test domain is refused, which says nothing of relaying (%s); name a recipient with --to", v.reply)
		case ansTLS:
			return fmt.Sprintf("the server wants TLS first (%s)", v.reply)
		}
	}
	return strings.TrimSpace(reason)
}
