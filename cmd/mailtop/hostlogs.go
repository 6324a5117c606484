package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net/netip"
	"os"
	"strings"

	"mailtop/monitor/source"
)

func hostSSHClient() netip.Addr {
	return sshClient(os.Getenv("SSH_CONNECTION"), os.Getenv("SSH_CLIENT"))
}

func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// hostLogs finds where this host logs mail. The error says what was looked at and
// gives the ways on.
func hostLogs(ctx context.Context) ([]string, error) {
	list := source.Discover(ctx, source.Host{})
	if paths := source.Logs(list); len(paths) > 0 {
		return paths, nil
	}
	var closed []string
	for _, c := range list {
		if c.Err != nil && !absent(c.Err) {
			closed = append(closed, c.Err.Error())
		}
	}
	if len(closed) > 0 {
		return nil, failf("no mail log that can be read: %s", strings.Join(closed, "; "))
	}
	return nil, failf("no mail log on this host; three ways on: name one (mailtop /var/log/mail.log), see what was looked at (mailtop doctor), or try mailtop demo")
}

// logChecks tells of each log, named or found.
func logChecks(ctx context.Context, files []string) []check {
	var out []check
	if len(files) > 0 {
		for _, f := range files {
			if err := source.Check(f); err != nil {
				out = append(out, check{name: "log", fact: err.Error()})
			} else {
				out = append(out, check{name: "log", ok: true, fact: f + " can be read"})
			}
		}
		return out
	}
	usable := false
	for _, c := range source.Discover(ctx, source.Host{}) {
		switch {
		case c.Err != nil && absent(c.Err):
			continue
		case c.Err != nil:
			out = append(out, check{name: "log", fact: fmt.Sprintf("%s (%s)", c.Err, c.Why)})
		case c.Same != "":
			out = append(out, check{name: "log", ok: true, fact: fmt.Sprintf("%s holds the same as %s: read once", c.Path, c.Same)})
		default:
			usable = true
			out = append(out, check{name: "log", ok: true, fact: fmt.Sprintf("%s can be read, %s (%s)", c.Path, written(c), c.Why)})
		}
	}
	if !usable && len(out) == 0 {
		out = append(out, check{name: "log", fact: "no mail log found on this host", fix: "name one: mailtop /var/log/mail.log, or see it at work: mailtop demo"})
	}
	return out
}

func written(c source.Candidate) string {
	if c.Time.IsZero() {
		return "no size known"
	}
	return fmt.Sprintf("%d bytes, written to at %s", c.Size, c.Time.Format("2006-01-02 15:04:05 -0700"))
}
