package smtpwire

import "time"

// Phase names the part of the dialogue that bytes and times belong to.
type Phase uint8

// The phases in the order of a session.
const (
	PhaseResolve Phase = iota
	PhaseConnect
	PhaseBanner
	PhaseEhlo
	PhaseStartTLS
	PhaseHandshake
	PhaseEhlo2 // after the handshake
	PhaseAuth
	PhaseMail
	PhaseRcpt
	PhaseData
	PhaseDot
	PhaseRset
	PhaseCommand // any other command
	PhaseQuit
)

var phaseNames = [...]string{"resolve", "connect", "banner", "ehlo", "starttls", "handshake", "ehlo2",
	"auth", "mail", "rcpt", "data", "dot", "rset", "command", "quit"}

// String is the phase's word in transcripts and JSON.
func (p Phase) String() string {
	if int(p) < len(phaseNames) {
		return phaseNames[p]
	}
	return "unknown"
}

// Timing is how long one phase took. First is zero when no byte came.
type Timing struct {
	Phase             Phase
	Start, First, End time.Time
	Class             Class // ClassNone when it went well
}

// Took is the time from start to end.
func (t Timing) Took() time.Duration { return t.End.Sub(t.Start) }

// begin opens a timing; finish closes it.
func (c *Conn) begin(p Phase) int {
	c.phase = p
	if len(c.times) >= maxTimings { // the last slot is used again: a long session keeps its first phases
		c.times = c.times[:maxTimings-1]
	}
	c.times = append(c.times, Timing{Phase: p, Start: c.o.Now()})
	return len(c.times) - 1
}

func (c *Conn) firstByte(now time.Time) {
	if i := len(c.times) - 1; i >= 0 && c.times[i].First.IsZero() {
		c.times[i].First = now
	}
}

func (c *Conn) finish(i int, err error) error {
	t := &c.times[i]
	t.End = c.o.Now()
	err = c.wrap(t.Phase, err)
	t.Class = ClassOf(err)
	return err
}

// Timings lists the phases so far.
func (c *Conn) Timings() []Timing { return append([]Timing(nil), c.times...) }

// Timing is the first timing of a phase.
func (c *Conn) Timing(p Phase) (Timing, bool) {
	for _, t := range c.times {
		if t.Phase == p {
			return t, true
		}
	}
	return Timing{}, false
}
