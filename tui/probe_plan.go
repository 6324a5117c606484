package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"mailtop/logparse/clean"
	"mailtop/probes"
	"mailtop/tui/screen"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// planner shows what a run would send, and waits for a yes. It is open from the
// moment the plan is asked for, so that no key meant for the view falls into it.
type planner struct {
	*reader
	m    *Model
	ask  *ask
	work probes.Work
	err  error
	here bool // the plan has come
}

// showPlan opens the plan of a run and asks for it.
func (m *Model) showPlan(a *ask) tea.Cmd {
	m.openPlan(a)
	return m.plan(a)
}

func (m *Model) openPlan(a *ask) *planner {
	a.shown = true
	p := &planner{m: m, ask: a}
	p.reader = newReader(screen.ShowText{Title: clean.String("Plan for " + a.target)}, m.x)
	p.Lines = []widget.Line{{widget.T("looking the name up; nothing else is sent")}}
	p.hint = hints("Esc", "close")
	m.push(p)
	return p
}

// planOverlay is the overlay that waits for the plan of a.
func (m *Model) planOverlay(a *ask) *planner {
	for _, o := range m.overlays {
		if p, ok := o.(*planner); ok && p.ask == a {
			return p
		}
	}
	return nil
}

func (p *planner) take(w probes.Work, err error) {
	p.work, p.err, p.here = w, err, err == nil
	p.wrapped, p.indent, p.hang = nil, 2, 20
	if err != nil {
		p.Lines = []widget.Line{{widget.FR(theme.High, "! %v", err)}}
		p.hint = hints("Esc", "close")
		p.m.probes.Fail(p.ask.target, err)
		return
	}
	p.Lines = screen.PlanLines(&w)
	for _, l := range p.Lines {
		p.All = append(p.All, l.Text())
	}
	p.hint = p.keys()
}

// keys are those of the plan: what goes beyond the default needs a y, no key that
// is pressed by the way.
func (p *planner) keys() widget.Line {
	var pairs []widget.Label
	switch {
	case len(p.work.Steps) == 0:
	case screen.Beyond(&p.work):
		pairs = append(pairs, "y", "send it")
	default:
		pairs = append(pairs, "Enter", "run it")
	}
	if len(p.work.Refused) > 0 {
		pairs = append(pairs, "o", "it is mine")
	}
	return hints(append(pairs, "Esc", "send nothing", "j k", "scroll")...)
}

func (p *planner) Key(name, text string) (screen.Intent, bool) {
	switch {
	case name == "esc", name == "q", name == "b":
		return nil, true
	case !p.here:
		return nil, false
	case name == "o" && len(p.work.Refused) > 0:
		p.m.askOwned(p)
		return nil, false
	case name == "y" || (name == "enter" || name == "r") && !screen.Beyond(&p.work):
		return p.yes()
	case name == "enter":
		return say("y sends it: this goes beyond what any client sends by itself"), false
	}
	return p.reader.Key(name, text)
}

// yes runs the plan that is shown, after the password where an account is in it.
func (p *planner) yes() (screen.Intent, bool) {
	if len(p.work.Steps) == 0 {
		return say("nothing to run"), false
	}
	m, a, w := p.m, p.ask, p.work
	if !screen.Beyond(&w) {
		m.seen[a.target] = w.String()
	}
	return do(func() tea.Cmd {
		if w.Options.Login == nil {
			return m.start(a.target, w, false)
		}
		m.askPassword(a.target, w)
		return nil
	}), true
}

// askPassword asks for the password of the account in w. It goes into this run
// and nowhere else.
func (m *Model) askPassword(target string, w probes.Work) {
	m.push(&prompt{
		title: "Password", hint: "not shown, not kept, never in a transcript",
		input: widget.NewInput(""), secret: true,
		enter: func(s string) screen.Intent {
			return do(func() tea.Cmd {
				l := *w.Options.Login
				l.Password = s
				w.Options.Login = &l
				return m.start(target, w, false)
			})
		},
	})
}

// owned asks for the name of a host, typed: it is the yes to checks that only the
// owner may make.
type owned struct {
	p     *planner
	input *widget.Input
	wrong bool
}

func (m *Model) askOwned(p *planner) { m.push(&owned{p: p, input: widget.NewInput("")}) }

