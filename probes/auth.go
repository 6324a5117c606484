package probes

import (
	"slices"
	"strings"
)

// judgeAuth looks at which logins are offered before and after TLS (RFC 4954 section 4).
func judgeAuth(s *session, st Step) *Finding {
	if s.caps() == nil {
		return skipped("auth", "EHLO does not work")
	}
	before, after := s.plain.Auth(), s.secure.Auth()
	if s.offered() && s.secure == nil && !readable(before) {
		return skipped("auth", "what is offered under TLS cannot be seen: STARTTLS fails")
	}
	f := s.authResult(st, before, after)
	if s.plain != nil {
		f.set("mechanisms_before_tls", before)
	}
	if s.secure != nil {
		f.set("mechanisms_after_tls", after)
	}
	authNotes(f, st, before, after)
	return f
}

func (s *session) authResult(st Step, before, after []string) *Finding {
	submission := st.Role == RoleSubmission || st.Role == RoleSubmissions
	switch {
	case readable(before):
		return finding("auth", "cleartext").say("%s offered without TLS", strings.Join(before, " "))
	case len(after) > 0:
		return finding("auth", "ok").say("%s, under TLS", strings.Join(after, " "))
	case len(before) > 0:
		return finding("auth", "ok").say("%s", strings.Join(before, " "))
	case submission:
		return finding("auth", "none_offered")
	}
	return finding("auth", "ok").say("no login here, right for a port between servers")
}

// readable says whether a password sent by one of the mechanisms can be read on the way.
func readable(mechs []string) bool {
	return slices.Contains(mechs, "PLAIN") || slices.Contains(mechs, "LOGIN")
}

func authNotes(f *Finding, st Step, before, after []string) {
	all := append(slices.Clone(before), after...)
	if len(all) > 0 && st.Role == RoleSMTP {
		f.see("login on port 25: bots guess passwords there, users belong on 587 and 465")
	}
	if len(before) > 0 && !readable(before) {
		f.see("login without TLS: %s", strings.Join(before, " "))
	}
	if slices.Contains(all, "LOGIN") && !slices.Contains(all, "PLAIN") {
		f.see("LOGIN without PLAIN: some clients know only PLAIN")
	}
	for _, m := range []string{"CRAM-MD5", "DIGEST-MD5"} {
		if slices.Contains(all, m) {
			f.see("%s is obsolete and makes the server keep passwords readable", m)
		}
	}
	if slices.Contains(all, "NTLM") {
		f.see("NTLM is offered: it may tell strangers the names of the internal network")
	}
	if slices.ContainsFunc(all, bound) {
		f.see("%s: a login bound to its TLS connection (channel binding, RFC 5802)", strings.Join(slices.DeleteFunc(slices.Clone(all), func(m string) bool { return !bound(m) }), " "))
	}
	if u := untried(all); len(u) > 0 {
		f.set("not_tried", u)
	}
	if slices.Contains(all, "ANONYMOUS") {
		f.see("ANONYMOUS is offered: anybody may log in")
	}
}

// bound says that a mechanism binds the login to the TLS connection.
func bound(mech string) bool { return strings.HasSuffix(mech, "-PLUS") }

// untried are the mechanisms that auth.login does not speak.
func untried(offered []string) (out []string) {
	for _, name := range offered {
		known := slices.ContainsFunc(mechanisms(Login{}), func(m mechanism) bool { return m.name == name })
		if !known && !slices.Contains(out, name) {
			out = append(out, name)
		}
	}
	return out
}
