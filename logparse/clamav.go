package logparse

// parseClamAV reads clamd's, clamav-milter's and freshclam's lines, in their own
// files and through syslog:
//
//	instream(IP@PORT): NAME FOUND                                        filter
//	Message QID from <F> to <T> with subject 'S' message-id 'M' date 'D' infected by NAME   verdict
//	Clean message [QID ]from <F> to <T>                                  verdict
//
// Subject and Message-ID are the sender's words; the name of the virus is the last
// thing on its line. clamd knows no message, so what it finds is of kind filter.
func parseClamAV(r *record) bool {
	s := r.msg()
	if level, text := clamLevel(s); level != ClassNone {
		return r.templated(text, clamTrouble[:]) || r.unmatched(text, level)
	}
	switch {
	case hasPrefix(s, "Message "):
		if head, name, ok := cutLast(s[len("Message "):], " infected by "); ok {
			return r.clamMessage(name, head)
		}
	case hasPrefix(s, "Clean message "):
		return r.clamMessage(s[:len("Clean")], s[len("Clean message "):])
	case hasSuffix(s, " FOUND"):
		if _, name, ok := cutLast(s[:len(s)-len(" FOUND")], ": "); ok {
			r.ev.ClassText, r.ev.Reply = r.sub(name), r.sub(s)
			return r.sendKind(KindFilter, ClassText)
		}
	case hasSuffix(s, ": OK") && (hasPrefix(s, "instream(") || hasPrefix(s, "stream(") || hasPrefix(s, "fd[") || hasPrefix(s, "/")):
		return r.sendKind(KindOther, ClassNone)
	}
	return r.templated(s, clamTrouble[:]) || r.templated(s, clamNotes[:])
}

// clamLevel takes the level that the daemons write in their own files off.
func clamLevel(s []byte) (Class, []byte) {
	if rest, ok := cutPrefix(s, "ERROR: "); ok {
		return ClassError, rest
	}
	if rest, ok := cutPrefix(s, "WARNING: "); ok {
		return ClassWarning, rest
	}
	return ClassNone, s
}

// clamMessage reads "[QID ]from <F> to <T>[ with subject 'S' message-id 'M' date 'D']".
func (r *record) clamMessage(class, s []byte) bool {
	if !hasPrefix(s, "from <") {
		id, rest := word(s)
		if !hasPrefix(rest, "from <") {
			return false
		}
		r.ev.QueueID, s = r.sub(id), rest
	}
	from, rest, ok := mailbox(s[len("from "):])
	if !ok {
		return false
	}
	r.setFrom(from)
	if rest, ok = cutPrefix(rest, " to "); ok {
		if to, after, ok := mailbox(rest); ok {
			r.ev.To, rest = r.sub(to), after
		}
	}
	if i := lastIndex(rest, "' message-id '"); i >= 0 {
		mid, _, _ := cutLast(rest[i+len("' message-id '"):], "' date '")
		r.setMessageID(mid)
	}
	r.ev.ClassText = r.sub(class)
	return r.sendKind(KindVerdict, ClassText)
}

// clamTrouble may come with a level word (own file) or without (syslog).
var clamTrouble = [...]note{
	{"No clamd server appears to be available", "", KindProcess, ClassError},
	{"Failed to initiate streaming/fdpassing", "", KindProcess, ClassError},
	{"Failed to communicate with clamd", "", KindProcess, ClassError},
	{"Failed to establish a connection to clamd", "", KindProcess, ClassError},
	{"Failed to stream to clamd", "", KindProcess, ClassError},
	{"Streaming failed", "", KindProcess, ClassError},
	{"No reply from clamd", "", KindProcess, ClassError},
	{"Unknown reply from clamd", "", KindProcess, ClassError},
	{"Overlong reply from clamd", "", KindProcess, ClassError},
	{"Timed out while reading clamd reply", "", KindProcess, ClassError},
	{"Connection closed while reading from socket", "", KindProcess, ClassError},
	{"connect failed: ", "", KindProcess, ClassError},
	{"send failed: ", "", KindProcess, ClassError},
	{"accept() failed", "", KindProcess, ClassError},
	{"reload db failed", "", KindProcess, ClassError},
	{"Database load exited with status ", "", KindProcess, ClassError},
	{"Database reload ", " failed", KindProcess, ClassError},
	{"Can't ", "", KindProcess, ClassError},
	{"Malformed database", "", KindProcess, ClassError},
	{"Your ClamAV installation is OUTDATED!", "", KindProcess, ClassWarning},
	{"Local version: ", " Recommended version: ", KindProcess, ClassWarning},
	{"getpatch: ", "", KindProcess, ClassWarning},
	{"Download failed ", "", KindProcess, ClassWarning},
	{"Update failed", "", KindProcess, ClassError},
	{"FreshClam previously received error code ", "", KindProcess, ClassWarning},
	{"LOCAL: ", "", KindProcess, ClassError},
	{"TCP: ", "Cannot ", KindProcess, ClassError},
}

