package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"golang.org/x/sys/unix"

	"mailtop/monitor/source"
)

// wireHello asks whether this mailtop can serve another one.
const wireHello = "hello"

// serveWire is the other end of --ssh: it sends the records of this host's logs, from
// where the token says, to the mailtop that called.
func (o *options) serveWire(cmd *cobra.Command, files []string, token string, follow bool) error {
	if token == wireHello {
		_, err := fmt.Fprintln(cmd.OutOrStdout(), source.WireHello)
		return err
	}
	resume, err := source.WireResume(token)
	if err != nil {
		return usagef("--wire: %w", err)
	}
	o.anyText, o.resume = true, resume
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	go func() {
		waitGone(os.Stdout)
		cancel()
	}()
	fd, err := o.feed(ctx, files, follow, depthWatch)
	if err != nil {
		return err
	}
	w, err := source.NewWireWriter(cmd.OutOrStdout(), fd.set)
	if err != nil {
		return err
	}
	fd.start(ctx)
	for b := range fd.batches {
		err := w.Write(b)
		b.Release()
		if err != nil {
			return err // the other side went away
		}
	}
	return errors.Join(w.Flush(), fd.end())
}

// waitGone returns when nobody reads what is written to a pipe or socket any more:
// a quiet log would never show it. For other files it does not return.
func waitGone(f *os.File) {
	for {
		fds := []unix.PollFd{{Fd: int32(f.Fd())}}
		if n, err := unix.Poll(fds, -1); n > 0 || err != nil && !errors.Is(err, unix.EINTR) {
			return
		}
	}
}
