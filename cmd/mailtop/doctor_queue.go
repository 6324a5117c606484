package main

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"mailtop/monitor/queue"
	"mailtop/monitor/source"
)

// queues asks each mail server here for its queue.
func (s *site) queues(ctx context.Context) []finding {
	var out []finding
	if s.have("postqueue") {
		out = append(out, s.postfixQueue(ctx))
	}
	if name := s.exim(); name != "" {
		out = append(out, s.eximQueue(ctx, name))
	}
	if s.have("smtpctl") {
		out = append(out, s.listedQueue(ctx, "OpenSMTPD", "smtpctl", "show", "stats"))
	}
	if len(out) == 0 && s.have("mailq") {
		out = append(out, s.listedQueue(ctx, "the mail server", "mailq"))
	}
	if len(out) == 0 {
		out = append(out, finding{Check: "queue", Verdict: noted, Fact: "no mail server that can be asked for its queue: " + fromLog})
	}
	return out
}

// postconf is a parameter of Postfix. One that is not configured is asked once:
// each of its commands pauses before it complains.
func (s *site) postconf(ctx context.Context, name string) (string, error) {
	if s.unconfigured != nil {
		return "", s.unconfigured
	}
	out, err := s.host.Ask(ctx, "postconf", "-h", name)
	s.unconfigured = err
	return out, err
}

// servers names the mail servers installed here, with their versions.
func (s *site) servers(ctx context.Context) []finding {
	var list []string
	if v, err := s.postconf(ctx, "mail_version"); err == nil && v != "" {
		list = append(list, "Postfix "+v)
	}
	if name := s.exim(); name != "" {
		if out, err := s.host.Ask(ctx, name, "-bV"); err == nil {
			first, _, _ := strings.Cut(out, " #") // Exim version 4.96 #2 built ...
			list = append(list, strings.Replace(first, "version ", "", 1))
		}
	}
	if out, err := s.host.Ask(ctx, "dovecot", "--version"); err == nil {
		v, _, _ := strings.Cut(out, " ")
		list = append(list, "Dovecot "+v)
	}
	if len(list) == 0 {
		return nil
	}
	return []finding{{Check: "servers", Fact: strings.Join(list, ", ")}}
}

const fromLog = "the depth of the queue is counted from the log (accepted minus removed)"

func (s *site) exim() string {
	for _, name := range []string{"exim4", "exim"} {
		if s.have(name) {
			return name
		}
	}
	return ""
}

// postfixQueue asks as the monitor does. postqueue is setgid postdrop: every user
// may ask unless authorized_mailq_users says otherwise, see postqueue(1).
func (s *site) postfixQueue(ctx context.Context) finding {
	f := finding{Check: "queue"}
	out, err := s.host.Ask(ctx, "postqueue", "-j")
	if err == nil {
		var q queue.Sample
		if err := queue.Parse(strings.NewReader(out), &q); err != nil {
			return finding{Check: "queue", Verdict: fault, Fact: "postqueue -j answers what is no listing: " + err.Error() + "; " + fromLog}
		}
		f.Fact = fmt.Sprintf("postqueue -j answers: %d messages, %d deferred, %d on hold", q.Depth(), q.Deferred, q.Hold)
		return f
	}
	why := err.Error()
	f.Fact, f.Verdict = "postqueue -j: "+why+"; "+fromLog, fault
	switch {
	case strings.Contains(why, "main.cf: No such file"):
		return finding{Check: "queue", Verdict: noted, Fact: "Postfix is installed but not configured here: " + fromLog}
	case strings.Contains(why, "not allowed to view the mail queue"):
		f.Verdict = noted
		f.Steps = []source.Step{{Text: "see who may", Command: "postconf authorized_mailq_users"}, {Text: "or run as root", Command: "sudo mailtop"}}
	case strings.Contains(why, "mail system is down"):
		f.Steps = []source.Step{{Text: "Postfix does not run", Command: "postfix status"}}
	case strings.Contains(why, "Permission denied"):
		f.Steps = []source.Step{{Text: "postqueue must be of the group postdrop with its setgid bit", Command: "postfix set-permissions"}}
	default:
		f.Steps = []source.Step{{Text: "see", Command: "postfix check"}}
	}
	return f
}

