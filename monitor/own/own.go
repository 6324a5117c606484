// Package own tells which records of a log are of sessions that this very process
// made: its probes of this host's mail ports. They are no attack and no traffic, so
// they must neither alarm nor count.
//
// A stranger who uses the names of a probe must not become invisible. So a record is
// own only when it fits a connection that this process had open at that time from
// that address, and one of these holds:
//
//   - it names the client's port, and that is the connection's;
//   - it holds the connection's word, which nobody else can know, in a sender, a
//     recipient, a Message-ID or a HELO;
//   - it belongs to a session (process id or session id) of which one of the two was
//     true, or that began as the connection was opened. One connection answers for
//     one session: whoever else comes from the address at that moment is seen.
//
// A record that contradicts the connection (another port, HELO or account) is never
// own. What a session accepts is own by its word or port only.
//
// Everything is bounded and expires.
package own

import (
	"bytes"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"mailtop/logparse"
)

// Session is one connection as it appears in the log of the server at its other end.
type Session struct {
	From  netip.AddrPort // our end
	As    netip.Addr     // another client address that the server was told (XCLIENT)
	Word  string         // in senders, recipients, Message-IDs; "" for none
	Hello string         // the name in EHLO
	User  string         // the account of its login attempts
	Start time.Time
	End   time.Time // zero while it is open
}

// Bounds.
const (
	maxSessions = 1024
	maxKeys     = 1024
	maxQueued   = 256

	early    = time.Second      // a stamp of whole seconds lies before what it stamps
	opening  = 2 * time.Second  // from our connect to the server's record of it
	trailing = 10 * time.Second // servers delay answers, and so records, by this much
	longest  = 20 * time.Minute // no probe has a connection open for longer
	queued   = time.Hour        // a message of ours is followed for so long
)

// key is a session as records name it.
type key struct {
	host, session string
	mta           logparse.MTA
	pid           uint32
}

type connection struct {
	Session
	key    key  // of its session
	used   bool // it has, or had, a session
	sure   bool // that was told by port or word
	proved bool // so was key
}

// Set holds the connections. Note may be called from any goroutine, Match from one at
// a time; the zero value is ready.
type Set struct {
	live atomic.Int32 // connections and messages that something may still match

	mu     sync.Mutex
	list   []*connection
	byKey  map[key]*connection
	asked  map[string]*connection
	queued map[string]time.Time // queue ids of our messages, and when they are forgotten
	newest time.Time            // of Note and of records
}

// Note tells of a connection: when it is opened, again when more is known of it, and
// when it is closed. The same end and start is the same connection.
func (s *Set) Note(n Session) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, c := range s.list {
		if c.From == n.From && c.Start.Equal(n.Start) {
			c.Session = n
			return
		}
	}
	s.expire(n.Start)
	if len(s.list) >= maxSessions {
		s.drop(s.list[0])
	}
	s.list = append(s.list, &connection{Session: n})
	s.live.Store(int32(len(s.list) + len(s.queued)))
}

// expire forgets what is over for long.
func (s *Set) expire(now time.Time) {
	if now.After(s.newest) {
		s.newest = now
	}
	for i := 0; i < len(s.list); {
		if c := s.list[i]; c.over(s.newest) {
			s.drop(c)
		} else {
			i++
		}
	}
	for id, t := range s.queued {
		if s.newest.After(t) {
			delete(s.queued, id)
		}
	}
	s.live.Store(int32(len(s.list) + len(s.queued)))
}

// over says that no record of the connection can still come: the time of a log may
// stand behind by its delay, so this is generous.
func (c *connection) over(now time.Time) bool {
	if c.End.IsZero() {
		return now.Sub(c.Start) > longest
	}
	return now.Sub(c.End) > time.Minute+trailing
}

func (s *Set) drop(c *connection) {
	s.list = slices.DeleteFunc(s.list, func(x *connection) bool { return x == c })
	if s.byKey[c.key] == c {
		delete(s.byKey, c.key)
	}
}

// Match says whether a record is of an own session. It is for all records in the
// order of the log; without a connection it costs nothing.
func (s *Set) Match(e *logparse.Event, b *logparse.Block) bool {
	if s == nil || s.live.Load() == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	at := time.Unix(0, e.Time)
	if at.Sub(s.newest) > time.Minute {
		s.expire(at)
	}
	mine := s.match(e, b, at)
	if e.QueueID.Len > 0 {
		return s.message(e, b, mine, at)
	}
	return mine
}

func (s *Set) match(e *logparse.Event, b *logparse.Block, at time.Time) bool {
	k, keyed := keyOf(e, b)
	if keyed && e.Kind == logparse.KindConnect {
		delete(s.byKey, k) // the process serves somebody new
	}
	if c := s.proven(e, b, at, k); c != nil {
		c.sure = true
		s.bind(c, k, keyed)
		s.ended(e, k)
		return true
	}
	c := s.byKey[k]
	switch {
	case !keyed:
		return false
	case c != nil && c.during(at) && c.fits(e, b):
		s.ended(e, k)
		return c.sure || !takes(e)
	case c != nil: // it was somebody else's session
		delete(s.byKey, k)
		c.used = c.sure
		return false
	}
	return e.Kind == logparse.KindConnect && s.guess(e, b, at, k)
}

