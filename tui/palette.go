package tui

import (
	"strings"

	tea "charm.land/bubbletea/v2"

	"mailtop/logparse/clean"
	"mailtop/tui/screen"
	"mailtop/tui/theme"
	"mailtop/tui/widget"
)

// command is a row of the palette.
type command struct {
	keys  string
	short widget.Label
	help  widget.Label
	do    func() screen.Intent
}

// commands are all rows of the key tables in force, and the themes.
func (m *Model) commands() []command {
	var out []command
	tables := m.tables()
	for i := len(tables) - 1; i >= 0; i-- {
		for _, k := range tables[i] {
			out = append(out, command{k.Names, k.Short, k.Help, k.Do})
		}
	}
	for _, name := range theme.Names() {
		out = append(out, command{"", "", widget.Label("theme " + name), func() screen.Intent { return m.setTheme(name) }})
	}
	return out
}

func (m *Model) setTheme(name string) screen.Intent {
	th, err := theme.ByName(name)
	if err != nil {
		return say("%v", err)
	}
	if m.look.profile != nil && name != theme.NameMono {
		return say("colour is switched off by NO_COLOR, CLICOLOR or TERM")
	}
	m.look.theme = th
	return do(func() tea.Cmd { return tea.ClearScreen })
}

// palette finds a command by its words.
type palette struct {
	all   []command
	found []command
	input *widget.Input
	list  widget.List
}

func newPalette(all []command) *palette {
	return &palette{all: all, found: all, input: widget.NewInput("")}
}

func (p *palette) Draw(c *widget.Canvas, body widget.Rect, sym *theme.Symbols) {
	in := frame(c, body, 84, min(len(p.all)+3, 22), sym, widget.Line{widget.L("Commands", theme.Title)}, hints("Enter", "do it", "Esc", "close"))
	p.input.Draw(c, in.X+1, in.Y, in.W-2, ": ")
	if len(p.found) == 0 {
		c.PutLabel(in.X+1, in.Y+1, in.W-2, "no command has these words", theme.Plain)
	}
	for _, pl := range p.list.Window(len(p.found), in.H-1, func(int) int { return 1 }) {
		k, y := p.found[pl.Index], in.Y+1+pl.Y
		c.PutLine(in.X+2, y, in.W-3, widget.ClipLine(keyLine(k.keys, k.help, 14), in.W-3, sym))
		if pl.Index == p.list.Cursor {
			c.PutLabel(in.X, y, 1, widget.Label(sym.Mark), theme.Strong)
			c.Paint(in.X+2, y, in.W-3, theme.Selected)
		}
	}
}

// keyLine is keys and what they do; the help starts at column indent.
func keyLine(keys string, help widget.Label, indent int) widget.Line {
	keys = strings.ReplaceAll(keys, "space", "Space")
	if len(keys) < indent-1 {
		keys += strings.Repeat(" ", indent-1-len(keys))
	}
	return widget.Line{{Text: clean.String(keys), Role: theme.Key}, widget.T(" " + help)}
}

func (p *palette) Key(name, text string) (screen.Intent, bool) {
	switch name {
	case "esc":
		return nil, true
	case "enter":
		if len(p.found) == 0 {
			return nil, false
		}
		return p.found[p.list.Cursor].do(), true
	case "down", "tab":
		p.list.Move(1, len(p.found))
	case "up", "shift+tab":
		p.list.Move(-1, len(p.found))
	case "pgdown":
		p.list.Move(8, len(p.found))
	case "pgup":
		p.list.Move(-8, len(p.found))
	default:
		if !p.input.Key(name) {
			p.input.Insert(text)
		}
		p.search()
	}
	return nil, false
}

func (p *palette) Paste(text string) {
	p.input.Insert(text)
	p.search()
}

// search keeps the commands that hold every word typed.
func (p *palette) search() {
	words := strings.Fields(strings.ToLower(p.input.Value()))
	p.found = nil
	for _, k := range p.all {
		if hasWords(strings.ToLower(string(k.short+" "+k.help)), words) {
			p.found = append(p.found, k)
		}
	}
	p.list = widget.List{}
}

func hasWords(s string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(s, w) {
			return false
		}
	}
	return true
}

// help is the key tables in force, as a page to search and scroll.
type help struct {
	*reader
	tables [][]screen.Key
	input  *widget.Input
}

func newHelp(tables [][]screen.Key, x *screen.Context, version string) *help {
	r := newReader(screen.ShowText{Title: clean.String("Keys: type to search   " + version)}, x)
	r.indent = helpIndent
	r.hint = hints("Down PgDn", "scroll", "Esc", "close")
	h := &help{reader: r, tables: tables, input: widget.NewInput("")}
	h.search()
	return h
}

func (h *help) search() {
	words := strings.Fields(strings.ToLower(h.input.Value()))
	h.Lines = []widget.Line{{widget.L("search: ", theme.Title), {Text: clean.String(h.input.Value())}}}
	for i := len(h.tables) - 1; i >= 0; i-- {
		title := widget.Label("Everywhere")
		if i > 0 {
			title = "In this view"
		}
		h.Lines = append(h.Lines, widget.Line{widget.L(title, theme.Title)})
		for _, k := range h.tables[i] {
			if hasWords(strings.ToLower(string(k.Short+" "+k.Help)+" "+k.Names), words) {
				h.Lines = append(h.Lines, keyLine(k.Names, k.Help, helpIndent))
			}
		}
	}
	h.Lines = append(h.Lines, legend()...)
	h.list, h.wrapped = widget.List{}, nil
}

// helpIndent is the column of the help texts.
const helpIndent = 19

// legend says what the marks of the screen mean.
func legend() []widget.Line {
	l := widget.Line{widget.L("Marks", theme.Title), widget.T("  ")}
	for _, s := range screen.Legend() {
		l = append(l, s, widget.T(" "))
	}
	return []widget.Line{l,
		{widget.T("charts: a dot on the ground line is time not read, a blank is zero")},
		{widget.T("tables: auth! failed logins, rej refused, rcpt recipients, nets networks with a good login")},
	}
}

func (h *help) Key(name, text string) (screen.Intent, bool) {
	switch name {
	case "down", "up", "pgdown", "pgup", "home", "end":
		return h.reader.Key(name, text)
	case "esc", "enter", "?":
		return nil, true
	}
	if !h.input.Key(name) {
		h.input.Insert(text)
	}
	h.search()
	return nil, false
}

func (h *help) Paste(text string) {
	h.input.Insert(text)
	h.search()
}
