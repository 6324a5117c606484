package source

import (
	"sync"
	"sync/atomic"
	"time"
)

// Status is what a source has done so far.
type Status struct {
	Name string // the path of the live file, "-", "journal", ...
	Kind string // "file", "stdin", "journal", "docker", "ssh"

	Bytes     int64 // uncompressed bytes read
	Lines     int64 // records, blank ones included
	Skipped   int64 // bytes dropped: NUL bytes, the rest of over-long records
	TooLong   int64 // records cut at logparse.MaxRecord
	Torn      int64 // unfinished records dropped because the file was truncated
	Rotations int64 // changes of the file, truncations included
	Lost      int64 // times that records may have been lost
	Panics    int64 // records that made the parser panic: a defect of mailtop

	Read int64 // bytes of the files as stored, read so far; for a percentage
	Size int64 // bytes of the files as stored; 0 when unknown
	Lag  int64 // bytes written but not read yet

	Rate     float64       // uncompressed bytes a second, over the last ten
	LineRate float64       // records a second, over the last ten
	Left     time.Duration // until everything there was is read, at this rate; 0: unknown
	readRate float64       // stored bytes a second

	Live bool // has arrived at the end and follows
	Done bool // has ended

	LastEvent time.Time // stamp of the newest record
	LastErr   string    // why nothing is read at the moment; "" when all is well
}

// stats is the Status of a running source, written by its goroutines.
type stats struct {
	name, kind string

	bytes, lines, skipped, tooLong, torn, rotations, lost, panics atomic.Int64
	read, size, lag, lastEvent                                    atomic.Int64
	live, done                                                    atomic.Bool

	meter meter
	now   func() time.Time // nil: time.Now

	mu  sync.Mutex
	err string
}

// fail notes why the source cannot be read now; nil says that it can.
func (s *stats) fail(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.err = ""
	if err != nil {
		s.err = err.Error()
	}
}

// Status returns the counters as they are.
func (s *stats) Status() Status {
	s.mu.Lock()
	err := s.err
	s.mu.Unlock()
	st := Status{
		Name: s.name, Kind: s.kind,
		Bytes: s.bytes.Load(), Lines: s.lines.Load(), Skipped: s.skipped.Load(), TooLong: s.tooLong.Load(),
		Torn: s.torn.Load(), Rotations: s.rotations.Load(), Lost: s.lost.Load(), Panics: s.panics.Load(),
		Read: s.read.Load(), Size: s.size.Load(), Lag: s.lag.Load(),
		Live: s.live.Load(), Done: s.done.Load(), LastErr: err,
	}
	if t := s.lastEvent.Load(); t != 0 {
		st.LastEvent = time.Unix(0, t)
	}
	now := time.Now
	if s.now != nil {
		now = s.now
	}
	s.tick(now())
	s.rates(&st, now())
	return st
}
