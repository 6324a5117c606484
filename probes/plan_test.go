package probes_test

import (
	"context"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailtop/probes"
	"mailtop/probes/probetest"
)

func TestParseTarget(t *testing.T) {
	for _, c := range []struct {
		in, name, addr string
		port           uint16
		role           string
		err            string
	}{
		{"mx1.example.net", "mx1.example.net", "", 0, "", ""},
		{"MX1.Example.NET.", "mx1.example.net", "", 0, "", ""},
		{"mx1.example.net:587", "mx1.example.net", "", 587, "submission", ""},
		{"192.0.2.1", "", "192.0.2.1", 0, "", ""},
		{"192.0.2.1:25", "", "192.0.2.1", 25, "smtp", ""},
		{"2001:db8::25", "", "2001:db8::25", 0, "", ""},
		{"[2001:db8::25]", "", "2001:db8::25", 0, "", ""},
		{"[2001:db8::25]:465", "", "2001:db8::25", 465, "submissions", ""},
		{"localhost", "localhost", "", 0, "", ""},
		{"localhost:2587/submission", "localhost", "", 2587, "submission", ""},
		{"", "", "", 0, "", "is empty"},
		{"mx:99999", "", "", 0, "", "is no port"},
		{"mx:0", "", "", 0, "", "is no port"},
		{"mx:", "", "", 0, "", "is no port"},
		{"2001:db8::g:25", "", "", 0, "", "in brackets, as in"},
		{"[::1", "", "", 0, "", "not closed"},
		{"[mx]:25", "", "", 0, "", "is no address"},
		{"[::1]25", "", "", 0, "", "is no port"},
		{"anna@example.net", "", "", 0, "", `give its domain, "example.net"`},
		{"a b", "", "", 0, "", "is no host name"},
		{"mx..example", "", "", 0, "", "is no host name"},
		{"mx\x1b[31m", "", "", 0, "", "is no host name"},
		{"mx:25/imap", "", "", 0, "", "no role"},
		{"mx/smtp", "", "", 0, "", "needs a port"},
		{strings.Repeat("a.", 200), "", "", 0, "", "is no host name"},
	} {
		got, err := probes.ParseTarget(c.in)
		if c.err != "" {
			if err == nil || !strings.Contains(err.Error(), c.err) || !strings.Contains(err.Error(), "target") {
				t.Errorf("%q: error %v, want one with %q", c.in, err, c.err)
			}
			continue
		}
		addr := ""
		if got.Addr.IsValid() {
			addr = got.Addr.String()
		}
		if err != nil || got.Name != c.name || addr != c.addr || got.Port != c.port || got.Role.String() != c.role {
			t.Errorf("%q: %+v, %v", c.in, got, err)
		}
	}
}

func FuzzParseTarget(f *testing.F) {
	for _, s := range []string{"mx:25", "[::1]:25", "a/b", "x@y", "::", "[", "1.2.3.4:5/smtp"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, err := probes.ParseTarget(s)
		if err == nil && (got.Name == "") == !got.Addr.IsValid() {
			t.Errorf("%q: neither a name nor an address, or both: %+v", s, got)
		}
		if strings.ContainsAny(got.Name, " \r\n\t\x00") {
			t.Errorf("%q: name %q", s, got.Name)
		}
	})
}

var zone = Zone{
	A: map[string][]string{"mx1.example.org": {"192.0.2.1", "2001:db8::1"}, "mx2.example.org": {"192.0.2.2"}, "host.example.org": {"192.0.2.9"}},
	Mail: map[string][]probes.MX{
		"example.org":  {{Host: "mx2.example.org", Pref: 20}, {Host: "mx1.example.org", Pref: 10}, {Host: "gone.example.org", Pref: 30}},
		"null.example": {{Host: ".", Pref: 0}},
	},
	Err: map[string]error{"broken.example": errors.New("server failure")},
}

func locate(t *testing.T, target string) probes.Target {
	t.Helper()
	tg, err := probes.ParseTarget(target)
	if err != nil {
		t.Fatal(err)
	}
	n := &network{Zone: zone}
	return probes.Locate(context.Background(), n.Env(), tg)
}

