package probes

import (
	"crypto/tls"
	"crypto/x509"
	"math"
	"slices"
	"strings"
	"time"
)

const soonExpired = 21 // days; renewal by ACME happens at 30

// judgeTLS lists all faults of the certificate at once, and who would deliver or log in all the same.
func judgeTLS(s *session, j job) *Finding {
	if s.state == nil || len(s.state.PeerCertificates) == 0 {
		return s.noCertificate()
	}
	chain, now := s.state.PeerCertificates, j.env.Now()
	names := wantedNames(j.step.Host, j.step.Addr.Addr(), s.ehloName())
	faults := certFaults(chain, names, j.env.Roots, now)
	leaf := chain[0]
	clients := s.role == RoleSubmission || s.role == RoleSubmissions
	f := tlsFinding(faults, leaf, names, now, clients)
	var sent []map[string]any
	for _, c := range chain {
		sent = append(sent, certValue(c))
	}
	f.set("faults", append([]string{}, faults...)).set("days_left", daysLeft(leaf, now)).set("chain", sent)
	f.set("names", certNames(leaf)).set("wanted_names", names)
	f.set("versions", []string{tls.VersionName(s.state.Version)}).set("suites", []string{tls.CipherSuiteName(s.state.CipherSuite)})
	return delivers(f, faults, clients)
}

// noCertificate tells the one fault for which the library itself refuses a certificate.
func (s *session) noCertificate() *Finding {
	if s.startErr != nil && strings.Contains(s.startErr.Error(), "RSA key") {
		return finding("tls", faultWeakKey).set("faults", []string{faultWeakKey}).see("%s", s.startErr)
	}
	return skipped("tls", "no TLS handshake")
}

// tlsWord is the result for the faults of a certificate. Between servers nobody looks
// at name and issuer unless a policy says so (RFC 7435); mail clients always do.
func tlsWord(faults []string, clients bool) string {
	date := func(f string) bool { return f == faultExpired || f == faultNotYet }
	switch {
	case len(faults) == 0:
		return "ok"
	case len(faults) > 1 && slices.ContainsFunc(faults, date):
		return "several"
	case clients && !date(faults[0]) && slices.ContainsFunc(faults, refusedByClients):
		return "clients_refuse"
	}
	return faults[0] // the weightiest
}

// refusedByClients says that no mail client takes a certificate with the fault without asking its user.
func refusedByClients(fault string) bool {
	return slices.Contains([]string{faultSelfSigned, faultUnknownCA, faultWrongName, faultNoSAN}, fault)
}

func tlsFinding(faults []string, leaf *x509.Certificate, names []string, now time.Time, clients bool) *Finding {
	days := daysLeft(leaf, now)
	f := finding("tls", tlsWord(faults, clients))
	list := strings.ReplaceAll(strings.Join(faults, ", "), "_", " ")
	switch {
	case len(faults) == 0:
		f.say("certificate valid for %s, %d days left", strings.Join(certNames(leaf), " "), days)
		if days < soonExpired {
			f.say("certificate expires in %d days", days)
		}
	case f.Result == "clients_refuse":
		f.say("mail clients refuse the certificate: %s", list)
	case len(faults) > 1:
		f.say("certificate: %s", list)
	}
	if slices.Contains(faults, faultExpired) {
		f.see("valid until %s, %d days ago", leaf.NotAfter.UTC().Format("2006-01-02 15:04"), -days)
	}
	if slices.Contains(faults, faultNotYet) {
		f.see("valid from %s", leaf.NotBefore.UTC().Format("2006-01-02 15:04"))
	}
	if slices.Contains(faults, faultWrongName) || slices.Contains(faults, faultNoSAN) {
		f.see("it is for %s; wanted: %s", orNone(certNames(leaf)), strings.Join(names, " or "))
	}
	if slices.Contains(faults, faultUnknownCA) || slices.Contains(faults, faultIncomplete) {
		f.see("issuer %s is neither sent nor trusted here", leaf.Issuer)
	}
	return f
}

func orNone(names []string) string {
	if len(names) == 0 {
		return "no name"
	}
	return strings.Join(names, " ")
}

func daysLeft(c *x509.Certificate, now time.Time) int {
	return int(math.Floor(c.NotAfter.Sub(now).Hours() / 24))
}

// delivers says who would still deliver or log in: opportunistic senders look at
// nothing, MTA-STS senders and mail clients at all that is here, DANE senders at
// their TLSA record alone (RFC 7672 section 3.1).
func delivers(f *Finding, faults []string, clients bool) *Finding {
	hard := slices.ContainsFunc(faults, func(x string) bool { return x != faultWeakKey && x != faultWeakSig })
	f.set("opportunistic_delivers", true).set("verified_delivers", !hard)
	switch {
	case !hard:
	case clients:
		f.see("users get an error or a question they cannot answer; programs that send fail")
	default:
		f.see("who still delivers: senders with opportunistic TLS, which is most, and those with DANE where a TLSA record names this certificate; who does not: senders under a policy of MTA-STS that is enforced, and those told to verify")
	}
	return f
}
