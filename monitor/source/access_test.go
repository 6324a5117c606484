package source

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// groupNames are the groups of the hosts below.
func groupNames(gid string) string {
	return map[string]string{"0": "root", "4": "adm", "100": "users", "110": "Debian-exim"}[gid]
}

// Which gate is shut, and what opens it for whom. The file is never opened: root
// runs these tests and is refused nothing.
func TestDenied(t *testing.T) {
	debian := []gate{{"/", 0o755, 0, 0, 1}, {"/var/log", 0o775, 0, 4, 1}, {"/var/log/mail.log", 0o640, 0, 4, 4}}
	exim := []gate{{"/", 0o755, 0, 0, 1}, {"/var/log/exim4", 0o750, 110, 4, 1}}
	mixed := []gate{{"/var/log/exim4", 0o750, 0, 110, 1}, {"/var/log/exim4/mainlog", 0o640, 110, 4, 4}}
	rhel := []gate{{"/var/log/maillog", 0o600, 0, 0, 4}}
	own := []gate{{"/var/log/maillog", 0o040, 1000, 4, 4}}
	open := []gate{{"/var/log/mail.log", 0o644, 0, 4, 4}}
	for _, c := range []struct {
		name   string
		reader Reader
		gates  []gate
		files  map[string]string // below the root: what the kernel says
		want   string
		not    string
	}{
		{"a group suffices", Reader{Name: "bob", UID: 1000}, debian, nil, "/var/log/mail.log may not be read: its mode is -rw-r-----, of group adm; join the group adm, then log in again: usermod -aG adm bob", "root"},
		{"the folder is shut", Reader{Name: "bob", UID: 1000}, exim, nil, "/var/log/exim4 may not be read: the folder /var/log/exim4 is drwxr-x--- of group adm; join the group adm", ""},
		{"two groups", Reader{Name: "bob", UID: 1000}, mixed, nil, "usermod -aG Debian-exim,adm bob", ""},
		{"root's own", Reader{Name: "bob", UID: 1000}, rhel, nil, "run as root: sudo mailtop", "usermod"},
		{"joined a moment ago", Reader{Name: "bob", UID: 1000, Listed: []uint32{4}}, debian, nil, "log in again", "usermod"},
		{"the owner's own bits shut him out", Reader{Name: "bob", UID: 1000, Groups: []uint32{4}}, own, nil, "sudo", "usermod"},
		{"a name that no command may hold", Reader{Name: "bob;reboot", UID: 1000}, debian, nil, "join the group adm", "reboot"},
		{"nothing is known of the user", Reader{UID: 1000}, debian, nil, "join the group adm", "usermod"},
		{"a member is refused, SELinux", Reader{Name: "bob", UID: 1000, Groups: []uint32{4}}, debian, map[string]string{"/sys/fs/selinux/enforce": "1"}, "ausearch -m avc -ts recent -c mailtop; see the label of the file: ls -Z /var/log/mail.log", "usermod"},
		{"SELinux permits", Reader{Name: "bob", UID: 1000, Groups: []uint32{4}}, debian, map[string]string{"/sys/fs/selinux/enforce": "0"}, "getfacl /var/log/mail.log", "SELinux"},
		{"root is refused, AppArmor", Reader{Name: "root"}, rhel, map[string]string{"/sys/module/apparmor/parameters/enabled": "Y\n", "/proc/self/attr/current": "/usr/bin/mailtop (enforce)\n"}, "journalctl -k -g apparmor; see the profiles: aa-status", "usermod"},
		{"not confined", Reader{Name: "bob", UID: 1000}, open, map[string]string{"/sys/module/apparmor/parameters/enabled": "Y\n", "/proc/self/attr/current": "unconfined\n"}, "namei -l /var/log/mail.log", "AppArmor"},
	} {
		t.Run(c.name, func(t *testing.T) {
			h := Host{Root: t.TempDir(), Reader: &c.reader, Group: groupNames}
			layOut(t, h.Root, c.files)
			path := c.gates[len(c.gates)-1].path
			got := h.judge(path, c.gates)
			if s := got.Error(); !strings.Contains(s, c.want) || c.not != "" && strings.Contains(s, c.not) || strings.Contains(s, "\n") {
				t.Errorf("%s\nwant %q, not %q", s, c.want, c.not)
			}
			if !errors.Is(got, fs.ErrPermission) {
				t.Error("is no fs.ErrPermission")
			}
		})
	}
}

// The gates are what the file system says they are.
func TestGates(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "exim4")
	must(t, os.Mkdir(dir, 0o750))
	path := filepath.Join(dir, "mainlog")
	write(t, path, mailLine)
	must(t, os.Chmod(path, 0o640))
	list := gates(path)
	if len(list) < 3 || list[0].path != "/" || list[0].need != 1 {
		t.Fatalf("%+v", list)
	}
	folder, file := list[len(list)-2], list[len(list)-1]
	if folder.path != dir || folder.mode != 0o750 || folder.need != 1 || file.path != path || file.mode != 0o640 || file.need != 4 {
		t.Errorf("%+v %+v", folder, file)
	}
}

// A word of a command needs no quotes and is no option.
func TestSlot(t *testing.T) {
	for value, want := range map[string]bool{
		"bob": true, "/var/log/mail.log": true, "j.doe@example.net": true, "adm,wheel": true,
		"": false, "-rf": false, "a b": false, "a;b": false, "$(id)": false, "a\nb": false, "é": false, "a'b": false, "*": false, "~bob": false,
		strings.Repeat("a", 256): false,
	} {
		if _, ok := Slot(value); ok != want {
			t.Errorf("Slot(%q) ok %v, want %v", value, ok, want)
		}
	}
}
