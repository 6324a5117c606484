package main

import (
	"context"
	"slices"
	"strings"
	"time"

	"mailtop/logparse"
	"mailtop/logparse/reply"
	"mailtop/probes"
)

// Bounds of following a message in a log.
const (
	followPause = 100 * time.Millisecond
	followEnd   = time.Second // from the last delivery to the record that the message is gone, which some servers do not write
	followLines = 12
	followSteps = 100
	followIDs   = 12
)

// followLog makes the function that reads in the server's logs what becomes of a
// message, step by step. It reads from where the logs end now.
func followLog(paths ...string) (probes.FollowFunc, error) {
	o := logparse.Options{Ref: time.Now(), Loc: time.Local}
	var starts []logTail
	for _, p := range paths {
		t, err := newTail(p, o)
		if err != nil {
			return nil, err
		}
		starts = append(starts, *t)
	}
	return func(ctx context.Context, id string, step func(probes.LifeStep) bool) (probes.Fate, error) {
		l := life{ids: []string{id}, step: step}
		for i := range starts { // each message has readers of its own
			t := starts[i]
			t.parser = logparse.New(o)
			l.tails = append(l.tails, &t)
		}
		return l.follow(ctx)
	}, nil
}

// life collects the records of a message. A next hop on this host that gives a new
// queue id (a filter) is followed too.
type life struct {
	tails []*logTail
	ids   []string
	step  func(probes.LifeStep) bool
	fate  probes.Fate
	over  bool // nothing more is to come, or is wanted
	done  bool // delivered or given up: only the removal is to come
}

func (l *life) follow(ctx context.Context) (probes.Fate, error) {
	for waited := time.Duration(0); ; {
		fresh := false
		for _, t := range l.tails {
			got, err := t.read(l.event)
			if err != nil {
				return l.fate, err
			}
			fresh = fresh || got
		}
		if l.over || l.done && waited >= followEnd {
			return l.fate, nil
		}
		if fresh {
			continue
		}
		if sleepContext(ctx, followPause) != nil {
			return l.fate, nil
		}
		if l.done {
			waited += followPause
		}
	}
}

// lifeWords are the steps by kind of record.
var lifeWords = map[logparse.Kind]string{
	logparse.KindAccept: "accepted", logparse.KindMessage: "message_id", logparse.KindQueued: "queued", logparse.KindDelivery: "",
	logparse.KindBounce: "bounce", logparse.KindExpired: "expired", logparse.KindRemoved: "removed",
}

func (l *life) event(b *logparse.Block, e *logparse.Event, line string) {
	what, ok := lifeWords[e.Kind]
	if !ok || l.over || !slices.Contains(l.ids, e.String(b, e.QueueID)) {
		return
	}
	if n := len(l.fate.Lines); n < followLines && (n == 0 || l.fate.Lines[n-1] != line) {
		l.fate.Lines = append(l.fate.Lines, line)
	}
	s := probes.LifeStep{Time: time.Unix(0, e.Time), What: what, QueueID: e.String(b, e.QueueID), To: e.String(b, e.To), Reply: e.String(b, e.Reply),
		Relay: relayOf(b, e), RemoteID: e.String(b, e.RemoteQueueID), ChildID: e.String(b, e.ChildQueueID), Line: line}
	if len(l.ids) > 1 && s.QueueID == l.ids[len(l.ids)-1] {
		l.done = false // a filter handed it back: there is more to come
	}
	if e.Kind == logparse.KindDelivery {
		s.What = e.Status.String()
		if c := reply.Explain(s.Reply).Class; e.Status != logparse.StatusSent && c == reply.ClassGreylist {
			s.Class = "greylist"
		}
		l.delivery(b, e, s)
	}
	if len(l.fate.Steps) < followSteps {
		l.fate.Steps = append(l.fate.Steps, s)
	}
	if !l.step(s) || e.Kind == logparse.KindRemoved && s.QueueID == l.ids[len(l.ids)-1] {
		l.over = true
	}
}

// delivery is one try at a recipient: its outcome is the message's, unless it went to a filter on this host.
func (l *life) delivery(b *logparse.Block, e *logparse.Event, s probes.LifeStep) {
	if s.RemoteID != "" && e.RelayAddr().IsLoopback() && e.Status == logparse.StatusSent && len(l.ids) < followIDs {
		l.ids = append(l.ids, s.RemoteID) // if it stays silent, this was the end
	}
	l.fate.Status, l.fate.To, l.fate.Relay, l.fate.RemoteID = s.What, s.To, s.Relay, s.RemoteID
	l.done = e.Status != logparse.StatusDeferred
}

func relayOf(b *logparse.Block, e *logparse.Event) string {
	relay := e.String(b, e.Relay)
	if relay == "none" { // Postfix's word for nobody
		return ""
	}
	a := e.RelayAddr()
	switch {
	case !a.IsValid() || strings.Contains(relay, a.String()):
		return relay
	case relay == "":
		return a.String()
	}
	return relay + " [" + a.String() + "]"
}
