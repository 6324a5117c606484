package logparse

// saslauthd of Cyrus SASL writes "function        : text", with blanks for the
// function unless it was built for debugging, and "DEBUG: function: text". A failure
// names no address: [user=U] [service=smtp] [realm=R] [mech=pam] [reason=PAM auth
// error]. User and realm are attacker text, so the fields are found from the end.

// parseSaslauthd reads one line of saslauthd.
func parseSaslauthd(r *record) bool {
	r.ev.MTA = Saslauthd
	s := r.msg()
	if isPAM(s) {
		return pamLine(r, s)
	}
	s, _ = cutPrefix(s, "DEBUG: ")
	if f, rest, ok := cutByte(s, ':'); ok && hasPrefix(rest, " ") {
		if f = trimRight(f); len(f) == 0 || isWord(f) {
			s = trimLeft(rest)
		}
	}
	if f, ok := cutPrefix(s, "auth failure: [user="); ok {
		return saslFailure(r, f)
	}
	r.ev.Reply = r.sub(s)
	for i := range saslauthdTexts {
		if t := &saslauthdTexts[i]; hasPrefix(s, t.text) {
			return r.sendKind(t.kind, t.class)
		}
	}
	return false
}

func saslFailure(r *record, s []byte) bool {
	s, reason, _ := cutLast(s, "] [reason=")
	reason, _ = cutSuffix(reason, "]")
	s, mech, _ := cutLast(s, "] [mech=")
	s, _, _ = cutLast(s, "] [realm=")
	user, service, ok := cutLast(s, "] [service=")
	if !ok {
		return false
	}
	r.ev.User, r.ev.Service, r.ev.Method, r.ev.Reply = r.sub(user), r.sub(service), r.sub(mech), r.sub(reason)
	switch {
	case hasPrefix(reason, "PAM start error"), hasPrefix(reason, "Unable to open"), hasPrefix(reason, "saslauthd internal"):
		r.ev.Cause = CauseBackend
		return r.sendKind(KindAuthError, ClassNone)
	case hasPrefix(reason, "PAM acct error"), hasPrefix(reason, "PAM account error"):
		r.ev.Cause = CauseDisabled
	case hasPrefix(reason, "Unknown"), hasPrefix(reason, "No such user"):
		r.ev.Cause = CauseUnknownUser
	default:
		r.ev.Cause = CausePassword
	}
	return r.sendKind(KindAuthFail, ClassNone)
}

var saslauthdTexts = [...]struct {
	text  string
	kind  Kind
	class Class
}{
	{"auth success: ", KindOther, ClassNone}, // the MTA's line about the login has the address
	{"master pid is: ", KindProcess, ClassStart},
	{"listening on socket: ", KindOther, ClassNone},
	{"master exited: ", KindProcess, ClassStop},
	{"mechanism doesn't support changing", KindOther, ClassNone},
	{"pam_authenticate failed: ", KindOther, ClassNone}, // "auth failure" follows
	{"pam_acct_mgmt failed: ", KindOther, ClassNone},
	{"Authentication failed for ", KindOther, ClassNone},
	{"User not found", KindOther, ClassNone},
	{"NULL login received", KindOther, ClassNone}, // the MTA's line about the login has the address
	{"NULL password received", KindOther, ClassNone},
	{"could not ", KindProcess, ClassError},
	{"Unable to ", KindProcess, ClassError},
	{"failed to ", KindProcess, ClassError},
	{"cannot ", KindProcess, ClassError},
	{"accept: ", KindProcess, ClassError},
	{"fork: ", KindProcess, ClassError},
	{"caught signal ", KindProcess, ClassStop},
	{"num_procs  : ", KindOther, ClassNone},
	{"mech_option: ", KindOther, ClassNone},
	{"run_path   : ", KindOther, ClassNone},
	{"auth_mech  : ", KindOther, ClassNone},
}
