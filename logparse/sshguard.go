package logparse

// parseSshguard reads sshguard's lines (sshguard(8)):
//
//	Attack from "198.51.100.7" on service Dovecot with danger 10.
//	Blocking "198.51.100.7/32" for 3 secs (3 attacks in 0 secs, after 1 abuses over 0 secs.)
//	198.51.100.7: unblocking after 5 secs
func parseSshguard(r *record) bool {
	s := r.msg()
	if rest, ok := cutPrefix(s, "Blocking \""); ok {
		return r.sshguardBlock(rest)
	}
	if rest, ok := cutPrefix(s, "Attack from \""); ok {
		ip, rest, ok := cut(rest, "\" on service ")
		if !ok || !r.daemonIP(ip) {
			return false
		}
		service, _, _ := cut(rest, " with danger ")
		r.ev.Service = r.sub(service)
		return r.sendKind(KindOther, ClassNone)
	}
	if ip, rest, ok := cut(s, ": unblocking after "); ok {
		secs, tail, isNum := leadUint(rest)
		if !isNum || !hasPrefix(tail, " secs") || !r.daemonIP(ip) {
			return false
		}
		r.setDuration(float64(secs))
		r.ev.ClassText, r.ev.Reply = r.ev.Program, r.sub(ip)
		return r.sendKind(KindUnban, ClassText)
	}
	return r.templated(s, sshguardNotes[:])
}

// sshguardBlock reads `IP/32" for 3 secs (3 attacks in 0 secs, ...)`; without a
// time the block is for ever.
func (r *record) sshguardBlock(s []byte) bool {
	subject, rest, ok := cutByte(s, '"')
	ip, _, _ := cutByte(subject, '/')
	if !ok || !r.daemonIP(ip) {
		return false
	}
	if rest, ok = cutPrefix(rest, " for "); ok {
		if n, _, ok := leadUint(rest); ok {
			r.setDuration(float64(n))
		}
	}
	r.ev.ClassText, r.ev.Reply = r.ev.Program, r.sub(subject)
	return r.sendKind(KindBan, ClassText)
}

var sshguardNotes = [...]note{
	{"Now monitoring attacks.", "", KindProcess, ClassStart},
	{"Exiting on signal.", "", KindProcess, ClassStop},
	{"Exiting on SIG", "", KindProcess, ClassStop},
	{"Got exit signal", "", KindProcess, ClassStop},
	{"whitelist: ", "", KindOther, ClassNone},
	{"blacklist: blocking ", "", KindOther, ClassNone},
	{"Successfully re-opened ", "", KindOther, ClassNone},
	{"Reloading rotated file ", "", KindOther, ClassNone},
	{"Could not ", "", KindProcess, ClassError},
}
