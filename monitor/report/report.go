// Package report makes the one-page answer to "what happened": totals, reasons,
// tables and delays, as data and as text. It counts facts while they pass; names
// that a log can make up are capped.
package report

import (
	"math"
	"time"

	"mailtop/logparse"
	"mailtop/monitor/detect"
	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// Row is one line of a table.
type Row struct {
	Name  string `json:"name"`
	Count int64  `json:"count"`
	Bytes int64  `json:"bytes,omitempty"`
}

// Totals of a report.
type Totals struct {
	Received         int64 `json:"received"`  // messages accepted, from clients and on the host
	Delivered        int64 `json:"delivered"` // recipients
	Deferrals        int64 `json:"deferrals"` // attempts
	DeferredMessages int64 `json:"deferred_messages"`
	Bounced          int64 `json:"bounced"`
	Rejected         int64 `json:"rejected"`
	Discarded        int64 `json:"discarded"`
	Held             int64 `json:"held"`
	BytesIn          int64 `json:"bytes_in"`
	BytesOut         int64 `json:"bytes_out"`
	Senders          int64 `json:"senders"`    // distinct envelope senders, as far as counted
	Recipients       int64 `json:"recipients"` // distinct recipients, as far as counted
}

// Hour is a row of by_hour.
type Hour struct {
	Hour         time.Time `json:"hour"`
	Received     int64     `json:"received"`
	Delivered    int64     `json:"delivered"`
	Deferrals    int64     `json:"deferrals"`
	Bounced      int64     `json:"bounced"`
	Rejected     int64     `json:"rejected"`
	AuthFailures int64     `json:"auth_failures"`
}

// Auth sums logins up.
type Auth struct {
	OK            int64 `json:"ok"`
	Failed        int64 `json:"failed"`
	Aborted       int64 `json:"aborted"`
	BackendErrors int64 `json:"backend_errors"`
	FailedUsers   []Row `json:"failed_users"`
	FailedClients []Row `json:"failed_clients"`
}

// TLS counts sessions by protocol version, and failures.
type TLS struct {
	Versions []Row `json:"versions"`
	Errors   int64 `json:"errors"`
}

// Delays of deliveries that succeeded, in seconds.
type Delays struct {
	Count       int64   `json:"count"`
	P50         float64 `json:"p50"`
	P90         float64 `json:"p90"`
	P99         float64 `json:"p99"`
	Max         float64 `json:"max"`
	BeforeQueue float64 `json:"before_queue"` // means of the four parts
	InQueue     float64 `json:"in_queue"`
	Connect     float64 `json:"connect"`
	Transmit    float64 `json:"transmit"`
}

// Pattern is a group of records that no template knows.
type Pattern struct {
	Pattern string `json:"pattern"`
	Count   int64  `json:"count"`
	Example string `json:"example,omitempty"`
}

// Report is the answer.
type Report struct {
	Schema     int               `json:"schema"`
	Host       string            `json:"host,omitempty"`
	Verdict    string            `json:"verdict"`
	From       time.Time         `json:"from,omitzero"`
	To         time.Time         `json:"to,omitzero"`
	Lines      int64             `json:"lines"`
	Parsed     float64           `json:"parsed"`             // share of the events that a template knew
	NotMail    int64             `json:"not_mail,omitempty"` // records of other programs
	Unknown    []Pattern         `json:"unknown"`
	Lost       int64             `json:"lost,omitempty"`
	Totals     Totals            `json:"totals"`
	ByHour     []Hour            `json:"by_hour"`
	Rejects    []Row             `json:"rejects"`
	Deferrals  []Row             `json:"deferrals"`
	Bounces    []Row             `json:"bounces"`
	Senders    []Row             `json:"senders"`
	Recipients []Row             `json:"recipients"`
	Domains    []Row             `json:"domains"`
	Clients    []Row             `json:"clients"`
	Auth       Auth              `json:"auth"`
	TLS        TLS               `json:"tls"`
	Delays     Delays            `json:"delays"`
	Queue      int64             `json:"queue"` // messages left at the end
	Incidents  []detect.Incident `json:"incidents"`
}

// Caps of the tables; all together under 10 MiB.
const (
	maxNames = 8192
	maxHours = 24 * 400
)

// Tally counts facts for a report. It has one owner.
type Tally struct {
	hash                                                              sketch.Hasher
	totals                                                            Totals
	hours                                                             []Hour
	rejects, deferrals, bounces, senders, recipients, users, versions *names
	auth                                                              Auth
	tlsErrs                                                           int64
	delays                                                            delays
	meanings                                                          meanings
	key                                                               []byte
}

// NewTally returns an empty Tally.
func NewTally(h sketch.Hasher) *Tally {
	t := &Tally{hash: h}
	for _, p := range []**names{&t.rejects, &t.deferrals, &t.bounces, &t.senders, &t.recipients, &t.users, &t.versions} {
		*p = newNames(h)
	}
	return t
}

// Observe counts one fact.
func (t *Tally) Observe(f *join.Fact) {
	switch f.Kind {
	case logparse.KindAccept, logparse.KindQueued:
		t.message(f)
	case logparse.KindDelivery:
		t.delivery(f)
	case logparse.KindReject:
		t.reject(f)
	case logparse.KindPolicy:
		t.policy(f)
	case logparse.KindTLS:
		t.versions.add(f.Text(f.TLSVersion), 1, 0)
	case logparse.KindTLSError:
		t.tlsErrs += int64(f.Weight)
	case logparse.KindAuthOK, logparse.KindAuthFail, logparse.KindAuthAbort, logparse.KindAuthError, logparse.KindDisconnect:
		t.login(f)
	}
}

func (t *Tally) message(f *join.Fact) {
	m := f.Msg
	if f.NewLogin {
		t.auth.OK++
	}
	if m == nil || !m.InQueue || m.Repeat || !m.Accepted {
		return
	}
	t.totals.Received++
	t.totals.BytesIn += f.Size
	t.hour(f).Received++
	from := f.Text(f.From)
	if len(from) == 0 {
		from = []byte("<>")
	}
	t.senders.add(from, 1, f.Size)
}

func (t *Tally) delivery(f *join.Fact) {
	if f.Scope == join.ScopeNone || f.Scope == join.ScopeFilter {
		return
	}
	switch f.Status {
	case logparse.StatusSent:
		t.totals.Delivered++
		t.hour(f).Delivered++
		size := int64(0)
		if f.Msg != nil {
			size = f.Msg.Size
		}
		t.totals.BytesOut += size
		t.recipients.add(f.Text(f.To), 1, size)
		t.delays.add(f)
	case logparse.StatusDeferred:
		t.totals.Deferrals++
		t.hour(f).Deferrals++
		if f.Msg != nil && f.Msg.Deferred == 1 {
			t.totals.DeferredMessages++
		}
		t.deferrals.add(t.reason(f), 1, 0)
	case logparse.StatusBounced, logparse.StatusExpired:
		t.totals.Bounced++
		t.hour(f).Bounced++
		t.bounces.add(t.reason(f), 1, 0)
	}
}

// reason names why a delivery failed: the destination and what its reply means.
func (t *Tally) reason(f *join.Fact) []byte {
	t.key = t.meanings.of(t.hash, f.Text(f.Reply), t.key[:0])
	if d := join.Domain(f.Text(f.To)); len(d) > 0 {
		t.key = append(append(t.key, " at "...), d...)
	}
	return t.key
}

func (t *Tally) reject(f *join.Fact) {
	t.totals.Rejected += int64(f.Weight)
	t.hour(f).Rejected += int64(f.Weight)
	t.key = append(t.key[:0], f.Class.String()...)
	if f.Stage.Len > 0 {
		t.key = append(append(t.key, " at "...), f.Text(f.Stage)...)
	}
	if f.Class == logparse.ClassDNSBL && f.Domain.Len > 0 {
		t.key = append(append(t.key, " "...), f.Text(f.Domain)...)
	}
	if f.Code/100 == 4 {
		t.key = append(t.key, " (try later)"...)
	}
	t.rejects.add(t.key, int64(f.Weight), 0)
}

func (t *Tally) policy(f *join.Fact) {
	switch f.Class {
	case logparse.ClassDiscard:
		t.totals.Discarded++
	case logparse.ClassHold, logparse.ClassQuarantine:
		t.totals.Held++
	}
}

func (t *Tally) login(f *join.Fact) {
	w := int64(f.Weight)
	switch f.Kind {
	case logparse.KindAuthOK:
		t.auth.OK += w
	case logparse.KindAuthAbort:
		t.auth.Aborted += w
	case logparse.KindAuthError:
		t.auth.BackendErrors += w
	default:
		t.auth.OK += int64(f.LoggedIn)
		if w == 0 {
			return
		}
		t.auth.Failed += w
		t.hour(f).AuthFailures += w
		if len(f.Login) > 0 {
			t.users.add(f.Login, w, 0)
		}
	}
}

// hour returns the row of a fact's hour; the newest ones are at the end, where
// the search starts. A fact older than the oldest of a full list goes into it.
func (t *Tally) hour(f *join.Fact) *Hour {
	at := f.Sec - f.Sec%3600
	i := len(t.hours)
	for i > 0 && t.hours[i-1].Hour.Unix() > at {
		i--
	}
	if i > 0 && t.hours[i-1].Hour.Unix() == at {
		return &t.hours[i-1]
	}
	if len(t.hours) >= maxHours {
		return &t.hours[max(0, i-1)]
	}
	t.hours = append(t.hours, Hour{})
	copy(t.hours[i+1:], t.hours[i:])
	t.hours[i] = Hour{Hour: time.Unix(at, 0).UTC()}
	return &t.hours[i]
}

// Report fills the tables of a report, top rows each. Clients and sender domains
// are those that detection keeps.
func (t *Tally) Report(r *Report, s *detect.Store, top int) {
	r.Schema = 1
	r.Totals = t.totals
	r.Clients = clients(s, top, func(c *detect.Source) uint32 { return c.Conns })
	r.Domains = domains(s, top)
	r.Totals.Senders, r.Totals.Recipients = t.senders.distinct(), t.recipients.distinct()
	r.ByHour = append([]Hour{}, t.hours...)
	r.Rejects, r.Deferrals, r.Bounces = t.rejects.top(top), t.deferrals.top(top), t.bounces.top(top)
	r.Senders, r.Recipients = t.senders.top(top), t.recipients.top(top)
	r.Auth = t.auth
	r.Auth.FailedUsers, r.Auth.FailedClients = t.users.top(top), clients(s, top, func(c *detect.Source) uint32 { return c.AuthFails })
	r.TLS = TLS{t.versions.top(top), t.tlsErrs}
	r.Delays = t.delays.sum()
}

// delays is a histogram with buckets an eighth of an octave wide, from a
// millisecond to a month.
type delays struct {
	n     int64
	max   float64
	parts [4]float64
	b     [256]int64
}

func (d *delays) add(f *join.Fact) {
	if f.Has&logparse.HasDelay == 0 || f.Delay < 0 {
		return
	}
	v := float64(f.Delay)
	d.n++
	d.max = max(d.max, v)
	for i, p := range f.Delays {
		d.parts[i] += float64(p)
	}
	d.b[min(255, max(0, int(8*math.Log2(max(v, 0.001)/0.001))))]++
}

func (d *delays) sum() Delays {
	s := Delays{Count: d.n, Max: round3(d.max)}
	if d.n == 0 {
		return s
	}
	s.P50, s.P90, s.P99 = d.quantile(0.5), d.quantile(0.9), d.quantile(0.99)
	n := float64(d.n)
	s.BeforeQueue, s.InQueue, s.Connect, s.Transmit = round3(d.parts[0]/n), round3(d.parts[1]/n), round3(d.parts[2]/n), round3(d.parts[3]/n)
	return s
}

func (d *delays) quantile(q float64) float64 {
	need := int64(math.Ceil(q * float64(d.n)))
	for i, c := range d.b {
		if need -= c; need <= 0 {
			return round3(min(d.max, 0.001*math.Exp2(float64(i+1)/8)))
		}
	}
	return round3(d.max)
}

func round3(v float64) float64 { return math.Round(v*1000) / 1000 }
