package source

import (
	"hash/maphash"
	"strings"
	"testing"
	"time"
)

// Two logs hold the same where their times meet, whatever else they hold.
func TestSampleHolds(t *testing.T) {
	seed := maphash.MakeSeed()
	of := func(text string) *sample {
		s := newSample(seed)
		s.read([]byte(text), time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC))
		return s
	}
	traditional := records(func(sec int) string { // local time, no year
		_, message, _ := strings.Cut(at(sec), " ")
		return time.Date(2026, 11, 22, 3, 0, sec, 0, time.UTC).Local().Format("Jan _2 15:04:05 ") + message
	}, 0, 60)
	for _, c := range []struct {
		name, a, b string
		want       bool
	}{
		{"itself", records(at, 0, 60), records(at, 0, 60), true},
		{"a part", records(at, 0, 60), records(at, 30, 50), true},
		{"the journal's form", records(at, 0, 60), records(atJournal, 40, 60), true},
		{"among others", records(at, 0, 60) + strings.Repeat(sshLine, 50), records(at, 20, 60), true},
		{"other records at the same time", records(at, 0, 60), strings.ReplaceAll(records(at, 0, 60), "192.0.2.", "198.51.100."), false},
		{"half of them", records(at, 0, 60), records(at, 0, 30) + strings.ReplaceAll(records(at, 30, 60), "192.0.2.", "198.51.100."), false},
		{"later", records(at, 0, 60), records(at, 100, 160), false},
		{"no mail", records(at, 0, 60), sshLine, false},
		{"nothing", "", "", false},
	} {
		if got := of(c.a).holds(of(c.b)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
	if !of(records(at, 0, 60)).holds(of(traditional)) {
		t.Error("stamps without a year are not recognised")
	}
}

// A log holds what is in it, whatever that is.
func FuzzSample(f *testing.F) {
	f.Add([]byte(records(at, 0, 3) + sshLine))
	f.Add([]byte(records(atJournal, 0, 3)))
	f.Add([]byte("Nov 22 03:00:00 mx1 postfix/smtpd[1]: connect from \x00\x1b[192.0.2.1]\n\n\xff"))
	f.Fuzz(func(t *testing.T, p []byte) {
		s := newSample(maphash.MakeSeed())
		s.read(p, time.Date(2026, 11, 22, 4, 0, 0, 0, time.UTC))
		n := 0
		for _, times := range s.records {
			n += times
		}
		if n > 0 && !s.holds(s) || n > s.mail {
			t.Errorf("%d records of mail, %d dated, holds itself: %v", s.mail, n, s.holds(s))
		}
	})
}
