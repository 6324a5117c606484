package tui

import (
	"strings"

	"github.com/charmbracelet/colorprofile"

	"mailtop/tui/theme"
)

// look is how the UI draws on this terminal.
type look struct {
	theme   *theme.Theme
	sym     *theme.Symbols
	set     theme.Set
	profile *colorprofile.Profile // nil: as detected
}

func newLook(cfg *Config) (look, error) {
	th, err := theme.ByName(cfg.Theme)
	if err != nil {
		return look{}, err
	}
	env := environ(cfg.Environ)
	l := look{theme: th, sym: theme.Unicode()}
	if cfg.NoColor || env.noColor() {
		l.theme = theme.Mono()
		p := colorprofile.Ascii
		l.profile = &p
	}
	if cfg.ASCII || env.sevenBit() {
		l.sym = theme.Plain7()
	}
	l.set = l.sym.Set
	if cfg.Braille && l.set != theme.ASCII {
		l.set = theme.Braille
	}
	return l, nil
}

// environ reads the environment of the terminal, which need not be ours.
type environ []string

func (e environ) get(name string) string {
	for i := len(e) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(e[i], name+"="); ok {
			return v
		}
	}
	return ""
}

// noColor: https://no-color.org, and CLICOLOR=0 as BSD tools know it.
func (e environ) noColor() bool {
	if e.get("NO_COLOR") != "" {
		return true
	}
	force := e.get("CLICOLOR_FORCE")
	return e.get("CLICOLOR") == "0" && (force == "" || force == "0") || e.get("TERM") == "dumb"
}

// sevenBit says whether the terminal may show garbage for anything but ASCII.
func (e environ) sevenBit() bool {
	term := e.get("TERM")
	if term == "linux" || term == "dumb" || strings.HasPrefix(term, "vt") {
		return true
	}
	locale := ""
	for _, name := range [...]string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if locale = e.get(name); locale != "" {
			break
		}
	}
	locale = strings.ToLower(locale)
	return !strings.Contains(locale, "utf-8") && !strings.Contains(locale, "utf8")
}

func (e environ) ssh() bool { return e.get("SSH_TTY") != "" || e.get("SSH_CONNECTION") != "" }

// tmux is known by its variable, or by its TERM when it runs on the other end
// of an SSH session.
func (e environ) tmux() bool {
	return e.get("TMUX") != "" || strings.HasPrefix(e.get("TERM"), "tmux")
}
