//go:build e2e

package e2e

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
)

// patience is how long a test waits for something that a server or mailtop must
// do by itself; reaching it is a failure, so it costs nothing when all is well.
const patience = 45 * time.Second

// await reads file whenever it changes until ok is content, and gives the text.
func await(t *testing.T, file, what string, ok func(text string) bool) string {
	t.Helper()
	w, err := fsnotify.NewWatcher()
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	// The directory, so that a file that is replaced or not there yet is seen.
	if err := w.Add(filepath.Dir(file)); err != nil {
		t.Fatal(err)
	}
	deadline := time.After(patience)
	for {
		b, err := os.ReadFile(file)
		if err == nil && ok(string(b)) {
			return string(b)
		}
		select {
		case <-w.Events:
		case err := <-w.Errors:
			t.Fatal(err)
		case <-deadline:
			t.Fatalf("%s: not in %s after %v; its end:\n%s", what, filepath.Base(file), patience, tail(string(b), 3000))
		}
	}
}
