package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"mailtop/monitor/detect"
	"mailtop/monitor/source"
	"mailtop/probes"
)

// commands answer from a table; what is not in it is not installed.
type commands map[string]string

func (c commands) run(_ context.Context, name string, args ...string) ([]byte, error) {
	out, ok := c[strings.Join(append([]string{name}, args...), " ")]
	if !ok {
		return nil, &exec.Error{Name: name, Err: exec.ErrNotFound}
	}
	if why, bad := strings.CutPrefix(out, "fail: "); bad {
		return nil, errors.New(why)
	}
	return []byte(out), nil
}

func (c commands) have(name string) bool {
	for line := range c {
		if first, _, _ := strings.Cut(line, " "); first == name {
			return true
		}
	}
	return false
}

var doctorNow = time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC)

// fakeSite is a host laid out below a folder.
func fakeSite(t *testing.T, reader source.Reader, cmds commands, files map[string]string) *site {
	t.Helper()
	root, err := os.MkdirTemp("", "d") // a short name: lines are measured
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(root) })
	for name, content := range files {
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(content), 0o644), os.Chtimes(path, doctorNow, doctorNow)); err != nil {
			t.Fatal(err)
		}
	}
	group := func(gid string) string { return map[string]string{"0": "root", "1000": "bob"}[gid] }
	facts := func(context.Context) detect.Facts { return detect.Facts{Known: true} }
	return &site{host: source.Host{Run: cmds.run, Root: root, Reader: &reader, Group: group}, have: cmds.have, facts: facts, now: doctorNow, out: &bytes.Buffer{}}
}

func syslog(n int, program, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "2026-11-22T03:%02d:%02d.000000+00:00 mx1 %s[%d]: %s\n", i/60, i%60, program, i+100, strings.ReplaceAll(format, "N", fmt.Sprint(i%250+1)))
	}
	return b.String()
}

func exim(n int, text string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "2026-11-22 03:%02d:%02d %s\n", i/60, i%60, strings.ReplaceAll(text, "N", fmt.Sprint(i%250+1)))
	}
	return b.String()
}

const resolvConf = "nameserver 192.0.2.53\nnameserver 192.0.2.53\n"

var (
	rootUser = source.Reader{Name: "root"}
	bob      = source.Reader{Name: "bob", UID: 1000, Groups: []uint32{1000}}
)

const (
	eximTaken  = "1xUwgV-00001x-0f <= a@example.net H=mail.example.net [192.0.2.N] P=esmtps X=TLS1.3:TLS_AES_256_GCM_SHA384:256 S=837 id=N@example.net"
	eximLogin  = "1xUwgV-00001x-0f <= a@example.net H=mail.example.net [192.0.2.N] P=esmtpsa X=TLS1.3:TLS_AES_256_GCM_SHA384:256 A=plain S=837 id=N@example.net"
	eximOpened = "SMTP connection from [192.0.2.N] (TCP/IP connection count = 1)"
	dovecotBad = "imap-login: Disconnected: Connection closed (auth failed, 1 attempts in 2 secs): user=<aN>, method=PLAIN, rip=192.0.2.N, lip=192.0.2.2, TLS, session=<xN>"
	taken      = "4F3AB0N: client=mail.example.net[192.0.2.N]"
)

// postfixLog is a day on a host with everything in order.
var postfixLog = syslog(20, "postfix/smtpd", "connect from mail.example.net[192.0.2.N]") + syslog(20, "postfix/smtpd", taken) +
	syslog(20, "postfix/smtpd", "Anonymous TLS connection established from mail.example.net[192.0.2.N]: TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 (256/256 bits)") +
	syslog(20, "postfix/qmgr", "4F3AB0N: from=<a@example.net>, size=900, nrcpt=1 (queue active)") +
	syslog(20, "postfix/smtp", "4F3AB0N: to=<b@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0.1/0/0.4/0.5, dsn=2.0.0, status=sent (250 ok)")

func postfixCommands(more commands) commands {
	c := commands{"postconf -h maillog_file": "/var/log/mail.log", "postconf -h queue_directory": "/var/spool/postfix", "postqueue -j": `{"queue_name":"deferred","arrival_time":1}`, "postconf -h smtpd_tls_loglevel": "1", "postconf -h mail_version": "3.7.11"}
	for k, v := range more {
		c[k] = v
	}
	return c
}

