package logparse

// parseAmavis reads amavisd-new's lines (its default log template at level 1):
//
//	(ID) Passed CLEAN {RelayedInbound}, [IP]:PORT [IP2] <FROM> -> <TO>,<TO2>, quarantine: Q, Queue-ID: QID,
//	  Message-ID: <MID>, mail_id: M, Hits: -0.002, size: 158, queued_as: QID2, 144 ms
//
// "Passed" or "Blocked" and the category are the verdict; queued_as links the
// message to its life after re-injection. The sender may quote what it likes
// before the "@": addresses are read quote-aware, and what stands behind the
// Message-ID is taken from the last mail_id on. "(!)" marks amavis' own errors.
func parseAmavis(r *record) bool {
	s := r.msg()
	id, rest, ok := amavisID(s)
	if !ok {
		return r.amavisDaemon(s)
	}
	r.ev.Session = r.sub(id)
	if hasPrefix(rest, "Passed ") || hasPrefix(rest, "Blocked ") {
		return r.amavisVerdict(rest)
	}
	if level, text := amavisLevel(rest); level != ClassNone {
		return r.templated(text, amavisErrors[:]) || r.unmatched(text, level)
	}
	return r.amavisTask(rest)
}

// amavisID takes "(00062-01) " or "(00062-01-2) " off.
func amavisID(s []byte) (id, rest []byte, ok bool) {
	if len(s) == 0 || s[0] != '(' {
		return nil, s, false
	}
	id, rest, ok = cut(s[1:], ") ")
	if !ok || len(id) > 24 || indexByte(id, '-') < 1 {
		return nil, s, false
	}
	for _, c := range id {
		if c != '-' && c-'0' > 9 {
			return nil, s, false
		}
	}
	return id, rest, true
}

// amavisLevel takes "(!)" or "(!!)" off.
func amavisLevel(s []byte) (Class, []byte) {
	if rest, ok := cutPrefix(s, "(!!)"); ok {
		return ClassError, rest
	}
	if rest, ok := cutPrefix(s, "(!)"); ok {
		return ClassWarning, rest
	}
	return ClassNone, s
}

func (r *record) amavisVerdict(s []byte) bool {
	head, rest, ok := cut(s, " <")
	if !ok {
		return false
	}
	r.amavisHead(head)
	from, rest, ok := mailbox(s[len(s)-len(rest)-1:])
	if !ok {
		return false
	}
	r.setFrom(from)
	if rest, ok = cutPrefix(rest, " -> "); !ok {
		return false
	}
	rest = r.amavisRcpts(rest)
	before, tail, hasID := cut(rest, "Message-ID: ")
	if hasID {
		mid, after, ok := cutLast(tail, ", mail_id: ")
		if !ok { // a template without mail_id
			if mid, _, ok = cutLast(tail, ", Hits: "); ok {
				after = tail[len(mid)+len(", "):]
			}
		}
		mid, _, _ = cut(mid, ", Resent-Message-ID: ")
		r.setMessageID(mid)
		tail = after
	} else if _, after, ok := cutLast(rest, ", mail_id: "); ok {
		tail = after
	}
	r.amavisBefore(before)
	r.amavisTail(tail)
	return r.sendKind(KindVerdict, ClassText)
}

// amavisHead reads "Passed SPAMMY {RelayedTaggedInbound}, MYNETS LOCAL [IP]:PORT [IP2]".
// The first address is the client of the SMTP session that amavis was told of.
func (r *record) amavisHead(s []byte) {
	verdict, client, _ := cut(s, ", ")
	if i := index(s, "}, "); i >= 0 {
		verdict, client = s[:i+1], s[i+3:]
	}
	r.ev.Reply = r.sub(verdict)
	_, word, _ := cutByte(verdict, ' ')
	for i, c := range word {
		if c == '{' || c == '(' || c == ',' {
			word = trimRight(word[:i])
			break
		}
	}
	r.ev.ClassText = r.sub(word)
	if i := indexByte(client, '['); i >= 0 {
		var h hostAddr
		if _, ok := h.cut(client[i:]); ok {
			r.ev.ClientPort = h.port
			if h.put(&r.ev.ClientIP) {
				r.ev.Has |= IsTrusted
			}
		}
	}
}

// amavisRcpts reads "<a>,<b>" and returns what follows.
func (r *record) amavisRcpts(s []byte) []byte {
	n := uint32(0)
	for len(s) > 0 && s[0] == '<' {
		to, rest, ok := mailbox(s)
		if !ok {
			break
		}
		if n == 0 {
			r.ev.To = r.sub(to)
		}
		n++
		s, _ = cutPrefix(rest, ",")
	}
	r.setNrcpt(n)
	return s
}

