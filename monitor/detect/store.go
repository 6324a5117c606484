package detect

import (
	"net/netip"

	"mailtop/logparse"
	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// Caps: everything that log content can make grow, in one place. The sum of all
// tables full is about 40 MiB.
const (
	maxSources   = 65536 // clients: IPv4 address or IPv6 /64
	maxGuessers  = 8192  // clients and networks with failed logins
	maxProbers   = 4096  // clients that were refused as a relay
	maxAccounts  = 16384 // logins that succeeded at least once, and local submitters
	maxTried     = 16384 // names that were only ever tried, apart from accounts
	maxDomains   = 8192  // envelope sender domains
	maxHops      = 8192  // destinations
	maxLocal     = 4096  // domains that this host delivers or sends for
	maxRelayers  = 2048  // unauthenticated clients whose mail left this host
	maxGoods     = 16384 // clients and networks from which a login succeeded
	maxIncidents = 2000  // open and recently resolved
)

// Source is a client. All rules about clients share this record.
type Source struct {
	IP          [16]byte
	Several     bool // more than one address of the /64 was seen
	First, Last int64
	Score       float64 // recent activity, see sketch.Decay
	Conns       uint32
	Rejects     uint32
	AuthFails   uint32
	AuthOKs     uint32
	Messages    uint32
	Limits      uint32
	conn        sketch.Window // connections, a minute
	mail        sketch.Window // accepted messages, a minute
	limit       sketch.Window // limit records, ten minutes
	begun, over sketch.Window // sessions that began and ended, ten minutes
	name        string
}

// Account is a login that succeeded, or a local user that submits.
type Account struct {
	Name        string
	Local       bool // submits on the host itself
	First, Last int64
	LastMail    int64
	Score       float64
	Logins      uint32
	AuthFails   uint32
	Messages    uint32
	Recipients  uint32
	Bounced     uint32
	Deferred    uint32
	rcpt10m     sketch.Window
	rcptHour    sketch.Window
	rcptDay     sketch.Window
	fails       sketch.Window // failed logins by anybody, a day
	places      [places]place // networks that logged in
	marks       [numMarks]mark
}

// triedName is a name that was only ever tried: kept apart and small, so that a
// list of made-up names never costs an account its place.
type triedName struct {
	first int64
	n     uint32
	fails sketch.Window
}

// Domain is the domain of envelope senders.
type Domain struct {
	Name                 string
	Score                float64
	Messages, Recipients uint32
	Bounced, Deferred    uint32
	Bytes                int64
}

// Hop is a destination: the recipient domain of remote deliveries, the delivery
// agent of local ones.
type Hop struct {
	Name                    string
	Remote                  bool
	Score                   float64
	Sent, Deferred, Bounced uint32
	Queued                  int32 // messages whose last word was a deferral here
	crowdedAt               int32 // place in Store.crowded, from 1
	Last                    int64
	Reason                  string // of the last deferral, cut
	judged                  string // the reason that grey was judged on
	grey                    bool
	taken                   sketch.Window // deliveries, fifteen minutes
	took, put               sketch.Window // deliveries and deferrals, two minutes
}

// Store holds what is counted by entity. It has one owner.
type Store struct {
	hash     sketch.Hasher
	decay    sketch.Decay
	Sources  *sketch.Table[Source]
	Accounts *sketch.Table[Account]
	Domains  *sketch.Table[Domain]
	Hops     *sketch.Table[Hop]
	tried    *sketch.Table[triedName]
	guess    *sketch.Table[guesses]
	probes   *sketch.Table[denials]
	local    *sketch.Table[localDomain]
	relayers *sketch.Table[relayer]
	goods    *sketch.Table[good]
	crowded  []*Hop // destinations for which crowd messages or more wait
	joiner   *join.Joiner
	// sessions whose begin and end the log told of, by server
	began, ended [256]uint32
}

// localDomain is a domain that this host receives or sends for, as learned from
// the log: mail for it went into a mailbox here, or a login sends from it.
type localDomain struct{ n uint32 }

// NewStore returns an empty Store.
func NewStore(h sketch.Hasher, j *join.Joiner) *Store {
	s := &Store{hash: h, joiner: j, decay: sketch.Decay{HalfLife: 900}}
	s.Sources = sketch.NewTable[Source](h, maxSources, nil, nil)
	s.Accounts = sketch.NewTable[Account](h, maxAccounts, nil, nil)
	s.Domains = sketch.NewTable[Domain](h, maxDomains, nil, nil)
	s.Hops = sketch.NewTable[Hop](h, maxHops, func(x *Hop) bool { return x.Queued > 0 }, func(_ sketch.Key, x *Hop) { s.waiting(x, -x.Queued) })
	s.tried = sketch.NewTable[triedName](h, maxTried, nil, nil)
	s.guess = sketch.NewTable[guesses](h, maxGuessers, nil, nil)
	s.probes = sketch.NewTable[denials](h, maxProbers, nil, nil)
	s.local = sketch.NewTable[localDomain](h, maxLocal, nil, nil)
	s.relayers = sketch.NewTable[relayer](h, maxRelayers, nil, nil)
	s.goods = sketch.NewTable[good](h, maxGoods, nil, nil)
	return s
}

// Unit is what one event of now adds to a score.
func (s *Store) Unit() float64 { return s.decay.Unit() }

// Evicted is how many entries went at a cap.
func (s *Store) Evicted() uint64 {
	return s.Sources.Evicted() + s.Accounts.Evicted() + s.Domains.Evicted() + s.Hops.Evicted() + s.guess.Evicted() + s.tried.Evicted()
}

// entities are the records that a fact is about, looked up once for all rules.
type entities struct {
	src    *Source
	acc    *Account // nil for a name that never logged in
	accKey sketch.Key
	hop    *Hop
	// failed logins of the client and its network, when the fact is one
	guessSrc, guessNet *guesses
}

// count adds a fact to the records it is about and notes them in e.
func (s *Store) count(f *join.Fact, e *entities) {
	if ofSession[f.Kind] && f.Source != (sketch.Key{}) {
		e.src = s.source(f)
	}
	switch f.Kind {
	case logparse.KindAuthOK, logparse.KindAuthFail, logparse.KindAuthAbort:
		s.countLogin(f, e)
	case logparse.KindAccept:
		s.countAccept(f, e)
		if f.MTA != logparse.Postfix { // it queues with the same record
			s.countMessage(f, e)
		}
	case logparse.KindQueued:
		s.countMessage(f, e)
	case logparse.KindDelivery:
		s.countDelivery(f, e)
	case logparse.KindRemoved:
		s.settle(f.Msg)
	}
}

// ofSession are the kinds that tell what a client did. What happens to its message
// afterwards is not its doing, and the TLS record of a session adds nothing.
var ofSession = [logparse.NumKinds]bool{
	logparse.KindConnect: true, logparse.KindDisconnect: true, logparse.KindLost: true,
	logparse.KindAuthOK: true, logparse.KindAuthFail: true, logparse.KindAuthAbort: true, logparse.KindAuthError: true,
	logparse.KindReject: true, logparse.KindPolicy: true, logparse.KindAccept: true,
	logparse.KindTLSError: true, logparse.KindRateLimit: true, logparse.KindPostscreen: true,
	logparse.KindProtocol: true, logparse.KindFCrDNS: true, logparse.KindAnvil: true,
}

func (s *Store) source(f *join.Fact) *Source {
	r, fresh := s.Sources.Put(f.Source)
	if fresh {
		r.IP, r.First = f.IP, f.Sec
	}
	if r.IP != f.IP {
		r.IP, r.Several = f.IP, true
	}
	r.Last = max(r.Last, f.Sec)
	w := uint32(f.Weight)
	switch f.Kind {
	case logparse.KindConnect:
		r.Conns += w
		r.Score += s.decay.Weight(f.Sec)
		r.conn.Add(f.Sec, minute, f.Weight)
		r.begun.Add(f.Sec, 10*minute, 1)
		s.began[f.MTA]++
		s.nameSource(r, f)
	case logparse.KindReject:
		r.Rejects += w
		r.Score += s.decay.Weight(f.Sec)
	case logparse.KindDisconnect:
		r.AuthFails += w
	case logparse.KindAuthFail:
		r.AuthFails += w
		r.Score += float64(w) * s.decay.Weight(f.Sec)
	case logparse.KindAuthOK:
		r.AuthOKs += w
		r.Score += s.decay.Weight(f.Sec)
	case logparse.KindAccept:
		r.Messages += w
		r.mail.Add(f.Sec, minute, f.Weight)
	case logparse.KindRateLimit:
		if ofClient(f) {
			r.Limits += w
			r.limit.Add(f.Sec, 10*minute, f.Weight)
		}
	case logparse.KindPostscreen:
		r.Score += s.decay.Weight(f.Sec)
	}
	if f.Closed {
		r.over.Add(f.Sec, 10*minute, 1)
		s.ended[f.MTA]++
	}
	return r
}

// openNow is how many sessions of a client are open. Those that began more than ten
// minutes ago are left out: a log that lost their ends would never let go of them. A
// server that does not log the ends at all tells nothing of it.
func (s *Store) openNow(r *Source, f *join.Fact) int {
	if b := s.began[f.MTA]; b >= 30 && 2*s.ended[f.MTA] < b {
		return 0
	}
	return max(0, r.begun.Sum(f.Sec, 10*minute)-r.over.Sum(f.Sec, 10*minute))
}

// ofClient says that a limit is one of a single client. A server that is full
// refuses whoever comes next.
func ofClient(f *join.Fact) bool {
	return string(f.Text(f.Limit)) != "too many connections"
}

const (
	minute = 60
	hour   = 3600
	day    = 86400
)

// nameSource keeps the verified name of a client, once.
func (s *Store) nameSource(r *Source, f *join.Fact) {
	if r.name == "" {
		if n := f.Text(f.ClientName); len(n) > 0 && string(n) != "unknown" {
			r.name = text(n)
		}
	}
}

// Name is the client's name as the MTA verified it, empty when it did not.
func (r *Source) Name() string { return r.name }

// Addr names the client: its address, or its /64 when several addresses were seen.
func (r *Source) Addr() string { return addrText(r.IP, r.Several) }

func addrText(ip [16]byte, several bool) string {
	a := netip.AddrFrom16(ip).Unmap()
	if several && a.Is6() {
		p, _ := a.Prefix(64)
		return p.String()
	}
	return a.String()
}

func (s *Store) countLogin(f *join.Fact, e *entities) {
	if len(f.Login) == 0 {
		return
	}
	e.accKey = s.joiner.LoginKey(f.Login)
	if f.Kind == logparse.KindAuthOK {
		e.acc = s.account(e.accKey, f)
		e.acc.Logins += uint32(f.Weight)
		return
	}
	if e.acc = s.Accounts.Get(e.accKey); e.acc != nil {
		e.acc.Last = max(e.acc.Last, f.Sec)
	}
	if f.Kind != logparse.KindAuthFail {
		return
	}
	if e.acc != nil {
		e.acc.AuthFails += uint32(f.Weight)
		e.acc.fails.Add(f.Sec, day, f.Weight)
		return
	}
	t, fresh := s.tried.Put(e.accKey)
	if fresh {
		t.first = f.Sec
	}
	t.n += uint32(f.Weight)
	t.fails.Add(f.Sec, day, f.Weight)
}

// account returns the record of a name that has proved to be an account; what was
// counted while it was only tried moves with it.
func (s *Store) account(k sketch.Key, f *join.Fact) *Account {
	a, fresh := s.Accounts.Put(k)
	if fresh {
		a.Name, a.First = text(f.Login), f.Sec
		if t := s.tried.Get(k); t != nil {
			a.First, a.AuthFails, a.fails = t.first, t.n, t.fails
			s.tried.Delete(k)
		}
	}
	a.Last = max(a.Last, f.Sec)
	a.Score += s.decay.Weight(f.Sec)
	return a
}

func (s *Store) countAccept(f *join.Fact, e *entities) {
	if len(f.Login) == 0 {
		return
	}
	e.accKey = s.joiner.LoginKey(f.Login)
	e.acc = s.account(e.accKey, f)
	e.acc.Local = e.acc.Local || f.Msg != nil && f.Msg.Local
	if e.acc.Local && !f.Msg.Authed {
		return
	}
	if f.NewLogin {
		e.acc.Logins++
	}
	if d := join.Domain(f.Login); len(d) > 0 {
		s.learnLocal(s.joiner.LoginKey(d))
	}
}

func (s *Store) learnLocal(k sketch.Key) {
	d, _ := s.local.Put(k)
	d.n++
}

// isLocal says whether this host receives or sends for a domain.
func (s *Store) isLocal(k sketch.Key) bool { return s.local.Get(k) != nil }

func (s *Store) countMessage(f *join.Fact, e *entities) {
	m := f.Msg
	if m == nil || m.Repeat {
		return
	}
	from := f.Text(f.From)
	name := join.Domain(from)
	if len(from) == 0 {
		name = []byte("<>")
	}
	if len(name) > 0 {
		d, _ := s.Domains.Put(s.joiner.LoginKey(name))
		if d.Name == "" {
			d.Name = text(name)
		}
		d.Messages++
		d.Recipients += f.Nrcpt
		d.Bytes += f.Size
		d.Score += s.decay.Weight(f.Sec)
	}
	if m.Login != (sketch.Key{}) {
		e.accKey = m.Login
		if e.acc = s.Accounts.Get(m.Login); e.acc != nil {
			e.acc.mail(f)
			e.acc.Score += s.decay.Weight(f.Sec)
		}
	}
}

func (a *Account) mail(f *join.Fact) {
	a.Messages++
	a.LastMail = max(a.LastMail, f.Sec)
	a.rcpt(f.Sec, int(f.Nrcpt))
}

func (a *Account) rcpt(sec int64, n int) {
	a.Recipients += uint32(n)
	a.rcpt10m.Add(sec, 10*minute, n)
	a.rcptHour.Add(sec, hour, n)
	a.rcptDay.Add(sec, day, n)
}

func (s *Store) countDelivery(f *join.Fact, e *entities) {
	if f.Scope == join.ScopeNone || f.Scope == join.ScopeFilter ||
		f.Status == logparse.StatusDeliverable || f.Status == logparse.StatusUndeliverable {
		return
	}
	k, name, remote := s.destination(f)
	if len(name) == 0 {
		return
	}
	h, fresh := s.Hops.Put(k)
	if fresh {
		h.Name, h.Remote = text(name), remote
	}
	h.Score += s.decay.Weight(f.Sec)
	h.Last = max(h.Last, f.Sec)
	e.hop = h
	s.outcome(f, h, k, e)
}

func (s *Store) outcome(f *join.Fact, h *Hop, k sketch.Key, e *entities) {
	m := f.Msg
	acc, dom := (*Account)(nil), (*Domain)(nil)
	if m != nil {
		if m.Login != (sketch.Key{}) {
			acc = s.Accounts.Get(m.Login)
			e.acc, e.accKey = acc, m.Login
		}
		if m.FromDomain != (sketch.Key{}) {
			dom = s.Domains.Get(m.FromDomain)
		}
	}
	if acc != nil && m.Nrcpt == 0 && (f.Status != logparse.StatusDeferred || m.Deferred == 1) {
		acc.rcpt(f.Sec, 1) // an Exim that does not log recipients on arrival
	}
	switch f.Status {
	case logparse.StatusSent:
		h.Sent++
		h.taken.Add(f.Sec, queueWindow, 1)
		h.took.Add(f.Sec, 2*minute, 1)
		if !h.Remote && f.OrigTo.Len == 0 {
			if d := join.Domain(f.Text(f.To)); len(d) > 0 {
				s.learnLocal(s.joiner.LoginKey(d))
			}
		}
	case logparse.StatusDeferred:
		h.Deferred++
		h.put.Add(f.Sec, 2*minute, 1)
		h.Reason = reason(f, h.Reason)
		s.waits(m, h, k)
		if acc != nil {
			acc.Deferred++
		}
		if dom != nil {
			dom.Deferred++
		}
	case logparse.StatusBounced, logparse.StatusExpired:
		h.Bounced++
		if acc != nil {
			acc.Bounced++
		}
		if dom != nil {
			dom.Bounced++
		}
	}
}

// waits moves a message to the destination that deferred it last.
func (s *Store) waits(m *join.Message, h *Hop, k sketch.Key) {
	if m == nil || !m.InQueue || m.DeferHop == k {
		return
	}
	s.settle(m)
	m.DeferHop = k
	s.waiting(h, 1)
}

// crowd is how many messages must wait for a destination for it to be looked at.
const crowd = 10

// waiting changes how many messages wait for a destination.
func (s *Store) waiting(h *Hop, by int32) {
	h.Queued += by
	switch in := h.crowdedAt > 0; {
	case !in && h.Queued >= crowd:
		s.crowded = append(s.crowded, h)
		h.crowdedAt = int32(len(s.crowded))
	case in && h.Queued < crowd: // the last one takes its place
		last := s.crowded[len(s.crowded)-1]
		s.crowded[h.crowdedAt-1], last.crowdedAt = last, h.crowdedAt
		s.crowded = s.crowded[:len(s.crowded)-1]
		h.crowdedAt = 0
	}
}

func (s *Store) settle(m *join.Message) {
	if m == nil || m.DeferHop == (sketch.Key{}) {
		return
	}
	if h := s.Hops.Get(m.DeferHop); h != nil && h.Queued > 0 {
		s.waiting(h, -1)
	}
	m.DeferHop = sketch.Key{}
}

// destination is what a delivery is counted under.
func (s *Store) destination(f *join.Fact) (k sketch.Key, name []byte, remote bool) {
	if f.Scope == join.ScopeLocal {
		name = f.Text(f.Relay)
		return s.hash.Pair(1, name), name, false
	}
	name = join.Domain(f.Text(f.To))
	return s.joiner.LoginKey(name), name, true
}

// reason keeps the reply of a deferral, without allocating when it is the same again.
func reason(f *join.Fact, old string) string {
	r := f.Text(f.Reply)
	if len(r) > maxReason {
		r = r[:maxReason]
	}
	if string(r) == old {
		return old
	}
	return text(r)
}

const (
	maxReason = 160
	maxText   = 255
)

// text copies foreign text that is kept; it is cut, so that no name costs more.
func text(b []byte) string {
	if len(b) > maxText {
		b = b[:maxText]
	}
	return string(b)
}
