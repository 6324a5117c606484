package logparse

// parseFail2ban reads fail2ban.log, and the same through syslog:
//
//	fail2ban.actions        [65]: NOTICE  [postfix-sasl] Ban 198.51.100.7
//
// Component, pid and level stand first; older versions wrote "fail2ban.actions:
// WARNING [jail] Ban IP". A ban's class is the jail. Through syslog the component
// is the program.
func parseFail2ban(r *record) bool {
	s := r.msg()
	if _, n := r.p.leadISO(s); n > 0 { // behind a tag of systemd's
		s = trimLeft(s[n:])
	}
	s = r.fail2banHead(s)
	r.guess = false // component and level are unmistakable
	level, rest := word(s)
	class := fail2banLevel(level)
	if class == ClassNone {
		return false
	}
	if jail, text, ok := fail2banJail(rest); ok {
		r.ev.ClassText = r.sub(jail)
		if r.fail2banAction(text) || r.templated(text, fail2banJails[:]) {
			return true
		}
		if class != ClassInfo {
			return r.unmatched(rest, class)
		}
		return false
	}
	if class != ClassInfo {
		r.ev.Reply = r.sub(rest)
		for _, p := range fail2banTrouble {
			if contains(rest, p) {
				return r.sendKind(KindProcess, class)
			}
		}
		return r.unmatched(rest, class)
	}
	return r.templated(rest, fail2banNotes[:])
}

// fail2banHead takes "fail2ban.actions        [65]: " or "fail2ban.actions: " off.
func (r *record) fail2banHead(s []byte) []byte {
	if !hasPrefix(s, "fail2ban") {
		return s
	}
	i := 0
	for i < len(s) && isKeyByte(s[i]) {
		i++
	}
	name, rest := s[:i], trimLeft(s[i:])
	if len(rest) > 1 && rest[0] == '[' {
		pid, after, ok := leadUint(rest[1:])
		if !ok {
			return s
		}
		r.setPID(pid)
		rest, _ = cutPrefix(after, "]")
	}
	after, ok := cutPrefix(rest, ":")
	if !ok {
		return s
	}
	r.ev.Program = r.sub(name)
	return trimLeft(after)
}

func fail2banLevel(s []byte) Class {
	switch string(s) {
	case "INFO", "NOTICE", "DEBUG", "TRACEDEBUG", "HEAVYDEBUG":
		return ClassInfo
	case "WARNING":
		return ClassWarning
	case "ERROR":
		return ClassError
	case "CRITICAL":
		return ClassFatal
	}
	return ClassNone
}

// fail2banJail takes "[jail] " off. The names of jails are the admin's.
func fail2banJail(s []byte) (jail, rest []byte, ok bool) {
	if len(s) == 0 || s[0] != '[' {
		return nil, s, false
	}
	jail, rest, ok = cut(s[1:], "] ")
	return jail, rest, ok && len(jail) > 0 && len(jail) < 64
}

// fail2banAction reads "Ban IP", "Restore Ban IP", "Unban IP", "Found IP - STAMP",
// "Ignore IP by ip". Where a jail bans something else than an address, it is kept
// as the reply.
func (r *record) fail2banAction(s []byte) bool {
	for i := range fail2banActions {
		a := &fail2banActions[i]
		rest, ok := cutPrefix(s, a.text)
		if !ok || a.has != "" && !contains(rest, a.has) {
			continue
		}
		subject, _ := word(rest)
		if len(subject) == 0 {
			return false
		}
		ip, _, _ := cutByte(subject, '/')
		r.daemonIP(ip)
		r.ev.Reply = r.sub(subject)
		return r.sendKind(a.kind, a.class)
	}
	return false
}

var fail2banActions = [...]note{
	{"Ban ", "", KindBan, ClassText},
	{"Restore Ban ", "", KindBan, ClassText},
	{"Increase Ban ", " -> ", KindOther, ClassNone}, // follows the ban
	{"Unban ", "", KindUnban, ClassText},
	{"Found ", " - ", KindOther, ClassNone},
	{"Ignore ", " by ", KindOther, ClassNone},
	{"Ignore ", ", expired bantime", KindOther, ClassNone},
}

