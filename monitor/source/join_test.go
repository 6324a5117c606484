package source

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailtop/logparse"
)

// eachEvent reads input in blocks of a size and hands each event to f.
func eachEvent(t *testing.T, input string, block int, f func(*Batch, *logparse.Event)) {
	t.Helper()
	path := logFile(t)
	write(t, path, input)
	set, err := Files(Options{Workers: 2, Poison: true, block: block, record: min(block*9/10, logparse.MaxRecord), Parse: logparse.Options{Ref: time.Date(2026, 11, 22, 7, 0, 0, 0, time.UTC)}}, path)
	must(t, err)
	out := make(chan *Batch, 1)
	go func() {
		if err := set.Run(t.Context(), out); err != nil {
			t.Error(err)
		}
		close(out)
	}()
	for b := range out {
		for i := range b.Events {
			f(b, &b.Events[i])
		}
		b.Release()
	}
}

// texts returns position and text of each event.
func texts(t *testing.T, input string, block int) (got []string) {
	t.Helper()
	eachEvent(t, input, block, func(b *Batch, e *logparse.Event) {
		got = append(got, fmt.Sprintf("%d %s", b.Offset+int64(e.Pos), e.Bytes(&b.Block, e.Text)))
	})
	return got
}

const exim = "2026-11-22T03:00:00.000000+00:00 mx1 "

// Pieces of two processes, mixed with other records and cut by blocks.
func TestEximPieces(t *testing.T) {
	lines := []string{
		exim + "exim[10]: [1/3] aaa ", exim + "other[1]: x", exim + `exim[11]: [1\2] first`, exim + "exim[10]: [2/3] bbb",
		exim + `exim[11]: [2\2] second`, exim + "exim[10]: [3/3] ccc", exim + "exim[12]: [1/2] left alone", exim + "exim[13]: [2/2] no head",
		exim + "exim[14]: [1/2] out", exim + "exim[14]: [1/2] of", exim + "exim[14]: [2/2] turn",
		exim + "exim[15]: [1/3] cut off", exim + "exim[15]: by another", exim + "exim[16]: [1/3] a", exim + "exim[16]: [3/3] gap",
		exim + "exim[17]: [1/2] late", strings.Replace(exim, "03:00:00", "03:00:11", 1) + "other[1]: y",
	}
	at := func(i int) int { return len(text(lines[:i+1]...)) - len(text(lines[i])) }
	want := []string{
		fmt.Sprintf("%d x", at(1)), fmt.Sprintf("%d first second", at(2)), fmt.Sprintf("%d aaa bbbccc", at(0)), fmt.Sprintf("%d [2/2] no head", at(7)),
		fmt.Sprintf("%d out", at(8)), fmt.Sprintf("%d ofturn", at(9)), fmt.Sprintf("%d cut off", at(11)), fmt.Sprintf("%d by another", at(12)),
		fmt.Sprintf("%d a", at(13)), fmt.Sprintf("%d [3/3] gap", at(14)), fmt.Sprintf("%d left alone", at(6)), fmt.Sprintf("%d late", at(15)), fmt.Sprintf("%d y", at(16)),
	}
	for _, block := range []int{4096, 300, 200, 150} {
		if d := cmp.Diff(want, texts(t, text(lines...), block)); d != "" {
			t.Errorf("block %d (-want +got):\n%s", block, d)
		}
	}
}

