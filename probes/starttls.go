package probes

import (
	"crypto/tls"
	"errors"
	"strings"

	"mailtop/probes/smtpwire"
)

// judgeStartTLS says whether the way into TLS works; on an implicit TLS port it is the handshake alone.
func judgeStartTLS(s *session, st Step) *Finding {
	f := s.startTLSResult(st)
	return oddities(f.set("implicit", s.implicit), s.startTLS)
}

func (s *session) startTLSResult(st Step) *Finding {
	if s.implicit {
		if s.state != nil {
			return s.negotiated(finding("starttls", "ok")).say("TLS from the first byte, %s", tls.VersionName(s.state.Version))
		}
		return s.handshakeFault()
	}
	if st.Role == RoleSubmissions {
		return skipped("starttls", "plain text on the TLS port")
	}
	switch {
	case !s.greeted():
		return skipped("starttls", "no usable greeting")
	case s.ehloErr != nil || s.startTLS == nil && s.startErr == nil:
		return skipped("starttls", "EHLO does not work")
	case s.state != nil:
		return s.startTLSWorks()
	case s.startTLS != nil && s.startTLS.Code == 220:
		return s.handshakeFault()
	case s.startErr != nil && smtpwire.ClassOf(s.startErr) == smtpwire.ClassTimeout:
		return finding("starttls", "timeout").set("reason", s.startErr.Error())
	case s.offered():
		return finding("starttls", "refused").set("reason", s.answer()).see("%s", s.answer())
	case middlebox(s):
		return finding("starttls", "stripped").set("reason", "overwritten").see("EHLO shows keywords overwritten with X or a masked greeting; STARTTLS: %s", s.answer())
	}
	f := finding("starttls", "not_offered").set("reason", s.answer()).see("STARTTLS sent all the same: %s", s.answer())
	if st.Role == RoleSubmission {
		f.say("STARTTLS is not offered: passwords cross the network in the clear")
	}
	return f
}

func (s *session) offered() bool { return s.plain.Has("STARTTLS") }

func (s *session) answer() string {
	if s.startTLS != nil && s.startTLS.Code > 0 {
		return s.startTLS.String()
	}
	if s.startErr != nil {
		return s.startErr.Error()
	}
	return ""
}

func (s *session) startTLSWorks() *Finding {
	if !s.offered() {
		return s.negotiated(finding("starttls", "stripped")).set("reason", "works_unadvertised").
			say("STARTTLS is hidden in the EHLO reply but works").see("EHLO does not tell STARTTLS; sent all the same: %s", s.startTLS)
	}
	f := finding("starttls", "ok").say("works, %s", tls.VersionName(s.state.Version))
	if m := s.mailPlain; m != nil && m.Class() == 5 && strings.Contains(strings.ToUpper(m.Text()), "STARTTLS") {
		f = finding("starttls", "required").say("works and is required, %s", tls.VersionName(s.state.Version)).see("MAIL without TLS: %s", m)
		if s.role == RoleSMTP {
			f.see("on port 25 this turns away senders that have no TLS (RFC 3207 section 4 forbids it for a public MX)")
		}
	}
	if s.largeHello {
		f.see("only a small ClientHello got through: a device on the way chokes on one of two segments")
	}
	return s.negotiated(f).set("large_hello_fails", s.largeHello)
}

// negotiated adds what the handshake agreed on.
func (s *session) negotiated(f *Finding) *Finding {
	f.set("version", tls.VersionName(s.state.Version)).set("suite", tls.CipherSuiteName(s.state.CipherSuite))
	if s.state.CurveID != 0 {
		f.set("group", s.state.CurveID.String())
	}
	for _, t := range s.times {
		if t.Phase == smtpwire.PhaseHandshake && t.Class == smtpwire.ClassNone {
			f.set("handshake", seconds(t.Took()))
		}
	}
	return f
}

func (s *session) handshakeFault() *Finding {
	if s.startErr == nil {
		return skipped("starttls", "no connection")
	}
	var e *smtpwire.Error
	why := s.startErr.Error()
	if errors.As(s.startErr, &e) && e.Class == smtpwire.ClassTimeout {
		return finding("starttls", "timeout").set("reason", why).see("%s", why)
	}
	return finding("starttls", "handshake_failed").set("reason", why).say("%s", why)
}

// middlebox knows the fingerprints of SMTP inspection: keywords overwritten with X, a masked greeting.
func middlebox(s *session) bool {
	for _, c := range s.plain.Keywords() {
		if len(c) >= 6 && strings.Count(c, "X") >= len(c)-1 {
			return true
		}
	}
	return s.banner != nil && masked(s.banner.Text()) || strings.Contains(s.answer(), "XXXX")
}
