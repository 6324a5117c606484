package source

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// host answers commands from a table; what is not in it is not installed.
type host map[string]string

func (h host) run(_ context.Context, name string, args ...string) ([]byte, error) {
	out, ok := h[strings.Join(append([]string{name}, args...), " ")]
	if !ok {
		return nil, &exec.Error{Name: name, Err: exec.ErrNotFound}
	}
	if strings.HasPrefix(out, "fail: ") {
		return nil, errors.New(out)
	}
	return []byte(out), nil
}

const askJournal = "journalctl -q -n 1 -o cat --no-pager SYSLOG_FACILITY=2"

func TestDiscover(t *testing.T) {
	for _, c := range []struct {
		name  string
		cmds  host
		files map[string]string
		want  []string // listed, with the reason when unusable
		read  []string
	}{
		{
			"Debian with rsyslog", host{"postconf -h maillog_file": "\n", askJournal: "connect from x"},
			map[string]string{"/var/log/mail.log": mailLine},
			[]string{"/var/log/mail.log", "journal"}, []string{"/var/log/mail.log"},
		},
		{
			"postlogd and an old file", host{"postconf -h maillog_file": "/var/log/postfix.log\n"},
			map[string]string{"/var/log/postfix.log": mailLine, "/var/log/mail.log": ""},
			[]string{"/var/log/postfix.log", "/var/log/mail.log: is empty"}, []string{"/var/log/postfix.log"},
		},
		{
			"configured and not there", host{"postconf -h maillog_file": "/var/log/postfix.log\n", askJournal: ""},
			nil, []string{"/var/log/postfix.log: does not exist", "journal: no record"}, nil,
		},
		{
			"instances", host{
				"postmulti -l":                                 "-               -               y         /etc/postfix\npostfix-out    mta   y   /etc/postfix-out\n",
				"postconf -h maillog_file":                     "/var/log/postfix.log",
				"postconf -c /etc/postfix-out -h maillog_file": "/var/log/out.log",
			},
			map[string]string{"/var/log/postfix.log": mailLine, "/var/log/out.log": mailLine + mailLine},
			[]string{"/var/log/postfix.log", "/var/log/out.log"}, []string{"/var/log/postfix.log", "/var/log/out.log"},
		},
		{
			"the same lines in two files", host{},
			map[string]string{"/var/log/mail.log": strings.Repeat(mailLine, 9), "/var/log/maillog": strings.Repeat(mailLine, 8)},
			[]string{"/var/log/mail.log", "/var/log/maillog = /var/log/mail.log"}, []string{"/var/log/mail.log"},
		},
		{
			"Exim and Dovecot", host{"exim4 -bP log_file_path": "log_file_path = syslog:/var/log/exim4/%slog", "doveconf -h log_path": "/var/log/dovecot.log"},
			map[string]string{"/var/log/exim4/mainlog": "2026-11-22 03:00:00 exim 4.96 daemon started: pid=1, -q30m, listening for SMTP on port 25\n", "/var/log/dovecot.log": "Nov 22 03:00:00 master: Info: Dovecot v2.3.19 (b3ad6004dc) starting up\n"},
			[]string{"/var/log/exim4/mainlog", "/var/log/dovecot.log"}, []string{"/var/log/exim4/mainlog", "/var/log/dovecot.log"},
		},
		{
			"journal only", host{"postconf -h maillog_file": "", askJournal: "connect from x"},
			nil, []string{"journal"}, []string{"journal"},
		},
		{"journal not for us", host{askJournal: "fail: No journal files were opened"}, nil, []string{"journal: usermod -aG systemd-journal"}, nil},
		{"nothing", host{}, nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			for name, content := range c.files {
				must(t, os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o700))
				write(t, filepath.Join(root, name), content)
			}
			list := Discover(t.Context(), Host{Run: c.cmds.run, Root: root})
			var got []string
			for i, x := range list {
				s := strings.TrimPrefix(x.Path, root)
				if x.Same != "" {
					s += " = " + strings.TrimPrefix(x.Same, root)
				}
				if x.Err != nil && i < len(c.want) {
					if _, why, ok := strings.Cut(c.want[i], ": "); ok && strings.Contains(x.Err.Error(), why) {
						s += ": " + why
					} else {
						s = fmt.Sprint(s, ": ", x.Err)
					}
				}
				got = append(got, s)
			}
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("listed (-want +got):\n%s", d)
			}
			var read []string
			for _, p := range Logs(list) {
				read = append(read, strings.TrimPrefix(p, root))
			}
			if d := cmp.Diff(c.read, read); d != "" {
				t.Errorf("read (-want +got):\n%s", d)
			}
		})
	}
}

// A command that hangs costs no more than its time.
func TestDiscoverBoundsCommands(t *testing.T) {
	h := Host{Root: t.TempDir(), Run: func(ctx context.Context, _ string, _ ...string) ([]byte, error) {
		if _, ok := ctx.Deadline(); !ok {
			t.Error("a command without a deadline")
		}
		return nil, context.DeadlineExceeded
	}}
	if list := Discover(t.Context(), h); len(list) != 1 || list[0].Err == nil {
		t.Errorf("%+v", list)
	}
}
