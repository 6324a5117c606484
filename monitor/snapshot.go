package monitor

import (
	"time"

	"mailtop/monitor/detect"
)

// Scope is what a reader asks of the state; it belongs to the asker.
type Scope struct {
	Window time.Duration `json:"window"`           // 0: 15 minutes
	Rows   int           `json:"rows,omitempty"`   // rows a table; 0: 10
	Filter string        `json:"filter,omitempty"` // text to match in Log and tables
	All    bool          `json:"all,omitempty"`    // every incident, not the 300 worst
	Log    int           `json:"log,omitempty"`    // newest log records wanted; 0: none
}

// Missing marks a bucket of a series for which nothing was read: a gap, not a zero.
const Missing = -1

// Series is a time series of a snapshot: buckets aligned to the clock, oldest first.
type Series struct {
	Name   string        `json:"name"`
	Start  time.Time     `json:"start"` // of Values[0]
	Bucket time.Duration `json:"bucket"`
	Values []float64     `json:"values"`          // sum in the bucket, or Missing
	Level  bool          `json:"level,omitempty"` // a level (queue depth), not a count
}

// Names of the series, in the order in which a snapshot lists them.
const (
	SeriesConnections  = "connections"
	SeriesDelivered    = "delivered"
	SeriesDeferred     = "deferred"
	SeriesRejected     = "rejected"
	SeriesAuthFailures = "auth failures"
	SeriesQueue        = "queue"
	SeriesReceived     = "received"
	SeriesBounced      = "bounced"
	SeriesAuthOK       = "logins"
	SeriesAuthErrors   = "auth errors"
	SeriesBytes        = "bytes"
)

// Totals count events in the scope's window.
type Totals struct {
	Connections       int64 `json:"connections"`
	Received          int64 `json:"received"` // messages accepted
	Delivered         int64 `json:"delivered"`
	Deferrals         int64 `json:"deferrals"`
	Bounced           int64 `json:"bounced"`
	Rejected          int64 `json:"rejected"`
	AuthOK            int64 `json:"auth_ok"`
	AuthFailures      int64 `json:"auth_failures"`
	AuthBackendErrors int64 `json:"auth_backend_errors"`
	BytesIn           int64 `json:"bytes_in"`
	// AtLeast says that the log lost lines in the window: every count is a lower bound.
	AtLeast bool `json:"at_least,omitempty"`
}

// ClientRow is a client address with its counts since the log's start.
type ClientRow struct {
	IP           string          `json:"ip"`
	Name         string          `json:"name,omitempty"`
	Connections  int64           `json:"connections"`
	Rejected     int64           `json:"rejected"`
	AuthFailures int64           `json:"auth_failures"`
	AuthOK       int64           `json:"auth_ok"`
	Messages     int64           `json:"messages"`
	First        time.Time       `json:"first"`
	Last         time.Time       `json:"last"`
	Severity     detect.Severity `json:"severity"` // highest open incident about it
	Incident     string          `json:"incident,omitempty"`
}

// AccountRow is a login that succeeded at least once.
type AccountRow struct {
	User         string          `json:"user"`
	Logins       int64           `json:"logins"`
	AuthFailures int64           `json:"auth_failures"`
	Messages     int64           `json:"messages"`
	Recipients   int64           `json:"recipients"`
	Bounced      int64           `json:"bounced"`
	Deferred     int64           `json:"deferred"`
	Networks     int64           `json:"networks"` // distinct /16 or /32 with a successful login
	Last         time.Time       `json:"last"`
	LastMail     time.Time       `json:"last_mail,omitzero"`
	Severity     detect.Severity `json:"severity"`
	Incident     string          `json:"incident,omitempty"`
}

// DomainRow is the domain of an envelope sender ("<>" is the null sender).
type DomainRow struct {
	Domain     string `json:"domain"`
	Messages   int64  `json:"messages"`
	Recipients int64  `json:"recipients"`
	Bytes      int64  `json:"bytes"`
	Bounced    int64  `json:"bounced"`
	Deferred   int64  `json:"deferred"`
}

// HopRow is a next hop.
type HopRow struct {
	NextHop    string    `json:"next_hop"`
	Sent       int64     `json:"sent"`
	Deferred   int64     `json:"deferred"`
	Bounced    int64     `json:"bounced"`
	Queued     int64     `json:"queued"` // recipients whose last word was a deferral
	LastReason string    `json:"last_reason,omitempty"`
	Last       time.Time `json:"last"`
}

// QueueState is the queue as far as it is known.
type QueueState struct {
	Known    bool      `json:"known"`
	Method   string    `json:"method,omitempty"` // "postqueue -j", or "log" for accepted minus removed ids
	At       time.Time `json:"at,omitzero"`
	Depth    int64     `json:"depth"`
	Active   int64     `json:"active,omitempty"`
	Deferred int64     `json:"deferred,omitempty"`
	Hold     int64     `json:"hold,omitempty"`
	Incoming int64     `json:"incoming,omitempty"`
	Oldest   time.Time `json:"oldest,omitzero"`
	Err      string    `json:"err,omitempty"` // why the sampler failed, with the way out
}