// name is what has to be typed: the target without port and role.
func (o *owned) name() string {
	t := o.p.work.Target
	if t.Name != "" {
		return t.Name
	}
	return t.Addr.String()
}

func (o *owned) Draw(c *widget.Canvas, body widget.Rect, sym *theme.Symbols) {
	w := min(body.W, 76)
	text := widget.Line{
		widget.F("%s is not known to be your host. These checks look like an attack, or tell a stranger too much: ", o.name()),
		widget.FR(theme.Strong, "%s", strings.Join(o.p.work.Refused, " ")),
		widget.T(". Only its owner may run them. Type its name if you are:"),
	}
	lines := widget.Wrap(text, w-4, 0)
	in := frame(c, body, w, len(lines)+4, sym, widget.Line{widget.L("Is this host yours?", theme.Title)}, hints("Enter", "it is mine", "Esc", "no"))
	for y, l := range lines {
		if y < in.H-2 {
			c.PutLine(in.X+1, in.Y+y, in.W-2, l)
		}
	}
	y := in.Y + min(len(lines), max(in.H-2, 0))
	o.input.Draw(c, in.X+1, y, in.W-2, "> ")
	if o.wrong {
		c.PutLine(in.X+1, y+1, in.W-2, widget.ClipLine(widget.Line{widget.FR(theme.High, "! not its name: %s", o.name())}, in.W-2, sym))
	}
}

func (o *owned) Key(name, text string) (screen.Intent, bool) {
	switch {
	case closes(name):
		return nil, true
	case name == "enter":
		if o.wrong = !strings.EqualFold(strings.TrimSpace(o.input.Value()), o.name()); o.wrong {
			return nil, false
		}
		return do(o.p.own), true
	case !o.input.Key(name):
		o.input.Insert(text)
	}
	return nil, false
}

func (o *owned) Paste(text string) { o.input.Insert(text) }

// own asks for the plan again, now for a host of one's own.
func (p *planner) own() tea.Cmd {
	p.here = false
	p.ask.opt.Owned = true
	p.Lines, p.All, p.wrapped = []widget.Line{{widget.T("planning again, as for a host of yours")}}, nil, nil
	return p.m.plan(p.ask)
}

// needs says which of the checks want a recipient, and which an account.
var (
	needRecipient = []string{"submit", "filter", "smuggling", "greylist"}
	needAccount   = []string{"auth.login", "submit"}
)

// next asks for what the chosen checks need, one question after the other, and
// then shows the plan.
func (m *Model) next(a *ask) tea.Cmd {
	switch {
	case a.opt.To == "" && (a.opt.Prove || selected(a.opt.Check, needRecipient) != ""):
		m.askRecipient(a, "an address of yours; nothing goes to anybody else")
		return nil
	case !a.named && selected(a.opt.Check, needAccount) != "":
		m.askAccount(a)
		return nil
	}
	return m.showPlan(a)
}

// selected is the first of names that is among checks.
func selected(checks, names []string) string {
	for _, n := range names {
		for _, c := range checks {
			if c == n {
				return n
			}
		}
	}
	return ""
}

func (m *Model) askRecipient(a *ask, hint widget.Label) {
	m.push(&prompt{
		title: "Recipient of test messages", hint: hint, input: widget.NewInput(m.lastTo),
		enter: func(s string) screen.Intent {
			return do(func() tea.Cmd {
				o := probes.Options{To: strings.TrimSpace(s)}
				if o.To == "" || o.Validate() != nil {
					m.askRecipient(a, "give it as user@example.org")
					return nil
				}
				a.opt.To, m.lastTo = o.To, o.To
				return m.next(a)
			})
		},
	})
}

func (m *Model) askAccount(a *ask) {
	hint := widget.Label("the login name; empty: the message is sent without a login")
	if selected(a.opt.Check, []string{"auth.login"}) != "" {
		hint = "the login name; the password is asked for after the plan"
	}
	m.push(&prompt{
		title: "Account", hint: hint, input: widget.NewInput(""),
		enter: func(s string) screen.Intent {
			return do(func() tea.Cmd {
				a.named = true
				if s = strings.TrimSpace(s); s != "" {
					a.opt.Login = &probes.Login{User: s}
				}
				return m.next(a)
			})
		},
	})
}
