package probes

import (
	"fmt"
	"math"
	"net/netip"
	"slices"
	"strings"

	"mailtop/logparse/clean"
)

// Bounds of a history.
const (
	historyKeep  = 1000 // newest samples of a phase
	historyPorts = 2048
)

// History collects the reach findings of many rounds: how often a port greeted, and how long each phase took.
type History struct {
	order []string
	rows  map[string]*historyRow
}

type historyRow struct {
	sent, lost int
	last       string
	phases     map[string][]float64
}

// NewHistory returns an empty one.
func NewHistory() *History { return &History{rows: map[string]*historyRow{}} }

// Add takes a finding; only those of the check "reach" count.
func (h *History) Add(f Finding) {
	if f.Check != "reach" || f.Verdict == Skipped {
		return
	}
	key := f.Target + " " + place(f)
	if a, err := netip.ParseAddr(f.Address); err == nil {
		key = f.Target + " " + netip.AddrPortFrom(a, f.Port).String()
	}
	r := h.rows[key]
	if r == nil {
		if len(h.rows) >= historyPorts {
			return
		}
		r = &historyRow{phases: map[string][]float64{}}
		h.rows[key], h.order = r, append(h.order, key)
	}
	r.sent++
	r.last = f.Result
	if f.Result != "open" && f.Result != "slow_banner" {
		r.lost++
		return
	}
	times, _ := f.Values["seconds"].(map[string]float64)
	for p, s := range times {
		list := append(r.phases[p], s)
		r.phases[p] = list[max(0, len(list)-historyKeep):]
	}
}

// Loss is the share of rounds in which a port did not greet, and the number of rounds.
func (h *History) Loss(target string, ap netip.AddrPort) (share float64, rounds int) {
	r := h.rows[target+" "+ap.String()]
	if r == nil {
		return 0, 0
	}
	return float64(r.lost) / float64(r.sent), r.sent
}

// Text is a table: a line a port and below it one a phase.
func (h *History) Text(width int) string {
	var b strings.Builder
	for _, key := range h.order {
		r := h.rows[key]
		fold(&b, "  ", fmt.Sprintf("%s: %d of %d lost (%.0f%%), last %s", clean.String(key), r.lost, r.sent, 100*float64(r.lost)/float64(r.sent), r.last), width)
		for p := range phaseOrder() {
			if s := r.phases[p]; len(s) > 0 {
				fmt.Fprintf(&b, "    %-10s median %8.1f ms  95%% %8.1f ms  worst %8.1f ms\n", p, 1000*percentile(s, 50), 1000*percentile(s, 95), 1000*percentile(s, 100))
			}
		}
	}
	return b.String()
}

func phaseOrder() func(func(string) bool) {
	return slices.Values([]string{"connect", "banner", "ehlo", "starttls", "handshake", "ehlo2"})
}

// percentile is the smallest sample that p percent do not exceed.
func percentile(samples []float64, p float64) float64 {
	s := slices.Sorted(slices.Values(samples))
	i := int(math.Ceil(p/100*float64(len(s)))) - 1
	return s[max(0, min(i, len(s)-1))]
}
