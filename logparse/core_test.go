package logparse

import (
	"testing"
	"time"
	"unsafe"

	"github.com/google/go-cmp/cmp"
)

// TestEventSize: every field of the contract in 256 bytes.
func TestEventSize(t *testing.T) {
	if n := unsafe.Sizeof(Event{}); n > 256 {
		t.Errorf("Event has %d bytes", n)
	}
}

func TestNames(t *testing.T) {
	seen := map[string]bool{}
	for k := range NumKinds {
		if k.String() == "" || seen[k.String()] {
			t.Errorf("kind %d: %q", k, k)
		}
		seen[k.String()] = true
	}
	for c := ClassLost; c < NumClasses; c++ {
		if c.String() == "" {
			t.Errorf("class %d has no name", c)
		}
	}
	for m := Postfix; m < NumMTAs; m++ {
		if m.String() == "" {
			t.Errorf("MTA %d has no name", m)
		}
	}
}

func TestMask(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"nothing here", "nothing here"},
		{"plain(a@b,203.0.113.5): Password mismatch (given password: s3(c)ret)", "plain(a@b,203.0.113.5): Password mismatch (given password: ***)"},
		{"x (SHA1 of given password: 5baa61e4)", "x (SHA1 of given password: ***)"},
		{"x (given password: cut", "x (given password: ***"},
		{"EHLO x\\r\\nAUTH LOGIN dGVzdA==\\r\\n", "EHLO x\\r\\nAUTH LOGIN ***\\r\\n"},
		{"auth plain AGEAYg== and AUTH CRAM-MD5 PDEyMz4=", "auth plain *** and AUTH CRAM-MD5 ***"},
		{"AUTH PLAIN authentication failed", "AUTH PLAIN authentication failed"},
		{"auth: client in: AUTH\t1\tPLAIN\tresp=AGEAYg==", "auth: client in: AUTH\t1\tPLAIN\tresp=***"},
		{"/?user=a&pass=b c", "/?user=a&pass=*** c"},
		{"password=hunter2, x", "password=***, x"},
		{"bypass=1", "bypass=1"},
	} {
		got := string(Mask(nil, []byte(c.in)))
		if got != c.want {
			t.Errorf("Mask(%q) = %q, want %q", c.in, got, c.want)
		}
		if again := string(Mask(nil, []byte(got))); again != got {
			t.Errorf("not stable: %q, %q", got, again)
		}
	}
}

func TestMaskedOutput(t *testing.T) {
	got := fields(t, `Nov 22 01:39:03 mx1 postfix/smtpd[1]: improper command pipelining after EHLO from unknown[203.0.113.5]: AUTH PLAIN AGEAc2VjcmV0\r\n`, "reply")
	if diff := cmp.Diff(want{"reply": `AUTH PLAIN ***\r\n`}, got); diff != "" {
		t.Error(diff)
	}
}

func TestPattern(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"warning: zebra 7 crossing", "warning: zebra * crossing"},
		{`lookup of "a b" for <x@y> at host[203.0.113.5]:25 failed.`, `lookup of "*" for <*> at host[*]:* failed.`},
		{"3F2A11C0D2: a@b said 4.7.1", "*: * said *"},
		{"tab\tand \x1b esc", "tab?and ? esc"},
	} {
		if got := string(Pattern(nil, []byte(c.in))); got != c.want {
			t.Errorf("Pattern(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func TestEachCommand(t *testing.T) {
	type one struct {
		Verb      string
		OK, Total uint32
	}
	var got []one
	EachCommand([]byte("ehlo=2 auth=0/3 x= =4 bad=a/b commands=2/5"), func(v []byte, ok, total uint32) {
		got = append(got, one{string(v), ok, total})
	})
	if diff := cmp.Diff([]one{{"ehlo", 2, 2}, {"auth", 0, 3}, {"commands", 2, 5}}, got); diff != "" {
		t.Error(diff)
	}
}

func TestJSONExtra(t *testing.T) {
	line := "Nov 22 01:39:03 mx1 postfix/qmgr[1]: 3F2A11C0D2: removed"
	got := parseAll([]byte(line), JSONExtra{Source: "/var/log/\x1bmail.log", Offset: 1 << 40, Line: 7, Raw: true})
	want := []string{`{"time":"2026-11-22T01:39:03Z","host":"mx1","program":"postfix/qmgr","pid":1,"mta":"postfix","kind":"removed","queue_id":"3F2A11C0D2","text":"3F2A11C0D2: removed","source":"/var/log/\u001bmail.log","offset":1099511627776,"line":7}`}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestNumbers(t *testing.T) {
	for s, want := range map[string]float64{"0": 0, "12": 12, "0.05": 0.05, "-3.5": -3.5, "1e+03": 1000, "1.2e-05": 0.000012} {
		if got, ok := parseFloat([]byte(s)); !ok || got != want {
			t.Errorf("parseFloat(%q) = %v, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", ".", "-", "1.2.3", "x", "1e", "1e999x"} {
		if got, ok := parseFloat([]byte(s)); ok {
			t.Errorf("parseFloat(%q) = %v", s, got)
		}
	}
	for _, s := range []string{"0", "12", "0.05", "0.000012", "431999", "7.", "123456789.5", "1234567890.25", "3.14159265358", "99999.9999"} {
		want, rest, _ := leadFloat([]byte(s + "/"))
		got, n := leadSeconds([]byte(s + "/"))
		r := (s + "/")[n:]
		if got != float32(want) || r != string(rest) {
			t.Errorf("leadSeconds(%q) = %v, %q", s, got, r)
		}
	}
	for s, want := range map[string]string{"5.7.1": "5.7.1", "2.0.0": "2.0.0", "4.7.650": "4.7.650"} {
		if d, ok := parseDSN([]byte(s)); !ok || d.String() != want {
			t.Errorf("parseDSN(%q) = %v, %v", s, d, ok)
		}
	}
	for _, s := range []string{"", "5.7", "5.7.", "3.1.1", "5.7.1.2", "10.0.0.1", "5.1111.1"} {
		if d, ok := parseDSN([]byte(s)); ok {
			t.Errorf("parseDSN(%q) = %v", s, d)
		}
	}
}

func TestNextField(t *testing.T) {
	var got []string
	s := []byte(`a=1, b="x, \"y", c=<u, v>, d=<cut, e=`)
	for {
		k, v, rest, ok := nextField(s, ", ")
		if !ok {
			break
		}
		got = append(got, string(k)+"="+string(v))
		s = rest
	}
	if diff := cmp.Diff([]string{"a=1", `b="x, \"y"`, "c=<u, v>", "d=<cut", "e="}, got); diff != "" {
		t.Error(diff)
	}
}

// TestSetRef: a new reference time changes the year of stamps that were cached.
func TestSetRef(t *testing.T) {
	p := New(Options{Ref: goldenRef})
	line := []byte("Nov 22 01:39:03 mx1 postfix/qmgr[1]: 3F2A11C0D2: removed")
	years := map[int]int{}
	for _, ref := range []time.Time{goldenRef, goldenRef.AddDate(-3, 0, 0)} {
		p.SetRef(ref)
		p.Parse(&Block{Buf: line}, 0, len(line), func(e *Event) { years[time.Unix(0, e.Time).UTC().Year()]++ })
	}
	if diff := cmp.Diff(map[int]int{2026: 1, 2023: 1}, years); diff != "" {
		t.Error(diff)
	}
}
