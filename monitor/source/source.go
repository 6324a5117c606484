// Package source turns files, series of rotated files, compressed files, pipes
// and log daemons into ordered batches of parsed records.
//
// A record is a line of a log (RFC 3164, RFC 5424 or a program's own format). One
// goroutine a source reads; blocks of whole records are parsed by several workers
// and handed out in the order in which they were read, so that the result is that
// of one thread. Every record arrives once, through every kind of rotation.
package source

import (
	"context"
	"runtime"
	"time"

	"mailtop/logparse"
)

// Source yields batches. Run returns when the source has ended (nil), when ctx is
// done (nil) or when it cannot be read at all (an error that names the way out).
// It never closes out, and every batch it sends is owned by the receiver, who
// calls Release. Status may be called at any time from any goroutine.
type Source interface {
	Run(ctx context.Context, out chan<- *Batch) error
	Status() Status
}

// Options are shared by all kinds of sources. The zero value reads once, on all cores.
type Options struct {
	Follow  bool // go on at the end, through rotations
	Rotated bool // read the rotated files beside a live file as well

	Since, Until time.Time // records outside are not handed out; zero: no limit

	// Resume goes on where an earlier run stopped, by the name of the source.
	Resume map[string]Cursor

	// Parse fixes zone and MTA. A zero Ref is replaced by the file's modification
	// time, or by the time of reading for a file that is followed.
	Parse logparse.Options

	// Workers parse blocks at the same time; 0 is one a core.
	Workers int
	// Background reads what is past with the lowest priority for CPU and disk, and
	// on one core when the host is loaded.
	Background bool

	// Now is the clock; nil is time.Now.
	Now func() time.Time
	// Waker makes what tells a followed file to look again; nil is inotify with
	// polling behind it.
	Waker func(path string) Waker
	// Poison overwrites the memory of released batches, so that text that was kept
	// without a copy shows at once. For tests.
	Poison bool

	block, record int // sizes, for tests; 0 is blockSize, logparse.MaxRecord
	rest          func(context.Context, time.Duration) error
	loaded        func(own float64) bool
}

const (
	blockSize = 256 << 10
	grace     = 60 * time.Second // how long a rotated file is still read after its last growth
)

func (o Options) withDefaults() Options {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Waker == nil {
		o.Waker = newWaker
	}
	if o.block == 0 {
		o.block = blockSize
	}
	if o.record == 0 {
		o.record = logparse.MaxRecord
	}
	if o.rest == nil {
		o.rest = rest
	}
	if o.loaded == nil {
		o.loaded = hostLoaded
	}
	if o.Workers <= 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	return o
}