var clamNotes = [...]note{
	{"+++ Started at ", "", KindProcess, ClassStart},
	{"--- Stopped at ", "", KindProcess, ClassStop},
	{"clamd daemon ", " (OS: ", KindOther, ClassNone},
	{"freshclam daemon ", " (OS: ", KindOther, ClassNone},
	{"Reading databases from ", "", KindOther, ClassNone},
	{"Database correctly reloaded (", "", KindProcess, ClassReload},
	{"Database reload completed.", "", KindProcess, ClassReload},
	{"SelfCheck: Database ", "", KindOther, ClassNone},
	{"Activating the newly loaded database", "", KindOther, ClassNone},
	{"No stats for Database check - forcing reload", "", KindOther, ClassNone},
	{"Loaded ", " signatures.", KindOther, ClassNone},
	{"Listening daemon: PID: ", "", KindOther, ClassNone},
	{"Received ", " file descriptor(s) from systemd.", KindOther, ClassNone},
	{"Log file size limited to ", "", KindOther, ClassNone},
	{"Log file size limit disabled.", "", KindOther, ClassNone},
	{"Limits: ", " limit ", KindOther, ClassNone},
	{"TCP: Bound to ", "", KindOther, ClassNone},
	{"TCP: Setting connection queue length to ", "", KindOther, ClassNone},
	{"Bytecode: Security mode set to ", "", KindOther, ClassNone},
	{"MaxQueue set to: ", "", KindOther, ClassNone},
	{"Self checking every ", "", KindOther, ClassNone},
	{"Self checking disabled.", "", KindOther, ClassNone},
	{"AlertExceedsMax heuristic detection ", "", KindOther, ClassNone},
	{"Not loading PUA signatures.", "", KindOther, ClassNone},
	{"Only loading official signatures.", "", KindOther, ClassNone},
	{"Waiting for all threads to finish", "", KindOther, ClassNone},
	{"Shutting down the main socket.", "", KindOther, ClassNone},
	{"Closing the main socket.", "", KindOther, ClassNone},
	{"Socket file removed.", "", KindOther, ClassNone},
	{"Pid file removed.", "", KindOther, ClassNone},
	{"Exiting (clean)", "", KindOther, ClassNone},
	{"Detection using image fuzzy hash ", "", KindOther, ClassNone},
	{"Local socket unix:", " added to the pool", KindOther, ClassNone},
	{"", " socket tcp:", KindOther, ClassNone},
	{"Not scanning an empty message", "", KindOther, ClassNone},
	{"Received signal: ", "", KindOther, ClassNone},
	{"ClamAV update process started at ", "", KindOther, ClassNone},
	{"daily.", " database is up-to-date", KindOther, ClassNone},
	{"main.", " database is up-to-date", KindOther, ClassNone},
	{"bytecode.", " database is up-to-date", KindOther, ClassNone},
	{"daily.", " updated (version: ", KindOther, ClassNone},
	{"main.", " updated (version: ", KindOther, ClassNone},
	{"bytecode.", " updated (version: ", KindOther, ClassNone},
	{"daily database available for ", "", KindOther, ClassNone},
	{"Testing database: '", "", KindOther, ClassNone},
	{"Database test passed.", "", KindOther, ClassNone},
	{"Database updated (", "", KindOther, ClassNone},
	{"Clamd successfully notified about the update.", "", KindOther, ClassNone},
	{"", " support enabled.", KindOther, ClassNone},
	{"", " support disabled.", KindOther, ClassNone},
	{"", " alerts enabled.", KindOther, ClassNone},
	{"", " alerts disabled.", KindOther, ClassNone},
}
