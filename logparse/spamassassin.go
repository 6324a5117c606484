package logparse

// parseSpamAssassin reads spamd's lines (spamd(1)):
//
//	spamd: result: Y 15 - TESTS scantime=0.1,size=155,user=U,uid=N,required_score=5.0,rhost=H,raddr=IP,rport=N,mid=<MID>,autolearn=no
//	spamd: clean message (-0.0/5.0) for U:UID in 0.1 seconds, 128 bytes.
//	spamd: processing message <MID> for U:UID
//
// The result line is the verdict; "clean message" and "identified spam" say the same
// with the exact score and are of kind filter. The Message-ID is the sender's word:
// what counts stands before it.
func parseSpamAssassin(r *record) bool {
	s := r.msg()
	rest, ok := cutPrefix(s, "spamd: ")
	if !ok {
		return r.templated(s, spamdOther[:])
	}
	switch {
	case hasPrefix(rest, "result: "):
		return r.spamdResult(rest[len("result: "):])
	case hasPrefix(rest, "clean message ("):
		return r.spamdScore(rest, rest[len("clean message ("):])
	case hasPrefix(rest, "identified spam ("):
		return r.spamdScore(rest, rest[len("identified spam ("):])
	case hasPrefix(rest, "processing message "), hasPrefix(rest, "checking message "):
		return r.spamdMessage(rest)
	}
	return r.templated(rest, spamdNotes[:])
}

// spamdResult reads "Y 1002 - TESTS key=value,...".
func (r *record) spamdResult(s []byte) bool {
	flag, rest := word(s)
	if string(flag) != "Y" && string(flag) != "." {
		return false
	}
	score, rest, ok := leadFloat(rest)
	if !ok {
		return false
	}
	r.setScore(score)
	rest, _ = cutPrefix(trimLeft(rest), "- ")
	tests, fields := word(rest)
	r.ev.ClassText, r.ev.Reply = r.sub(flag), r.sub(tests)
	head, mid, hasID := cut(fields, ",mid=")
	if hasID {
		mid, _, _ = cutLast(mid, ",autolearn=")
		mid, _, _ = cutLast(mid, ",rmid=")
		if string(mid) != "(unknown)" {
			r.setMessageID(mid)
		}
	}
	for key, val, rest, ok := nextField(head, ","); ok; key, val, rest, ok = nextField(rest, ",") {
		r.spamdField(key, val)
	}
	return r.sendKind(KindVerdict, ClassText)
}

func (r *record) spamdField(key, val []byte) {
	switch string(key) {
	case "scantime":
		if f, ok := parseFloat(val); ok {
			r.setDuration(f)
		}
	case "size":
		if n, ok := parseUint(val); ok {
			r.setSize(n)
		}
	case "user":
		r.ev.User = r.sub(val)
	case "uid":
		if n, ok := parseUint32(val); ok {
			r.ev.UID, r.ev.Has = n, r.ev.Has|HasUID
		}
	case "required_score":
		if f, ok := parseFloat(val); ok {
			r.setValue(f)
		}
	}
}

// spamdScore reads "SCORE/LIMIT) for USER:UID in 0.1 seconds, N bytes.".
func (r *record) spamdScore(s, rest []byte) bool {
	score, rest, ok := leadFloat(rest)
	if !ok || len(rest) == 0 || rest[0] != '/' {
		return false
	}
	r.setScore(score)
	limit, rest, ok := leadFloat(rest[1:])
	if ok {
		r.setValue(limit)
	}
	if user, ok := cutPrefix(rest, ") for "); ok {
		if user, _, ok = cutLast(user, " in "); ok {
			user, _, _ = cutLast(user, ":")
			r.ev.User = r.sub(user)
		}
	}
	r.ev.Reply = r.sub(s)
	return r.sendKind(KindFilter, ClassContent)
}