// SourceState is one source of records.
type SourceState struct {
	Name      string        `json:"name"`
	Kind      string        `json:"kind,omitempty"` // file, stdin, journal, docker, ssh
	Bytes     int64         `json:"bytes"`
	Read      int64         `json:"read,omitempty"` // of Size, as stored
	Size      int64         `json:"size,omitempty"` // bytes to read in all, where known
	Lines     int64         `json:"lines"`
	Rate      float64       `json:"rate,omitempty"`     // bytes a second
	Left      time.Duration `json:"left,omitempty"`     // until all there was is read; 0: unknown
	Lag       int64         `json:"lag,omitempty"`      // bytes written and not read yet
	Lost      int64         `json:"lost,omitempty"`     // times that records may have been lost in reading
	Torn      int64         `json:"torn,omitempty"`     // unfinished records of truncated files
	Skipped   int64         `json:"skipped,omitempty"`  // bytes dropped: NUL, ends of over-long records
	TooLong   int64         `json:"too_long,omitempty"` // records cut
	Rotations int64         `json:"rotations,omitempty"`
	Live      bool          `json:"live"`          // has arrived at the end and follows
	Done      bool          `json:"done"`          // ended
	Last      time.Time     `json:"last,omitzero"` // newest record
	Err       string        `json:"err,omitempty"` // why nothing is read, with the way out
}

// Pattern is a group of unknown records that look alike.
type Pattern struct {
	Pattern string `json:"pattern"`
	Count   int64  `json:"count"`
	Example string `json:"example,omitempty"`
}

// Coverage says what was read and understood; a view never claims more.
type Coverage struct {
	From     time.Time `json:"from,omitzero"` // oldest record read
	To       time.Time `json:"to,omitzero"`   // newest record read
	Lines    int64     `json:"lines"`
	Events   int64     `json:"events"`
	Unknown  int64     `json:"unknown"`
	NotMail  int64     `json:"not_mail,omitempty"` // records of programs that have to do with mail in no way
	Lost     int64     `json:"lost,omitempty"`     // records the log itself says were lost
	Late     int64     `json:"late,omitempty"`     // events too old for their bucket
	Evicted  int64     `json:"evicted,omitempty"`  // table entries dropped at a cap
	Live     bool      `json:"live"`               // every source has arrived at now
	Ended    bool      `json:"ended"`              // every source has ended
	Fraction float64   `json:"fraction"`           // of the bytes to read, 0 to 1
	// While the past is read: bytes a second, and how long it will take; 0: unknown.
	Rate float64       `json:"rate,omitempty"`
	Left time.Duration `json:"left,omitempty"`
	// Preview is what the counts, tables and records on show are of while the past is
	// read: the end of the log. Incidents are never of the preview.
	Preview *Preview `json:"preview,omitempty"`
}

// Preview is the end of the log, read ahead of the rest.
type Preview struct {
	From time.Time `json:"from"`
	To   time.Time `json:"to"`
}

// LogLine is a record for the Log view. Text is foreign text.
type LogLine struct {
	Time   time.Time `json:"time"`
	Source string    `json:"source"`
	Offset int64     `json:"offset"`
	Kind   string    `json:"kind"`
	Own    bool      `json:"own,omitempty"` // of a probe that this process made
	Text   string    `json:"text"`          // the whole record
}

// Verdict is line 2 of every screen: one sentence about the host, which never
// claims what was not read. Foreign parts of it are in Args order within Text.
type Verdict struct {
	Severity detect.Severity `json:"severity"`
	Text     string          `json:"text"`
	Incident string          `json:"incident,omitempty"`
}

// Snapshot is the state at one moment, for one scope: a plain value that
// survives a JSON round trip. Strings that came from a log are foreign text.
type Snapshot struct {
	Host     string       `json:"host"`
	Now      time.Time    `json:"now"` // the engine's event time
	Scope    Scope        `json:"scope"`
	Verdict  Verdict      `json:"verdict"`
	Coverage Coverage     `json:"coverage"`
	Totals   Totals       `json:"totals"`
	Series   []Series     `json:"series,omitempty"`
	Clients  []ClientRow  `json:"clients,omitempty"`
	Accounts []AccountRow `json:"accounts,omitempty"`
	Senders  []DomainRow  `json:"senders,omitempty"`
	NextHops []HopRow     `json:"next_hops,omitempty"`
	Queue    QueueState   `json:"queue"`
	// Incidents of medium severity and above, open ones first, then by severity and
	// newest; resolved ones follow.
	Incidents []detect.Incident `json:"incidents,omitempty"`
	Noise     []detect.Incident `json:"noise,omitempty"` // info and low
	Sources   []SourceState     `json:"sources,omitempty"`
	Unknown   []Pattern         `json:"unknown,omitempty"`
	Log       []LogLine         `json:"log,omitempty"`
	Seq       uint64            `json:"seq"` // of the newest incident change
}
