package clean

import (
	"testing"
	"unicode"
	"unicode/utf8"
)

func TestString(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"plain text ~ 1", "plain text ~ 1"},
		{"a\x1b[31mred\x07", `a\x1b[31mred\x07`},
		{"a\tb\r\n", `a\x09b\x0d\x0a`},
		{"\x7f", `\x7f`},
		{"c1 \u009b31m", `c1 \u{009b}31m`},
		{"bad \x9b\xff", `bad \x9b\xff`},
		{"bidi \u202eevil\u2066", `bidi \u{202e}evil\u{2066}`},
		{"zero\u200bwidth \ufeff", `zero\u{200b}width \u{feff}`},
		{"line\u2028sep\u2029", `line\u{2028}sep\u{2029}`},
		{"zalgo a\u0300", `zalgo a\u{0300}`},
		{"tag \U000e0041", `tag \u{e0041}`},
		{"grüße 日本", "grüße 日本"},
	} {
		if got := String(c.in).String(); got != c.want {
			t.Errorf("String(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

func FuzzString(f *testing.F) {
	for _, s := range []string{"a\x1b[31m", "\u009b", "\xff", "\u202e", "ok", "日本"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		got := String(s).String()
		if !utf8.ValidString(got) {
			t.Fatalf("%q is not UTF-8", got)
		}
		for _, r := range got {
			if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == 0x2028 || r == 0x2029 {
				t.Fatalf("%q leaves %U", got, r)
			}
		}
		if again := String(got).String(); again != got {
			t.Fatalf("not stable: %q then %q", got, again)
		}
	})
}
