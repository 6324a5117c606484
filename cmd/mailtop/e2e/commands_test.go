//go:build e2e

package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// commands runs each command that an incident advises, and its undo, as an admin
// pastes it: by sh, as root, with the lab's Postfix and Dovecot for the host's.
// Bans are tried in a network namespace of their own, away from the machine's.
func (n *nightRun) commands(t *testing.T) {
	path := n.commandPath(t)
	// doveadm kick fails when there is nobody to kick, so the hijacker reads mail too.
	hijackerReads, err := n.imapOpen(hijacker, address("test"), password("test"))
	if err != nil {
		t.Fatal(err)
	}
	defer hijackerReads.Close()
	var done []string
	for _, c := range n.changes {
		for _, a := range c.Advice {
			if a.Command == "" || slices.Contains(done, a.Command) {
				continue
			}
			done = append(done, a.Command)
			script := "set -e\n" + a.Command + "\n"
			if strings.Contains(a.Command, "ban4") {
				script += "nft list set inet mailtop ban4 | grep -q -F '" + c.Subject.Value + "' || { echo the ban is not there; exit 9; }\n"
			}
			if a.Undo != "" {
				script += a.Undo + "\n"
			}
			if strings.Contains(a.Undo, "ban4") {
				script += "! nft list set inet mailtop ban4 | grep -q -F '" + c.Subject.Value + "' || { echo the ban is still there; exit 9; }\n"
			}
			shell := []string{"sh", "-c", script}
			if strings.HasPrefix(a.Command, "nft ") {
				shell = append([]string{"unshare", "-n"}, shell...)
			}
			cmd := exec.Command(shell[0], shell[1:]...)
			cmd.Env = append(n.env(), "PATH="+path)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("%s: %v\n%s\nundo: %s\nsaid: %s", c.Rule, err, a.Command, a.Undo, out)
			}
		}
	}
	for _, want := range []string{"nft ", "postconf ", "doveadm ", "postqueue "} {
		if !slices.ContainsFunc(done, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("no incident advises %s; advised: %q", want, done)
		}
	}
}

// commandPath leads doveadm to the lab's Dovecot: it has no variable for that.
func (n *nightRun) commandPath(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	script := "#!/bin/sh\nexec /usr/bin/doveadm -c '" + n.etc("dovecot.conf") + "' \"$@\"\n"
	if err := os.WriteFile(filepath.Join(dir, "doveadm"), []byte(script), 0o755); err != nil {
		t.Fatal(err)
	}
	return dir + ":" + os.Getenv("PATH")
}
