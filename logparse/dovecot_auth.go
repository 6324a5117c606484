package logparse

// authReason is one text of the auth process behind "passdb(user,ip,<session>): ".
type authReason struct {
	text  string
	kind  Kind
	cause Cause
}

var authReasons = [...]authReason{
	{"Password mismatch", KindAuthFail, CausePassword},
	{"password mismatch", KindAuthFail, CausePassword},
	{"unknown user", KindAuthFail, CauseUnknownUser},
	{"invalid credentials", KindAuthFail, CausePassword},
	{"Invalid credentials", KindAuthFail, CausePassword},
	{"pam_authenticate() failed: User not known", KindAuthFail, CauseUnknownUser},
	{"pam_authenticate() failed: User account has expired", KindAuthFail, CauseDisabled},
	{"pam_authenticate() failed: Authentication service cannot retrieve", KindAuthError, CauseBackend},
	{"pam_authenticate() failed: System error", KindAuthError, CauseBackend},
	{"pam_authenticate() failed: ", KindAuthFail, CausePassword},
	{"pam_acct_mgmt() failed: ", KindAuthFail, CauseDisabled},
	{"pam_start() failed: ", KindAuthError, CauseBackend},
	{"pam_setcred() failed: ", KindAuthError, CauseBackend},
	{"Username character disallowed by auth_username_chars: ", KindAuthFail, CauseUnknownUser},
	{"Empty username", KindAuthFail, CauseUnknownUser},
	{"Username contains ", KindAuthFail, CauseUnknownUser},
	{"Username is empty", KindAuthFail, CauseUnknownUser},
	{"User is disabled", KindAuthFail, CauseDisabled},
	{"user is disabled", KindAuthFail, CauseDisabled},
	{"user disabled", KindAuthFail, CauseDisabled},
	{"Account is disabled", KindAuthFail, CauseDisabled},
	{"Login disabled", KindAuthFail, CauseDisabled},
	{"Password expired", KindAuthFail, CauseDisabled},
	{"password expired", KindAuthFail, CauseDisabled},
	{"policy refusal", KindAuthFail, CauseNone},
	{"Authentication failure due to policy server refusal", KindAuthFail, CauseNone},
	{"Blocked by policy", KindAuthFail, CauseNone},
	{"allow_nets check failed: ", KindAuthFail, CauseNone},
	{"Passdb lookup failed, not matching allow_nets", KindAuthFail, CauseNone},
	{"User not found from any userdbs", KindAuthFail, CauseUnknownUser},
	{"user not found from any userdbs", KindAuthFail, CauseUnknownUser},
	{"user not found from userdb", KindAuthFail, CauseUnknownUser},
	{"Authentication failed: ", KindAuthFail, CauseNone},
	{"oauth2 failed: ", KindAuthFail, CausePassword},
	{"Token validation failed", KindAuthFail, CausePassword},
	{"Login attempted with password having illegal chars", KindAuthFail, CausePassword},
	{"Attempted login with password having illegal chars", KindAuthFail, CausePassword},
	{"invalid input", KindAuthFail, CauseMechanism},
	{"invalid base64 data", KindAuthFail, CauseMechanism},
	{"Invalid base64 data", KindAuthFail, CauseMechanism},
	{"master passdb doesn't have ", KindAuthFail, CauseNone},
	{"Master user lookup attempted by anonymous", KindAuthFail, CauseNone},
	{"Attempted master login with no master passdbs", KindAuthFail, CauseNone},
	{"Request timed out waiting for client to continue authentication", KindAuthAbort, CauseNone},
	{"authentication aborted by client", KindAuthAbort, CauseNone},
	{"Authentication aborted by client", KindAuthAbort, CauseNone},
	{"Requested ", KindAuthFail, CauseMechanism}, // "Requested X scheme, but we have only Y"
	{"Password query failed", KindAuthError, CauseBackend},
	{"password query failed", KindAuthError, CauseBackend},
	{"User query failed", KindAuthError, CauseBackend},
	{"user query failed", KindAuthError, CauseBackend},
	{"ldap_bind() failed: ", KindAuthError, CauseBackend},
	{"ldap_search", KindAuthError, CauseBackend},
	{"LDAP search ", KindAuthError, CauseBackend},
	{"Request lost", KindAuthError, CauseBackend},
	{"Auth worker ", KindAuthError, CauseBackend},
	{"Auth request timed out", KindAuthError, CauseBackend},
	{"Password database lookup failed", KindAuthError, CauseBackend},
	{"Empty password returned without nopassword", KindAuthError, CauseBackend},
	{"No password returned", KindAuthError, CauseBackend},
	{"Policy server request failed", KindAuthError, CauseBackend},
	{"Policy server HTTP error", KindAuthError, CauseBackend},
}

var authReasonIndex = indexTexts(len(authReasons), func(i int) string { return authReasons[i].text })

// auth reads a line of auth or auth-worker. Up to 2.3 the request stands in the
// text, "pam(user,ip,<session>): reason"; since 2.4 in the head,
// "auth(user,ip,sasl:plain)<session>: pam: reason" and
// "auth-worker(user,ip)<pid><session>: request [7]: pam: reason".
func (l *dovecotLine) auth() bool {
	l.cutWorker()
	if isPAM(l.text) {
		return pamLine(l.r, l.text)
	}
	if l.authHead() || l.workerHead() || l.lookupHead() {
		return true
	}
	return l.authText()
}

// cutWorker takes "conn unix:auth-worker (pid=7,uid=101): auth-worker<5>: " off.
func (l *dovecotLine) cutWorker() {
	if !hasPrefix(l.text, "conn unix:") {
		return
	}
	if _, rest, ok := cut(l.text, "): "); ok {
		l.text = rest
	}
	if rest, ok := cutPrefix(l.text, "auth-worker<"); ok {
		if _, rest, ok = cut(rest, ">: "); ok {
			l.text = rest
		}
	}
}

