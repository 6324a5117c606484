package monitor

import (
	"time"

	"mailtop/monitor/detect"
	"mailtop/monitor/report"
	"mailtop/monitor/sketch"
	"mailtop/monitor/source"
)

// maxBuckets is the most columns that a chart can use.
const maxBuckets = 240

// Snapshot returns the state as a plain value, for the goroutine of the engine.
func (e *Engine) Snapshot(sc Scope) Snapshot {
	if sc.Window <= 0 {
		sc.Window = 15 * time.Minute
	}
	if sc.Rows <= 0 {
		sc.Rows = 10
	}
	now := max(e.last, e.series.Newest())
	s := Snapshot{
		Host: e.detect.Host(), Now: time.Unix(now, 0).UTC(), Scope: sc, Coverage: e.coverage(),
		Totals: e.totals(now, sc.Window), Queue: e.queueState(), Unknown: e.unseen.list(sc.Rows), Seq: e.detect.Seq(),
	}
	if now == 0 {
		s.Now = time.Time{}
	}
	for _, v := range e.series.Window(now, sc.Window, maxBuckets) {
		s.Series = append(s.Series, Series{v.Name, v.Start, v.Bucket, v.Values, v.Level})
	}
	for _, inc := range e.detect.Worst(sc.most()) {
		e.nameEvidence(&inc)
		if inc.Severity >= detect.Medium {
			s.Incidents = append(s.Incidents, inc)
		} else {
			s.Noise = append(s.Noise, inc)
		}
	}
	e.tables(&s)
	s.Sources = e.sourceStates()
	if sc.Log > 0 {
		s.Log = e.recent.newest(sc.Log, sc.Filter, e.origins)
	}
	s.Verdict = verdict(&s)
	return s
}

// most is how many incidents a snapshot holds: the worst ones, more than fit on a
// screen; describing thousands each second would cost more than they are worth.
func (sc Scope) most() int {
	if sc.All {
		return 1 << 30
	}
	return 300
}

func (e *Engine) totals(now int64, w time.Duration) Totals {
	n := func(id int) int64 { return int64(e.series.Sum(id, now, w)) }
	return Totals{
		Connections: n(serConnections), Received: n(serReceived), Delivered: n(serDelivered), Deferrals: n(serDeferred),
		Bounced: n(serBounced), Rejected: n(serRejected), AuthOK: n(serAuthOK), AuthFailures: n(serAuthFailures),
		AuthBackendErrors: n(serAuthErrors), BytesIn: n(serBytes), AtLeast: e.detect.LowerBound(now-int64(w.Seconds()), now),
	}
}

func (e *Engine) coverage() Coverage {
	c := e.cover
	c.Live = e.Live()
	c.Late = int64(e.series.Late())
	c.Evicted = int64(e.detect.Evicted() + e.join.Evicted())
	if e.first > 0 {
		c.From, c.To = time.Unix(e.first, 0).UTC(), time.Unix(e.last, 0).UTC()
	}
	c.Fraction = 1
	if list := e.sources(); len(list) > 0 && !c.Live {
		all := source.Total(list)
		c.Fraction, c.Rate, c.Left = 0, all.Rate, all.Left // of an unknown size
		if all.Size > 0 {
			c.Fraction = min(1, float64(all.Read)/float64(all.Size))
		}
	}
	return c
}

func (e *Engine) queueState() QueueState {
	q := e.queue
	if !q.Known {
		q.Method, q.Known = MethodLog, e.first > 0
		q.Depth, q.Deferred = e.join.Queued(), e.join.Waiting()
		if e.last > 0 {
			q.At = time.Unix(e.last, 0).UTC()
		}
	}
	return q
}

func (e *Engine) sourceStates() []SourceState {
	var out []SourceState
	for _, st := range e.sources() {
		out = append(out, SourceState{
			Name: st.Name, Kind: st.Kind, Bytes: st.Bytes, Read: st.Read, Size: st.Size, Lines: st.Lines,
			Rate: st.Rate, Left: st.Left, Lag: st.Lag, Lost: st.Lost, Torn: st.Torn, Skipped: st.Skipped, TooLong: st.TooLong,
			Rotations: st.Rotations, Live: st.Live, Done: st.Done, Last: st.LastEvent.UTC(), Err: st.LastErr,
		})
	}
	return out
}

