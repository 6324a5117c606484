package widget

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mailtop/logparse/clean"
	"mailtop/tui/theme"
)

func one(int) int { return 1 }

func TestWindowKeepsTheMarkInSight(t *testing.T) {
	var l List
	for _, tc := range []struct {
		move, top, cursor int
	}{{0, 0, 0}, {3, 0, 3}, {1, 1, 4}, {5, 6, 9}, {-2, 6, 7}, {-3, 4, 4}, {99, 6, 9}, {-99, 0, 0}} {
		l.Move(tc.move, 10)
		got := l.Window(10, 4, one)
		if l.Top() != tc.top || l.Cursor != tc.cursor || len(got) != 4 || got[0].Index != tc.top {
			t.Errorf("after %+d: top %d, cursor %d, %v", tc.move, l.Top(), l.Cursor, got)
		}
	}
}

func TestWindowOfHighRows(t *testing.T) {
	heights := []int{1, 3, 2, 5, 1}
	var l List
	for i := range heights {
		l.Set(i, len(heights))
		seen := false
		used := 0
		for _, p := range l.Window(len(heights), 5, func(i int) int { return heights[i] }) {
			if p.Y != used {
				t.Errorf("row %d stands at %d, not %d", p.Index, p.Y, used)
			}
			used += p.H
			seen = seen || p.Index == i && p.H == heights[i]
		}
		if !seen || used > 5 {
			t.Errorf("row %d is not whole in sight; %d lines used", i, used)
		}
	}
}

func TestWindowFollows(t *testing.T) {
	l := List{Follow: true}
	l.Window(3, 5, one)
	l.Window(50, 5, one)
	if l.Top() != 45 || l.Cursor != 49 {
		t.Errorf("top %d, cursor %d", l.Top(), l.Cursor)
	}
}

func TestWindowOfAListThatShrinks(t *testing.T) {
	l := List{Cursor: 90}
	l.Window(100, 10, one)
	if got := l.Window(4, 10, one); len(got) != 4 || l.Cursor != 3 || l.Top() != 0 {
		t.Errorf("%v, cursor %d, top %d", got, l.Cursor, l.Top())
	}
	if got := l.Window(0, 10, one); got != nil || l.Cursor != 0 {
		t.Errorf("empty list: %v, cursor %d", got, l.Cursor)
	}
}

func table() *Table {
	row := func(cells ...string) []Span {
		var out []Span
		for _, c := range cells {
			out = append(out, Span{Text: clean.String(c)})
		}
		return out
	}
	return &Table{
		Columns: []Column{{Title: "client", Flex: true, Min: 12}, {Title: "conn", Right: true}, {Title: "rej", Right: true}, {Title: "name"}},
		Rows:    [][]Span{row("198.51.100.77", "412", "0", "unknown"), row("2001:db8:77:1234:5678:9abc:def0:1", "88", "1,000", "mail.example.org")},
	}
}

func TestTableGivesUpColumnsFromTheRight(t *testing.T) {
	for _, tc := range []struct {
		w    int
		want []string
	}{
		{30, []string{"  client            conn   rej", "  198.51.100.77      412     0", "> 2001:db8…c:def0:1   88 1,000"}},
		{20, []string{"  client        conn", "  198.51.100.77  412", "> 2001:d…def0:1   88"}},
		{70, []string{
			"  client                                   conn   rej name",
			"  198.51.100.77                             412     0 unknown",
			"> 2001:db8:77:1234:5678:9abc:def0:1          88 1,000 mail.example.org",
		}},
	} {
		c := NewCanvas(tc.w, 3, false)
		table().Draw(c, c.Bounds(), theme.Unicode(), 0, 1)
		var got []string
		for _, r := range c.Rows() {
			got = append(got, strings.TrimRight(r, " "))
		}
		if diff := cmp.Diff(tc.want, got); diff != "" {
			t.Errorf("width %d (-want +got):\n%s", tc.w, diff)
		}
	}
}

func TestColumnsFillTheWidth(t *testing.T) {
	for w := range 50 {
		x := 0
		for _, r := range (Rect{W: w, H: 1}).Columns(4) {
			if r.X != x {
				t.Fatalf("width %d: column at %d, want %d", w, r.X, x)
			}
			x += r.W
		}
		if x != w {
			t.Fatalf("width %d: columns take %d", w, x)
		}
	}
}
