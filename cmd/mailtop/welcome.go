package main

import (
	"context"
	"errors"
	"strings"

	"github.com/spf13/cobra"

	"mailtop/cmd/mailtop/demo"
	"mailtop/monitor/source"
	"mailtop/tui"
)

// firstRun shows the ways on where this host has no log that can be read; any other
// error it hands back.
func (o *options) firstRun(cmd *cobra.Command, err error) error {
	var none *noLog
	if !errors.As(err, &none) {
		return err
	}
	c := tui.Config{NoColor: o.noColor, ASCII: o.ascii}
	choice, werr := tui.Welcome(cmd.Context(), c, firstPage(none), func(ctx context.Context) tui.First {
		list := source.Discover(ctx, source.Host{})
		if len(source.Logs(list)) > 0 {
			return tui.First{Found: true}
		}
		none = &noLog{list}
		return firstPage(none)
	})
	switch {
	case werr != nil:
		return failf("the terminal: %w", werr)
	case choice == tui.Found:
		return runUI(cmd, o, nil)
	case choice == tui.Demo:
		return o.runDemo(cmd, demo.Options{Speed: 1})
	}
	return exitError{exitFailed, none}
}

// firstPage says what stands in the way and the three ways on: mend it or name a
// log, and see mailtop at work meanwhile.
func firstPage(n *noLog) tui.First {
	f := tui.First{What: "There is no mail log on this host, as far as mailtop can find one."}
	for _, c := range n.looked {
		if c.Err != nil {
			var d *source.Denied
			if errors.As(c.Err, &d) {
				f.Seen = append(f.Seen, whatIs(d))
				continue
			}
			f.Seen = append(f.Seen, strings.TrimSuffix(c.Err.Error(), ": file does not exist"))
		}
	}
	if closed := n.closed(); len(closed) > 0 {
		f.What = closed[0].Path + " may not be read by you: " + closed[0].Why + "."
		if closed[0].Path == source.Journal {
			f.What = "No mail log that you may read: " + closed[0].Why + "."
		}
		f.Seen = f.Seen[:0]
		for _, d := range closed[1:] {
			f.Seen = append(f.Seen, whatIs(d))
		}
		for _, s := range closed[0].Steps {
			f.Ways = append(f.Ways, tui.Way{Text: strings.ToUpper(s.Text[:1]) + s.Text[1:], Command: s.Command})
		}
	} else {
		f.Seen = append(f.Seen, "/var/log/mail.log, /var/log/maillog, the logs of Exim, Dovecot and rspamd, containers: none there")
		f.Ways = append(f.Ways, tui.Way{Text: "See what was looked at, and what mends it", Command: "mailtop doctor"})
	}
	f.Ways = append(f.Ways,
		tui.Way{Text: "Name a log: a file, a compressed one, or - for a pipe", Command: "mailtop /var/log/mail.log"},
		tui.Way{Text: "See mailtop at work on a small mail server of its own (d)", Command: "mailtop demo"})
	return f
}
