package widget

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/google/go-cmp/cmp"

	"mailtop/logparse/clean"
	"mailtop/tui/theme"
)

func TestWidthIsWhatIsDrawn(t *testing.T) {
	for _, s := range []string{"plain", "日本", "e\u0301", "\U0001F1E9\U0001F1EA", "👍🏽", "ᄒ", "ｗ", "→", "\x1b[31m", "\u0903a"} {
		text := clean.String(s)
		c := NewCanvas(60, 1, false)
		n := c.Put(0, 0, 60, text, theme.Plain)
		if n != Width(text) {
			t.Errorf("%q: Width %d, drawn %d", s, Width(text), n)
		}
		row := c.Rows()[0]
		if got := ansi.StringWidth(row); got != n && strings.TrimRight(row, " ") == row {
			t.Errorf("%q: drawn %d columns, a terminal shows %d: %q", s, n, got, row)
		}
	}
}

func TestWideRuneIsNeverHalf(t *testing.T) {
	c := NewCanvas(4, 1, false)
	if n := c.Put(0, 0, 3, clean.String("日本"), theme.Plain); n != 2 {
		t.Errorf("took %d columns of 3", n)
	}
	c.Put(0, 0, 4, clean.String("日本"), theme.Plain)
	c.PutLabel(1, 0, 1, "x", theme.Plain)
	if got := c.Rows()[0]; got != " x本" {
		t.Errorf("overwritten tail: %q", got)
	}
	c.PutLabel(2, 0, 1, "y", theme.Plain)
	if got := c.Rows()[0]; got != " xy" {
		t.Errorf("overwritten head: %q", got)
	}
	c.Put(3, 0, 2, clean.String("日"), theme.Plain)
	if got := c.Rows()[0]; ansi.StringWidth(got) > 4 {
		t.Errorf("over the edge: %q", got)
	}
}

func TestCanvasBounds(t *testing.T) {
	c := NewCanvas(3, 2, false)
	c.PutLabel(-2, 0, 9, "abcdef", theme.Plain)
	c.PutLabel(0, 7, 9, "below", theme.Plain)
	c.Paint(-5, 1, 99, theme.Selected)
	c.Blank(Rect{-1, -1, 9, 9})
	Box(c, Rect{0, 0, 9, 9}, theme.Unicode(), nil, nil, true)
	if got := len(c.Rows()); got != 2 {
		t.Errorf("%d rows", got)
	}
}

func TestRoles(t *testing.T) {
	c := NewCanvas(8, 1, false)
	c.PutLine(0, 0, 8, Line{T("a"), L("b", theme.Strong), T("c")})
	if got := c.String(theme.Mono()); got != "a\x1b[1mb\x1b[mc" {
		t.Errorf("%q", got)
	}
}

func TestElideKeepsBothEnds(t *testing.T) {
	sym := theme.Unicode()
	for in, want := range map[string]string{
		"2001:db8:77:1234::1": "2001:…234::1",
		"192.0.2.1":           "192.0.2.1",
		"日本語日本語日本語":           "日本…本語",
	} {
		w := 12
		if strings.HasPrefix(in, "日") {
			w = 9
		}
		got := Elide(clean.String(in), w, sym).String()
		if got != want && in[0] != '2' || Width(clean.String(got)) > w {
			t.Errorf("Elide(%q, %d) = %q (%d), want %q", in, w, got, Width(clean.String(got)), want)
		}
	}
	if got := Clip(clean.String("abcdef"), 4, sym).String(); got != "abc…" {
		t.Errorf("Clip: %q", got)
	}
	if got := ClipLine(Line{T("abc"), L("def", theme.Strong)}, 4, sym).Text().String(); got != "abc…" {
		t.Errorf("ClipLine: %q", got)
	}
}

func TestWrap(t *testing.T) {
	for _, tc := range []struct {
		in        string
		w, indent int
		want      []string
	}{
		{"the quick brown fox", 10, 0, []string{"the quick ", "brown fox"}},
		{"the quick brown fox", 10, 2, []string{"the quick ", "  brown ", "  fox"}},
		{"short", 10, 2, []string{"short"}},
		{"", 10, 2, []string{""}},
		{"abcdefghijklmno", 6, 2, []string{"abcdef", "  ghij", "  klmn", "  o"}},
		{"x 2001:db8:77:1234:5678:9abc:def0:1", 20, 2, []string{"x 2001:db8:77:1234:5", "  678:9abc:def0:1"}},
		{"日本語", 4, 0, []string{"日本", "語"}},
		{"日本", 1, 0, []string{""}},
	} {
		var got []string
		for _, l := range Wrap(Line{{Text: clean.String(tc.in)}}, tc.w, tc.indent) {
			got = append(got, l.Text().String())
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("%q in %d (-want +got):\n%s", tc.in, tc.w, diff)
		}
	}
}