// authHead reads the form of 2.4. The database's name is a word of the daemon. With
// two readings of who asked, neither is taken.
func (l *dovecotLine) authHead() bool {
	user, rest, ok := cutLast(l.arg, ",sasl:")
	if !ok {
		return false
	}
	why, text := l.authReason(l.text)
	if why == nil {
		return false
	}
	if contains(l.text, ",sasl:") { // the name imitates the end of the head
		return l.authSend(why, text)
	}
	l.r.ev.Method = l.r.sub(rest)
	l.authClient(user)
	return l.authSend(why, text)
}

// authReason reads "reason" or "pam: reason", with the database's name before it.
func (l *dovecotLine) authReason(s []byte) (*authReason, []byte) {
	if db, t, ok := cut(s, ": "); ok && isWord(db) {
		s = t
	}
	return findAuthReason(s), s
}

// authClient sets who asked from "user,ip" and the head's session. The pid of a
// worker stands where a session can.
func (l *dovecotLine) authClient(s []byte) {
	r := l.r
	if _, isPID := parseUint(l.session); !isPID {
		r.ev.Session = r.sub(l.session)
	}
	if user, ip, ok := cutLast(s, ","); ok && r.setClientIP(ip) {
		r.ev.Has |= IsTrusted
		s = user
	}
	if string(s) != "?" {
		r.ev.User = r.sub(s)
	}
}

// workerHead reads a worker's line of 2.4, which names no mechanism.
func (l *dovecotLine) workerHead() bool {
	rest, ok := cutPrefix(l.text, "request [")
	if !ok || string(l.proc) != "auth-worker" {
		return false
	}
	_, rest, ok = cut(rest, "]: ")
	why, text := l.authReason(rest)
	if !ok || why == nil {
		return false
	}
	if !contains(rest, ": request [") { // else the name imitates the end of the head
		l.authClient(l.arg)
	}
	return l.authSend(why, text)
}

// lookupHead reads "auth(user,ip): passwd-file: unknown user" of 2.4: somebody but a
// login asks, LMTP for instance about a recipient.
func (l *dovecotLine) lookupHead() bool {
	if len(l.arg) == 0 || contains(l.arg, ",sasl:") {
		return false
	}
	why, text := l.authReason(l.text)
	if why == nil || why.kind != KindAuthFail {
		return false
	}
	l.r.ev.Reply = l.r.sub(text)
	return l.r.sendKind(KindOther, ClassNone)
}

// authText reads "db(user,ip,<session>): reason". The name may imitate all of it,
// and so may a password or name quoted in the reason. Where more than one reading
// is possible the address is left out: the line of the login process or of the
// MTA about the same try has it.
func (l *dovecotLine) authText() bool {
	open := indexByte(l.text, '(')
	if open <= 0 || !isWord(l.text[:open]) && string(l.text[:open]) != "?" {
		return false
	}
	var why *authReason
	var text, args []byte
	readings := 0
	for i := open + 1; readings < 2; {
		j := index(l.text[i:], "): ")
		if j < 0 {
			break
		}
		i += j + len("): ")
		if w := findAuthReason(l.text[i:]); w != nil {
			why, text, args = w, l.text[i:], l.text[open+1:i-len("): ")]
			readings++
		}
	}
	if why == nil {
		return false
	}
	if readings == 1 {
		l.authArgs(args)
		if why.cause == CauseUnknownUser && l.isLookup() {
			l.r.ev.Reply = l.r.sub(text)
			return l.r.sendKind(KindOther, ClassNone)
		}
	}
	return l.authSend(why, text)
}

// isLookup says whether up to 2.3 LMTP rather than a login asks for a name: there is
// no session and at most this host's own loopback address (the rest of 127/8 serves
// containers). A login through an MTA on this host looks the same, and the MTA has a
// line about that.
func (l *dovecotLine) isLookup() bool {
	ev := &l.r.ev
	return ev.User.Len > 0 && ev.Session.Len == 0 && (ev.ClientIP == [16]byte{} || ev.ClientIP == loopback4 || ev.ClientIP == loopback6)
}

var loopback4 = [16]byte{10: 0xff, 11: 0xff, 12: 127, 15: 1}
var loopback6 = [16]byte{15: 1}

// authArgs reads "user,ip,<session>" from its end.
func (l *dovecotLine) authArgs(s []byte) {
	r := l.r
	if hasSuffix(s, ">") {
		if rest, session, ok := cutLast(s, ",<"); ok {
			r.ev.Session = r.sub(session[:len(session)-1])
			s = rest
		}
	}
	if user, ip, ok := cutLast(s, ","); ok && r.setClientIP(ip) {
		r.ev.Has |= IsTrusted
		s = user
	}
	if string(s) != "?" {
		r.ev.User = r.sub(s)
	}
}

// authSend sends the event. What a client typed as password is no part of it.
func (l *dovecotLine) authSend(why *authReason, text []byte) bool {
	text, _, _ = cut(text, " (given password: ")
	text, _, _ = cut(text, " (SHA1 of given password: ")
	text, _, _ = cut(text, " (username: ")
	l.r.ev.Cause = why.cause
	l.r.ev.Reply = l.r.sub(text)
	return l.r.sendKind(why.kind, ClassNone)
}

func findAuthReason(s []byte) *authReason {
	for _, i := range authReasonIndex.of(s) {
		if hasPrefix(s, authReasons[i].text) {
			return &authReasons[i]
		}
	}
	return nil
}
