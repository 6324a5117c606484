package detect

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"mailtop/logparse"
)

// logs feeds lines of several sources, each with a clock of its own.
type logs struct {
	*rig
	ids  map[string]uint32
	live bool
	form string // of stamps
	loc  *time.Location
}

func newLogs(t testing.TB) *logs {
	return &logs{rig: newRig(t, Facts{}), ids: map[string]uint32{}, form: "2006-01-02T15:04:05.000000-07:00", loc: time.UTC}
}

// say has a source write a line at a time after start.
func (l *logs) say(name, host string, after time.Duration, msg string) {
	l.t.Helper()
	id, ok := l.ids[name]
	if !ok {
		id = uint32(len(l.ids))
		l.ids[name] = id
		l.d.NameSource(id, name)
	}
	line := start.Add(after).In(l.loc).Format(l.form) + " " + host + " " + msg
	b := &logparse.Block{Buf: []byte(line)}
	l.d.StartBatch(l.live, false)
	p := logparse.New(logparse.Options{Loc: l.loc, Ref: start.AddDate(0, 1, 0)})
	p.Parse(b, 0, len(line), func(e *logparse.Event) {
		l.d.Hear(id, e, b, l.n)
		f := l.j.Join(e, b)
		f.SourceID, f.Offset = id, l.n
		l.d.Observe(f)
	})
	l.n++
}

const hello = "postfix/smtpd[9]: connect from unknown[198.18.1.1]"

// talk has sources write one after the other, each a line every so often.
func (l *logs) talk(from, to, every time.Duration, names ...string) {
	for at := from; at < to; at += every {
		for _, n := range names {
			l.say(n, "mx", at, hello)
		}
	}
}

func (l *logs) incident(rule string) (Incident, bool) {
	for _, inc := range l.d.Incidents() {
		if inc.Rule == rule {
			return inc, true
		}
	}
	return Incident{}, false
}

const weekAndADay = 8 * 24 * time.Hour

// A log that stops while another one goes on is told of, after the time that its
// own habits give; not before, and not when nobody is there to compare with.
func TestSourceSilent(t *testing.T) {
	for _, c := range []struct {
		name string
		play func(l *logs)
		want Severity
		open bool
	}{
		{"a week of lines each minute, then 19 minutes of nothing", func(l *logs) {
			l.talk(0, weekAndADay, time.Minute, "/a", "/b")
			l.talk(weekAndADay, weekAndADay+19*time.Minute, 30*time.Second, "/b")
		}, 0, false},
		{"the same for 25 minutes", func(l *logs) {
			l.talk(0, weekAndADay, time.Minute, "/a", "/b")
			l.talk(weekAndADay, weekAndADay+25*time.Minute, 30*time.Second, "/b")
		}, High, true},
		{"nobody else speaks", func(l *logs) {
			l.talk(0, weekAndADay, time.Minute, "/a")
			l.d.Advance(start.Add(weekAndADay + 48*time.Hour).Unix())
		}, 0, false},
		{"all are silent", func(l *logs) {
			l.talk(0, weekAndADay, time.Minute, "/a", "/b")
			l.d.Advance(start.Add(weekAndADay + 48*time.Hour).Unix())
		}, 0, false},
		{"one odd stamp far ahead is no witness", func(l *logs) {
			l.talk(0, weekAndADay, time.Minute, "/a", "/b")
			l.say("/b", "mx", weekAndADay+40*time.Hour, hello)
		}, 0, false},
		{"a young log pauses for five hours", func(l *logs) {
			l.talk(0, 4*time.Hour, time.Minute, "/a", "/b")
			l.talk(4*time.Hour, 9*time.Hour, time.Minute, "/b")
		}, 0, false},
		{"a young log pauses for seven hours", func(l *logs) {
			l.talk(0, 4*time.Hour, time.Minute, "/a", "/b")
			l.talk(4*time.Hour, 11*time.Hour, time.Minute, "/b")
		}, Medium, true},
		{"quiet every night", func(l *logs) {
			for d := range 9 {
				day := time.Duration(d) * 24 * time.Hour
				l.talk(day, day+12*time.Hour, 2*time.Minute, "/a", "/b")
				l.talk(day+12*time.Hour, day+17*time.Hour, 2*time.Minute, "/b") // under six hours
				l.talk(day+17*time.Hour, day+24*time.Hour, 2*time.Minute, "/a", "/b")
			}
		}, 0, false},
		{"logs of different days", func(l *logs) {
			l.talk(0, 10*time.Hour, time.Minute, "/a")
			l.talk(10*time.Hour, 40*time.Hour, time.Minute, "/b")
		}, 0, false},
		{"a log of few lines", func(l *logs) {
			l.talk(0, 2*time.Hour, time.Minute, "/b")
			l.talk(0, 49*time.Minute, time.Minute, "/a", "/b")
			l.talk(49*time.Minute, 30*time.Hour, time.Minute, "/b")
		}, 0, false},
		{"one of two hosts in a file stops", func(l *logs) {
			for at := time.Duration(0); at < 20*time.Hour; at += time.Minute {
				l.say("/a", "mx1", at, hello)
				if at < 10*time.Hour {
					l.say("/a", "mx2", at, hello)
				}
			}
		}, Medium, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLogs(t)
			c.play(l)
			inc, open := l.incident("source.silent")
			if open != c.open || inc.Severity != c.want {
				t.Errorf("open %v, %v (%s); want %v, %v", open, inc.Severity, inc.Title, c.open, c.want)
			}
		})
	}
}

