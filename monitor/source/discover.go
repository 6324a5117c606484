package source

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Host is how discovery looks at this host.
type Host struct {
	// Run runs a command and returns what it prints; nil runs the real one.
	Run func(ctx context.Context, name string, args ...string) ([]byte, error)
	// Root is put before every path, for tests.
	Root string
}

// Candidate is a place where mail is logged, or would be.
type Candidate struct {
	Path string // "journal" for the journal of systemd
	Why  string // who says so: "postconf maillog_file", "usual on Debian", ...
	Size int64
	Time time.Time // when it was last written to
	Same string    // the path of an earlier candidate with the same content
	Err  error     // why it cannot be read, with the way out; nil: usable
}

// Journal is the Path of the journal among Candidates.
const Journal = "journal"

// usual are the places where distributions and panels log mail.
var usual = []struct{ path, who string }{
	{"/var/log/mail.log", "usual on Debian, Ubuntu and Arch"},
	{"/var/log/maillog", "usual on RHEL, FreeBSD and Plesk"},
	{"/var/log/mail", "usual on SUSE"},
	{"/var/log/exim4/mainlog", "Exim on Debian"},
	{"/var/log/exim_mainlog", "Exim on cPanel"},
	{"/var/log/exim/main.log", "Exim on RHEL"},
	{"/var/log/exim/mainlog", "Exim on FreeBSD and DirectAdmin"},
	{"/var/spool/exim/log/mainlog", "Exim built from source"},
	{"/usr/local/psa/var/log/maillog", "Plesk"},
	{"/var/log/zimbra.log", "Zimbra"},
	{"/var/log/dovecot.log", "Dovecot's own log"},
	{"/var/log/dovecot-info.log", "Dovecot's own log"},
	{"/var/log/dovecot/dovecot.log", "Dovecot on iRedMail"},
}

// commandTimeout bounds each command of discovery.
const commandTimeout = 3 * time.Second

// Discover lists where mail is logged on this host: what the servers' own
// configuration says first, then the usual places that exist, the journal last.
// Places that do not exist are listed only when a configuration names them.
func Discover(ctx context.Context, h Host) []Candidate {
	if h.Run == nil {
		h.Run = runCommand
	}
	f := &finder{h: h}
	f.postfix(ctx)
	f.exim(ctx)
	f.dovecot(ctx)
	for _, u := range usual {
		f.add(u.path, u.who, false)
	}
	f.journal(ctx)
	return f.list
}

// Logs returns the paths to read: the usable candidates, each content once, the
// journal only when there is no usable file.
func Logs(list []Candidate) []string {
	var paths []string
	for _, c := range list {
		if c.Err == nil && c.Same == "" && (c.Path != Journal || len(paths) == 0) {
			paths = append(paths, c.Path)
		}
	}
	return paths
}

type finder struct {
	h    Host
	list []Candidate
	head map[string][]byte
	ids  map[fileID]string
}

// ask runs a command for its trimmed output; "" when it fails.
func (f *finder) ask(ctx context.Context, name string, args ...string) string {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	out, err := f.h.Run(ctx, name, args...)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// postfix asks every instance for its log file. Without maillog_file Postfix logs
// to syslog, which puts it into one of the usual places.
func (f *finder) postfix(ctx context.Context) {
	dirs := []string{""}
	for line := range strings.Lines(f.ask(ctx, "postmulti", "-l")) {
		if w := strings.Fields(line); len(w) >= 4 && w[0] != "-" {
			dirs = append(dirs, w[len(w)-1])
		}
	}
	for _, dir := range dirs {
		args := []string{"-h", "maillog_file"}
		if dir != "" {
			args = append([]string{"-c", dir}, args...)
		}
		if path := f.ask(ctx, "postconf", args...); filepath.IsAbs(path) && path != "/dev/stdout" {
			f.add(path, "postconf maillog_file", true)
		}
	}
}

// exim asks for log_file_path: a list of paths with %s for the kind of log, and "syslog".
func (f *finder) exim(ctx context.Context) {
	for _, name := range []string{"exim4", "exim"} {
		_, value, ok := strings.Cut(f.ask(ctx, name, "-bP", "log_file_path"), "=")
		if !ok {
			continue
		}
		for path := range strings.SplitSeq(value, ":") {
			path = strings.ReplaceAll(strings.TrimSpace(path), "%slog", "mainlog")
			path = strings.ReplaceAll(path, "%s", "main")
			if filepath.IsAbs(path) && !strings.Contains(path, "%") {
				f.add(path, "exim -bP log_file_path", true)
			}
		}
		return
	}
}

// dovecot asks where its log goes, unless it goes to syslog.
func (f *finder) dovecot(ctx context.Context) {
	for _, key := range []string{"log_path", "info_log_path"} {
		if path := f.ask(ctx, "doveconf", "-h", key); filepath.IsAbs(path) {
			f.add(path, "doveconf "+key, true)
		}
	}
}

// journal lists the journal when there is one, and says whether it can be read.
func (f *finder) journal(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	out, err := f.h.Run(ctx, "journalctl", append([]string{"-q", "-n", "1", "-o", "cat", "--no-pager"}, journalMatch...)...)
	if errors.Is(err, exec.ErrNotFound) {
		return
	}
	c := Candidate{Path: Journal, Why: "journalctl"}
	switch {
	case ctx.Err() != nil:
		c.Err = errors.New("journalctl does not answer; see: systemctl status systemd-journald")
	case err != nil:
		c.Err = errors.New("journalctl fails: " + oneLine(err, out) + "; run as root or join the group: usermod -aG systemd-journal " + userName())
	case len(strings.TrimSpace(string(out))) == 0:
		c.Err = errors.New("the journal holds no record of the mail facility that you may see; run as root or join the group: usermod -aG systemd-journal " + userName())
	}
	f.list = append(f.list, c)
}

func oneLine(err error, out []byte) string {
	var exit *exec.ExitError
	if errors.As(err, &exit) && len(exit.Stderr) > 0 {
		out = exit.Stderr
	}
	line, _, _ := strings.Cut(strings.TrimSpace(string(out)), "\n")
	if line == "" {
		return err.Error()
	}
	return line
}

// add lists path; configured is set when a configuration names it.
func (f *finder) add(path, why string, configured bool) {
	path = filepath.Join(f.h.Root, path)
	fi, err := os.Stat(path)
	if err != nil && errors.Is(err, os.ErrNotExist) && !configured || err == nil && fi.IsDir() && !configured {
		return
	}
	c := Candidate{Path: path, Why: why, Err: Check(path)}
	if err == nil {
		c.Size, c.Time = fi.Size(), fi.ModTime()
		c.Same = f.same(path, fi)
	}
	if c.Same == path {
		return // named twice
	}
	f.list = append(f.list, c)
}

// same returns the candidate that is the same file, or begins with the same
// records: syslog often writes each of them to two files.
func (f *finder) same(path string, fi os.FileInfo) string {
	if f.ids == nil {
		f.ids, f.head = make(map[fileID]string), make(map[string][]byte)
	}
	if p, ok := f.ids[idOf(fi)]; ok {
		return p
	}
	f.ids[idOf(fi)] = path
	file, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer file.Close()
	head := readHead(file)
	for _, c := range f.list {
		if len(head) == headSize && sameHead(f.head[c.Path], head) {
			return c.Path
		}
	}
	f.head[path] = head
	return ""
}

// runCommand runs a command with its output bounded.
func runCommand(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	return cmd.Output()
}
