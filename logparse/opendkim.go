package logparse

// parseOpenDKIM reads OpenDKIM's lines (opendkim(8), LogWhy and LogResults):
//
//	QID: DKIM-Signature field added (s=SELECTOR, d=DOMAIN)     dkim, signed
//	QID: DKIM verification successful                          dkim, pass
//	QID: s=SELECTOR d=DOMAIN [a=ALG ]SSL error:...             dkim, fail
//	QID: bad signature data | no signature data                dkim
//	QID: key retrieval failed (s=, d=): why                    dkim, temperror
//	QID: signature=.. domain=D selector=S result="TEXT"        filter: detail of one signature
//	QID: HOST [IP] not internal; not authenticated; ...        other: why it did not sign
//
// One dkim event a message is what the daemon writes; the detail lines are of
// kind filter or other, so that nothing is counted twice.
func parseOpenDKIM(r *record) bool {
	s := r.msg()
	id, rest, ok := cutJob(s)
	if !ok {
		return r.templated(s, openDKIMProcess[:])
	}
	r.ev.QueueID = r.sub(id)
	return r.openDKIMJob(rest)
}

func (r *record) openDKIMJob(s []byte) bool {
	switch {
	case hasPrefix(s, "DKIM-Signature field added"), hasPrefix(s, "DKIM-Signature header added"):
		_, at, _ := cut(s, " ") // "field added" or, up to 2.9, "header added"
		_, at, _ = cut(at, " ")
		return r.dkim(s, at, "added")
	case hasPrefix(s, "DKIM verification successful"):
		return r.dkim(s, s[len("DKIM verification "):], "successful")
	case hasPrefix(s, "bad signature data"):
		return r.dkim(s, s, "bad signature")
	case hasPrefix(s, "no signature data"):
		return r.dkim(s, s, "no signature")
	case hasPrefix(s, "key retrieval failed"):
		return r.dkim(s, s, "key retrieval failed")
	case hasPrefix(s, "syntax error: "):
		return r.dkim(s, s, "syntax error")
	case hasPrefix(s, "key revoked"):
		return r.dkim(s, s, "key revoked")
	case hasPrefix(s, "s="), hasPrefix(s, "SSL error:"):
		return r.dkimSSL(s)
	case hasPrefix(s, "signature="):
		return r.dkimDetail(s)
	case hasSuffix(s, "] not internal"):
		return r.dkimClient(s)
	case hasPrefix(s, "external host "):
		return r.dkimExternal(s)
	}
	return r.templated(s, openDKIMJobs[:])
}

// dkim sends a verdict; word stands at the start of at. Selector and domain are
// read from "(s=S, d=D)" of s when it has one.
func (r *record) dkim(s, at []byte, word string) bool {
	if len(at) < len(word) || string(at[:len(word)]) != word {
		at = s[:min(len(s), len(word))]
	} else {
		at = at[:len(word)]
	}
	if _, in, ok := cut(s, "(s="); ok {
		if in, _, ok = cutByte(in, ')'); ok {
			sel, dom, _ := cut(in, ", d=")
			r.ev.Selector, r.ev.Domain = r.sub(sel), r.sub(dom)
		}
	}
	r.ev.ClassText, r.ev.Reply = r.sub(at), r.sub(s)
	return r.sendKind(KindDKIM, ClassText)
}

// dkimSSL reads "s=S d=D a=ALG SSL error:...", the failure of one signature.
func (r *record) dkimSSL(s []byte) bool {
	head, why, ok := cut(s, "SSL ")
	if !ok {
		return false
	}
	for key, val, rest, ok := nextField(head, " "); ok; key, val, rest, ok = nextField(rest, " ") {
		switch string(key) {
		case "s":
			r.ev.Selector = r.sub(val)
		case "d":
			r.ev.Domain = r.sub(val)
		}
	}
	r.ev.ClassText, r.ev.Reply = r.sub(s[len(head):len(head)+min(len("SSL error"), len("SSL ")+len(why))]), r.sub(s)
	return r.sendKind(KindDKIM, ClassText)
}

