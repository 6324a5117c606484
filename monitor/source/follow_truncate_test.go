package source

import (
	"fmt"
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

// Where copytruncate has lost something, or may have, it is said.
func TestCopytruncateWindow(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0)))
	w := follow(t, path)
	w.wantNow(rec(0))
	// written after the copy, and seen before the truncation: who knows what else was
	copyFile(t, path, path+".1")
	appendTo(t, path, text(rec(1)))
	w.want(rec(1))
	must(t, os.Truncate(path, 0))
	appendTo(t, path, text(rec(2)))
	w.want(rec(2))
	if st := w.src.Status(); w.mark&Lossy == 0 || st.Lost != 1 {
		t.Errorf("a copy shorter than what was read: marks %b, lost %d", w.mark, st.Lost)
	}
	// copied while a record was being written
	w.mark = 0
	appendTo(t, path, text(rec(3))+rec(4)[:20])
	copyFile(t, path, path+".2")
	must(t, os.Truncate(path, 0))
	appendTo(t, path, text(rec(5)))
	w.want(rec(3), rec(4)[:20], rec(5))
	if st := w.src.Status(); w.mark&Lossy == 0 || st.Lost != 2 || st.Torn != 1 {
		t.Errorf("a copy that ends within a record: marks %b, lost %d, torn %d", w.mark, st.Lost, st.Torn)
	}
}

// Night after night with a writer that keeps its offset: each copy begins with the
// same hole, and is read once.
func TestCopytruncateHoles(t *testing.T) {
	path := logFile(t)
	f, err := os.Create(path)
	must(t, err)
	defer f.Close()
	put := func(lines ...string) {
		_, err := f.WriteString(text(lines...))
		must(t, err)
	}
	put(recs(0, 5)...)
	w := follow(t, path)
	w.wantNow(recs(0, 5)...)
	for night := 1; night < 5; night++ {
		put(rec(10*night), rec(10*night+1)) // not seen before the rotation
		for k := night; k > 1; k-- {
			must(t, os.Rename(fmt.Sprintf("%s.%d.gz", path, k-1), fmt.Sprintf("%s.%d.gz", path, k)))
		}
		gzipFile(t, path, path+".1.gz")
		must(t, os.Truncate(path, 0))
		put(rec(10*night + 2))
		w.want(recs(10*night, 10*night+3)...)
	}
	if st := w.src.Status(); w.mark&Lossy != 0 || st.Lost != 0 {
		t.Errorf("nothing was lost, marks %b, lost %d", w.mark, st.Lost)
	}
}

// Two files that begin alike, as far as the first one goes.
func TestYoungFileSaysNothing(t *testing.T) {
	path := logFile(t)
	write(t, path, text(recs(0, 3)...))
	w := follow(t, path)
	w.wantNow(recs(0, 3)...)
	must(t, os.Rename(path, path+".1"))
	write(t, path, rec(3)[:12]) // the beginning of any record
	w.want()
	appendTo(t, path, text(rec(3)[12:], rec(4)))
	copyFile(t, path, path+".2")
	must(t, os.Rename(path+".1", path+".3"))
	must(t, os.Truncate(path, 0))
	appendTo(t, path, text(rec(5)))
	w.want(rec(3), rec(4), rec(5))
}
