package logparse

// PAM modules log under the name of the program that uses them:
//
//	pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot ruser=U rhost=IP  user=U
//
// ruser is what the client typed and may imitate the rest, so the last rhost= is
// the module's; user= stands there for accounts that exist.

// parsePAM reads a line of a PAM module used by a mail program.
func parsePAM(r *record) bool {
	r.ev.MTA = PAM
	s := r.msg()
	if isPAM(s) {
		return pamLine(r, s)
	}
	for _, t := range [...]string{"password check failed for user (", "could not obtain user information", "could not get username from shadow "} {
		if hasPrefix(s, t) { // unix_chkpwd, which pam_unix runs; "authentication failure" follows
			return r.sendKind(KindOther, ClassNone)
		}
	}
	return false
}

// isPAM says whether s is "pam_NAME(service:type): ...".
func isPAM(s []byte) bool {
	if !hasPrefix(s, "pam_") {
		return hasPrefix(s, "PAM ")
	}
	head, _, ok := cut(s, "): ")
	return ok && indexByte(head, '(') > 0 && indexByte(head, ' ') < 0
}

func pamLine(r *record, s []byte) bool {
	r.ev.MTA = PAM
	if hasPrefix(s, "PAM ") {
		return pamSummary(r, s[len("PAM "):])
	}
	module, rest, _ := cutByte(s, '(')
	head, text, _ := cut(rest, "): ")
	service, kind, _ := cutByte(head, ':')
	r.ev.Service = r.sub(service)
	r.ev.Method = r.sub(module)
	r.ev.Reply = r.sub(text)
	if f, ok := cutPrefix(text, "authentication failure; "); ok {
		return pamFailure(r, f, 1)
	}
	switch {
	case string(kind) == "session", hasPrefix(text, "check pass; user unknown"), hasPrefix(text, "received for user "),
		hasPrefix(text, "bad username ["), hasPrefix(text, "authentication success; "), hasPrefix(text, "Verify user "),
		hasPrefix(text, "getting password "), hasPrefix(text, "password changed for "):
		return r.sendKind(KindOther, ClassNone)
	case hasPrefix(text, "account ") && contains(text, "expired"), hasPrefix(text, "Consecutive login failures for user "),
		hasPrefix(text, "Access denied for user "), contains(text, " account locked"):
		if user, ok := cutPrefix(text, "account "); ok {
			user, _, _ = cutLast(user, " has expired")
			r.ev.User = r.sub(user)
		}
		r.ev.Cause = CauseDisabled
		return r.sendKind(KindAuthFail, ClassNone)
	}
	return false
}

// pamFailure reads "logname= uid=0 ... ruser=U rhost=IP  user=U".
func pamFailure(r *record, s []byte, n uint32) bool {
	before, host, ok := cutLast(s, " rhost=")
	if !ok {
		return false
	}
	if _, ruser, ok := cut(before, " ruser="); ok {
		r.ev.User = r.sub(ruser)
	}
	addr, rest := word(host)
	if user, ok := cutPrefix(rest, "user="); ok && len(user) > 0 {
		r.ev.User = r.sub(user)
	}
	if len(addr) == 0 { // saslauthd, smtpd: they write themselves what became of the try
		return r.sendKind(KindOther, ClassNone)
	}
	if r.setClientIP(addr) {
		r.ev.Has |= IsTrusted
	} else {
		r.ev.ClientName = r.sub(addr)
	}
	if n > 1 {
		r.ev.Count = n * max(1, r.count)
	}
	r.ev.Cause = CausePassword
	return r.sendKind(KindAuthFail, ClassNone)
}

// pamSummary reads "2 more authentication failures; logname= ... rhost=IP" and
// faults of PAM itself.
func pamSummary(r *record, s []byte) bool {
	if n, rest, ok := leadUint(s); ok && n > 0 && n < 1<<20 {
		if _, f, ok := cut(rest, "; "); ok && hasPrefix(rest, " more authentication failure") {
			return pamFailure(r, f, uint32(n))
		}
	}
	for _, t := range [...]string{"unable to dlopen(", "adding faulty module: ", "_pam_", "pam_"} {
		if hasPrefix(s, t) {
			r.ev.Reply = r.sub(s)
			return r.sendKind(KindProcess, ClassError)
		}
	}
	return false
}