// The same record in pieces, in every envelope, in every kind of block: the events
// are those of the record in one piece.
func TestPiecesInEveryEnvelope(t *testing.T) {
	const msg = `1xUwl6-0000nN-27 H=a.example (smtp.example) [198.19.2.59] F=<x@y.example> rejected after DATA: spam Envelope-from: <x@y.example> P "quoted" `
	line := strings.Index(msg, " Envelope")
	cuts := []string{`[1\3] ` + msg[:line], `[2/3] ` + msg[line+1:line+20], `[3/3] ` + msg[line+20:]}
	quote := func(s string) string { return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) }
	for name, form := range map[string]string{
		"BSD":           "Nov 22 03:00:00 mx1 exim[10]: %s",
		"no host":       "Nov 22 03:00:00 exim[10]: %s",
		"FreeBSD":       "Nov 22 03:00:00 <mail.info> mx1 exim[10]: %s",
		"RFC 3339":      "2026-11-22T03:00:00.123456+01:00 mx1 exim[10]: %s",
		"PRI":           "<22>Nov 22 03:00:00 mx1 exim[10]: %s",
		"PRI, RFC 3339": "<22>2026-11-22T03:00:00.123456+01:00 mx1 exim[10]: %s",
		"RFC 5424":      "<21>1 2026-11-22T03:00:00.123456Z mx1 exim 10 - -  %s",
		"RFC 5424, SD":  `<21>1 2026-11-22T03:00:00.123456Z mx1 exim 10 - [a b="]: [1/2]"] %s`,
		"without a pid": "Nov 22 03:00:00 mx1 exim: %s",
		"journal":       `{"__REALTIME_TIMESTAMP":"1795306800123456","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"exim","_PID":"10","MESSAGE":"%q"}`,
		"docker":        `{"log":"Nov 22 03:00:00 mx1 exim[10]: %q\n","stream":"stdout","time":"2026-11-22T03:00:00.123456789Z"}`,
		"CRI":           "2026-11-22T03:00:00.123456789Z stdout F Nov 22 03:00:00 mx1 exim[10]: %s",
		"compose":       "mail-1  | Nov 22 03:00:00 mx1 exim[10]: %s",
		"TAI64N":        "@400000006b0247c100000000 mx1 exim[10]: %s",
		"carriage":      "Nov 22 03:00:00 mx1 exim[10]: %s\r",
	} {
		put := func(s string) string { return strings.NewReplacer("%s", s, "%q", quote(s)).Replace(form) }
		other := put("Completed elsewhere")
		other = strings.NewReplacer("[10]", "[99]", " 10 ", " 99 ", `"10"`, `"99"`).Replace(other)
		if name == "without a pid" {
			other = "Nov 22 03:00:00 mx1 postfix/smtpd: x"
		}
		if name == "no host" {
			other = "Nov 22 03:00:00 cron[1]: x"
		}
		whole := jsons(t, text(put(strings.TrimSpace(msg)), other), 1<<16)
		pieces := text(put(cuts[0]), other, put(cuts[1]), put(cuts[2]), other)
		for _, block := range []int{1 << 16, 3 * len(put(cuts[0])), 2 * len(put(cuts[0]))} {
			got := jsons(t, pieces, block)
			if len(got) != 3 || len(whole) != 2 {
				t.Fatalf("%s, block %d: %d events, whole %d: %q", name, block, len(got), len(whole), got)
			}
			if d := cmp.Diff(whole[0], got[1]); d != "" {
				t.Errorf("%s, block %d (-whole +pieces):\n%s", name, block, d)
			}
		}
	}
}

// jsons parses input in blocks of a size and returns each event as JSON, with text.
func jsons(t *testing.T, input string, block int) (got []string) {
	t.Helper()
	eachEvent(t, input, block, func(b *Batch, e *logparse.Event) {
		got = append(got, string(e.AppendJSON(nil, &b.Block, logparse.JSONExtra{Raw: true})))
	})
	return got
}

// Sendmail numbers the pieces of a long record and ends all but the last in " ...";
// what it writes with "[more]" is a whole record.
func TestSendmailPieces(t *testing.T) {
	pid := func(n int, s string) string { return fmt.Sprintf("Nov 22 06:20:37 mx sendmail[%d]: %s", n, s) }
	input := text(
		pid(7, "6AM6Kb4V023151[1]: key0=value key1=value  ..."), pid(8, "6AM6Kb4V023152[1]: other  ..."), pid(7, "6AM6Kb4V023151[2]: key2=value  ..."), pid(7, "6AM6Kb4V023151[3]: key3=valu"),
		pid(8, "6AM6Kb4V023152: from=<a@example.net>, size=1, class=0, nrcpts=3, relay=root@localhost"), pid(8, "6AM6Kb4V023152: a record that ends in ..."),
		pid(8, "6AM6Kb4V023152: to=<a@example.org>,<b@example.org>, [more], ctladdr=<a@example.net> (0/0), delay=00:00:01, mailer=esmtp, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (ok)"),
		pid(8, "6AM6Kb4V023152: to=<c@example.org>, ctladdr=<a@example.net> (0/0), delay=00:00:01, mailer=esmtp, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (ok)"),
		pid(8, "6AM6Kb4V023153[2]: without a beginning"),
	)
	var first []string
	for _, block := range []int{1 << 16, 600, 500} {
		var got []string
		eachEvent(t, input, block, func(b *Batch, e *logparse.Event) {
			s := e.String(&b.Block, e.Text)
			if e.Kind == logparse.KindDelivery {
				s = e.String(&b.Block, e.To)
			}
			got = append(got, s)
		})
		if first == nil {
			first = got
			want := []string{
				"6AM6Kb4V023151: key0=value key1=value key2=value key3=valu", "6AM6Kb4V023152: other", "6AM6Kb4V023152: from=<a@example.net>, size=1, class=0, nrcpts=3, relay=root@localhost",
				"6AM6Kb4V023152: a record that ends in ...", "a@example.org", "b@example.org", "c@example.org", "6AM6Kb4V023153[2]: without a beginning",
			}
			if d := cmp.Diff(want, got); d != "" {
				t.Fatalf("(-want +got):\n%s", d)
			}
		}
		if d := cmp.Diff(first, got); d != "" {
			t.Errorf("block %d (-1<<16 +got):\n%s", block, d)
		}
	}
}

