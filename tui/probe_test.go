package tui

import (
	"encoding/base64"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"mailtop/probes"
)

// prober makes a UI on a prober that remembers what it ran.
func prober(t *testing.T, w, h int, f *fakeProber) *ui {
	t.Helper()
	if f.findings == nil {
		f.findings = probeFindings()
	}
	return newUI(t, w, h, func(c *Config) { c.Prober = f })
}

func TestProbeShowsThePlanBeforeItSends(t *testing.T) {
	f := &fakeProber{}
	u := prober(t, 120, 36, f).press("4")
	u.want("shows what would be sent", "not run")
	u.press("r").want("Plan for mx1.example.net", "ports 25 587 465", "EHLO before and after TLS", "Enter run it", "Esc send nothing")
	if len(f.ran) != 0 {
		t.Fatal("it ran before a yes")
	}
	u.press("esc").wantNot("Plan for")
	if len(f.ran) != 0 {
		t.Fatal("Esc ran it")
	}
	u.press("r", "enter").want("answers in 12 ms", "!! bad", "[4 Probes] 1!")
	if len(f.ran) != 1 || len(f.ran[0].Options.Check) != 0 {
		t.Fatalf("ran %d times: %+v", len(f.ran), f.ran)
	}
	// The same plan is not shown twice.
	u.press("r").wantNot("Plan for")
	if len(f.ran) != 2 {
		t.Errorf("ran %d times", len(f.ran))
	}
}

func TestAPlanThatChangedIsShownAgain(t *testing.T) {
	f := &fakeProber{}
	u := prober(t, 120, 36, f).press("4", "r", "enter")
	u.m.seen["mx1.example.net"] = "another plan"
	u.press("r").want("Plan for mx1.example.net", "Enter run it")
	if len(f.ran) != 1 {
		t.Errorf("ran %d times", len(f.ran))
	}
}

func TestFindingsBothFamiliesAndWhatIsBehindThem(t *testing.T) {
	u := prober(t, 120, 36, &fakeProber{}).press("4", "r", "enter")
	u.want("192.0.2.1:25 smtp", "seen from outside", "faults found: 1 bad, 4 warn")
	for range 5 {
		u.press("j")
	}
	u.want("certificate is for another name", "use a certificate with the name", "days_left: 81", "S+ 250-AUTH PLAIN LOGIN", "Transcript  192.0.2.1:587")
	u.press("enter").want("tls  192.0.2.1 port 25", "result wrong_name").press("esc")
	u.press("t").want("STARTTLS", "0.012 S  220 mx1.example.net ESMTP Postfix").press("esc")
	u.press("G").want("[2001:db8::25]:465 submissions", "5 checks: banner ehlo starttls tls auth", "banner             not tested: no connection")
	u.press("enter").want("Not tested", "not tested: no connection").press("esc")
	u.press("b", "b").want("this is the top")
}

func TestNarrowScreenOneAtATime(t *testing.T) {
	u := prober(t, 45, 20, &fakeProber{}).press("4")
	u.want("mx1.example.net", "not run").press("r").want("Enter run it").press("enter")
	u.want("!! bad", "faults found").press("j", "j", "j", "j", "j", "enter").want("wrong_name", "RFC 9525").press("esc")
	u.press("b").want("Targets")
}

func TestProbeOfANewTarget(t *testing.T) {
	u := prober(t, 120, 36, &fakeProber{}).press("4", "n")
	u.send(tea.PasteMsg{Content: "mail.example.org:587\nrm -rf /"})
	u.press("enter").want("mail.example.org:587", "Plan for mail.example.org:587").wantNot("rm -rf")
}

func TestTargetsAreOffered(t *testing.T) {
	f := &fakeProber{sockets: sockets(t, "0.0.0.0:25 master[801]", "[::]:587 master[801]", "198.51.100.3:465 exim4[7]", "127.0.0.1:2525 master[801]", "127.0.0.1:8080 nginx[9]")}
	u := prober(t, 120, 36, f).press("4", "n")
	u.want("localhost  this host listens on 25 587", "198.51.100.3  this host listens on 465", "127.0.0.1:2525  this host: master[801]", "gmail.com  next hop that defers mail").wantNot("nginx")
	u.press("2525").want("127.0.0.1:2525").wantNot("gmail.com  next hop")
	u.press("down", "enter").want("Plan for 127.0.0.1:2525")

	u = prober(t, 120, 36, f).press("2", "p") // the account of an incident, and who used it
	u.want("198.51.100.77  in the incident k3f9").press("enter").want("Plan for 198.51.100.77", "[4 Probes]")
}