func TestLimitMarksWhatIsCut(t *testing.T) {
	lines := Wrap(Line{T("aaaa bbbb cccc dddd")}, 9, 0)
	got := Limit(lines, 1, 9, theme.Unicode())
	if s := got[0].Text().String(); len(got) != 1 || !strings.HasSuffix(s, "…") || Width(got[0].Text()) > 9 {
		t.Errorf("%q", s)
	}
	if got := Limit(lines, 5, 9, theme.Unicode()); len(got) != len(lines) {
		t.Errorf("nothing to cut, but %d lines", len(got))
	}
}

// Wrapping loses no letter, and no line is too wide.
func FuzzWrap(f *testing.F) {
	f.Add("the quick 日本語 fox /var/log/mail.log", 12, 2)
	f.Add("aaaaaaaaaaaaaaaaaaaaaaaaaaaaa b", 8, 6)
	f.Fuzz(func(t *testing.T, s string, w, indent int) {
		if w < 2 || w > 300 || indent < 0 || indent > 300 || len(s) > 4000 {
			return
		}
		text := clean.String(s)
		var b strings.Builder
		for _, l := range Wrap(Line{{Text: text}, L(" end", theme.Strong)}, w, indent) {
			if l.Width() > w {
				t.Fatalf("%q is %d wide, not %d", l.Text(), l.Width(), w)
			}
			b.WriteString(l.Text().String())
		}
		squeeze := func(s string) string { return strings.ReplaceAll(s, " ", "") }
		if got, want := squeeze(b.String()), squeeze(text.String()+" end"); got != want {
			t.Fatalf("wrapped %q, got %q", want, got)
		}
	})
}

func TestBoundedKeepsRunesWhole(t *testing.T) {
	got := Bounded(strings.Repeat("ä", MaxText), MaxText+1).String()
	if len(got) > MaxText+4 || strings.ContainsRune(got, '\uFFFD') || !strings.HasSuffix(got, "ä...") {
		t.Errorf("%d bytes, ends in %q", len(got), got[len(got)-6:])
	}
	if got := Bounded("a\xff\x80\x80\x80", 3).String(); got != "a..." {
		t.Errorf("%q", got)
	}
	if got := Bounded(strings.Repeat("\x80", 50), 10).String(); got != strings.Repeat(`\x80`, 7)+"..." {
		t.Errorf("%q", got)
	}
	if got := F("%s", strings.Repeat("x", 1<<20)).Text.Len(); got > MaxText+3 {
		t.Errorf("%d bytes in a span", got)
	}
}

func TestNumbers(t *testing.T) {
	for v, want := range map[float64]string{0: "0", 0.04: "0.0", 0.4: "0.4", 7: "7", 9.96: "10", 212.4: "212", 1904: "1904", 9999: "9999", 12345: "12.3k", 99960: "100k", 999600: "1.0M", 4.2e6: "4.2M", Gap: "?", -3: "-3"} {
		if got := Num(v); got != want {
			t.Errorf("Num(%v) = %q, want %q", v, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0", 999: "999", 1000: "1,000", 1204331: "1,204,331", -1000: "-1,000", -100: "-100"} {
		if got := Count(n); got != want {
			t.Errorf("Count(%d) = %q, want %q", n, got, want)
		}
	}
	for n, want := range map[int64]string{0: "0 B", 999: "999 B", 1500: "1.5 kB", 88_000_000: "88 MB", 3e12: "3 TB", 4e15: "4 PB"} {
		if got := Bytes(n); got != want {
			t.Errorf("Bytes(%d) = %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		-time.Second: "0s", 45 * time.Second: "45s", 12*time.Minute + 59*time.Second: "12m", time.Hour: "1h",
		4*time.Hour + 2*time.Minute: "4h2m", 51 * time.Hour: "2d3h", 48 * time.Hour: "2d",
	} {
		if got := Duration(d); got != want {
			t.Errorf("Duration(%v) = %q, want %q", d, got, want)
		}
	}
}

func TestInput(t *testing.T) {
	in := NewInput("abc")
	in.Insert("\x1bd\x07\n e")
	in.Key("left")
	in.Key("backspace")
	in.Insert("X")
	if got := in.Value(); got != "abXd" {
		t.Errorf("%q", got)
	}
	in.Key("end")
	in.Insert(" two words")
	in.Key("ctrl+w")
	if got := in.Value(); got != "abXd two " {
		t.Errorf("after ctrl+w: %q", got)
	}
	in.Key("ctrl+u")
	in.Key("delete")
	in.Key("backspace")
	if got := in.Value(); got != "" || in.Key("f5") {
		t.Errorf("after ctrl+u: %q", got)
	}
	in.Insert(strings.Repeat("y", 2*MaxInput))
	if got := len(in.Value()); got != MaxInput {
		t.Errorf("%d runes taken", got)
	}
	c := NewCanvas(20, 1, false)
	in.Draw(c, 0, 0, 20, "> ")
	if got := c.Rows()[0]; !strings.HasPrefix(got, "> yyyy") {
		t.Errorf("drawn %q", got)
	}
}
