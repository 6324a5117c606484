package source

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"
)

// Host is how discovery looks at this host. The zero value is the real one.
type Host struct {
	// Run runs a command and returns what it prints; nil runs the real one.
	Run func(ctx context.Context, name string, args ...string) ([]byte, error)
	// Root is put before every path, for tests.
	Root string
	// Reader is who reads; nil is the user of this process.
	Reader *Reader
	// Group is the name of a group id; nil asks the system.
	Group func(gid string) string
}

// Candidate is a place where mail is logged, or would be.
type Candidate struct {
	Path  string // "journal" for the journal of systemd, "docker:NAME" for a container
	Why   string // who says so: "postconf maillog_file", "usual on Debian", ...
	Stack string // the mail server that the container is part of
	Size  int64
	Time  time.Time // when it was last written to
	Same  string    // the path of an earlier candidate with the same records
	Err   error     // why it cannot be read, with the way out; nil: usable

	newest *sample
}

// What a Path of a Candidate is when it is no file.
const (
	Journal   = "journal"
	Container = "docker:" // and the name of the container
)

// commandTimeout bounds each command of discovery; they run side by side.
const commandTimeout = 3 * time.Second

// Discover lists where mail is logged on this host: what the servers' own
// configuration says first, then the usual places that exist, containers, and the
// journal last. Places that do not exist are listed only when a configuration
// names them. Nothing here changes the host.
func Discover(ctx context.Context, h Host) []Candidate {
	if h.Run == nil {
		h.Run = runCommand
	}
	f := &finder{h: h, seed: maphash.MakeSeed(), ids: make(map[fileID]string)}
	said := f.askAll(ctx)
	for _, c := range said.configured {
		if c.err != nil {
			f.list = append(f.list, Candidate{Path: c.path, Why: c.who, Err: c.err})
			continue
		}
		f.add(place{path: c.path, who: c.who}, true)
	}
	f.addUsual(false)
	f.list = append(f.list, said.containers...)
	f.addUsual(true)
	if said.journal != nil {
		f.addJournal(*said.journal)
	}
	return f.list
}

// Logs returns the paths to read: each content once. A log that is still empty is
// read where there is no other.
func Logs(list []Candidate) []string {
	var paths, empty []string
	for _, c := range list {
		switch {
		case c.Same != "":
		case c.Err == nil:
			paths = append(paths, c.Path)
		case errors.Is(c.Err, ErrEmpty) && c.Path != Journal:
			empty = append(empty, c.Path)
		}
	}
	if len(paths) == 0 {
		return empty
	}
	return paths
}

// finder is one discovery.
type finder struct {
	h    Host
	seed maphash.Seed
	list []Candidate
	ids  map[fileID]string
}

// answers are what the commands say.
type answers struct {
	configured []configured
	containers []Candidate
	journal    *Candidate
}

// configured is a place that a configuration names; err: and why it cannot be read.
type configured struct {
	path, who string
	err       error
}

// askAll asks everything at once: a host that is slow in one thing is not slow in all.
func (f *finder) askAll(ctx context.Context) answers {
	var a answers
	var postfix, exim, dovecot []configured
	var all sync.WaitGroup
	all.Go(func() { postfix = f.postfix(ctx) })
	all.Go(func() { exim = f.exim(ctx) })
	all.Go(func() { dovecot = f.dovecot(ctx) })
	all.Go(func() { a.containers = f.containers(ctx) })
	all.Go(func() { a.journal = f.journal(ctx) })
	all.Wait()
	a.configured = append(append(postfix, exim...), dovecot...)
	return a
}

// ask runs a command for its trimmed output; "" when it fails.
func (f *finder) ask(ctx context.Context, name string, args ...string) string {
	out, err := f.h.Ask(ctx, name, args...)
	if err != nil {
		return ""
	}
	return out
}

// Ask runs a command that only reads, bounded in time and output. It returns the
// trimmed output, or why there is none: in the command's own words where it has some.
func (h Host) Ask(ctx context.Context, name string, args ...string) (string, error) {
	run := h.Run
	if run == nil {
		run = runCommand
	}
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	out, err := run(ctx, name, args...)
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("no answer within %v", commandTimeout)
	case errors.Is(err, exec.ErrNotFound):
		return "", err
	case err != nil:
		return "", errors.New(oneLine(err, out))
	}
	return strings.TrimSpace(string(out)), nil
}

// maxInstances bounds how many instances of Postfix are asked.
const maxInstances = 32

