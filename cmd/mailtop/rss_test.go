package main

import (
	"os"
	"syscall"
)

// peakRSS is the largest resident size of an ended process in KiB (Linux).
func peakRSS(p *os.ProcessState) int64 {
	if u, ok := p.SysUsage().(*syscall.Rusage); ok {
		return int64(u.Maxrss)
	}
	return 0
}