// What doctor says of hosts, each a table of commands and files.
func TestDoctor(t *testing.T) {
	for _, c := range []struct {
		name    string
		reader  source.Reader
		cmds    commands
		files   map[string]string
		verdict standing // fine: nothing worse than a note
		want    []string
		not     []string
	}{
		{
			"Postfix in order", rootUser, postfixCommands(nil), map[string]string{"/var/log/mail.log": postfixLog}, fine,
			[]string{"mailtop has what it needs here.\n\nok     log: ", "last written at 04:00 UTC", "servers: Postfix 3.7.11\n", "1 messages, 1 deferred", "rules: have what they need here: auth.bruteforce, auth.spray", "dos.flood"},
			[]string{"BAD", "blind", "usermod"},
		},
		{
			"nothing at all", rootUser, nil, nil, fault,
			[]string{"Missing here: log.\n", "BAD    log: no mail log found on this host", "mailtop demo"}, []string{"usermod", "postconf"},
		},
		{
			"Postfix logs to a syslog that nobody keeps", rootUser, commands{"postconf -h maillog_file": "", "postqueue -j": ""}, nil, fault,
			[]string{"postconf -e maillog_file=/var/log/postfix.log && postfix reload", "undo: postconf -X maillog_file"}, nil,
		},
		{
			"root and a journal without mail", rootUser, postfixCommands(commands{journalAsk: ""}), map[string]string{"/var/log/mail.log": postfixLog}, fine,
			[]string{"note   journal: the journal holds no record of the mail facility"}, []string{"usermod", "systemd-journal"},
		},
		{
			"the journal is not for bob", bob, commands{journalAsk: ""}, nil, fault,
			[]string{"BAD    journal: ", "join the group systemd-journal, then log in again:", "usermod -aG systemd-journal bob", "undo: gpasswd -d bob systemd-journal"}, nil,
		},
		{
			"a file suffices where the journal is closed", bob, postfixCommands(commands{journalAsk: "fail: No journal files were opened due to insufficient permissions."}), map[string]string{"/var/log/mail.log": postfixLog}, fine,
			[]string{"note   journal: journalctl fails: No journal files were opened", "usermod -aG systemd-journal bob"}, []string{"BAD"},
		},
		{
			"the system's log", rootUser, nil, map[string]string{"/var/log/messages": postfixLog + syslog(50, "CRON", "(root) CMD (run-parts N)")}, fine,
			[]string{"has 100 of mail software, 50 of other programs (not mail)"}, []string{"not understood"},
		},
		{
			"lines that no template knows", rootUser, postfixCommands(nil), map[string]string{"/var/log/mail.log": postfixLog + syslog(3, "postfix/smtpd", "frobnicated quux N")}, fine,
			[]string{"note   records: ", "3 not understood", "mailtop events --unknown"}, nil,
		},
		{
			"Exim as Debian ships it", rootUser, commands{"exim4 -bP log_selector": "log_selector = +smtp_protocol_error +tls_peerdn", "exim4 -bpc": "7", "exim4 -bV": "Exim version 4.96 #2 built 04-Mar-2025\nCopyright", "dovecot --version": "2.3.19.1 (9b53102964)"},
			map[string]string{"/var/log/exim4/mainlog": exim(30, eximTaken), "/etc/exim4/update-exim4.conf.conf": "dc_eximconfig_configtype='internet'"}, blind,
			[]string{"Blind here: dos.flood.\n", "blind  dos.flood: exim does not log each connection (log_selector is +smtp_protocol_error +tls_peerdn)",
				"\n            MAIN_LOG_SELECTOR = +smtp_connection +smtp_incomplete_transaction +incoming_port +smtp_protocol_error +tls_peerdn\n", "update-exim4.conf && systemctl reload exim4", "-bpc answers: 7 messages", "servers: Exim 4.96, Dovecot 2.3.19.1\n"},
			[]string{"BAD"},
		},
		{
			"Exim with a selector that is no plain list", rootUser, commands{"exim -bP log_selector": "log_selector = ${if eq{a}{b}{+all}}"}, map[string]string{"/var/log/exim/mainlog": exim(30, eximTaken)}, blind,
			[]string{"\n            log_selector = +smtp_connection +smtp_incomplete_transaction +incoming_port\n"}, nil,
		},
		{"Exim with connections", rootUser, nil, map[string]string{"/var/log/exim/mainlog": exim(30, eximTaken) + exim(3, eximOpened)}, fine, []string{"dos.flood"}, []string{"blind"}},
		{
			"Exim not reloaded", rootUser, commands{"exim -bP log_selector": "log_selector = +all -incoming_port"}, map[string]string{"/var/log/exim/mainlog": exim(30, eximTaken)}, fine,
			[]string{"note   dos.flood: exim does not log each connection (log_selector is on and yet"}, nil,
		},
		{
			"Exim does not name its logins", rootUser, commands{"exim -bP log_selector": "log_selector = +all"}, map[string]string{"/var/log/exim/mainlog": exim(30, eximLogin) + exim(3, eximOpened)}, blind,
			[]string{"blind  account.compromised, spam.outbound_burst, auth.spray: exim does not log whose", "server_set_id = $auth1"}, nil,
		},
		{
			"Dovecot without auth_verbose", rootUser, commands{"doveconf -h auth_verbose": "no"}, map[string]string{"/var/log/mail.log": syslog(20, "dovecot", dovecotBad)}, fine,
			[]string{"note   auth.bruteforce: dovecot does not log why a login failed", "\n            auth_verbose = yes\n", "doveadm reload"}, []string{"blind "},
		},
		{
			"Dovecot with it", rootUser, commands{"doveconf -h auth_verbose": "yes"}, map[string]string{"/var/log/mail.log": syslog(2, "dovecot", dovecotBad)}, fine, nil, []string{"auth_verbose"},
		},
		{
			"Postfix without TLS lines", rootUser, postfixCommands(commands{"postconf -h smtpd_tls_loglevel": "0"}), map[string]string{"/var/log/mail.log": strings.ReplaceAll(postfixLog, "TLS connection established", "X")}, fine,
			[]string{"note   report: tls: postfix does not log TLS version", "postconf -e smtpd_tls_loglevel=1 smtp_tls_loglevel=1 && postfix reload", "undo: postconf -e smtpd_tls_loglevel=0"}, nil,
		},
		{
			"syslog drops what smtpd says", rootUser, postfixCommands(nil), map[string]string{"/etc/rsyslog.conf": "mail.warn /var/log/mail.log", "/var/log/mail.log": syslog(30, "postfix/qmgr", "4F3AB0N: from=<a@example.net>, size=900, nrcpt=1 (queue active)")}, blind,
			[]string{"Blind here: ", "blind  relay.open, spam.outbound_burst, queue.growth: postfix does not log what", "mail.*  -/var/log/mail.log"}, nil,
		},
		{
			"a host that refuses every message, and one that only sends its own", rootUser, postfixCommands(nil), map[string]string{
				"/var/log/mail.log": syslog(20, "postfix/smtpd", "connect from mail.example.net[192.0.2.N]") + syslog(20, "postfix/smtpd", "NOQUEUE: reject: RCPT from mail.example.net[192.0.2.N]: 554 5.7.1 <b@example.org>: Relay access denied; from=<a@example.net> to=<b@example.org> proto=ESMTP helo=<x>"),
				"/var/log/maillog":  syslog(20, "postfix-out/pickup", "4F3AB0N: uid=33 from=<www-data>") + syslog(20, "postfix-out/qmgr", "4F3AB0N: from=<www-data@example.net>, size=900, nrcpt=1 (queue active)") + syslog(20, "postfix-out/smtp", "4F3AB0N: to=<b@example.org>, relay=mx.example.org[198.51.100.7]:25, delay=1, delays=0.1/0/0.4/0.5, dsn=2.0.0, status=sent (250 ok)"),
			}, fine, nil, []string{"blind"},
		},
		{
			"Sendmail at its default", rootUser, commands{"mailq": ""},
			map[string]string{"/etc/mail/sendmail.cf": "# x\nO LogLevel=9\n", "/var/log/maillog": syslog(20, "sm-mta", "8AM3N: from=<a@example.net>, size=900, class=0, nrcpts=1, msgid=<N@example.net>, proto=ESMTP, daemon=MTA, relay=mail.example.net [192.0.2.N]")}, fine,
			[]string{"note   dos.flood: sendmail does not log each connection (LogLevel is 9)", "define(`confLOG_LEVEL', `12')dnl", "define(`confLOG_LEVEL', `10')dnl"}, []string{"`9'"},
		},
		{
			"Exim's queue is for its group", bob, commands{"exim4 -bpc": "fail: exim: permission denied", "exim4 -bP exim_group": "exim_group = Debian-exim"}, map[string]string{"/var/log/exim4/mainlog": exim(30, eximTaken) + exim(1, eximOpened)}, fine,
			[]string{"note   queue: ", "usermod -aG Debian-exim bob"}, nil,
		},
		{
			"postqueue lost its group", bob, postfixCommands(commands{"postqueue -j": "fail: postqueue: warning: Connect to the Postfix showq service: Permission denied"}), map[string]string{"/var/log/mail.log": postfixLog}, fault,
			[]string{"Missing here: queue.\n", "postfix set-permissions"}, nil,
		},
		{
			"Postfix does not run", rootUser, postfixCommands(commands{"postqueue -j": "fail: postqueue: fatal: Queue report unavailable - mail system is down"}), map[string]string{"/var/log/mail.log": postfixLog}, fault,
			[]string{"postfix status"}, nil,
		},
		{
			"bob may not ask fail2ban", bob, postfixCommands(commands{"fail2ban-client ping": "fail: Permission denied to socket: /var/run/fail2ban/fail2ban.sock, (you must be root)"}), map[string]string{"/var/log/mail.log": postfixLog}, fine,
			[]string{"note   bans: fail2ban: fail2ban-client ping: Permission denied", "sudo fail2ban-client ping"}, nil,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			files := map[string]string{"/etc/resolv.conf": resolvConf, "/proc/net/tcp": "  sl  local_address\n"}
			for k, v := range c.files {
				files[k] = v
			}
			x := fakeSite(t, c.reader, c.cmds, files).examine(t.Context(), nil)
			var out bytes.Buffer
			if err := x.write(&out, "text"); err != nil {
				t.Fatal(err)
			}
			text := out.String()
			flat := strings.Join(strings.Fields(text), " ")
			for _, w := range c.want {
				if !strings.Contains(text, w) && !strings.Contains(flat, strings.Join(strings.Fields(w), " ")) {
					t.Errorf("says nothing of %q", w)
				}
			}
			for _, w := range c.not {
				if strings.Contains(text, w) {
					t.Errorf("says %q", w)
				}
			}
			if x.Verdict != c.verdict && (x.Verdict != noted || c.verdict != fine) {
				t.Errorf("verdict %v, want %v", x.Verdict, c.verdict)
			}
			checkForm(t, x, text)
			if t.Failed() {
				t.Log(text)
			}
		})
	}
}

