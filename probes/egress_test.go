package probes

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"mailtop/probes/smtpwire"
)

// groupOf makes a control group of n operators; each sight is changed by the edits.
func groupOf(n int, is4 bool, edits ...func(int, *sight)) []sight {
	var out []sight
	for i := range n {
		a := netip.AddrFrom4([4]byte{203, 0, 113, byte(i + 1)})
		if !is4 {
			a = netip.MustParseAddr(fmt.Sprintf("2001:db8::%x", i+1))
		}
		far := time.Duration(20+10*i) * time.Millisecond
		s := sight{domain: fmt.Sprintf("op%d.example", i), host: fmt.Sprintf("mx.op%d.example", i), addr: a, rtt: far,
			banner: fmt.Sprintf("mx.op%d.example ESMTP", i), cert: fmt.Sprint("cert", i), controls: []control{{port: 443, rtt: far}, {port: 587, class: smtpwire.ClassTimeout}}}
		for _, e := range edits {
			e(i, &s)
		}
		out = append(out, s)
	}
	return out
}

func failsBy(c smtpwire.Class, rtt time.Duration) func(int, *sight) {
	return func(_ int, s *sight) { s.class, s.rtt, s.banner, s.cert, s.why = c, rtt, "", "", c.String() }
}

func controlsBy(c smtpwire.Class) func(int, *sight) {
	return func(_ int, s *sight) {
		for i := range s.controls {
			s.controls[i].class = c
		}
	}
}

// but applies an edit to those before n.
func but(n int, e func(int, *sight)) func(int, *sight) {
	return func(i int, s *sight) {
		if i < n {
			e(i, s)
		}
	}
}

