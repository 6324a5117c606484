package logparse

// process reads lines of Dovecot's own processes about themselves. Texts behind a
// level word that no template knows are sent as unmatched.
func (l *dovecotLine) process() bool {
	r := l.r
	if l.limitReached() {
		return true
	}
	for _, i := range dovecotProcessIndex.of(l.text) {
		p := &dovecotProcess[i]
		if p.kind == KindProcess && p.class == dovecotLevel && l.level == ClassInfo {
			continue
		}
		if (p.proc == "" || string(l.proc) == p.proc) && hasPrefix(l.text, p.text) {
			r.ev.Reply = r.sub(l.text)
			if p.class == dovecotLevel {
				return l.levelled()
			}
			return r.sendKind(p.kind, p.class)
		}
	}
	if l.level == ClassInfo || r.guess || !isDovecotProc(l.proc) {
		return false
	}
	r.ev.Reply = r.sub(l.text)
	r.ev.Has |= IsUnmatched
	return r.sendKind(KindProcess, l.level)
}

// dovecotLevel in a template says that the level word decides.
const dovecotLevel = NumClasses + 1

// levelled sends a known text under its level; information of that kind is other.
func (l *dovecotLine) levelled() bool {
	if l.level == ClassInfo {
		return l.r.sendKind(KindOther, ClassNone)
	}
	return l.r.sendKind(KindProcess, l.level)
}

// dovecotProcess are the texts of Dovecot's processes, proc "" for any of them.
var dovecotProcess = [...]struct {
	proc, text string
	kind       Kind
	class      Class
}{
	{"master", "Dovecot v", KindProcess, ClassStart},
	{"master", "SIGHUP received - reloading configuration", KindProcess, ClassReload},
	{"master", "Killed with signal ", KindProcess, ClassStop},
	{"", "Killed with signal ", KindOther, ClassNone}, // the children say it too
	{"", "Shutting down", KindOther, ClassNone},
	{"auth", "auth client ", KindOther, ClassNone}, // an MTA's process went away in the middle of a login
	{"auth", "passwd-file ", KindOther, dovecotLevel},
	{"auth", "cache: ", KindOther, dovecotLevel},
	{"", "service(", KindProcess, dovecotLevel},
	{"", "Auth process ", KindProcess, dovecotLevel},
	{"", "Authentication server ", KindProcess, dovecotLevel},
	{"", "auth: connect(", KindProcess, dovecotLevel},
	{"", "auth connect: ", KindProcess, dovecotLevel},
	{"", "sql: ", KindProcess, dovecotLevel},
	{"", "mysql(", KindProcess, dovecotLevel},
	{"", "pgsql(", KindProcess, dovecotLevel},
	{"", "sqlite", KindProcess, dovecotLevel},
	{"", "LDAP", KindProcess, dovecotLevel},
	{"", "ldap(", KindProcess, dovecotLevel},
	{"", "SSL: ", KindProcess, dovecotLevel},
	{"", "Failed to initialize SSL ", KindProcess, dovecotLevel},
	{"", "Disabling SSL ", KindProcess, dovecotLevel},
	{"", "ssl-params: ", KindProcess, dovecotLevel},
	{"ssl-params", "Generating SSL parameters", KindOther, ClassNone},
	{"ssl-params", "SSL parameters regeneration completed", KindOther, ClassNone},
	{"ssl-params", "Generating Diffie-Hellman", KindOther, ClassNone},
	{"", "Time moved ", KindProcess, dovecotLevel},
	{"", "Timeout leak: ", KindProcess, dovecotLevel},
	{"", "File leak: ", KindProcess, dovecotLevel},
	{"", "I/O leak: ", KindProcess, dovecotLevel},
	{"", "Raw backtrace: ", KindProcess, dovecotLevel},
	{"", "Out of memory", KindProcess, dovecotLevel},
	{"", "pool_system_realloc", KindProcess, dovecotLevel},
	{"", "file_", KindProcess, dovecotLevel},
	{"", "maildir: ", KindProcess, dovecotLevel},
	{"lmtp", "lmtp-server: conn ", KindProcess, dovecotLevel},
	{"", "Corrupted ", KindProcess, dovecotLevel},
	{"", "Mailbox ", KindProcess, dovecotLevel},
	{"", "Index ", KindProcess, dovecotLevel},
	{"", "Indexed ", KindOther, dovecotLevel},
	{"", "Log synchronization error ", KindProcess, dovecotLevel},
	{"", "Transaction log ", KindProcess, dovecotLevel},
	{"", "Cached message size ", KindProcess, dovecotLevel},
	{"", "User initialization failed: ", KindProcess, dovecotLevel},
	{"", "Invalid user settings", KindProcess, dovecotLevel},
	{"", "Internal auth failure", KindProcess, dovecotLevel},
	{"", "user ", KindProcess, dovecotLevel},
	{"", "userdb lookup", KindProcess, dovecotLevel},
	{"", "Couldn't ", KindProcess, dovecotLevel},
	{"", "mkdir(", KindProcess, dovecotLevel},
	{"", "open(", KindProcess, dovecotLevel},
	{"", "stat(", KindProcess, dovecotLevel},
	{"", "chdir(", KindProcess, dovecotLevel},
	{"", "connect(", KindProcess, dovecotLevel},
	{"", "net_connect_unix(", KindProcess, dovecotLevel},
	{"", "bind(", KindProcess, dovecotLevel},
	{"", "write(", KindProcess, dovecotLevel},
	{"", "read(", KindProcess, dovecotLevel},
	{"", "fsync(", KindProcess, dovecotLevel},
	{"", "fdatasync(", KindProcess, dovecotLevel},
	{"", "quota: ", KindProcess, dovecotLevel},
	{"", "Quota ", KindProcess, dovecotLevel},
	{"", "sieve: ", KindProcess, dovecotLevel},
	{"", "stats: ", KindProcess, dovecotLevel},
	{"", "proxy: ", KindProcess, dovecotLevel},
	{"", "proxy(", KindProcess, dovecotLevel},
	{"", "DNS lookup", KindProcess, dovecotLevel},
	{"", "last_valid_uid", KindProcess, dovecotLevel},
	{"", "fd limit (ulimit -n) is lower ", KindProcess, dovecotLevel},
	{"config", "NOTE: ", KindOther, dovecotLevel},
	{"config", "Obsolete setting ", KindOther, dovecotLevel},
	{"doveconf", "NOTE: ", KindOther, dovecotLevel},
	{"doveconf", "Obsolete setting ", KindOther, dovecotLevel},
}

