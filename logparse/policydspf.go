package logparse

// parsePolicydSPF reads the SPF policy servers for Postfix. The Python one
// (policyd-spf(1), pyspf-milter's sister) writes one action a recipient, and from
// debugLevel 2 on the result of each identity too:
//
//	[QID]: prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=IP; helo=H; envelope-from=F; receiver=R
//	[QID]: 550 5.7.23 Message rejected due to: SPF fail - ... ?s=mfrom;id=F;ip=IP;r=R
//	Pass; identity=mailfrom; client-ip=IP; helo=H; envelope-from=F; receiver=R       detail
//
// The Perl one (postfix-policyd-spf-perl) logs as postfix/policy-spf:
//
//	Policy action=PREPEND Received-SPF: pass (...) receiver=R; identity=mailfrom; envelope-from="F"; helo=H; client-ip=IP
//	Policy action=550 Please see http://www.openspf.org/Why?s=mfrom;id=F;ip=IP;r=R
//
// The action is the spf event, the detail is of kind filter. Helo and sender are
// the client's words; its address stands before them (Python) or last (Perl).
func parsePolicydSPF(r *record) bool {
	s := r.msg()
	if act, ok := cutPrefix(s, "Policy action="); ok {
		return r.spfPerl(act)
	}
	if rest, ok := cutPrefix(s, ": "); ok {
		return r.spfAction(rest)
	}
	if id, rest, ok := cutJob(s); ok {
		r.ev.QueueID = r.sub(id)
		return r.spfAction(rest)
	}
	if word, rest, ok := cut(s, "; identity="); ok && isSPFResult(word) {
		r.ev.ClassText = r.sub(word)
		return r.spfFields(rest) && r.sendKind(KindFilter, ClassText)
	}
	return r.templated(s, policydSPFProcess[:]) || r.spfAction(s)
}

func isSPFResult(s []byte) bool {
	switch string(s) {
	case "Pass", "Fail", "Softfail", "SoftFail", "Neutral", "None", "Temperror", "TempError", "Permerror", "PermError",
		"pass", "fail", "softfail", "neutral", "none", "temperror", "permerror":
		return true
	}
	return false
}

// spfAction reads what the Python server answered to Postfix.
func (r *record) spfAction(s []byte) bool {
	if hasPrefix(s, "prepend X-Comment: SPF ") || hasPrefix(s, "prepend Authentication-Results: ") {
		return r.sendKind(KindOther, ClassNone)
	}
	r.ev.Reply = r.sub(s)
	if rest, ok := cutPrefix(s, "prepend Received-SPF: "); ok {
		return r.spfHeader(rest)
	}
	if rest, ok := cutPrefix(s, "Header field not prepended: Received-SPF: "); ok {
		return r.spfHeader(rest)
	}
	if rest, ok := cutPrefix(s, "result_only Received-SPF: "); ok {
		return r.spfHeader(rest)
	}
	if _, _, ok := leadCode(s); !ok {
		return false
	}
	if _, why, ok := cut(s, " Message rejected due to: "); ok {
		return r.spfRefused(s, why)
	}
	if _, why, ok := cut(s, " Message deferred due to: "); ok {
		return r.spfRefused(s, why)
	}
	return false
}

// spfHeader reads "RESULT (text) identity=..; client-ip=..; ...".
func (r *record) spfHeader(s []byte) bool {
	result, rest := word(s)
	_, fields, ok := cut(rest, "identity=")
	if !ok || !isSPFResult(result) {
		return false
	}
	r.ev.ClassText = r.sub(result)
	return r.spfFields(fields) && r.sendKind(KindSPF, ClassText)
}

// spfFields reads "IDENTITY; client-ip=IP; helo=H; envelope-from=F; receiver=R".
func (r *record) spfFields(s []byte) bool {
	identity, rest, ok := cut(s, "; client-ip=")
	ip, rest, ok2 := cut(rest, "; helo=")
	if !ok || !ok2 || !r.daemonIP(ip) {
		return false
	}
	helo, rest, _ := cut(rest, "; envelope-from=")
	from, _, _ := cutLast(rest, "; receiver=")
	r.ev.Method, r.ev.Helo = r.sub(identity), r.sub(helo)
	r.setFrom(unangle(from))
	return true
}

