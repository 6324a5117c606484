package source

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"strconv"
	"syscall"
)

// explain makes the error of opening path a clear line with the way out.
func explain(path string, err error) error {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("%s does not exist: %w", path, fs.ErrNotExist)
	case errors.Is(err, fs.ErrPermission):
		return fmt.Errorf("%s may not be read: %s: %w", path, permissionFix(path), fs.ErrPermission)
	}
	return err
}

// permissionFix names the group that may read path, where that suffices.
func permissionFix(path string) string {
	fi, err := os.Stat(path)
	if err != nil {
		return "a folder above it is closed to you; run as root"
	}
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return "run as root"
	}
	group := strconv.FormatUint(uint64(st.Gid), 10)
	if g, err := user.LookupGroupId(group); err == nil {
		group = g.Name
	}
	return permissionText(fi.Mode().Perm(), st.Gid, group, userName(), inGroup(st.Gid))
}

// permissionText is the way out for a file of this mode and group; member says that
// the reader is in the group already.
func permissionText(mode fs.FileMode, gid uint32, group, name string, member bool) string {
	switch {
	case mode&0o040 == 0 || gid == 0:
		return fmt.Sprintf("its mode is %v; run as root", mode)
	case member:
		return "the mode allows it, so SELinux or AppArmor forbids it; see: ausearch -m avc -ts recent; journalctl -k -g apparmor"
	}
	return fmt.Sprintf("join its group with: usermod -aG %s %s (then log in again), or run as root", group, name)
}

func inGroup(gid uint32) bool {
	gids, _ := os.Getgroups()
	for _, g := range append(gids, os.Getegid()) {
		if uint32(g) == gid {
			return true
		}
	}
	return false
}

func userName() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "USER"
}

// irregular says why a path that is no regular file is not read.
func irregular(path string, fi fs.FileInfo) error {
	if fi.IsDir() {
		return fmt.Errorf("%s is a directory; name the log file in it", path)
	}
	return fmt.Errorf("%s is no regular file (%v); to read a pipe use: mailtop - < %s", path, fi.Mode().Type(), path)
}
