package probes

import (
	"slices"
	"strings"
)

// judgeEhlo looks at the capabilities and at what TLS changes in them.
func judgeEhlo(s *session, _ Step) *Finding {
	switch {
	case !s.greeted() || s.ehlo == nil && s.ehloErr == nil:
		return skipped("ehlo", "no usable greeting")
	case s.ehloErr != nil:
		return finding("ehlo", "failed").say("EHLO fails: %s", s.ehloErr)
	case s.ehlo.Code == 250:
		return s.ehloOK()
	case s.helo != nil && s.helo.Code == 250:
		return oddities(finding("ehlo", "helo_only"), s.ehlo, s.helo).see("EHLO: %s", s.ehlo).see("HELO: %s", s.helo)
	}
	return oddities(finding("ehlo", "failed"), s.ehlo, s.helo).say("EHLO is refused: %s", s.ehlo)
}

func (s *session) ehloOK() *Finding {
	f := oddities(finding("ehlo", "ok"), s.ehlo, s.ehlo2)
	caps := s.caps()
	if caps == nil {
		return f
	}
	before, after := s.plain.Keywords(), s.secure.Keywords()
	if s.plain != nil {
		f.set("keywords_before_tls", before)
	}
	if s.secure != nil {
		f.set("keywords_after_tls", after)
	}
	if s.plain != nil && s.secure != nil {
		f.set("only_before_tls", without(before, after)).set("only_after_tls", without(after, before))
	}
	if n, told := caps.Size(); told {
		f.set("size", n)
	}
	if l := caps.Limits(); len(l) > 0 {
		f.set("limits", l)
	}
	f.set("name", caps.Name).set("pipelining", caps.Has("PIPELINING")).set("smtputf8", caps.Has("SMTPUTF8"))
	if len(caps.Lines) == 0 {
		return f.say("works, no extensions told")
	}
	return f.say("%s", strings.Join(caps.Keywords(), " "))
}

// without lists what a has and b has not, each once.
func without(a, b []string) []string {
	out := []string{}
	for _, x := range a {
		if !slices.Contains(b, x) && !slices.Contains(out, x) {
			out = append(out, x)
		}
	}
	return out
}