// amavisBefore reads the fields before the Message-ID: they are amavis' own.
func (r *record) amavisBefore(s []byte) {
	if _, q, ok := cut(s, "Queue-ID: "); ok {
		q, _, _ = cutByte(q, ',')
		r.ev.QueueID = r.sub(q)
	}
}

// amavisTail reads "M, Hits: 1.2, size: N, ..., queued_as: Q/Q2, ..., 144 ms".
func (r *record) amavisTail(s []byte) {
	if _, v, ok := cut(s, "Hits: "); ok {
		if f, _, ok := leadFloat(v); ok {
			r.setScore(f)
		}
	}
	if _, v, ok := cut(s, "size: "); ok {
		if n, _, ok := leadUint(v); ok {
			r.setSize(n)
		}
	}
	if _, v, ok := cut(s, "queued_as: "); ok {
		v, _, _ = cutByte(v, ',')
		v, _, _ = cutByte(v, '/')
		r.ev.RemoteQueueID = r.sub(v)
	}
	if t, ok := cutSuffix(s, " ms"); ok {
		if _, n, ok := cutLast(t, " "); ok {
			if ms, ok := parseUint(n); ok {
				r.setDuration(float64(ms) / 1000)
			}
		}
	}
}

// amavisTask reads the other lines of one message.
func (r *record) amavisTask(s []byte) bool {
	for i := range amavisTasks {
		if t := &amavisTasks[i]; begins(s, t.text) && (t.has == "" || contains(s, t.has)) {
			if t.kind != KindOther {
				r.ev.Reply = r.sub(s)
			}
			return r.sendKind(t.kind, t.class)
		}
	}
	// "MAILID FWD from <..> -> <..>" and "MAILID SEND from ..": the mail_id is 12 or
	// 16 characters.
	id, rest := word(s)
	if (len(id) == 12 || len(id) == 16) && (hasPrefix(rest, "FWD from <") || hasPrefix(rest, "SEND from <") || hasPrefix(rest, "FWD via ") || hasPrefix(rest, "SEND via ")) {
		return r.sendKind(KindOther, ClassNone)
	}
	return false
}

// amavisDaemon reads lines that belong to no message.
func (r *record) amavisDaemon(s []byte) bool {
	if level, text := amavisLevel(s); level != ClassNone {
		return r.templated(text, amavisErrors[:]) || r.unmatched(text, level)
	}
	return r.templated(s, amavisProcess[:])
}

var amavisTasks = [...]note{
	{"Checking: ", " -> ", KindOther, ClassNone},
	{"ESMTP [", "]:", KindOther, ClassNone},
	{"ESMTP:[", "]:", KindOther, ClassNone},
	{"LMTP [", "]:", KindOther, ClassNone},
	{"LMTP:[", "]:", KindOther, ClassNone},
	{"ESMTP: NOTICE: ", "", KindOther, ClassNone},
	{"local delivery: <", "", KindOther, ClassNone},
	{"p.path ", "", KindFilter, ClassContent},
	{"extra modules loaded: ", "", KindOther, ClassNone},
	{"smtp resp to ", "", KindOther, ClassNone},
	{"Negative SMTP resp. to ", "", KindOther, ClassNone},
	{"size: ", "TIMING", KindOther, ClassNone},
	{"TIMING [total ", "", KindOther, ClassNone},
	{"TIMING-SA [total ", "", KindOther, ClassNone},
	{"Open relay? Nonlocal recips but not originating: ", "", KindFilter, ClassRelayDenied},
	{"FWD from <", "", KindOther, ClassNone},
	{"FWD via ", "", KindOther, ClassNone},
	{"SEND from <", "", KindOther, ClassNone},
	{"SEND via ", "", KindOther, ClassNone},
	{"spam-tag, <", "", KindOther, ClassNone},
	{"SPAM-TAG, <", "", KindOther, ClassNone},
	{"SPAM, <", "", KindOther, ClassNone},
	{"dkim: FAILED ", "", KindOther, ClassNone},
	{"dkim: VALID ", "", KindOther, ClassNone},
	{"dkim: candidate ", "", KindOther, ClassNone},
	{"dkim: signing ", "", KindOther, ClassNone},
	{"INFO: unfolded ", "", KindOther, ClassNone},
	{"INFO: truncated ", "", KindOther, ClassNone},
	{"INFO: removed ", "", KindOther, ClassNone},
	{"run_av (", "): ", KindFilter, ClassContent},
	{"virus_scan: (", "", KindFilter, ClassContent},
	{"DSN: sender ", "", KindOther, ClassNone},
	{"inspect_dsn: ", "", KindOther, ClassNone},
	{"header_edits: ", "", KindOther, ClassNone},
	{"Net::Server: ", " Server closing!", KindProcess, ClassStop},
	{"SA info: ", "", KindOther, ClassNone},
	{"SA dbg: ", "", KindOther, ClassNone},
	{"Requesting process rundown ", "", KindOther, ClassNone},
	{"PenPalsSavedFromKill ", "", KindOther, ClassNone},
}

