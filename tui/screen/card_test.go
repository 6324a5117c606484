package screen

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mailtop/monitor"
	"mailtop/monitor/detect"
	"mailtop/tui/widget"
)

func incident() detect.Incident {
	in := detect.Incident{
		ID: "k3f9", Rule: "auth.bruteforce", Severity: detect.High, Opened: now.Add(-time.Hour), Title: "password guessing",
		Subject: detect.Subject{Type: "ip", Value: "198.51.100.7"},
		Why:     []detect.Signal{{Signal: "failed logins", Value: 41, Limit: 10, Met: true}},
		Actors:  []detect.Actor{{Type: "ip", Value: "198.51.100.7", Count: 1, First: now, Last: now}},
		Advice: []detect.Advice{
			{Text: "Look", Command: "postqueue -p"}, {Text: "Ban", Command: "nft add x", Undo: "nft delete x"}, {Text: "Sleep"},
		},
	}
	for i := range 30 {
		in.Evidence = append(in.Evidence, detect.Evidence{Source: "mail.log", Offset: int64(i), Text: fmt.Sprint("record ", i, " ", strings.Repeat("word ", 20))})
	}
	return in
}

func card(t *testing.T, in detect.Incident) *Card {
	t.Helper()
	x := ctx(monitor.Snapshot{Incidents: []detect.Incident{in}})
	k, ok := x.Card(in.ID)
	if !ok {
		t.Fatal("no card")
	}
	return k
}

// In every layout each line of the card can be reached, is in sight when it is
// marked, and a heading is never marked.
func TestEveryLineOfACardIsReached(t *testing.T) {
	for _, size := range [][2]int{{45, 15}, {80, 20}, {120, 32}, {200, 56}, {40, 6}} {
		for _, in := range []detect.Incident{incident(), {ID: "empty"}} {
			k := card(t, in)
			c := widget.NewCanvas(size[0], size[1], false)
			k.Draw(c, c.Bounds())
			k.move(-1000)
			marked := 0
			for range len(k.items) + 1 {
				it := &k.items[k.cursor]
				if it.heading {
					t.Fatalf("%v: heading %q is marked", size, it.line.Text())
				}
				c.Clear()
				k.Draw(c, c.Bounds())
				if got := strings.Count(strings.Join(c.Rows(), "\n"), "│> "); got != 1 {
					t.Fatalf("%v: %d marks on the screen with %q marked:\n%s", size, got, it.line.Text(), strings.Join(c.Rows(), "\n"))
				}
				last := k.cursor
				k.move(1)
				if k.cursor != last {
					marked++
				}
			}
			lines := 0
			for i := range k.items {
				if !k.items[i].heading {
					lines++
				}
			}
			if marked != lines-1 {
				t.Errorf("%v: %d of %d lines reached", size, marked+1, lines)
			}
		}
	}
}

func TestPartsGoAround(t *testing.T) {
	k := card(t, incident())
	k.move(-1000)
	var got []string
	for range 6 {
		got = append(got, fmt.Sprint(k.items[k.cursor].section, " ", k.items[k.cursor].copy))
		k.turn(1)
	}
	want := "[0 password guessing 1  2 postqueue -p 3 198.51.100.7 4 " + k.in.Evidence[0].Text + " 0 password guessing]"
	if fmt.Sprint(got) != want {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	k.turn(-1)
	k.turn(-1)
	if s := k.items[k.cursor].section; s != secEvidence {
		t.Errorf("backwards to section %d", s)
	}
}

func TestCopyOnALineWithoutACommandMarksOne(t *testing.T) {
	k := card(t, incident())
	k.move(-1000)
	k.move(1) // since, rule
	if _, ok := k.copy().(Say); !ok || !k.items[k.cursor].command {
		t.Error("y on a line with nothing to copy must mark the first command, and copy nothing yet")
	}
	c, ok := k.copy().(Copy)
	if !ok || !c.Command || len(c.Lines) != 1 || c.Lines[0].String() != "postqueue -p" {
		t.Errorf("copied %+v", c)
	}
}

func TestCopyOfTheWholeCard(t *testing.T) {
	c, ok := card(t, incident()).copyAll().(Copy)
	if !ok || c.Command {
		t.Fatalf("%+v", c)
	}
	var b strings.Builder
	for _, l := range c.Lines {
		b.WriteString(l.String() + "\n")
	}
	for _, want := range []string{"password guessing", "rule auth.bruteforce", "[x] failed logins: 41 (limit 10)", "    nft add x", "undo: nft delete x", "ip 198.51.100.7  once, 12:04", "record 29"} {
		if !strings.Contains(b.String(), want) {
			t.Errorf("no %q in:\n%s", want, b.String())
		}
	}
}

func TestCardOfAnIncidentThatIsGoneStays(t *testing.T) {
	k := card(t, incident())
	k.x.Snap = &monitor.Snapshot{Now: now}
	k.Refresh()
	c := widget.NewCanvas(80, 20, false)
	k.Draw(c, c.Bounds())
	s := strings.Join(c.Rows(), "\n")
	if !strings.Contains(s, "password guessing") || !strings.Contains(s, "no longer in the list") {
		t.Errorf("\n%s", s)
	}
}
