package screen

import (
	"slices"

	"mailtop/logparse/clean"
	"mailtop/monitor/detect"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// section is a part of a card.
type section uint8

const (
	secClaim section = iota
	secWhy
	secDo
	secActors
	secEvidence
)

// item is a paragraph of a card that the mark can stand on.
type item struct {
	section section
	line    widget.Line
	indent  int
	heading bool       // names its section: no place for the mark
	copy    clean.Text // what y takes; empty: nothing
	command bool
	undo    clean.Text
	open    Intent // what Enter does
}

// Card is one incident whole: the claim, the signals, who, the evidence, what
// else it could be, and what to do with the way back.
type Card struct {
	x       *Context
	in      detect.Incident
	texts   map[detect.Evidence]string // re-read records by place
	read    bool                       // the re-read is done
	gone    bool                       // no longer in the snapshot
	preview bool                       // beside the list: no mark, no keys
	cursor  int
	placed  bool // the mark has found its first place
	items   []item
	lists   map[section]*widget.List // of the pane that begins with a section
}

// NewCard makes the card of an incident.
func NewCard(x *Context, in detect.Incident) *Card {
	k := &Card{x: x, in: in, texts: map[detect.Evidence]string{}, lists: map[section]*widget.List{}}
	k.build()
	return k
}

// ID is the incident's.
func (k *Card) ID() string { return k.in.ID }

// Evidence is what is to be re-read for the card.
func (k *Card) Evidence() []detect.Evidence { return slices.Clone(k.in.Evidence) }

// SetEvidence takes the re-read records.
func (k *Card) SetEvidence(ev []detect.Evidence) {
	k.read = true
	for _, e := range ev {
		k.texts[place(e)] = e.Text
	}
	k.build()
}

func place(e detect.Evidence) detect.Evidence {
	return detect.Evidence{Source: e.Source, Offset: e.Offset}
}

// Refresh takes over what the newest snapshot says; true when there is evidence
// that was not re-read yet.
func (k *Card) Refresh() (more bool) {
	in, ok := k.x.incident(k.in.ID)
	k.gone = !ok
	if ok {
		k.in = in
	}
	k.build()
	for _, e := range k.in.Evidence {
		if _, known := k.texts[place(e)]; !known && e.Text == "" {
			return true
		}
	}
	return false
}

// Name is the card's place in the path of views.
func (k *Card) Name() widget.Label { return "Card" }

// Keys is the card's key table.
func (k *Card) Keys() []Key {
	return append([]Key{
		{"y", "copy", "copy the marked command, line or address", k.copy},
		{"Y", "", "copy the whole card", k.copyAll},
		{"u", "undo", "show how to undo the marked command", k.undo},
		{"enter", "", "open the marked line whole, or the log of the marked address", k.enter},
		{"j down", "", "next line", func() Intent { return k.move(1) }},
		{"k up", "", "previous line", func() Intent { return k.move(-1) }},
		{"tab o right", "part", "next part of the card", func() Intent { return k.turn(1) }},
		{"shift+tab O left", "", "previous part of the card", func() Intent { return k.turn(-1) }},
		{"pgdown", "", "eight lines further", func() Intent { return k.move(8) }},
		{"pgup", "", "eight lines back", func() Intent { return k.move(-8) }},
		{"g home", "", "top of the card", func() Intent { return k.move(-1 << 20) }},
		{"G end", "", "end of the card", func() Intent { return k.move(1 << 20) }},
	}, k.x.probeKey(func() []Suggestion { return incidentTargets(&k.in) })...)
}

func (k *Card) move(n int) Intent {
	k.placed = true
	k.cursor = min(max(k.cursor+n, 0), len(k.items)-1)
	for k.items[k.cursor].heading {
		k.cursor += step(n)
	}
	return nil
}

// step is the direction of a move. A heading always has items on both sides.
func step(n int) int {
	if n < 0 {
		return -1
	}
	return 1
}

// turn goes to the first thing worth copying of the next section, around the end.
func (k *Card) turn(n int) Intent {
	k.placed = true
	now := k.items[k.cursor].section
	var stops []int
	at := 0
	for i, it := range k.items {
		if i > 0 && k.items[i-1].section == it.section {
			continue
		}
		if it.section <= now {
			at = len(stops)
		}
		stops = append(stops, k.firstCopy(i))
	}
	k.cursor = stops[(at+n+len(stops))%len(stops)]
	return nil
}

func (k *Card) firstCopy(i int) int {
	for j := i; j < len(k.items) && k.items[j].section == k.items[i].section; j++ {
		if k.items[j].copy.Len() > 0 {
			return j
		}
	}
	if k.items[i].heading {
		return i + 1
	}
	return i
}

// firstCommand is the first item with a command, or -1.
func (k *Card) firstCommand() int {
	return slices.IndexFunc(k.items, func(it item) bool { return it.command })
}

func (k *Card) copy() Intent {
	it := k.items[k.cursor]
	if it.copy.Len() > 0 {
		return Copy{Lines: []clean.Text{it.copy}, Command: it.command}
	}
	if i := k.firstCommand(); i >= 0 {
		k.cursor, k.placed = i, true
		return say("the first command is marked now: y copies it")
	}
	return say("nothing to copy here: this card has no command")
}

func (k *Card) copyAll() Intent {
	var out []clean.Text
	for i := range k.items {
		out = append(out, k.items[i].line.Text())
		if u := k.items[i].undo; u.Len() > 0 {
			out = append(out, clean.String("      undo: "+u.String()))
		}
	}
	return copied(out...)
}

func (k *Card) undo() Intent {
	it := k.items[k.cursor]
	if !it.command {
		return say("mark a command first (Tab goes to the next part)")
	}
	if it.undo.Len() == 0 {
		return say("this step has no command that undoes it")
	}
	return ShowText{
		Title: clean.String("How to undo: " + it.copy.String()),
		Lines: []widget.Line{{{Text: it.undo, Role: theme.Strong}}},
		Copy:  it.undo,
	}
}

func (k *Card) enter() Intent {
	it := k.items[k.cursor]
	if it.open != nil {
		return it.open
	}
	return say("nothing behind this line")
}
