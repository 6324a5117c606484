package source

import (
	"context"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// On a loaded host one block is under way at a time, and all again when it calms.
func TestThrottle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var loaded atomic.Bool
		loaded.Store(true)
		o := Options{Workers: 4, loaded: func(float64) bool { return loaded.Load() }}.withDefaults()
		g := newThrottle(&o)
		var busy, most atomic.Int32
		run := func(n int) int32 {
			var all sync.WaitGroup
			most.Store(0)
			for range n {
				all.Go(func() {
					g.enter(t.Context())
					b := busy.Add(1)
					for m := most.Load(); b > m && !most.CompareAndSwap(m, b); m = most.Load() {
					}
					time.Sleep(100 * time.Millisecond) // of the bubble
					busy.Add(-1)
					g.leave()
				})
			}
			all.Wait()
			return most.Load()
		}
		if n := run(6); n != 1 {
			t.Errorf("loaded: %d at a time", n)
		}
		loaded.Store(false)
		time.Sleep(throttleLook)
		if n := run(6); n != 6 {
			t.Errorf("calm again: %d at a time", n)
		}
	})
}

// A block that is never given back stops nothing for ever, a done context nothing at all.
func TestThrottleNeverHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		o := Options{loaded: func(float64) bool { return true }}.withDefaults()
		g := newThrottle(&o)
		start := time.Now()
		g.enter(t.Context())
		g.enter(t.Context())
		if d := time.Since(start); d != throttleWait {
			t.Errorf("waited %v", d)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		g.enter(ctx)
		if d := time.Since(start); d != throttleWait {
			t.Errorf("waited %v after the end", d)
		}
	})
}

// The load that reading itself makes is not taken for that of the host.
func TestThrottleKnowsItsOwnLoad(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var own float64
		o := Options{Workers: 2, loaded: func(x float64) bool { own = x; return false }}.withDefaults()
		g := newThrottle(&o)
		for _, want := range []struct {
			after time.Duration
			own   float64
		}{{0, 0}, {60 * time.Second, 1.264}, {time.Hour, 2}} {
			time.Sleep(want.after)
			g.try(false)
			if own < want.own-.01 || own > want.own+.01 {
				t.Errorf("after %v: %.3f of its own", want.after, own)
			}
		}
	})
}

// Reading on a loaded host gives the same records: with blocks handed out by a
// merge, and compressed files inflated ahead.
func TestThrottledReading(t *testing.T) {
	path, want := zipSeries(t, 5000, ".3.gz", ".2.gz", ".1", "")
	second := logFile(t)
	write(t, second, text(want...))
	o := Options{Rotated: true, Workers: 2, Background: true, Poison: true, block: 32 << 10, record: 2000, loaded: func(float64) bool { return true }}
	set, err := Files(o, path, second)
	must(t, err)
	start := time.Now()
	got := readAll(t, set)
	if len(got) != 2*len(want) {
		t.Errorf("%d records, want %d", len(got), 2*len(want))
	}
	if d := time.Since(start); d > 20*time.Second {
		t.Errorf("took %v: blocks wait for each other", d)
	}
}

// niced counts the threads of the process that have the lowest priority, without the
// first one: the runtime cannot end that, and puts it to rest for good.
func niced(t *testing.T) (n int) {
	t.Helper()
	tasks, err := filepath.Glob("/proc/self/task/*/stat")
	must(t, err)
	for _, task := range tasks {
		if filepath.Base(filepath.Dir(task)) == strconv.Itoa(os.Getpid()) {
			continue
		}
		p, err := os.ReadFile(task)
		if err != nil {
			continue // it ended
		}
		_, rest, _ := strings.Cut(string(p), ") ")
		if f := strings.Fields(rest); len(f) > 16 {
			if nice, err := strconv.Atoi(f[16]); err == nil && nice == 19 {
				n++
			}
		}
	}
	return n
}

// What is past is read with the lowest priority, what comes then is not.
func TestPriority(t *testing.T) {
	path := logFile(t)
	gzipFile(t, writeRecs(t, path+".tmp", 0, 20000), path+".2.gz")
	must(t, os.Remove(path+".tmp"))
	writeRecs(t, path, 20000, 30000)
	out := make(chan *Batch)
	ctx, cancel := context.WithCancel(t.Context())
	h := newHand()
	src := newSeries(Options{Follow: true, Rotated: true, Background: true, Workers: 2, block: 32 << 10, record: 2000,
		loaded: func(float64) bool { return false }, Waker: func(string) Waker { return h }}, path, nil)
	before, past := niced(t), 0
	done := make(chan error)
	go func() { done <- src.Run(ctx, out) }()
	records := 0
	for b := range out {
		if n := niced(t) - before; b.Mark&Arrived == 0 {
			past = max(past, n)
		}
		records += len(b.Events)
		arrived := b.Mark&Arrived != 0
		b.Release()
		if arrived {
			break
		}
	}
	<-h.idle // everything handed out, the goroutines of the past have ended
	appendTo(t, path, text(recs(30000, 30010)...))
	h.walk <- struct{}{}
	b := <-out
	records += len(b.Events)
	b.Release()
	<-h.idle
	if past < 2 { // two workers, the reader and an inflater, of which one may be the first thread
		t.Errorf("%d threads of low priority while reading what is past", past)
	}
	for tries := 0; niced(t) > before; tries++ { // a thread takes a moment to end
		if tries == 1000 {
			t.Fatalf("%d threads of low priority after arrival", niced(t)-before)
		}
		h.walk <- struct{}{}
		<-h.idle
	}
	if records != 30010 {
		t.Errorf("%d records", records)
	}
	cancel()
	must(t, <-done)
}

func writeRecs(t *testing.T, path string, from, to int) string {
	t.Helper()
	write(t, path, text(recs(from, to)...))
	return path
}