var dovecotProcessIndex = indexTexts(len(dovecotProcess), func(i int) string { return dovecotProcess[i].text })

// isDovecotProc says whether a name is one of Dovecot's processes: only then does
// a bare level word behind it make a line Dovecot's.
func isDovecotProc(s []byte) bool {
	if hasSuffix(s, "-login") {
		return true
	}
	switch string(s) {
	case "auth", "auth-worker", "master", "log", "anvil", "stats", "config", "doveconf", "imap", "pop3", "lmtp", "lda", "deliver",
		"managesieve", "submission", "sieve", "ssl-params", "indexer", "indexer-worker", "dict", "dict-async", "dict-expire", "director",
		"doveadm", "dsync-local", "dsync-remote", "dsync-server", "replicator", "aggregator", "ipc", "dns-client", "dns_client", "script", "quota-status", "quota-warning", "imap-hibernate",
		"imap-urlauth", "imap-urlauth-worker", "health-check", "old-stats", "tcpwrap", "fs-auth", "IMAP", "POP3", "MANAGESIEVE":
		return true
	}
	return false
}

// limitReached reads "service(imap-login): process_limit (100) reached, client
// connections are being dropped" and the same with client_limit.
func (l *dovecotLine) limitReached() bool {
	rest, ok := cutPrefix(l.text, "service(")
	if !ok {
		return false
	}
	service, rest, ok := cut(rest, "): ")
	if !ok || !contains(rest, ") reached, client connections are being dropped") {
		return false
	}
	r := l.r
	name, n := word(rest)
	r.ev.Service, r.ev.Limit = r.sub(service), r.sub(name)
	if v, _, ok := leadUint(n[min(1, len(n)):]); ok {
		r.setValue(float64(v))
	}
	return r.sendKind(KindRateLimit, ClassNone)
}
