package join

import (
	"bytes"
	"net/netip"

	"mailtop/logparse"
	"mailtop/monitor/sketch"
)

// DeliveryScope says where a delivery goes.
type DeliveryScope uint8

const (
	ScopeNone   DeliveryScope = iota
	ScopeLocal                // into a mailbox of this host, or to a program
	ScopeFilter               // to a content filter on this host: not final
	ScopeRemote               // to another host
)

// Message is the life of one queue id. It holds no text: names are keys.
type Message struct {
	First, Last int64
	IP          [16]byte   // client that handed it in; zero for local submission
	Login       sketch.Key // account that handed it in; zero when not logged in
	FromDomain  sketch.Key // domain of the envelope sender
	DeferHop    sketch.Key // destination of the last deferral
	Size        int64
	Nrcpt       uint32
	UID         uint32
	Sent        uint32
	Deferred    uint32
	Bounced     uint32

	Accepted   bool // a client or pickup record was seen
	Authed     bool // handed in by a login
	Local      bool // handed in on the host itself (pickup, uid)
	InQueue    bool // became active in the queue
	NullSender bool
	Removed    bool
	Waiting    bool // the last word on a recipient was a deferral
	Repeat     bool // this event tells nothing new (an active record of a retry)
}

func (j *Joiner) messageKey(f *Fact) sketch.Key {
	scope := j.host.of(j, f.Text(f.Host))
	if f.MTA == logparse.Postfix {
		prog := f.Text(f.Program)
		if i := bytes.IndexByte(prog, '/'); i >= 0 {
			prog = prog[:i] // the instance; its daemons share the ids
		}
		scope ^= j.instance.of(j, prog) << 1
	}
	return j.hash.Pair(scope^uint64(f.MTA)<<56, f.Text(f.QueueID))
}

// lastName remembers the hash of a name that nearly always is the one before.
type lastName struct {
	name []byte
	hash uint64
}

func (l *lastName) of(j *Joiner, name []byte) uint64 {
	if l.hash == 0 || !bytes.Equal(l.name, name) {
		l.name = append(l.name[:0], name...)
		l.hash = j.hash.Bytes(name)[0] | 1
	}
	return l.hash
}

// message follows a queue id through its events.
func (j *Joiner) message(f *Fact) {
	if f.QueueID.Len == 0 {
		if f.Kind == logparse.KindDelivery {
			f.Scope = scopeOf(f)
		}
		return
	}
	k := j.messageKey(f)
	if f.Kind == logparse.KindPolicy {
		f.Msg = j.messages.Get(k)
		return
	}
	m, fresh := j.messages.Put(k)
	if fresh || m.Removed && f.Kind == logparse.KindAccept {
		j.forget(m)
		*m = Message{First: f.Sec}
	}
	m.Last, m.Repeat = f.Sec, false
	f.Msg = m
	switch f.Kind {
	case logparse.KindAccept:
		j.accept(f, m)
	case logparse.KindQueued:
		j.activate(f, m)
	case logparse.KindDelivery:
		j.deliver(f, m)
	case logparse.KindRemoved:
		j.remove(f, m, k)
	}
	if f.IP == ([16]byte{}) {
		f.IP = m.IP
	}
}

func (j *Joiner) accept(f *Fact, m *Message) {
	f.Login = loginOf(f)
	f.NewLogin = len(f.Login) > 0 && j.newLogin(f)
	m.Accepted, m.IP = true, f.IP
	m.Authed = len(f.Login) > 0
	m.Local = f.Has&logparse.HasUID != 0
	m.UID = f.UID
	bounce := f.Has&logparse.HasFrom != 0 && f.From.Len == 0 // made by the MTA, whoever it runs as
	if m.Authed || m.Local && f.From.Len > 0 && !bounce {
		who := f.Login
		if who == nil {
			who = f.Text(f.From)
			f.Login = who
		}
		m.Login = j.LoginKey(who)
	}
	if !m.Authed && !m.Local {
		j.sessionAccount(f, m)
	}
	j.sender(f, m)
	// An MTA that names all in one record (Exim, Sendmail) queues with it.
	if f.MTA != logparse.Postfix {
		j.activate(f, m)
	}
}

