package tui

import (
	"fmt"
	"time"

	"mailtop/monitor"
	"mailtop/monitor/detect"
)

// fixtureNow is a Tuesday night on which much goes wrong.
var fixtureNow = time.Date(2026, 5, 12, 2, 14, 31, 0, time.UTC)

// series makes n buckets that end at now; f gives the value i buckets back.
func series(name string, now time.Time, bucket time.Duration, n int, f func(back int) float64) monitor.Series {
	start := now.Truncate(bucket).Add(-bucket * time.Duration(n-1))
	s := monitor.Series{Name: name, Start: start, Bucket: bucket, Level: name == monitor.SeriesQueue}
	for i := range n {
		at := start.Add(bucket * time.Duration(i))
		back := int(fixtureNow.Sub(at) / bucket)
		s.Values = append(s.Values, f(back))
	}
	return s
}

// wobble is a number from 0 to m-1 that depends on i only.
func wobble(i, m int) float64 {
	x := uint32(i*2654435761) ^ 0x9e3779b9
	x ^= x >> 13
	x *= 0x5bd1e995
	return float64((x >> 15) % uint32(m))
}

func richSeries(now time.Time) []monitor.Series {
	const n = 900
	at := func(name string, f func(int) float64) monitor.Series { return series(name, now, time.Second, n, f) }
	return []monitor.Series{
		at(monitor.SeriesConnections, func(b int) float64 {
			if b > 850 {
				return monitor.Missing
			}
			return wobble(b, 2) + max(0, float64(240-b))/60
		}),
		at(monitor.SeriesDelivered, func(b int) float64 { return wobble(b+7, 5) }),
		at(monitor.SeriesDeferred, func(b int) float64 { return wobble(b/9, 2) }),
		at(monitor.SeriesRejected, func(b int) float64 { return wobble(b/5, 2) }),
		at(monitor.SeriesAuthFailures, func(b int) float64 {
			if b < 300 {
				return wobble(b, 4)
			}
			return 0
		}),
		at(monitor.SeriesQueue, func(b int) float64 { return float64(1904 - min(b, 800)*2) }),
		at(monitor.SeriesReceived, func(b int) float64 { return wobble(b+3, 4) }),
		at(monitor.SeriesBounced, func(b int) float64 { return wobble(b/11, 2) }),
	}
}

func at(back time.Duration) time.Time { return fixtureNow.Add(-back) }

