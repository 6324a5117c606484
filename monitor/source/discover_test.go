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
	"time"

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

const askJournal = "journalctl -q -n " + journalNewest + " -o json --no-pager " + journalFields + " SYSLOG_FACILITY=2"

const askDocker = "docker ps --format {{.Names}}\t{{.Image}}"

func askDriver(name string) string {
	return "docker inspect --format {{.HostConfig.LogConfig.Type}} -- " + name
}

// at is a record of Postfix at a second of the morning.
func at(sec int) string {
	return fmt.Sprintf("2026-11-22T03:%02d:%02d.000000+00:00 mx1 postfix/smtpd[1]: connect from unknown[192.0.2.%d]\n", sec/60, sec%60, sec%250)
}

// atJournal is the same record as another log writes it.
func atJournal(sec int) string {
	stamp := time.Date(2026, 11, 22, 3, 0, sec, 0, time.UTC).UnixMicro()
	return fmt.Sprintf(`{"__REALTIME_TIMESTAMP":"%d","SYSLOG_IDENTIFIER":"postfix/smtpd","_PID":"1","_HOSTNAME":"mx1","MESSAGE":"connect from unknown[192.0.2.%d]"}`+"\n", stamp, sec%250)
}

func records(one func(int) string, from, to int) string {
	var b strings.Builder
	for i := from; i < to; i++ {
		b.WriteString(one(i))
	}
	return b.String()
}

const (
	eximStart    = "2026-11-22 03:00:00 exim 4.96 daemon started: pid=1, -q30m, listening for SMTP on port 25\n"
	dovecotStart = "Nov 22 03:00:00 master: Info: Dovecot v2.3.19 (b3ad6004dc) starting up\n"
	sshLine      = "2026-11-22T03:00:00.000000+00:00 mx1 sshd[9]: Accepted publickey for ops from 192.0.2.9 port 4 ssh2\n"
)