func TestLocate(t *testing.T) {
	for _, c := range []struct {
		target string
		want   []string // results
		hosts  string
	}{
		{"host.example.org", []string{"ok"}, "host.example.org:[192.0.2.9]"},
		{"example.org", []string{"no_such_host", "ok"}, "mx1.example.org:[192.0.2.1 2001:db8::1] mx2.example.org:[192.0.2.2]"},
		{"mx1.example.org:25", []string{"ok"}, "mx1.example.org:[192.0.2.1 2001:db8::1]"},
		{"null.example", []string{"null_mx"}, ""},
		{"nowhere.example", []string{"no_such_host"}, ""},
		{"broken.example", []string{"failed"}, ""},
		{"localhost", nil, "localhost:[127.0.0.1 ::1]"},
		{"192.0.2.7", nil, ":[192.0.2.7]"},
	} {
		got := locate(t, c.target)
		var words, hosts []string
		for _, f := range got.Found {
			words = append(words, f.Result)
		}
		for _, h := range got.Hosts {
			s := []string{}
			for _, a := range h.Addrs {
				s = append(s, a.String())
			}
			hosts = append(hosts, h.Name+":["+strings.Join(s, " ")+"]")
		}
		if d := cmp.Diff(c.want, words); d != "" {
			t.Errorf("%s: %s", c.target, d)
		}
		if d := cmp.Diff(c.hosts, strings.Join(hosts, " ")); d != "" {
			t.Errorf("%s: %s", c.target, d)
		}
	}
}

// TestStrangerGetsPassiveOnly: whatever is asked for, a host not known to be ours
// gets nothing that a mail server or client would not send by itself.
func TestStrangerGetsPassiveOnly(t *testing.T) {
	for _, check := range [][]string{nil, {"all"}, {"relay", "enum", "sender.spoof", "starttls.injection", "filter"}} {
		w := probes.Plan(locate(t, "example.org"), probes.Options{Check: check})
		for _, s := range w.Steps {
			for _, name := range s.Checks {
				switch name {
				case "reach", "banner", "ehlo", "starttls", "tls", "auth", "tls.versions", "tls.ciphers", "auth.login", "submit":
				default:
					t.Errorf("--check %v: a stranger gets %s", check, name)
				}
			}
			if s.Attack || s.Own || s.Impact == probes.ImpactMail {
				t.Errorf("--check %v: step %s", check, s)
			}
		}
	}
	w := probes.Plan(locate(t, "example.org"), probes.Options{Check: []string{"relay"}})
	if len(w.Refused) == 0 || !strings.Contains(w.String(), "--owned") {
		t.Errorf("the plan does not say what is refused, nor the way out:\n%s", w)
	}
}

// TestAskMailOnlyOwn: MAIL before TLS is sent to own hosts only.
func TestAskMailOnlyOwn(t *testing.T) {
	for _, owned := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			ca := probetest.NewCA(t)
			n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{smtpAddr: probetest.Serve(sound(ca))}}}
			probeOne(t, n, smtpAddr, probes.Options{Owned: owned}, ca.Pool())
			n.Wait()
			said := strings.Join(n.Heard(smtpAddr, 0), "\n")
			if strings.Contains(said, "MAIL") != owned {
				t.Errorf("owned %v: said %q", owned, said)
			}
		})
	}
}

// TestReachSaysNothing: what the plan calls "connect" sends no command but QUIT.
func TestReachSaysNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := probetest.NewCA(t)
		n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{smtpAddr: probetest.Serve(sound(ca))}}}
		probeOne(t, n, smtpAddr, probes.Options{Owned: true, Check: []string{"reach", "banner"}}, ca.Pool())
		n.Wait()
		if d := cmp.Diff([]string{"QUIT"}, n.Heard(smtpAddr, 0)); d != "" || n.Dials(smtpAddr) != 1 {
			t.Errorf("%d connections: %s", n.Dials(smtpAddr), d)
		}
	})
}