// proven finds the connection whose record this is by port or word. The connections of
// a run share the word: the one that has the session already comes first, then one
// without a session.
func (s *Set) proven(e *logparse.Event, b *logparse.Block, at time.Time, k key) (best *connection) {
	rank := -1
	for _, c := range s.list {
		if !c.during(at) || !c.fits(e, b) || !c.addressed(e) {
			continue
		}
		if e.Kind == logparse.KindAccept { // its Message-ID comes in a record of another process
			s.expect(e.String(b, e.QueueID), c)
		}
		if !c.proves(e, b) {
			continue
		}
		r := 0
		switch {
		case s.byKey[k] == c:
			r = 3
		case !c.used:
			r = 2
		case !c.sure:
			r = 1
		}
		if r > rank {
			best, rank = c, r
		}
	}
	return best
}

// guess takes a session that begins as one of our connections was opened for it.
func (s *Set) guess(e *logparse.Event, b *logparse.Block, at time.Time, k key) bool {
	for _, c := range s.list {
		if since := at.Sub(c.Start); !c.used && since > -2*early && since < opening && c.fits(e, b) && c.addressed(e) {
			s.bind(c, k, true)
			return true
		}
	}
	return false
}

// takes says that the record is of a message that came in.
func takes(e *logparse.Event) bool {
	return e.Kind == logparse.KindAccept || e.Kind == logparse.KindMessage || e.Kind == logparse.KindQueued
}

// ended forgets the session with its last record.
func (s *Set) ended(e *logparse.Event, k key) {
	if e.Kind == logparse.KindDisconnect {
		delete(s.byKey, k)
	}
}

// bind gives a connection its session. What it was thought to have before, by its
// beginning alone, is somebody else's then.
func (s *Set) bind(c *connection, k key, keyed bool) {
	if guessed := c.used && c.key != k && s.byKey[c.key] == c; guessed && keyed && !c.proved {
		delete(s.byKey, c.key)
	}
	c.used, c.proved = true, c.sure
	if !keyed {
		return
	}
	if s.byKey == nil {
		s.byKey = map[key]*connection{}
	}
	if len(s.byKey) < maxKeys {
		s.byKey[k] = c
	}
	c.key = k
}

// expect remembers a queue id that came from our address, until its Message-ID tells whose it is.
func (s *Set) expect(id string, c *connection) {
	if s.asked == nil || len(s.asked) >= maxQueued {
		s.asked = map[string]*connection{}
	}
	s.asked[id] = c
}

// message follows queue ids: what becomes of an own message is own too.
func (s *Set) message(e *logparse.Event, b *logparse.Block, mine bool, at time.Time) bool {
	id := e.String(b, e.QueueID)
	if until, ok := s.queued[id]; ok && at.Before(until) {
		if e.Kind == logparse.KindRemoved {
			delete(s.queued, id)
		}
		return true
	}
	if c := s.asked[id]; c != nil && e.MessageID.Len > 0 && !e.Client().IsValid() {
		delete(s.asked, id)
		mine = mine || c.during(at) && c.word(e.Bytes(b, e.MessageID))
	}
	if !mine || e.MessageID.Len == 0 && !takes(e) {
		return mine
	}
	if s.queued == nil {
		s.queued = map[string]time.Time{}
	}
	if len(s.queued) < maxQueued {
		s.queued[id] = at.Add(queued)
		s.live.Store(int32(len(s.list) + len(s.queued)))
	}
	return true
}

// during says whether the connection was open, or just closed.
func (c *connection) during(at time.Time) bool {
	return !at.Before(c.Start.Add(-early)) && (c.End.IsZero() || !at.After(c.End.Add(trailing)))
}

// fits says that nothing in the record contradicts the connection.
func (c *connection) fits(e *logparse.Event, b *logparse.Block) bool {
	if a := e.Client(); a.IsValid() && a != c.From.Addr().Unmap() && a != c.As {
		return false
	}
	if e.ClientPort != 0 && e.ClientPort != c.From.Port() && e.Client() != c.As {
		return false
	}
	if e.Helo.Len > 0 && !strings.EqualFold(e.String(b, e.Helo), c.Hello) && !c.word(e.Bytes(b, e.Helo)) {
		return false
	}
	return e.User.Len == 0 || c.User != "" && strings.EqualFold(e.String(b, e.User), c.User)
}

// addressed says that the record names the connection's address.
func (c *connection) addressed(e *logparse.Event) bool {
	a := e.Client()
	return a.IsValid() && (a == c.From.Addr().Unmap() || a == c.As)
}

// proves says that a record of the connection's address and time is the connection's.
func (c *connection) proves(e *logparse.Event, b *logparse.Block) bool {
	if e.ClientPort != 0 && e.ClientPort == c.From.Port() && e.Client() == c.From.Addr().Unmap() {
		return true
	}
	return c.word(e.Bytes(b, e.From)) || c.word(e.Bytes(b, e.MessageID)) || c.word(e.Bytes(b, e.To)) || c.word(e.Bytes(b, e.Helo))
}

func (c *connection) word(text []byte) bool {
	return c.Word != "" && len(text) > 0 && bytes.Contains(bytes.ToLower(text), []byte(strings.ToLower(c.Word)))
}

// keyOf is the session that a record names.
func keyOf(e *logparse.Event, b *logparse.Block) (key, bool) {
	k := key{mta: e.MTA}
	switch {
	case e.Session.Len > 0 && e.MTA != logparse.Dovecot:
		k.session = e.String(b, e.Session)
	case e.PID != 0:
		k.host, k.pid = e.String(b, e.Host), e.PID
	default:
		return key{}, false
	}
	return k, true
}
