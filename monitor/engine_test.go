package monitor

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/rogpeppe/go-internal/txtar"

	"mailtop/monitor/detect"
	"mailtop/monitor/queue"
	"mailtop/monitor/source"
)

func scenarioLog(t testing.TB, names ...string) []byte {
	t.Helper()
	var log []byte
	for _, n := range names {
		a, err := txtar.ParseFile("testdata/scenario/" + n + ".txtar")
		if err != nil {
			t.Fatal(err)
		}
		log = append(log, a.Files[0].Data...)
	}
	return log
}

func asJSON(t testing.TB, v any) string {
	t.Helper()
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// The same log gives the same incidents, byte for byte, however it is cut.
func TestBatchSizeDoesNotMatter(t *testing.T) {
	log := scenarioLog(t, "everyday", "bruteforce-smtp", "guessed", "burst", "queue-growth")
	var want string
	for _, size := range []int{1, 700, 64 << 10, 10 << 20} {
		e := New(Options{})
		read(t, e, log, size)
		got := asJSON(t, e.Changes(0))
		if want == "" {
			want = got
		}
		if d := cmp.Diff(want, got); d != "" {
			t.Fatalf("batches of %d bytes (-want +got):\n%s", size, d)
		}
	}
	if !strings.Contains(want, "account.compromised") {
		t.Error("nothing was found: the comparison says nothing")
	}
}

// What two sources both hold counts once: a journal and a file, Exim's main and
// reject log. What one source says twice is two.
func TestSeveralSourcesCountOnce(t *testing.T) {
	log := scenarioLog(t, "bruteforce-smtp")
	once, twice := New(Options{}), New(Options{Several: true})
	read(t, once, log, 4096)
	for len(log) > 0 { // in turn, a piece of each
		n := len(log)
		if i := bytes.IndexByte(log[min(3000, n):], '\n'); i >= 0 {
			n = min(3000, n) + i + 1
		}
		readFrom(t, twice, "a.log", log[:n], 1<<20)
		readFrom(t, twice, "journal", log[:n], 1<<20)
		log = log[n:]
	}
	if d := cmp.Diff(asJSON(t, once.totals(once.last, time.Hour)), asJSON(t, twice.totals(twice.last, time.Hour))); d != "" {
		t.Errorf("totals of one source (-) and of the same twice (+):\n%s", d)
	}
	if d := cmp.Diff(opened(once), opened(twice)); d != "" {
		t.Errorf("incidents:\n%s", d)
	}
}

// A snapshot and a change are plain values: they survive a JSON round trip.
func TestRoundTrip(t *testing.T) {
	e := New(Options{})
	read(t, e, scenarioLog(t, "everyday", "guessed", "burst"), 4096)
	e.Finish()
	s := e.Snapshot(Scope{Window: time.Hour, Rows: 20})
	if len(s.Incidents) == 0 || len(s.Clients) == 0 || len(s.Accounts) == 0 || len(s.Senders) == 0 || len(s.NextHops) == 0 || len(s.Series) == 0 {
		t.Fatalf("a poor snapshot: %s", asJSON(t, s))
	}
	var back Snapshot
	if err := json.Unmarshal([]byte(asJSON(t, s)), &back); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(s, back, cmpopts.IgnoreFields(detect.Evidence{}, "SourceID"), cmpopts.EquateEmpty()); d != "" {
		t.Errorf("snapshot (-before +after):\n%s", d)
	}
	for _, c := range e.Changes(0) {
		var back detect.Change
		if err := json.Unmarshal([]byte(asJSON(t, c)), &back); err != nil {
			t.Fatal(err)
		}
		if d := cmp.Diff(c, back, cmpopts.IgnoreFields(detect.Evidence{}, "SourceID"), cmpopts.EquateEmpty()); d != "" {
			t.Errorf("change (-before +after):\n%s", d)
		}
	}
}

// Counts of a snapshot are those that grep finds in the log.
func TestCountsAgainstTheLog(t *testing.T) {
	log := scenarioLog(t, "everyday")
	e := New(Options{Report: true})
	read(t, e, log, 4096)
	e.Finish()
	r := e.Report(10)
	n := func(subs ...string) (n int64) {
	lines:
		for _, l := range bytes.Split(log, []byte("\n")) {
			for _, s := range subs {
				if !bytes.Contains(l, []byte(s)) {
					continue lines
				}
			}
			n++
		}
		return n
	}
	for _, c := range []struct {
		name      string
		got, want int64
	}{
		{"delivered", r.Totals.Delivered, n("status=sent")},
		{"deferrals", r.Totals.Deferrals, n("status=deferred")},
		{"bounced", r.Totals.Bounced, n("status=bounced")},
		{"received", r.Totals.Received, n(": client=") + n("postfix/pickup", " uid=")},
		{"rejected", r.Totals.Rejected, n("reject: ")},
		{"left in the queue", r.Queue, leftInQueue(log)},
		{"lines", r.Lines, int64(bytes.Count(log, []byte("\n")))},
	} {
		if c.got != c.want || c.want == 0 {
			t.Errorf("%s: %d, the log has %d", c.name, c.got, c.want)
		}
	}
}

// leftInQueue is how many ids became active and were not removed.
func leftInQueue(log []byte) int64 {
	ids := map[string]bool{}
	for _, l := range strings.Split(string(log), "\n") {
		if _, rest, ok := strings.Cut(l, "postfix/qmgr["); ok {
			w := strings.Fields(rest)
			ids[w[1]] = w[2] != "removed"
		}
	}
	n := int64(0)
	for _, in := range ids {
		if in {
			n++
		}
	}
	return n
}

// Fault: "all is well" before everything was read.
func TestVerdictNeverClaimsWhatWasNotRead(t *testing.T) {
	at := time.Date(2026, 11, 22, 1, 40, 0, 0, time.UTC)
	read := Coverage{From: at, To: at.Add(time.Minute), Lines: 100, Events: 100, Fraction: 0.38}
	live := read
	live.Live, live.Fraction = true, 1
	for _, c := range []struct {
		name   string
		s      Snapshot
		want   []string
		refuse string
	}{
		{"nothing read", Snapshot{}, []string{"Nothing read yet"}, "needs action"},
		{"empty log", Snapshot{Coverage: Coverage{Ended: true, Live: true}}, []string{"empty"}, "needs action"},
		{"unreadable", Snapshot{Sources: []SourceState{{Err: "/var/log/mail.log may not be read: join adm"}}}, []string{"No log is read", "join adm"}, "needs action"},
		{"half read", Snapshot{Coverage: read}, []string{"Reading", "38%", "01:40"}, "needs action"},
		{"all read", Snapshot{Coverage: live}, []string{"Nothing needs action in what the log holds since 2026-11-22 01:40 UTC"}, "So far"},
		{"not a mail log", Snapshot{Coverage: Coverage{From: at, Lines: 9, Events: 9, Unknown: 9, Live: true}}, []string{"None of the 9 lines"}, "needs action"},
		{"trouble, half read", Snapshot{Coverage: read, Incidents: []detect.Incident{{Title: "T", Severity: detect.High}}}, []string{"Act now: T", "38%"}, "more"},
		{"trouble", Snapshot{Coverage: live, Incidents: []detect.Incident{{Title: "T", Severity: detect.Medium}, {Title: "U", Severity: detect.Medium}}}, []string{"Look at this: T", "1 more"}, "%"},
		{"over", Snapshot{Coverage: live, Incidents: []detect.Incident{{Title: "T", Severity: detect.High, Resolved: at}}}, []string{"Nothing needs action"}, "T."},
	} {
		got := verdict(&c.s).Text
		for _, w := range c.want {
			if !strings.Contains(got, w) {
				t.Errorf("%s: %q lacks %q", c.name, got, w)
			}
		}
		if strings.Contains(got, c.refuse) {
			t.Errorf("%s: %q says %q", c.name, got, c.refuse)
		}
	}
}

// An engine that runs answers questions, tells of changes, and says when it has
// arrived at now.
func TestRunAndAsk(t *testing.T) {
	log := scenarioLog(t, "guessed")
	path := t.TempDir() + "/mail.log"
	if err := os.WriteFile(path, log, 0o644); err != nil {
		t.Fatal(err)
	}
	set, err := source.Files(source.Options{Follow: true}, path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	out := make(chan *source.Batch, 4)
	go func() { set.Run(ctx, out); close(out) }()
	e := New(Options{Now: func() time.Time { return time.Date(2026, 11, 22, 1, 54, 0, 0, time.UTC) }})
	go e.Run(ctx, out, set.Status)
	for {
		select {
		case <-e.Changed():
		case <-ctx.Done():
			t.Fatal("never arrived at now")
		}
		var s Snapshot
		if !e.Do(ctx, func() { s = e.Snapshot(Scope{}) }) {
			t.Fatal("no answer")
		}
		if s.Coverage.Live && len(s.Incidents) > 0 {
			if !e.Do(ctx, func() { s = e.Snapshot(Scope{Log: 3, Filter: "SASL_username=GRACE"}) }) || len(s.Log) != 3 || !strings.Contains(s.Log[2].Text, "sasl_username=grace") || s.Log[0].Time.After(s.Log[2].Time) {
				t.Errorf("log lines with a filter: %v", s.Log)
			}
			if !strings.HasPrefix(s.Verdict.Text, "Act now: Account grace@lab.example") {
				t.Errorf("verdict %q", s.Verdict.Text)
			}
			break
		}
	}
	cancel()
	<-e.done
	if e.Do(context.Background(), func() {}) {
		t.Error("a stopped engine answered")
	}
}

func TestQueueSample(t *testing.T) {
	e := New(Options{})
	read(t, e, scenarioLog(t, "everyday"), 4096)
	if q := e.Snapshot(Scope{}).Queue; q.Method != MethodLog || !q.Known || q.Depth != e.join.Queued() {
		t.Errorf("from the log: %+v", q)
	}
	at := time.Date(2026, 11, 22, 1, 40, 10, 0, time.UTC)
	e.Observe(queue.Sample{At: at, Method: "postqueue -j", Active: 1, Deferred: 40, Hold: 2})
	s := e.Snapshot(Scope{})
	if s.Queue.Depth != 43 || s.Queue.Deferred != 40 || s.Queue.Method != "postqueue -j" {
		t.Errorf("from the queue: %+v", s.Queue)
	}
	e.Observe(queue.Sample{At: at, Err: "postqueue -j did not answer"})
	if q := e.Snapshot(Scope{}).Queue; q.Err == "" || q.Method != MethodLog {
		t.Errorf("after a failure: %+v", q)
	}
}

// What is over says how bad it was, not what is left of it.
func TestQueueGrowthWhenOver(t *testing.T) {
	e := New(Options{})
	log := scenarioLog(t, "queue-growth")
	read(t, e, log, 4096)
	var end strings.Builder // then the destination takes it all
	for _, l := range strings.Split(string(log), "\n") {
		if _, rest, ok := strings.Cut(l, "postfix/qmgr["); ok {
			fmt.Fprintf(&end, "2026-11-22T01:53:00.000000+00:00 mail postfix/qmgr[594]: %s removed\n", strings.Fields(rest)[1])
		}
	}
	read(t, e, []byte(end.String()), 4096)
	e.detect.Advance(e.last + 60)
	draining := false
	for _, inc := range e.detect.Incidents() {
		draining = draining || inc.Rule == "queue.growth" && inc.Open() && strings.HasPrefix(inc.Title, "Deferred mail piled up to ")
	}
	if !draining {
		t.Error("while it drains nothing says how bad it was")
	}
	e.detect.Advance(e.last + 3600)
	for _, inc := range e.detect.Incidents() {
		if inc.Rule != "queue.growth" {
			continue
		}
		var n int
		if _, err := fmt.Sscanf(inc.Title, "Deferred mail piled up: %d messages waited", &n); err != nil || n < 75 || inc.Open() {
			t.Errorf("open %v, title %q", inc.Open(), inc.Title)
		}
		return
	}
	t.Error("no queue.growth")
}

// What an attacker sends never grows the state past its caps.
func TestStateIsBounded(t *testing.T) {
	var log bytes.Buffer
	for i := range 80_000 {
		fmt.Fprintf(&log, "2026-11-22T01:%02d:%02d.000000+00:00 mx postfix/smtpd[%d]: warning: unknown[10.%d.%d.%d]: SASL LOGIN authentication failed: x, sasl_username=u%d\n",
			i/60%60, i%60, i%30000+1, i>>16&255, i>>8&255, i&255, i)
	}
	e := New(Options{Report: true})
	read(t, e, log.Bytes(), 256<<10)
	c := e.coverage()
	if c.Evicted == 0 {
		t.Error("nothing was evicted, or nothing said so")
	}
	if n := e.detect.Sources.Len(); n > 65536 {
		t.Errorf("%d clients kept", n)
	}
	if n := len(e.detect.Incidents()); n > 2000 {
		t.Errorf("%d incidents kept", n)
	}
}

func BenchmarkEngine(b *testing.B) {
	log := scenarioLog(b, "everyday", "bruteforce-smtp", "guessed", "burst", "queue-growth", "relay-probe", "flood")
	b.SetBytes(int64(len(log)))
	b.ReportAllocs()
	lines := bytes.Count(log, []byte("\n"))
	for b.Loop() {
		b.StopTimer()
		e := New(Options{})
		b.StartTimer()
		read(b, e, log, 256<<10)
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*lines), "ns/line")
}

// A whole system's log holds cron and sshd too: what they say is not unknown, and
// takes no part in the share that was understood.
func TestOtherProgramsAreNotUnknown(t *testing.T) {
	log := "2026-11-22T01:00:00.000000+00:00 mx sshd[12]: Accepted publickey for root from 192.0.2.7 port 4022 ssh2\n" +
		"2026-11-22T01:00:01.000000+00:00 mx CRON[14]: (root) CMD (run-parts)\n" +
		"2026-11-22T01:00:02.000000+00:00 mx postfix/smtpd[15]: connect from unknown[192.0.2.9]\n" +
		"2026-11-22T01:00:03.000000+00:00 mx postfix/smtpd[15]: gurgle blubb\n"
	e := New(Options{Report: true})
	read(t, e, []byte(log), 1<<20)
	c := e.coverage()
	if c.NotMail != 2 || c.Unknown != 1 {
		t.Errorf("not mail %d, unknown %d; want 2 and 1", c.NotMail, c.Unknown)
	}
	r := e.Report(5)
	if r.Parsed != 0.5 || r.NotMail != 2 || len(r.Unknown) != 1 || !strings.Contains(r.Unknown[0].Pattern, "gurgle") {
		t.Errorf("understood %v, not mail %d, unknown %v", r.Parsed, r.NotMail, r.Unknown)
	}
}

// In a flood of incidents those that are open stay, and are told once: none pushes out
// another that would be opened again with its next record. What is worse still opens.
func TestFloodOfIncidents(t *testing.T) {
	var log bytes.Buffer
	fail := func(sec, client int, user string) {
		fmt.Fprintf(&log, "2026-11-22T01:%02d:%02d.000000+00:00 mx postfix/smtpd[9]: warning: unknown[198.51.%d.%d]: SASL LOGIN authentication failed: x, sasl_username=%s\n",
			sec/60, sec%60, client/250, client%250, user)
	}
	for round := range 8 {
		for client := range 2500 {
			fail(round*20, client, fmt.Sprintf("user%d", round%2))
		}
	}
	for i := range 12 {
		fail(170+i, 2600, "ann")
	}
	log.WriteString("2026-11-22T01:03:10.000000+00:00 mx postfix/smtpd[9]: 4F1C2A0B3D: client=unknown[198.51.10.100], sasl_method=LOGIN, sasl_username=ann\n")
	e := New(Options{})
	read(t, e, log.Bytes(), 256<<10)
	if e.coverage().Evicted == 0 {
		t.Error("nothing says that some found no room")
	}
	if n := e.detect.Seq(); n > 4500 { // opened, and escalated once
		t.Errorf("%d changes of about 2500 guessers", n)
	}
	open, worst := 0, detect.Info
	for _, inc := range e.detect.Incidents() {
		if inc.Open() {
			open++
			worst = max(worst, inc.Severity)
		}
	}
	if open < 1900 || open > 2000 || worst < detect.High {
		t.Errorf("%d open, the worst is %v; want nearly 2000, and the hijacked account among them", open, worst)
	}
}
