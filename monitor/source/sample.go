package source

import (
	"bytes"
	"hash/maphash"
	"io"
	"math"
	"os"
	"time"

	"mailtop/logparse"
)

// sample is what the end of a log holds of mail: enough to say whether two logs
// hold the same records, and how new they are.
type sample struct {
	seed           maphash.Seed
	records        map[sampled]int
	oldest, newest int64 // seconds
	mail           int   // records of mail software
}

// sampled is a record: the hash of its message, and the second.
type sampled struct {
	hash uint64
	sec  int64
}

// How much of the end of a log is looked at; mail may be rare in a system's log.
const (
	sampleBytes = 256 << 10
	mixedBytes  = 2 << 20
)

// Two daemons stamp the same record within this.
const sampleSlack = 2

func newSample(seed maphash.Seed) *sample {
	return &sample{seed: seed, records: make(map[sampled]int), oldest: math.MaxInt64}
}

// readEnd takes the records of the last n bytes of a plain file.
func (s *sample) readEnd(path string, n int64) {
	f, err := os.Open(path)
	if err != nil {
		return
	}
	defer f.Close()
	fi, err := f.Stat()
	if err != nil {
		return
	}
	from := max(fi.Size()-n, 0)
	p, _ := io.ReadAll(io.NewSectionReader(f, from, n))
	if from > 0 {
		_, p, _ = bytes.Cut(p, []byte{'\n'})
	}
	s.read(p, fi.ModTime())
}

// read takes the records of p; ref dates stamps without a year.
func (s *sample) read(p []byte, ref time.Time) {
	parser := logparse.New(logparse.Options{Ref: ref, Loc: time.Local})
	b := logparse.Block{Buf: p}
	for at := 0; at < len(p); {
		end := len(p)
		if i := bytes.IndexByte(p[at:], '\n'); i >= 0 {
			end = at + i
		}
		if end-at <= logparse.MaxRecord {
			parser.Parse(&b, at, end, func(e *logparse.Event) { s.add(e, &b) })
		}
		b.Arena = b.Arena[:0]
		at = end + 1
	}
}

func (s *sample) add(e *logparse.Event, b *logparse.Block) {
	if !ofMail(e) {
		return
	}
	s.mail++
	if e.Time == 0 {
		return
	}
	sec := e.Time / 1e9
	s.oldest, s.newest = min(s.oldest, sec), max(s.newest, sec)
	s.records[sampled{maphash.Bytes(s.seed, e.Bytes(b, e.Text)), sec}]++
}

// holds says that s has the records of o: nearly all of those that fall into the
// time that s spans. Logs whose times do not meet say nothing about one another.
func (s *sample) holds(o *sample) bool {
	met, found := 0, 0
	for r, n := range o.records {
		if r.sec < s.oldest || r.sec > s.newest {
			continue
		}
		met += n
		if s.near(r) {
			found += n
		}
	}
	return met > 0 && 10*found >= 9*met
}

func (s *sample) near(r sampled) bool {
	for sec := r.sec - sampleSlack; sec <= r.sec+sampleSlack; sec++ {
		if s.records[sampled{r.hash, sec}] > 0 {
			return true
		}
	}
	return false
}
