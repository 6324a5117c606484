package probes

import (
	"context"
	"strings"
	"time"
)

// Fate is what the log says of a message.
type Fate struct {
	Status   string     // sent, deferred, bounced, expired, or "" when the log says nothing
	To       string     // the recipient that the status is of
	Relay    string     // who took it, or would not
	RemoteID string     // the queue id that the next hop gave it
	Steps    []LifeStep // all that was seen, in order
	Lines    []string   // the log lines, as they are
}

// LifeStep is one record of a message's life on the server. Its texts are the log's: clean them before showing.
type LifeStep struct {
	Time     time.Time `json:"time"`
	What     string    `json:"what"` // accepted, message_id, queued, sent, deferred, bounced, expired, bounce (a notice was made), removed
	QueueID  string    `json:"queue_id"`
	To       string    `json:"to,omitempty"`
	Relay    string    `json:"relay,omitempty"`
	Reply    string    `json:"reply,omitempty"`
	Class    string    `json:"class,omitempty"` // of the reply: greylist, ...
	RemoteID string    `json:"remote_queue_id,omitempty"`
	ChildID  string    `json:"child_queue_id,omitempty"` // of the notice
	Line     string    `json:"-"`
}

// FollowFunc reads in the server's own log what becomes of a queue id and hands out each
// step. It returns at the message's end, when step says false, or when ctx ends.
type FollowFunc func(ctx context.Context, queueID string, step func(LifeStep) bool) (Fate, error)

// How long the log is read for a message.
const (
	followLimit = 30 * time.Second // for a delivery to show in the log
	retryWait   = 4 * time.Minute  // servers try again after this or more: less time is no use
)

// follow adds to a finding with a queue id what the log says of the message. A first
// try that is deferred is waited for only where --timeout leaves time for another.
func (j job) follow(f *Finding) Fate {
	id, _ := f.Values["queue_id"].(string)
	if j.env.Follow == nil || id == "" {
		return Fate{}
	}
	start := j.env.Now()
	limit := followLimit
	if end, ok := j.ctx.Deadline(); ok && end.Sub(start) > retryWait {
		limit = end.Sub(start)
	}
	ctx, cancel := context.WithTimeout(j.ctx, limit)
	defer cancel()
	fate, err := j.env.Follow(ctx, id, func(s LifeStep) bool {
		if j.env.OnStep != nil {
			j.env.OnStep(j.step.Addr, s)
		}
		return s.What != "deferred" || limit > retryWait
	})
	for _, l := range fate.Lines {
		f.see("log: %s", l)
	}
	if err != nil {
		f.see("the log could not be followed: %s", err)
	}
	f.fate(id, fate, j.env.Now().Sub(start))
	return fate
}

// fate says what became of the message, or how long nothing was heard.
func (f *Finding) fate(id string, fate Fate, took time.Duration) {
	f.set("steps", append([]LifeStep{}, fate.Steps...))
	if fate.Status == "" {
		if last := len(fate.Steps) - 1; last >= 0 {
			f.see("no delivery of %s in the log within %s; last seen: %s", id, short(took), fate.Steps[last].What)
		} else {
			f.see("the log says nothing of %s within %s", id, short(took))
		}
		return
	}
	f.set("status", fate.Status).set("relay", fate.Relay).say("%s", strings.TrimSpace(f.Title+"; "+fate.Status+" "+fate.Relay))
	if fate.RemoteID != "" {
		f.set("remote_queue_id", fate.RemoteID)
	}
	if fate.Status != "deferred" {
		return
	}
	why := "the server tries again by itself, after some minutes at first"
	if n := len(fate.Steps); n > 0 && fate.Steps[n-1].Class == "greylist" {
		why = "the next hop greylists: " + why + ", and it is taken then"
	}
	f.see("not the end: %s (followed for %s; --timeout 15m follows longer)", why, short(took))
}
