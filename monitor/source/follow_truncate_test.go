package source

import (
	"os"
	"strings"
	"testing"
)

func copyFile(t testing.TB, from, to string) {
	t.Helper()
	b, err := os.ReadFile(from)
	must(t, err)
	must(t, os.WriteFile(to, b, 0o600))
}

func TestCopytruncate(t *testing.T) {
	path := logFile(t)
	write(t, path, text(recs(0, 3)...)+rec(3)[:10])
	w := follow(t, path)
	w.wantNow(recs(0, 3)...)
	appendTo(t, path, text(rec(3)[10:], rec(4)))
	copyFile(t, path, path+".1")
	must(t, os.Truncate(path, 0))
	appendTo(t, path, text(rec(5)))
	w.want(rec(3), rec(4), rec(5))
	if w.mark&Lossy != 0 || w.mark&Rotated == 0 {
		t.Errorf("marks %b: nothing was lost, the file was rotated", w.mark)
	}
}

// The file has grown beyond the old offset again before we look.
func TestCopytruncateRegrown(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0)))
	w := follow(t, path)
	w.wantNow(rec(0))
	appendTo(t, path, text(rec(1)))
	copyFile(t, path, path+".1")
	must(t, os.Truncate(path, 0))
	appendTo(t, path, text(recs(2, 20)...))
	w.want(recs(1, 20)...)
}

func TestCopytruncateTwiceAndCompressed(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0)))
	w := follow(t, path)
	w.wantNow(rec(0))
	appendTo(t, path, text(rec(1)))
	gzipFile(t, path, path+".2.gz")
	must(t, os.Truncate(path, 0))
	appendTo(t, path, text(recs(2, 4)...))
	copyFile(t, path, path+".1")
	must(t, os.Truncate(path, 0))
	appendTo(t, path, text(rec(4)))
	w.want(recs(1, 5)...)
}

// A writer that keeps its own offset leaves a hole at the head.
func TestCopytruncateHole(t *testing.T) {
	path := logFile(t)
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	_, err = f.WriteString(text(recs(0, 5)...))
	must(t, err)
	w := follow(t, path)
	w.wantNow(recs(0, 5)...)
	copyFile(t, path, path+".1")
	must(t, os.Truncate(path, 0))
	_, err = f.WriteString(text(rec(5)))
	must(t, err)
	w.want(rec(5))
	_, err = f.WriteString(text(rec(6)))
	must(t, err)
	w.want(rec(6))
	if st := w.src.Status(); st.Skipped != int64(len(text(recs(0, 5)...))) {
		t.Errorf("skipped %d NUL bytes", st.Skipped)
	}
}

func TestTruncateInPlace(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0))+rec(1)[:30])
	w := follow(t, path)
	w.wantNow(rec(0))
	write(t, path, text(rec(2)))
	w.want(rec(2))
	st := w.src.Status()
	if w.mark&Lossy == 0 || st.Lost != 1 || st.Torn != 1 {
		t.Errorf("a torn record is gone: marks %b, lost %d, torn %d", w.mark, st.Lost, st.Torn)
	}
	must(t, os.Truncate(path, 0))
	w.want()
	appendTo(t, path, text(rec(3)))
	w.want(rec(3))
}

// Same size as before, other content.
func TestTruncateSameSize(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(1)))
	w := follow(t, path)
	w.wantNow(rec(1))
	if len(rec(1)) != len(rec(2)) {
		t.Fatal("lengths differ")
	}
	write(t, path, text(rec(2)))
	w.want(rec(2))
	write(t, path, strings.Replace(text(rec(2)), "mx1", "mx2", 1))
	w.want(strings.Replace(rec(2), "mx1", "mx2", 1))
}
