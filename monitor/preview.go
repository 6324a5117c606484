package monitor

import (
	"context"
	"sync"
)

// Staged is an engine that reads a long past, and beside it a throw-away one over
// the end of the same sources, which fills the screen meanwhile. What is shown of
// the second one is what it counted and the records it read. Incidents, the host's
// verdict and what was read are those of the first one alone: it sees everything,
// in order.
type Staged struct {
	main *Engine

	mu      sync.Mutex
	preview *Engine
	drop    func() // ends the preview
}

// NewStaged takes the main engine and a preview with what ends it; both may be nil.
func NewStaged(main, preview *Engine, drop func()) *Staged {
	return &Staged{main: main, preview: preview, drop: drop}
}

// Snapshot is the state for a scope; false when the engine has stopped or ctx is
// done. Once the main engine has arrived at now the preview is gone for good.
func (s *Staged) Snapshot(ctx context.Context, sc Scope) (Snapshot, bool) {
	var all, end Snapshot
	if !s.main.Do(ctx, func() { all = s.main.Snapshot(sc) }) {
		return all, false
	}
	p := s.ahead(all.Coverage.Live)
	if p == nil || !p.Do(ctx, func() { end = p.Snapshot(sc) }) || end.Coverage.From.IsZero() {
		return all, true
	}
	return overlay(all, end), true
}

// ahead is the preview as long as it is needed.
func (s *Staged) ahead(arrived bool) *Engine {
	s.mu.Lock()
	defer s.mu.Unlock()
	if arrived && s.preview != nil {
		s.preview = nil
		if s.drop != nil {
			s.drop()
		}
	}
	return s.preview
}

// overlay puts what the preview counted into the place of what the main engine has
// counted so far. The depth of the queue is not known from the end of a log.
func overlay(all, end Snapshot) Snapshot {
	out := end
	out.Coverage = all.Coverage
	out.Coverage.Preview = &Preview{end.Coverage.From, end.Coverage.To}
	out.Incidents, out.Noise, out.Seq, out.Sources = all.Incidents, all.Noise, all.Seq, all.Sources
	for i := range out.Clients { // what the preview holds against them is no finding
		out.Clients[i].Severity, out.Clients[i].Incident = 0, ""
	}
	for i := range out.Accounts {
		out.Accounts[i].Severity, out.Accounts[i].Incident = 0, ""
	}
	if all.Host != "" {
		out.Host = all.Host
	}
	out.Queue = all.Queue
	if all.Queue.Method == MethodLog {
		out.Queue = QueueState{}
	}
	for i := range out.Series {
		if v := out.Series[i].Values; out.Series[i].Level {
			for k := range v {
				v[k] = Missing
			}
		}
	}
	out.Verdict = verdict(&out)
	return out
}