// spamdMessage reads "processing message <MID> for USER:UID".
func (r *record) spamdMessage(s []byte) bool {
	_, rest, _ := cut(s, " message ")
	mid, user, ok := cutLast(rest, " for ")
	if !ok {
		return false
	}
	mid, _, _ = cutLast(mid, " aka ")
	if string(mid) != "(unknown)" {
		r.setMessageID(mid)
	}
	user, _, _ = cutLast(user, ":")
	r.ev.User = r.sub(user)
	return r.sendKind(KindOther, ClassNone)
}

// spamdNotes stand behind "spamd: ".
var spamdNotes = [...]note{
	{"connection from ", " to port ", KindOther, ClassNone},
	{"got connection over ", "", KindOther, ClassNone},
	{"server started on ", "", KindProcess, ClassStart},
	{"server killed by SIG", "", KindProcess, ClassStop},
	{"server hit by SIG", "", KindProcess, ClassReload},
	{"server pid: ", "", KindOther, ClassNone},
	{"server successfully spawned child process", "", KindOther, ClassNone},
	{"server socket closed", "", KindOther, ClassNone},
	{"restarting using '", "", KindOther, ClassNone},
	{"handled cleanup of child pid [", "", KindOther, ClassNone},
	{"child [", "] killed successfully", KindOther, ClassNone},
	{"setuid to ", " succeeded", KindOther, ClassNone},
	{"still running as root: ", "", KindProcess, ClassWarning},
	{"still running as root! dying", "", KindProcess, ClassFatal},
	{"creating default_prefs: ", "", KindOther, ClassNone},
	{"using default config for ", "", KindOther, ClassNone},
	{"handle_user ", "unable to find user: ", KindOther, ClassNone},
	{"skipped large message in ", "", KindOther, ClassNone},
	{"Tell: ", "", KindOther, ClassNone},
	{"service unavailable: ", "", KindProcess, ClassWarning},
	{"copy_config timeout", "", KindProcess, ClassError},
	{"respawning server", "", KindProcess, ClassWarning},
	{"accept failed", "", KindProcess, ClassError},
	{"child processing timeout at ", "", KindProcess, ClassError},
	{"bad protocol: ", "", KindProcess, ClassWarning},
	{"cannot ", "", KindProcess, ClassError},
	{"could not ", "", KindProcess, ClassError},
	{"failed to ", "", KindProcess, ClassError},
	{"error: ", ", continuing", KindProcess, ClassError},
}

// spamdOther are lines of SpamAssassin itself, written by spamd.
var spamdOther = [...]note{
	{"prefork: child states: ", "", KindOther, ClassNone},
	{"prefork: server reached --max-children setting", "", KindProcess, ClassWarning},
	{"prefork: ", " failed", KindProcess, ClassError},
	{"plugin: eval failed: ", "", KindProcess, ClassWarning},
	{"plugin: ", "failed", KindProcess, ClassWarning},
	{"bayes: ", "cannot ", KindProcess, ClassWarning},
	{"bayes: ", "failed", KindProcess, ClassWarning},
	{"bayes: expire", "", KindOther, ClassNone},
	{"rules: failed to run ", "", KindProcess, ClassWarning},
	{"rules: ", "meta test ", KindOther, ClassNone},
	{"config: ", "failed", KindProcess, ClassWarning},
	{"logger: removing ", "", KindOther, ClassNone},
	{"zoom: able to use ", "", KindOther, ClassNone},
	{"auto-whitelist: ", "failed", KindProcess, ClassWarning},
	{"dns: ", "failed", KindProcess, ClassWarning},
	{"pyzor: ", "failed", KindProcess, ClassWarning},
	{"razor2: ", "failed", KindProcess, ClassWarning},
	{"dcc: ", "failed", KindProcess, ClassWarning},
	{"mkdir ", "", KindProcess, ClassWarning},
	{"timing: ", "", KindOther, ClassNone},
	{"server socket setup failed, retry ", "", KindProcess, ClassError},
	{"", " Server closing!", KindProcess, ClassStop},
}
