package detect

import (
	"math"
	"math/bits"
	"slices"

	"mailtop/logparse"
	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// guesses are the failed logins of one source or one network: the last 32
// exactly, because every level up to there is judged on them, and beyond that
// counters. A success takes a user's failures out again.
type guesses struct {
	n       int
	a       [32]guess // oldest first
	hourly  sketch.Window
	users   distinct
	total   uint32
	clients distinct
	ip      [16]byte
	several bool
	last    sketch.Key // account that was tried last, with its name
	name    [64]byte
	nameLen uint8
}

type guess struct {
	sec     uint32
	user    uint32 // 0: not named
	client  uint32
	foreign bool // the name cannot be a user of ours
}

func (g *guesses) add(x guess, n int) {
	g.total += uint32(n)
	g.hourly.Add(int64(x.sec), hour, n)
	if x.user != 0 {
		g.users.add(x.user)
	}
	g.clients.add(x.client)
	for range min(n, len(g.a)) {
		if g.n == len(g.a) {
			copy(g.a[:], g.a[1:])
			g.n--
		}
		g.a[g.n] = x
		g.n++
	}
}

// clear takes a user's failures out: somebody who gets in was only mistyping.
func (g *guesses) clear(user uint32) {
	k := 0
	for _, x := range g.a[:g.n] {
		if x.user != user {
			g.a[k] = x
			k++
		}
	}
	g.n = k
}

// tally is what happened in a window.
type tally struct {
	n, users, clients int
	foreign           bool
	median            int // tries a user
}

func (g *guesses) within(now, window int64) tally {
	var t tally
	var users, tries, clients [32]uint32
	for _, x := range g.a[:g.n] {
		if now-int64(x.sec) >= window {
			continue
		}
		t.n++
		t.foreign = t.foreign || x.foreign
		if !slices.Contains(clients[:t.clients], x.client) {
			clients[t.clients] = x.client
			t.clients++
		}
		if x.user == 0 {
			continue
		}
		if i := slices.Index(users[:t.users], x.user); i >= 0 {
			tries[i]++
			continue
		}
		users[t.users], tries[t.users] = x.user, 1
		t.users++
	}
	if t.users > 0 {
		slices.Sort(tries[:t.users])
		t.median = int(tries[t.users/2])
	}
	return t
}

// failuresOf counts the failures of one user and the distinct others in a window.
func (g *guesses) failuresOf(user uint32, now, window int64) (of, others int) {
	var seen [32]uint32
	for _, x := range g.a[:g.n] {
		switch {
		case now-int64(x.sec) >= window || x.user == 0:
		case x.user == user:
			of++
		case !slices.Contains(seen[:others], x.user):
			seen[others] = x.user
			others++
		}
	}
	return of, others
}

// distinct counts distinct 32-bit hashes: exact enough up to some hundreds
// (linear counting over 512 bits), and never decreasing.
type distinct [8]uint64

func (d *distinct) add(h uint32) { d[h>>6&7] |= 1 << (h & 63) }

func (d *distinct) count() int {
	set := 0
	for _, w := range d {
		set += bits.OnesCount64(w)
	}
	if set == 512 {
		return 2000
	}
	return int(math.Round(-512 * math.Log(float64(512-set)/512)))
}

// guess notes the failed logins of a fact for its source and its network, and
// returns both records; nil where the fact is no guess.
func (d *Detector) guesses(f *join.Fact, e *entities) (src, net *guesses) {
	if f.Weight == 0 || e.src == nil || f.Cause == logparse.CauseBackend {
		return nil, nil
	}
	user, known := uint32(0), false
	if e.accKey != (sketch.Key{}) {
		user = hash32(e.accKey)
		known = e.acc != nil && e.acc.knows(join.PrefixKey(f.IP), f.Sec)
	}
	if known { // a device with an old password: not a guess
		return nil, nil
	}
	x := guess{uint32(f.Sec), user, hash32(f.Source), e.acc == nil && d.foreignName(f)}
	src, _ = d.guess.Put(f.Source)
	src.note(f, x)
	if user != 0 {
		src.last, src.nameLen = e.accKey, uint8(copy(src.name[:], f.Login))
	}
	net, _ = d.guess.Put(netKey(f))
	net.note(f, x)
	return src, net
}

func (g *guesses) note(f *join.Fact, x guess) {
	g.several = g.several || g.ip != f.IP && g.ip != [16]byte{}
	g.ip = f.IP
	g.add(x, f.Weight)
}

// netKeyOf is the key of a network's record; it differs from the key of a source,
// which an IPv6 /48 and its first /64 would share.
func netKeyOf(ip [16]byte) sketch.Key {
	k := join.PrefixKey(ip)
	k[1] ^= 1 << 62
	return k
}

// netKey is the key of the client's network on the host of the record.
func netKey(f *join.Fact) sketch.Key { return f.On.Of(netKeyOf(f.IP)) }

func hash32(k sketch.Key) uint32 { return uint32(k[0]^k[0]>>32^k[1]*0x9e3779b97f4a7c15>>31) | 1 }

// roleNames are names that bots try and that people rarely log in with.
var roleNames = []string{"admin", "administrator", "test", "scanner", "scan", "info", "root", "postmaster", "guest", "user",
	"support", "office", "sales", "webmaster", "backup", "oracle", "mysql", "postgres", "ftp", "www", "noreply", "no-reply"}

// foreignName says that a name cannot be a mistyped login of ours: the server
// itself says that it does not exist, or it is a role name that never logged in.
func (d *Detector) foreignName(f *join.Fact) bool {
	if f.Cause == logparse.CauseUnknownUser {
		return true
	}
	name := f.Login
	for i, c := range name {
		if c == '@' {
			name = name[:i]
			break
		}
	}
	for _, r := range roleNames {
		if string(name) == r {
			return true
		}
	}
	return false
}
