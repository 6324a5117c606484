package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"strings"
	"testing"

	"mailtop/monitor/source"
)

// Without a log, two lines say what is wrong and how to go on; a closed file counts
// more than the journal, which every host has.
func TestNoLog(t *testing.T) {
	file := &source.Denied{Path: "/var/log/mail.log", Why: "its mode is -rw-r-----, of group adm", Steps: []source.Step{source.JoinGroups("bob", "adm")}}
	journal := &source.Denied{Path: source.Journal, Why: "the journal holds no record that you may see", Steps: []source.Step{source.JoinGroups("bob", "systemd-journal")}}
	for _, c := range []struct {
		name   string
		looked []source.Candidate
		want   []string
		page   []string
	}{
		{
			"nothing", nil,
			[]string{"mailtop: no mail log on this host\n", "mailtop: name one: mailtop /var/log/mail.log, see what was looked at: mailtop doctor, or try: mailtop demo\n"},
			[]string{"There is no mail log", "mailtop doctor", "mailtop /var/log/mail.log", "mailtop demo"},
		},
		{
			"closed", []source.Candidate{{Path: source.Journal, Err: journal}, {Path: file.Path, Err: file}},
			[]string{"no mail log that can be read here: /var/log/mail.log may not be read: its mode", "join the group adm, then log in again: usermod -aG adm bob; or name a FILE, or try: mailtop demo"},
			[]string{"/var/log/mail.log may not be read by you: its mode", "usermod -aG adm bob", "mailtop demo"},
		},
		{
			"only the journal", []source.Candidate{{Path: source.Journal, Err: journal}},
			[]string{"usermod -aG systemd-journal bob"},
			[]string{"No mail log that you may read: the journal holds", "usermod -aG systemd-journal bob"},
		},
		{
			"configured and absent", []source.Candidate{{Path: "/var/log/postfix.log", Err: fs.ErrNotExist}},
			[]string{"no mail log on this host: file does not exist"}, []string{"mailtop doctor"},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			err := error(exitError{exitFailed, &noLog{c.looked}})
			complain(&out, err)
			if n := strings.Count(out.String(), "\n"); n != 2 || exitCode(err) != exitFailed {
				t.Errorf("%d lines, exit %d", n, exitCode(err))
			}
			for _, w := range c.want {
				if !strings.Contains(out.String(), w) {
					t.Errorf("no %q in:\n%s", w, out.String())
				}
			}
			f := firstPage(&noLog{c.looked})
			page := f.What
			for _, w := range f.Ways {
				page += "\n" + w.Text + ": " + w.Command
			}
			for _, w := range c.page {
				if !strings.Contains(page, w) {
					t.Errorf("no %q on the page:\n%s", w, page)
				}
			}
		})
	}
	other := errors.New("something else")
	if err := (&options{}).firstRun(nil, other); err != other {
		t.Errorf("%v", err)
	}
}

// A user's PATH lacks the folders in which mail servers have their commands.
func TestWidenPath(t *testing.T) {
	t.Setenv("PATH", "/usr/bin:/usr/sbin")
	widenPath()
	widenPath()
	if got, want := os.Getenv("PATH"), "/usr/bin:/usr/sbin:/usr/local/sbin:/sbin"; got != want {
		t.Errorf("PATH %s, want %s", got, want)
	}
}