func TestProbeThatCannotRunSaysWhy(t *testing.T) {
	u := prober(t, 80, 24, &fakeProber{err: errNoName}).press("4", "r")
	u.want(`target "nx.example": no such name; give an address`).press("enter", "esc")
	u.want(`target "nx.example": no such name; give an address`, "! error").wantNot("Plan for")
}

func TestProbeStops(t *testing.T) {
	f := &fakeProber{findings: firstFindings(3), block: true}
	u := prober(t, 120, 36, f)
	u.until = 3
	u.press("4", "r", "enter").want("running 3 of 36", "3 of 36 checks", "~  running starttls", "answers in 12 ms")
	u.press("r").want("under way: x stops it")
	u.press("esc").want("Stop the run?").press("n").wantNot("Stop the run?")
	if u.m.ctx.Err() != nil || u.m.runs["mx1.example.net"] == nil {
		t.Fatal("n stopped it")
	}
	u.press("esc", "y")
	u.run(u.held)
	u.want("stopped before the end", "stopped │", "not run").wantNot("running 3", "! error")
	u.press("x").want("no run on this target")
}

func TestStaleFindingsAreDropped(t *testing.T) {
	u := prober(t, 120, 36, &fakeProber{}).press("4", "r", "enter")
	old := &probeRun{target: "mx1.example.net", cancel: func() {}}
	u.send(findingsMsg{run: old, got: []probes.Finding{{Title: "from a run that was replaced"}}})
	u.wantNot("from a run that was replaced")
}

// choose ticks checks by their names in the list of checks.
func (u *ui) choose(names ...string) *ui {
	u.t.Helper()
	u.press("c")
	c := u.m.overlay().(*chooser)
	for _, n := range names {
		for i := range c.rows {
			if c.rows[i].check.Name == n {
				c.list.Set(i, len(c.rows))
				u.press(" ")
			}
		}
	}
	return u.press("enter")
}

func TestAttackNeedsTheTypedNameAndAYes(t *testing.T) {
	f := &fakeProber{}
	u := prober(t, 120, 36, f).press("4").choose("relay")
	u.want("not done, because this is not known to be your host: relay", "o it is mine").wantNot("looks like an attack")
	u.press("o", "yes", "enter").want("Is this host yours?", "! not its name: mx1.example.net")
	for range 3 {
		u.press("backspace")
	}
	u.press("MX1.example.net", "enter").wantNot("Is this host yours?").want("! commands relay", "look like an attack", "delignoreip", "y send it")
	u.press("enter", "r")
	if len(f.ran) != 0 {
		t.Fatal("Enter sent what needs a y")
	}
	u.press("y")
	if len(f.ran) != 1 || !f.ran[0].Options.Owned {
		t.Fatalf("ran %d times", len(f.ran))
	}
	// A plan beyond the default is shown every time.
	u.choose().want("o it is mine")
}

func TestOnThisHostNoNameIsAsked(t *testing.T) {
	f := &fakeProber{}
	u := newUI(t, 120, 36, func(c *Config) { c.Prober, c.Targets = f, []string{"localhost"} }).press("4").choose("relay")
	u.want("! commands relay", "fail2ban-client set postfix addignoreip 127.0.0.1", "fail2ban-client set postfix delignoreip 127.0.0.1", "y send it").wantNot("o it is mine")
}

func TestAMessageGoesOnlyToANamedRecipient(t *testing.T) {
	f := &fakeProber{}
	u := prober(t, 120, 36, f).press("4").choose("submit")
	u.want("Recipient of test messages", "nothing goes to anybody else").press("enter").want("give it as user@example.org")
	u.press("me@example.org", "enter").want("Account", "empty: the message is sent without a login").press("enter")
	u.want("! MAIL     submit", "y send it")
	u.press("y")
	if len(f.ran) != 1 || f.ran[0].Options.To != "me@example.org" || f.ran[0].Options.Login != nil {
		t.Fatalf("ran %+v", f.ran)
	}
}

