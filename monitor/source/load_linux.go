package source

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// hostLoaded says whether the host has more to do than it has cores, apart from what
// mailtop's own reading has added to the load of the last minute.
func hostLoaded(own float64) bool {
	var si unix.Sysinfo_t
	return unix.Sysinfo(&si) == nil && float64(si.Loads[0])/(1<<16)-own >= float64(runtime.NumCPU())
}
