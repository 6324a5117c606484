package source

import (
	"errors"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

const mailLine = "2026-11-22T03:00:00.000000+00:00 mx1 postfix/smtpd[1]: connect from unknown[192.0.2.1]\n"
const otherLine = "2026-11-22T03:00:00.000000+00:00 mx1 kubelet[1]: nothing to see here\n"

func TestCheck(t *testing.T) {
	dir := t.TempDir()
	zip := string(gzipped(t, []byte(mailLine)))
	for _, c := range []struct {
		name, content string
		want          error
		say           string
	}{
		{"good", mailLine, nil, ""},
		{"gz", zip, nil, ""},
		{"hole", strings.Repeat("\x00", 3000) + mailLine, nil, ""},
		{"late", strings.Repeat(otherLine, 4000) + mailLine, nil, ""},
		{"hostile", mailLine + "2026-11-22T03:00:00Z mx1 postfix/smtpd[1]: warning: \x1b[2J\x01\x02\n", nil, ""},
		{"empty", "", ErrEmpty, "is empty"},
		{"other", strings.Repeat(otherLine, 4000), ErrForeign, "mailtop doctor"},
		{"prose", "Dear reader,\nthis is no log.\n", ErrForeign, "no line of a mail server"},
		{"elf", "\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x03\x00\x3e\x00", ErrBinary, "is not text"},
		{"journal", "LPKSHHRH\x00\x00\x00\x00", ErrBinary, "journalctl -o json --file"},
		{"cutgz", zip[:15], nil, "damaged or cut off"},
	} {
		path := filepath.Join(dir, c.name)
		write(t, path, c.content)
		err := Check(path)
		if c.want == nil && c.say == "" {
			if err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			continue
		}
		if err == nil || c.want != nil && !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.say) ||
			!strings.Contains(err.Error(), path) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want %v with %q and the path in one line", c.name, err, c.want, c.say)
		}
	}
	if err := Check(dir); err == nil || !strings.Contains(err.Error(), "is a directory") {
		t.Errorf("directory: %v", err)
	}
	if err := Check(filepath.Join(dir, "none")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("missing: %v", err)
	}
}