// The places of distributions and panels, and what their tools say.
func TestDiscover(t *testing.T) {
	user, root := Reader{Name: "bob", UID: 1000, Groups: []uint32{1000}}, Reader{Name: "root"}
	for _, c := range []struct {
		name   string
		reader Reader
		cmds   host
		files  map[string]string
		want   []string // listed, with the reason when unusable
		read   []string
	}{
		{
			"Debian with rsyslog and the journal", root, host{"postconf -h maillog_file": "\n", askJournal: records(atJournal, 90, 100)},
			map[string]string{"/var/log/mail.log": records(at, 0, 100), "/var/log/syslog": records(at, 0, 100) + sshLine},
			[]string{"/var/log/mail.log", "/var/log/syslog = /var/log/mail.log", "journal = /var/log/mail.log"}, []string{"/var/log/mail.log"},
		},
		{
			"the journal goes on where rsyslog was removed", root, host{askJournal: records(atJournal, 300, 310)},
			map[string]string{"/var/log/mail.log": records(at, 0, 100)},
			[]string{"/var/log/mail.log", "journal"}, []string{"/var/log/mail.log", "journal"},
		},
		{
			"a file that goes on where the journal stopped", root, host{askJournal: records(atJournal, 0, 10)},
			map[string]string{"/var/log/mail.log": records(at, 100, 200)},
			[]string{"/var/log/mail.log", "journal = /var/log/mail.log"}, []string{"/var/log/mail.log"},
		},
		{
			"Exim's own file, Dovecot in the journal", root, host{"exim4 -bP log_file_path": "log_file_path = /var/log/exim4/%slog", askJournal: records(atJournal, 0, 10)},
			map[string]string{"/var/log/exim4/mainlog": eximStart},
			[]string{"/var/log/exim4/mainlog", "journal"}, []string{"/var/log/exim4/mainlog", "journal"},
		},
		{
			"only the system's log", root, host{},
			map[string]string{"/var/log/messages": strings.Repeat(sshLine, 3000) + at(1) + strings.Repeat(sshLine, 3000)},
			[]string{"/var/log/messages"}, []string{"/var/log/messages"},
		},
		{"a system's log without mail", root, host{}, map[string]string{"/var/log/syslog": strings.Repeat(sshLine, 30)}, nil, nil},
		{
			"SUSE", root, host{}, map[string]string{"/var/log/mail": records(at, 0, 50), "/var/log/mail.info": records(at, 10, 50)},
			[]string{"/var/log/mail", "/var/log/mail.info = /var/log/mail"}, []string{"/var/log/mail"},
		},
		{
			"cPanel", root, host{"exim -bP log_file_path": "log_file_path = /var/log/exim_%slog"},
			map[string]string{"/var/log/exim_mainlog": eximStart, "/var/log/maillog": "Nov 22 03:00:01 mx1 dovecot: imap-login: Login: user=<a>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, mpid=7, TLS, session=<x>\n"},
			[]string{"/var/log/exim_mainlog", "/var/log/maillog"}, []string{"/var/log/exim_mainlog", "/var/log/maillog"},
		},
		{
			"DirectAdmin", root, host{}, map[string]string{"/var/log/exim/mainlog": eximStart},
			[]string{"/var/log/exim/mainlog"}, []string{"/var/log/exim/mainlog"},
		},
		{
			"Plesk names one file twice", root, host{}, map[string]string{"/var/log/maillog": records(at, 0, 9), "/usr/local/psa/var/log/maillog": "-> /var/log/maillog"},
			[]string{"/var/log/maillog"}, []string{"/var/log/maillog"},
		},
		{
			"Zimbra", root, host{}, map[string]string{"/var/log/zimbra.log": records(at, 0, 9) + "2026-11-22T03:00:00Z mx1 zimbramon[1]: 1:info: status\n", "/var/log/maillog": records(at, 0, 9)},
			[]string{"/var/log/maillog", "/var/log/zimbra.log = /var/log/maillog"}, []string{"/var/log/maillog"},
		},
		{
			"iRedMail", root, host{}, map[string]string{"/var/log/mail.log": records(at, 0, 9), "/var/log/dovecot/imap.log": dovecotStart, "/var/log/dovecot/lmtp.log": strings.ReplaceAll(dovecotStart, ":00:", ":05:")},
			[]string{"/var/log/mail.log", "/var/log/dovecot/imap.log", "/var/log/dovecot/lmtp.log"}, []string{"/var/log/mail.log", "/var/log/dovecot/imap.log", "/var/log/dovecot/lmtp.log"},
		},
		{
			"postlogd and an old file", root, host{"postconf -h maillog_file": "/var/log/postfix.log\n"},
			map[string]string{"/var/log/postfix.log": mailLine, "/var/log/mail.log": ""},
			[]string{"/var/log/postfix.log", "/var/log/mail.log: is empty"}, []string{"/var/log/postfix.log"},
		},
		{
			"rotated a moment ago", root, host{}, map[string]string{"/var/log/mail.log": "", "/var/log/mail.log.1": mailLine},
			[]string{"/var/log/mail.log"}, []string{"/var/log/mail.log"},
		},
		{"a new server", root, host{}, map[string]string{"/var/log/mail.log": ""}, []string{"/var/log/mail.log: is empty"}, []string{"/var/log/mail.log"}},
		{
			"configured twice and not there", user, host{"postconf -h maillog_file": "/var/log/postfix.log\n", "doveconf -h log_path": "/var/log/postfix.log", askJournal: ""},
			nil, []string{"/var/log/postfix.log: does not exist", "journal: usermod -aG systemd-journal bob"}, nil,
		},
		{
			"instances", root, host{
				"postmulti -l":                                 "-               -               y         /etc/postfix\npostfix-out    mta   y   /etc/postfix-out\n",
				"postconf -h maillog_file":                     "/var/log/postfix.log",
				"postconf -c /etc/postfix-out -h maillog_file": "/var/log/out.log",
			},
			map[string]string{"/var/log/postfix.log": records(at, 0, 9), "/var/log/out.log": records(at, 20, 29)},
			[]string{"/var/log/postfix.log", "/var/log/out.log"}, []string{"/var/log/postfix.log", "/var/log/out.log"},
		},
		{
			"Exim and Dovecot", root, host{"exim4 -bP log_file_path": "log_file_path = syslog:/var/log/exim4/%slog", "doveconf -h log_path": "/var/log/dovecot.log"},
			map[string]string{"/var/log/exim4/mainlog": eximStart, "/var/log/dovecot.log": dovecotStart},
			[]string{"/var/log/exim4/mainlog", "/var/log/dovecot.log"}, []string{"/var/log/exim4/mainlog", "/var/log/dovecot.log"},
		},
		{
			"Exim with the date in the name", root, host{"exim -bP log_file_path": "log_file_path = /var/log/exim/%s-%D.log"}, nil,
			[]string{"/var/log/exim/main-%D.log: is another file each day"}, nil,
		},
		{"Arch", root, host{"postconf -h maillog_file": "", askJournal: atJournal(1)}, nil, []string{"journal"}, []string{"journal"}},
		{"journal not for us", user, host{askJournal: "fail: No journal files were opened"}, nil, []string{"journal: usermod -aG systemd-journal bob"}, nil},
		{"journal fails for root", root, host{askJournal: "fail: bad message"}, nil, []string{"journal: journalctl -n 1"}, nil},
		{"a journal without mail, as root", root, host{askJournal: ""}, nil, []string{"journal: the journal holds no record of the mail facility"}, nil},
		{
			"mailcow", root, host{
				askDocker: "mailcowdockerized-postfix-mailcow-1\tghcr.io/mailcow/postfix:1.80\nmailcowdockerized-dovecot-mailcow-1\tghcr.io/mailcow/dovecot:2.33\n" +
					"mailcowdockerized-rspamd-mailcow-1\tghcr.io/mailcow/rspamd:2.2\nmailcowdockerized-redis-mailcow-1\tredis:7\n",
				askDriver("mailcowdockerized-postfix-mailcow-1"): "json-file", askDriver("mailcowdockerized-dovecot-mailcow-1"): "journald", askDriver("mailcowdockerized-rspamd-mailcow-1"): "none",
			}, nil,
			[]string{"docker:mailcowdockerized-postfix-mailcow-1 of mailcow", "docker:mailcowdockerized-dovecot-mailcow-1 of mailcow", "docker:mailcowdockerized-rspamd-mailcow-1 of mailcow: keeps no log"},
			[]string{"docker:mailcowdockerized-postfix-mailcow-1", "docker:mailcowdockerized-dovecot-mailcow-1"},
		},
		{
			"docker-mailserver, and a web server", root, host{askDocker: "mailserver\tghcr.io/docker-mailserver/docker-mailserver:14\nweb\tnginx\n", askDriver("mailserver"): "json-file"}, nil,
			[]string{"docker:mailserver of docker-mailserver"}, []string{"docker:mailserver"},
		},
		{
			"Mailu", root, host{askDocker: "mailu-smtp-1\tghcr.io/mailu/postfix:2024.06\nmailu-imap-1\tghcr.io/mailu/dovecot:2024.06\n", askDriver("mailu-smtp-1"): "json-file", askDriver("mailu-imap-1"): "json-file"}, nil,
			[]string{"docker:mailu-smtp-1 of Mailu", "docker:mailu-imap-1 of Mailu"}, []string{"docker:mailu-smtp-1", "docker:mailu-imap-1"},
		},
		{"nothing", root, host{}, nil, nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			root := t.TempDir()
			layOut(t, root, c.files)
			group := func(gid string) string { return map[string]string{"0": "root", "1000": "bob"}[gid] }
			list := Discover(t.Context(), Host{Run: c.cmds.run, Root: root, Reader: &c.reader, Group: group})
			if d := cmp.Diff(c.want, listing(list, root, c.want)); d != "" {
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

// layOut writes files below root; "-> PATH" is a link.
func layOut(t *testing.T, root string, files map[string]string) {
	t.Helper()
	for name, content := range files {
		path := filepath.Join(root, name)
		must(t, os.MkdirAll(filepath.Dir(path), 0o700))
		if to, link := strings.CutPrefix(content, "-> "); link {
			must(t, os.Symlink(filepath.Join(root, to), path))
			continue
		}
		write(t, path, content)
	}
}

// listing writes candidates as want does: where want's reason is in the error, it
// stands for it.
func listing(list []Candidate, root string, want []string) []string {
	var got []string
	for i, x := range list {
		s := strings.TrimPrefix(x.Path, root)
		if x.Stack != "" {
			s += " of " + x.Stack
		}
		if x.Same != "" {
			s += " = " + strings.TrimPrefix(x.Same, root)
		}
		if x.Err != nil {
			why := x.Err.Error()
			if i < len(want) {
				if _, w, ok := strings.Cut(want[i], ": "); ok && strings.Contains(why, w) {
					why = w
				}
			}
			s += ": " + why
		}
		got = append(got, s)
	}
	return got
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

// What a command prints is bounded, whatever it is.
func TestRunCommandIsBounded(t *testing.T) {
	out, err := runCommand(t.Context(), "sh", "-c", "yes | head -c 5000000")
	if err != nil || len(out) != maxOutput {
		t.Errorf("%d bytes, %v", len(out), err)
	}
	if _, err := runCommand(t.Context(), "sh", "-c", "echo no such journal >&2; exit 1"); err == nil || oneLine(err, nil) != "no such journal" {
		t.Errorf("%v", err)
	}
}
