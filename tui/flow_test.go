package tui

import (
	"encoding/base64"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/exp/teatest/v2"
	"github.com/google/go-cmp/cmp"

	"mailtop/logparse/clean"
	"mailtop/monitor"
)

func TestFromTheVerdictToTheProof(t *testing.T) {
	u := newUI(t, 120, 36, nil)
	u.want("Act now: account test sends spam", "!! critical")
	u.press("enter")
	u.want("since at least Sun 03:02", "Why: 3 of 4 signals", "[x] networks with a successful login: 5",
		"[ ] share of bounces", "198.51.100.77  412 times", "Could also be", "(queue active)", "doveadm kick test")
	if u.mon.reread != 1 {
		t.Errorf("evidence was re-read %d times", u.mon.reread)
	}
	u.press("tab", "tab", "enter") // who, evidence, the line whole
	u.want("/var/log/mail.log, line 1", "Esc back")
	u.press("esc", "b").want("Top clients").wantNot("Why: 3 of 4")
}

func TestOneColumnCardByLettersAlone(t *testing.T) {
	u := newUI(t, 45, 20, nil).press("enter")
	u.want("!! critical", "more below")
	for range 3 {
		u.press("o") // why, what to do
	}
	u.press("y")
	u.want("sent to the terminal's clipboard (it")
}

func TestEvidenceThatIsGoneIsSaidToBe(t *testing.T) {
	u := newUI(t, 120, 36, nil).press("enter", "G")
	u.want("line 12: can no longer be read")
}

func TestCopyOfACommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "state")
	u := newUI(t, 120, 36, func(c *Config) { c.StateDir = dir }).press("enter", "y")
	path := filepath.Join(dir, copiedFile)
	u.want("sent to the terminal's clipboard (it cannot confirm); in the file", path)
	got, err := os.ReadFile(path)
	if err != nil || string(got) != "doveadm kick test\n" {
		t.Errorf("file holds %q, %v", got, err)
	}
	want := "\x1b]52;c;" + base64.StdEncoding.EncodeToString([]byte("doveadm kick test")) + "\x07"
	if diff := cmp.Diff([]string{want}, u.raw); diff != "" {
		t.Error(diff)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 1 {
		t.Errorf("files left behind: %v", left)
	}
}

func TestCopyInTmuxAlsoPassesThrough(t *testing.T) {
	for _, env := range []string{"TMUX=/tmp/tmux-0/default,1,0", "TERM=tmux-256color"} {
		u := newUI(t, 120, 36, func(c *Config) { c.Environ = []string{"LANG=C.UTF-8", env} }).press("enter", "y")
		if len(u.raw) != 1 || !strings.HasPrefix(u.raw[0], "\x1b]52;c;") || !strings.Contains(u.raw[0], "\x1bPtmux;\x1b\x1b]52;c;") {
			t.Errorf("%s: %q", env, u.raw)
		}
	}
}

func TestCopyWithoutAFileSaysSo(t *testing.T) {
	newUI(t, 120, 36, nil).press("enter", "y").want("no state folder for a file")
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	u := newUI(t, 120, 36, func(c *Config) { c.StateDir = filepath.Join(file, "state") }).press("enter", "y")
	u.want("file not written", "sent to the terminal's clipboard")
}

func TestUndo(t *testing.T) {
	u := newUI(t, 120, 36, nil).press("enter", "u")
	u.want("this step has no command that undoes it")
	u.press("j", "j", "u").want("How to undo", "postsuper -H -")
	u.press("y")
	if want := base64.StdEncoding.EncodeToString([]byte("mailtop queue --ids --filter user:test | postsuper -H -")); len(u.raw) != 1 || !strings.Contains(u.raw[0], want) {
		t.Errorf("copied %q", u.raw)
	}
}