// eximQueue counts Exim's queue, which only its admins may unless
// queue_list_requires_admin is off: root, the exim user, members of its group.
func (s *site) eximQueue(ctx context.Context, name string) finding {
	n, err := s.host.Ask(ctx, name, "-bpc")
	if err == nil {
		return finding{Check: "queue", Fact: fmt.Sprintf("%s -bpc answers: %s messages; %s", name, n, fromLog)}
	}
	f := finding{"queue", noted, name + " -bpc: " + err.Error() + "; " + fromLog, []source.Step{{Text: "see", Command: name + " -bV"}}}
	if who := s.host.Who(); strings.Contains(strings.ToLower(err.Error()), "permission denied") && !who.Root() {
		group := "exim"
		if g := s.eximGroup(ctx, name); g != "" {
			group = g
		}
		f.Steps = []source.Step{source.JoinGroups(who.Name, group)}
	}
	return f
}

// eximGroup is the group that Exim runs as.
func (s *site) eximGroup(ctx context.Context, name string) string {
	out, err := s.host.Ask(ctx, name, "-bP", "exim_group")
	if err != nil {
		return ""
	}
	_, value, _ := strings.Cut(out, "=")
	return strings.TrimSpace(value)
}

// listedQueue only tries whether the queue may be listed.
func (s *site) listedQueue(ctx context.Context, who string, argv ...string) finding {
	line := strings.Join(argv, " ")
	if _, err := s.host.Ask(ctx, argv[0], argv[1:]...); err != nil {
		f := finding{Check: "queue", Verdict: noted, Fact: fmt.Sprintf("%s: %v; %s", line, err, fromLog)}
		if !s.host.Who().Root() {
			f.Steps = []source.Step{{Text: "root may", Command: "sudo " + line}}
		}
		return f
	}
	return finding{Check: "queue", Fact: fmt.Sprintf("%s of %s answers; %s", line, who, fromLog)}
}

// spoolPlaces are where queues lie unless a configuration says otherwise.
var spoolPlaces = []string{"/var/spool/exim4", "/var/spool/exim", "/var/spool/mqueue", "/var/spool/smtpd"}

// spools tells of the file systems that queues are on: a full one stops all mail.
func (s *site) spools(ctx context.Context) []finding {
	places := spoolPlaces
	if dir, err := s.postconf(ctx, "queue_directory"); err == nil && filepath.IsAbs(dir) {
		places = append([]string{dir}, places...)
	}
	var out []finding
	for _, dir := range places {
		var st unix.Statfs_t
		if unix.Statfs(filepath.Join(s.host.Root, dir), &st) != nil || st.Blocks == 0 {
			continue
		}
		out = append(out, spool(dir, uint64(st.Bavail)*uint64(st.Bsize), percent(uint64(st.Blocks)-uint64(st.Bfree), uint64(st.Blocks)), percent(uint64(st.Files)-uint64(st.Ffree), uint64(st.Files))))
	}
	return out
}

func percent(n, of uint64) int {
	if of == 0 {
		return 0
	}
	return int(100 * n / of)
}

// Above this a file system of a queue is as good as full.
const spoolFull = 97

func spool(dir string, free uint64, used, inodes int) finding {
	f := finding{Check: "spool", Fact: fmt.Sprintf("%s: %s free, %d%% of the space and %d%% of the inodes used", dir, bytesText(free), used, inodes)}
	if used >= spoolFull || inodes >= spoolFull {
		f.Verdict = fault
		f.Steps = []source.Step{{Text: "see what fills it", Command: "du -xh -d 2 " + filepath.Dir(dir)}}
	}
	return f
}
