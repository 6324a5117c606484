package logparse

// parseRspamd reads rspamd's log, its own file and through syslog. Before the text
// stand, each optional, "#PID(WORKER)", "<TAG>", and the module:
//
//	#168(rspamd_proxy) <0865e6>; proxy; rspamd_task_write_log: id: <MID>, qid: <Q>, ip: IP, user: U, from: <F>, (default: T (add header): [8.30/15.00] [SYM(1.00){..},..]), len: N, time: 1.2ms, dns req: N, digest: <..>, rcpts: <R>, mime_rcpts: <R>
//
// The task line is the verdict; every part of it is optional and an id that the
// message has not is "undef". Message-ID and addresses are the sender's words.
// What other modules write is known by module and the start of the text.
func parseRspamd(r *record) bool {
	s := r.rspamdHead(r.msg())
	module, text, ok := cut(s, "; ")
	if !ok || len(module) > 0 && !isFuncName(module) {
		module, text = nil, s
	}
	if i := index(text, ": "); i > 0 && isFuncName(text[:i]) {
		fn := text[:i]
		if text = text[i+2:]; string(fn) == "rspamd_task_write_log" {
			return r.rspamdTask(text)
		}
	}
	return r.rspamdText(module, text)
}

// rspamdHead takes "#PID(WORKER) " and "<TAG>; " off; the tag becomes the session.
func (r *record) rspamdHead(s []byte) []byte {
	if len(s) > 1 && s[0] == '#' {
		if pid, rest, ok := leadUint(s[1:]); ok && len(rest) > 0 && rest[0] == '(' {
			r.setPID(pid)
			s = rest
		}
	}
	if len(s) > 0 && s[0] == '(' {
		if worker, rest, ok := cut(s[1:], ") "); ok && len(worker) < 32 {
			r.ev.Service, s = r.sub(worker), rest
		}
	}
	if len(s) > 0 && s[0] == '<' {
		if tag, rest, ok := cut(s[1:], ">; "); ok && len(tag) < 32 {
			r.ev.Session, s = r.sub(tag), rest
		}
	}
	return s
}

// isFuncName says whether s is a C function or "file.lua:123".
func isFuncName(s []byte) bool {
	for _, c := range s {
		if !isKeyByte(c) && c != ':' {
			return false
		}
	}
	return len(s) > 0 && len(s) < 64
}

// rspamdTask reads the task line in its order. rspamd takes blanks and brackets out
// of a Message-ID, but writes the envelope sender as it came: one that imitates
// the verdict makes the line ambiguous, and then no verdict is taken from it.
func (r *record) rspamdTask(s []byte) bool {
	head, verdict, ok := cut(s, rspamdMetric)
	if !ok {
		return false
	}
	// "fault: " holds no byte that is frequent in symbols, so it is quick to rule out
	sure := !contains(verdict, "fault: ") || !contains(verdict, rspamdMetric)
	r.rspamdEnvelope(head, sure)
	if !sure {
		return r.sendKind(KindVerdict, ClassNone)
	}
	return r.rspamdVerdict(verdict)
}

const rspamdMetric = "(default: "

// rspamdEnvelope reads "id: <MID>, qid: <Q>, ip: IP, user: U, from: <F>, "; all
// but the first may be missing.
func (r *record) rspamdEnvelope(s []byte, sure bool) {
	if id, ok := angled(&s, "id: <"); ok && string(id) != "undef" {
		r.setMessageID(id)
	}
	if q, ok := angled(&s, "qid: <"); ok && string(q) != "undef" {
		r.ev.QueueID = r.sub(q)
	}
	if rest, ok := cutPrefix(s, "ip: "); ok {
		ip, after, _ := cut(rest, ", ")
		r.daemonIP(ip)
		s = after
	}
	if rest, ok := cutPrefix(s, "user: "); ok {
		user, after, more := cut(rest, ", from: <")
		if s = nil; more {
			s = rest[len(rest)-len(after)-len("from: <"):]
		} else {
			user, _ = cutSuffix(user, ", ")
		}
		r.ev.User = r.sub(user)
	}
	if rest, ok := cutPrefix(s, "from: <"); ok && sure {
		from, _, _ := cutLast(rest, ">")
		r.setFrom(from)
	}
}

// angled takes "key<value>, " off the front of *s.
func angled(s *[]byte, key string) (val []byte, ok bool) {
	rest, ok := cutPrefix(*s, key)
	if !ok {
		return nil, false
	}
	val, after, ok := cut(rest, ">, ")
	if ok {
		*s = after
	}
	return val, ok
}

// rspamdVerdict reads "F (no action): [-0.10/15.00] [SYM(1.00){..},..]), len: 12, ...".
func (r *record) rspamdVerdict(s []byte) bool {
	if len(s) < 4 || s[1] != ' ' || s[2] != '(' {
		return false
	}
	action, rest, ok := cut(s[3:], "): [")
	if !ok {
		return false
	}
	score, rest, ok := leadFloat(rest)
	if !ok || len(rest) == 0 || rest[0] != '/' {
		return false
	}
	r.ev.ClassText = r.sub(action)
	r.setScore(score)
	limit, rest, ok := leadFloat(rest[1:])
	if ok {
		r.setValue(limit)
	}
	symbols, rest, _ := cut(rest, "]), len: ")
	symbols, _ = cutPrefix(symbols, "] [")
	r.ev.Reply = r.sub(symbols)
	r.rspamdTail(rest)
	return r.sendKind(KindVerdict, ClassText)
}

// rspamdTail reads "12, time: 1.234ms real, 2ms virtual, dns req: 0, ..., rcpts: <a,b>, mime_rcpts: <..>".
func (r *record) rspamdTail(s []byte) {
	n, s, ok := leadUint(s)
	if ok {
		r.setSize(n)
	}
	if _, rest, ok := cut(s, "time: "); ok {
		if ms, after, ok := leadFloat(rest); ok && hasPrefix(after, "ms") {
			r.setDuration(ms / 1000)
		}
	}
	if _, rest, ok := cut(s, ", rcpts: <"); ok {
		to, _, _ := cut(rest, ">")
		r.setRcpts(to)
	}
}

// setRcpts sets recipient and number of recipients from "a@b,c@d,..."; a list that
// rspamd cut short ends in "...".
func (r *record) setRcpts(s []byte) {
	n := uint32(1)
	for _, c := range s {
		if c == ',' {
			n++
		}
	}
	first, _, _ := cutByte(s, ',')
	r.ev.To = r.sub(first)
	r.setNrcpt(n)
}

// rspamdText looks the text of a module up.
func (r *record) rspamdText(module, text []byte) bool {
	for _, i := range rspamdIndex.of(text) {
		n := &rspamdNotes[i]
		if begins(text, n.text) && (n.module == "" || string(module) == n.module) && (n.has == "" || contains(text, n.has)) {
			if n.kind != KindOther {
				r.ev.Reply = r.sub(text)
			}
			return r.sendKind(n.kind, n.class)
		}
	}
	return false
}

// isRspamdFile recognises a line of rspamd.log behind its stamp: "#168(main) ".
func isRspamdFile(s []byte) bool {
	if len(s) < 4 || s[0] != '#' {
		return false
	}
	_, rest, ok := leadUint(s[1:])
	return ok && len(rest) > 2 && rest[0] == '('
}