// activate notes that the message is in the queue. The record comes again at each
// retry; only the first one counts.
func (j *Joiner) activate(f *Fact, m *Message) {
	if m.InQueue {
		m.Repeat = true
		f.Weight = 0
		return
	}
	m.InQueue, m.Removed = true, false
	j.queued++
	m.Size, m.Nrcpt = f.Size, f.Nrcpt
	j.sender(f, m)
}

func (j *Joiner) sender(f *Fact, m *Message) {
	if f.Has&logparse.HasFrom == 0 {
		return
	}
	from := f.Text(f.From)
	m.NullSender = len(from) == 0
	if d := Domain(from); len(d) > 0 {
		m.FromDomain = j.LoginKey(d)
	}
}

func (j *Joiner) deliver(f *Fact, m *Message) {
	f.Scope = scopeOf(f)
	switch f.Status {
	case logparse.StatusSent:
		m.Sent++
		j.unwait(m)
	case logparse.StatusBounced, logparse.StatusExpired:
		m.Bounced++
	case logparse.StatusDeferred:
		m.Deferred++
		if !m.Waiting && m.InQueue {
			m.Waiting = true
			j.waiting++
		}
	}
}

func (j *Joiner) unwait(m *Message) {
	if m.Waiting && m.Nrcpt <= m.Sent+m.Bounced {
		m.Waiting = false
		j.waiting--
	}
}

func (j *Joiner) remove(f *Fact, m *Message, k sketch.Key) {
	j.forget(m)
	if !m.Removed { // once an id, however often the log says so
		m.Removed = true
		j.removed.push(k, f.Sec)
	}
}

// forget takes a message out of the counts.
func (j *Joiner) forget(m *Message) {
	if m.InQueue {
		j.queued--
		m.InQueue = false
	}
	if m.Waiting {
		j.waiting--
		m.Waiting = false
	}
}

// isSelf says that an address is this host by definition. The rest of 127/8 is
// not: containers and test hosts use it.
func isSelf(a netip.Addr) bool {
	return a == netip.AddrFrom4([4]byte{127, 0, 0, 1}) || a == netip.IPv6Loopback()
}

// scopeOf tells a mailbox, a filter on this host and another host apart.
func scopeOf(f *Fact) DeliveryScope {
	if ip := f.RelayAddr(); ip.IsValid() {
		if isSelf(ip) {
			return ScopeFilter
		}
		return ScopeRemote
	}
	switch prog := f.Text(f.Program); f.MTA {
	case logparse.Postfix:
		if bytes.HasSuffix(prog, []byte("/smtp")) || bytes.HasSuffix(prog, []byte("/error")) || bytes.HasSuffix(prog, []byte("/retry")) {
			return ScopeRemote
		}
		return ScopeLocal
	case logparse.Dovecot:
		return ScopeNone // the MTA tells of the same delivery
	default:
		// Exim and Sendmail name the transport or mailer where there is no host; what
		// failed before a host was chosen was on its way out
		relay := f.Text(f.Relay)
		if len(relay) == 0 && f.Status == logparse.StatusSent || len(relay) > 0 && bytes.IndexByte(relay, '.') < 0 {
			return ScopeLocal
		}
	}
	return ScopeRemote
}

// removals delays the end of a queue id by some seconds: several processes write
// the log at once, and the last delivery may be logged after "removed".
type removals struct {
	q    []removal
	head int
}

type removal struct {
	key sketch.Key
	sec int64
}

const removalSlack = 10

func (r *removals) push(k sketch.Key, sec int64) {
	if r.head > 1024 && r.head*2 > len(r.q) {
		r.q = r.q[:copy(r.q, r.q[r.head:])]
		r.head = 0
	}
	r.q = append(r.q, removal{k, sec})
}

func (r *removals) drain(j *Joiner, sec int64) {
	for r.head < len(r.q) && sec-r.q[r.head].sec > removalSlack {
		k := r.q[r.head].key
		r.head++
		j.messages.DeleteIf(k, func(m *Message) bool { return m.Removed })
	}
}
