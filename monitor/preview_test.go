package monitor

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	"mailtop/monitor/source"
)

// hand is a source that a test drives: it says what it has read and when it is live.
type hand struct {
	in     chan *source.Batch
	status source.Status
	engine *Engine
}

func newHand(ctx context.Context, size int64) *hand {
	h := &hand{in: make(chan *source.Batch), engine: New(Options{})}
	h.status = source.Status{Name: "test.log", Size: size}
	go h.engine.Run(ctx, h.in, func() []source.Status { return []source.Status{h.status} })
	return h
}

// feed has the engine take a part of a log, in its own goroutine.
func (h *hand) feed(t *testing.T, ctx context.Context, log []byte, offset int) {
	t.Helper()
	if !h.engine.Do(ctx, func() {
		readFrom(t, h.engine, "test.log", log, 4096)
		h.status.Read = int64(offset + len(log))
	}) {
		t.Fatal("the engine stopped")
	}
}

// While the past is read the screen shows the end of the log; incidents come from
// the ordered pass alone, nothing says that all is well, and on arrival at now the
// preview is gone.
func TestPreview(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	log := scenarioLog(t, "guessed") // an account is guessed at its end
	half := bytes.IndexByte(log[len(log)/4:], '\n') + len(log)/4 + 1
	main, end := newHand(ctx, int64(len(log))), newHand(ctx, int64(len(log)))
	dropped := 0
	s := NewStaged(main.engine, end.engine, func() { dropped++ })
	look := func() Snapshot {
		t.Helper()
		snap, ok := s.Snapshot(ctx, Scope{})
		if !ok {
			t.Fatal("no answer")
		}
		return snap
	}
	if snap := look(); snap.Coverage.Preview != nil || snap.Verdict.Text != "Nothing read yet." {
		t.Errorf("before anything was read: %+v", snap.Verdict)
	}

	end.feed(t, ctx, log, 0) // the preview is there first, and sees an attack
	snap := look()
	if snap.Coverage.Preview == nil || len(snap.Clients) == 0 || snap.Totals.Connections == 0 {
		t.Errorf("the screen is empty: %+v, %+v", snap.Coverage, snap.Totals)
	}
	if len(snap.Incidents)+len(snap.Noise) > 0 || snap.Seq != 0 {
		t.Errorf("incidents of the preview: %v", snap.Incidents)
	}
	for _, r := range snap.Clients {
		if r.Incident != "" || r.Severity != 0 {
			t.Errorf("an incident of the preview marks %s", r.IP)
		}
	}
	if snap.Queue.Known {
		t.Errorf("a queue depth out of the end of a log: %+v", snap.Queue)
	}

	main.feed(t, ctx, log[:half], 0)
	snap = look()
	if c := snap.Coverage; c.Fraction < 0.2 || c.Fraction > 0.3 || c.Live || c.To.Equal(snap.Now) {
		t.Errorf("coverage is not that of the main engine: %+v", c)
	}
	for _, want := range []string{"Reading", "25%", "The counts below are of "} {
		if !strings.Contains(snap.Verdict.Text, want) {
			t.Errorf("verdict %q lacks %q", snap.Verdict.Text, want)
		}
	}
	if strings.Contains(snap.Verdict.Text, "Nothing needs action") {
		t.Errorf("all is well too early: %q", snap.Verdict.Text)
	}
	if dropped != 0 {
		t.Error("the preview was dropped before the arrival")
	}

	main.feed(t, ctx, log[half:], half)
	if !main.engine.Do(ctx, func() { main.status.Live = true }) {
		t.Fatal("the engine stopped")
	}
	snap = look()
	if snap.Coverage.Preview != nil || !snap.Coverage.Live || !strings.HasPrefix(snap.Verdict.Text, "Act now") || dropped != 1 {
		t.Errorf("after the arrival: %+v, %q, dropped %d times", snap.Coverage, snap.Verdict.Text, dropped)
	}
	if look(); dropped != 1 {
		t.Errorf("dropped %d times", dropped)
	}
	alone, _ := NewStaged(main.engine, nil, nil).Snapshot(ctx, Scope{})
	if asJSON(t, alone) != asJSON(t, snap) {
		t.Error("the preview left something behind")
	}
}