// subjects maps what open incidents are about to the worst of them.
func subjects(s *Snapshot) map[detect.Subject]*detect.Incident {
	m := make(map[detect.Subject]*detect.Incident)
	note := func(sub detect.Subject, inc *detect.Incident) {
		if old := m[sub]; old == nil || inc.Severity > old.Severity {
			m[sub] = inc
		}
	}
	for i := range s.Incidents {
		if inc := &s.Incidents[i]; inc.Open() {
			note(inc.Subject, inc)
			for _, a := range inc.Actors {
				if a.Type == detect.SubjectIP {
					note(detect.Subject{Type: a.Type, Value: a.Value}, inc)
				}
			}
		}
	}
	return m
}

func (e *Engine) tables(s *Snapshot) {
	about, d, n := subjects(s), e.detect, s.Scope.Rows
	for _, k := range sketch.Top(d.Sources, n, func(_ sketch.Key, v *detect.Source) float64 { return v.Score }) {
		s.Clients = append(s.Clients, clientRow(d.Sources.Get(k), about))
	}
	for _, k := range sketch.Top(d.Accounts, n, func(_ sketch.Key, v *detect.Account) float64 { return v.Score }) {
		s.Accounts = append(s.Accounts, accountRow(d.Accounts.Get(k), about))
	}
	for _, k := range sketch.Top(d.Domains, n, func(_ sketch.Key, v *detect.Domain) float64 { return v.Score }) {
		v := d.Domains.Get(k)
		s.Senders = append(s.Senders, DomainRow{v.Name, int64(v.Messages), int64(v.Recipients), v.Bytes, int64(v.Bounced), int64(v.Deferred)})
	}
	hop := func(_ sketch.Key, v *detect.Hop) float64 { return v.Score + 1e6*float64(v.Queued)*d.Unit() }
	for _, k := range sketch.Top(d.Hops, n, hop) {
		v := d.Hops.Get(k)
		s.NextHops = append(s.NextHops, HopRow{v.Name, int64(v.Sent), int64(v.Deferred), int64(v.Bounced), int64(v.Queued), v.Reason, unix(v.Last)})
	}
}

func clientRow(v *detect.Source, about map[detect.Subject]*detect.Incident) ClientRow {
	r := ClientRow{
		IP: v.Addr(), Name: v.Name(), Connections: int64(v.Conns), Rejected: int64(v.Rejects), AuthFailures: int64(v.AuthFails),
		AuthOK: int64(v.AuthOKs), Messages: int64(v.Messages), First: unix(v.First), Last: unix(v.Last),
	}
	for _, t := range [...]string{detect.SubjectIP, detect.SubjectPrefix} {
		if inc := about[detect.Subject{Type: t, Value: r.IP}]; inc != nil {
			r.Severity, r.Incident = inc.Severity, inc.ID
		}
	}
	return r
}

func accountRow(v *detect.Account, about map[detect.Subject]*detect.Incident) AccountRow {
	r := AccountRow{
		User: v.Name, Logins: int64(v.Logins), AuthFailures: int64(v.AuthFails), Messages: int64(v.Messages),
		Recipients: int64(v.Recipients), Bounced: int64(v.Bounced), Deferred: int64(v.Deferred),
		Networks: int64(v.Networks()), Last: unix(v.Last), LastMail: unix(v.LastMail),
	}
	if inc := about[detect.Subject{Type: detect.SubjectAccount, Value: v.Name}]; inc != nil {
		r.Severity, r.Incident = inc.Severity, inc.ID
	}
	return r
}

func unix(sec int64) time.Time {
	if sec == 0 {
		return time.Time{}
	}
	return time.Unix(sec, 0).UTC()
}

// Report is the one-page answer over everything read, with top rows a table. The
// engine must have been made with Options.Report.
func (e *Engine) Report(top int) report.Report {
	s := e.Snapshot(Scope{Rows: top, All: true})
	c := &s.Coverage
	r := report.Report{
		Host: s.Host, Verdict: s.Verdict.Text, From: c.From, To: c.To, Lines: c.Lines, NotMail: c.NotMail, Lost: c.Lost,
		Queue: e.join.Queued(), Incidents: append([]detect.Incident{}, s.Incidents...), Unknown: []report.Pattern{},
	}
	if mail := c.Events - c.NotMail; mail > 0 {
		r.Parsed = 1 - float64(c.Unknown)/float64(mail)
	}
	for _, u := range s.Unknown {
		r.Unknown = append(r.Unknown, report.Pattern{Pattern: u.Pattern, Count: u.Count, Example: u.Example})
	}
	if e.tally != nil {
		e.tally.Report(&r, e.detect.Store, top)
	}
	return r
}
