package tui

import (
	"context"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	tea "charm.land/bubbletea/v2"

	"mailtop/monitor"
	"mailtop/probes"
	"mailtop/probes/probetest"
)

// netProber runs the real checks on a network in memory.
type netProber struct{ env *probes.Env }

func (p netProber) Work(_ context.Context, target string, o probes.Options) (probes.Work, error) {
	t, err := probes.ParseTarget(target)
	t.Hosts = []probes.Host{{Name: t.Name, Addrs: []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::25")}}}
	return probes.Plan(t, o), err
}

func (p netProber) Run(ctx context.Context, w probes.Work, emit func(probes.Finding), _ func(netip.AddrPort, string)) error {
	probes.Run(ctx, w, p.env, emit)
	return nil
}

func (netProber) Listening(context.Context) []probes.Socket { return nil }

// askScreen asks the program for its screen, in the program's own goroutine.
type askScreen chan string

func answerAsk(m tea.Model, msg tea.Msg) tea.Msg {
	if a, ok := msg.(askScreen); ok {
		a <- strings.Join(m.(*Model).canvas.Rows(), "\n")
		return nil
	}
	return msg
}

// The real checks in the real program: every check of the plan comes to an end on
// the screen, those of a port that drips come late, and a stop ends the run.
func TestRealChecksStreamIn(t *testing.T) {
	cert := probetest.SelfSigned(t, probetest.Leaf{Names: []string{"mx1.example.net"}})
	synctest.Test(t, func(t *testing.T) {
		hosts := probetest.Net{Hosts: map[string]probetest.Host{
			"192.0.2.1:25":       probetest.Serve(probetest.Polite{Cert: cert}),
			"192.0.2.1:587":      probetest.Serve(probetest.Polite{Cert: cert, Plain: []string{"AUTH PLAIN"}, Secure: []string{"AUTH PLAIN"}}),
			"192.0.2.1:465":      {Script: func(int) probetest.Script { return probetest.Script{probetest.Hang} }},
			"[2001:db8::25]:25":  probetest.Serve(probetest.Polite{Cert: cert, Banner: "220 \x1b[31mevil\u202e ESMTP"}),
			"[2001:db8::25]:587": {Drop: true},
		}}
		env := &probes.Env{Dial: hosts.Dial, Now: time.Now, Hello: "client.example.org"}
		begin := time.Now()
		mon := &fakeMonitor{snap: func(monitor.Scope) (monitor.Snapshot, error) { return rich(fixtureNow), nil }}
		m, err := New(context.Background(), Config{
			Monitor: mon, Prober: netProber{env}, Targets: []string{"mx1.example.net"}, TZ: time.UTC, Theme: "mono",
			Environ: []string{"LANG=C.UTF-8", "TERM=xterm-256color"}, Now: func() time.Time { return fixtureNow.Add(time.Since(begin)) },
		})
		if err != nil {
			t.Fatal(err)
		}
		p := tea.NewProgram(m, tea.WithInput(nil), tea.WithOutput(&stamps{}), tea.WithWindowSize(200, 60), tea.WithFPS(frames), tea.WithoutSignalHandler(), tea.WithFilter(answerAsk))
		done := make(chan struct{})
		go func() {
			defer close(done)
			if _, err := p.Run(); err != nil {
				t.Error(err)
			}
		}()
		press := func(keys ...tea.KeyPressMsg) {
			for _, k := range keys {
				p.Send(k)
				synctest.Wait()
			}
		}
		letter := func(r rune) tea.KeyPressMsg { return tea.KeyPressMsg{Code: r, Text: string(r)} }
		screen := func() string {
			a := make(askScreen)
			p.Send(a)
			return <-a
		}
		want := func(when string, parts ...string) {
			t.Helper()
			s := screen()
			for _, part := range parts {
				if !strings.Contains(s, part) {
					t.Errorf("%s: %q is not on the screen:\n%s", when, part, s)
				}
			}
		}
		time.Sleep(time.Second)
		press(letter('4'), letter('r'), tea.KeyPressMsg{Code: tea.KeyEnter})
		time.Sleep(time.Second)
		want("after a second", "certificate: not yet valid, self signed", "PLAIN offered without TLS", "connection refused", "~  running reach", "of 36 checks")
		time.Sleep(2 * time.Minute)
		want("at the end", "accepts, but neither TLS nor a banner comes", "no answer in 10 s", "faults found: ", `\x1b[31mevil\u202e`)
		if s := screen(); strings.Contains(s, "running") || strings.Contains(s, "waiting") || strings.Contains(s, "not run") {
			t.Errorf("a check has no end:\n%s", s)
		}
		press(letter('r')) // the same plan: it begins at once
		time.Sleep(time.Second)
		press(letter('x'))
		time.Sleep(200 * time.Millisecond)
		want("after a stop", "stopped before the end", "could not be tested")
		p.Quit()
		<-done
		m.close()
		hosts.Wait()
		time.Sleep(3 * time.Second)
	})
}
