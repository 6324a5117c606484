package source

import (
	"bytes"
	"os"
	"runtime"
	"strconv"
)

// hostLoaded says whether the host has more to do than it has cores, apart from what
// mailtop's own reading has added to the load of the last minute. That mean falls
// slowly: somebody else must be running now, too.
func hostLoaded(own float64) bool {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return false
	}
	ours := 1 // this thread
	if own > 0.05 {
		ours += runtime.GOMAXPROCS(0)
	}
	return loadedBy(text, own, ours, runtime.NumCPU())
}

// loadedBy judges the text of /proc/loadavg (proc(5)): "2.15 1.70 1.47 3/214 3575", of
// which the first is the mean of a minute and 3 the threads that run or want to.
func loadedBy(text []byte, own float64, ours, cores int) bool {
	f := bytes.Fields(text)
	if len(f) < 4 {
		return false
	}
	mean, err := strconv.ParseFloat(string(f[0]), 64)
	if err != nil || mean-own < float64(cores) {
		return false
	}
	now, _, _ := bytes.Cut(f[3], []byte{'/'})
	running, err := strconv.Atoi(string(now))
	return err != nil || running > ours
}
