package logsim

import (
	"strings"
	"testing"

	"mailtop/logparse"
)

// TestParserKnowsEveryLine holds writer and parser together.
func TestParserKnowsEveryLine(t *testing.T) {
	log, _ := wholeDay(t)
	b := &logparse.Block{Buf: []byte(log)}
	p := logparse.New(logparse.Options{Ref: monday})
	n := 0
	for at := 0; at < len(log); {
		end := at + strings.IndexByte(log[at:], '\n')
		p.Parse(b, at, end, func(e *logparse.Event) {
			n++
			if e.Kind == logparse.KindUnknown || e.Has&logparse.IsUnmatched != 0 {
				t.Errorf("unknown: %s", log[at:end])
			}
		})
		if t.Failed() {
			return
		}
		at = end + 1
	}
	if n < 5000 {
		t.Errorf("%d events, want a day's", n)
	}
}
