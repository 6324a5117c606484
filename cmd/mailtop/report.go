package main

import (
	"encoding/json"
	"time"

	"github.com/spf13/cobra"

	"mailtop/monitor"
	"mailtop/monitor/detect"
	"mailtop/monitor/report"
)

func reportCommand(o *options) *cobra.Command {
	var form string
	var top int
	var exitWithCode bool
	cmd := &cobra.Command{
		Use:   "report [FILE...]",
		Short: "one page about a log: verdict, incidents, totals, reasons, tables",
		Example: "  mailtop report\n" +
			"  mailtop report --since yesterday --format json /var/log/mail.log",
		RunE: func(cmd *cobra.Command, files []string) error {
			if _, err := format(form, "text", "json"); err != nil {
				return err
			}
			if top < 1 {
				return usagef("--top %d: a table needs at least one row", top)
			}
			r, w, err := o.makeReport(cmd, files, top, form == "json")
			if err != nil && r == nil {
				return err
			}
			if werr := writeReport(cmd, r, form, w.loc); werr != nil {
				return werr
			}
			if err == nil && exitWithCode && worthExit(r.Incidents) {
				return findings
			}
			return err
		},
	}
	cmd.Flags().StringVar(&form, "format", "text", "text or json")
	cmd.Flags().IntVar(&top, "top", 10, "rows a table")
	cmd.Flags().BoolVar(&exitWithCode, "exit-code", false, "exit with 1 when there is an incident of medium severity or above")
	return cmd
}

// makeReport reads the log to its end. A log that broke off is reported as far as
// it went, together with the error. evidence: with the text of the incidents' records.
func (o *options) makeReport(cmd *cobra.Command, files []string, top int, evidence bool) (*report.Report, when, error) {
	fd, err := o.feed(cmd.Context(), files, false, depthReport)
	if err != nil {
		return nil, when{}, err
	}
	fd.late = true
	e := o.engine(cmd.Context(), fd, monitor.Options{Report: true, Quiet: true})
	fd.start(cmd.Context())
	for b := range fd.batches {
		e.Ingest(b)
	}
	e.Finish()
	err = fd.end()
	r := e.Report(top)
	if evidence {
		fillAll(e, r.Incidents)
	}
	return &r, fd.w, err
}

func writeReport(cmd *cobra.Command, r *report.Report, form string, loc *time.Location) error {
	if form == "json" {
		enc := json.NewEncoder(cmd.OutOrStdout())
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		return enc.Encode(r)
	}
	return r.Text(cmd.OutOrStdout(), loc)
}

func worthExit(list []detect.Incident) bool {
	for i := range list {
		if list[i].Severity >= detect.Medium {
			return true
		}
	}
	return false
}
