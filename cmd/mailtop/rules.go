package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"mailtop/monitor/detect"
)

func rulesCommand() *cobra.Command {
	return &cobra.Command{
		Use: "rules", Short: "what is flagged, at which numbers, and what innocent thing looks the same", Example: "  mailtop rules", Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			for _, r := range detect.Rules() {
				if _, err := fmt.Fprintf(cmd.OutOrStdout(), "%s  %s\n  %s\n  could be: %s\n\n", r.ID, r.Attack, r.What, r.CouldBe); err != nil {
					return err
				}
			}
			return nil
		},
	}
}