func TestPlanText(t *testing.T) {
	own := []netip.Addr{netip.MustParseAddr("192.0.2.9")}
	for _, c := range []struct {
		name, target string
		o            probes.Options
		want         string
	}{
		{"host", "host.example.org", probes.Options{Check: []string{"reach", "tls"}}, `host.example.org 192.0.2.9:25  reach tls [command]
host.example.org 192.0.2.9:587  reach tls [command]
host.example.org 192.0.2.9:465  reach tls [command]
reach              connect, read the banner, QUIT
tls                look at the certificate
`},
		{"mail domain, both families", "example.org", probes.Options{Check: []string{"ehlo"}}, `mx1.example.org 192.0.2.1:25  ehlo [command]
mx1.example.org [2001:db8::1]:25  ehlo [command]
mx2.example.org 192.0.2.2:25  ehlo [command]
ehlo               EHLO before and after TLS
`},
		{"own host, attack last", "host.example.org", probes.Options{Check: []string{"enum.vrfy", "reach"}, Ports: []uint16{25, 587}, Local: own}, `host.example.org 192.0.2.9:25  reach [command] with EHLO and STARTTLS, which the checks after it need
host.example.org 192.0.2.9:587  reach [command] with EHLO and STARTTLS, which the checks after it need
host.example.org 192.0.2.9:25  enum.vrfy [command]
host.example.org 192.0.2.9:587  enum.vrfy [command]
reach              connect, read the banner, QUIT
enum.vrfy          VRFY twice
the last steps look like an attack in the server's log, and a ban tool there may ban the address you test from
`},
		{"skip", "192.0.2.1:25", probes.Options{Skip: []string{"banner", "ehlo", "starttls", "tls", "auth"}}, `192.0.2.1:25  reach [connect]
reach              connect, read the banner, QUIT
`},
	} {
		if d := cmp.Diff(c.want, probes.Plan(locate(t, c.target), c.o).String()); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

func TestOptionsValidate(t *testing.T) {
	for _, c := range []struct {
		o    probes.Options
		want string
	}{
		{probes.Options{Check: []string{"relai"}}, `no check "relai": there are reach`},
		{probes.Options{Skip: []string{"x"}}, `no check "x"`},
		{probes.Options{Ports: []uint16{0}}, "0 is no port"},
		{probes.Options{To: "nobody"}, "--to"},
		{probes.Options{To: "a@b.example\r\nDATA"}, "--to"},
		{probes.Options{From: "<a@b.example>"}, "--from"},
		{probes.Options{Domain: "x y"}, "--domain"},
		{probes.Options{To: "a@b.example", Domain: "c.example", Check: []string{"enum", "tls"}}, ""},
	} {
		err := c.o.Validate()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%+v: %v, want %q", c.o, err, c.want)
		}
	}
}

// TestCancelEndsRun: a run ends at once when it is cancelled, whatever the servers do, and says that it was not done.
func TestCancelEndsRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{smtpAddr: probetest.Same(probetest.Hang), submAddr: {Drop: true}, submsAddr: probetest.Same(probetest.Hang)}}}
		ctx, cancel := context.WithCancel(context.Background())
		time.AfterFunc(2*time.Second, cancel)
		start := time.Now()
		sum, err := probes.Probe(ctx, n.Env(), "192.0.2.1", probes.Options{}, func(probes.Finding) {})
		if took := time.Since(start); err != nil || took > 2100*time.Millisecond || sum.Verdict != probes.Unknown {
			t.Errorf("ended after %s as %s, %v", took, sum.Result, err)
		}
		n.Wait()
	})
}

// TestStepDeadline: a session that the step's deadline ends says what it saw until then.
func TestStepDeadline(t *testing.T) {
	for _, c := range []struct{ addr, want string }{{smtpAddr, "no_banner"}, {submsAddr, "no_banner"}, {"192.0.2.1:2525", "no_banner"}} {
		synctest.Test(t, func(t *testing.T) {
			n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{c.addr: probetest.Same(probetest.Hang)}}}
			env := n.Env()
			env.Step = 2 * time.Second
			start := time.Now()
			list := probeWith(t, env, c.addr, probes.Options{}, nil)
			if took := time.Since(start); took > 2100*time.Millisecond {
				t.Errorf("%s: the deadline is 2 s, it took %s", c.addr, took)
			}
			if f := find(t, list, "reach"); f.Result != c.want {
				t.Errorf("%s: %s: %s", c.addr, f.Result, f.Title)
			}
			n.Wait()
		})
	}
}

// TestSlowestPortDecides: three ports take no longer than twice the slowest one.
func TestSlowestPortDecides(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ca := probetest.NewCA(t)
		slow := func(p probetest.Polite) probetest.Host {
			return probetest.Same(append(probetest.Script{probetest.Delay(6 * time.Second)}, p.Script()...)...)
		}
		tlsPort := sound(ca)
		tlsPort.Implicit = true
		n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{smtpAddr: slow(sound(ca)), submAddr: slow(sound(ca)), submsAddr: slow(tlsPort)}}}
		start := time.Now()
		list := probeOne(t, n, "192.0.2.1", probes.Options{}, ca.Pool())
		if took := time.Since(start); took > 12*time.Second {
			t.Errorf("took %s, the slowest single wait is 6 s", took)
		}
		if f := find(t, list, "summary"); f.Values["ports_open"] != 3 {
			t.Errorf("summary %+v", f.Values)
		}
		n.Wait()
	})
}

