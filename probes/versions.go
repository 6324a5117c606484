package probes

import (
	"crypto/tls"
	"errors"
	"fmt"
	"strings"

	"mailtop/probes/smtpwire"
)

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

// tryHello sends a ClientHello made by hand and tells what the server answers. Nothing follows it.
func (j job) tryHello(version uint16, suites []uint16) (tlsTry, helloAnswer, *smtpwire.Conn, error) {
	c, err := j.atHandshake()
	defer func() { c.Close() }()
	if err != nil {
		return tlsUntested, helloAnswer{}, c, err
	}
	var a helloAnswer
	if err = c.Send(smtpwire.PhaseHandshake, clientHello(version, suites, j.step.Host.SNI())); err == nil {
		a, err = helloReply(c)
	}
	switch cl := smtpwire.ClassOf(err); {
	case err == nil && !a.refused && a.version == version:
		return tlsAccepted, a, c, nil
	case err == nil, cl == smtpwire.ClassClosed, cl == smtpwire.ClassReset:
		return tlsRefused, a, c, nil
	}
	return tlsUntested, a, c, err
}

func helloReply(c *smtpwire.Conn) (helloAnswer, error) {
	head, err := c.ReadFull(smtpwire.PhaseHandshake, 5)
	if err != nil {
		return helloAnswer{}, err
	}
	n, err := recordLength(head)
	if err != nil {
		return helloAnswer{}, err
	}
	data, err := c.ReadFull(smtpwire.PhaseHandshake, n)
	if err != nil {
		return helloAnswer{}, err
	}
	return readHello(head[0], data)
}

// atHandshake opens a connection that waits for a ClientHello.
func (j job) atHandshake() (*smtpwire.Conn, error) {
	c, err := j.dial()
	if err != nil || j.implicit() {
		return c, err
	}
	if err = greet(c); err != nil {
		return c, err
	}
	r, err := c.Cmd(smtpwire.PhaseStartTLS, "STARTTLS")
	if err == nil && r.Code != 220 {
		err = fmt.Errorf("STARTTLS answered with %s", r)
	}
	return c, err
}

// hasTLS skips the check where the first visit came to no TLS.
func (j job) hasTLS(check string) bool {
	if s := j.session(); s != nil && s.reachedTLS() {
		return true
	}
	if j.answers(check) {
		j.out(skipped(check, "no TLS handshake"), j.env.Now())
	}
	return false
}

// reachedTLS says that the server went into a handshake, be it one that failed.
func (s *session) reachedTLS() bool {
	return s.state != nil || s.startTLS != nil && s.startTLS.Code == 220 || s.implicit && smtpwire.ClassOf(s.startErr) == smtpwire.ClassTLS
}

// runVersions asks for each version by itself: up to TLS 1.1 by a ClientHello made by
// hand, later ones by a handshake, and by such a hello too where crypto/tls and the
// server have no suite in common.
func runVersions(j job) {
	const check = "tls.versions"
	if !j.hasTLS(check) {
		return
	}
	v := versionTries{lists: map[tlsTry][]string{}}
	for _, n := range []uint16{versionSSL3, tls.VersionTLS10, tls.VersionTLS11, tls.VersionTLS12, tls.VersionTLS13} {
		got := tlsUntested
		if len(v.lists[tlsUntested]) == 0 { // a server that was silent once would be again
			got = j.tryVersion(n, &v)
		}
		v.add(n, got)
	}
	f := v.finding(check)
	f.set("accepted", orEmpty(v.lists[tlsAccepted])).set("refused", orEmpty(v.lists[tlsRefused])).set("untested", orEmpty(v.lists[tlsUntested]))
	for _, n := range v.notes {
		f.see("%s", n)
	}
	j.tell(f, v.last)
}

// versionTries is what became of each version.
type versionTries struct {
	lists       map[tlsTry][]string
	old, modern bool
	notes       []string
	last        *smtpwire.Conn
}

func (v *versionTries) add(version uint16, got tlsTry) {
	v.lists[got] = append(v.lists[got], tls.VersionName(version))
	if got == tlsAccepted {
		v.old, v.modern = v.old || version < tls.VersionTLS12, v.modern || version >= tls.VersionTLS12
	}
}

// tryVersion asks for one version.
func (j job) tryVersion(version uint16, v *versionTries) tlsTry {
	if version >= tls.VersionTLS12 && j.session().state != nil {
		cfg := tlsConfig(j.step.Host)
		cfg.MinVersion, cfg.MaxVersion = version, version
		got, _, c := j.try(cfg)
		if v.last = c; got != tlsRefused {
			return got
		}
	}
	suites := allSuites()
	if version == tls.VersionTLS13 {
		suites = []uint16{tls.TLS_AES_128_GCM_SHA256, tls.TLS_AES_256_GCM_SHA384, tls.TLS_CHACHA20_POLY1305_SHA256}
	}
	got, a, c, err := j.tryHello(version, suites)
	v.last = c
	switch {
	case err != nil:
		v.notes = append(v.notes, tls.VersionName(version)+": "+err.Error())
	case got == tlsAccepted:
		v.notes = append(v.notes, fmt.Sprintf("%s is agreed to, with %s", tls.VersionName(version), suiteName(a.suite)))
	}
	return got
}

func (v *versionTries) finding(check string) *Finding {
	text := strings.Join(v.lists[tlsAccepted], ", ")
	switch {
	case v.modern && v.old:
		return finding(check, "old").say("%s are accepted", text)
	case v.modern:
		return finding(check, "ok").say("%s", text)
	case len(v.lists[tlsUntested]) > 0:
		return skipped(check, "the server did not let us come to a handshake again")
	case text == "":
		return finding(check, "weak").say("no version from SSL 3.0 to TLS 1.3 is accepted")
	}
	return finding(check, "weak").say("nothing newer than %s is accepted", v.lists[tlsAccepted][len(v.lists[tlsAccepted])-1])
}

func orEmpty(s []string) []string { return append([]string{}, s...) }
