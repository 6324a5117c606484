package source

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestDeletedAndBack(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0)))
	w := follow(t, path)
	w.wantNow(rec(0))
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	must(t, err)
	defer f.Close()
	must(t, os.Remove(path))
	_, err = f.WriteString(text(rec(1))) // its writer goes on
	must(t, err)
	w.want(rec(1))
	if st := w.src.Status(); !strings.Contains(st.LastErr, "does not exist") {
		t.Errorf("LastErr %q", st.LastErr)
	}
	write(t, path, text(rec(2)))
	w.want(rec(2))
	if st := w.src.Status(); st.LastErr != "" {
		t.Errorf("LastErr %q", st.LastErr)
	}
}

func TestSymlinkSwap(t *testing.T) {
	dir := t.TempDir()
	a, b, link := filepath.Join(dir, "a"), filepath.Join(dir, "b"), filepath.Join(dir, "current")
	write(t, a, text(rec(0)))
	write(t, b, text(rec(1)))
	must(t, os.Symlink(a, link))
	w := follow(t, link)
	w.wantNow(rec(0))
	swap := func(to string) {
		must(t, os.Symlink(to, link+".new"))
		must(t, os.Rename(link+".new", link))
	}
	swap(b)
	w.want(rec(1))
	w.advance(grace)
	w.want()
	appendTo(t, a, text(rec(2)))
	swap(a)
	w.want(rec(2)) // and not what was read of it before
}

// Tests run as root may read anything, so the permission is lost by a folder that
// is no folder any more, and by a directory in the file's place.
func TestUnreadableAndBack(t *testing.T) {
	path := logFile(t)
	write(t, path, text(rec(0)))
	w := follow(t, path)
	w.wantNow(rec(0))
	must(t, os.Rename(path, path+".1"))
	must(t, os.Mkdir(path, 0o700))
	appendTo(t, path+".1", text(rec(1)))
	w.want(rec(1))
	if st := w.src.Status(); !strings.Contains(st.LastErr, "directory") {
		t.Errorf("LastErr %q", st.LastErr)
	}
	appendTo(t, path+".1", text(rec(2)))
	w.want(rec(2))
	must(t, os.Remove(path))
	write(t, path, text(rec(3)))
	w.want(rec(3))
	if st := w.src.Status(); st.LastErr != "" {
		t.Errorf("LastErr %q", st.LastErr)
	}
}