func TestAMessageIsFollowedOnTheScreen(t *testing.T) {
	f := &fakeProber{findings: firstFindings(17), notes: []string{"02:14:32 4F3kT21Xz queued", "02:14:33 4F3kT21Xz deferred relay mx.example.org: 451 4.7.1 greylisted\x1b[31m"}, block: true}
	u := prober(t, 120, 36, f)
	u.until = 17
	u.press("4").choose("submit")
	u.press("me@example.org", "enter", "enter", "y")
	u.want("~  running submit", "in the log: 02:14:33 4F3kT21Xz")
	for range 13 {
		u.press("j")
	}
	u.want("In the log", "02:14:32 4F3kT21Xz queued", `greylisted\x1b[31m`)
	u.press("enter").want("02:14:32 4F3kT21Xz queued")
}

func TestThePasswordIsNotShownNorKept(t *testing.T) {
	f := &fakeProber{}
	u := prober(t, 120, 36, f).press("4").choose("auth.login")
	u.press("a.smith", "enter").want("Plan for").press("y").want("Password", "not shown, not kept")
	u.press("s3cret").wantNot("s3cret").want("******").press("enter")
	if len(f.ran) != 1 || f.ran[0].Options.Login.Password != "s3cret" || f.ran[0].Options.Login.User != "a.smith" {
		t.Fatalf("ran %+v", f.ran)
	}
	if l := u.m.probes.Work("mx1.example.net").Options.Login; l.Password != "" || l.User != "a.smith" {
		t.Errorf("kept %+v", l)
	}
	u.press("Y")
	want := "mailtop probe --check reach,banner,ehlo,starttls,tls,auth,auth.login --user a.smith mx1.example.net"
	if len(u.raw) != 1 || !strings.Contains(u.raw[0], base64.StdEncoding.EncodeToString([]byte(want))) {
		t.Errorf("copied %q", u.raw)
	}
}

func TestCopyOfFindings(t *testing.T) {
	u := prober(t, 120, 36, &fakeProber{}).press("4", "r", "enter", "J")
	if len(u.raw) != 1 {
		t.Fatalf("%d copies", len(u.raw))
	}
	b, _ := base64.StdEncoding.DecodeString(strings.TrimSuffix(strings.TrimPrefix(u.raw[0], "\x1b]52;c;"), "\x07"))
	if !strings.HasPrefix(string(b), `{"target":"mx1.example.net","check":"summary"`) || strings.Contains(string(b), "\n") {
		t.Errorf("JSON of the marked finding: %s", b)
	}
	u.press("b", "J")
	b, _ = base64.StdEncoding.DecodeString(strings.TrimSuffix(strings.TrimPrefix(u.raw[1], "\x1b]52;c;"), "\x07"))
	if n := strings.Count(string(b), "\n") + 1; n != len(probeFindings()) {
		t.Errorf("%d lines of JSON, want %d", n, len(probeFindings()))
	}
}

func TestRounds(t *testing.T) {
	f := &fakeProber{}
	u := prober(t, 120, 36, f).press("4", "e").want("r first").press("r", "enter", "e")
	if len(f.ran) != 2 || len(u.tick) == 0 || u.tick[len(u.tick)-1] != 10*time.Second {
		t.Fatalf("ran %d times, ticks %v", len(f.ran), u.tick)
	}
	u.send(againMsg{"mx1.example.net"})
	u.want("every 10s, round 3").press("enter").want("Rounds so far: 3", "192.0.2.1:25: 0 of 3 lost")
	u.press("esc")
	if n := strings.Count(u.screen(), "EHLO works: PIPELINING"); n != 1 {
		t.Errorf("a finding is there %d times after three rounds", n)
	}
	u.press("e").want("no more rounds")
	u.send(againMsg{"mx1.example.net"})
	if len(f.ran) != 3 {
		t.Errorf("ran %d times", len(f.ran))
	}
}

func TestDropATarget(t *testing.T) {
	u := prober(t, 120, 36, &fakeProber{}).press("4", "D").want("none yet: n adds one")
	u.press("r").want("Probe", "Enter show the plan").press("esc", "x", "y", "J", "c", "esc", "e", "t", "enter", "enter")
}
