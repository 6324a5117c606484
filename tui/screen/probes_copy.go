package screen

import (
	"strings"

	"mailtop/logparse/clean"
	"mailtop/probes"
)

func (v *Probes) copy() Intent {
	if f := v.finding(); v.focus != onTargets && f != nil {
		return copied(findingCopy(f))
	}
	return v.copyCommand()
}

func (v *Probes) copyCommand() Intent {
	t := v.marked()
	if t == nil {
		return say(noTarget)
	}
	var o probes.Options
	if t.work != nil {
		o = t.work.Options
	}
	line, ok := probeCommand(t.name, o)
	if !ok {
		return say("no command: a name in it is beyond plain letters, or the target is none")
	}
	return Copy{Lines: []clean.Text{line}, Command: true}
}

func (v *Probes) copyJSON() Intent {
	t := v.marked()
	if t == nil || len(t.results) == 0 {
		return say("no finding yet: r runs the checks")
	}
	f := v.finding()
	var out []clean.Text
	for i := range t.results {
		if r := &t.results[i].Finding; v.focus == onTargets || f != nil && sameCheck(r, f) {
			if b, err := r.JSON(); err == nil {
				out = append(out, clean.Bytes(b))
			}
		}
	}
	if len(out) == 0 {
		return say("no finding on this row")
	}
	return copied(out...)
}

// probeCommand is the command that does the same headless; false where a word of
// it is not one that a shell takes as it is, or in quotes. A password is never in it.
func probeCommand(name string, o probes.Options) (clean.Text, bool) {
	if _, err := probes.ParseTarget(name); err != nil {
		return clean.Text{}, false
	}
	words := []string{"mailtop", "probe"}
	user := ""
	if o.Login != nil {
		user = o.Login.User
	}
	for _, f := range []struct{ flag, value string }{
		{"--check", strings.Join(o.Check, ",")}, {"--to", o.To}, {"--domain", o.Domain}, {"--user", user},
	} {
		if f.value != "" {
			words = append(words, f.flag, f.value)
		}
	}
	for _, f := range []struct {
		flag string
		on   bool
	}{{"--owned", o.Owned}, {"--deep", o.Deep}, {"--prove", o.Prove}} {
		if f.on {
			words = append(words, f.flag)
		}
	}
	words = append(words, name)
	for i, w := range words {
		quoted, ok := shellWord(w)
		if !ok {
			return clean.Text{}, false
		}
		words[i] = quoted
	}
	return clean.String(strings.Join(words, " ")), true
}

// shellWord quotes brackets, and refuses what is beyond plain letters and marks.
func shellWord(s string) (string, bool) {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789@._+=:/,-"
	switch {
	case s != "" && strings.Trim(s, plain) == "":
		return s, true
	case strings.Trim(s, plain+"[]") == "":
		return "'" + s + "'", true
	}
	return "", false
}
