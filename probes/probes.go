// Package probes plans, runs and explains live checks of a mail host: what answers
// on its ports 25, 587 and 465, and how (RFC 5321, RFC 3207, RFC 4954, RFC 6409, RFC 8314).
//
//	Target -Locate-> addresses -Plan-> Steps -Run-> Findings + Transcripts
//
// Plan is pure: the plan shown is what is sent, no more. Without ownership nothing
// is sent but what any sending server or mail client sends by itself. Fetching and
// judging are apart: a session is observed once, and judges that do no I/O turn what
// was seen into Findings. Every result word has exactly one verdict, in the table of
// words.go. A Go error means that a check could not run; a refused port or a bad
// certificate is a Finding.
//
// The package reaches the network, the clock, the log and the host only through Env.
// Texts of a Finding may hold bytes of the server: clean them before showing.
package probes

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Verdict is what a result means for the admin.
type Verdict uint8

// The verdicts, from good to bad; unknown and skipped say that nothing can be said.
const (
	OK Verdict = iota
	Info
	Warn
	Bad
	Unknown // asked, and no answer that decides
	Skipped // not asked
)

var verdictWords = [...]string{"ok", "info", "warn", "bad", "unknown", "skipped"}

// String is the verdict's word in JSON.
func (v Verdict) String() string { return verdictWords[min(int(v), len(verdictWords)-1)] }

// MarshalText makes the verdict its word in JSON.
func (v Verdict) MarshalText() ([]byte, error) { return []byte(v.String()), nil }

// UnmarshalText reads the word.
func (v *Verdict) UnmarshalText(b []byte) error {
	i := slices.Index(verdictWords[:], string(b))
	if i < 0 {
		return fmt.Errorf("no verdict %q", b)
	}
	*v = Verdict(i)
	return nil
}

// Impact is the most that a check does to the host it asks.
type Impact uint8

// The impacts.
const (
	ImpactLocal   Impact = iota // reads this host only
	ImpactDNS                   // asks resolvers only
	ImpactConnect               // opens connections
	ImpactCommand               // sends commands, no message
	ImpactMail                  // sends a message
)

var impactWords = [...]string{"local", "dns", "connect", "command", "mail"}

// String is the impact's word.
func (i Impact) String() string { return impactWords[min(int(i), len(impactWords)-1)] }

// Finding is the result of one check of one address and port. Its JSON is a stable contract.
type Finding struct {
	Target   string         `json:"target"`
	Address  string         `json:"address,omitempty"`
	Port     uint16         `json:"port,omitempty"`
	Vantage  Vantage        `json:"vantage,omitempty"`
	Check    string         `json:"check"`
	Verdict  Verdict        `json:"verdict"`
	Result   string         `json:"result"`
	Values   map[string]any `json:"values,omitempty"`
	Title    string         `json:"title"`
	Evidence []string       `json:"evidence,omitempty"`
	Fix      string         `json:"fix,omitempty"`
	Ref      string         `json:"ref,omitempty"`
	MS       float64        `json:"ms"`

	Run        uint64      `json:"-"` // the run it belongs to
	Transcript *Transcript `json:"-"` // the dialogue it was read from, shared by the findings of one session
}

// JSON is the finding as one line, without its line end. Invalid UTF-8 is U+FFFD in
// it, and what could move or hide text on a terminal is \uXXXX.
func (f *Finding) JSON() ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(f); err != nil {
		return nil, err
	}
	out := make([]byte, 0, b.Len())
	for _, r := range strings.TrimSuffix(b.String(), "\n") {
		if r == 0x7f || r >= 0x80 && r <= 0x9f || unicode.Is(unicode.Bidi_Control, r) {
			out = fmt.Appendf(out, `\u%04x`, r)
			continue
		}
		out = utf8.AppendRune(out, r)
	}
	return out, nil
}

// finding makes the Finding of a word in the table.
func finding(check, result string) *Finding {
	w := word(check, result)
	return &Finding{Check: check, Result: result, Verdict: w.Verdict, Title: w.Title, Fix: w.Fix, Ref: w.Ref, Values: map[string]any{}}
}

func (f *Finding) say(format string, a ...any) *Finding {
	f.Title = fmt.Sprintf(format, a...)
	return f
}

func (f *Finding) see(format string, a ...any) *Finding {
	f.Evidence = append(f.Evidence, fmt.Sprintf(format, a...))
	return f
}

func (f *Finding) set(key string, v any) *Finding {
	if l, ok := v.([]string); ok && l == nil {
		v = []string{} // the contract has no null
	}
	f.Values[key] = v
	return f
}

// seconds is a duration as a value: seconds, to the tenth of a millisecond.
func seconds(d time.Duration) float64 {
	return float64(d.Round(100*time.Microsecond)) / float64(time.Second)
}