func TestSummary(t *testing.T) {
	for _, c := range []struct {
		name, target, want string
		verdict            probes.Verdict
	}{
		{"nothing resolves", "nowhere.example:25", "not_testable", probes.Unknown},
		{"takes no mail", "null.example", "ok", probes.OK},
		{"nothing answers", "host.example.org", "no_service", probes.Bad},
	} {
		synctest.Test(t, func(t *testing.T) {
			n := &network{Zone: zone}
			list := probeOne(t, n, c.target, probes.Options{}, nil)
			last := list[len(list)-1]
			if last.Check != "summary" || last.Result != c.want || last.Verdict != c.verdict {
				t.Errorf("%s: last finding %s %s %s", c.name, last.Check, last.Result, last.Verdict)
			}
		})
	}
}

// TestTextFits: no line is wider than asked, and no byte of the server reaches it raw.
func TestTextFits(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{smtpAddr: probetest.Serve(probetest.Polite{Banner: "220 \x1b[31m\u009b\u202eevil " + strings.Repeat("w", 300), Name: "\x07bell", Plain: []string{"\x1b]0;t\x07"}})}}}
		list := probeOne(t, n, smtpAddr, probes.Options{}, nil)
		n.Wait()
		for _, width := range []int{40, 80, 120} {
			text := probes.Text(list, width, true)
			for line := range strings.Lines(text) {
				if l := []rune(strings.TrimSuffix(line, "\n")); len(l) > width {
					t.Errorf("width %d: %d: %s", width, len(l), line)
				}
			}
			for _, r := range text + find(t, list, "banner").Transcript.String() {
				if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e) {
					t.Fatalf("raw %U in the text", r)
				}
			}
		}
	})
}

// TestTextSaysWhyNot: what was asked for and not done says why; a dead port says so once.
func TestTextSaysWhyNot(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{smtpAddr: probetest.Serve(plain())}}}
		text := probes.Text(probeOne(t, n, smtpAddr, probes.Options{Owned: true, Check: []string{"reach", "submit", "tls", "tls.versions"}}, nil), 80, false)
		for _, want := range []string{"skipped submit: not tested: no recipient named (--to)", "skipped tls tls.versions: not tested: no TLS handshake"} {
			if !strings.Contains(text, want) {
				t.Errorf("%q is missing:\n%s", want, text)
			}
		}
		if dead := probes.Text(probeOne(t, n, submAddr, probes.Options{}, nil), 80, false); strings.Contains(dead, "skipped") {
			t.Errorf("too much of a dead port:\n%s", dead)
		}
		n.Wait()
	})
}

func TestHistory(t *testing.T) {
	h := probes.NewHistory()
	for i, ok := range []bool{true, true, false, true} {
		f := probes.Finding{Target: "mx", Address: "192.0.2.1", Port: 25, Check: "reach", Result: "timeout"}
		if ok {
			f.Result, f.Values = "open", map[string]any{"seconds": map[string]float64{"connect": float64(i+1) / 1000}}
		}
		h.Add(f)
		h.Add(probes.Finding{Target: "mx", Check: "banner"})
	}
	share, rounds := h.Loss("mx", netip.MustParseAddrPort(smtpAddr))
	if share != 0.25 || rounds != 4 {
		t.Errorf("loss %v of %d", share, rounds)
	}
	want := `  mx 192.0.2.1:25: 1 of 4 lost (25%), last open
    connect    median      2.0 ms  95%      4.0 ms  worst      4.0 ms
`
	if d := cmp.Diff(want, h.Text(80)); d != "" {
		t.Error(d)
	}
}

// TestListComplete: every value a finding can have is in the list, and each word has one verdict.
func TestListComplete(t *testing.T) {
	listed := map[string]bool{}
	for _, v := range probes.Values() {
		listed[v.Check+" "+v.Key] = true
	}
	verdicts := map[string]bool{}
	for _, w := range probes.Words() {
		if verdicts[w.Check+" "+w.Result] {
			t.Errorf("%s %s is listed twice", w.Check, w.Result)
		}
		verdicts[w.Check+" "+w.Result] = true
		if w.Verdict == probes.Bad && w.Check != "summary" && w.Fix == "" {
			t.Errorf("%s %s is bad and has no way out", w.Check, w.Result)
		}
	}
	check := func(list []probes.Finding) {
		for _, f := range list {
			for k := range f.Values {
				if !listed[f.Check+" "+k] && !listed[" "+k] {
					t.Errorf("value %s of %s is not listed", k, f.Check)
				}
			}
		}
	}
	for _, c := range append(activeCases(), loginCases()...) {
		synctest.Test(t, func(t *testing.T) { check(c.list(t)) })
	}
	for _, c := range sessionCases() {
		synctest.Test(t, func(t *testing.T) {
			ca := probetest.NewCA(t)
			n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{c.addr: c.host(ca)}}}
			check(probeOne(t, n, c.addr, probes.Options{Owned: true}, ca.Pool()))
			n.Wait()
		})
	}
}