func TestEgressWord(t *testing.T) {
	drop, refuse := failsBy(smtpwire.ClassTimeout, 7*time.Second), failsBy(smtpwire.ClassRefused, 3*time.Millisecond)
	dead := controlsBy(smtpwire.ClassTimeout)
	noRoute := failsBy(smtpwire.ClassUnreachable, 0)
	cut := func(_ int, s *sight) { s.stage, s.banner, s.cert = "EHLO", "", "" }
	v4, v6 := true, false
	join := func(l ...[]sight) (out []sight) {
		for _, x := range l {
			out = append(out, x...)
		}
		return out
	}
	target := sight{domain: "mine.example", addr: netip.MustParseAddr("198.51.100.1"), class: smtpwire.ClassTimeout, why: "silent", target: true}
	reached := map[string]bool{}
	for _, c := range []struct {
		name   string
		list   []sight
		failed []string
		want   string
		says   string
	}{
		{"all answer", groupOf(6, v4), nil, "open", "6 of 6"},
		{"all answer over both", join(groupOf(6, v4), groupOf(6, v6)), nil, "open", "12 of 12"},
		{"refused by their policy", groupOf(6, v4, func(i int, s *sight) { s.banner = fmt.Sprint("554 no, ", i) }), nil, "open", ""},
		{"no IPv6 here", join(groupOf(6, v4), groupOf(6, v6, noRoute, controlsBy(smtpwire.ClassUnreachable))), nil, "open", ""},
		{"one is silent", groupOf(6, v4, but(1, drop)), nil, "open", "op0.example"},
		{"the target is silent", append(groupOf(6, v4), target), nil, "open", "mine.example at 198.51.100.1 alone does not answer"},
		{"one not looked up", groupOf(5, v4), []string{"gone.example: no such name"}, "open", "not asked: gone.example"},
		{"all dropped", groupOf(6, v4, drop), nil, "blocked", "dropped without an answer"},
		{"all dropped, no IPv6", join(groupOf(6, v4, drop), groupOf(6, v6, noRoute, controlsBy(smtpwire.ClassUnreachable))), nil, "blocked", "provider"},
		{"exchangers closed but for 25, their sites answer", groupOf(6, v4, drop, dead, func(_ int, s *sight) { s.controls = append(s.controls, control{port: 443, site: true}) }), nil, "blocked", "dropped"},
		{"refused near here", groupOf(6, v4, refuse), nil, "blocked", "by one device on the way"},
		{"refused by this host", groupOf(6, v4, failsBy(smtpwire.ClassRefused, 50*time.Microsecond)), nil, "blocked", "by this host itself"},
		{"forbidden by this host", groupOf(6, v4, failsBy(smtpwire.ClassProhibited, 20*time.Microsecond)), nil, "blocked", "prohibited"},
		{"some dropped, some refused", groupOf(6, v4, drop, but(2, refuse)), nil, "blocked", "4 of 6 are dropped"},
		{"nothing answers", groupOf(6, v4, drop, dead), nil, "general_failure", "on no port"},
		{"every port refused here", groupOf(6, v4, failsBy(smtpwire.ClassRefused, 0), controlsBy(smtpwire.ClassRefused)), nil, "general_failure", "on no port"},
		{"dropped, other ports refused", groupOf(6, v4, drop, controlsBy(smtpwire.ClassRefused)), nil, "blocked", "dropped"},
		{"no route", groupOf(6, v4, noRoute, controlsBy(smtpwire.ClassUnreachable)), nil, "general_failure", ""},
		{"nothing resolves", nil, []string{"a.example: no answer"}, "general_failure", "not asked: a.example"},
		{"IPv4 blocked", join(groupOf(6, v4, drop), groupOf(5, v6)), nil, "family_specific", "open over IPv6 and blocked over IPv4"},
		{"IPv6 blocked", join(groupOf(6, v4), groupOf(5, v6, drop)), nil, "family_specific", "open over IPv4 and blocked over IPv6"},
		{"one certificate for all", groupOf(6, v4, func(_ int, s *sight) { s.cert = "proxy" }), nil, "intercepted", "same certificate"},
		{"one greeting for all", groupOf(6, v4, func(_ int, s *sight) { s.banner, s.cert = "proxy ESMTP", "" }), nil, "intercepted", "same greeting"},
		{"one greeting of two operators", groupOf(6, v4, func(i int, s *sight) {
			if s.cert = ""; i < 2 {
				s.banner = "shared host"
			}
		}), nil, "open", ""},
		{"25 nearer than the hosts", groupOf(6, v4, func(_ int, s *sight) { s.rtt, s.controls[0].rtt = 2*time.Millisecond, 80*time.Millisecond }), nil, "intercepted", "near here"},
		{"all hosts near", groupOf(6, v4, func(_ int, s *sight) { s.rtt, s.controls[0].rtt = 2*time.Millisecond, 3*time.Millisecond }), nil, "open", ""},
		{"cut after EHLO", groupOf(6, v4, cut), nil, "intercepted", "cut at EHLO"},
		{"cut, one open", groupOf(6, v4, cut, but(1, func(_ int, s *sight) { s.stage = "" })), nil, "inconclusive", ""},
		{"few answer", groupOf(6, v4, but(4, drop)), nil, "inconclusive", "2 of 6"},
		{"too few references", groupOf(4, v4), []string{"x.example: no"}, "inconclusive", "5 are needed"},
	} {
		f := judgeEgress(c.list, c.failed)
		reached[f.Result] = true
		valuesListed(t, f)
		text := f.Title + " " + strings.Join(f.Evidence, " ")
		if f.Result != c.want || !strings.Contains(text, c.says) {
			t.Errorf("%s: %s, want %s and %q: %s", c.name, f.Result, c.want, c.says, text)
		}
	}
	allReached(t, "egress", reached)
}

func TestAddressIn(t *testing.T) {
	peer := netip.MustParseAddr("192.0.2.25")
	for in, want := range map[string]string{
		"mx.google.com at your service, [203.0.113.5]": "203.0.113.5",
		"mx.example Hello me.example [203.0.113.5]":    "203.0.113.5",
		"mx.example Hello [IPv6:2001:db8::5]":          "2001:db8::5",
		"[192.0.2.25] greets 203.0.113.5":              "203.0.113.5",
		"mx.example":                                   "invalid IP",
		"mx.example 127.0.0.1":                         "invalid IP",
	} {
		if got := addressIn(in, peer).String(); got != want {
			t.Errorf("%q: %s, want %s", in, got, want)
		}
	}
}