// dkimDetail reads `signature=B domain=D selector=S result="TEXT"`; domain and
// selector are the sender's, so the result is taken from the end.
func (r *record) dkimDetail(s []byte) bool {
	head, result, ok := cutLast(s, ` result="`)
	if !ok {
		return false
	}
	head, sel, _ := cutLast(head, " selector=")
	_, dom, _ := cut(head, " domain=")
	result, _ = cutSuffix(result, `"`)
	r.ev.Selector, r.ev.Domain, r.ev.ClassText = r.sub(sel), r.sub(dom), r.sub(result)
	r.ev.Reply = r.sub(s)
	return r.sendKind(KindFilter, ClassText)
}

// dkimClient reads "NAME [IP] not internal": the name is the client's reverse DNS
// name, so the last bracket counts.
func (r *record) dkimClient(s []byte) bool {
	name, addr, ok := cutLast(s[:len(s)-len("] not internal")], " [")
	if !ok || !r.daemonIP(addr) {
		return false
	}
	r.ev.ClientName = r.sub(name)
	return r.sendKind(KindOther, ClassNone)
}

// dkimExternal reads "external host H attempted to send as D": somebody outside
// uses a domain that we sign for.
func (r *record) dkimExternal(s []byte) bool {
	host, dom, ok := cutLast(s[len("external host "):], " attempted to send as ")
	if !ok {
		return false
	}
	r.ev.ClientName, r.ev.Domain, r.ev.Reply = r.sub(host), r.sub(dom), r.sub(s)
	return r.sendKind(KindFilter, ClassSender)
}

// openDKIMJobs are further texts behind a queue id.
var openDKIMJobs = [...]note{
	{"not authenticated", "", KindOther, ClassNone},
	{"no signing domain match for '", "", KindOther, ClassNone},
	{"no signing subdomain match for '", "", KindOther, ClassNone},
	{"no signing table match for '", "", KindOther, ClassNone},
	{"no signing keylist match for '", "", KindOther, ClassNone},
	{"no macros match", "", KindOther, ClassNone},
	{"no MTA name match", "", KindOther, ClassNone},
	{"message has signatures from ", "", KindOther, ClassNone},
	{"mode select: ", "", KindOther, ClassNone},
	{"ignoring ", " signature", KindOther, ClassNone},
	{"can't parse ", " header", KindFilter, ClassOther},
	{"can't determine message sender", "", KindFilter, ClassOther},
	{"overflow parsing ", "", KindFilter, ClassOther},
	{"error loading key '", "", KindProcess, ClassError},
	{"signing table references unknown key '", "", KindProcess, ClassError},
	{"dkimf_db_get() failed", "", KindProcess, ClassError},
	{"smfi_", " failed", KindProcess, ClassError},
	{"dkim_", " failed", KindProcess, ClassError},
	{"can't create ", "", KindProcess, ClassError},
	{"", " header add failed", KindProcess, ClassError},
}

// openDKIMProcess are the texts about the daemon itself.
var openDKIMProcess = [...]note{
	{"OpenDKIM Filter v", " starting (", KindProcess, ClassStart},
	{"OpenDKIM Filter v", " terminating with status 0", KindProcess, ClassStop},
	{"OpenDKIM Filter v", " terminating with ", KindProcess, ClassError},
	{"OpenDKIM Filter: mi_stop=", "", KindOther, ClassNone},
	{"OpenDKIM Filter: Opening listen socket on conn ", "", KindOther, ClassNone},
	{"OpenDKIM Filter: Unable to ", "", KindProcess, ClassError},
	{"configuration reloaded from ", "", KindProcess, ClassReload},
	{"reloading configuration", "", KindProcess, ClassReload},
	{"", ": key data is not secure: ", KindProcess, ClassWarning},
	{"can't load key from ", "", KindProcess, ClassError},
	{"trying to connect to ", "", KindOther, ClassNone},
	{"smfi_opensocket() failed", "", KindProcess, ClassFatal},
	{"smfi_setconn() failed", "", KindProcess, ClassFatal},
	{"no signing domains", "", KindProcess, ClassWarning},
}