var journalAsk = "journalctl -q -n 50 -o json --no-pager --output-fields=MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_HOSTNAME,PRIORITY,SYSLOG_FACILITY SYSLOG_FACILITY=2"

// checkForm: the verdict is the first line, nothing but what is there to be copied is
// wider than a terminal, a command is one line, and JSON says the same.
func checkForm(t *testing.T, x *examination, text string) {
	t.Helper()
	copied := map[string]bool{}
	for _, f := range append(slices.Clone(x.Findings), x.Rules...) {
		for _, st := range f.Steps {
			for _, c := range []string{st.Command, st.Line, "undo: " + st.Undo} {
				copied[c] = true
				if strings.ContainsAny(c, "\n\r") {
					t.Errorf("a command of several lines: %q", c)
				}
			}
		}
	}
	for i, line := range strings.Split(text, "\n") {
		if len(line) > textWidth && !copied[strings.TrimSpace(line)] {
			t.Errorf("line %d is %d wide: %q", i+1, len(line), line)
		}
	}
	if first, _, _ := strings.Cut(text, "\n"); !strings.HasPrefix(x.Text, first) {
		t.Errorf("the first line is no verdict: %q", first)
	}
	var out bytes.Buffer
	if err := x.write(&out, "json"); err != nil {
		t.Fatal(err)
	}
	var back struct {
		Schema   int
		Verdict  string
		Findings []struct{ Check, Verdict, Fact string }
	}
	if err := json.Unmarshal(out.Bytes(), &back); err != nil || back.Schema != 1 || back.Verdict != strings.ToLower(x.Verdict.String()) || len(back.Findings) != len(x.Findings) {
		t.Errorf("JSON: %v %+v", err, back)
	}
}

