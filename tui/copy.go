package tui

import (
	"os"
	"path/filepath"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"mailtop/logparse/clean"
	"mailtop/tui/screen"
	"mailtop/tui/widget"
)

// maxClipboard is what terminals take by OSC 52; a longer text goes to the file
// only.
const maxClipboard = 48 << 10

// copiedFile holds what was copied last, in the state folder.
const copiedFile = "copied.txt"

type copiedMsg struct {
	sent bool   // to the terminal
	path string // of the file
	err  error
}

// report says what became of a copy. A terminal never confirms OSC 52, so
// success is not claimed.
func (c copiedMsg) report() clean.Text {
	term := "sent to the terminal's clipboard (it cannot confirm)"
	if !c.sent {
		term = "too long for the terminal's clipboard"
	}
	switch {
	case c.err != nil:
		return widget.F("%s; file not written: %v", widget.Label(term), c.err).Text
	case c.path == "":
		return widget.F("%s; no state folder for a file", widget.Label(term)).Text
	}
	return widget.F("%s; in the file %s", widget.Label(term), c.path).Text
}

// copy takes lines to the clipboard and the file; commands are kept for the end.
func (m *Model) copy(in screen.Copy) tea.Cmd {
	if in.Command {
		m.remember(in.Lines)
	}
	lines := make([]string, len(in.Lines))
	for i, l := range in.Lines {
		lines[i] = strings.TrimRight(l.String(), " ")
	}
	s := strings.Join(lines, "\n")
	dir, sent := m.cfg.StateDir, len(s) <= maxClipboard
	write := func() tea.Msg {
		path, err := writeCopied(dir, s)
		return copiedMsg{sent, path, err}
	}
	if !sent {
		return write
	}
	return tea.Batch(tea.Raw(clipboard(s, environ(m.cfg.Environ).tmux())), write)
}

// remember keeps a command once, in the order of the first copy.
func (m *Model) remember(lines []clean.Text) {
	for _, l := range lines {
		known := false
		for _, c := range m.copied {
			known = known || c == l
		}
		if !known {
			m.copied = append(m.copied, l)
		}
	}
}

// clipboard is OSC 52, and inside tmux also its passthrough form: which of the
// two works depends on tmux's options.
func clipboard(s string, tmux bool) string {
	osc := ansi.SetSystemClipboard(s)
	if tmux {
		osc += ansi.TmuxPassthrough(osc)
	}
	return osc
}

// writeCopied replaces the file, so that a reader never sees half of it.
func writeCopied(dir, s string) (string, error) {
	if dir == "" {
		return "", nil
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	tmp, err := os.CreateTemp(dir, copiedFile+".*")
	if err != nil {
		return "", err
	}
	_, err = tmp.WriteString(s + "\n")
	if cerr := tmp.Close(); err == nil {
		err = cerr
	}
	path := filepath.Join(dir, copiedFile)
	if err == nil {
		err = os.Rename(tmp.Name(), path)
	}
	if err != nil {
		os.Remove(tmp.Name())
		return "", err
	}
	return path, nil
}