// postfix asks every instance for its log file. Without maillog_file Postfix logs
// to syslog, which puts it into one of the usual places.
func (f *finder) postfix(ctx context.Context) (list []configured) {
	take := func(path string) {
		if filepath.IsAbs(path) && path != "/dev/stdout" {
			list = append(list, configured{path: path, who: "postconf maillog_file"})
		}
	}
	path, err := f.h.Ask(ctx, "postconf", "-h", "maillog_file")
	if err != nil {
		return nil // not configured: each command would pause before it says so
	}
	take(path)
	n := 1
	for line := range strings.Lines(f.ask(ctx, "postmulti", "-l")) {
		if w := strings.Fields(line); len(w) >= 4 && w[0] != "-" && n < maxInstances {
			take(f.ask(ctx, "postconf", "-c", w[len(w)-1], "-h", "maillog_file"))
			n++
		}
	}
	return list
}

// exim asks for log_file_path: a list of paths with %s for the kind of log, and
// "syslog". A path with the date in it is another file each day, which nothing
// here could follow.
func (f *finder) exim(ctx context.Context) (list []configured) {
	for _, name := range []string{"exim4", "exim"} {
		_, value, ok := strings.Cut(f.ask(ctx, name, "-bP", "log_file_path"), "=")
		if !ok {
			continue
		}
		for path := range strings.SplitSeq(value, ":") {
			path = strings.ReplaceAll(strings.TrimSpace(path), "%s", "main")
			if !filepath.IsAbs(path) {
				continue
			}
			c := configured{path: path, who: "exim -bP log_file_path"}
			if strings.Contains(path, "%") {
				c.err = fmt.Errorf("%s is another file each day, which is not followed; name the one of today", path)
			}
			list = append(list, c)
		}
		break
	}
	return list
}

// dovecot asks where its log goes, unless it goes to syslog.
func (f *finder) dovecot(ctx context.Context) (list []configured) {
	for _, key := range []string{"log_path", "info_log_path"} {
		if path := f.ask(ctx, "doveconf", "-h", key); filepath.IsAbs(path) && !strings.HasPrefix(path, "/dev/") {
			list = append(list, configured{path: path, who: "doveconf " + key})
		}
	}
	return list
}

// addUsual adds the usual places that exist: those of mail, or those of the whole system.
func (f *finder) addUsual(mixed bool) {
	for _, u := range usual {
		if u.mixed != mixed {
			continue
		}
		if !strings.Contains(u.path, "*") {
			f.add(u, false)
			continue
		}
		found, _ := filepath.Glob(filepath.Join(f.h.Root, u.path))
		for _, path := range found {
			f.add(place{path: strings.TrimPrefix(path, f.h.Root), who: u.who}, false)
		}
	}
}

// add lists a place; configured is set when a configuration names it.
func (f *finder) add(p place, configured bool) {
	path := filepath.Join(f.h.Root, p.path)
	if slices.ContainsFunc(f.list, func(c Candidate) bool { return c.Path == path }) {
		return // named twice
	}
	fi, err := os.Stat(path)
	if !configured && (errors.Is(err, os.ErrNotExist) || err == nil && fi.IsDir()) {
		return
	}
	c := Candidate{Path: path, Why: p.who, Err: f.h.check(path)}
	if err == nil {
		if _, twice := f.ids[idOf(fi)]; twice {
			return // a link
		}
		f.ids[idOf(fi)] = path
		c.Size, c.Time = fi.Size(), fi.ModTime()
	}
	if errors.Is(c.Err, ErrEmpty) && len(rotatedFiles(path)) > 0 {
		c.Err = nil // rotated a moment ago
	}
	size := int64(sampleBytes)
	if p.mixed {
		size = mixedBytes
	}
	c.newest = newSample(f.seed)
	c.newest.readEnd(path, size)
	if p.mixed && !f.wants(&c) {
		return
	}
	c.Same = f.same(&c)
	f.list = append(f.list, c)
}

// wants says whether a system's log is of interest: it holds mail, or it is closed
// to the reader and nothing else is known.
func (f *finder) wants(c *Candidate) bool {
	if c.newest.mail > 0 {
		c.Err = nil
		return true
	}
	return len(f.list) == 0 && errors.Is(c.Err, os.ErrPermission)
}

// same returns the candidate that holds the records of c already.
func (f *finder) same(c *Candidate) string {
	for i := range f.list {
		if p := &f.list[i]; p.newest != nil && p.Err == nil && p.Same == "" && p.newest.holds(c.newest) {
			return p.Path
		}
	}
	return ""
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

// maxOutput bounds what is kept of what a command prints.
const maxOutput = 1 << 20

// runCommand runs a command with its output bounded.
func runCommand(ctx context.Context, name string, args ...string) ([]byte, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	var out, complaint capped
	cmd.Stdout, cmd.Stderr = &out, &complaint
	err := cmd.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		exit.Stderr = complaint.b
	}
	return out.b, err
}

// capped keeps the beginning of what is written to it.
type capped struct{ b []byte }

func (c *capped) Write(p []byte) (int, error) {
	c.b = append(c.b, p[:min(len(p), maxOutput-len(c.b))]...)
	return len(p), nil
}