// A named file is judged by itself: no command of this host is run.
func TestDoctorNamesAFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mainlog")
	if err := os.WriteFile(path, []byte(exim(30, eximTaken)), 0o600); err != nil {
		t.Fatal(err)
	}
	s := fakeSite(t, rootUser, nil, nil)
	s.host.Run = func(_ context.Context, name string, _ ...string) ([]byte, error) {
		t.Errorf("%s was run", name)
		return nil, exec.ErrNotFound
	}
	s.facts = func(context.Context) detect.Facts { t.Error("the host was asked"); return detect.Facts{} }
	x := s.examine(t.Context(), []string{path})
	if x.Verdict < blind || len(x.Rules) == 0 || !strings.Contains(x.Text, "dos.flood") {
		t.Errorf("%+v", x)
	}
	x = s.examine(t.Context(), []string{filepath.Join(t.TempDir(), "none")})
	if x.Verdict != fault || strings.Contains(x.Findings[0].Fact, "exist: ") {
		t.Errorf("%+v", x)
	}
}

// Who holds a port may be hidden, by rights or by hidepid.
func TestDoctorSockets(t *testing.T) {
	at := func(port uint16, who string) probes.Socket {
		return probes.Socket{Addr: netip.AddrPortFrom(netip.IPv4Unspecified(), port), Process: who}
	}
	for _, c := range []struct {
		mounts string
		list   []probes.Socket
		want   string
		not    string
	}{
		{"", []probes.Socket{at(25, "master"), at(22, "sshd")}, "mail ports open here: 25 master", "sshd"},
		{"", []probes.Socket{at(25, ""), at(143, "dovecot")}, "who holds port 25 is not shown to you; seen: 143 dovecot", "hides"},
		{"proc /proc proc rw,nosuid,hidepid=invisible,gid=4 0 0\n", []probes.Socket{at(25, "")}, "(hidepid=invisible)", ""},
		{"proc /proc proc rw,hidepid=0 0 0\n", []probes.Socket{at(25, "")}, "sudo mailtop doctor", "findmnt"},
		{"", nil, "no mail port is open here", ""},
	} {
		s := fakeSite(t, bob, nil, map[string]string{"/proc/mounts": c.mounts})
		f := s.owners(c.list)
		text := f.Fact
		for _, st := range f.Steps {
			text += " | " + st.Command
		}
		if !strings.Contains(text, c.want) || c.not != "" && strings.Contains(text, c.not) {
			t.Errorf("%q, want %q and not %q", text, c.want, c.not)
		}
	}
}

