package source

import (
	"errors"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// local says whether inotify sees every write in dir: on a network or user-space
// file system another host's writes go unnoticed.
func local(dir string) bool {
	var st unix.Statfs_t
	if unix.Statfs(dir, &st) != nil {
		return true // absent: the poll behind inotify will find it
	}
	switch uint32(st.Type) {
	case unix.NFS_SUPER_MAGIC, unix.SMB_SUPER_MAGIC, unix.SMB2_SUPER_MAGIC, unix.CIFS_SUPER_MAGIC,
		unix.FUSE_SUPER_MAGIC, unix.V9FS_MAGIC, unix.CEPH_SUPER_MAGIC, unix.AFS_SUPER_MAGIC, unix.CODA_SUPER_MAGIC:
		return false
	}
	return true
}

// dataFrom is where the first bytes are that a sparse file stores; maxHole when it
// stores none. f is left at its start.
func dataFrom(f *os.File) int64 {
	at, err := f.Seek(0, unix.SEEK_DATA)
	if _, bad := f.Seek(0, io.SeekStart); bad != nil || err != nil && !errors.Is(err, unix.ENXIO) {
		return 0
	}
	if err != nil {
		return maxHole
	}
	return at
}
