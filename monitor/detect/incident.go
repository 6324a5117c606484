// Package detect holds the rules and the life cycle of incidents.
package detect

import (
	"fmt"
	"time"
)

// Severity orders incidents. Medium and above enter the incident list; what is
// below is noise: counted, listed apart.
type Severity uint8

const (
	Info Severity = iota
	Low
	Medium
	High
	Critical
)

var severityNames = [...]string{"info", "low", "medium", "high", "critical"}

func (s Severity) String() string { return severityNames[s] }

// MarshalText writes the word of the JSON contract.
func (s Severity) MarshalText() ([]byte, error) { return []byte(s.String()), nil }

// UnmarshalText reads it back.
func (s *Severity) UnmarshalText(b []byte) error {
	for i, n := range severityNames {
		if n == string(b) {
			*s = Severity(i)
			return nil
		}
	}
	return fmt.Errorf("severity %q is none of info, low, medium, high, critical", b)
}

// Subject types of the JSON contract.
const (
	SubjectIP          = "ip"
	SubjectPrefix      = "prefix"
	SubjectAccount     = "account"
	SubjectDomain      = "domain"
	SubjectRecipient   = "recipient"
	SubjectList        = "list"
	SubjectSite        = "site"
	SubjectSource      = "source"
	SubjectTemplate    = "template"
	SubjectProvider    = "provider"
	SubjectDestination = "destination"
	SubjectService     = "service"
	SubjectDirection   = "direction"
	SubjectQueue       = "queue"
)

// Subject is what an incident is about. Value is foreign text.
type Subject struct {
	Type  string `json:"type"`
	Value string `json:"value"`
}

// Signal is one condition of a rule with the number that was seen: why an
// incident is open, or what is missing for a higher severity.
type Signal struct {
	Signal string  `json:"signal"`           // in words: "failed logins"
	Value  float64 `json:"value"`            // seen
	Limit  float64 `json:"limit"`            // needed
	Window float64 `json:"window,omitempty"` // seconds; 0 where the signal has no window
	Met    bool    `json:"met"`
}

// Actor is somebody who took part. Value is foreign text.
type Actor struct {
	Type  string    `json:"type"`
	Value string    `json:"value"`
	Count int64     `json:"count"`
	First time.Time `json:"first"`
	Last  time.Time `json:"last"`
}

// Evidence points at a log record; Text is filled when the record is re-read to
// be shown, and is foreign text.
type Evidence struct {
	Source string `json:"source"`
	Offset int64  `json:"offset"`
	Line   int64  `json:"line,omitempty"`
	Text   string `json:"text,omitempty"`
	// SourceID is the number under which the engine knows the source; the engine
	// puts the name in its place.
	SourceID uint32 `json:"-"`
}

// Advice is a step to take. Command and Undo are one line each, safe to paste:
// they are built from typed slots only. mailtop never runs them.
type Advice struct {
	Text    string `json:"text"`
	Command string `json:"command,omitempty"`
	Undo    string `json:"undo,omitempty"`
}

// Incident is a finding of the monitor as everybody sees it: a plain value.
type Incident struct {
	ID       string           `json:"id"`
	Host     string           `json:"host"`
	Rule     string           `json:"rule"`
	Severity Severity         `json:"severity"`
	Subject  Subject          `json:"subject"`
	Opened   time.Time        `json:"opened"`
	Updated  time.Time        `json:"updated"`
	Resolved time.Time        `json:"resolved,omitzero"`
	Title    string           `json:"title"`
	Why      []Signal         `json:"why,omitempty"`
	Counts   map[string]int64 `json:"counts,omitempty"`
	Actors   []Actor          `json:"actors,omitempty"`
	Group    string           `json:"group,omitempty"`  // id of the group's root incident
	Attack   string           `json:"attack,omitempty"` // ATT&CK technique
	Evidence []Evidence       `json:"evidence,omitempty"`
	Advice   []Advice         `json:"advice,omitempty"`
	// CouldBe says in words what innocent thing looks like this.
	CouldBe string `json:"could_be,omitempty"`
}

// Open says whether the incident is still going on.
func (i *Incident) Open() bool { return i.Resolved.IsZero() }

// Change events.
const (
	Opened    = "opened"
	Escalated = "escalated"
	Updated   = "updated"
	Resolved  = "resolved"
	Gap       = "gap" // the reader fell behind; what follows is the open set
)

// Change is one entry of the ordered log of incident changes.
type Change struct {
	Seq   uint64 `json:"seq"`
	Event string `json:"event"`
	Incident
}