func TestSpool(t *testing.T) {
	if f := spool("/var/spool/postfix", 5<<30, 80, 3); f.Verdict != fine || !strings.Contains(f.Fact, "5.0 GB free, 80%") {
		t.Errorf("%+v", f)
	}
	for _, f := range []finding{spool("/var/spool/postfix", 0, 100, 3), spool("/var/spool/postfix", 5<<30, 3, 99)} {
		if f.Verdict != fault || f.Steps[0].Command != "du -xh -d 2 /var/spool" {
			t.Errorf("%+v", f)
		}
	}
}

// The table names rules that exist, and each row can fail: it has something that
// tells that its records are missing.
func TestNeedsTable(t *testing.T) {
	known := map[string]bool{"report: tls": true, "source.lossy": true}
	for _, r := range detect.Rules() {
		known[r.ID] = true
	}
	for _, n := range needs {
		for _, r := range n.rules {
			if !known[r] {
				t.Errorf("no rule %q", r)
			}
		}
		if (n.setting == nil) == (n.steps == nil) {
			t.Errorf("%v of %v: no way out", n.rules, n.mta)
		}
	}
}

func TestSelects(t *testing.T) {
	for value, want := range map[string]bool{
		"": false, "+smtp_connection": true, "+all": true, "+all -smtp_connection": false, "-smtp_connection +smtp_connection": true,
		"+smtp_connection_x": false, "-all": false, "+smtp_connection -all": false,
	} {
		if got := selects(value, "smtp_connection"); got != want {
			t.Errorf("%q: %v", value, got)
		}
	}
}

func TestFolded(t *testing.T) {
	got := folded("one two three four five six", 13)
	if want := []string{"one two three", "four five", "six"}; !slices.Equal(got, want) {
		t.Errorf("%q", got)
	}
}

// Whatever the text, no word is lost and only a word that is too long by itself makes
// a line too wide.
func FuzzFolded(f *testing.F) {
	f.Add("one two three four five six", 13)
	f.Add("/var/log/a-very-long-name may not be read", 10)
	f.Fuzz(func(t *testing.T, text string, width int) {
		width = 4 + (width%100+100)%100
		lines := folded(text, width)
		for _, l := range lines {
			if len([]rune(l)) > width && strings.Contains(l, " ") {
				t.Errorf("%q is wider than %d", l, width)
			}
		}
		if got, want := strings.Fields(strings.Join(lines, " ")), strings.Fields(text); !slices.Equal(got, want) {
			t.Errorf("%q, want %q", got, want)
		}
	})
}