// The incident says since when, names the log, ends when the log speaks again, and
// the silence is not learned as a habit.
func TestSourceSilentToItsEnd(t *testing.T) {
	l := newLogs(t)
	l.talk(0, weekAndADay, time.Minute, "/var/log/a", "/b")
	l.talk(weekAndADay, weekAndADay+time.Hour, time.Minute, "/b")
	inc, _ := l.incident("source.silent")
	if inc.Subject != (Subject{SubjectSource, "/var/log/a"}) || !strings.Contains(inc.Title, "59 min") && !strings.Contains(inc.Title, "60 min") {
		t.Errorf("subject %v, title %q", inc.Subject, inc.Title)
	}
	if len(inc.Evidence) != 1 || !hasCommand(inc, "ls -l /var/log/a") {
		t.Errorf("evidence %v, advice %v", inc.Evidence, inc.Advice)
	}
	l.talk(weekAndADay+time.Hour, weekAndADay+70*time.Minute, time.Minute, "/var/log/a", "/b")
	if inc, _ := l.incident("source.silent"); inc.Open() {
		t.Error("still open though the log speaks again")
	}
	l.talk(weekAndADay+70*time.Minute, weekAndADay+100*time.Minute, time.Minute, "/b")
	if inc, _ := l.incident("source.silent"); !inc.Open() {
		t.Error("the first silence was learned as a habit")
	}
}

func hasCommand(inc Incident, cmd string) bool {
	for _, a := range inc.Advice {
		if a.Command == cmd {
			return true
		}
	}
	return false
}

// Losses of mail software's lines are told, with the line; those of other units,
// of the kernel and lines that a tool could not print are not.
func TestSourceLossy(t *testing.T) {
	const unit = "systemd-journald[300]: Suppressed 1234 messages from %s"
	for _, c := range []struct {
		name, msg string
		want      Severity
		open      bool
		lost      int64
	}{
		{"a mail unit", fmt.Sprintf(unit, "postfix@-.service"), Medium, true, 1234},
		{"by control group", fmt.Sprintf(unit, "/system.slice/dovecot.service"), Medium, true, 1234},
		{"a web server", fmt.Sprintf(unit, "nginx.service"), 0, false, 0},
		{"the kernel", "systemd-journald[300]: Missed 44 kernel messages", 0, false, 0},
		{"journald to syslog", "systemd-journald[300]: Forwarding to syslog missed 17 messages.", Medium, true, 17},
		{"imjournal", "rsyslogd: imjournal: 800 messages lost due to rate-limiting (20000 allowed within 600 seconds)", Medium, true, 800},
		{"imuxsock, smtpd", "rsyslogd: imuxsock[pid: 134, name: /usr/libexec/postfix/smtpd]: 280 messages lost due to rate-limiting (20 allowed within 3 seconds)", Medium, true, 280},
		{"imuxsock, another program", "rsyslogd: imuxsock[pid: 134, name: /usr/sbin/cron]: 280 messages lost due to rate-limiting (20 allowed within 3 seconds)", 0, false, 0},
		{"an unprintable line", "postfix/smtpd[9]: [184B blob data]", 0, false, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLogs(t)
			l.talk(0, time.Hour, time.Minute, "/a")
			l.say("/a", "mx", time.Hour, c.msg)
			inc, open := l.incident("source.lossy")
			if open != c.open || inc.Severity != c.want || inc.Counts["lost"] != c.lost {
				t.Errorf("open %v, %v, lost %d; want %v, %v, %d", open, inc.Severity, inc.Counts["lost"], c.open, c.want, c.lost)
			}
			if open && (len(inc.Evidence) != 1 || inc.Evidence[0].Offset != 60 || len(inc.Advice) == 0) {
				t.Errorf("evidence %v, advice %v", inc.Evidence, inc.Advice)
			}
			at := start.Add(time.Hour).Unix()
			if got := l.d.LowerBound(at-30, at); got != c.open {
				t.Errorf("counts of that time are a lower bound: %v", got)
			}
			if l.d.LowerBound(at-3*3600, at-3600) {
				t.Error("counts of hours before are called a lower bound")
			}
		})
	}
}

