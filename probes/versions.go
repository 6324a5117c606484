package probes

import (
	"crypto/tls"
	"errors"
	"slices"
	"strings"

	"mailtop/probes/smtpwire"
)

var tlsVersions = []uint16{tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13}

// tlsTry is the outcome of one handshake with one offer.
type tlsTry uint8

const (
	tlsUntested tlsTry = iota // we did not come as far as the handshake, or it hung
	tlsRefused
	tlsAccepted
)

// try makes one handshake with cfg and tells what was agreed on.
func (j job) try(cfg *tls.Config) (tlsTry, *tls.ConnectionState, *smtpwire.Conn) {
	c, err := j.visitWith(false, cfg)
	defer func() { c.Quit() }()
	if st := c.TLSState(); st != nil {
		return tlsAccepted, st, c
	}
	var e *smtpwire.Error
	if errors.As(err, &e) && e.Phase == smtpwire.PhaseHandshake && e.Class != smtpwire.ClassTimeout && e.Class != smtpwire.ClassCanceled {
		return tlsRefused, nil, c
	}
	return tlsUntested, nil, c
}

// hasTLS skips the check where the first visit came to no TLS.
func (j job) hasTLS(check string) bool {
	if !j.answers(check) {
		return false
	}
	if j.session().state == nil {
		j.out(skipped(check, "no TLS handshake"), j.env.Now())
		return false
	}
	return true
}

// runVersions makes one handshake for each TLS version from 1.0 to 1.3.
func runVersions(j job) {
	const check = "tls.versions"
	if !j.hasTLS(check) {
		return
	}
	lists := map[tlsTry][]string{}
	old, modern := false, false
	var last *smtpwire.Conn
	for _, v := range tlsVersions {
		cfg := tlsConfig(j.step.Host)
		cfg.MinVersion, cfg.MaxVersion = v, v
		got, _, c := j.try(cfg)
		last = c
		lists[got] = append(lists[got], tls.VersionName(v))
		if got == tlsAccepted {
			old, modern = old || v < tls.VersionTLS12, modern || v >= tls.VersionTLS12
		}
	}
	f := versionsFinding(check, old, modern, lists)
	f.set("accepted", orEmpty(lists[tlsAccepted])).set("refused", orEmpty(lists[tlsRefused])).set("untested", orEmpty(lists[tlsUntested]))
	j.tell(f, last)
}

func versionsFinding(check string, old, modern bool, lists map[tlsTry][]string) *Finding {
	text := strings.Join(lists[tlsAccepted], ", ")
	switch {
	case modern && old:
		return finding(check, "old").say("%s are accepted", text)
	case modern:
		return finding(check, "ok").say("%s", text)
	case len(lists[tlsUntested]) > 0:
		return skipped(check, "the server did not let us come to the handshake again")
	}
	return finding(check, "weak").say("nothing newer than %s is accepted", text)
}

func orEmpty(s []string) []string { return append([]string{}, s...) }

const maxSuites = 32 // handshakes to find the suites of TLS 1.2 and older

// runCiphers lets the server choose from all suites before TLS 1.3, takes the chosen one away, and asks again until it has none.
func runCiphers(j job) {
	const check = "tls.ciphers"
	if !j.hasTLS(check) {
		return
	}
	var accepted []string
	left := tlsConfig(j.step.Host).CipherSuites
	end, last := tlsUntested, (*smtpwire.Conn)(nil)
	for range maxSuites {
		cfg := tlsConfig(j.step.Host)
		cfg.MaxVersion, cfg.CipherSuites = tls.VersionTLS12, left
		got, st, c := j.try(cfg)
		end, last = got, c
		if got != tlsAccepted {
			break
		}
		accepted = append(accepted, tls.CipherSuiteName(st.CipherSuite))
		if left = slices.DeleteFunc(left, func(id uint16) bool { return id == st.CipherSuite }); len(left) == 0 {
			end = tlsRefused
			break
		}
	}
	f := ciphersFinding(check, accepted, end == tlsRefused)
	j.tell(f.set("accepted", orEmpty(accepted)).set("complete", end == tlsRefused), last)
}

func ciphersFinding(check string, accepted []string, complete bool) *Finding {
	var broken, old []string
	for _, s := range accepted {
		switch {
		case strings.Contains(s, "RC4"), strings.Contains(s, "3DES"):
			broken = append(broken, s)
		case strings.HasPrefix(s, "TLS_RSA_"), strings.Contains(s, "_CBC_"):
			old = append(old, s)
		}
	}
	switch {
	case len(broken) > 0:
		return finding(check, "weak").say("broken: %s", strings.Join(broken, " "))
	case !complete:
		return skipped(check, "the server did not let us ask to the end")
	case len(old) > 0:
		return finding(check, "old").say("without forward secrecy or with CBC: %s", strings.Join(old, " "))
	case len(accepted) == 0:
		return finding(check, "ok").say("only TLS 1.3")
	}
	return finding(check, "ok").say("%d suites before TLS 1.3, all with forward secrecy and AEAD", len(accepted))
}