// spfRefused reads "550 5.7.23 Message rejected due to: SPF fail - .. ?s=mfrom;id=F;ip=IP;r=R".
// The address is the last one: the sender stands before it.
func (r *record) spfRefused(s, why []byte) bool {
	r.replyCodes(s)
	if w, ok := cutPrefix(why, "SPF "); ok {
		w, _ = word(w)
		r.ev.ClassText = r.sub(w)
	}
	r.spfWhy(why)
	return r.sendKind(KindSPF, ClassText)
}

func (r *record) spfWhy(s []byte) {
	head, ip, ok := cutLast(s, ";ip=")
	if !ok {
		return
	}
	ip, _, _ = cutByte(ip, ';')
	r.daemonIP(ip)
	if _, q, ok := cut(head, "?s="); ok {
		scope, id, _ := cut(q, ";id=")
		r.ev.Method = r.sub(scope)
		r.setFrom(id)
	}
}

// spfPerl reads the action of the Perl server.
func (r *record) spfPerl(s []byte) bool {
	if r.templated(s, policydSPFPerl[:]) {
		return true
	}
	r.ev.Reply = r.sub(s)
	if rest, ok := cutPrefix(s, "PREPEND Received-SPF: "); ok {
		result, rest := word(rest)
		if !isSPFResult(result) {
			return false
		}
		r.ev.ClassText = r.sub(result)
		head, ip, _ := cutLast(rest, "; client-ip=")
		r.daemonIP(trim(ip))
		head, helo, _ := cutLast(head, "; helo=")
		_, from, _ := cutLast(head, "; envelope-from=")
		r.ev.Helo = r.sub(helo)
		r.setFrom(unquote(from))
		return r.sendKind(KindSPF, ClassText)
	}
	if hasPrefix(s, "550 ") || hasPrefix(s, "DEFER_IF_PERMIT ") {
		r.replyCodes(s)
		r.spfWhy(s)
		code, _ := word(s)
		r.ev.ClassText = r.sub(code)
		return r.sendKind(KindSPF, ClassText)
	}
	return false
}

var policydSPFPerl = [...]note{
	{"PREPEND Authentication-Results: ", "", KindOther, ClassNone},
	{"PREPEND X-Comment: SPF ", "", KindOther, ClassNone},
	{"DUNNO", "", KindOther, ClassNone},
}

var policydSPFProcess = [...]note{
	{"Starting", "", KindOther, ClassNone},
	{"Normal exit", "", KindOther, ClassNone},
	{"Config: {", "", KindOther, ClassNone},
	{"Action: ", ": Text: ", KindOther, ClassNone},
	{"X-Comment: SPF ", "", KindOther, ClassNone},
	{"Read line: \"", "", KindOther, ClassNone},
	{"Found the end of entry", "", KindOther, ClassNone},
	{"_get_resultcodes: ", "", KindOther, ClassNone},
	{"spfcheck: ", "", KindOther, ClassNone},
	{"Cached data for this instance: ", "", KindOther, ClassNone},
	{"Per user configuration data in use for: ", "", KindOther, ClassNone},
	{"Configuration File parsing error: ", "", KindProcess, ClassError},
	{"ERROR: Could not match line \"", "", KindProcess, ClassError},
	{"ERROR: Unknown name \"", "", KindProcess, ClassError},
	{"ERROR: is not a file: \"", "", KindProcess, ClassError},
	{"ERROR stating \"", "", KindProcess, ClassError},
	{"WARNING: Deprecated Config Option ", "", KindProcess, ClassWarning},
	{"Authserv_Id not set for ", "", KindProcess, ClassError},
	{"Header_Type includes both SPF and AR", "", KindProcess, ClassError},
	{"drop_privileges: ", "", KindProcess, ClassWarning},
}