// What the reader itself lost is low, and counts are lower bounds all the same.
func TestSourceLostByReader(t *testing.T) {
	l := newLogs(t)
	l.talk(0, time.Hour, time.Minute, "/a")
	l.d.StartBatch(true, true)
	l.say("/a", "mx", 2*time.Hour, hello)
	if inc, ok := l.incident("source.lossy"); !ok || inc.Severity != Low || inc.Counts["lost"] != 0 {
		t.Errorf("found %v: %+v", ok, inc)
	}
	if at := start.Add(90 * time.Minute).Unix(); !l.d.LowerBound(at, at+1) {
		t.Error("the time between the last line and the next one is not marked")
	}
}

const bsd = "Jan _2 15:04:05"

func TestSourceClock(t *testing.T) {
	berlin, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	fold := time.Date(2026, 10, 25, 0, 0, 0, 0, time.UTC).Sub(start) // 02:00 in Berlin, for the first time
	for _, c := range []struct {
		name string
		play func(l *logs)
		open bool
		says string
	}{
		{"back by ten minutes", func(l *logs) {
			l.talk(0, time.Hour, time.Minute, "/a")
			l.talk(50*time.Minute, 72*time.Minute, 10*time.Second, "/a")
		}, true, "went back by 9 min"},
		{"back by four minutes", func(l *logs) {
			l.talk(0, time.Hour, time.Minute, "/a")
			l.talk(56*time.Minute, 2*time.Hour, time.Minute, "/a")
		}, false, ""},
		{"late lines among current ones", func(l *logs) {
			for i := range 200 {
				l.say("/a", "mx", time.Duration(i)*time.Minute, hello)
				l.say("/a", "mx", time.Duration(i-30)*time.Minute, hello)
			}
		}, false, ""},
		{"one odd stamp a year ahead", func(l *logs) {
			l.talk(0, time.Hour, time.Minute, "/a")
			l.say("/a", "mx", 366*24*time.Hour, hello)
			l.talk(time.Hour, 3*time.Hour, time.Minute, "/a")
		}, false, ""},
		{"hosts with clocks of their own in one file", func(l *logs) {
			for i := range 300 {
				l.say("/a", "mx1", time.Duration(i)*time.Minute, hello)
				l.say("/a", "mx2", time.Duration(i-20)*time.Minute, hello)
			}
		}, false, ""},
		{"summer time ends, stamps without a zone", func(l *logs) {
			l.form, l.loc = bsd, berlin
			l.talk(fold-3*time.Hour, fold+4*time.Hour, time.Minute, "/a")
		}, false, ""},
		{"back by an hour at noon, stamps without a zone", func(l *logs) {
			l.form, l.loc = bsd, berlin
			l.talk(fold, fold+10*time.Hour, time.Minute, "/a")
			l.talk(fold+9*time.Hour, fold+10*time.Hour, time.Minute, "/a")
		}, true, "went back by 59 min"},
		{"live, ten minutes ahead", func(l *logs) {
			l.live = true
			for i := range 60 {
				l.say("/a", "mx", time.Duration(i)*10*time.Second+10*time.Minute, hello)
				l.say("/b", "mx", time.Duration(i)*10*time.Second, hello)
			}
		}, true, "The clock of /a is 10 min ahead"},
		{"live, three minutes ahead", func(l *logs) {
			l.live = true
			for i := range 60 {
				l.say("/a", "mx", time.Duration(i)*10*time.Second+3*time.Minute, hello)
				l.say("/b", "mx", time.Duration(i)*10*time.Second, hello)
			}
		}, false, ""},
		{"live, a backlog is caught up", func(l *logs) {
			l.live = true
			l.talk(0, time.Hour, 10*time.Second, "/a")
			l.talk(0, time.Hour, 10*time.Second, "/b")
			l.talk(time.Hour, 2*time.Hour, 10*time.Second, "/a", "/b")
		}, false, ""},
		{"a backlog of an hour that is not live", func(l *logs) {
			for i := range 60 {
				l.say("/a", "mx", time.Duration(i)*10*time.Second+time.Hour, hello)
				l.say("/b", "mx", time.Duration(i)*10*time.Second, hello)
			}
		}, false, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := newLogs(t)
			c.play(l)
			inc, open := l.incident("source.clock")
			if open != c.open || open && (inc.Severity != Low || !strings.Contains(inc.Title, c.says)) {
				t.Errorf("open %v: %v %q; want %v %q", open, inc.Severity, inc.Title, c.open, c.says)
			}
		})
	}
}
