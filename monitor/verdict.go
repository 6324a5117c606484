package monitor

import (
	"fmt"
	"time"

	"mailtop/monitor/detect"
)

// verdict is the one sentence that a tired reader gets. It never speaks of time
// that was not read, and never says that all is well before everything was.
func verdict(s *Snapshot) Verdict {
	c := &s.Coverage
	if c.Lines == 0 && c.Preview == nil {
		return nothingRead(s)
	}
	open := 0
	for i := range s.Incidents {
		if s.Incidents[i].Open() && s.Incidents[i].Group == "" {
			open++
		}
	}
	if open == 0 {
		return quiet(s)
	}
	worst := root(s)
	lead := "Look at this: "
	if worst.Severity >= detect.High {
		lead = "Act now: "
	}
	text := lead + worst.Title
	if open > 1 {
		text += fmt.Sprintf(" (and %d more)", open-1)
	}
	return Verdict{worst.Severity, text + "." + soFar(c), worst.ID}
}

// root is the worst open incident, and of a group the one that leads it.
func root(s *Snapshot) *detect.Incident {
	worst := &s.Incidents[0]
	for i := range s.Incidents {
		if inc := &s.Incidents[i]; inc.Open() && inc.Group == "" {
			return inc
		}
	}
	return worst
}

func nothingRead(s *Snapshot) Verdict {
	for _, src := range s.Sources {
		if src.Err != "" {
			return Verdict{detect.Low, "No log is read: " + src.Err, ""}
		}
	}
	if s.Coverage.Ended {
		return Verdict{detect.Low, "The log is empty: nothing can be said.", ""}
	}
	return Verdict{detect.Info, "Nothing read yet.", ""}
}

func quiet(s *Snapshot) Verdict {
	c := &s.Coverage
	if c.Preview == nil && (c.Events == c.Unknown || c.From.IsZero()) {
		return Verdict{detect.Low, fmt.Sprintf("None of the %d lines read is mail log that mailtop knows: is this the right file?", c.Lines), ""}
	}
	if !c.Live {
		return Verdict{detect.Info, "Reading: no verdict yet." + soFar(c), ""}
	}
	text := fmt.Sprintf("Nothing needs action in what the log holds since %s.", stamp(c.From))
	if n := len(s.Noise); n > 0 {
		text += fmt.Sprintf(" %d findings of lower severity.", n)
	}
	return Verdict{detect.Info, text, ""}
}

// soFar says how far reading has come while it goes on.
func soFar(c *Coverage) string {
	if c.Live {
		return ""
	}
	text := fmt.Sprintf(" Read %s to %s (%d%%).", stamp(c.From), stamp(c.To), int(100*c.Fraction))
	if c.From.IsZero() {
		text = ""
	}
	if p := c.Preview; p != nil {
		text += fmt.Sprintf(" The counts below are of %s to %s.", stamp(p.From), p.To.Format("15:04"))
	}
	return text
}

func stamp(t time.Time) string { return t.Format("2006-01-02 15:04") + " UTC" }
