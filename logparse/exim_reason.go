package logparse

// reasonWords are words of refusals and what they mean, lower case, by their first
// letter so that one pass over a text finds the first of them. The servers here
// have no codes of their own for most reasons, and admins write the texts.
var reasonWords = [26][]struct {
	text  string
	class Class
}{
	0:         {{"authentication required", ClassAuthRequired}, {"authentication is required", ClassAuthRequired}, {"auth required", ClassAuthRequired}, {"authenticate first", ClassAuthRequired}},
	'b' - 'a': {{"blacklist", ClassDNSBL}, {"blocklist", ClassDNSBL}, {"block list", ClassDNSBL}, {"black list", ClassDNSBL}, {"bounce", ClassPolicy}},
	'c' - 'a': {{"connection rate limit", ClassRate}, {"classified as spam", ClassContent}},
	'd' - 'a': {{"dmarc", ClassDMARC}, {"dnsbl", ClassDNSBL}, {"domain of sender", ClassSender}, {"dbl.spamhaus", ClassDNSBL}},
	'f' - 'a': {{"forged helo", ClassHelo}},
	'g' - 'a': {{"greylist", ClassGreylist}, {"graylist", ClassGreylist}, {"grey-list", ClassGreylist}},
	'h' - 'a': {{"helo", ClassHelo}},
	'i' - 'a': {{"is listed at", ClassDNSBL}, {"in a black", ClassDNSBL}, {"invalid recipient", ClassUserUnknown}, {"invalid route address", ClassRecipient}},
	'l' - 'a': {{"listed at", ClassDNSBL}, {"listed in", ClassDNSBL}, {"listed by", ClassDNSBL}},
	'm' - 'a': {{"message too big", ClassSize}, {"message too large", ClassSize}, {"message size", ClassSize}, {"malware", ClassContent}, {"mailing list expansion problem", ClassUserUnknown}, {"milter", ClassMilter}, {"must authenticate", ClassAuthRequired}},
	'n' - 'a': {{"no such user", ClassUserUnknown}, {"no such recipient", ClassUserUnknown}, {"no such address", ClassUserUnknown}, {"no such person", ClassUserUnknown}},
	'r' - 'a': {{"relay not permitted", ClassRelayDenied}, {"relaying denied", ClassRelayDenied}, {"relay access denied", ClassRelayDenied}, {"relay denied", ClassRelayDenied}, {"relaying not", ClassRelayDenied}, {"rate:", ClassRate}, {"rate limit", ClassRate}, {"ratelimit", ClassRate}, {"real domain name required", ClassSender}, {"rbl", ClassDNSBL}},
	's' - 'a': {{"spf", ClassSPF}, {"sender verify", ClassSender}, {"spamhaus", ClassDNSBL}, {"spamcop", ClassDNSBL}, {"size exceeds", ClassSize}, {"spam", ClassContent}, {"sender address", ClassSender}},
	't' - 'a': {{"too many connections", ClassRate}, {"too many open", ClassRate}, {"too many messages", ClassRate}, {"too many recipients", ClassRate}, {"too big", ClassSize}, {"too large", ClassSize}},
	'u' - 'a': {{"unknown user", ClassUserUnknown}, {"user unknown", ClassUserUnknown}, {"unknown recipient", ClassUserUnknown}, {"unrouteable address", ClassUserUnknown}, {"unroutable address", ClassUserUnknown}, {"unknown local", ClassUserUnknown}},
	'v' - 'a': {{"virus", ClassContent}},
}

// reasonClass is what the first known word of a refusal's text says.
func reasonClass(s []byte) Class {
	s = s[:min(len(s), 300)]
	for i := range s {
		c := s[i] | 0x20
		if c < 'a' || c > 'z' || i > 0 && isLetter(s[i-1]) {
			continue
		}
		for j := range reasonWords[c-'a'] {
			if w := &reasonWords[c-'a'][j]; hasPrefixFold(s[i:], w.text) {
				return w.class
			}
		}
	}
	return ClassNone
}

func isLetter(c byte) bool { return c|0x20 >= 'a' && c|0x20 <= 'z' }

// hasPrefixFold says whether s begins with p, which is lower case.
func hasPrefixFold(s []byte, p string) bool {
	if len(s) < len(p) {
		return false
	}
	for i := range len(p) {
		c := s[i]
		if c >= 'A' && c <= 'Z' {
			c |= 0x20
		}
		if c != p[i] {
			return false
		}
	}
	return true
}
