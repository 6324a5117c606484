package logsim

import "sync"

// Procs hands out process ids: a daemon that is done with one client takes the
// next, as Postfix's do.
type Procs struct {
	mu   sync.Mutex
	next int
	idle map[string][]int
}

// NewProcs returns a Procs whose ids begin after first.
func NewProcs(first int) *Procs { return &Procs{next: first, idle: map[string][]int{}} }

// Acquire gives a daemon's process for one session or job.
func (p *Procs) Acquire(daemon string) Proc {
	p.mu.Lock()
	defer p.mu.Unlock()
	if free := p.idle[daemon]; len(free) > 0 {
		p.idle[daemon] = free[:len(free)-1]
		return Proc{Name: daemon, PID: free[len(free)-1]}
	}
	p.next++
	return Proc{Name: daemon, PID: p.next}
}

// Release gives it back.
func (p *Procs) Release(d Proc) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.idle[d.Name] = append(p.idle[d.Name], d.PID)
}
