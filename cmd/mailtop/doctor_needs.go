package main

import (
	"context"
	"regexp"
	"strconv"
	"strings"

	"mailtop/logparse"
	"mailtop/monitor/source"
)

// need is what rules need in the log of a program. Without a row a rule lives on
// records that the program always writes.
type need struct {
	rules []string // ids of detect.Rules, or "report: tls" for a table of the report
	mta   logparse.MTA
	gives string // what the records tell
	// left is what the rule still sees without them; empty: nothing, it is blind
	left string
	// lines are the records needed, traffic what should have made some
	lines, traffic func(*seen) int64
	setting        *setting // what switches them on; nil: they are always written
	steps          func(*site) []source.Step
}

// setting is an option of a server that switches records on.
type setting struct {
	name string
	read func(context.Context, *site) (value string, ok bool)
	on   func(value string) bool
	mend func(s *site, value string) []source.Step
}

func of(m logparse.MTA, kinds ...logparse.Kind) func(*seen) int64 {
	return func(e *seen) int64 { return e.of(m, kinds...) }
}

func none(*seen) int64 { return 0 }

// clients are messages taken from clients, and commands of clients refused: local
// submissions are no traffic.
func clients(m logparse.MTA) func(*seen) int64 {
	return func(e *seen) int64 { return e.taken[m] + e.of(m, logparse.KindReject) }
}

// dropped is for records that a server always writes and that are not there.
func dropped(s *site) []source.Step {
	if s.host.Contents("/etc/rsyslog.conf") == "" {
		return []source.Step{{Text: "the server always writes them: see whether syslog or the journal drops the level info"}}
	}
	return []source.Step{{Text: "the server always writes them, so syslog drops them; in /etc/rsyslog.conf", Line: "mail.*  -/var/log/mail.log", Command: "systemctl restart rsyslog"}}
}

// serverSetID gives a login its name in Exim's log.
func serverSetID(s *site) []source.Step {
	steps := []source.Step{{Text: "in each authenticator that lacks it (LOGIN: $auth1, PLAIN: $auth2)", Line: "server_set_id = $auth1"}}
	if name := s.exim(); name != "" {
		steps = append(steps, source.Step{Text: "see them", Command: name + " -bP authenticators"})
	}
	return steps
}

// needs is the table. The rules that it does not name for a program have all they
// need there. The records that settings switch on: exim specification, chapter
// "Log files"; dovecot, "Logging"; postconf(5); Sendmail Installation and
// Operation Guide, "Log Level".
var needs = []need{
	{
		rules: []string{"dos.flood"}, mta: logparse.Exim,
		gives: "each connection", left: "",
		lines:   of(logparse.Exim, logparse.KindConnect, logparse.KindDisconnect),
		traffic: clients(logparse.Exim),
		setting: &eximSelector,
	},
	{
		rules: []string{"account.compromised", "spam.outbound_burst", "auth.spray"}, mta: logparse.Exim,
		gives: "whose login it was", left: "",
		lines:   func(e *seen) int64 { return e.named[logparse.Exim] },
		traffic: func(e *seen) int64 { return e.authed[logparse.Exim] },
		steps:   serverSetID,
	},
	{
		rules: []string{"auth.bruteforce"}, mta: logparse.Dovecot,
		gives: "why a login failed: a name that does not exist, or a wrong password", left: "failures without their cause",
		lines:   func(e *seen) int64 { return e.causes[logparse.Dovecot] },
		traffic: of(logparse.Dovecot, logparse.KindAuthFail),
		setting: &authVerbose,
	},
	{
		rules: []string{"dos.flood"}, mta: logparse.Postfix,
		gives: "each connection", left: "",
		lines:   of(logparse.Postfix, logparse.KindConnect, logparse.KindPostscreen),
		traffic: clients(logparse.Postfix),
		steps:   dropped,
	},
	{
		rules: []string{"account.compromised", "spam.outbound_burst", "relay.open"}, mta: logparse.Postfix,
		gives: "which client and which login sent a message", left: "",
		lines:   of(logparse.Postfix, logparse.KindAccept),
		traffic: of(logparse.Postfix, logparse.KindQueued),
		steps:   dropped,
	},
	{
		rules: []string{"relay.open", "spam.outbound_burst", "queue.growth"}, mta: logparse.Postfix,
		gives: "what became of each recipient", left: "",
		lines:   of(logparse.Postfix, logparse.KindDelivery),
		traffic: of(logparse.Postfix, logparse.KindQueued),
		steps:   dropped,
	},
	{
		rules: []string{"report: tls"}, mta: logparse.Postfix,
		gives: "TLS version and cipher of each session", left: "the rest of the report",
		lines:   of(logparse.Postfix, logparse.KindTLS),
		traffic: func(e *seen) int64 { return e.taken[logparse.Postfix] },
		setting: &tlsLoglevel,
	},
	{
		rules: []string{"dos.flood"}, mta: logparse.Sendmail,
		gives: "each connection", left: "clients that run into Sendmail's own limits",
		lines:   of(logparse.Sendmail, logparse.KindConnect),
		traffic: clients(logparse.Sendmail),
		setting: sendmailLevel(12),
	},
	{
		rules: []string{"auth.bruteforce", "auth.spray", "account.compromised"}, mta: logparse.Sendmail,
		gives: "refused logins (before 8.16 from LogLevel 10 on)", left: "logins that succeed",
		lines:   of(logparse.Sendmail, logparse.KindAuthFail),
		traffic: none,
		setting: sendmailLevel(10),
	},
	{
		rules: []string{"queue.growth"}, mta: logparse.Sendmail,
		gives: "deferred recipients", left: "",
		lines:   none,
		traffic: none,
		setting: sendmailLevel(9),
	},
	{
		rules: []string{"source.lossy"}, mta: logparse.Rsyslog,
		gives: "that rsyslog dropped records", left: "losses that the files themselves show",
		lines:   func(e *seen) int64 { return e.total(logparse.Rsyslog) },
		traffic: none,
		setting: &rsyslogNotices,
	},
}

