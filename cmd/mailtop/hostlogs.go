package main

import (
	"context"
	"errors"
	"io/fs"
	"net/netip"
	"os"
	"slices"

	"mailtop/monitor/source"
)

func hostSSHClient() netip.Addr {
	return sshClient(os.Getenv("SSH_CONNECTION"), os.Getenv("SSH_CLIENT"))
}

func absent(err error) bool { return errors.Is(err, fs.ErrNotExist) }

// hostLogs finds where this host logs mail: paths and names that source.Open takes.
// The error is a noLog.
func hostLogs(ctx context.Context) ([]string, error) {
	list := source.Discover(ctx, source.Host{})
	if paths := source.Logs(list); len(paths) > 0 {
		return paths, nil
	}
	return nil, exitError{exitFailed, &noLog{list}}
}

// noLog says that there is no mail log on this host that can be read.
type noLog struct{ looked []source.Candidate }

// closed are the logs that are there and may not be read.
func (n *noLog) closed() (list []*source.Denied) {
	for _, c := range n.looked {
		var d *source.Denied
		if errors.As(c.Err, &d) {
			list = append(list, d)
		}
	}
	// a closed file is more than a journal, which every host has
	slices.SortStableFunc(list, func(a, b *source.Denied) int { return rank(a) - rank(b) })
	return list
}

func rank(d *source.Denied) int {
	if d.Path == source.Journal {
		return 1
	}
	return 0
}

// Lines are what is wrong, and the ways on.
func (n *noLog) Lines() []string {
	closed := n.closed()
	if len(closed) == 0 {
		what := "no mail log on this host"
		for _, c := range n.looked {
			if c.Err != nil && c.Path != source.Journal {
				what += ": " + c.Err.Error()
				break
			}
		}
		return []string{what, "name one: mailtop /var/log/mail.log, see what was looked at: mailtop doctor, or try: mailtop demo"}
	}
	d := closed[0]
	fix := ""
	if len(d.Steps) > 0 {
		fix = d.Steps[0].String() + "; "
	}
	return []string{"no mail log that can be read here: " + whatIs(d), fix + "or name a FILE, or try: mailtop demo; more: mailtop doctor"}
}

// whatIs says what is closed, without the way out.
func whatIs(d *source.Denied) string {
	if d.Path == source.Journal {
		return d.Why
	}
	return d.Path + " may not be read: " + d.Why
}

// Error is both lines as one.
func (n *noLog) Error() string {
	l := n.Lines()
	return l[0] + "; " + l[1]
}
