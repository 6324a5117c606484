package probes

import (
	"crypto/tls"
	"errors"
	"strings"
	"time"

	"mailtop/probes/smtpwire"
)

// judgeReach says how far a visitor came, down to what the kernel said.
func judgeReach(s *session, st Step) *Finding {
	f := s.reach(st)
	f.set("address", st.Addr.Addr().String()).set("port", st.Addr.Port()).set("family", family(st)).set("seconds", phaseSeconds(s.times))
	if st.Role != RoleUnknown {
		f.set("role", st.Role.String())
	}
	return f
}

func family(st Step) string {
	if st.Addr.Addr().Is4() {
		return "ipv4"
	}
	return "ipv6"
}

func (s *session) reach(st Step) *Finding {
	if s.dialErr != nil {
		return s.notConnected(st)
	}
	if s.tlsOnly && st.Role != RoleUnknown {
		return finding("reach", "tls_expected").see("silent in plain text, but TLS at once is answered: %s", s.banner)
	}
	if st.Role == RoleSubmissions && s.startErr != nil {
		return s.noTLS()
	}
	if s.bannerErr != nil {
		return s.noBanner()
	}
	return s.greeting()
}

func (s *session) notConnected(st Step) *Finding {
	took := s.took(smtpwire.PhaseConnect)
	why := s.dialErr.Error()
	switch smtpwire.ClassOf(s.dialErr) {
	case smtpwire.ClassRefused:
		return finding("reach", "refused").say("connection refused after %s", short(took))
	case smtpwire.ClassTimeout:
		return finding("reach", "timeout").say("no answer in %s", short(took))
	case smtpwire.ClassReset:
		return finding("reach", "reset").see("%s", why)
	case smtpwire.ClassUnreachable:
		f := finding("reach", "unreachable").see("%s", why)
		if st.Addr.Addr().Is6() && took < time.Millisecond {
			f.see("this host itself knows no way: it may have no IPv6")
		}
		return f
	case smtpwire.ClassProhibited:
		return finding("reach", "prohibited").see("%s", why)
	case smtpwire.ClassCanceled:
		return skipped("reach", "cancelled")
	}
	return finding("reach", "unreachable").see("%s", why)
}

// noTLS is for the implicit TLS port whose handshake failed.
func (s *session) noTLS() *Finding {
	if s.banner != nil && !s.implicit {
		return finding("reach", "plaintext_on_tls_port").see("%s", s.banner)
	}
	var head tls.RecordHeaderError
	if errors.As(s.startErr, &head) {
		return finding("reach", "not_smtp").see("answers a TLS hello with %q", head.RecordHeader[:])
	}
	switch smtpwire.ClassOf(s.startErr) {
	case smtpwire.ClassTimeout:
		return finding("reach", "no_banner").say("accepts, but neither TLS nor a banner comes").see("%s", s.startErr)
	case smtpwire.ClassClosed:
		return finding("reach", "closed").say("connection closed in the TLS handshake").see("%s", s.startErr)
	case smtpwire.ClassReset:
		return finding("reach", "reset").say("connection reset in the TLS handshake").see("%s", s.startErr)
	case smtpwire.ClassCanceled:
		return skipped("reach", "cancelled")
	}
	return finding("reach", "open").say("answers, but the TLS handshake fails").see("%s", s.startErr)
}

func (s *session) noBanner() *Finding {
	came := 0
	if s.banner != nil {
		came = s.banner.Size
	}
	switch smtpwire.ClassOf(s.bannerErr) {
	case smtpwire.ClassTimeout:
		if came > 0 {
			return finding("reach", "protocol_error").say("a greeting was begun and not ended in %s", short(s.took(smtpwire.PhaseBanner))).see("%d bytes came, one by one", came)
		}
		return finding("reach", "no_banner").say("accepts but never greets (waited %s)", short(s.took(smtpwire.PhaseBanner)))
	case smtpwire.ClassClosed:
		if notSMTP(s.bannerErr) {
			return finding("reach", "not_smtp").see("%s", s.bannerErr)
		}
		return finding("reach", "closed").see("%s", s.bannerErr)
	case smtpwire.ClassReset:
		return finding("reach", "reset").say("connection reset before the banner").see("%s", s.bannerErr)
	case smtpwire.ClassCanceled:
		return skipped("reach", "cancelled")
	}
	if notSMTP(s.bannerErr) && (s.banner == nil || len(s.banner.Lines) == 0) {
		return finding("reach", "not_smtp").see("%s", s.bannerErr)
	}
	return finding("reach", "protocol_error").see("%s", s.bannerErr)
}

func notSMTP(err error) bool { return errors.Is(err, smtpwire.ErrNotReply) }

func (s *session) greeting() *Finding {
	delay := s.took(smtpwire.PhaseBanner)
	switch code := s.banner.Code; {
	case code == 421, code/100 == 4:
		return finding("reach", "tempfail_421").see("%s", s.banner)
	case code/100 == 5:
		return finding("reach", "rejected_554").see("%s", s.banner)
	case code != 220, s.banner.Anomalies&smtpwire.MixedCodes != 0:
		return finding("reach", "protocol_error").say("greets with code %d instead of 220", code).see("%s", s.banner)
	case delay >= slowBanner:
		return finding("reach", "slow_banner").say("answers, the banner came after %s", short(delay)).see("%s", s.banner)
	}
	return finding("reach", "open").say("answers in %s", short(s.took(smtpwire.PhaseConnect)+delay)).see("%s", s.banner)
}

// took is the longest time of a phase.
func (s *session) took(p smtpwire.Phase) time.Duration {
	var d time.Duration
	for _, t := range s.times {
		if t.Phase == p {
			d = max(d, t.Took())
		}
	}
	return d
}

// phaseSeconds is the time of each phase, the last visit counting.
func phaseSeconds(times []smtpwire.Timing) map[string]float64 {
	out := map[string]float64{}
	for _, t := range times {
		out[t.Phase.String()] = seconds(t.Took())
	}
	return out
}

// short is a duration for a sentence: 12 ms, 6.0 s.
func short(d time.Duration) string {
	switch {
	case d < time.Millisecond:
		return "under 1 ms"
	case d < time.Second:
		return strings.Replace(d.Round(time.Millisecond).String(), "ms", " ms", 1)
	}
	return strings.Replace(d.Round(100*time.Millisecond).String(), "s", " s", 1)
}
