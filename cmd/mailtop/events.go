package main

import (
	"bufio"
	"fmt"

	"github.com/spf13/cobra"

	"mailtop/logparse"
	"mailtop/logparse/clean"
	"mailtop/monitor"
	"mailtop/monitor/source"
)

func eventsCommand(o *options) *cobra.Command {
	var raw, unknown, follow bool
	var state, wire string
	cmd := &cobra.Command{
		Use:   "events [FILE...]",
		Short: "print every parsed event as JSON Lines",
		Long: "Prints one JSON object a line for each event that the log holds. A record that no template knows has the kind\n" +
			"unknown; --unknown groups those by pattern instead. With --state it goes on where the last run stopped, through\n" +
			"rotation and kill -9: a log shipper that prints each event once.",
		Example: "  mailtop events /var/log/mail.log | jq -r .kind | sort | uniq -c\n" +
			"  mailtop events --unknown /var/log/mail.log\n" +
			"  mailtop events -f --state /var/lib/mailtop/shipper >> /srv/mail-events.jsonl",
		RunE: func(cmd *cobra.Command, files []string) error {
			if wire != "" {
				return o.serveWire(cmd, files, wire, follow)
			}
			o.anyText = true
			if state != "" && unknown {
				return usagef("--state says where to go on; --unknown needs the whole log: leave one of them out")
			}
			m, err := remember("events", state, false, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			defer m.close()
			if err := m.resumeAt(o, len(files) > 0, depthReport); err != nil {
				return err
			}
			fd, err := o.feed(cmd.Context(), files, follow, depthReport)
			if err != nil {
				return err
			}
			if m != nil {
				m.begin(files, fd.set, cmd.OutOrStdout())
			}
			fd.start(cmd.Context())
			if unknown {
				return unknownPatterns(cmd, fd)
			}
			if m != nil {
				return shipEvents(cmd, fd, raw, m)
			}
			return printEvents(cmd, fd, raw)
		},
	}
	cmd.Flags().BoolVar(&raw, "raw", false, "with the text of every record")
	cmd.Flags().BoolVar(&unknown, "unknown", false, "only what no template knows, grouped by pattern")
	cmd.Flags().BoolVarP(&follow, "follow", "f", false, "go on at the end of the log")
	cmd.Flags().StringVar(&wire, "wire", "", "serve another mailtop: the records from where this token says")
	_ = cmd.Flags().MarkHidden("wire") // the flag is there
	stateFlag(cmd, &state)
	return cmd
}

func printEvents(cmd *cobra.Command, fd *feed, raw bool) error {
	w := bufio.NewWriterSize(cmd.OutOrStdout(), 256<<10)
	var buf []byte
	var werr error
	for b := range fd.batches {
		if werr == nil {
			buf, werr = writeBatch(w, buf, b, raw)
		}
		live := b.Live || b.Mark&source.Arrived != 0
		b.Release()
		if live && werr == nil {
			werr = w.Flush()
		}
		if werr != nil {
			return werr // the reader of our output went away
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return fd.end()
}

func writeBatch(w *bufio.Writer, buf []byte, b *source.Batch, raw bool) ([]byte, error) {
	for i := range b.Events {
		buf = appendEvent(buf[:0], b, &b.Events[i], b.Line(&b.Events[i]), raw)
		if _, err := w.Write(buf); err != nil {
			return buf, err
		}
	}
	return buf, nil
}

func appendEvent(buf []byte, b *source.Batch, e *logparse.Event, line int64, raw bool) []byte {
	x := logparse.JSONExtra{Source: b.Origin.Source, Offset: b.Offset + int64(e.Pos), Line: line, Raw: raw}
	return append(e.AppendJSON(buf, &b.Block, x), '\n')
}

// unknownPatterns counts what no template knows.
func unknownPatterns(cmd *cobra.Command, fd *feed) error {
	e := monitor.New(monitor.Options{})
	for b := range fd.batches {
		e.Ingest(b)
	}
	e.Finish()
	s := e.Snapshot(monitor.Scope{Rows: 1000})
	out := cmd.OutOrStdout()
	for _, p := range s.Unknown {
		fmt.Fprintf(out, "%8d  %s\n", p.Count, clean.String(p.Pattern))
		if p.Example != "" {
			fmt.Fprintf(out, "          %s\n", clean.String(p.Example))
		}
	}
	fmt.Fprintf(cmd.ErrOrStderr(), "mailtop: %d of %d events unknown\n", s.Coverage.Unknown, s.Coverage.Events)
	return fd.end()
}
