package demo

import (
	"container/heap"
	"context"
	"sync"
	"time"

	"mailtop/monitor/logsim"
)

// message is a mail on its way.
type message struct {
	id      string
	from    string
	rcpts   []recipient
	body    []byte
	arrived time.Time // first recipient accepted
	queued  time.Time // handed to the queue manager
	due     time.Time
	tries   int
	child   bool // is a bounce
}

// recipient is one address a message still has to go to.
type recipient struct {
	addr string
	done bool
	why  string // last refusal
	dead bool   // refused for good
}

func pendingOf(addrs []string) []recipient {
	out := make([]recipient, len(addrs))
	for i, a := range addrs {
		out[i].addr = a
	}
	return out
}

// Limits of the queue. Retries come early so that a viewer sees a queue drain.
const (
	maxQueued    = 2000
	deliverers   = 6
	firstBackoff = 12 * time.Second
	maxBackoff   = 40 * time.Second
	lifetime     = 20 * time.Minute
)

// queue is the queue manager: who is due, and a few deliverers.
type queue struct {
	log     *logsim.Postfix
	ids     *logsim.IDs
	now     func() time.Time
	speed   float64
	qmgr    logsim.Proc
	cleanup logsim.Proc
	bounce  logsim.Proc
	post    *postman

	mu    sync.Mutex
	heap  dueHeap
	size  int // messages in the heap or being delivered
	wake  chan struct{}
	ready chan *message
}

type dueHeap []*message

func (h dueHeap) Len() int           { return len(h) }
func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }
func (h dueHeap) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push and Pop are heap.Interface's.
func (h *dueHeap) Push(x any) { *h = append(*h, x.(*message)) }

// Pop takes the last.
func (h *dueHeap) Pop() any {
	old := *h
	m := old[len(old)-1]
	*h = old[:len(old)-1]
	return m
}

func (q *queue) full() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.size >= maxQueued
}

// depth is how many messages are in the queue.
func (q *queue) depth() int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return q.size
}

// add takes a new message, due at once.
func (q *queue) add(m *message) {
	m.queued = q.now()
	if m.arrived.IsZero() {
		m.arrived = m.queued
	}
	m.due = m.queued
	q.log.Queued(q.qmgr, m.id, m.from, len(m.body), len(m.rcpts))
	q.push(m, 1)
}

func (q *queue) push(m *message, grow int) {
	q.mu.Lock()
	q.size += grow
	heap.Push(&q.heap, m)
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
}

// pop takes a message that is due at t; else says how long to wait.
func (q *queue) pop(t time.Time) (*message, time.Duration) {
	q.mu.Lock()
	defer q.mu.Unlock()
	if len(q.heap) == 0 {
		return nil, time.Hour
	}
	if wait := q.heap[0].due.Sub(t); wait > 0 {
		return nil, wait
	}
	return heap.Pop(&q.heap).(*message), 0
}

// run hands due messages to the deliverers until ctx ends.
func (q *queue) run(ctx context.Context) {
	var wg sync.WaitGroup
	for range deliverers {
		wg.Go(func() {
			for m := range q.ready {
				q.deliver(ctx, m)
			}
		})
	}
	defer wg.Wait()
	defer close(q.ready)
	for {
		m, wait := q.pop(q.now())
		if m == nil {
			if !q.idle(ctx, wait) {
				return
			}
			continue
		}
		select {
		case q.ready <- m:
		case <-ctx.Done():
			return
		}
	}
}

// idle waits for a new message, for the next one due, or for the end.
func (q *queue) idle(ctx context.Context, wait time.Duration) bool {
	t := time.NewTimer(min(wait, time.Minute))
	defer t.Stop()
	select {
	case <-q.wake:
	case <-t.C:
	case <-ctx.Done():
		return false
	}
	return true
}

// deliver tries all recipients that are left, and decides what becomes of the
// message.
func (q *queue) deliver(ctx context.Context, m *message) {
	if m.tries++; m.tries > 1 {
		q.log.Queued(q.qmgr, m.id, m.from, len(m.body), len(m.rcpts))
	}
	q.post.attempt(ctx, m)
	if ctx.Err() != nil {
		return
	}
	if left(m) && q.now().Sub(m.arrived) > lifetime {
		q.log.Expired(q.qmgr, m.id, m.from)
		giveUp(m)
	}
	if left(m) {
		m.due = q.now().Add(q.backoff(m.tries))
		q.push(m, 0)
		return
	}
	q.finish(m)
}

// backoff doubles, as qmgr's does, between the two limits.
func (q *queue) backoff(tries int) time.Duration {
	d := min(firstBackoff<<min(tries-1, 4), maxBackoff)
	return time.Duration(float64(d) / q.speed)
}

func left(m *message) bool {
	for i := range m.rcpts {
		if !m.rcpts[i].done {
			return true
		}
	}
	return false
}

func giveUp(m *message) {
	for i := range m.rcpts {
		if r := &m.rcpts[i]; !r.done {
			r.done, r.dead = true, true
		}
	}
}

// finish bounces what was refused and removes the message.
func (q *queue) finish(m *message) {
	if b := bounceOf(m); b != nil {
		b.id = q.ids.Next(q.now())
		q.log.MessageID(q.cleanup, b.id, "<"+q.now().UTC().Format("20060102150405")+"."+b.id+"@"+hostName+">")
		q.add(b)
		q.log.NonDelivery(q.bounce, m.id, b.id)
	}
	q.log.Removed(q.qmgr, m.id)
	q.mu.Lock()
	q.size--
	q.mu.Unlock()
}

// bounceOf is the non-delivery report for a message, nil when none is due: a
// bounce is never bounced.
func bounceOf(m *message) *message {
	text := ""
	for _, r := range m.rcpts {
		if r.dead {
			text += "<" + r.addr + ">: " + r.why + "\r\n"
		}
	}
	if text == "" || m.child || m.from == "" {
		return nil
	}
	body := "From: MAILER-DAEMON@" + hostName + "\r\nTo: " + m.from + "\r\nSubject: Undelivered Mail Returned to Sender\r\n\r\n" + text
	return &message{rcpts: pendingOf([]string{m.from}), body: []byte(body), child: true}
}
