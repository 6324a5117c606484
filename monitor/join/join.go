// Package join makes facts of events: it ties what several records say about one
// session, one message and one login attempt. It is ordered and bounded: events
// go in in the order of the log, and every table has a cap.
//
// Sessions: a Postfix smtpd serves many clients one after another, so a session is
// (host, pid) from connect to disconnect; OpenSMTPD and Exim name sessions.
// Messages: a queue id lives from its first record to "removed", because short ids
// come back within hours; records may trail the removal by some seconds.
// Attempts: one failed login leaves up to three records (the authentication
// service, the login process or MTA, the counters of the disconnect). The first
// one counts, the others enrich.
package join

import (
	"mailtop/logparse"
	"mailtop/monitor/sketch"
)

// Fact is an event with what join knows about it. It is valid during the call
// that hands it out; the event's texts alias its block.
type Fact struct {
	*logparse.Event
	B *logparse.Block

	Sec    int64      // event time in seconds
	On     Host       // the host that wrote the record
	IP     [16]byte   // the client, from the event or from its session
	Source sketch.Key // key of the client on this host: the address, or the /64 of an IPv6 one; zero when unknown
	// Weight is how many attempts, messages or connections the event adds; 0 when an
	// earlier record told the same.
	Weight int
	// Closed says that the event ends a session whose beginning was seen.
	Closed bool
	// NewLogin says that an accepted message is the first of its session's login.
	NewLogin bool
	// LoggedIn is how many logins a session's counters tell of that no record named.
	LoggedIn int
	// Login is the account of an attempt, a session or a message (not lower-cased).
	Login []byte
	// Msg is the message that the event belongs to, nil for none.
	Msg   *Message
	Scope DeliveryScope
	// SourceID and Offset say where the record stands: its evidence. Lines tells its
	// line number, which costs a pass over the block and is asked for rarely.
	SourceID uint32
	Offset   int64
	Lines    Lines
}

// Lines knows the line number of an event, 0 when nobody does.
type Lines interface {
	Line(*logparse.Event) int64
}

// Text returns the bytes of one of the event's spans.
func (f *Fact) Text(s logparse.Span) []byte { return f.Event.Bytes(f.B, s) }

// Caps of the tables; all of join stays within about 24 MiB.
const (
	maxSessions = 16384
	maxMessages = 131072
	maxAttempts = 4096
)

// Joiner joins the events of one monitor. It has one owner.
type Joiner struct {
	hash     sketch.Hasher
	sessions *sketch.Table[session]
	messages *sketch.Table[Message]
	attempts *sketch.Table[attempts]
	removed  removals
	fact     Fact
	chains   [16]chain // by teller
	named    bool      // a login process or MTA here names who failed
	login    [96]byte
	hosts    hosts
	host     lastName
	instance lastName

	queued, waiting int64
	sweepS, sweepM  int
}

// New returns an empty Joiner.
func New(h sketch.Hasher) *Joiner {
	j := &Joiner{hash: h}
	j.sessions = sketch.NewTable[session](h, maxSessions, nil, nil)
	j.messages = sketch.NewTable(h, maxMessages, nil, func(_ sketch.Key, m *Message) { j.forget(m) })
	j.attempts = sketch.NewTable[attempts](h, maxAttempts, nil, nil)
	return j
}

// Queued is the number of messages queued and not yet removed, as far as the log
// shows; Waiting those of them whose last word was a deferral.
func (j *Joiner) Queued() int64  { return j.queued }
func (j *Joiner) Waiting() int64 { return j.waiting }

// Evicted is how many open sessions and messages were dropped at a cap.
func (j *Joiner) Evicted() uint64 { return j.sessions.Evicted() + j.messages.Evicted() }

// Join returns the fact of an event. The result is reused by the next call.
func (j *Joiner) Join(e *logparse.Event, b *logparse.Block) *Fact {
	f := &j.fact
	*f = Fact{Event: e, B: b, Sec: e.Time / 1e9, On: j.hosts.of(j.hash, e.Bytes(b, e.Host)), IP: e.ClientIP, Weight: int(e.N())}
	j.removed.drain(j, f.Sec)
	switch e.Kind {
	case logparse.KindConnect, logparse.KindDisconnect, logparse.KindLost, logparse.KindTLSError, logparse.KindTLS,
		logparse.KindAuthOK, logparse.KindAuthFail, logparse.KindAuthAbort, logparse.KindAuthError, logparse.KindReject, logparse.KindProtocol:
		j.session(f)
	case logparse.KindAccept, logparse.KindMessage, logparse.KindQueued, logparse.KindRemoved, logparse.KindExpired,
		logparse.KindDelivery, logparse.KindPolicy:
		j.message(f)
	}
	if f.IP != ([16]byte{}) {
		f.Source = f.On.Of(SourceKey(f.IP))
	}
	return f
}

// Tick expires what has not ended by itself: sessions after six hours, messages
// after the queue lifetime. A few entries a call.
func (j *Joiner) Tick(sec int64) {
	j.sessions.Sweep(&j.sweepS, 256, func(_ sketch.Key, s *session) bool { return sec-s.last > 6*3600 })
	j.messages.Sweep(&j.sweepM, 512, func(_ sketch.Key, m *Message) bool {
		old := sec-m.Last > 6*86400 || !m.InQueue && sec-m.Last > 3600
		if old {
			j.forget(m)
		}
		return old
	})
}

// SourceKey is the key under which a client is counted: IPv4 by address, IPv6 by
// /64, because one host has the whole of it.
func SourceKey(ip [16]byte) sketch.Key {
	k := sketch.Addr(ip)
	if !isV4(ip) {
		k[1] = 0
	}
	return k
}

// PrefixKey is the key of the client's network: /24 of IPv4, /48 of IPv6.
func PrefixKey(ip [16]byte) sketch.Key {
	k := sketch.Addr(ip)
	if isV4(ip) {
		k[1] &^= 0xff
		return k
	}
	return sketch.Key{k[0] &^ 0xffff, 0}
}

// NetKey is the key of the client's wide network: /16 of IPv4, /32 of IPv6.
func NetKey(ip [16]byte) sketch.Key {
	k := sketch.Addr(ip)
	if isV4(ip) {
		k[1] &^= 0xffff
		return k
	}
	return sketch.Key{k[0] &^ 0xffffffff, 0}
}

func isV4(ip [16]byte) bool {
	return ip[10] == 0xff && ip[11] == 0xff && [10]byte(ip[:10]) == [10]byte{}
}

// LoginKey is the key of an account or domain name on the host of the record at hand:
// lower-cased, because servers fold case.
func (j *Joiner) LoginKey(user []byte) sketch.Key {
	n := copy(j.login[:], user)
	for i := range j.login[:n] {
		if c := j.login[i]; 'A' <= c && c <= 'Z' {
			j.login[i] = c + 'a' - 'A'
		}
	}
	return j.hosts.now.Of(j.hash.Bytes(j.login[:n]))
}

// Domain is the part of an address after its last @; nil when there is none.
func Domain(addr []byte) []byte {
	for i := len(addr) - 1; i >= 0; i-- {
		if addr[i] == '@' {
			return addr[i+1:]
		}
	}
	return nil
}
