package checkpoint

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var noon = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func open(t *testing.T, dir string) *Store {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

func filled() State {
	return State{
		Readers: map[string]Reader{"events": {
			Seq: 7, Cursors: map[string]string{"/var/log/mail.log": "f1:1.2.3.aa.4"},
			Newest:  map[string]time.Time{"/var/log/mail.log": noon},
			Output:  Output{Lines: 9, Hash: "abc", Device: 1, Inode: 2, Size: 3},
			Told:    map[string]Told{"auth.spray ip 198.18.1.1": {ID: "x", Severity: "high", Open: true, Opened: noon, Updated: noon}},
			Pending: []json.RawMessage{json.RawMessage(`{"seq":7}`)},
		}},
		Parts: map[string]json.RawMessage{"tags": json.RawMessage(`{"own":["192.0.2.1"]}`)},
	}
}

// What is saved is there again, also what this version has no use for; no
// half-written file is left beside it.
func TestSaveAndOpen(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "a", "b")
	s := open(t, dir)
	if s.Note != "" || s.ReadOnly {
		t.Errorf("a new folder: %q, read only %v", s.Note, s.ReadOnly)
	}
	s.State = filled()
	for range 3 {
		if err := s.Save(noon); err != nil {
			t.Fatal(err)
		}
	}
	s.Close()
	again := open(t, dir)
	want := filled()
	want.Written = noon
	if diff := cmp.Diff(want, again.State); diff != "" || again.Note != "" {
		t.Errorf("note %q, state (-want +got):\n%s", again.Note, diff)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(names) != 2 {
		t.Errorf("files %v, %v", names, err)
	}
	if fi, err := os.Stat(filepath.Join(dir, fileName)); err != nil || fi.Mode().Perm() != 0o600 {
		t.Errorf("others may read it: %v, %v", fi.Mode(), err)
	}
}

// A second process reads what the first one wrote and writes nothing, until the
// first one is gone.
func TestOneWriter(t *testing.T) {
	dir := t.TempDir()
	first := open(t, dir)
	first.State = filled()
	if err := first.Save(noon); err != nil {
		t.Fatal(err)
	}
	second := open(t, dir)
	if !second.ReadOnly || !strings.Contains(second.Note, dir) || second.State.Readers["events"].Seq != 7 {
		t.Errorf("read only %v, note %q, %v", second.ReadOnly, second.Note, second.State)
	}
	second.State = State{}
	if err := second.Save(noon); err != nil {
		t.Error(err)
	}
	second.Close()
	first.Close()
	third := open(t, dir)
	if third.ReadOnly || third.State.Readers["events"].Seq != 7 {
		t.Errorf("read only %v, %v", third.ReadOnly, third.State)
	}
}

// A file that cannot be used is named, kept aside, and never stops the start.
func TestUnusable(t *testing.T) {
	st := filled()
	good, err := encode(&st)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ name, data, says string }{
		{"empty", "", "no checkpoint"},
		{"foreign", "hello\nworld\n", "no checkpoint"},
		{"cut", string(good[:len(good)-9]), "damaged"},
		{"one byte changed", strings.Replace(string(good), "events", "evemts", 1), "damaged"},
		{"of the future", strings.Replace(string(good), magic+" 1", magic+" 2", 1), `format "2"`},
		{"not JSON", magic + " 1 " + sum([]byte("[")) + "\n[", "damaged"},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			for i := range 12 { // also when it happens again and again
				if err := os.WriteFile(filepath.Join(dir, fileName), []byte(c.data), 0o600); err != nil {
					t.Fatal(err)
				}
				s := open(t, dir)
				if !strings.Contains(s.Note, c.says) || !strings.Contains(s.Note, "starting afresh") || s.State.Readers != nil {
					t.Fatalf("note %q, state %v", s.Note, s.State)
				}
				kept, err := os.ReadFile(filepath.Join(dir, "checkpoint.damaged"))
				if err != nil || string(kept) != c.data {
					t.Errorf("kept aside: %q, %v", kept, err)
				}
				if err := s.Save(noon); err != nil {
					t.Fatalf("round %d: %v", i, err)
				}
				s.Close()
			}
			names, _ := filepath.Glob(filepath.Join(dir, "*.damaged*"))
			if len(names) > 10 {
				t.Errorf("%d files kept aside", len(names))
			}
		})
	}
}

// Where nothing can be written it says why, and the old file stands.
func TestNoPlace(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(filepath.Join(file, "x")); err == nil || !strings.Contains(err.Error(), "--state") {
		t.Errorf("a folder below a file: %v", err)
	}
	s := open(t, filepath.Join(dir, "s"))
	s.State = filled()
	if err := s.Save(noon); err != nil {
		t.Fatal(err)
	}
	// the name of the new file is taken by a folder: as good as a full disk
	if err := os.Mkdir(filepath.Join(dir, "s", fileName+".new"), 0o700); err != nil {
		t.Fatal(err)
	}
	blocker := filepath.Join(dir, "s", fileName+".new", "x")
	if err := os.WriteFile(blocker, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	s.State.Readers = nil
	if err := s.Save(noon); err == nil || !strings.Contains(err.Error(), filepath.Join(dir, "s")) {
		t.Errorf("saving: %v", err)
	}
	s.Close()
	if again := open(t, filepath.Join(dir, "s")); again.State.Readers["events"].Seq != 7 {
		t.Error("the old checkpoint is gone")
	}
}

// Foreign bytes are refused or read, never half.
func FuzzDecode(f *testing.F) {
	st := filled()
	good, _ := encode(&st)
	f.Add(good)
	f.Add([]byte(magic + " 1 x\n{}"))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, data []byte) {
		st, err := decode(data)
		if err != nil {
			return
		}
		again, err := encode(&st)
		if err != nil {
			t.Fatal(err)
		}
		back, err := decode(again)
		if diff := cmp.Diff(st, back); err != nil || diff != "" {
			t.Errorf("%v\n%s", err, diff)
		}
	})
}
