package report

import (
	"fmt"
	"io"
	"strings"
	"time"

	"mailtop/logparse/clean"
)

// Text writes the report for a person: at most 100 columns, the verdict first.
// Everything foreign is cleaned; loc is the zone of the stamps.
func (r *Report) Text(w io.Writer, loc *time.Location) error {
	p := &page{loc: loc}
	p.line("%s", clean.String(r.Verdict))
	p.head(r)
	p.incidents(r)
	p.totals(r)
	p.hours(r.ByHour)
	p.table("Rejected", "count", r.Rejects)
	p.table("Deferred", "attempts", r.Deferrals)
	p.table("Bounced", "recipients", r.Bounces)
	p.table("Senders", "messages", r.Senders)
	p.table("Sender domains", "messages", r.Domains)
	p.table("Recipients", "messages", r.Recipients)
	p.table("Clients", "connections", r.Clients)
	p.table("Failed logins by user", "failures", r.Auth.FailedUsers)
	p.table("Failed logins by client", "failures", r.Auth.FailedClients)
	p.table("TLS versions", "sessions", r.TLS.Versions)
	p.unknown(r)
	_, err := io.WriteString(w, p.b.String())
	return err
}

type page struct {
	b   strings.Builder
	loc *time.Location
}

func (p *page) line(format string, args ...any) { fmt.Fprintf(&p.b, format+"\n", args...) }

func (p *page) stamp(t time.Time) string { return t.In(p.loc).Format("2006-01-02 15:04:05 -0700") }

func (p *page) head(r *Report) {
	if r.Lines == 0 {
		return
	}
	p.line("")
	if !r.From.IsZero() {
		p.line("Host %s, log from %s to %s", clean.String(r.Host), p.stamp(r.From), p.stamp(r.To))
	}
	p.line("%d lines read, %.2f%% of them understood%s%s", r.Lines, 100*r.Parsed, notMail(r.NotMail), lost(r.Lost))
}

// notMail says how many records a whole system's log holds that are none of ours.
func notMail(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf(" (%d more are of other programs)", n)
}

func lost(n int64) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("; the log itself says that %d were lost: all counts are lower bounds", n)
}

func (p *page) incidents(r *Report) {
	list := r.Incidents
	p.line("")
	if len(list) == 0 {
		p.line("Incidents: none")
		return
	}
	p.line("Incidents: %d", len(list))
	if len(list) > mostIncidents {
		defer p.line("  and %d more, all of them with --format json", len(list)-mostIncidents)
		list = list[:mostIncidents]
	}
	for i := range list {
		inc := &list[i]
		state := "open since"
		if !inc.Open() {
			state = "over, began"
		}
		if inc.Opened.Sub(r.From) < atLeast {
			state += " at least"
		}
		p.line("  %-8s %s", strings.ToUpper(inc.Severity.String()), clean.String(inc.Title))
		p.line("           %s %s; %s %s", state, p.stamp(inc.Opened), inc.Rule, inc.ID)
	}
}

// mostIncidents is how many the page shows: they come worst first.
const mostIncidents = 50

// atLeast is how near the start of the log an incident must begin for its true
// beginning to be older than the log.
const atLeast = 5 * time.Minute

func (p *page) totals(r *Report) {
	t := r.Totals
	p.line("")
	p.line("Totals")
	for _, x := range []struct {
		n    int64
		what string
	}{
		{t.Received, "messages received"}, {t.Delivered, "recipients delivered"}, {t.Deferrals, "deferrals"},
		{t.DeferredMessages, "messages deferred"}, {t.Bounced, "recipients bounced"}, {t.Rejected, "rejected"},
		{t.Discarded, "discarded"}, {t.Held, "held"}, {r.Queue, "left in the queue at the end, as far as the log shows"},
	} {
		p.line("  %10d  %s", x.n, x.what)
	}
	p.line("  %10s  received", size(t.BytesIn))
	p.line("  %10s  delivered", size(t.BytesOut))
	p.line("  %10d  logins, %d failed, %d given up, %d failed through our own backend", r.Auth.OK, r.Auth.Failed, r.Auth.Aborted, r.Auth.BackendErrors)
	if d := r.Delays; d.Count > 0 {
		p.line("  delivery delay: median %s, 90%% within %s, 99%% within %s, longest %s", seconds(d.P50), seconds(d.P90), seconds(d.P99), seconds(d.Max))
	}
}

func (p *page) hours(hs []Hour) {
	if len(hs) == 0 {
		return
	}
	p.line("")
	p.line("By hour             received delivered  deferred   bounced  rejected auth-fail")
	const most = 48
	if len(hs) > most {
		p.line("  (the last %d of %d hours)", most, len(hs))
		hs = hs[len(hs)-most:]
	}
	for _, h := range hs {
		p.line("  %s %10d%10d%10d%10d%10d%10d", h.Hour.In(p.loc).Format("2006-01-02 15h"), h.Received, h.Delivered, h.Deferrals, h.Bounced, h.Rejected, h.AuthFailures)
	}
}

func (p *page) table(title, unit string, rows []Row) {
	if len(rows) == 0 {
		return
	}
	p.line("")
	p.line("%s (%s)", title, unit)
	for _, r := range rows {
		if r.Bytes > 0 {
			p.line("  %10d  %8s  %s", r.Count, size(r.Bytes), clean.String(r.Name))
		} else {
			p.line("  %10d  %s", r.Count, clean.String(r.Name))
		}
	}
}

func (p *page) unknown(r *Report) {
	if len(r.Unknown) == 0 {
		return
	}
	p.line("")
	p.line("Lines that no template knows, by pattern")
	for _, u := range r.Unknown {
		p.line("  %10d  %s", u.Count, clean.String(u.Pattern))
	}
}

func size(n int64) string {
	f, u := float64(n), 0
	units := []string{"B", "KiB", "MiB", "GiB", "TiB"}
	for f >= 1024 && u < len(units)-1 {
		f /= 1024
		u++
	}
	if u == 0 {
		return fmt.Sprintf("%d B", n)
	}
	return fmt.Sprintf("%.1f %s", f, units[u])
}

func seconds(s float64) string {
	switch {
	case s < 10:
		return fmt.Sprintf("%.2g s", s)
	case s < 600:
		return fmt.Sprintf("%.0f s", s)
	case s < 36000:
		return fmt.Sprintf("%.0f min", s/60)
	}
	return fmt.Sprintf("%.1f h", s/3600)
}
