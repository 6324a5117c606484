package source

import (
	"bytes"
	"github.com/google/go-cmp/cmp"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/klauspost/compress/gzip"
)

func gzipped(t testing.TB, p []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	_, err := z.Write(p)
	must(t, err)
	must(t, z.Close())
	return b.Bytes()
}

func gzipFile(t testing.TB, from, to string) {
	t.Helper()
	f, err := os.Open(from)
	must(t, err)
	defer f.Close()
	p, err := io.ReadAll(f)
	must(t, err)
	must(t, os.WriteFile(to, gzipped(t, p), 0o600))
}

// testdata/long.log.* hold the same 2000 records, made by: gzip, zstd -3, xz, bzip2.
// Their names lie on purpose in the last case.
func TestCompressedFormats(t *testing.T) {
	want := recs(0, 2000)
	for _, name := range []string{"long.log.gz", "long.log.zst", "long.log.xz", "long.log.bz2"} {
		p, err := os.ReadFile(filepath.Join("testdata", name))
		must(t, err)
		for _, as := range []string{name, "mail.log", "mail.log.gz"} {
			path := filepath.Join(t.TempDir(), as)
			write(t, path, string(p))
			set, err := Files(Options{Workers: 2}, path)
			must(t, err)
			if d := cmp.Diff(want, readAll(t, set)); d != "" {
				t.Fatalf("%s as %s (-want +got):\n%s", name, as, d)
			}
			if st := set.Status()[0]; st.Read != st.Size || st.Size != int64(len(p)) {
				t.Errorf("%s: read %d of %d", name, st.Read, st.Size)
			}
		}
	}
}

// Several members in one file are what appending to a .gz gives.
func TestGzipMembers(t *testing.T) {
	path := logFile(t) + ".gz"
	write(t, path, string(gzipped(t, []byte(text(rec(0)))))+string(gzipped(t, []byte(text(rec(1))))))
	set, err := Files(Options{}, path)
	must(t, err)
	if d := cmp.Diff(recs(0, 2), readAll(t, set)); d != "" {
		t.Error(d)
	}
}

// What a damaged file still yields is handed out, then the error names it.
func TestDamagedGzip(t *testing.T) {
	path := logFile(t) + ".gz"
	z := gzipped(t, []byte(text(recs(0, 50000)...)))
	write(t, path, string(z[:len(z)/2]))
	set, err := Files(Options{}, path)
	must(t, err)
	out, n := make(chan *Batch), 0
	errs := make(chan error, 1)
	go func() { errs <- set.Run(t.Context(), out); close(out) }()
	for b := range out {
		for i := range b.Events {
			if got := string(b.Record(b.Events[i].Pos)); got != rec(n) && n < 20000 {
				t.Fatalf("record %d: %q", n, got)
			}
			n++
		}
		b.Release()
	}
	if err := <-errs; err == nil || !strings.Contains(err.Error(), path+" is damaged or cut off") {
		t.Errorf("error %v", err)
	}
	if n < 20000 || set.Status()[0].Lost != 1 {
		t.Errorf("%d records, status %+v", n, set.Status()[0])
	}
}

// One file that cannot be read does not hide the others.
func TestDamagedFileOfASeries(t *testing.T) {
	path := logFile(t)
	write(t, path+".2.gz", "\x1f\x8bno gzip at all")
	write(t, path+".1", text(recs(0, 5)...))
	write(t, path, text(recs(5, 9)...))
	set, err := Files(Options{Rotated: true}, path)
	must(t, err)
	out, errs := make(chan *Batch, 9), make(chan error, 1)
	go func() { errs <- set.Run(t.Context(), out); close(out) }()
	var got []string
	for b := range out {
		for i := range b.Events {
			got = append(got, string(b.Record(b.Events[i].Pos)))
		}
		b.Release()
	}
	if d := cmp.Diff(recs(0, 9), got); d != "" {
		t.Error(d)
	}
	if err := <-errs; err == nil || !strings.Contains(err.Error(), ".2.gz is damaged") {
		t.Errorf("error %v", err)
	}
}

func TestRotatedSeriesOldestFirst(t *testing.T) {
	path := logFile(t)
	write(t, path+".tmp", text(recs(0, 10)...))
	gzipFile(t, path+".tmp", path+".12.gz")
	write(t, path+".2", text(recs(10, 20)...))
	write(t, path+".1", text(recs(20, 30)...))
	gzipFile(t, path+".1", path+".1.gz") // compression is under way
	write(t, path, text(recs(30, 40)...))
	set, err := Files(Options{Rotated: true}, path)
	must(t, err)
	if d := cmp.Diff(recs(0, 40), readAll(t, set)); d != "" {
		t.Error(d)
	}
	w := follow(t, path, func(o *Options) { o.Rotated = true })
	w.wantNow(recs(0, 40)...)
	appendTo(t, path, text(rec(40)))
	w.want(rec(40))
}
