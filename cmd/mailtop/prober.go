package main

import (
	"context"

	"mailtop/probes"
)

// uiProber runs probes for the UI: the passive checks, as "mailtop probe" does.
type uiProber struct {
	env *probes.Env
	opt probes.Options
	err error
}

func newProber() *uiProber {
	env, err := newProbeEnv(probeFlags{timeout: probes.DefaultStep})
	return &uiProber{env, probes.Options{Local: localAddrs()}, err}
}

// Plan says what a run would do.
func (p *uiProber) Plan(ctx context.Context, target string) (string, error) {
	if p.err != nil {
		return "", p.err
	}
	t, err := probes.ParseTarget(target)
	if err != nil {
		return "", err
	}
	return probes.Plan(probes.Locate(ctx, p.env, t), p.opt).String(), nil
}

// Probe runs it.
func (p *uiProber) Probe(ctx context.Context, target string, emit func(probes.Finding)) error {
	if p.err != nil {
		return p.err
	}
	_, err := probes.Probe(ctx, p.env, target, p.opt, emit)
	return err
}
