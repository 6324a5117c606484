package probes

import "context"

// Probe does everything for one target as typed: parse, locate, plan, run. An error
// means that the target or the options make no sense; all else is a finding.
func Probe(ctx context.Context, env *Env, text string, o Options, emit func(Finding)) (Finding, error) {
	t, err := ParseTarget(text)
	if err != nil {
		return Finding{}, err
	}
	if err := o.Validate(); err != nil {
		return Finding{}, err
	}
	return Run(ctx, Plan(Locate(ctx, env, t), o), env, emit), nil
}
