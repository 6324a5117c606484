package source

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// zipSeries writes a series of which the files with .gz are compressed.
func zipSeries(t *testing.T, each int, names ...string) (path string, want []string) {
	t.Helper()
	path = logFile(t)
	for i, name := range names {
		lines := recs(i*each, (i+1)*each)
		want = append(want, lines...)
		p := []byte(text(lines...))
		if strings.HasSuffix(name, ".gz") {
			p = gzipped(t, p)
		}
		must(t, os.WriteFile(path+name, p, 0o600))
	}
	return path, want
}

// Several compressed files are inflated at the same time; what comes out is in the
// order of the series, whatever the number of cores.
func TestSeveralCompressed(t *testing.T) {
	path, want := zipSeries(t, 3000, ".9.gz", ".8.gz", ".7", ".6.gz", ".5.gz", ".4.gz", ".3.gz", ".2.gz", ".1.gz", "")
	for _, workers := range []int{1, 2, 3, 8} {
		set, err := Files(Options{Rotated: true, Workers: workers, Poison: true}, path)
		must(t, err)
		if d := cmp.Diff(want, readAll(t, set)); d != "" {
			t.Fatalf("%d workers (-want +got):\n%s", workers, d)
		}
		if st := set.Status()[0]; st.Read != st.Size || st.Lines != int64(len(want)) {
			t.Errorf("%d workers: %+v", workers, st)
		}
	}
}

// A damaged file in the middle: what stands before the damage is read, the file is
// named, and the files after it are read.
func TestDamagedAmongSeveral(t *testing.T) {
	path, _ := zipSeries(t, 30000, ".4.gz", ".3.gz", ".2.gz", ".1.gz", "")
	z, err := os.ReadFile(path + ".3.gz")
	must(t, err)
	must(t, os.WriteFile(path+".3.gz", z[:len(z)/2], 0o600))
	set, err := Files(Options{Rotated: true, Workers: 4}, path)
	must(t, err)
	out, errs := make(chan *Batch, 9), make(chan error, 1)
	go func() { errs <- set.Run(t.Context(), out); close(out) }()
	counts := map[string]int{}
	for b := range out {
		for i := range b.Events {
			name := filepath.Base(b.Origin.Path)
			r := string(b.Record(b.Events[i].Pos))
			if !strings.HasSuffix(name, ".3.gz") && !strings.Contains(r, ": record ") {
				t.Fatalf("%s holds %q", name, r)
			}
			counts[name]++
		}
		b.Release()
	}
	if err := <-errs; err == nil || !strings.Contains(err.Error(), "mail.log.3.gz is damaged or cut off") {
		t.Errorf("error %v", err)
	}
	if n := counts["mail.log.3.gz"]; n < 1000 || n >= 30000 {
		t.Errorf("%d records before the damage", n)
	}
	delete(counts, "mail.log.3.gz")
	if d := cmp.Diff(map[string]int{"mail.log.4.gz": 30000, "mail.log.2.gz": 30000, "mail.log.1.gz": 30000, "mail.log": 30000}, counts); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
	if st := set.Status()[0]; st.Lost != 1 || !strings.Contains(st.LastErr, "mail.log.3.gz") {
		t.Errorf("%+v", st)
	}
}

// What waits is packed and bounded, however large the file: inflating stops until
// the file's turn comes.
func TestAheadIsBounded(t *testing.T) {
	p := []byte(text(recs(0, 60000)...))
	path := filepath.Join(t.TempDir(), "x.gz")
	must(t, os.WriteFile(path, gzipped(t, p), 0o600))
	o := Options{}.withDefaults()
	g, err := openGen("", path, 0, newPool(o), &o)
	must(t, err)
	defer g.close()
	const limit = 64 << 10
	a := newAhead(t.Context(), g, nil, limit)
	g.in = a
	stopped := make(chan struct{})
	go func() { a.run(0, false); close(stopped) }()
	a.mu.Lock()
	for a.kept < limit && a.end == nil {
		a.moved.Wait()
	}
	kept, end := a.kept, a.end
	a.mu.Unlock()
	if end != nil || kept > limit+aheadChunk {
		t.Errorf("%d bytes kept, %v", kept, end)
	}
	got, err := io.ReadAll(a)
	must(t, err)
	if !bytes.Equal(got, p) {
		t.Errorf("%d bytes, want %d", len(got), len(p))
	}
	<-stopped
	if a.kept != 0 || len(a.spare) > aheadRaw+2 {
		t.Errorf("%d bytes kept, %d buffers at the end", a.kept, len(a.spare))
	}
}

// Closing a file that is being inflated ahead ends that.
func TestAheadIsClosed(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.gz")
	must(t, os.WriteFile(path, gzipped(t, []byte(text(recs(0, 100000)...))), 0o600))
	o := Options{}.withDefaults()
	for range 20 {
		g, err := openGen("", path, 0, newPool(o), &o)
		must(t, err)
		a := newAhead(t.Context(), g, nil, 1)
		g.in = a
		stopped := make(chan struct{})
		go func() { a.run(0, false); close(stopped) }()
		g.close()
		<-stopped
	}
}

// A place in a compressed file beyond its end is said, not waited for.
func TestAheadBeyondTheEnd(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.gz")
	must(t, os.WriteFile(path, gzipped(t, []byte(text(recs(0, 10)...))), 0o600))
	o := Options{}.withDefaults()
	g, err := openGen("", path, 0, newPool(o), &o)
	must(t, err)
	defer g.close()
	a := newAhead(t.Context(), g, nil, 1)
	g.in = a
	go a.run(1<<30, false)
	if _, err := io.ReadAll(a); err == nil || !strings.Contains(err.Error(), "before 1073741824") {
		t.Errorf("%v", err)
	}
}
