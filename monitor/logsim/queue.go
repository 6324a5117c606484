package logsim

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"
)

// IDs hands out Postfix's short queue ids: five hex digits of microseconds and
// the inode of the queue file, in hex. Inodes are used again after a while, as
// in life, but no id comes twice within any 60000 messages.
type IDs struct {
	mu    sync.Mutex
	inode uint32
}

const (
	firstInode = 0x2A001
	inodes     = 60000
)

// Next is a queue id for a message that arrives at t.
func (i *IDs) Next(t time.Time) string {
	i.mu.Lock()
	defer i.mu.Unlock()
	i.inode = (i.inode + 1) % inodes
	return fmt.Sprintf("%05X%X", t.Nanosecond()/1000, firstInode+i.inode)
}

// MessageID is cleanup's line: the Message-ID of the header.
func (p *Postfix) MessageID(d Proc, id, messageID string) {
	p.linef(d, "%s: message-id=%s", id, messageID)
}

// Pickup is a message handed in by a local user.
func (p *Postfix) Pickup(d Proc, id string, uid int, from string) {
	p.linef(d, "%s: uid=%d from=<%s>", id, uid, from)
}

// Queued is qmgr's line each time a message enters the active queue.
func (p *Postfix) Queued(d Proc, id, from string, size, nrcpt int) {
	p.linef(d, "%s: from=<%s>, size=%d, nrcpt=%d (queue active)", id, from, size, nrcpt)
}

// Removed ends a queue id.
func (p *Postfix) Removed(d Proc, id string) { p.linef(d, "%s: removed", id) }

// Expired gives a message up by age; the bounce and Removed follow.
func (p *Postfix) Expired(d Proc, id, from string) {
	p.linef(d, "%s: from=<%s>, status=expired, returned to sender", id, from)
}

// Statuses of a delivery.
const (
	Sent     = "sent"
	Deferred = "deferred"
	Bounced  = "bounced"
)

// Delivery is one attempt for one recipient. Delays are the times before the
// queue manager, in the queue, to connect and to transmit.
type Delivery struct {
	To, OrigTo string
	Relay      string // "mx.example[192.0.2.3]:25", "none", "local"
	ConnUse    int    // how often the connection was used; 0 and 1 are not written
	Delays     [4]time.Duration
	DSN        string
	Status     string
	Text       string // the part in parentheses
}

// Deliver reports a delivery attempt.
func (p *Postfix) Deliver(d Proc, id string, v Delivery) {
	var orig, use string
	if v.OrigTo != "" {
		orig = ", orig_to=<" + v.OrigTo + ">"
	}
	if v.ConnUse > 1 {
		use = ", conn_use=" + strconv.Itoa(v.ConnUse)
	}
	p.linef(d, "%s: to=<%s>%s, relay=%s%s, delay=%s, delays=%s, dsn=%s, status=%s (%s)",
		id, v.To, orig, v.Relay, use, seconds(v.total()), v.delays(), v.DSN, v.Status, v.Text)
}

func (v *Delivery) total() (sum time.Duration) {
	for _, d := range v.Delays {
		sum += d
	}
	return sum
}

func (v *Delivery) delays() string {
	var parts [4]string
	for i, d := range v.Delays {
		parts[i] = seconds(d)
	}
	return strings.Join(parts[:], "/")
}

// seconds writes a delay as Postfix does: two significant digits, not finer
// than 10 ms, no trailing zeros.
func seconds(d time.Duration) string {
	s := d.Seconds()
	digits := 2
	switch {
	case s < 0.005:
		return "0"
	case s >= 9.95:
		digits = 0
	case s >= 0.995:
		digits = 1
	}
	out := strconv.FormatFloat(s, 'f', digits, 64)
	if strings.Contains(out, ".") {
		out = strings.TrimRight(strings.TrimRight(out, "0"), ".")
	}
	return out
}

// ConnectFailed is smtp's line for a next hop that does not answer.
func (p *Postfix) ConnectFailed(d Proc, hop Client, port int, why string) {
	p.linef(d, "connect to %s:%d: %s", hop, port, why)
}

// NonDelivery tells that a bounce was made for a message; child is its queue id.
func (p *Postfix) NonDelivery(d Proc, id, child string) {
	p.linef(d, "%s: sender non-delivery notification: %s", id, child)
}
