package logparse

import (
	"bytes"
	"encoding/json"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// seedLines are all golden lines.
func seedLines(f *testing.F) [][]byte {
	files, _ := filepath.Glob("testdata/*/*/*.log")
	var lines [][]byte
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for l := range bytes.Lines(data) {
			lines = append(lines, bytes.TrimSuffix(l, []byte("\n")))
		}
	}
	return lines
}

// FuzzParse: no record panics, every record that is not blank has an event, spans
// lie within the record's memory, JSON is valid UTF-8 JSON without controls.
func FuzzParse(f *testing.F) {
	for _, l := range seedLines(f) {
		f.Add(l)
	}
	for _, s := range []string{
		`{"log":"postfix/smtpd[1]: connect from unknown[203.0.113.5]\n","stream":"stdout","time":"2026-11-22T01:39:03Z"}`,
		`{"MESSAGE":[99,111],"SYSLOG_IDENTIFIER":"postfix/smtpd","__REALTIME_TIMESTAMP":"1795311543000000"}`,
		"@400000006B0247C10EE6B280 mx1 postfix/smtpd[1]: connect from x[::1]",
		"<22>1 2026-11-22T01:39:03Z mx1 postfix 1 - [a b=\"c\"] connect from x[::1]",
		"a-1 | Sat Nov 22 01:39:03 2026 -> x", "[22-Nov-2026 01:39:03 UTC] mail() on [x]", `time="2026-11-22T01:39:03Z" level=info`,
	} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if bytes.IndexByte(line, '\n') >= 0 {
			return
		}
		// Something in front and behind: spans must not reach it.
		data := append(append([]byte("before\n"), line...), "\nbehind"...)
		b := &Block{Buf: data}
		p := New(Options{Ref: goldenRef})
		n := 0
		p.Parse(b, 7, 7+len(line), func(e *Event) {
			n++
			checkSpans(t, e, b, len(line))
			j := e.AppendJSON(nil, b, JSONExtra{Source: "s", Raw: true})
			if !json.Valid(j) || !utf8.Valid(j) || bytes.ContainsFunc(j, func(r rune) bool { return r < ' ' || r == 0x7f || escapedRune(r) && r > 0x7f }) {
				t.Fatalf("bad JSON %q", j)
			}
			if len(Pattern(nil, e.Bytes(b, e.Text))) > maxPattern+len(line) {
				t.Fatal("pattern is not bounded")
			}
		})
		if n == 0 && len(bytes.Trim(line, "\x00 \r\t")) > 0 {
			t.Fatalf("no event of %q", line)
		}
	})
}

func checkSpans(t *testing.T, e *Event, b *Block, n int) {
	t.Helper()
	mem, base := b.Buf[7:7+n], 0
	if e.base&arenaBit != 0 {
		mem, base = b.Arena, int(e.base&^arenaBit)
	} else if e.base != 7 {
		t.Fatalf("base %d", e.base)
	}
	for _, s := range []Span{e.Host, e.Program, e.QueueID, e.Session, e.MessageID, e.ClientName, e.Helo, e.User, e.Method,
		e.From, e.To, e.OrigTo, e.Relay, e.Reply, e.Stage, e.RemoteQueueID, e.ChildQueueID, e.OrigQueueID, e.TLSVersion,
		e.TLSCipher, e.Limit, e.Service, e.Commands, e.Script, e.Selector, e.Domain, e.ClassText, e.Text} {
		if base+int(s.Off)+int(s.Len) > len(mem) {
			t.Fatalf("span %+v leaves the record of %d bytes", s, len(mem))
		}
	}
}