// eximSelector is Exim's log_selector: smtp_connection is off by default.
var eximSelector = setting{
	name: "log_selector",
	read: func(ctx context.Context, s *site) (string, bool) {
		out, err := s.host.Ask(ctx, s.exim(), "-bP", "log_selector")
		name, value, _ := strings.Cut(out, "=")
		return strings.TrimSpace(value), err == nil && strings.TrimSpace(name) == "log_selector"
	},
	on: func(value string) bool { return selects(value, "smtp_connection") },
	mend: func(s *site, value string) []source.Step {
		want := []string{"+smtp_connection", "+smtp_incomplete_transaction", "+incoming_port"}
		for _, w := range strings.Fields(value) {
			if len(w) < 2 || strings.Trim(w, "+-abcdefghijklmnopqrstuvwxyz_0123456789") != "" {
				want = want[len(want)-3:] // what is there now is no plain list
				break
			}
			if w[0] == '+' && !containsWord(want, w) {
				want = append(want, w)
			}
		}
		line := strings.Join(want, " ")
		if s.host.Contents("/etc/exim4/update-exim4.conf.conf") != "" {
			return []source.Step{{Text: "in /etc/exim4/exim4.conf.localmacros (split configuration: conf.d/main/000_localmacros)", Line: "MAIN_LOG_SELECTOR = " + line, Command: "update-exim4.conf && systemctl reload exim4"}}
		}
		return []source.Step{{Text: "in the main section of Exim's configuration", Line: "log_selector = " + line, Command: "systemctl reload exim"}}
	},
}

func containsWord(list []string, w string) bool {
	for _, x := range list {
		if x == w {
			return true
		}
	}
	return false
}

// selects says whether a log_selector switches a word on; the last one counts.
func selects(value, word string) bool {
	on := false
	for _, w := range strings.Fields(value) {
		switch w {
		case "+" + word, "+all":
			on = true
		case "-" + word, "-all":
			on = false
		}
	}
	return on
}

// authVerbose is Dovecot's auth_verbose, off by default.
var authVerbose = setting{
	name: "auth_verbose",
	read: func(ctx context.Context, s *site) (string, bool) {
		out, err := s.host.Ask(ctx, "doveconf", "-h", "auth_verbose")
		return out, err == nil
	},
	on: func(value string) bool { return value == "yes" },
	mend: func(*site, string) []source.Step {
		return []source.Step{{Text: "in /etc/dovecot/conf.d/10-logging.conf", Line: "auth_verbose = yes", Command: "doveadm reload"}}
	},
}

// tlsLoglevel is Postfix's smtpd_tls_loglevel, 0 by default.
var tlsLoglevel = setting{
	name: "smtpd_tls_loglevel",
	read: func(ctx context.Context, s *site) (string, bool) {
		out, err := s.postconf(ctx, "smtpd_tls_loglevel")
		return out, err == nil
	},
	on: func(value string) bool { n, err := strconv.Atoi(value); return err == nil && n >= 1 },
	mend: func(*site, string) []source.Step {
		return []source.Step{{
			Text:    "let Postfix log each TLS session, both ways",
			Command: "postconf -e smtpd_tls_loglevel=1 smtp_tls_loglevel=1 && postfix reload",
			Undo:    "postconf -e smtpd_tls_loglevel=0 smtp_tls_loglevel=0 && postfix reload",
		}}
	},
}

var levelOption = regexp.MustCompile(`(?m)^O\s+LogLevel=(\d+)`)

// sendmailLevel is Sendmail's LogLevel, 9 by default, needed to be at least n.
func sendmailLevel(n int) *setting {
	return &setting{
		name: "LogLevel",
		read: func(_ context.Context, s *site) (string, bool) {
			m := levelOption.FindStringSubmatch(s.host.Contents("/etc/mail/sendmail.cf"))
			if m == nil {
				return "", false
			}
			return m[1], true
		},
		on: func(value string) bool { level, err := strconv.Atoi(value); return err == nil && level >= n },
		mend: func(*site, string) []source.Step {
			return []source.Step{{Text: "in /etc/mail/sendmail.mc", Line: "define(`confLOG_LEVEL', `" + strconv.Itoa(n) + "')dnl", Command: "make -C /etc/mail && systemctl restart sendmail"}}
		},
	}
}

// rsyslogNotices: what rsyslog says of itself is of the facility syslog, which does
// not go into the mail log by default.
var rsyslogNotices = setting{
	name: "syslog.* of rsyslog",
	read: func(_ context.Context, s *site) (string, bool) {
		return "", s.host.Contents("/etc/rsyslog.conf") != ""
	},
	on: func(string) bool { return false },
	mend: func(*site, string) []source.Step {
		return []source.Step{{Text: "in a new file /etc/rsyslog.d/mailtop.conf", Line: "syslog.*  -/var/log/mail.log", Command: "systemctl restart rsyslog"}}
	},
}
