package source

import (
	"os"
	"runtime"
	"strconv"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// ioprio_set(2): class idle, for one thread.
const (
	ioprioWhoProcess = 1
	ioprioIdle       = 3 << 13
)

// lowest is set when the whole process has the lowest priority.
var lowest atomic.Bool

// LowerProcess gives all threads of the process the lowest priority for CPU and disk,
// those to come included: for a command that ends when everything is read. An
// unprivileged process cannot raise it again.
func LowerProcess() {
	for range 2 { // a thread may be made while the first look is under way
		tasks, err := os.ReadDir("/proc/self/task")
		if err != nil {
			return
		}
		for _, t := range tasks {
			if tid, err := strconv.Atoi(t.Name()); err == nil {
				lowerThread(tid)
			}
		}
	}
	lowest.Store(true)
}

// lowerPriority gives the calling goroutine a thread of its own with the lowest
// priority for CPU and disk. The thread ends with the goroutine. Failure changes
// nothing that matters.
func lowerPriority() {
	if lowest.Load() {
		return
	}
	runtime.LockOSThread()
	lowerThread(unix.Gettid())
}

func lowerThread(tid int) {
	_ = unix.Setpriority(unix.PRIO_PROCESS, tid, 19)
	_, _, _ = unix.Syscall(unix.SYS_IOPRIO_SET, ioprioWhoProcess, uintptr(tid), ioprioIdle)
}
