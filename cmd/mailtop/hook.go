package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"time"

	"mailtop/monitor/detect"
)

// hook runs the admin's command for incident changes: one at a time, bounded in
// time and rate, never in the way of the watch.
type hook struct {
	ctx     context.Context
	command string
	errw    io.Writer
	queue   chan detect.Change
	done    sync.WaitGroup
	recent  []time.Time
	dropped int
}

const (
	hookTimeout = 30 * time.Second
	hookRate    = 20 // runs a minute; what is over it is said on stderr
)

func newHook(ctx context.Context, command string, errw io.Writer) *hook {
	h := &hook{ctx: ctx, command: command, errw: errw, queue: make(chan detect.Change, hookRate)}
	h.done.Add(1)
	go func() {
		defer h.done.Done()
		for c := range h.queue {
			h.exec(c)
		}
	}()
	return h
}

// run hands a change to the command, or says that it did not.
func (h *hook) run(c detect.Change) {
	now := time.Now()
	for len(h.recent) > 0 && now.Sub(h.recent[0]) > time.Minute {
		h.recent = h.recent[1:]
	}
	if len(h.recent) < hookRate {
		select {
		case h.queue <- c:
			h.recent = append(h.recent, now)
			return
		default:
		}
	}
	h.dropped++
	fmt.Fprintf(h.errw, "mailtop: --exec not run for incident %s (%s): over %d a minute\n", c.ID, c.Event, hookRate)
}

func (h *hook) exec(c detect.Change) {
	in, err := json.Marshal(c)
	if err != nil {
		return
	}
	ctx, cancel := context.WithTimeout(h.ctx, hookTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/bin/sh", "-c", h.command)
	cmd.WaitDelay = time.Second
	cmd.Stdin = bytes.NewReader(append(in, '\n'))
	cmd.Stdout, cmd.Stderr = h.errw, h.errw
	if err := cmd.Run(); err != nil {
		fmt.Fprintf(h.errw, "mailtop: --exec %q for incident %s: %v\n", h.command, c.ID, err)
	}
}

// wait lets the last runs finish.
func (h *hook) wait() {
	close(h.queue)
	h.done.Wait()
}