// amavisErrors stand behind "(!)": what is common enough to have a name.
var amavisErrors = [...]note{
	{"FAILED to notify admin: ", "", KindProcess, ClassWarning},
	{"ClamAV-clamd av-scanner FAILED: ", "", KindProcess, ClassError},
	{"", " av-scanner FAILED: ", KindProcess, ClassError},
	{"WARN: all primary virus scanners failed, considering backups", "", KindProcess, ClassError},
	{"AV: ALL VIRUS SCANNERS FAILED", "", KindProcess, ClassError},
	{"connect to ", " failed, ", KindProcess, ClassError},
	{"Decoding of ", " failed, ", KindProcess, ClassWarning},
	{"SA TIMED OUT", "", KindProcess, ClassError},
	{"SA error: ", "", KindProcess, ClassError},
	{"TROUBLE in ", "", KindProcess, ClassError},
	{"PRESERVING EVIDENCE in ", "", KindProcess, ClassError},
	{"DENIED ACCESS from IP ", "", KindProcess, ClassWarning},
	{"Net::Server: ", "", KindProcess, ClassWarning},
	{"Amavis::END: ", "", KindProcess, ClassWarning},
	{"", " SEND from <", KindProcess, ClassWarning},
	{"", " FWD from <", KindProcess, ClassWarning},
}

var amavisProcess = [...]note{
	{"starting. ", " at ", KindProcess, ClassStart},
	{"starting.  ", " at ", KindProcess, ClassStart},
	{"logging initialized, log level ", "", KindOther, ClassNone},
	{"perl=", ", EUID: ", KindOther, ClassNone},
	{"SpamControl: ", " done", KindOther, ClassNone},
	{"Net::Server: ", " starting! pid(", KindOther, ClassNone},
	{"Net::Server: ", " Server closing!", KindProcess, ClassStop},
	{"Net::Server: Binding to ", "", KindOther, ClassNone},
	{"Net::Server: Group Not Defined", "", KindOther, ClassNone},
	{"Net::Server: User Not Defined", "", KindOther, ClassNone},
	{"Net::Server: Process Backgrounded", "", KindOther, ClassNone},
	{"Net::Server: Setting ", " to \"", KindOther, ClassNone},
	{"Module ", "", KindOther, ClassNone},
	{"Found $", "", KindOther, ClassNone},
	{"Found decoder for ", "", KindOther, ClassNone},
	{"Found primary av scanner ", "", KindOther, ClassNone},
	{"Found secondary av scanner ", "", KindOther, ClassNone},
	{"Using primary internal av scanner code for ", "", KindOther, ClassNone},
	{"Using ", " av scanner code for ", KindOther, ClassNone},
	{"No $", ",", KindOther, ClassNone},
	{"No ext program for ", "", KindOther, ClassNone},
	{"No decoder for ", "", KindOther, ClassNone},
	{"No primary av scanner: ", "", KindOther, ClassNone},
	{"No secondary av scanner: ", "", KindOther, ClassNone},
	{"Internal decoder for ", "", KindOther, ClassNone},
	{"Deleting db files ", "", KindOther, ClassNone},
	{"Creating db in ", "", KindOther, ClassNone},
	{"initializing Mail::SpamAssassin", "", KindOther, ClassNone},
	{"extra modules loaded ", "", KindOther, ClassNone},
	{"user=", ", EUID: ", KindOther, ClassNone},
	{"SQL base code ", "", KindOther, ClassNone},
	{"SQL::", " code ", KindOther, ClassNone},
	{"SQL::Quarantine ", "", KindOther, ClassNone},
	{"Lookup::", " code ", KindOther, ClassNone},
	{"AM.PDP-in proto code ", "", KindOther, ClassNone},
	{"SMTP-in proto code ", "", KindOther, ClassNone},
	{"Courier proto code ", "", KindOther, ClassNone},
	{"Pipe out code ", "", KindOther, ClassNone},
	{"ANTI-VIRUS code ", "", KindOther, ClassNone},
	{"ANTI-SPAM code ", "", KindOther, ClassNone},
	{"ANTI-SPAM-SA code ", "", KindOther, ClassNone},
	{"Unpackers code ", "", KindOther, ClassNone},
	{"DKIM code ", "", KindOther, ClassNone},
	{"Tools code ", "", KindOther, ClassNone},
	{"BerkeleyDB-", "", KindOther, ClassNone},
	{"INFO: SA version: ", "", KindOther, ClassNone},
	{"INFO: no optional modules: ", "", KindOther, ClassNone},
	{"ESMTP: NOTICE: ", "", KindOther, ClassNone},
}
