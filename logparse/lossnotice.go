package logparse

// Notices that a log lost lines. A flood lowers the visible rate by them, so each
// is an event: value is how many lines, absent where the daemon only says that it
// begins to drop.

// parseJournald reads systemd-journald's own lines (systemd-journald.service(8)):
// "Suppressed 1234 messages from postfix.service".
func parseJournald(r *record) bool {
	s := r.msg()
	if rest, ok := cutPrefix(s, "Suppressed "); ok {
		n, rest, ok := leadUint(rest)
		unit, ok2 := cutPrefix(rest, " messages from ")
		if !ok || !ok2 {
			return false
		}
		if i := lastIndexByte(unit, '/'); i >= 0 { // up to systemd 236 the control group
			unit = unit[i+1:]
		}
		r.ev.Service = r.sub(unit)
		return r.logLoss(n)
	}
	if rest, ok := cutPrefix(s, "Missed "); ok {
		if n, rest, ok := leadUint(rest); ok && hasPrefix(rest, " kernel messages") {
			return r.logLoss(n)
		}
		return false
	}
	if rest, ok := cutPrefix(s, "Forwarding to syslog missed "); ok {
		if n, rest, ok := leadUint(rest); ok && hasPrefix(rest, " messages") {
			return r.logLoss(n)
		}
		return false
	}
	return r.templated(s, journaldNotes[:])
}

func (r *record) logLoss(n uint64) bool {
	r.setValue(float64(n))
	return r.sendKind(KindLogLoss, ClassNone)
}

// parseRsyslog reads rsyslogd's own lines (rsyslog's imuxsock and imjournal):
//
//	imuxsock[pid: 134, name: /usr/sbin/x] from <host:tag>: begin to drop messages due to rate-limiting
//	imuxsock[pid: 134, name: /usr/sbin/x]: 280 messages lost due to rate-limiting (20 allowed within 3 seconds)
//	imjournal: 1234 messages lost due to rate-limiting (20000 allowed within 600 seconds)
//	imuxsock lost 55 messages from pid 4567 due to rate-limiting
//
// syslog-ng has no such notice; its statistics line tells of drops.
func parseRsyslog(r *record) bool {
	s := r.msg()
	if hasPrefix(s, "imuxsock") || hasPrefix(s, "imjournal") {
		if r.rsyslogDrop(s) {
			return true
		}
	}
	return r.templated(s, rsyslogNotes[:])
}

func (r *record) rsyslogDrop(s []byte) bool {
	if head, _, ok := cutLast(s, " messages lost due to rate-limiting"); ok {
		return r.lastNumber(head)
	}
	if rest, ok := cutPrefix(s, "imuxsock lost "); ok {
		if n, rest, ok := leadUint(rest); ok && hasPrefix(rest, " messages from pid ") {
			return r.logLoss(n)
		}
		return false
	}
	if contains(s, "begin to drop messages due to rate-limiting") || hasPrefix(s, "imuxsock begins to drop messages from pid ") {
		return r.sendKind(KindLogLoss, ClassNone)
	}
	return false
}

// lastNumber sends a loss whose count is the last word of s.
func (r *record) lastNumber(s []byte) bool {
	if i := lastIndexByte(s, ' '); i >= 0 {
		s = s[i+1:]
	}
	n, ok := parseUint(s)
	return ok && r.logLoss(n)
}

var journaldNotes = [...]note{
	{"Journal started", "", KindProcess, ClassStart},
	{"Journal stopped", "", KindProcess, ClassStop},
	{"Received SIGTERM from PID ", "", KindOther, ClassNone},
	{"Received client request to ", "", KindOther, ClassNone},
	{"System Journal (", ") is ", KindOther, ClassNone},
	{"Runtime Journal (", ") is ", KindOther, ClassNone},
	{"System journal (", ") is ", KindOther, ClassNone},
	{"Runtime journal (", ") is ", KindOther, ClassNone},
	{"Time spent on flushing to ", "", KindOther, ClassNone},
	{"Vacuuming done, freed ", "", KindOther, ClassNone},
	{"Deleted archived journal ", "", KindOther, ClassNone},
	{"Data hash table of ", "", KindOther, ClassNone},
	{"Field hash table of ", "", KindOther, ClassNone},
	{"Rotating system journal", "", KindOther, ClassNone},
	{"File ", " corrupted or uncleanly shut down, renaming and replacing.", KindProcess, ClassWarning},
	{"Failed to write entry ", "", KindProcess, ClassError},
	{"Failed to ", "", KindProcess, ClassError},
	{"Permanent journal is using ", "", KindOther, ClassNone},
	{"Runtime journal is using ", "", KindOther, ClassNone},
}

var rsyslogNotes = [...]note{
	{"[origin software=\"rsyslogd\"", " rsyslogd was HUPed", KindOther, ClassNone},
	{"[origin software=\"rsyslogd\"", " exiting on signal ", KindProcess, ClassStop},
	{"[origin software=\"rsyslogd\"", "] start", KindProcess, ClassStart},
	{"rsyslogd's groupid changed to ", "", KindOther, ClassNone},
	{"rsyslogd's userid changed to ", "", KindOther, ClassNone},
	{"imuxsock: Acquired UNIX socket ", "", KindOther, ClassNone},
	{"imklog ", ", log source = ", KindOther, ClassNone},
	{"-- MARK --", "", KindOther, ClassNone},
	{"action '", "' suspended", KindProcess, ClassError},
	{"action '", "' resumed", KindProcess, ClassInfo},
	{"file '", "': open error: ", KindProcess, ClassError},
	{"omfile: ", "error", KindProcess, ClassError},
	{"cannot connect to ", "", KindProcess, ClassError},
	{"imjournal: ", "journal", KindProcess, ClassWarning},
	{"environment variable TZ is not set", "", KindOther, ClassNone},
	{"warning: ~ action is deprecated", "", KindOther, ClassNone},
	{"main Q: ", " queue ", KindProcess, ClassError},
}