func richIncidents() []detect.Incident {
	compromised := detect.Incident{
		ID: "k3f9", Host: "mx1.example.net", Rule: "account.compromised", Severity: detect.Critical,
		Subject: detect.Subject{Type: detect.SubjectAccount, Value: "test"},
		Opened:  at(47 * time.Hour), Updated: at(20 * time.Second),
		Title: "account test sends spam: 640 recipients in 9 min after 38 failed logins, from 5 networks",
		Why: []detect.Signal{
			{Signal: "failed logins before the first success", Value: 38, Limit: 10, Window: 600, Met: true},
			{Signal: "networks with a successful login", Value: 5, Limit: 4, Window: 3600, Met: true},
			{Signal: "recipients after it", Value: 640, Limit: 100, Window: 540, Met: true},
			{Signal: "share of bounces", Value: 0.31, Limit: 0.5, Window: 540},
		},
		Counts: map[string]int64{"messages": 214, "recipients": 18904, "logins": 77},
		Actors: []detect.Actor{
			{Type: "ip", Value: "198.51.100.77", Count: 412, First: at(47*time.Hour + 12*time.Minute), Last: at(20 * time.Second)},
			{Type: "ip", Value: "203.0.113.9", Count: 61, First: at(40 * time.Hour), Last: at(3 * time.Minute)},
			{Type: "ip", Value: "2001:db8:77:1234:5678:9abc:def0:1", Count: 12, First: at(30 * time.Hour), Last: at(time.Hour)},
		},
		CouldBe: "a person who travels and a newsletter run of the same account.",
		Advice: []detect.Advice{
			{Text: "Stop the sessions of this account", Command: "doveadm kick test", Undo: ""},
			{Text: "Hold what it queued", Command: "mailtop queue --ids --filter user:test | postsuper -h -", Undo: "mailtop queue --ids --filter user:test | postsuper -H -"},
			{Text: "Ban the loudest client for a day", Command: "fail2ban-client set postfix-sasl banip 198.51.100.77", Undo: "fail2ban-client set postfix-sasl unbanip 198.51.100.77"},
			{Text: "Then give the account a new password"},
		},
		Attack: "T1110.001",
	}
	for i := range 12 {
		compromised.Evidence = append(compromised.Evidence, detect.Evidence{Source: "/var/log/mail.log", Offset: int64(190 * i), Line: int64(i + 1)})
	}
	spray := detect.Incident{
		ID: "p1xz", Host: "mx1.example.net", Rule: "auth.spray", Severity: detect.High,
		Subject: detect.Subject{Type: detect.SubjectIP, Value: "198.51.100.200"}, Opened: at(9 * time.Minute), Updated: at(time.Minute),
		Title: "password spray: 212 accounts from 38 addresses, 1.4 tries an account",
		Why:   []detect.Signal{{Signal: "accounts tried", Value: 212, Limit: 20, Window: 900, Met: true}},
	}
	deferring := detect.Incident{
		ID: "q8dd", Host: "mx1.example.net", Rule: "queue.growth", Severity: detect.Medium,
		Subject: detect.Subject{Type: detect.SubjectQueue, Value: "gmail.com"}, Opened: at(26 * time.Hour), Updated: at(time.Minute),
		Title: "queue grows: 902 recipients wait for gmail.com (421 4.7.28 rate limited)",
	}
	flood := detect.Incident{
		ID: "f001", Host: "mx1.example.net", Rule: "dos.flood", Severity: detect.High,
		Subject: detect.Subject{Type: detect.SubjectPrefix, Value: "192.0.2.0/24"}, Opened: at(3 * time.Hour), Updated: at(2 * time.Hour),
		Resolved: at(2 * time.Hour), Title: "connection flood from 192.0.2.0/24, lasted 6 min",
	}
	return []detect.Incident{compromised, spray, deferring, flood}
}

