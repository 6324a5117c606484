package logparse

// parseKernel reads the kernel's lines that matter to a mail host: SYN floods on a
// port, connection tracking that is full, processes killed for memory, file
// systems and disks that fail. The stamp that printk adds ("[12345.678901] ") is
// skipped. Names of processes are the only words in it that a local user chooses.
func parseKernel(r *record) bool {
	s := skipPrintk(r.msg())
	if i := index(s, "ossible SYN flooding on port "); i > 0 {
		return r.synFlood(s, i-1)
	}
	if rest, ok := oomKilled(s); ok {
		return r.oom(s, rest)
	}
	return r.templated(s, kernelNotes[:])
}

// skipPrintk takes "[12345.678901] " off.
func skipPrintk(s []byte) []byte {
	if len(s) > 2 && s[0] == '[' {
		if _, rest, ok := leadFloat(trimLeft(s[1:])); ok && hasPrefix(rest, "] ") {
			return rest[2:]
		}
	}
	return s
}

// synFlood reads "TCP: [request_sock_TCP: ]Possible SYN flooding on port 25. Sending
// cookies.", from Linux 6.2 on with the address: "on port 0.0.0.0:25.",
// "on port [::]:25.".
func (r *record) synFlood(s []byte, at int) bool {
	text := s[at:]
	port := text[len("Possible SYN flooding on port "):]
	port, _ = word(port)
	port, _ = cutSuffix(port, ".")
	if _, p, ok := cutLast(port, ":"); ok {
		port = p
	}
	n, ok := parsePort(port)
	if !ok {
		return false
	}
	r.ev.LocalPort = n
	r.ev.ClassText = r.sub(text[len("Possible "):len("Possible SYN flooding")])
	r.ev.Limit, r.ev.Reply = r.ev.ClassText, r.sub(s)
	return r.sendKind(KindRateLimit, ClassText)
}

// oomKilled finds "Killed process 123 (name) ..." of the out-of-memory killer.
func oomKilled(s []byte) (rest []byte, ok bool) {
	if !hasPrefix(s, "Out of memory: ") && !hasPrefix(s, "Memory cgroup out of memory: ") {
		return nil, false
	}
	_, rest, ok = cut(s, "Kill")
	if !ok {
		return nil, false
	}
	_, rest, ok = cut(rest, "process ")
	return rest, ok
}

func (r *record) oom(s, rest []byte) bool {
	_, rest, ok := leadUint(rest)
	name, ok2 := cutPrefix(rest, " (")
	if !ok || !ok2 {
		return false
	}
	name, _, _ = cutByte(name, ')')
	name, _, _ = cutByte(name, ',')
	r.ev.Service, r.ev.Reply = r.sub(name), r.sub(s)
	return r.sendKind(KindProcess, ClassFatal)
}

var kernelNotes = [...]note{
	{"nf_conntrack: ", "table full, dropping packet", KindRateLimit, ClassOther},
	{"ip_conntrack: ", "table full, dropping packet", KindRateLimit, ClassOther},
	{"TCP: too many orphaned sockets", "", KindRateLimit, ClassOther},
	{"TCP: out of memory -- consider tuning tcp_mem", "", KindProcess, ClassError},
	{"TCP: ", "dropping request", KindRateLimit, ClassOther},
	{"VFS: file-max limit ", " reached", KindProcess, ClassError},
	{"EXT4-fs error (device ", "", KindProcess, ClassError},
	{"EXT4-fs warning (device ", "", KindProcess, ClassWarning},
	{"EXT4-fs (", "): Remounting filesystem read-only", KindProcess, ClassFatal},
	{"EXT4-fs (", "): Delayed block allocation failed", KindProcess, ClassError},
	{"EXT4-fs (", "): mounted filesystem", KindOther, ClassNone},
	{"EXT4-fs (", "): re-mounted", KindOther, ClassNone},
	{"EXT4-fs (", "): error count since last fsck: ", KindProcess, ClassWarning},
	{"EXT3-fs error (device ", "", KindProcess, ClassError},
	{"XFS (", "): metadata I/O error", KindProcess, ClassError},
	{"XFS (", "): Corruption ", KindProcess, ClassFatal},
	{"XFS (", "): Metadata corruption detected", KindProcess, ClassFatal},
	{"XFS (", "): xfs_do_force_shutdown", KindProcess, ClassFatal},
	{"XFS (", "): Filesystem has been shut down", KindProcess, ClassFatal},
	{"XFS (", "): log I/O error", KindProcess, ClassFatal},
	{"XFS (", "): Mounting ", KindOther, ClassNone},
	{"XFS (", "): Ending clean mount", KindOther, ClassNone},
	{"BTRFS error (device ", "", KindProcess, ClassError},
	{"BTRFS critical (device ", "", KindProcess, ClassFatal},
	{"BTRFS warning (device ", "", KindProcess, ClassWarning},
	{"blk_update_request: ", " error, dev ", KindProcess, ClassError},
	{"print_req_error: ", " error, dev ", KindProcess, ClassError},
	{"end_request: I/O error, dev ", "", KindProcess, ClassError},
	{"I/O error, dev ", ", sector ", KindProcess, ClassError},
	{"critical medium error, dev ", "", KindProcess, ClassError},
	{"critical target error, dev ", "", KindProcess, ClassError},
	{"critical space allocation error, dev ", "", KindProcess, ClassError},
	{"Buffer I/O error on dev", "", KindProcess, ClassError},
	{"Aborting journal on device ", "", KindProcess, ClassFatal},
	{"JBD2: ", "error", KindProcess, ClassError},
	{"ata", ": failed command: ", KindProcess, ClassError},
	{"ata", ": exception Emask ", KindProcess, ClassError},
	{"sd ", "FAILED Result: ", KindProcess, ClassError},
	{"nvme ", " timeout, ", KindProcess, ClassError},
	{"md/raid", ": Disk failure on ", KindProcess, ClassFatal},
	{"oom_reaper: reaped process ", "", KindOther, ClassNone},
	{"oom-kill:constraint=", "", KindOther, ClassNone},
	{"", " invoked oom-killer: ", KindProcess, ClassError},
	{"INFO: task ", " blocked for more than ", KindProcess, ClassError},
	{"", ": segfault at ", KindProcess, ClassError},
	{"traps: ", " general protection", KindProcess, ClassError},
	{"[UFW BLOCK] IN=", " SRC=", KindOther, ClassNone},
	{"[UFW AUDIT] IN=", " SRC=", KindOther, ClassNone},
	{"[UFW ALLOW] IN=", " SRC=", KindOther, ClassNone},
	{"[UFW LIMIT BLOCK] IN=", " SRC=", KindOther, ClassNone},
	{"Firewall: *", "* IN=", KindOther, ClassNone},
}
