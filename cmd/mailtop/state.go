package main

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"maps"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"mailtop/logparse/clean"
	"mailtop/monitor/checkpoint"
	"mailtop/monitor/source"
)

// memory is what a command that prints knows of its earlier runs: up to where the
// logs were read, and what was said. It is saved after the output it is about has
// been written, so that a crash loses nothing and repeats at most what came last.
type memory struct {
	store   *checkpoint.Store
	name    string // of the reader
	r       checkpoint.Reader
	cursors map[string]source.Cursor // as the earlier run left them
	newest  map[string]time.Time
	fresh   bool // there was no earlier run
	errw    io.Writer
	said    bool      // that saving fails
	saved   time.Time // the last time
	dirty   bool      // since then
}

// stateFlag is --state of the commands that go on where they stopped.
func stateFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "state", "", "remember in this folder how far was read and what was printed, and go on there the next time")
}

// remember opens the memory of a command: in dir when it is named, else in the
// usual folder when own says so. A usual folder that cannot be used is no reason
// to stop.
func remember(name, dir string, own bool, errw io.Writer) (*memory, error) {
	if dir == "" && !own {
		return nil, nil
	}
	named := dir != ""
	dir = cmp.Or(dir, stateDir())
	if dir == "" {
		return nil, nil
	}
	st, err := checkpoint.Open(dir)
	switch {
	case err != nil && named:
		return nil, exitError{exitFailed, err}
	case err != nil:
		fmt.Fprintf(errw, "mailtop: %s; going on without a memory\n", clean.String(err.Error()))
		return nil, nil
	}
	m := &memory{store: st, name: name, errw: errw, r: st.State.Readers[name], cursors: map[string]source.Cursor{}, newest: map[string]time.Time{}}
	note := st.Note
	for src, text := range m.r.Cursors {
		var c source.Cursor
		if err := c.UnmarshalText([]byte(text)); err != nil {
			note = fmt.Sprintf("the place in %s is lost (%v)", src, err)
			continue
		}
		m.cursors[src] = c
	}
	maps.Copy(m.newest, m.r.Newest)
	m.fresh = len(m.r.Cursors)+len(m.r.Newest) == 0
	if note != "" {
		fmt.Fprintf(errw, "mailtop: %s\n", clean.String(note))
	}
	m.r.Cursors, m.r.Newest = copied(m.r.Cursors), copied(m.r.Newest)
	if m.r.Told == nil {
		m.r.Told = map[string]checkpoint.Told{}
	}
	return m, nil
}

// copied is a map of its own, never nil.
func copied[V any](m map[string]V) map[string]V {
	out := make(map[string]V, len(m))
	maps.Copy(out, m)
	return out
}

// resumeAt has o read on where the earlier run stopped. The usual depth must not
// hide what was written since.
func (m *memory) resumeAt(o *options, named bool, depth time.Duration) error {
	if m == nil || m.fresh {
		return nil
	}
	o.resume = m.cursors
	if named || o.since != "" {
		return nil
	}
	w, err := o.when()
	if err != nil {
		return err
	}
	from := w.now.Add(-depth)
	for _, t := range m.newest {
		if t = t.Add(-time.Hour); t.Before(from) {
			from = t
		}
	}
	o.since = from.Format(time.RFC3339Nano)
	return nil
}

// begin notes where the named files and the output begin, before the first record
// is printed: what is rotated away before the first save is found again.
func (m *memory) begin(files []string, set *source.Set, out io.Writer) {
	if !m.fresh {
		return
	}
	m.place(out, 0)
	list := set.Status()
	for i := range list {
		if list[i].Kind != "file" || len(files) != len(list) {
			continue
		}
		if text, err := source.Begin(list[i].Name).MarshalText(); err == nil && len(text) > 0 {
			m.r.Cursors[list[i].Name] = string(text)
			m.dirty = true
		}
	}
	m.save(time.Now())
}

// took notes that a batch was dealt with.
func (m *memory) took(b *source.Batch) {
	name := b.Origin.Source
	if c := b.Cursor(); !c.IsZero() {
		if text, err := c.MarshalText(); err == nil {
			m.r.Cursors[name] = string(text)
			m.dirty = true
		}
	}
	if n := len(b.Events); n > 0 && b.Events[n-1].Time != 0 {
		if t := time.Unix(0, b.Events[n-1].Time).UTC(); t.After(m.r.Newest[name]) {
			m.r.Newest[name] = t
			m.dirty = true
		}
	}
}

// wrote counts a line of output.
func (m *memory) wrote(line []byte) {
	h := sha256.New()
	io.WriteString(h, m.r.Output.Hash)
	h.Write(line)
	m.r.Output.Lines++
	m.r.Output.Hash = hex.EncodeToString(h.Sum(nil)[:16])
	m.dirty = true
}

// place notes where the output ends, when it is a file; ahead is what stands there
// of an earlier run and has not come again yet.
func (m *memory) place(out io.Writer, ahead int) {
	if at, ok := placeOf(out); ok {
		at.Size -= int64(ahead)
		at.Lines, at.Hash = m.r.Output.Lines, m.r.Output.Hash
		m.r.Output, m.dirty = at, true
	}
}

// save writes the memory down. When that fails it is said once, and again only
// after it has worked in between.
func (m *memory) save(now time.Time) {
	m.saved = now
	if !m.dirty {
		return
	}
	m.forget()
	if m.store.State.Readers == nil {
		m.store.State.Readers = map[string]checkpoint.Reader{}
	}
	m.store.State.Readers[m.name] = m.r
	err := m.store.Save(now)
	if err == nil {
		m.dirty, m.said = false, false
	} else if !m.said {
		m.said = true
		fmt.Fprintf(m.errw, "mailtop: %s; everything else goes on\n", clean.String(err.Error()))
	}
}

// maxTold bounds the incidents remembered; resolved ones go first, the oldest first.
const maxTold = 4000

func (m *memory) forget() {
	if len(m.r.Told) <= maxTold {
		return
	}
	keys := slices.SortedFunc(maps.Keys(m.r.Told), func(a, b string) int {
		x, y := m.r.Told[a], m.r.Told[b]
		if x.Open != y.Open {
			if y.Open {
				return -1
			}
			return 1
		}
		return cmp.Or(x.Updated.Compare(y.Updated), cmp.Compare(a, b))
	})
	for _, k := range keys[:len(keys)-maxTold*3/4] {
		delete(m.r.Told, k)
	}
}

// saveEvery is how often the memory is saved while output is written.
const saveEvery = time.Second

// close lets another mailtop write. What was not saved was not printed either.
func (m *memory) close() {
	if m != nil {
		m.store.Close()
	}
}

// gap tells of records that were lost between two runs, or under way.
func (m *memory) gap(ctx context.Context, b *source.Batch) {
	if b.Mark&source.Lossy == 0 || ctx.Err() != nil {
		return
	}
	name := b.Origin.Source
	from, to := "", ""
	if t, ok := m.r.Newest[name]; ok {
		from = " after " + t.Format(time.RFC3339)
	}
	if len(b.Events) > 0 {
		to = " before " + time.Unix(0, b.Events[0].Time).UTC().Format(time.RFC3339)
	}
	fmt.Fprintf(m.errw, "mailtop: %s: records%s%s may be missing: the file was taken away or cut off before it was read\n", clean.String(name), from, to)
}
