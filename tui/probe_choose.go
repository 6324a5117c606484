package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"mailtop/logparse/clean"
	"mailtop/probes"
	"mailtop/tui/screen"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// chooser asks which checks to run.
type chooser struct {
	m    *Model
	ask  *ask
	rows []choice
	list widget.List
}

// choice is a check, or a way to do one.
type choice struct {
	check probes.Check
	flag  *bool // of the options, instead of a check
	text  widget.Label
	on    bool
}

func (m *Model) chooseChecks(target string) {
	if m.runs[target] != nil {
		m.notice = clean.String("a run on " + target + " is under way: x stops it")
		return
	}
	a := &ask{target: target}
	c := &chooser{m: m, ask: a}
	last, usual := m.probes.Work(target), c.usual()
	for _, k := range probes.Checks() {
		on := slices.Contains(usual, k.Name)
		if last != nil && len(last.Options.Check) > 0 {
			on = slices.Contains(last.Options.Check, k.Name)
		}
		c.rows = append(c.rows, choice{check: k, on: on})
	}
	c.rows = append(c.rows,
		choice{flag: &a.opt.Deep, text: "relay: the whole battery, 57 forms"},
		choice{flag: &a.opt.Prove, text: "relay: one message to a recipient of yours where a form was taken"})
	m.push(c)
}

// ownTarget says whether a target is this host, as far as is known before its
// name was looked up.
func ownTarget(target string, w *probes.Work) bool {
	if w != nil {
		return slices.ContainsFunc(w.Steps, func(s probes.Step) bool { return s.Own })
	}
	t, err := probes.ParseTarget(target)
	return err == nil && (t.Name == "localhost" || t.Addr.IsLoopback())
}

func (c *chooser) Draw(cv *widget.Canvas, body widget.Rect, sym *theme.Symbols) {
	title := widget.Line{widget.L("Checks", theme.Title), widget.F(" on %s", c.ask.target)}
	in := frame(cv, body, 100, len(c.rows)+2, sym, title, hints("Space", "on or off", "Enter", "show the plan", "a", "default", "Esc", "close"))
	for _, p := range c.list.Window(len(c.rows), in.H, func(int) int { return 1 }) {
		r, y := &c.rows[p.Index], in.Y+p.Y
		box := sym.Unticked
		if r.on {
			box = sym.Ticked
		}
		cv.PutLine(in.X+2, y, in.W-3, widget.ClipLine(r.line(box), in.W-3, sym))
		if p.Index == c.list.Cursor {
			cv.PutLabel(in.X, y, 1, widget.Label(sym.Mark), theme.Strong)
			cv.Paint(in.X+6, y, in.W-7, theme.Selected)
		}
	}
}

func (r *choice) line(box string) widget.Line {
	if r.flag != nil {
		return widget.Line{widget.F("%s %-18s ", box, "option"), widget.T(r.text)}
	}
	who := widget.Label("")
	switch {
	case r.check.Attack:
		who = "looks like an attack; own hosts: "
	case r.check.Own:
		who = "own hosts: "
	case r.check.Impact == probes.ImpactMail:
		who = "sends mail: "
	}
	return widget.Line{widget.F("%s %-18s ", box, r.check.Name), widget.FR(theme.Strong, "%s", who), widget.F("%s", screen.Does(r.check))}
}

func (c *chooser) Key(name, _ string) (screen.Intent, bool) {
	switch name {
	case "space":
		r := &c.rows[c.list.Cursor]
		r.on = !r.on
	case "a":
		for i := range c.rows {
			r := &c.rows[i]
			r.on = r.flag == nil && slices.Contains(c.usual(), r.check.Name)
		}
	case "j", "down":
		c.list.Move(1, len(c.rows))
	case "k", "up":
		c.list.Move(-1, len(c.rows))
	case "g", "home", "pgup":
		c.list.Set(0, len(c.rows))
	case "G", "end", "pgdown":
		c.list.Set(len(c.rows)-1, len(c.rows))
	case "enter":
		return c.done()
	default:
		return nil, closes(name) || name == "b" || name == "q"
	}
	return nil, false
}

// done makes the options of what is ticked.
func (c *chooser) done() (screen.Intent, bool) {
	c.ask.opt.Check = nil
	for _, r := range c.rows {
		switch {
		case r.flag != nil:
			*r.flag = r.on
		case r.on:
			c.ask.opt.Check = append(c.ask.opt.Check, r.check.Name)
		}
	}
	if len(c.ask.opt.Check) == 0 {
		return say("no check is ticked: Space ticks one"), false
	}
	if slices.Equal(c.ask.opt.Check, c.usual()) {
		c.ask.opt.Check = nil
	}
	return do(func() tea.Cmd { return c.m.next(c.ask) }), true
}

// usual are the checks that a run without a choice makes.
func (c *chooser) usual() []string {
	own := ownTarget(c.ask.target, c.m.probes.Work(c.ask.target))
	var out []string
	for _, k := range probes.Checks() {
		if k.When == probes.Always || k.When == probes.IfOwn && own {
			out = append(out, k.Name)
		}
	}
	return out
}

func (c *chooser) Paste(string) {}
