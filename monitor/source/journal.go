package source

import (
	"bytes"
	"strconv"
	"time"
)

// journalMatch selects what a mail host logs: the mail facility.
var journalMatch = []string{"SYSLOG_FACILITY=2"}

// journalNotices adds what journald says itself: that it suppressed records.
var journalNotices = []string{"+", "_TRANSPORT=driver"}

// journalFields are the fields that a record needs; the stamp and the cursor come
// always. See systemd.journal-fields(7).
const journalFields = "--output-fields=MESSAGE,SYSLOG_IDENTIFIER,SYSLOG_PID,_PID,_HOSTNAME,PRIORITY,SYSLOG_FACILITY"

// newJournal is the journal of systemd as a source, through journalctl. What is past
// is read first; then it is followed from the cursor of the newest record, again
// after each exit of journalctl, so that no record is lost or doubled.
func newJournal(o Options, run launch) Source {
	j := &journal{opt: o.withDefaults()}
	j.start, j.cursor = j.opt.Now(), j.opt.Resume[Journal].journal
	s := newCommands(o, Journal, "journal", run, j.next)
	count := s.read
	s.read = func(p []byte) { count(p); j.see(p) }
	return s
}

type journal struct {
	opt    Options
	start  time.Time
	cursor string
	past   bool // has been read
	tail   []byte
}

func (j *journal) next(bool) (command, bool) {
	argv := []string{"journalctl", "-q", "--no-pager", "-a", "-o", "json", journalFields}
	if j.past && !j.opt.Follow {
		return command{}, false
	}
	switch {
	case j.cursor != "":
		argv = append(argv, "--after-cursor="+j.cursor)
	case j.past: // nothing was there: what has come since
		argv = append(argv, "--since=@"+strconv.FormatInt(j.start.Unix(), 10))
	case !j.opt.Since.IsZero():
		argv = append(argv, "--since=@"+strconv.FormatInt(j.opt.Since.Unix(), 10))
	}
	if !j.opt.Until.IsZero() && !j.opt.Follow {
		argv = append(argv, "--until=@"+strconv.FormatInt(j.opt.Until.Unix()+1, 10))
	}
	c := command{live: j.past}
	if j.past {
		argv = append(argv, "-f", "--no-tail")
	}
	j.past = true
	c.argv = append(append(argv, journalMatch...), journalNotices...)
	return c, true
}

const cursorKey = `"__CURSOR"`

// see finds the cursor of the newest whole record. In a text of a record the quotes
// of the key would be escaped.
func (j *journal) see(p []byte) {
	end := bytes.LastIndexByte(p, '\n')
	if end < 0 {
		j.keep(p)
		return
	}
	if c := lastCursor(p[:end]); c != "" {
		j.cursor = c
	} else if c := lastCursor(append(j.tail, p[:end]...)); c != "" {
		j.cursor = c
	}
	j.tail = j.tail[:0]
	j.keep(p[end+1:])
}

// keep remembers an unfinished record, as long as it is of a sane size.
func (j *journal) keep(p []byte) {
	if len(j.tail)+len(p) <= 4<<20 {
		j.tail = append(j.tail, p...)
	}
}

func lastCursor(p []byte) string {
	i := bytes.LastIndex(p, []byte(cursorKey))
	if i < 0 {
		return ""
	}
	p = bytes.TrimLeft(p[i+len(cursorKey):], " :")
	if len(p) == 0 || p[0] != '"' {
		return ""
	}
	if end := bytes.IndexByte(p[1:], '"'); end >= 0 {
		return string(p[1 : 1+end])
	}
	return ""
}
