package logsim

import (
	"container/heap"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"time"
)

// Scenario is a stretch of mail traffic in event time, without a network: what
// a small company's host writes on ordinary days, and acts placed into it:
// attacks and their innocent look-alikes. The same Scenario writes the same
// bytes.
type Scenario struct {
	Seed     uint64
	Start    time.Time
	Length   time.Duration
	Messages int   // benign messages on a working day: 200 a family, 10000 an office
	Acts     []Act // in any order
}

// Act places something labelled at a time after Start.
type Act struct {
	Name string // one of Acts()
	At   time.Duration
}

// Truth is what a monitor should say about an act. Rule is empty for a twin: no
// incident of medium severity or above may name its actors.
type Truth struct {
	Name    string         `json:"name"`
	Rule    string         `json:"rule,omitempty"`
	TwinOf  string         `json:"twin_of,omitempty"`
	Actors  []string       `json:"actors"`            // client addresses
	Account string         `json:"account,omitempty"` // attacked, abused or innocent
	Target  string         `json:"target,omitempty"`  // destination domain
	Start   time.Time      `json:"start"`
	End     time.Time      `json:"end"` // of its last line
	Counts  map[string]int `json:"counts"`
}

// ActInfo describes an act. Rule is what should open; a twin looks like TwinOf
// and must not.
type ActInfo struct {
	Name, Rule, TwinOf string
	play               func(*sim, *Truth, time.Time)
}

// Acts lists all acts.
func Acts() []ActInfo { return append([]ActInfo(nil), acts...) }

var acts = []ActInfo{
	{"bruteforce", "auth.bruteforce", "", (*sim).bruteforce},
	{"spray", "auth.spray", "", (*sim).spray},
	{"compromised", "account.compromised", "", (*sim).compromised},
	{"compromised_roaming", "account.compromised", "", (*sim).roaming},
	{"relay_probe", "relay.probe", "", (*sim).relayProbe},
	{"open_relay", "relay.open", "", (*sim).openRelay},
	{"flood", "dos.flood", "", (*sim).flood},
	{"outbound_burst", "spam.outbound_burst", "", (*sim).outboundBurst},
	{"queue_growth", "queue.growth", "", (*sim).queueGrowth},
	{"mistyped", "", "bruteforce", (*sim).mistyped},
	{"stale_phone", "", "bruteforce", (*sim).stalePhone},
	{"webmail", "", "spray", (*sim).webmail},
	{"traveller", "", "compromised", (*sim).traveller},
	{"unauthenticated_user", "", "relay_probe", (*sim).unauthenticatedUser},
	{"forwarder", "", "open_relay", (*sim).forwarder},
	{"monitor", "", "flood", (*sim).monitor},
	{"provider_burst", "", "flood", (*sim).providerBurst},
	{"newsletter", "", "outbound_burst", (*sim).newsletter},
	{"small_deferral", "", "queue_growth", (*sim).smallDeferral},
}

func actNamed(name string) (ActInfo, error) {
	var names []string
	for _, a := range acts {
		if a.Name == name {
			return a, nil
		}
		names = append(names, a.Name)
	}
	return ActInfo{}, fmt.Errorf("logsim: no act %q (there are %s)", name, strings.Join(names, ", "))
}

// Write writes the log, in time order, and returns the truth in the order of
// Acts.
func (sc Scenario) Write(w io.Writer) ([]Truth, error) {
	s := newSim(sc, w)
	truths := make([]Truth, len(sc.Acts))
	for i, a := range sc.Acts {
		info, err := actNamed(a.Name)
		if err != nil {
			return nil, err
		}
		at := sc.Start.Add(a.At)
		t := &truths[i]
		*t = Truth{Name: info.Name, Rule: info.Rule, TwinOf: info.TwinOf, Start: at, End: at, Actors: []string{}, Counts: map[string]int{}}
		info.play(s, t, at)
	}
	if sc.Messages > 0 {
		s.benign(sc)
	}
	s.run()
	return truths, s.log.Err()
}

// sim is the clock, the host and the world of a scenario. What is to happen is
// kept in a heap by time, then by order of entry.
type sim struct {
	rng   *rand.Rand
	log   *Postfix
	ids   IDs
	procs *Procs
	world world
	end   time.Time
	clock time.Time
	queue eventHeap
	seq   int

	qmgr, cleanup, bounce Proc
}

func newSim(sc Scenario, w io.Writer) *sim {
	s := &sim{rng: rand.New(rand.NewPCG(sc.Seed, 1)), procs: NewProcs(900), end: sc.Start.Add(sc.Length)}
	s.log = NewPostfix(w, "mx1", func() time.Time { return s.clock })
	s.qmgr, s.cleanup, s.bounce = s.procs.Acquire("qmgr"), s.procs.Acquire("cleanup"), s.procs.Acquire("bounce")
	s.world = newWorld(s.rng, sc.Messages)
	return s
}

type event struct {
	at  time.Time
	seq int
	do  func()
}

type eventHeap []event

func (h eventHeap) Len() int { return len(h) }
func (h eventHeap) Less(i, j int) bool {
	if h[i].at.Equal(h[j].at) {
		return h[i].seq < h[j].seq
	}
	return h[i].at.Before(h[j].at)
}
func (h eventHeap) Swap(i, j int) { h[i], h[j] = h[j], h[i] }

// Push is heap.Interface's.
func (h *eventHeap) Push(x any) { *h = append(*h, x.(event)) }

// Pop is heap.Interface's.
func (h *eventHeap) Pop() any {
	old := *h
	e := old[len(old)-1]
	*h = old[:len(old)-1]
	return e
}

// at plans something.
func (s *sim) at(t time.Time, do func()) {
	s.seq++
	heap.Push(&s.queue, event{t, s.seq, do})
}

// run lets everything happen, until nothing is left.
func (s *sim) run() {
	for len(s.queue) > 0 {
		e := heap.Pop(&s.queue).(event)
		s.clock = e.at
		e.do()
	}
}

// ms is a random time between two numbers of milliseconds.
func (s *sim) ms(from, to int) time.Duration {
	return time.Duration(from)*time.Millisecond + time.Duration(s.rng.Int64N(int64(to-from+1)*int64(time.Millisecond)))
}

// around is d, more or less a quarter.
func (s *sim) around(d time.Duration) time.Duration {
	return d*3/4 + time.Duration(s.rng.Int64N(int64(d)/2+1))
}
