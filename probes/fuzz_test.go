package probes_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"mailtop/probes"
	"mailtop/probes/probetest"
	"mailtop/probes/smtpwire"
)

// FuzzServer lets a server say anything: the run ends, each finding has a word of the
// table, and no control byte reaches the text.
func FuzzServer(f *testing.F) {
	for _, s := range []string{"220 mx\r\n|250 mx\r\n|502 no\r\n|221 bye\r\n", "220 mx\r\n|250-mx\r\n250 STARTTLS\r\n|220 go\r\n|\x16\x03\x01", "\xff|\x00", "220-\n220 a\n|250-SIZE x\r\n250 AUTH=\r\n|454 x\r\n", "421 x\r\n", "220 \x1b[2J\r\n|250 \u202e\r\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{smtpAddr: probetest.Same(says(s)), submsAddr: probetest.Same(says(s))}}}
		env := n.Env()
		env.Limits = smtpwire.Limits{Banner: 20 * time.Millisecond, Command: 20 * time.Millisecond, Handshake: 20 * time.Millisecond}
		for _, addr := range []string{smtpAddr, submsAddr} {
			var list []probes.Finding
			if _, err := probes.Probe(context.Background(), env, addr, probes.Options{Owned: true}, func(f probes.Finding) { list = append(list, f) }); err != nil {
				t.Fatal(err)
			}
			text := probes.Text(list, 60, true)
			for _, x := range list {
				if x.Title == "result not in the table" {
					t.Errorf("%s %s", x.Check, x.Result)
				}
				if x.Transcript != nil {
					text += x.Transcript.String()
				}
			}
			if strings.ContainsFunc(text, func(r rune) bool { return r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0) }) {
				t.Errorf("control byte in %q", text)
			}
		}
		n.Wait()
	})
}

// says sends the parts of s in turn, one before and one after each thing it hears.
func says(s string) probetest.Action {
	return func(t *probetest.Talk) bool {
		buf := make([]byte, 4096)
		for part := range strings.SplitSeq(s, "|") {
			if !probetest.Raw(part + " ")(t) {
				return false
			}
			if _, err := t.Read(buf); err != nil {
				return false
			}
		}
		return false
	}
}