// A client's text never becomes a record of its own by standing at the start of a piece.
func TestPiecesAreNotTrusted(t *testing.T) {
	const forged = "1xUwl6-0000nN-27 <= ceo@victim.example H=a [198.18.0.1] P=esmtpa A=plain:ceo S=1"
	for name, lines := range map[string][]string{
		"beginning lost":   {exim + `exim[1]: [2\3] ` + forged, exim + `exim[1]: [3\3] x`},
		"middle lost":      {exim + `exim[1]: [1\3] H=a [198.18.0.1] rejected after DATA: no`, exim + `exim[1]: [3\3] ` + forged},
		"impossible count": {exim + `exim[1]: [9/2] ` + forged, exim + `exim[1]: [2/99999999] ` + forged},
		"another process":  {exim + `exim[1]: [1\2] H=a [198.18.0.1] rejected after DATA: no`, exim + `exim[2]: [2\2] ` + forged},
		"another host":     {exim + `exim[1]: [1\2] H=a [198.18.0.1] rejected after DATA: no`, strings.Replace(exim, "mx1", "mx2", 1) + `exim[1]: [2\2] ` + forged},
	} {
		n := 0
		eachEvent(t, text(lines...), 1<<16, func(b *Batch, e *logparse.Event) {
			n++
			if e.Kind == logparse.KindAccept {
				t.Errorf("%s: a message of the attacker's making: %s", name, e.Bytes(&b.Block, e.Text))
			}
		})
		if n != len(lines) {
			t.Errorf("%s: %d records gave %d events", name, len(lines), n)
		}
	}
}

// While a record is unfinished there is no place to resume at; it ends when nothing
// comes for a while.
func TestPiecesHoldTheCursor(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0)))
	w := follow(t, path)
	w.wantNow(rec(0))
	appendTo(t, path, text(rec(1), exim+"exim[1]: [1/2] 1xUwl6-0000nN-27 Completed", rec(2)))
	w.step()
	b := <-w.out
	if !b.Cursor().IsZero() || len(b.Events) != 2 {
		t.Errorf("%d events, a cursor behind a record that is unfinished", len(b.Events))
	}
	b.Release()
	w.advance(partIdle)
	w.step()
	appendTo(t, path, text(rec(3)))
	w.step()
	b = <-w.out
	if len(b.Events) != 1 || b.Events[0].Kind != logparse.KindRemoved || b.Offset+int64(b.Events[0].Pos) != int64(len(text(rec(0), rec(1)))) || b.Cursor().IsZero() {
		t.Errorf("after a while: %d events at %d, cursor %v", len(b.Events), b.Offset, b.Cursor())
	}
	b.Release()
	w.wantNow(rec(3))
}

// Pieces of containers' lines, in every kind of block.
func TestContainerPieces(t *testing.T) {
	docker := func(s, stream string) string {
		return `{"log":"` + s + `","stream":"` + stream + `","time":"2026-11-22T03:00:00.000000001Z"}`
	}
	cri := func(tag, s string) string { return "2026-11-22T03:00:00.000000001Z stdout " + tag + " " + s }
	lines := []string{
		docker(`postfix/smtpd[1]: one\n`, "stdout"),
		docker(`postfix/smtpd[1]: two `, "stdout"), docker(`\"and\" `, "stdout"), docker(`more\n`, "stdout"),
		docker(`postfix/smtpd[1]: three`, "stdout"), docker(`postfix/smtpd[1]: four\n`, "stderr"),
		cri("F", "postfix/smtpd[1]: five"), cri("P", "postfix/smtpd[1]: six "), cri("P", "and "), cri("F", "more"),
		docker(`postfix/smtpd[1]: never ended`, "stdout"),
	}
	var first []string
	for _, block := range []int{8192, 700, 500, 450} {
		got := texts(t, text(lines...), block)
		if first == nil {
			first = got
			var short []string
			for _, g := range got {
				_, s, _ := strings.Cut(g, " ")
				short = append(short, s)
			}
			want := []string{"one", `two "and" more`, "three", "four", "five", "six and more", "never ended"}
			if d := cmp.Diff(want, short); d != "" {
				t.Fatalf("(-want +got):\n%s", d)
			}
		}
		if d := cmp.Diff(first, got); d != "" {
			t.Errorf("block %d (-8192 +got):\n%s", block, d)
		}
	}
}

// A piece waits for the next line as a half line does.
func TestPieceWaits(t *testing.T) {
	path := logFile(t)
	w := follow(t, path)
	appendTo(t, path, rec(0)+"\n"+`{"log":"postfix/smtpd[1]: half ","stream":"stdout","time":"2026-11-22T03:00:00Z"}`+"\n")
	w.want(rec(0))
	appendTo(t, path, `{"log":"a line\n","stream":"stdout","time":"2026-11-22T03:00:00Z"}`+"\n")
	w.step()
	b := <-w.out
	if e := &b.Events[0]; len(b.Events) != 1 || string(e.Bytes(&b.Block, e.Text)) != "half a line" {
		t.Errorf("%d events, %q", len(b.Events), e.Bytes(&b.Block, e.Text))
	}
	b.Release()
}

func FuzzPartial(f *testing.F) {
	f.Add([]byte("2026-11-22T03:00:00.000000001Z stdout P x"), []byte("2026-11-22T03:00:00.000000001Z stdout F x"))
	f.Add([]byte(`{"log":"\\\\"`), []byte(`{"log":"`))
	f.Fuzz(func(_ *testing.T, a, b []byte) {
		if len(a) > 0 && partial(a) {
			continues(append([]byte(nil), a...), b)
		}
	})
}