// unknownPrefixes are the programs whose unknown text must be counted as such.
var unknownPrefixes = []string{
	"postfix/smtpd[1]: ", "postfix/submission/smtpd[1]: ", "postfix/smtp[1]: ", "postfix/qmgr[1]: ", "postfix/cleanup[1]: ",
	"postfix/postscreen[1]: ", "postfix/anvil[1]: statistics: ", "postfix/local[1]: 3F2A11C0D2: ", "postfix/master[1]: ",
	"postfix/bounce[1]: 3F2A11C0D2: ", "postfix/pickup[1]: 3F2A11C0D2: ", "postfix/smtpd[1]: NOQUEUE: ",
	"postfix/smtpd[1]: warning: ", "postfix/smtp[1]: fatal: ", "postfix/postfix-script[1]: ", "postfix/tlsproxy[1]: ",
	"postfix/dnsblog[1]: addr ", "postfix/smtpd[1]: connect from ", "mymail/smtpd[1]: ", "smtpd[1]: ", "cron[1]: ", "",
}

// FuzzUnknown: random words behind a program's name are unknown, or a process
// line that is marked as unmatched. A program name is never enough.
func FuzzUnknown(f *testing.F) {
	for i := range unknownPrefixes {
		f.Add(uint8(i), uint64(i)*7919)
	}
	f.Fuzz(func(t *testing.T, prefix uint8, seed uint64) {
		line := "2026-11-22T01:39:03Z mx1 " + unknownPrefixes[int(prefix)%len(unknownPrefixes)] + randomWords(seed)
		eachEvent([]byte(line), func(e *Event, _ *Block) {
			if e.Kind != KindUnknown && e.Has&IsUnmatched == 0 {
				t.Errorf("%v %v of %q", e.Kind, e.Class, line)
			}
		})
	})
}

// randomWords makes words that no daemon writes: syllables, numbers, addresses.
func randomWords(seed uint64) string {
	syllables := []string{"zor", "blim", "qua", "tev", "ulk", "oxo", "wim", "gra", "7", "203.0.113.9", "<a@b>", "(x)", "k=v", "[z]", "vex:", "jup"}
	var w strings.Builder
	for range 2 + seed%9 {
		seed = seed*6364136223846793005 + 1442695040888963407
		w.WriteString("zy")
		w.WriteString(syllables[seed>>60])
		w.WriteByte(" -"[seed>>50&1])
	}
	return w.String()
}

// FuzzStamp: the fast reading of stamps agrees with package time.
func FuzzStamp(f *testing.F) {
	for _, s := range []string{
		"2026-11-22T01:39:03Z", "2026-11-22T01:39:03.123456+01:00", "2024-02-29T23:59:59.9-11:30", "2023-02-29T00:00:00Z",
		"2026-11-22T24:00:00Z", "Nov 22 01:39:03", "Feb 29 01:39:03", "Nov  2 01:39:03",
	} {
		f.Add(s, int64(1795311543))
	}
	f.Fuzz(func(t *testing.T, s string, ref int64) {
		if ref < 0 || ref > 4e9 {
			return
		}
		p := New(Options{Ref: time.Unix(ref, 0).UTC()})
		for range 2 { // cold, then from the cache
			checkISO(t, p, s)
			checkBSD(t, p, s)
		}
	})
}

func checkISO(t *testing.T, p *Parser, s string) {
	want, err := time.Parse(time.RFC3339Nano, s)
	if err != nil || want.Year() < minYear || want.Year() > maxYear || s[13] != ':' || strings.HasSuffix(s, ":60") {
		return // package time also takes hours of one digit and zones of 60 minutes
	}
	got, n := p.leadISO([]byte(s))
	if n != len(s) || got.sec != want.Unix() || got.nsec != int32(want.Nanosecond()) {
		// package time allows zones of 24 hours, RFC 3339 does too: nobody has them
		if _, off := want.Zone(); off > 15*3600-1 || off < -15*3600+1 {
			return
		}
		if i := strings.IndexAny(s, ".,"); i > 0 && len(s)-i > 16 {
			return // package time rounds more than nine digits its own way
		}
		t.Fatalf("%q: %+v (%d bytes), want %v", s, got, n, want)
	}
}

