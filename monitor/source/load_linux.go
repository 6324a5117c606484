package source

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// hostLoaded says whether the host has more to do than it has cores.
func hostLoaded() bool {
	var si unix.Sysinfo_t
	return unix.Sysinfo(&si) == nil && si.Loads[0]>>16 >= uint64(runtime.NumCPU())
}
