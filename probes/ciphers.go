package probes

import (
	"crypto/tls"
	"slices"
	"strings"

	"mailtop/probes/smtpwire"
)

const maxSuites = 64 // connections to find the suites of TLS 1.2 and older

// runCiphers lets the server choose from all suites before TLS 1.3, takes the chosen
// one away, and asks again until it has none: first by handshakes, then, for the
// suites that crypto/tls does not have, by ClientHellos made by hand.
func runCiphers(j job) {
	const check = "tls.ciphers"
	if !j.hasTLS(check) {
		return
	}
	accepted, last, done := j.usualSuites()
	rare, c, end := j.rareSuites(maxSuites - len(accepted))
	if accepted = append(accepted, rare...); c != nil {
		last = c
	}
	f := ciphersFinding(check, accepted, done && end)
	j.tell(f.set("accepted", orEmpty(accepted)).set("complete", done && end), last)
}

// usualSuites asks by handshakes; done says that the server was asked to the end.
func (j job) usualSuites() (accepted []string, last *smtpwire.Conn, done bool) {
	if j.session().state == nil {
		return nil, nil, true // no handshake comes about: none of these
	}
	left := tlsConfig(j.step.Host).CipherSuites
	for range len(left) {
		cfg := tlsConfig(j.step.Host)
		cfg.MaxVersion, cfg.CipherSuites = tls.VersionTLS12, left
		got, st, c := j.try(cfg)
		last = c
		if got != tlsAccepted {
			return accepted, last, got == tlsRefused
		}
		accepted = append(accepted, tls.CipherSuiteName(st.CipherSuite))
		left = slices.DeleteFunc(left, func(id uint16) bool { return id == st.CipherSuite })
	}
	return accepted, last, true
}

// rareSuites asks by hellos, for TLS 1.2 first and, where that is refused, for what is older.
func (j job) rareSuites(limit int) (accepted []string, last *smtpwire.Conn, done bool) {
	left, version := rareSuiteIDs(), uint16(tls.VersionTLS12)
	if j.session().state == nil {
		left = allSuites()
	}
	for range limit {
		got, a, c, _ := j.tryHello(version, left)
		last = c
		switch {
		case got == tlsAccepted && slices.Contains(left, a.suite):
			accepted = append(accepted, suiteName(a.suite))
			left = slices.DeleteFunc(left, func(id uint16) bool { return id == a.suite })
		case got != tlsRefused:
			return accepted, last, false
		case len(accepted) == 0 && version > tls.VersionTLS10:
			version = tls.VersionTLS10
		default:
			return accepted, last, true
		}
	}
	return accepted, last, false
}

func ciphersFinding(check string, accepted []string, complete bool) *Finding {
	var broken, old []string
	for _, s := range accepted {
		switch {
		case brokenSuite(s):
			broken = append(broken, s)
		case oldSuite(s):
			old = append(old, s)
		}
	}
	switch {
	case len(broken) > 0:
		return finding(check, "weak").say("broken: %s", strings.Join(broken, " "))
	case !complete:
		return skipped(check, "the server did not let us ask to the end")
	case len(old) > 0:
		return finding(check, "old").say("dated: %s", strings.Join(old, " "))
	case len(accepted) == 0:
		return finding(check, "ok").say("only TLS 1.3")
	}
	return finding(check, "ok").say("%d suites before TLS 1.3, all with forward secrecy and AEAD", len(accepted))
}

// brokenSuite says that recorded traffic can be read. An anonymous suite is none of
// those: Postfix offers them on purpose, and a client that verifies never asks for one.
func brokenSuite(name string) bool {
	return slices.ContainsFunc([]string{"_RC4_", "3DES", "_DES_", "_DES40_", "_NULL_", "_EXPORT_", "_RC2_"}, func(w string) bool { return strings.Contains(name, w) })
}

// oldSuite says that there is no forward secrecy, no AEAD, or finite-field Diffie-Hellman (RFC 9325 section 4.2).
func oldSuite(name string) bool {
	return strings.HasPrefix(name, "TLS_RSA_") || strings.HasPrefix(name, "TLS_DH") || strings.Contains(name, "_CBC_") || strings.Contains(name, "_anon_")
}