func checkBSD(t *testing.T, p *Parser, s string) {
	if len(s) != 15 {
		return
	}
	want, err := time.Parse("2006 "+time.Stamp, "2000 "+s)
	got, n := p.leadBSD([]byte(s))
	if err != nil || want.Format(time.Stamp) != s {
		return // package time also takes months in any case and hours of one digit
	}
	if n != 15 {
		t.Fatalf("%q was not read", s)
	}
	g := time.Unix(got.sec, 0).UTC()
	if g.Month() != want.Month() || g.Day() != want.Day() || g.Hour() != want.Hour() || g.Minute() != want.Minute() || g.Second() != want.Second() {
		t.Fatalf("%q: %v", s, g)
	}
	if late := g.Sub(p.opt.Ref); late > 25*time.Hour || late < -8*366*24*time.Hour {
		t.Fatalf("%q at %v: %v", s, p.opt.Ref, g)
	}
}

// FuzzAddr: parseAddr agrees with net/netip on what it reads.
func FuzzAddr(f *testing.F) {
	for _, s := range []string{"203.0.113.5", "2001:db8::5", "::ffff:203.0.113.5", "::1", "1:2:3:4:5:6:7:8", "1::8", "fe80::1%eth0", "1:2:3:4:5:6:203.0.113.5", "01.2.3.4", ":::", "1::2::3"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got, ok := parseAddr([]byte(s))
		if strings.ContainsAny(s, "[]%") || len(s) > 5 && strings.EqualFold(s[:5], "ipv6:") {
			return
		}
		want, err := netip.ParseAddr(s)
		if ok != (err == nil && !(want.Is6() && want.IsUnspecified())) {
			t.Fatalf("%q: %v, %v", s, ok, err)
		}
		if ok && got != want.As16() {
			t.Fatalf("%q: %v, want %v", s, got, want)
		}
	})
}

// FuzzDigits: the readings of numbers without branches agree with the plain ones,
// whatever lies behind the text in memory.
func FuzzDigits(f *testing.F) {
	for _, s := range []string{"203.0.113.5", "255.255.255.255", "256.1.1.1", "1.2.3.04", "1.2.3.4567", "1.2.3", "1234567", "12345678", "0.0061/", "123456.7", "1.", ".5", "1..2", "416349+01", "12:34", "16643/0.041/0.3/0.84, dsn=2.0.0", "0/0/0/0", "1/.5/2/3", "1.2.3/4/5/6", "12345678/1/1234567.8/3", "123456789/1/2/3", "1/2/3",
		"mx1.example.net[203.0.113.5]:25, delay=1", "unknown[203.0.113.5]", "a b[1.2.3.4]", "[1.2.3.4]:25", "a-rather-long-name.of.some.example[1.2.3.4]"} {
		f.Add([]byte(s), uint8(20), []byte("9.9.9.9]1234"))
	}
	f.Fuzz(func(t *testing.T, s []byte, n uint8, behind []byte) {
		mem := append(append(append([]byte{}, s...), behind...), make([]byte, n%40)...)
		s, exact := mem[:len(s)], append(make([]byte, 0, len(s)), s...)
		v, w := leadIPv4(s)
		if pv, pw := slowIPv4(exact); v != pv || w != pw {
			t.Fatalf("leadIPv4(%q) = %x, %d, plain %x, %d", s, v, w, pv, pw)
		}
		u, rest, ok := leadUint(s)
		if pu, prest, pok := slowUint(exact); u != pu || ok != pok || len(rest) != len(prest) {
			t.Fatalf("leadUint(%q) = %d, %q, %v, plain %d, %q, %v", s, u, rest, ok, pu, prest, pok)
		}
		sec, w := leadSeconds(s)
		if psec, pw := slowSeconds(exact); sec != psec || w != pw {
			t.Fatalf("leadSeconds(%q) = %v, %d, plain %v, %d", s, sec, w, psec, pw)
		}
		var e, plain record
		if rest, prest := e.pfDelays(s), plain.slowDelays(exact); !bytes.Equal(rest, prest) || e.ev.Delays != plain.ev.Delays || e.ev.Has != plain.ev.Has {
			t.Fatalf("pfDelays(%q) = %v, %q, plain %v, %q", s, e.ev.Delays, rest, plain.ev.Delays, prest)
		}
		if name, _, end := leadHostIPv4(s); name != plainHost(exact) || end > 0 && s[end-1] != ']' {
			t.Fatalf("leadHostIPv4(%q) = %d, %d, plain %d", s, name, end, plainHost(exact))
		}
		nsec, w := fraction(s)
		if pnsec, pw := slowFraction(exact); nsec != pnsec || w != pw {
			t.Fatalf("fraction(%q) = %d, %d, plain %d, %d", s, nsec, w, pnsec, pw)
		}
	})
}