// rich is a snapshot of a host in trouble at the time now.
func rich(now time.Time) monitor.Snapshot {
	s := monitor.Snapshot{
		Host: "mx1.example.net", Now: now, Seq: 41,
		Verdict: monitor.Verdict{Severity: detect.Critical, Incident: "k3f9",
			Text: "Act now: account test sends spam since at least Sun 03:02 (Enter opens it). 2 more incidents are open."},
		Coverage: monitor.Coverage{From: at(47*time.Hour + 13*time.Minute), To: now, Lines: 1_204_331, Events: 1_204_330, Unknown: 3, Lost: 12, Live: true, Fraction: 1},
		Totals:   monitor.Totals{Connections: 1512, Received: 1330, Delivered: 1801, Deferrals: 431, Bounced: 402, Rejected: 455, AuthOK: 77, AuthFailures: 466},
		Series:   richSeries(now),
		Queue:    monitor.QueueState{Known: true, Method: "postqueue -j", Depth: 1904, Deferred: 1790, Active: 114, Oldest: at(28*time.Hour + 5*time.Minute)},
		Sources:  []monitor.SourceState{{Name: "/var/log/mail.log", Bytes: 9e8, Size: 9e8, Lines: 1_204_331, Live: true, Last: now}},
		Noise:    []detect.Incident{{ID: "n001", Rule: "relay.probe", Severity: detect.Low, Subject: detect.Subject{Type: detect.SubjectIP, Value: "203.0.113.200"}, Opened: at(5 * time.Hour), Title: "relay probe refused: 4 tries from 203.0.113.200"}},
	}
	s.Incidents = richIncidents()
	s.Clients = []monitor.ClientRow{
		{IP: "198.51.100.77", Name: "unknown", Connections: 412, AuthFailures: 398, AuthOK: 5, Messages: 188, Last: at(20 * time.Second), Severity: detect.Critical, Incident: "k3f9"},
		{IP: "198.51.100.200", Connections: 388, Rejected: 388, Last: at(time.Minute), Severity: detect.High, Incident: "p1xz"},
		{IP: "192.0.2.15", Name: "mail.example.org", Connections: 120, Rejected: 2, Messages: 118, Last: at(2 * time.Minute)},
		{IP: "2001:db8:77:1234:5678:9abc:def0:1", Connections: 88, Rejected: 1, Messages: 12, Last: at(30 * time.Hour)},
		{IP: "203.0.113.9", Connections: 61, Rejected: 61, Last: at(3 * time.Minute)},
	}
	s.Accounts = []monitor.AccountRow{
		{User: "test", Logins: 77, AuthFailures: 38, Messages: 214, Recipients: 18904, Bounced: 5860, Networks: 5, LastMail: at(20 * time.Second), Severity: detect.Critical, Incident: "k3f9"},
		{User: "newsletter@example.net", Logins: 1, Messages: 96, Recipients: 4120, Bounced: 41, Networks: 1, LastMail: at(9 * time.Hour)},
		{User: "a.smith", Logins: 31, Messages: 18, Recipients: 25, Networks: 2, LastMail: at(6 * time.Hour)},
		{User: "printer-3", Logins: 9, Networks: 1},
	}
	s.Senders = []monitor.DomainRow{
		{Domain: "example.net", Messages: 331, Recipients: 23000, Bytes: 88_000_000, Bounced: 5900, Deferred: 902},
		{Domain: "<>", Messages: 120, Recipients: 120, Bytes: 1_200_000},
		{Domain: "example.org", Messages: 118, Recipients: 131, Bytes: 4_000_123},
	}
	s.NextHops = []monitor.HopRow{
		{NextHop: "gmail.com", Sent: 311, Deferred: 4021, Bounced: 121, Queued: 902, LastReason: "421-4.7.28 our system has detected an unusual rate of unsolicited mail", Last: at(10 * time.Second)},
		{NextHop: "outlook.com", Sent: 290, Deferred: 611, Queued: 311, LastReason: "451 4.7.650 temporarily rate limited", Last: at(40 * time.Second)},
		{NextHop: "mx.example.org", Sent: 120, Last: at(time.Minute)},
	}
	s.Log = richLog(now, 60)
	return s
}

func richLog(now time.Time, n int) []monitor.LogLine {
	texts := []string{
		"postfix/smtpd[2114]: connect from unknown[198.51.100.77]",
		"postfix/smtpd[2114]: warning: unknown[198.51.100.77]: SASL LOGIN authentication failed: UGFzc3dvcmQ6, sasl_username=test",
		"postfix/qmgr[801]: 4F3kT21Xz: from=<test@example.net>, size=2210, nrcpt=50 (queue active)",
		"postfix/smtp[2290]: 4F3kT21Xz: to=<someone@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.27]:25, delay=2.1, delays=0.1/0/0.9/1.1, dsn=4.7.28, status=deferred (host gmail-smtp-in.l.google.com[192.0.2.27] said: 421-4.7.28 Our system has detected an unusual rate of unsolicited mail)",
	}
	var out []monitor.LogLine
	for i := range n {
		t := now.Add(-time.Duration(n-1-i) * time.Second)
		out = append(out, monitor.LogLine{
			Time: t, Source: "/var/log/mail.log", Offset: t.Unix() * 200, Kind: "connect",
			Text: fmt.Sprintf("%s mx1 %s", t.Format("2006-01-02T15:04:05.000000-07:00"), texts[int(t.Unix())%len(texts)]),
		})
	}
	return out
}

// empty is what there is in the first second: nothing.
func empty(now time.Time) monitor.Snapshot {
	return monitor.Snapshot{Host: "mx1.example.net", Now: now, Sources: []monitor.SourceState{{Name: "/var/log/mail.log", Size: 9e8}}}
}
