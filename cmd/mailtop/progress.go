package main

import (
	"fmt"
	"io"
	"os"
	"time"

	"mailtop/monitor/source"
)

// progress is the line that tells, on a terminal, how far reading is. It comes when
// reading takes longer than a second and is wiped at the end.
type progress struct {
	stop, done chan struct{}
}

const (
	progressAfter = time.Second
	progressEvery = 250 * time.Millisecond
	wipeLine      = "\r\x1b[K"
)

// showProgress begins; hide ends it. tick paces it.
func showProgress(w io.Writer, status func() []source.Status, tick <-chan time.Time) *progress {
	p := &progress{stop: make(chan struct{}), done: make(chan struct{})}
	go func() {
		defer close(p.done)
		first := time.Time{}
		shown := false
		for {
			select {
			case <-p.stop:
				if shown {
					fmt.Fprint(w, wipeLine)
				}
				return
			case now := <-tick:
				if first.IsZero() {
					first = now.Add(-progressEvery)
				}
				if now.Sub(first) >= progressAfter {
					shown = true
					fmt.Fprint(w, wipeLine+progressText(source.Total(status())))
				}
			}
		}
	}()
	return p
}

// hide wipes the line. A nil progress shows nothing.
func (p *progress) hide() {
	if p != nil {
		close(p.stop)
		<-p.done
	}
}

// progressText is "reading 43%  310 MB/s  4 s left", as far as it is known. It holds
// no text from outside.
func progressText(t source.Status) string {
	text := "reading"
	if t.Size > 0 {
		text += fmt.Sprintf(" %d%%", min(99, 100*t.Read/t.Size))
	} else {
		text += " " + sizeText(float64(t.Bytes))
	}
	if t.Rate > 0 {
		text += "  " + sizeText(t.Rate) + "/s"
	}
	if t.Left > 0 {
		text += "  " + t.Left.Round(time.Second).String() + " left"
	}
	return text
}

func sizeText(n float64) string {
	switch {
	case n >= 10e9:
		return fmt.Sprintf("%.0f GB", n/1e9)
	case n >= 1e9:
		return fmt.Sprintf("%.1f GB", n/1e9)
	case n >= 1e6:
		return fmt.Sprintf("%.0f MB", n/1e6)
	}
	return fmt.Sprintf("%.0f kB", n/1e3)
}

// progressOf shows how far a feed is where a person would see it: standard error is
// a terminal, and the output either none or not written before the end.
func progressOf(fd *feed) *progress {
	if fd.follow || !isTerminal(os.Stderr) || !fd.late && isTerminal(os.Stdout) {
		return nil
	}
	tick := time.NewTicker(progressEvery) // as long as the process
	return showProgress(os.Stderr, fd.set.Status, tick.C)
}