// FuzzWordSet: the one pass over a text finds what a search for each word finds.
func FuzzWordSet(f *testing.F) {
	for _, w := range rejectWords {
		f.Add([]byte("x" + w.text + "y too much SPF"))
	}
	sets := []*wordSet{rejectWordSet, pfSASLReasonSet, newWordSet(3, func(i int) string { return []string{"aba", "ab", "ba"}[i] })}
	f.Fuzz(func(t *testing.T, s []byte) {
		for _, set := range sets {
			want := -1
			for i, text := range set.texts {
				if contains(s, text) {
					want = i
					break
				}
			}
			if got := set.find(s); got != want {
				t.Fatalf("%q: %d, want %d of %q", s, got, want, set.texts)
			}
		}
	})
}

// plainHost is the place of the first '[' when no blank comes before it, else -1.
func plainHost(s []byte) int {
	i := bytes.IndexByte(s, '[')
	if i >= 0 && bytes.IndexByte(s[:i], ' ') >= 0 {
		return -1
	}
	return i
}

// FuzzCaches: what a parser remembers of the records before changes no result: the
// short ways through stamp and tag come to the same as reading them.
func FuzzCaches(f *testing.F) {
	for _, l := range seedLines(f) {
		f.Add(l, l, false)
	}
	f.Add([]byte("Nov 22 01:39:03 mx1 postfix/submission/smtpd[1]: connect from unknown[203.0.113.5]"), []byte("Nov 22 01:39:03 mx1 postfix/submission/smtpd[12345678]: x"), true)
	f.Add([]byte("2026-11-22T01:39:03.123456+01:00 mx1 postfix/qmgr[1]: 3F2A11C0D2: removed"), []byte("2026-11-22T01:39:03.12345+01:00 mx1 postfix/qmgr[1]: 3F2A11C0D2: removed"), true)
	f.Fuzz(func(t *testing.T, before, line []byte, open bool) {
		if bytes.IndexByte(line, '\n') >= 0 {
			return
		}
		opt := Options{Ref: goldenRef}
		if open {
			opt.Ref = time.Time{}
		}
		warm, cold := New(opt), New(opt)
		// As in a file: short cuts look at more memory than the record has.
		b := &Block{Buf: append(append([]byte{}, line...), "\nNov 22 01:39:03 mx1 postfix/smtpd[1]: connect from unknown[203.0.113.5]\nNov 22 01:39:03 mx1"...)}
		n := len(before)
		first := &Block{Buf: append(append([]byte{}, before...), b.Buf[len(line):]...)}
		warm.Parse(first, 0, n, func(*Event) {})
		warm.Parse(first, 0, n, func(*Event) {})
		var got, want []string
		warm.Parse(b, 0, len(line), func(e *Event) { got = append(got, string(e.AppendJSON(nil, b, JSONExtra{Raw: true}))) })
		b.Arena = nil
		cold.Parse(b, 0, len(line), func(e *Event) { want = append(want, string(e.AppendJSON(nil, b, JSONExtra{Raw: true}))) })
		if !slices.Equal(got, want) {
			t.Fatalf("%q after %q:\n%s\ninstead of\n%s", line, before, got, want)
		}
	})
}
