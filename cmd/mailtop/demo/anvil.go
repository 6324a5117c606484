package demo

import (
	"net/netip"
	"sync"
	"time"

	"mailtop/monitor/logsim"
)

// anvil counts what each client does per time unit, as Postfix's anvil(8): a
// client's counts begin anew when its last unit is over, and the busiest of a
// while are reported.
type anvil struct {
	log   *logsim.Postfix
	proc  logsim.Proc
	now   func() time.Time
	unit  time.Duration
	mu    sync.Mutex
	users map[anvilKey]*anvilUse
	peak  [numRates]anvilPeak
	cache int
	atMax time.Time
}

const (
	anvilUnit = time.Minute
	// anvilStatus is how often the busiest are reported; Postfix 600 s.
	anvilStatus = 2 * time.Minute
)

type anvilKey struct {
	service string
	ip      netip.Addr
}

type rate int

const (
	connections rate = iota
	messages
	recipients
	auths
	numRates
)

var rateNames = [numRates]string{"connection rate", "message rate", "recipient rate", "auth rate"}

type anvilUse struct {
	since time.Time
	n     [numRates]int
	open  int
}

type anvilPeak struct {
	n   int
	key anvilKey
	at  time.Time
}

func newAnvil(log *logsim.Postfix, proc logsim.Proc, now func() time.Time, unit time.Duration) *anvil {
	return &anvil{log: log, proc: proc, now: now, unit: unit, users: map[anvilKey]*anvilUse{}}
}

// connected counts a connection and says how many the client made in its unit.
func (a *anvil) connected(service string, c logsim.Client) int {
	a.mu.Lock()
	defer a.mu.Unlock()
	u := a.count(anvilKey{service, c.IP}, connections, 1)
	u.open++
	return u.n[connections]
}

func (a *anvil) disconnected(service string, c logsim.Client) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if u := a.users[anvilKey{service, c.IP}]; u != nil {
		u.open--
	}
}

func (a *anvil) auth(service string, c logsim.Client) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count(anvilKey{service, c.IP}, auths, 1)
}

func (a *anvil) message(service string, c logsim.Client, rcpts int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.count(anvilKey{service, c.IP}, messages, 1)
	a.count(anvilKey{service, c.IP}, recipients, rcpts)
}

func (a *anvil) count(k anvilKey, r rate, n int) *anvilUse {
	now := a.now()
	u := a.users[k]
	if u == nil {
		u = &anvilUse{since: now}
		a.users[k] = u
		if len(a.users) > a.cache {
			a.cache, a.atMax = len(a.users), now
		}
	}
	if now.Sub(u.since) >= a.unit {
		u.since, u.n = now, [numRates]int{}
	}
	u.n[r] += n
	if u.n[r] > a.peak[r].n {
		a.peak[r] = anvilPeak{u.n[r], k, now}
	}
	return u
}

// report writes the statistics lines and forgets clients that are gone.
func (a *anvil) report() {
	a.mu.Lock()
	defer a.mu.Unlock()
	for r, p := range a.peak {
		if p.n > 0 {
			a.log.AnvilRate(a.proc, rateNames[r], p.n, p.key.service, logsim.Client{IP: p.key.ip}, p.at)
		}
	}
	if a.cache > 0 {
		a.log.AnvilCache(a.proc, a.cache, a.atMax)
	}
	a.peak, a.cache = [numRates]anvilPeak{}, 0
	now := a.now()
	for k, u := range a.users {
		if u.open <= 0 && now.Sub(u.since) >= a.unit {
			delete(a.users, k)
		}
	}
}
