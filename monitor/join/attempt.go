package join

import (
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
}

func sideOf(f *Fact) side {
	switch f.MTA {
	case logparse.Dovecot, logparse.Cyrus, logparse.Courier:
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
	if f.IP == ([16]byte{}) {
		return
	}
	f.Weight = j.pair(f, sd, f.Weight, pairWindow+int64(f.Duration))
}

// pair matches n tries told by side sd against those that another side told of
// within the window, one for one and oldest first; what is left is new and waits.
func (j *Joiner) pair(f *Fact, sd side, n int, window int64) int {
	a, _ := j.attempts.Put(SourceKey(f.IP))
	var user uint32
	if len(f.Login) > 0 {
		user = uint32(j.LoginKey(f.Login)[0]) | 1
	}
	a.expire(f.Sec)
	fresh := n
	for fresh > 0 && a.take(sd, user, f.Sec, window) {
		fresh--
	}
	for range min(fresh, len(a.a)) { // a record may stand for millions: "message repeated"
		a.add(attempt{f.Sec, user, sd})
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
	for i, x := range a.a[:a.n] {
		if x.side == sd || (x.side == sideAuth) == (sd == sideAuth) || sec-x.sec > window {
			continue
		}
		if x.user == user || x.user == 0 || user == 0 {
			copy(a.a[i:], a.a[i+1:a.n])
			a.n--
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
