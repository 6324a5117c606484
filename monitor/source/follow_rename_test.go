package source

import (
	"os"
	"testing"
	"time"
)

// logrotate's create: rename, new file, and only then is the writer told to reopen.
func TestRotateRenameCreate(t *testing.T) {
	path := logFile(t)
	write(t, path, text(recs(0, 3)...))
	w := follow(t, path)
	w.wantNow(recs(0, 3)...)

	appendTo(t, path, text(rec(3)))
	must(t, os.Rename(path, path+".1"))
	w.want(rec(3))
	write(t, path, "")
	appendTo(t, path+".1", text(rec(4)))
	w.want(rec(4))
	appendTo(t, path+".1", text(rec(5)))
	appendTo(t, path, text(rec(6)))
	w.want(rec(5), rec(6))
	if st := w.src.Status(); st.Rotations != 1 {
		t.Errorf("%d rotations", st.Rotations)
	}
	if w.mark&Lossy != 0 {
		t.Error("said that records were lost")
	}
}

// A writer that never reopens is read on, as long as it writes at all.
func TestRotateLateWriter(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0)))
	w := follow(t, path)
	w.wantNow(rec(0))
	must(t, os.Rename(path, path+".1"))
	write(t, path, text(rec(1)))
	w.want(rec(1))
	for n := 2; n < 6; n++ {
		w.advance(grace - time.Second)
		appendTo(t, path+".1", text(rec(n)))
		w.want(rec(n))
	}
	appendTo(t, path+".1", rec(6)) // its newline never comes
	w.want()
	w.advance(grace)
	w.want(rec(6))
	w.want()
}

func TestRotateTwiceBetweenLooks(t *testing.T) {
	path := logFile(t)
	write(t, path+".1", text(recs(900, 903)...)) // from before: not asked for
	write(t, path, text(rec(0)))
	w := follow(t, path)
	w.wantNow(rec(0))

	must(t, os.Rename(path+".1", path+".2"))
	must(t, os.Rename(path, path+".1"))
	write(t, path, text(recs(1, 4)...))
	must(t, os.Rename(path+".2", path+".3"))
	must(t, os.Rename(path+".1", path+".2"))
	must(t, os.Rename(path, path+".1"))
	write(t, path, text(rec(4)))
	w.want(recs(1, 5)...)
}

func TestRotateRenamedBack(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0)))
	w := follow(t, path)
	w.wantNow(rec(0))
	must(t, os.Rename(path, path+".1"))
	write(t, path, text(rec(1)))
	w.want(rec(1))
	must(t, os.Rename(path, path+".x"))
	must(t, os.Rename(path+".1", path))
	appendTo(t, path, text(rec(2)))
	w.want(rec(2))
}

func TestRotateDateext(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0)))
	w := follow(t, path)
	w.wantNow(rec(0))
	must(t, os.Rename(path, path+"-20261122"))
	write(t, path, text(rec(1)))
	w.want(rec(1))
	must(t, os.Rename(path, path+"-20261123"))
	write(t, path, text(rec(2)))
	must(t, os.Rename(path, path+"-20261124"))
	write(t, path, text(rec(3)))
	w.want(rec(2), rec(3))
}

func TestRotateCompressedAtOnce(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0)))
	w := follow(t, path)
	w.wantNow(rec(0))
	appendTo(t, path, text(rec(1)))
	must(t, os.Rename(path, path+".1"))
	gzipFile(t, path+".1", path+".1.gz")
	must(t, os.Remove(path+".1"))
	write(t, path, text(rec(2)))
	w.want(rec(1), rec(2))
	// A whole generation was compressed before we looked.
	must(t, os.Rename(path+".1.gz", path+".3.gz"))
	must(t, os.Rename(path, path+".2"))
	write(t, path, text(rec(3)))
	gzipFile(t, path, path+".1.gz")
	must(t, os.Remove(path))
	write(t, path, text(rec(4)))
	w.want(rec(3), rec(4))
}
