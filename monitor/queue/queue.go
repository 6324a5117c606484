// Package queue samples the queue of the MTA of this host. What the queue listing
// says is compared with what the log says: each knows something that the other
// does not.
package queue

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"
)

// Sample is the queue at one moment.
type Sample struct {
	At                               time.Time
	Method                           string // the command
	Active, Deferred, Hold, Incoming int64
	Oldest                           time.Time
	// Err says why there is no sample, and the way out; the counts are then nothing.
	Err string
}

// Depth is the number of messages in the queue.
func (s Sample) Depth() int64 { return s.Active + s.Deferred + s.Hold + s.Incoming }

// Limits of one sample: a listing that hangs, floods or never ends costs no more.
const (
	timeout    = 10 * time.Second
	maxEntries = 2_000_000
	maxEntry   = 1 << 20
)

// Postfix samples with "postqueue -j" (Postfix 3.1 and later), which every user
// may run. configDir names another instance's configuration, empty the default.
type Postfix struct {
	Command   string // path of postqueue; empty: from PATH
	ConfigDir string
	Timeout   time.Duration
	Now       func() time.Time
}

// Sample runs the command once.
func (p Postfix) Sample(ctx context.Context) Sample {
	now := time.Now
	if p.Now != nil {
		now = p.Now
	}
	limit := timeout
	if p.Timeout > 0 {
		limit = p.Timeout
	}
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	args := []string{"-j"}
	if p.ConfigDir != "" {
		args = []string{"-c", p.ConfigDir, "-j"}
	}
	name := p.Command
	if name == "" {
		name = "postqueue"
	}
	s := Sample{At: now(), Method: "postqueue -j"}
	if err := run(ctx, name, args, &s); err != nil {
		return Sample{At: s.At, Method: s.Method, Err: explain(err, ctx, limit)}
	}
	return s
}

func run(ctx context.Context, name string, args []string, s *Sample) error {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	var stderr tail
	cmd.Stderr = &stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	perr := Parse(out, s)
	if perr != nil {
		cmd.Cancel()
	}
	werr := cmd.Wait()
	if perr != nil {
		return perr
	}
	if werr != nil && len(stderr.b) > 0 {
		return fmt.Errorf("%w: %s", werr, bytes.TrimSpace(stderr.b))
	}
	return werr
}

// explain makes one line of what went wrong, with the way out.
func explain(err error, ctx context.Context, limit time.Duration) string {
	switch {
	case errors.Is(err, exec.ErrNotFound):
		return "postqueue not found: the queue's depth is counted from the log"
	case ctx.Err() != nil:
		return fmt.Sprintf("postqueue -j did not answer within %s: the queue's depth is counted from the log; see whether the disk or qmgr hangs (postqueue -p)", limit)
	}
	msg := strings.ReplaceAll(err.Error(), "\n", " ")
	return "postqueue -j failed, the queue's depth is counted from the log: " + msg
}

// entry is one message of the listing.
type entry struct {
	Queue   string `json:"queue_name"`
	Arrival int64  `json:"arrival_time"`
}

// Parse reads the listing: one JSON object a line, nothing when the queue is empty.
func Parse(r io.Reader, s *Sample) error {
	sc := bufio.NewScanner(r)
	sc.Buffer(make([]byte, 64<<10), maxEntry)
	for n := 0; sc.Scan(); n++ {
		if len(bytes.TrimSpace(sc.Bytes())) == 0 {
			continue
		}
		if n >= maxEntries {
			return fmt.Errorf("more than %d messages in the queue", maxEntries)
		}
		var e entry
		if err := json.Unmarshal(sc.Bytes(), &e); err != nil {
			return fmt.Errorf("not a queue listing: line %d: %w", n+1, err)
		}
		s.count(e)
	}
	return sc.Err()
}

func (s *Sample) count(e entry) {
	switch e.Queue {
	case "active":
		s.Active++
	case "deferred":
		s.Deferred++
	case "hold":
		s.Hold++
		return // held mail waits for the admin: its age says nothing
	default:
		s.Incoming++
	}
	if t := time.Unix(e.Arrival, 0); e.Arrival > 0 && (s.Oldest.IsZero() || t.Before(s.Oldest)) {
		s.Oldest = t
	}
}

// tail keeps the first bytes of what a command complains about.
type tail struct{ b []byte }

func (t *tail) Write(p []byte) (int, error) {
	if room := 512 - len(t.b); room > 0 {
		t.b = append(t.b, p[:min(room, len(p))]...)
	}
	return len(p), nil
}
