package main

import (
	"context"
	"net/netip"
	"os"
	"slices"

	"mailtop/monitor/own"
	"mailtop/probes"
)

// uiProber runs probes for the UI, as "mailtop probe" does.
type uiProber struct {
	env  *probes.Env
	logs []string // of this host: a submitted message is followed in the first
	err  error
}

// newProber notes its sessions in mine, so that the monitor knows them in the log.
func newProber(mine *own.Set, logs ...string) *uiProber {
	env, err := newProbeEnv(probeFlags{timeout: probes.DefaultStep})
	if err == nil {
		env.Sent = noteOwn(mine)
	}
	return &uiProber{env: env, logs: logs, err: err}
}

// Work plans a run. It looks names up and sends nothing to the target.
func (p *uiProber) Work(ctx context.Context, target string, o probes.Options) (probes.Work, error) {
	if p.err != nil {
		return probes.Work{}, p.err
	}
	t, err := probes.ParseTarget(target)
	if err != nil {
		return probes.Work{}, err
	}
	o.Local = localAddrs()
	if len(o.Check) > 0 { // only then can there be a step that a ban tool minds
		o.BanTool = banTool(ctx)
	}
	if err := o.Validate(); err != nil {
		return probes.Work{}, err
	}
	return probes.Plan(probes.Locate(ctx, p.env, t), o), nil
}

// Run does what was planned. A message sent to this host is followed in its log.
func (p *uiProber) Run(ctx context.Context, w probes.Work, emit func(probes.Finding), note func(netip.AddrPort, string)) error {
	if p.err != nil {
		return p.err
	}
	env := *p.env
	env.Workers = probes.DefaultWorkers
	own := slices.ContainsFunc(w.Steps, func(s probes.Step) bool { return s.Own })
	if log := firstFile(p.logs); own && log != "" {
		if follow, err := followLog(log); err == nil {
			env.Follow = follow
		}
	}
	env.OnStep = func(at netip.AddrPort, s probes.LifeStep) { note(at, stepText(s)) }
	probes.Run(ctx, w, &env, emit)
	return nil
}

// stepText is a step of a message's life as one line.
func stepText(s probes.LifeStep) string {
	text := s.Time.Format("15:04:05") + " " + s.QueueID + " " + s.What
	for _, p := range []struct{ word, value string }{{"for", s.To}, {"by", s.Relay}, {"says", s.Reply}, {"as", s.RemoteID}, {"notice", s.ChildID}} {
		if p.value != "" {
			text += " " + p.word + " " + p.value
		}
	}
	return text
}

// Listening is what listens on this host.
func (p *uiProber) Listening(ctx context.Context) []probes.Socket {
	list, _ := listeners(ctx) // nothing to offer is no fault
	return list
}

// names are those of the sources of a feed, as far as they are known.
func (fd *feed) names() []string {
	var out []string
	for _, s := range fd.set.Status() {
		out = append(out, s.Name)
	}
	return out
}

// firstFile is the first log that can be followed.
func firstFile(logs []string) string {
	for _, l := range logs {
		if fi, err := os.Stat(l); err == nil && fi.Mode().IsRegular() {
			return l
		}
	}
	return ""
}
