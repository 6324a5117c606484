package probes_test

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mailtop/probes"
	"mailtop/probes/probetest"
)

// hostile are servers that would hold a client for ever, at every point of a session.
func hostile() map[string]probetest.Host {
	greet := probetest.Send("220 mx.example.org ESMTP")
	ehlo := probetest.Send("250-mx.example.org", "250-STARTTLS", "250 AUTH PLAIN SCRAM-SHA-256")
	tlsUp := []probetest.Action{greet, probetest.Expect("EHLO *"), ehlo, probetest.Expect("STARTTLS"), probetest.Send("220 go")}
	flood := probetest.Flood("250-" + strings.Repeat("x", 700) + "\r\n")
	drip := probetest.Drip(strings.Repeat("220-slow\r\n", 500), time.Second)
	return map[string]probetest.Host{
		"no answer":           {Drop: true},
		"silent":              probetest.Same(probetest.Hang),
		"drips":               probetest.Same(drip),
		"floods":              probetest.Same(probetest.Flood("220-" + strings.Repeat("x", 700) + "\r\n")),
		"silent after 220":    probetest.Same(greet, probetest.Hang),
		"floods after EHLO":   probetest.Same(greet, probetest.Expect("EHLO *"), flood),
		"drips after EHLO":    probetest.Same(greet, probetest.Expect("EHLO *"), drip),
		"silent in handshake": probetest.Same(append(slices.Clone(tlsUp), probetest.Hang)...),
		"drips in handshake":  probetest.Same(append(slices.Clone(tlsUp), probetest.Drip("\x16\x03\x03\x40\x00"+strings.Repeat("\x00", 500), time.Second))...),
		"says later to all":   probetest.Serve(probetest.Polite{Answer: by("MAIL", "451 later", "RCPT", "451 later", "VRFY", "451 later", "AUTH", "451 later")}),
		"silent at DATA": probetest.Serve(probetest.Polite{Answer: func(st *probetest.State, line string) string {
			switch {
			case strings.HasPrefix(line, "RCPT"):
				return "250 ok"
			case line == "DATA", line == ".":
				probetest.Delay(10 * time.Minute)(st.Talk)
			}
			return ""
		}}),
	}
}

// everything asks all checks at once, those that send messages too.
func everything() probes.Options {
	o := probes.Options{Owned: true, To: "me@example.net", Login: &probes.Login{User: "anna@example.org", Password: "x"}}
	for _, c := range probes.Checks() {
		if c.Name != "egress" {
			o.Check = append(o.Check, c.Name)
		}
	}
	return o
}

// TestCancel: whatever a server does and whatever is under way, a run that is cancelled has ended 100 ms later.
func TestCancel(t *testing.T) {
	for name, host := range hostile() {
		for _, after := range []time.Duration{500 * time.Millisecond, 7 * time.Second, 41 * time.Second, 3 * time.Minute} {
			synctest.Test(t, func(t *testing.T) {
				n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{smtpAddr: host}}}
				ctx, cancel := context.WithTimeout(context.Background(), after)
				defer cancel()
				start := time.Now()
				if _, err := probes.Probe(ctx, n.Env(), smtpAddr, everything(), func(probes.Finding) {}); err != nil {
					t.Error(err)
				}
				if took := time.Since(start); took > after+100*time.Millisecond {
					t.Errorf("%s, cancelled after %s: ended after %s", name, after, took)
				}
				n.Wait()
			})
		}
	}
}

// TestDeadline: no step takes longer than its limit and 100 ms.
func TestDeadline(t *testing.T) {
	const step = 20 * time.Second
	for name, host := range hostile() {
		for _, c := range probes.Checks() {
			if c.Name == "egress" {
				continue
			}
			synctest.Test(t, func(t *testing.T) {
				n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{smtpAddr: host}}}
				env := n.Env()
				env.Step = step
				o := everything()
				o.Check = []string{c.Name}
				work := probes.Plan(locate(t, smtpAddr), o)
				var limit time.Duration
				for _, s := range work.Steps {
					limit += max(step, s.Limit) + 100*time.Millisecond
				}
				start := time.Now()
				probes.Run(context.Background(), work, env, func(probes.Finding) {})
				if took := time.Since(start); took > limit {
					t.Errorf("%s, %s: took %s, at most %s allowed", name, c.Name, took, limit)
				}
				n.Wait()
			})
		}
	}
}
