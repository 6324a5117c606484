package detect

import (
	"fmt"
	"strings"

	"mailtop/logparse"
	"mailtop/monitor/join"
)

// How far back a notice of loss reaches: the intervals over which journald (30 s)
// and rsyslog (10 min) limit by default, and a little.
const (
	lossJournald = minute
	lossRsyslog  = 10 * minute
)

// logLoss judges a record in which the log itself says that it dropped lines.
func (d *Detector) logLoss(f *join.Fact, _ *entities) {
	back, what := lossOf(f)
	if what == "" {
		return
	}
	d.loseCounts(interval{f.Sec - back, f.Sec})
	d.lossy(d.sourceOf(f), f, Medium, int64(f.Value), what)
}

// lossOf says how far back a loss reaches and what was lost; nothing when the
// lost lines were not of mail.
func lossOf(f *join.Fact) (back int64, what string) {
	msg := string(f.Text(f.Event.Text))
	unit := string(f.Text(f.Service))
	switch {
	case strings.HasPrefix(msg, "["), strings.HasPrefix(msg, "Missed "): // one unprintable line; the kernel's
		return 0, ""
	case unit != "":
		if !mailUnit(unit) {
			return 0, ""
		}
		return lossJournald, unit
	case strings.HasPrefix(msg, "Forwarding to syslog missed"):
		return lossJournald, "journald"
	case strings.HasPrefix(msg, "imuxsock["):
		if _, name, ok := strings.Cut(msg, "name: "); ok && !mailUnit(name) {
			return 0, ""
		}
	}
	if f.MTA == logparse.Journald {
		return lossJournald, "journald"
	}
	return lossRsyslog, "rsyslog"
}

// mailWords are in the names of units and programs whose lines a mail log is made of.
var mailWords = [...]string{
	"postfix", "dovecot", "exim", "sendmail", "smtpd", "rspamd", "opendkim", "opendmarc", "amavis", "spamass", "clamav", "postgrey", "saslauthd",
	"cyrus", "courier", "fail2ban", "policyd", "docker", "containerd", "podman", "syslog",
}

func mailUnit(name string) bool {
	name, _, _ = strings.Cut(strings.ToLower(name), "]")
	for _, w := range mailWords {
		if strings.Contains(name, w) {
			return true
		}
	}
	return false
}

// lostBefore opens a low incident where the reader itself lost records: a file was
// cut off before its end was read, or is gone.
func (d *Detector) lostBefore(h *heard, sec int64) {
	d.sources.lost = false
	from := sec - lossRsyslog
	if h.last < sec {
		from = h.last
	}
	d.loseCounts(interval{from, sec})
	d.lossy(h, h.fact(sec), Low, 0, "reader")
}

func (d *Detector) lossy(h *heard, f *join.Fact, sev Severity, n int64, what string) {
	if h == nil {
		return
	}
	s := d.raise(ruleLossy, h.key(), sev, f, d.sourceSubject(h))
	s.level[0] += float64(n)
	s.level[1]++
	s.actors.kind = "origins"
	s.actors.add(d.joiner.LoginKey([]byte(what)), SubjectService, int(max(1, n)), f.Sec, func() string { return what })
	d.flush(s)
}

// loseCounts notes that counts of an interval are lower bounds.
func (d *Detector) loseCounts(iv interval) {
	w := &d.sources
	if w.nLosses > 0 {
		if last := &w.losses[(w.nLosses-1)%len(w.losses)]; iv.from <= last.to && iv.to >= last.from {
			last.from, last.to = min(last.from, iv.from), max(last.to, iv.to)
			return
		}
	}
	w.losses[w.nLosses%len(w.losses)] = iv
	w.nLosses++
}

// LowerBound says whether counts over (from, to] are lower bounds, because the log
// lost lines then.
func (d *Detector) LowerBound(from, to int64) bool {
	w := &d.sources
	for i := range min(w.nLosses, len(w.losses)) {
		if w.losses[i].from < to && w.losses[i].to > from {
			return true
		}
	}
	return false
}

func (d *Detector) describeLossy(s *state, inc *Incident) {
	n := int64(s.level[0])
	inc.Title = fmt.Sprintf("The log %s lost lines: counts of that time are lower bounds", s.subject.Value)
	if n > 0 {
		inc.Title = fmt.Sprintf("The log %s lost %d lines: counts of that time are lower bounds", s.subject.Value, n)
	}
	inc.Why = []Signal{{"notices of lost lines", s.level[1], 1, 0, true}}
	if n > 0 {
		inc.Counts["lost"] = n
	}
	for _, a := range s.actors.list() {
		inc.Advice = append(inc.Advice, d.lossAdvice(a.Value)...)
	}
}

// lossAdvice says where the limit is that dropped the lines.
func (d *Detector) lossAdvice(what string) []Advice {
	switch what {
	case "reader":
		return []Advice{{Text: "The file was cut off or taken away before it was read to its end. Let logrotate rename it and create a new one (no copytruncate), and keep one old file uncompressed (delaycompress)."}}
	case "rsyslog":
		a := Advice{Text: "rsyslog dropped them: set ratelimit.interval=\"0\" where imjournal or imuxsock is loaded in its configuration, then restart it."}
		if d.tool("rsyslogd") {
			a.Text += " This checks the configuration."
			a.Command = "rsyslogd -N1"
		}
		return []Advice{a}
	case "journald":
		return []Advice{{Text: "journald could not hand lines on: read the journal itself (mailtop --journal), or set RateLimitIntervalSec=0 in journald.conf."}}
	}
	a := Advice{Text: "journald dropped lines of this unit: set LogRateLimitIntervalSec=0 for it (systemctl edit), then restart it."}
	if u, ok := accountSlot(what); ok && d.tool("systemctl") {
		a.Text += " This shows the limit."
		a.Command = command("systemctl show -p LogRateLimitIntervalUSec -p LogRateLimitBurst", u)
	}
	return []Advice{a}
}