func TestFarewell(t *testing.T) {
	u := newUI(t, 120, 36, nil).press("enter", "y", "j", "j", "y", "k", "k", "y", "q")
	if u.ends {
		t.Fatal("quit with a card open did not ask")
	}
	u.press("y")
	if !u.ends {
		t.Fatal("y did not quit")
	}
	var got []string
	for _, l := range u.m.Farewell() {
		got = append(got, l.String())
	}
	want := []string{
		"Act now: account test sends spam since at least Sun 03:02 (Enter opens it). 2 more incidents are open.",
		"(log reaches back to Sun 03:01)",
		"!! critical since Sun 03:14  account test sends spam: 640 recipients in 9 min after 38 failed logins, from 5 networks  (k3f9)",
		"!  high     since 02:05  password spray: 212 accounts from 38 addresses, 1.4 tries an account  (p1xz)",
		"*  medium   since Mon 00:14  queue grows: 902 recipients wait for gmail.com (421 4.7.28 rate limited)  (q8dd)",
		"doveadm kick test",
		"mailtop queue --ids --filter user:test | postsuper -h -",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestQuit(t *testing.T) {
	if u := newUI(t, 80, 24, nil).press("q"); !u.ends {
		t.Error("q did not quit")
	}
	u := newUI(t, 80, 24, nil).press("enter", "q", "n")
	if u.ends || u.m.card == nil {
		t.Error("a no must leave the card open")
	}
	if u.press("ctrl+c"); !u.ends {
		t.Error("ctrl+c did not quit")
	}
	if u := newUI(t, 80, 24, nil).press(":", "ctrl+c"); !u.ends {
		t.Error("ctrl+c did not quit from an overlay")
	}
	if u := newUI(t, 80, 24, nil).press("esc", "b"); u.ends {
		t.Error("Esc quits")
	}
}

func TestPauseHoldsTheScreenAndCounts(t *testing.T) {
	u := newUI(t, 120, 36, nil)
	lines := int64(0)
	u.mon.snap = func(monitor.Scope) (monitor.Snapshot, error) {
		s := rich(fixtureNow)
		lines += 500
		s.Coverage.Lines += lines
		s.Queue.Depth = 4321
		return s, nil
	}
	u.press(" ").want("PAUSED +0")
	u.next(time.Second)
	u.next(2 * time.Second)
	u.want("PAUSED +1,000", "Queue 1,904").wantNot("4,321")
	u.press(" ").want("LIVE 15m", "Queue 4,321")
}

func TestZoomAsksForTheWindow(t *testing.T) {
	u := newUI(t, 120, 36, nil)
	for _, step := range []struct {
		key, shown string
		window     time.Duration
	}{{"]", "LIVE 1h", time.Hour}, {"=", "LIVE 6h", 6 * time.Hour}, {"]", "LIVE 1d", 24 * time.Hour}, {"-", "LIVE 6h", 6 * time.Hour}, {"[", "LIVE 1h", time.Hour}} {
		u.press(step.key).want(step.shown)
		if got := u.mon.scopes[len(u.mon.scopes)-1].Window; got != step.window {
			t.Errorf("%s asked for %v", step.key, got)
		}
	}
	u.press("[", "[").want("the window is 15m to 1d")
}

func TestFilter(t *testing.T) {
	u := newUI(t, 120, 36, nil).press("/", "gmail", "backspace", "l.com", "enter")
	u.want("filter: gmail.com")
	if got := u.mon.scopes[len(u.mon.scopes)-1].Filter; got != "gmail.com" {
		t.Errorf("asked for filter %q", got)
	}
	u.press("3").want(`only lines with "gmail.com"`)
	u.press("/", "esc").want("filter: gmail.com") // left as it was
	u.press("b").wantNot("filter: gmail.com")
	if got := u.mon.scopes[len(u.mon.scopes)-1].Filter; got != "" {
		t.Errorf("filter %q after it was cleared", got)
	}
}

func TestRowOpensItsIncidentOrItsLines(t *testing.T) {
	u := newUI(t, 120, 36, nil).press("tab", "enter")
	u.want("rule account.compromised")
	u.press("b", "j", "j", "enter").want("[3 Log]", "filter: 192.0.2.15")
}

// Rows are sorted anew while a person aims: Enter opens what was marked.
func TestMarkStaysOnItsRow(t *testing.T) {
	u := newUI(t, 120, 36, nil).press("tab", "j", "j")
	u.want("192.0.2.15  Enter open")
	u.mon.snap = func(monitor.Scope) (monitor.Snapshot, error) {
		s := rich(fixtureNow)
		s.Clients[0], s.Clients[2] = s.Clients[2], s.Clients[0]
		s.Incidents[0], s.Incidents[2] = s.Incidents[2], s.Incidents[0]
		return s, nil
	}
	u.next(time.Second)
	u.want("192.0.2.15  Enter open").press("j").want("198.51.100.200  Enter open")

	u = newUI(t, 120, 36, nil).press("2", "j", "j")
	u.mon.snap = func(monitor.Scope) (monitor.Snapshot, error) {
		s := rich(fixtureNow)
		s.Incidents[0], s.Incidents[2] = s.Incidents[2], s.Incidents[0]
		return s, nil
	}
	u.next(time.Second)
	u.press("enter").want("rule queue.growth")
}

func TestLogFollowsStopsAndFollowsAgain(t *testing.T) {
	u := newUI(t, 120, 36, nil).press("3")
	if d := u.tick[len(u.tick)-1]; d != time.Second {
		t.Errorf("first tick after %v", d)
	}
	u.next(time.Second)
	if d := u.tick[len(u.tick)-1]; d != time.Second/4 {
		t.Errorf("the Log view ticks every %v", d)
	}
	u.want("following the end", "02:14:31 postfix/")
	u.press("k", "k").want("G follows again")
	u.mon.snap = func(monitor.Scope) (monitor.Snapshot, error) { return rich(fixtureNow.Add(5 * time.Second)), nil }
	u.next(2 * time.Second)
	u.want("+5 new", "> 02:14:29").wantNot("02:14:36")
	u.press("G").want("following the end", "02:14:36")
	u.press("k", "enter").want("kind connect", "+0000", "2026-05-12T02:14:35")
}

func TestLogDoesNotRepeatOrLoseRecords(t *testing.T) {
	u := newUI(t, 120, 36, nil).press("3")
	for i := 1; i < 30; i++ {
		now := fixtureNow.Add(time.Duration(i*3) * time.Second)
		u.mon.snap = func(monitor.Scope) (monitor.Snapshot, error) { return rich(now), nil }
		u.next(time.Duration(i) * time.Second)
	}
	u.press("g")
	seen := map[string]bool{}
	for range 146 {
		for line := range strings.Lines(u.screen()) {
			if i := strings.Index(line, "> "); i > 0 {
				seen[line[i+2:i+10]] = true
			}
		}
		u.press("j")
	}
	if len(seen) != 60+29*3-1 { // the last one is reached by following: no mark
		t.Errorf("%d different records", len(seen))
	}
}

func TestMonitorThatFailsIsSaid(t *testing.T) {
	u := newUI(t, 80, 24, func(c *Config) {
		c.Monitor = &fakeMonitor{snap: func(monitor.Scope) (monitor.Snapshot, error) { return monitor.Snapshot{}, errors.New("engine stopped") }}
	})
	u.want("The monitor does not answer: engine stopped").wantNot("Act now")
}

func TestNothingReadClaimsNothing(t *testing.T) {
	s := empty(fixtureNow)
	s.Verdict.Text = "All is well."
	u := newUI(t, 80, 24, func(c *Config) {
		c.Monitor = &fakeMonitor{snap: func(monitor.Scope) (monitor.Snapshot, error) { return s, nil }}
	})
	u.want("No log line read yet: nothing is known about this host.", "WAITING").wantNot("well")
	s.Sources[0].Err = "permission denied: run mailtop as a member of group adm"
	u.next(time.Second)
	u.want("No log line read: /var/log/mail.log: permission denied: run mailtop as a", "member of group adm")
	for _, l := range u.m.Farewell() {
		if strings.Contains(l.String(), "well") {
			t.Errorf("farewell claims %q", l)
		}
	}
}

func TestReadingIsAlwaysVisible(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {45, 20}, {80, 24}, {120, 36}} {
		u := newUI(t, size[0], size[1], func(c *Config) {
			c.Monitor = &fakeMonitor{snap: func(monitor.Scope) (monitor.Snapshot, error) {
				s := rich(fixtureNow)
				s.Coverage.Live, s.Coverage.Fraction = false, 0.389
				return s, nil
			}}
		})
		u.want("READING 38%", "reading 38%, from Sun 03:01 so far").wantNot("LIVE")
	}
}

func TestDemoMarkIsOnEveryScreen(t *testing.T) {
	for _, size := range [][2]int{{40, 10}, {45, 20}, {80, 24}, {120, 36}} {
		u := newUI(t, size[0], size[1], func(c *Config) { c.Demo = true })
		for _, s := range shots {
			u.m.card, u.m.overlays = nil, nil
			u.press("1")
			u.press(s.keys...).want("DEMO")
		}
	}
}

func TestViewsThatDoNotExistAreNotShown(t *testing.T) {
	u := newUI(t, 120, 36, func(c *Config) { c.Prober = nil })
	u.wantNot("Probes").press("4").want("[1 Overview]")
	u.press("?", "probe").wantNot("new target", "view Probes")
}

func TestPaletteFindsAndRuns(t *testing.T) {
	u := newUI(t, 80, 24, nil).press(":", "zoom longer")
	u.want("look at a longer window").wantNot("shorter")
	u.press("enter").want("LIVE 1h")
	u.press(":", "incidents", "enter").want("[2 Incidents]")
	u.press(":", "xyzzy").want("no command has these words").press("enter", "esc").wantNot("Commands")
}

func TestThemeChangeAtRunTime(t *testing.T) {
	u := newUI(t, 80, 24, nil).press(":", "theme terminal", "enter")
	if !strings.Contains(u.m.View().Content, "\x1b[36m") {
		t.Error("no colour after the change")
	}
	u = newUI(t, 80, 24, func(c *Config) { c.Environ = append(c.Environ, "NO_COLOR=1") }).press(":", "theme terminal", "enter")
	u.want("colour is switched off")
}

// The real program: keys in, the model's end out.
func TestProgramEndToEnd(t *testing.T) {
	mon := &fakeMonitor{snap: func(monitor.Scope) (monitor.Snapshot, error) { return rich(fixtureNow), nil }}
	m, err := New(t.Context(), Config{Monitor: mon, TZ: time.UTC, Environ: []string{"LANG=C.UTF-8", "TERM=xterm"}})
	if err != nil {
		t.Fatal(err)
	}
	snapped := make(chan struct{})
	once := false
	mon.snap = func(monitor.Scope) (monitor.Snapshot, error) {
		if !once {
			once = true
			defer close(snapped)
		}
		return rich(fixtureNow), nil
	}
	tm := teatest.NewTestModel(t, m, teatest.WithInitialTermSize(120, 36))
	<-snapped
	for _, k := range []rune{'2', '?'} {
		tm.Send(tea.KeyPressMsg{Code: k, Text: string(k)})
	}
	tm.Send(tea.KeyPressMsg{Code: tea.KeyEscape})
	tm.Send(tea.KeyPressMsg{Code: 'q', Text: "q"})
	end := tm.FinalModel(t, teatest.WithFinalTimeout(10*time.Second)).(*Model)
	if end.active != 1 || len(end.overlays) != 0 {
		t.Errorf("view %d with %d overlays at the end", end.active, len(end.overlays))
	}
	if len(end.Farewell()) == 0 {
		t.Error("no farewell")
	}
}

func TestCopiedCommandIsOneLine(t *testing.T) {
	u := newUI(t, 120, 36, nil)
	u.mon.snap = func(monitor.Scope) (monitor.Snapshot, error) {
		s := rich(fixtureNow)
		s.Incidents[0].Advice[0].Command = "true\nrm -rf /\x1b[31m"
		return s, nil
	}
	u.next(time.Second)
	u.press("enter", "y")
	want := clean.String("true\nrm -rf /\x1b[31m").String()
	if len(u.raw) != 1 || !strings.Contains(u.raw[0], base64.StdEncoding.EncodeToString([]byte(want))) || strings.Contains(want, "\n") {
		t.Errorf("copied %q", u.raw)
	}
}

// A log whose newest line is older than the window is not a row of zeros.
func TestWindowFitsAnOldLogOnce(t *testing.T) {
	u := newUI(t, 80, 24, func(c *Config) {
		c.Monitor = &fakeMonitor{snap: func(s monitor.Scope) (monitor.Snapshot, error) {
			snap := rich(fixtureNow)
			snap.Coverage.To = fixtureNow.Add(-4 * time.Hour)
			return snap, nil
		}}
	})
	u.want("LIVE 6h", "the last line is 4h old: the window is 6h now")
	u.press("[").want("LIVE 1h")
	u.next(time.Second)
	u.want("LIVE 1h")
}
