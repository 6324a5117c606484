package source

import (
	"bytes"
	le "encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mailtop/logparse"
)

// binaryField is a field as journald exports what a line cannot hold.
func binaryField(name, value string) string {
	return name + "\n" + string(le.LittleEndian.AppendUint64(nil, uint64(len(value)))) + value + "\n"
}

// entry is an export entry; fields of no interest stand around the others.
func entry(n int, more ...string) string {
	return fmt.Sprintf("__CURSOR=s=1;i=%d\n__REALTIME_TIMESTAMP=17953123713520%02d\n_HOSTNAME=mx1\n_CMDLINE=qmgr MESSAGE=x\nSYSLOG_IDENTIFIER=postfix/qmgr\n_PID=594\n%s_BOOT_ID=fedc\n\n", n, n, strings.Join(more, ""))
}

// An export is the same events as the journal's JSON, plain, compressed and through a
// pipe, however it is read.
func TestExport(t *testing.T) {
	export := entry(1, "MESSAGE=4F1A2: removed\n") +
		entry(2, binaryField("COREDUMP", strings.Repeat("\x00\n\n__CURSOR=", 9000)), binaryField("MESSAGE", "4F1A3: removed")) +
		entry(3, binaryField("MESSAGE", "4F1A4: message-id=<a\x9b\xff\"\\\x01@x>")) +
		entry(4, "MESSAGE=4F1A5: removed\n", "MESSAGE=second one\n") + "\n\n" +
		entry(5, "MESSAGE=4F1A6: message-id=<é@x>\n")
	const head = `","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/qmgr","_PID":"594","MESSAGE":`
	line := func(n int, message string) string {
		return fmt.Sprintf(`{"__CURSOR":"s=1;i=%d","__REALTIME_TIMESTAMP":"17953123713520%02d`, n, n) + head + message + "}"
	}
	want := []string{
		line(1, `"4F1A2: removed"`), line(2, `"4F1A3: removed"`),
		line(3, "["+strings.Trim(strings.ReplaceAll(fmt.Sprint([]byte("4F1A4: message-id=<a\x9b\xff\"\\\x01@x>")), " ", ","), "[]")+"]"),
		line(4, `"4F1A5: removed"`), line(5, `"4F1A6: message-id=<é@x>"`),
	}
	dir := t.TempDir()
	write(t, dir+"/a", export)
	write(t, dir+"/b.gz", string(gzipped(t, []byte(export))))
	for _, name := range []string{"a", "b.gz"} {
		set, err := Files(Options{}, dir+"/"+name)
		must(t, err)
		must(t, Check(dir+"/"+name))
		if d := cmp.Diff(want, readAll(t, set)); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
	for name, in := range map[string]string{"pipe": export, "packed pipe": string(gzipped(t, []byte(export)))} {
		for _, size := range []int{1, 7, 4096} {
			s := newStream(Options{}, "-", "stdin", &drip{strings.NewReader(in), size})
			if d := cmp.Diff(want, readAll(t, s)); d != "" {
				t.Errorf("%s, %d bytes a read (-want +got):\n%s", name, size, d)
			}
		}
	}
}

// drip is a reader that gives a few bytes at a time.
type drip struct {
	r    io.Reader
	size int
}

func (d *drip) Read(p []byte) (int, error) { return d.r.Read(p[:min(len(p), d.size)]) }

// Evidence of an export is found again.
func TestExportEvidence(t *testing.T) {
	path := t.TempDir() + "/journal.export"
	write(t, path, entry(1, "MESSAGE=4F1A2: removed\n")+entry(2, "MESSAGE=4F1A3: removed\n"))
	set, err := Files(Options{}, path)
	must(t, err)
	out := make(chan *Batch, 4)
	must(t, set.Run(t.Context(), out))
	b := <-out
	if len(b.Events) != 2 {
		t.Fatalf("%d events", len(b.Events))
	}
	for i := range b.Events {
		pos := b.Events[i].Pos
		if got, err := b.Origin.Record(b.Offset + int64(pos)); err != nil || !bytes.Equal(got, b.Record(pos)) {
			t.Errorf("event %d: %q, %v", i, got, err)
		}
	}
	b.Release()
}

// A damaged export: what can be read is read, and what cannot is said.
func TestExportDamaged(t *testing.T) {
	huge := "MESSAGE\n\xff\xff\xff\xff\xff\xff\xff\x7f"
	for name, c := range map[string]struct {
		in   string
		want int
		err  bool
	}{
		"cut in a text":        {entry(1, "MESSAGE=4F1A2: removed\n") + "__CURSOR=s=1;i=2\n_HOSTN", 2, true},
		"cut in a length":      {entry(1, "MESSAGE=4F1A2: removed\n") + "__CURSOR=2\nMESSAGE\n\x05\x00", 2, true},
		"cut in a value":       {entry(1, "MESSAGE=4F1A2: removed\n") + "__CURSOR=2\nMESSAGE\n\x05\x00\x00\x00\x00\x00\x00\x00ab", 2, true},
		"no empty line at end": {entry(1, "MESSAGE=4F1A2: removed\n") + strings.TrimSuffix(entry(2, "MESSAGE=4F1A3: removed\n"), "\n"), 2, false},
		"a length of 2^63":     {entry(1, huge+"\n") + entry(2, "MESSAGE=4F1A3: removed\n"), 1, true},
		"a wrong length":       {entry(1, "MESSAGE\n\x01\x00\x00\x00\x00\x00\x00\x00abc\n") + entry(2, "MESSAGE=4F1A3: removed\n"), 1, true},
		"no field":             {entry(1, "what is this\n") + entry(2, "MESSAGE=4F1A3: removed\n"), 1, true},
		"a long name":          {entry(1, strings.Repeat("A", 100)+"=1\n") + entry(2, "MESSAGE=4F1A3: removed\n"), 1, true},
	} {
		x := newExport(io.NopCloser(strings.NewReader(c.in)))
		got, err := io.ReadAll(x)
		if n := bytes.Count(got, []byte("\n")); n != c.want || (err != nil) != c.err {
			t.Errorf("%s: %d entries, error %v: %s", name, n, err, got)
		}
		if c.err && !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

// Forms that hold no times, or no lines, are refused with the way out.
func TestJournalFormsRefused(t *testing.T) {
	for name, head := range map[string]string{
		"verbose":         "Sun 2026-11-22 01:52:51.351970 UTC [s=c139edae9e6044c291db6ad32c134849;i=1;b=fedc]\n    _BOOT_ID=fedc\n",
		"json-pretty":     "{\n\t\"_HOSTNAME\" : \"mail\",\n",
		"json-sse":        "data: {\"_HOSTNAME\":\"mail\",\"MESSAGE\":\"x\"}\n\n",
		"short-monotonic": "[ 2665.544352] mail postfix/qmgr[594]: 5300B113E: removed\n",
		"short-delta":     "[ 2665.548571 <    0.004219 >] mail dovecot[89]: lmtp(604): Connect from local\n",
	} {
		path := t.TempDir() + "/log"
		write(t, path, head)
		want := "-o " + name
		err := Check(path)
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "journalctl -o export") {
			t.Errorf("%s: %v", name, err)
		}
		err = newStream(Options{}, "-", "stdin", strings.NewReader(head)).Run(t.Context(), make(chan *Batch, 9))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s through a pipe: %v", name, err)
		}
	}
	path := t.TempDir() + "/log"
	write(t, path, text(rec(0)))
	must(t, Check(path))
}

// Real exports of journald: exactly the events of the journal's JSON.
func TestExportReal(t *testing.T) {
	for _, name := range []string{"exim", "postfix"} {
		var got [2][]string
		for i, ext := range []string{".export", ".json"} {
			b, err := os.ReadFile("testdata/journal-" + name + ext)
			must(t, err)
			eachEvent(t, string(b), 1<<18, func(b *Batch, e *logparse.Event) {
				got[i] = append(got[i], string(e.AppendJSON(nil, &b.Block, logparse.JSONExtra{Raw: true})))
			})
		}
		if d := cmp.Diff(got[1], got[0]); d != "" || len(got[0]) < 20 {
			t.Errorf("%s: %d events (-json +export):\n%s", name, len(got[0]), d)
		}
	}
}

// The decoder takes anything: it ends, it is bounded, and what it writes are lines of
// JSON that are short enough for a record.
func FuzzExport(f *testing.F) {
	f.Add([]byte(entry(1, "MESSAGE=4F1A2: removed\n") + entry(2, binaryField("MESSAGE", "a\nb\xff"))))
	f.Add([]byte("__CURSOR\n\x05\x00\x00\x00\x00\x00\x00\x00abcde\n\n"))
	f.Add([]byte("__CURSOR=1\nMESSAGE\n\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Fuzz(func(t *testing.T, in []byte) {
		got, err := io.ReadAll(newExport(io.NopCloser(bytes.NewReader(in))))
		for _, l := range bytes.SplitAfter(got, []byte{'\n'}) {
			if len(l) > 0 && (l[0] != '{' || !bytes.HasSuffix(l, []byte("}\n")) || len(l) > logparse.MaxRecord) {
				t.Errorf("%d bytes: %.80q (%v)", len(l), l, err)
			}
		}
		again, _ := io.ReadAll(newExport(io.NopCloser(&drip{bytes.NewReader(in), 3})))
		if !bytes.Equal(got, again) {
			t.Errorf("read in pieces: %q, at once %q", again, got)
		}
	})
}
