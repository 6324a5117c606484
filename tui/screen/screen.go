// Package screen holds the views: each draws itself from one Context into a
// rectangle and owns a table of keys. A view does no I/O and reads no clock; what
// a key wants done comes back as an Intent, which the root model carries out.
//
// Words on the screen are those of the logs' field (envelope sender, queue id,
// next hop). Text that came from a log, a server or a person is always a
// clean.Text before it reaches a cell.
package screen

import (
	"time"

	"mailtop/logparse/clean"
	"mailtop/monitor"
	"mailtop/monitor/detect"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// Context is what all views draw from; the root model owns and changes it.
type Context struct {
	Snap  *monitor.Snapshot // never nil
	Ready bool              // a snapshot has arrived
	Sym   *theme.Symbols
	Set   theme.Set // symbols of charts
	TZ    *time.Location

	Probing bool // there is a Probes view
}

// Key is a row of a key table: help page, footer, palette and dispatch read it.
type Key struct {
	Names string       // key names separated by blanks; the first one is shown in the footer
	Short widget.Label // for the footer; empty: not there
	Help  widget.Label // for the help page and the palette
	Do    func() Intent
}

// Screen is a view.
type Screen interface {
	Name() widget.Label
	Keys() []Key
	Draw(c *widget.Canvas, r widget.Rect)
}

// Intent is what a key wants the root model to do; nil is nothing.
type Intent interface{ Intent() }

// OpenIncident shows the card of an incident.
type OpenIncident struct{ ID string }

// ShowLog goes to the Log view with a filter set.
type ShowLog struct{ Filter string }

// ShowText opens text whole, above everything; Copy is what y takes from it.
type ShowText struct {
	Title  clean.Text
	Lines  []widget.Line
	Copy   clean.Text
	Indent int          // of the lines that a long one is wrapped into
	All    []clean.Text // y takes these lines instead of Copy
}

// Copy takes lines to the clipboard and the state folder. Command marks a
// command, to be printed again when the program ends.
type Copy struct {
	Lines   []clean.Text
	Command bool
}

// Say puts a remark into the footer until the next key.
type Say struct{ Text clean.Text }

// AskTarget asks for the target of a probe and offers some; Targets are those that
// the marked thing names.
type AskTarget struct{ Targets []Suggestion }

// Suggestion is a target that something on the screen or on this host names.
type Suggestion struct{ Target, Why string }

// RunProbe starts a run of the default checks on a target.
type RunProbe struct{ Target string }

// ChooseChecks asks which checks to run on a target.
type ChooseChecks struct{ Target string }

// RepeatProbe runs the newest run on a target again and again.
type RepeatProbe struct{ Target string }

// StopProbe ends the run on a target.
type StopProbe struct{ Target string }

func (OpenIncident) Intent() {}
func (ShowLog) Intent()      {}
func (ShowText) Intent()     {}
func (Copy) Intent()         {}
func (Say) Intent()          {}
func (AskTarget) Intent()    {}
func (RunProbe) Intent()     {}
func (ChooseChecks) Intent() {}
func (RepeatProbe) Intent()  {}
func (StopProbe) Intent()    {}

func copied(t ...clean.Text) Intent { return Copy{Lines: t} }

func say(l widget.Label) Intent { return Say{clean.String(string(l))} }

// incident finds an incident of the snapshot by its id.
func (x *Context) incident(id string) (detect.Incident, bool) {
	for _, list := range [...][]detect.Incident{x.Snap.Incidents, x.Snap.Noise} {
		for i := range list {
			if list[i].ID == id {
				return list[i], true
			}
		}
	}
	return detect.Incident{}, false
}

// Card makes the card of an incident of the snapshot.
func (x *Context) Card(id string) (*Card, bool) {
	in, ok := x.incident(id)
	if !ok {
		return nil, false
	}
	return NewCard(x, in), true
}

// OpenCount is how many incidents of medium and above are open; those that are
// part of another one count as that one, as in the verdict.
func (x *Context) OpenCount() int {
	n := 0
	for i := range x.Snap.Incidents {
		if in := &x.Snap.Incidents[i]; in.Open() && !grouped(in) {
			n++
		}
	}
	return n
}

func grouped(in *detect.Incident) bool { return in.Group != "" && in.Group != in.ID }

func (x *Context) series(name string) widget.Series {
	for i := range x.Snap.Series {
		if s := &x.Snap.Series[i]; s.Name == name {
			vals := make([]float64, len(s.Values))
			for j, v := range s.Values {
				if vals[j] = v; v == monitor.Missing {
					vals[j] = widget.Gap
				}
			}
			return widget.Series{Start: s.Start, Bucket: s.Bucket, Values: vals, Level: s.Level}
		}
	}
	return widget.Series{}
}
