package source

import "strings"

// Step is a way out of a fault: in words, as the line that goes into a
// configuration, as the command that does it, and as the one that takes it back.
type Step struct {
	Text    string `json:"text"`
	Line    string `json:"line,omitempty"`
	Command string `json:"command,omitempty"`
	Undo    string `json:"undo,omitempty"`
}

// String is the step in one line.
func (s Step) String() string {
	if s.Command == "" {
		return s.Text
	}
	return s.Text + ": " + s.Command
}

const slotBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@._+=:,/-"

// Slot is a value as a word of a shown command: ok when it needs no quoting in any
// shell and cannot be taken for an option or an assignment. What is not ok is never
// put into a command.
func Slot(value string) (word string, ok bool) {
	if value == "" || len(value) > 255 || value[0] == '-' || value[0] == '=' {
		return "", false
	}
	for i := range len(value) {
		if strings.IndexByte(slotBytes, value[i]) < 0 {
			return "", false
		}
	}
	return value, true
}