// fail2banJails are further texts behind "[jail] ".
var fail2banJails = [...]note{
	{"", " already banned", KindOther, ClassNone},
	{"Detected a log entry ", "", KindProcess, ClassWarning},
	{"Please check a jail for a timing issue", "", KindProcess, ClassWarning},
	{"Flush ban(s) with ", "", KindOther, ClassNone},
	{"Flush ", "ticket(s) with ", KindOther, ClassNone},
	{"Jail is in operation now", "", KindOther, ClassNone},
	{"Added journal match for: ", "", KindOther, ClassNone},
	{"Removed journal match for: ", "", KindOther, ClassNone},
	{"IP ", " is bad: ", KindOther, ClassNone},
	{"Log file has been removed", "", KindProcess, ClassWarning},
}

// fail2banNotes are informational texts without a jail.
var fail2banNotes = [...]note{
	{"Starting Fail2ban v", "", KindProcess, ClassStart},
	{"Start Fail2ban v", "", KindProcess, ClassStart},
	{"Starting in daemon mode", "", KindOther, ClassNone},
	{"Changed logging target to ", "", KindOther, ClassNone},
	{"Exiting Fail2ban", "", KindProcess, ClassStop},
	{"Shutdown in progress", "", KindOther, ClassNone},
	{"Stopping all jails", "", KindOther, ClassNone},
	{"Reload finished.", "", KindProcess, ClassReload},
	{"Reload jail", "", KindOther, ClassNone},
	{"Reload all jails", "", KindOther, ClassNone},
	{"Restart jail ", "", KindOther, ClassNone},
	{"Observer start...", "", KindOther, ClassNone},
	{"Observer stop", "", KindOther, ClassNone},
	{"Creating new jail ", "", KindOther, ClassNone},
	{"Jail '", "' started", KindOther, ClassNone},
	{"Jail '", "' stopped", KindOther, ClassNone},
	{"Jail '", "' reloaded", KindOther, ClassNone},
	{"Jail '", "' uses ", KindOther, ClassNone},
	{"Initiated '", "' backend", KindOther, ClassNone},
	{"Added logfile: ", "", KindOther, ClassNone},
	{"Removed logfile: ", "", KindOther, ClassNone},
	{"Added journal match for: ", "", KindOther, ClassNone},
	{"Connected to fail2ban persistent database ", "", KindOther, ClassNone},
	{"Connection to database closed.", "", KindOther, ClassNone},
	{"New database created. ", "", KindOther, ClassNone},
	{"Log rotation detected for ", "", KindOther, ClassNone},
	{"rollover performed on ", "", KindOther, ClassNone},
	{"flush performed on ", "", KindOther, ClassNone},
	{"Daemon started", "", KindOther, ClassNone},
	{"Set banTime", "", KindOther, ClassNone},
	{"Set jail log file encoding to ", "", KindOther, ClassNone},
	{"banTime: ", "", KindOther, ClassNone},
	{"findtime: ", "", KindOther, ClassNone},
	{"maxRetry: ", "", KindOther, ClassNone},
	{"maxLines: ", "", KindOther, ClassNone},
	{"encoding: ", "", KindOther, ClassNone},
	{"date pattern ", "", KindOther, ClassNone},
	{"--------------------------------------------------", "", KindOther, ClassNone},
}

// fail2banTrouble are texts that come with a level of WARNING and above.
var fail2banTrouble = [...]string{
	"Failed to execute ban jail ", "Failed to execute unban jail ", "-- exec: ", "-- returned ", "-- killed with ", "-- timed out after ",
	"-- stderr: ", "-- stdout: ", "Unable to find a corresponding IP address for ", "Determined IP using DNS Lookup: ", "Invariant check failed",
	"Failed during configuration: ", "Async configuration of server failed", "Command ", "Failed to start jail ", "Failed to stop jail ",
	"Unable to open ", "Error opening ", "Unable to get failures in ", "Error decoding line from ", "not defined in 'Definition'. Using default one",
	"Fail2ban seems to be already running", "Too many errors", "Jail ", "Could not start server", "Unable to import fail2ban database",
	"Caught unhandled exception", "No section: ", "Have not found any log file for ",
}

// isFail2banFile recognises a line of fail2ban.log behind its stamp.
func isFail2banFile(s []byte) bool {
	return hasPrefix(s, "fail2ban.") || hasPrefix(s, "fail2ban ")
}
