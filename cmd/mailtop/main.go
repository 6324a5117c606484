// Command mailtop is a terminal monitor for mail servers and a live SMTP relay
// tester.
//
// What goes where: results to stdout, diagnostics to stderr, one line each, lower
// case, prefixed with the program's name, naming the input and the way out.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"runtime/debug"
	"strings"
	"syscall"

	"charm.land/fang/v2"
	"github.com/spf13/cobra"

	"mailtop/logparse/clean"
)

// version is set by the linker for releases.
var version = ""

// Exit codes of every command.
const (
	exitFine     = 0
	exitFindings = 1
	exitUsage    = 2
	exitFailed   = 3
)

// exitError ends the program with a code; err may be nil where the output has
// said all there is to say.
type exitError struct {
	code int
	err  error
}

func (e exitError) Error() string {
	if e.err == nil {
		return ""
	}
	return e.err.Error()
}

func (e exitError) Unwrap() error { return e.err }

// ExitCode is the process's exit code.
func (e exitError) ExitCode() int { return e.code }

// usagef is a mistake in the command line, failf something that could not be read
// or run.
func usagef(format string, args ...any) error {
	return exitError{exitUsage, fmt.Errorf(format, args...)}
}
func failf(format string, args ...any) error {
	return exitError{exitFailed, fmt.Errorf(format, args...)}
}

// findings says that the result holds something to act upon.
var findings = exitError{code: exitFindings}

func main() {
	widenPath()
	os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}

func run(args []string, in io.Reader, out, errw io.Writer) int {
	debug.SetGCPercent(gcPercent)
	debug.SetMemoryLimit(memoryLimit)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	defer stop()
	// a reader that went away (head, less) ends the program without noise
	signal.Ignore(syscall.SIGPIPE)
	root := rootCommand()
	root.SetArgs(args)
	root.SetIn(in)
	root.SetOut(out)
	root.SetErr(errw)
	err := fang.Execute(ctx, root, fang.WithVersion(versionText()), fang.WithErrorHandler(func(w io.Writer, _ fang.Styles, err error) {
		complain(w, err)
	}))
	return exitCode(err)
}

// The heap may grow by gcPercent before it is collected. Every table has a cap, so
// what is live stays far below memoryLimit, which is for the case that it does not.
const (
	gcPercent   = 25
	memoryLimit = 192 << 20
)

func complain(w io.Writer, err error) {
	var silent probeExit // the output has said it
	if errors.As(err, &silent) || errors.Is(err, syscall.EPIPE) {
		return
	}
	lines := []string{err.Error()}
	var none *noLog
	if errors.As(err, &none) {
		lines = none.Lines()
	}
	for _, text := range lines {
		if text != "" {
			fmt.Fprintf(w, "mailtop: %s\n", clean.String(strings.ReplaceAll(text, "\n", "; ")))
		}
	}
}

func exitCode(err error) int {
	var e interface{ ExitCode() int }
	switch {
	case err == nil, errors.Is(err, syscall.EPIPE):
		return exitFine
	case errors.As(err, &e):
		return e.ExitCode()
	}
	return exitUsage // what cobra itself says is about the command line
}

func versionText() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "devel"
}

func rootCommand() *cobra.Command {
	o := &options{}
	root := &cobra.Command{
		Use:   "mailtop [FILE...]",
		Short: "a terminal monitor for mail servers and a live SMTP relay tester",
		Long: "mailtop follows the mail log of this host, says in one sentence whether the host is under attack, sending spam\n" +
			"or not delivering, and shows the log lines that prove it. Without FILE it finds the log by itself. When the\n" +
			"output is not a terminal it prints a report instead.",
		Example: "  mailtop                          # the log of this host\n" +
			"  mailtop /var/log/mail.log        # a file, read whole, then followed\n" +
			"  mailtop demo                     # see it at work, without a mail server",
		Args:          cobra.ArbitraryArgs,
		SilenceUsage:  true,
		SilenceErrors: true,
		RunE:          func(cmd *cobra.Command, files []string) error { return runUI(cmd, o, files) },
	}
	o.register(root)
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return usagef("%w; see %s --help", err, cmd.CommandPath())
	})
	root.AddCommand(eventsCommand(o), watchCommand(o), reportCommand(o), doctorCommand(), demoCommand(o), rulesCommand(), probeCommand(), versionCommand())
	return root
}

func versionCommand() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "print the version", Example: "  mailtop version", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			_, err := fmt.Fprintf(cmd.OutOrStdout(), "mailtop %s\n", versionText())
			return err
		},
	}
}
