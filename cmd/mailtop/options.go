package main

import (
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"mailtop/logparse"
	"mailtop/monitor/source"
)

// options are the flags that every command which reads logs shares.
type options struct {
	logs         []string
	docker, ssh  []string
	journal      bool
	mta          string
	since, until string
	tz, now      string
	noColor      bool
	ascii        bool
	local        bool
	anyText      bool // take a file in which no line is known, too
	resume       map[string]source.Cursor
	rotated      bool // read the rotated files beside a named one, too
}

func (o *options) register(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringArrayVar(&o.logs, "log", nil, "read this log as well (repeatable)")
	f.BoolVar(&o.journal, "journal", false, "read the journal of systemd as well")
	f.StringArrayVar(&o.docker, "docker", nil, "read the log of this container of docker or podman as well (repeatable)")
	f.StringArrayVar(&o.ssh, "ssh", nil, "read the mail log of HOST or USER@HOST through ssh as well (repeatable)")
	f.StringVar(&o.mta, "mta", "", "the mail server that wrote the log, where its lines leave it open (postfix, exim, ...)")
	f.StringVar(&o.since, "since", "", "from when: 24h, yesterday 14:00, mon 09:00, 2026-05-12 00:01, RFC 3339")
	f.StringVar(&o.until, "until", "", "until when, in the same forms")
	f.StringVar(&o.tz, "tz", "", "time zone of stamps without one and of what is shown (Europe/Berlin, UTC); default: this host's")
	f.StringVar(&o.now, "now", "", "the time to take as now, for stamps without a year (RFC 3339)")
	f.BoolVar(&o.noColor, "no-color", false, "no colour")
	f.BoolVar(&o.ascii, "ascii", false, "ASCII only")
	f.BoolVar(&o.local, "local", false, "a named FILE is this host's log: ask this host for its addresses, domains and queue")
}

// when is what the time flags say.
type when struct {
	now          time.Time
	loc          *time.Location
	since, until time.Time
}

func (o *options) when() (w when, err error) {
	w.loc = time.Local
	if o.tz != "" {
		if w.loc, err = time.LoadLocation(o.tz); err != nil {
			return w, usagef("--tz %q is no time zone known here (try UTC or Europe/Berlin)", o.tz)
		}
	}
	w.now = time.Now()
	if o.now != "" {
		if w.now, err = time.Parse(time.RFC3339Nano, o.now); err != nil {
			return w, usagef("--now %q is not a time in RFC 3339 form (2026-05-12T14:00:00Z)", o.now)
		}
	}
	w.now = w.now.In(w.loc)
	if w.since, err = parseWhen("--since", o.since, w.now); err != nil {
		return w, err
	}
	if w.until, err = parseWhen("--until", o.until, w.now); err != nil {
		return w, err
	}
	if !w.since.IsZero() && !w.until.IsZero() && !w.until.After(w.since) {
		return w, usagef("--until %s is not after --since %s", o.until, o.since)
	}
	return w, nil
}

// layouts of --since and --until, all in the zone of now unless they carry one.
var layouts = []string{time.RFC3339Nano, "2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02"}

// parseWhen reads a moment as people write it; empty is no moment.
func parseWhen(flag, s string, now time.Time) (time.Time, error) {
	text := strings.ToLower(strings.TrimSpace(s))
	if text == "" {
		return time.Time{}, nil
	}
	if d, ok := ago(text); ok {
		return now.Add(-d), nil
	}
	for _, l := range layouts {
		if t, err := time.ParseInLocation(l, strings.ToUpper(text), now.Location()); err == nil {
			return t, nil
		}
	}
	word, clock, _ := strings.Cut(text, " ")
	day, ok := dayOf(word, now)
	if !ok {
		return time.Time{}, usagef("%s %q is not a time: write 24h, yesterday 14:00, mon 09:00, 2026-05-12 00:01 or RFC 3339", flag, s)
	}
	if clock == "" {
		return day, nil
	}
	t, err := time.Parse("15:04", clock)
	if err != nil {
		return time.Time{}, usagef("%s %q: %q is not a time of day like 14:00", flag, s, clock)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), t.Hour(), t.Minute(), 0, 0, now.Location()), nil
}

// ago reads 90s, 15m, 24h, 8d.
func ago(s string) (time.Duration, bool) {
	if n, ok := strings.CutSuffix(s, "d"); ok {
		days, err := strconv.Atoi(n)
		return time.Duration(days) * 24 * time.Hour, err == nil && days >= 0 && days < 36500
	}
	d, err := time.ParseDuration(s)
	return d, err == nil && d >= 0
}

// dayOf is the midnight that began today, yesterday or the last such weekday.
func dayOf(word string, now time.Time) (time.Time, bool) {
	midnight := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch word {
	case "today":
		return midnight, true
	case "yesterday":
		return midnight.AddDate(0, 0, -1), true
	}
	for back := 0; back < 7; back++ {
		d := midnight.AddDate(0, 0, -back)
		name := strings.ToLower(d.Weekday().String())
		if len(word) >= 3 && strings.HasPrefix(name, word) {
			return d, true
		}
	}
	return time.Time{}, false
}

func (o *options) family() (logparse.MTA, error) {
	if o.mta == "" {
		return logparse.MTANone, nil
	}
	for m := logparse.MTANone + 1; m < logparse.NumMTAs; m++ {
		if m.String() == strings.ToLower(o.mta) {
			return m, nil
		}
	}
	return 0, usagef("--mta %q is not one of those known: postfix, exim, sendmail, opensmtpd, dovecot, ...", o.mta)
}

// format checks the value of a --format flag.
func format(value string, allowed ...string) (string, error) {
	for _, a := range allowed {
		if value == a {
			return a, nil
		}
	}
	return "", usagef("--format %q is none of %s", value, strings.Join(allowed, ", "))
}
