package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"mailtop/cmd/mailtop/demo"
	"mailtop/logparse"
	"mailtop/monitor"
	"mailtop/monitor/detect"
	"mailtop/monitor/own"
	"mailtop/monitor/source"
	"mailtop/tui"
)

func demoCommand(o *options) *cobra.Command {
	var speed float64
	cmd := &cobra.Command{
		Use:   "demo",
		Short: "see mailtop at work on a small mail server of its own",
		Long: "Starts a small SMTP server on free loopback ports, drives real SMTP sessions against it (everyday mail, and attacks\n" +
			"that come and go), and opens the UI on the log that it writes. The server is the probe target, too. Nothing of it\n" +
			"leaves this host, and nothing is left behind.",
		Example: "  mailtop demo",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !isTerminal(cmd.OutOrStdout()) {
				return failf("the demo needs a terminal; without one, try: mailtop report /var/log/mail.log")
			}
			if speed <= 0 || speed > 20 {
				return usagef("--speed %g: between 0.1 and 20", speed)
			}
			return o.runDemo(cmd, demo.Options{Speed: speed})
		},
	}
	cmd.Flags().Float64Var(&speed, "speed", 1, "how much shorter the pauses between attacks are")
	return cmd
}

// runDemo shows the UI on a demo server that lives as long as the UI does.
func (o *options) runDemo(cmd *cobra.Command, opt demo.Options) error {
	ctx, cancel := context.WithCancel(cmd.Context())
	defer cancel()
	d, err := demo.Start(ctx, opt)
	if err != nil {
		return failf("the demo server did not start: %w", err)
	}
	defer d.Close()
	set, err := source.Files(source.Options{Follow: true, Parse: logparse.Options{Loc: time.UTC}}, d.LogPath)
	if err != nil {
		return failf("the demo's log: %w", err)
	}
	mine := &own.Set{}
	facts := detect.Facts{Host: d.Host, LocalDomains: []string{d.Domain}, SSHClient: hostSSHClient(), Known: true, Tools: demoTools}
	e := monitor.New(monitor.Options{Facts: facts, Now: time.Now, Own: mine, Quiet: true})
	batches := make(chan *source.Batch, 8)
	go func() {
		set.Run(ctx, batches)
		close(batches)
	}()
	go e.Run(ctx, batches, set.Status)
	targets := make([]string, len(d.Targets))
	for i, t := range d.Targets {
		targets[i] = demoTarget(t)
	}
	c := tui.Config{Monitor: &liveMonitor{e}, TZ: time.Local, Demo: true, Prober: newProber(mine, d.LogPath), Targets: targets}
	return o.show(ctx, cmd, c, nil)
}

// demoTools are those that a mail host with Postfix has: the demo shows the
// commands that such a host would get.
var demoTools = []string{"nft", "postqueue", "postconf", "qshape"}

// demoTarget writes a target so that the probe knows what an odd port is for.
func demoTarget(t demo.Target) string {
	role := map[uint16]string{25: "smtp", 587: "submission", 465: "submissions"}[t.Role]
	return t.Addr + "/" + role
}
