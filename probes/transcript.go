package probes

import (
	"fmt"
	"strings"
	"time"

	"mailtop/logparse/clean"
	"mailtop/probes/smtpwire"
)

// Transcript is a dialogue line by line. Secrets are not in it: they were left out when recorded.
type Transcript struct {
	Title   string // address and port
	Entries []Entry
}

// Entry is one line of a dialogue.
type Entry struct {
	Time  time.Time
	Since time.Duration // since the first entry
	Dir   string        // "S" server, "C" client, "*" remark
	Phase string
	TLS   bool
	Text  string // as it came, without its line end; clean it before showing
}

// String is the entry as a line that a terminal may show.
func (e Entry) String() string {
	dir := e.Dir
	if e.TLS {
		dir += "+"
	}
	return fmt.Sprintf("%7.3f %-2s %s", e.Since.Seconds(), dir, clean.String(e.Text))
}

// String is the dialogue as text that a terminal may show.
func (t *Transcript) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "  dialogue with %s (S server, C client, * remark; + inside TLS)\n", clean.String(t.Title))
	for _, e := range t.Entries {
		fmt.Fprintf(&b, "  %s\n", e)
	}
	return b.String()
}

// transcript makes lines of the record of a connection.
func transcript(title string, recs []smtpwire.Record) *Transcript {
	t := &Transcript{Title: title}
	for _, r := range recs {
		dir := "*"
		switch r.Dir {
		case smtpwire.FromServer:
			dir = "S"
		case smtpwire.FromClient:
			dir = "C"
		}
		for line := range strings.Lines(string(r.Bytes)) {
			text := strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
			t.Entries = append(t.Entries, Entry{r.At, r.At.Sub(recs[0].At), dir, r.Phase.String(), r.TLS, text})
		}
	}
	return t
}

// add puts a later dialogue of the same check behind this one.
func (t *Transcript) add(u *Transcript) *Transcript {
	if t == nil {
		return u
	}
	t.Entries = append(t.Entries, u.Entries...)
	for i := range t.Entries {
		t.Entries[i].Since = t.Entries[i].Time.Sub(t.Entries[0].Time)
	}
	return t
}
