package source

import (
	"runtime"

	"golang.org/x/sys/unix"
)

// ioprio_set(2): class idle, for one thread.
const (
	ioprioWhoProcess = 1
	ioprioIdle       = 3 << 13
)

// lowerPriority gives the calling goroutine a thread of its own with the lowest
// priority for CPU and disk. The thread ends with the goroutine: an unprivileged
// process cannot raise it again. Failure changes nothing that matters.
func lowerPriority() {
	runtime.LockOSThread()
	tid := unix.Gettid()
	_ = unix.Setpriority(unix.PRIO_PROCESS, tid, 19)
	_, _, _ = unix.Syscall(unix.SYS_IOPRIO_SET, ioprioWhoProcess, uintptr(tid), ioprioIdle)
}
