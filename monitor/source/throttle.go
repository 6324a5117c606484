package source

import (
	"context"
	"math"
	"sync"
	"time"
)

// throttle keeps reading of what is past to one core while the host has more to do than
// it can: then one block at a time is inflated, or parsed and taken, and the next
// waits for it. The host is looked at again during reading, and when it has calmed
// all cores are used.
type throttle struct {
	loaded func(own float64) bool
	now    func() time.Time
	cores  int

	mu    sync.Mutex
	first time.Time
	next  time.Time // when to look again
	one   bool      // at a time
	busy  int
	free  chan struct{}
}

const (
	throttleLook = 5 * time.Second // between two looks at the load
	throttleWait = time.Second     // a reader that never lets go does not stop everything
)

func newThrottle(o *Options) *throttle {
	t := &throttle{loaded: o.loaded, now: o.Now, cores: o.Workers, free: make(chan struct{}, 1)}
	t.first = t.now()
	return t
}

// own is what reading itself has added to the load of one minute so far.
func (t *throttle) own(now time.Time) float64 {
	return float64(t.cores) * (1 - math.Exp(-now.Sub(t.first).Seconds()/60))
}

// try enters unless another block is under way on a loaded host.
func (t *throttle) try(force bool) bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	if now := t.now(); !now.Before(t.next) {
		own := t.own(now)
		if t.one { // then there is one core's worth of it
			own = min(own, 1)
		}
		t.one, t.next = t.loaded(own), now.Add(throttleLook)
	}
	if t.one && t.busy > 0 && !force {
		return false
	}
	t.busy++
	return true
}

// enter waits for its turn; leave ends it. A nil throttle is always open.
func (t *throttle) enter(ctx context.Context) {
	if t == nil || t.try(false) {
		return
	}
	wait := time.NewTimer(throttleWait)
	defer wait.Stop()
	for {
		force := false
		select {
		case <-t.free:
		case <-wait.C:
			force = true
		case <-ctx.Done():
			force = true
		}
		if t.try(force) {
			return
		}
	}
}

func (t *throttle) leave() {
	if t == nil {
		return
	}
	t.mu.Lock()
	t.busy--
	t.mu.Unlock()
	select {
	case t.free <- struct{}{}:
	default:
	}
}
