package join

import (
	"math/bits"

	"mailtop/logparse"
)

// Which process told of a failed login. The authentication service tells of the
// same try as the login process or the MTA that asked it.
type side uint8

const (
	sideMTA   side = 1 + iota // SASL line of an MTA, or its session counters
	sideLogin                 // imap-login, pop3-login and the like
	sideAuth                  // Dovecot auth, PAM, saslauthd
)

// pairWindow is how far apart two records of one try may stand: Dovecot delays
// its answer by up to 10 s for an address that failed before, and the MTA's or
// login process' record trails by that.
const pairWindow = 15

// attempts are the failures of one source that still wait for their counterpart.
type attempts struct {
	n int
	a [32]attempt
}

type attempt struct {
	sec  int64
	user uint32 // hash of the login; 0 when the record named none
	side side
	told tellers // of the authentication service, sideAuth only
	mute bool    // not counted: another database is asked, see chain
}

// tellers are records of the authentication service by what they say: with several
// password databases (virtual users, then PAM) each that refuses writes its own, and
// so does the PAM module, all about one try.
type tellers uint16

func tellerOf(f *Fact) tellers {
	h := uint32(f.MTA)
	reply := f.Text(f.Reply)
	for _, c := range reply[:min(len(reply), 12)] {
		h = h*31 + uint32(c)
	}
	return 1 << (h % 16)
}

// chainWindow is how soon after a refusal a login can succeed because the next
// database knew the name. A client that tries again waits longer: Dovecot answers a
// failure after two seconds.
const chainWindow = 1

// chain is what is known of one teller: how often it refused, and how often a login
// of the same name worked right after that.
type chain struct{ refused, worked uint32 }

// chained says that a teller's refusal is nothing new: another database is asked, and
// the login process or the MTA tells of those that fail. It takes several logins and a
// good part of all, because a guesser that gets in at last, or has an account of his
// own, must not make the rest of his tries disappear.
func (c *chain) chained() bool { return c.worked >= 3 && 4*c.worked >= c.refused }

func (j *Joiner) chain(t tellers) *chain { return &j.chains[bits.TrailingZeros16(uint16(t))] }

// succeeded takes a login that worked into account: what a database said about the
// same name a moment before was no failed try.
func (j *Joiner) succeeded(f *Fact) {
	if f.IP == ([16]byte{}) || len(f.Login) == 0 {
		return
	}
	a := j.attempts.Get(f.On.Of(SourceKey(f.IP)))
	if a == nil {
		return
	}
	user := uint32(j.LoginKey(f.Login)[0]) | 1
	k := 0
	for _, x := range a.a[:a.n] {
		if x.side == sideAuth && x.user == user && f.Sec-x.sec <= chainWindow {
			for told := x.told; told != 0; told &= told - 1 {
				j.chain(told).worked++
			}
			continue
		}
		a.a[k] = x
		k++
	}
	a.n = k
}

func sideOf(f *Fact) side {
	switch f.MTA {
	case logparse.Dovecot, logparse.Cyrus, logparse.Courier:
		if f.MTA == logparse.Dovecot && f.Stage.Len > 0 {
			return sideAuth // auth_verbose: the line at the session's end counts it again
		}
		if f.Service.Len > 0 && string(f.Text(f.Service)) != "auth" && string(f.Text(f.Service)) != "auth-worker" {
			return sideLogin
		}
		return sideAuth
	case logparse.PAM, logparse.Saslauthd:
		return sideAuth
	}
	return sideMTA
}

// attempt sets the fact's weight to the number of tries that no earlier record
// told of.
func (j *Joiner) attempt(f *Fact, s *session) {
	f.Login = loginOf(f)
	sd := sideOf(f)
	if s != nil && sd == sideMTA {
		s.failed += uint32(f.Weight)
	}
	if sd != sideAuth && len(f.Login) > 0 {
		j.named = true
	}
	if f.IP == ([16]byte{}) {
		if sd == sideAuth && j.named { // saslauthd: who asked it names login and address
			f.Weight = 0
		}
		return
	}
	f.Weight = j.pair(f, sd, f.Weight, pairWindow+int64(f.Duration))
}

// pair matches n tries told by side sd against those that another side told of
// within the window, one for one and oldest first; what is left is new and waits.
func (j *Joiner) pair(f *Fact, sd side, n int, window int64) int {
	a, _ := j.attempts.Put(f.On.Of(SourceKey(f.IP)))
	var user uint32
	if len(f.Login) > 0 {
		user = uint32(j.LoginKey(f.Login)[0]) | 1
	}
	a.expire(f.Sec)
	var told tellers
	if sd == sideAuth {
		told = tellerOf(f)
		c := j.chain(told)
		c.refused += uint32(min(n, 1000))
		if c.chained() {
			a.add(attempt{f.Sec, user, sd, told, true})
			return 0
		}
	}
	fresh := n
	for fresh > 0 && (a.take(sd, user, f.Sec, window) || a.retold(told, user, f.Sec, window)) {
		fresh--
	}
	if sd == sideLogin && n > 1 { // the line at a session's end names the last login only
		for fresh > 0 && a.take(sd, 0, f.Sec, window) {
			fresh--
		}
	}
	for range min(fresh, len(a.a)) { // a record may stand for millions: "message repeated"
		a.add(attempt{f.Sec, user, sd, told, false})
	}
	return fresh
}

// maxPairWindow bounds how long a failure waits: a session's counters come at its
// end, and sessions that guess are thrown out within minutes.
const maxPairWindow = 600

func (a *attempts) expire(sec int64) {
	k := 0
	for _, x := range a.a[:a.n] {
		if sec-x.sec <= maxPairWindow {
			a.a[k] = x
			k++
		}
	}
	a.n = k
}

func (a *attempts) take(sd side, user uint32, sec, window int64) bool {
	for i := 0; i < a.n; i++ {
		x := a.a[i]
		if x.side == sd || (x.side == sideAuth) == (sd == sideAuth) || sec-x.sec > window {
			continue
		}
		if x.user == user || x.user == 0 || user == 0 {
			copy(a.a[i:], a.a[i+1:a.n])
			a.n--
			if x.mute { // of this try nobody has counted anything yet
				i--
				continue
			}
			return true
		}
	}
	return false
}

// retold says whether another record of the authentication service told of the same
// try: the try still waits for the login process or the MTA.
func (a *attempts) retold(told tellers, user uint32, sec, window int64) bool {
	if told == 0 || user == 0 {
		return false
	}
	for i := range a.a[:a.n] {
		x := &a.a[i]
		if x.side == sideAuth && x.user == user && x.told&told == 0 && !x.mute && sec-x.sec <= window {
			x.told |= told
			return true
		}
	}
	return false
}

func (a *attempts) add(x attempt) {
	if a.n == len(a.a) {
		copy(a.a[:], a.a[1:])
		a.n--
	}
	a.a[a.n] = x
	a.n++
}
