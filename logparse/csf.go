package logparse

// parseCSF reads lfd.log of ConfigServer Firewall (csf's readme.txt):
//
//	(smtpauth) Failed SMTP AUTH login from 192.0.2.1 (XX/Country/host): 5 in the last 3600 secs - *Blocked in csf* [LF_SMTPAUTH]
//	Incoming IP 192.0.2.1 temporary block removed
//
// The class of a ban is the trigger in the first parentheses. The host name in the
// second ones is reverse DNS; the address stands before it.
func parseCSF(r *record) bool {
	s := r.msg()
	if len(s) > 0 && s[0] == '(' {
		if trigger, rest, ok := cut(s[1:], ") "); ok && len(trigger) < 32 {
			return r.csfTrigger(trigger, rest)
		}
	}
	if ip, ok := cutSuffix(s, " temporary block removed"); ok {
		return r.csfRemoved(ip)
	}
	return r.templated(s, csfNotes[:])
}

// csfTrigger reads what stands behind "(trigger) ". An address is the word behind
// "from " or the first one of the text.
func (r *record) csfTrigger(trigger, s []byte) bool {
	head, _, _ := cut(s, " (")
	subject := head
	if i := lastIndex(head, " from "); i >= 0 {
		subject = head[i+len(" from "):]
	}
	subject, _ = cutPrefix(subject, "IP ")
	subject, _ = word(subject)
	subject, _ = cutSuffix(subject, ":")
	ip, _, _ := cutByte(subject, '/')
	known := r.daemonIP(ip)
	blocked := index(s, " - *Blocked in csf*")
	if !known || blocked < 0 {
		return r.templated(s, csfAlerts[:])
	}
	if secs, ok := cutPrefix(s[blocked+len(" - *Blocked in csf*"):], " for "); ok {
		if n, _, ok := leadUint(secs); ok {
			r.setDuration(float64(n))
		}
	}
	r.ev.ClassText, r.ev.Reply = r.sub(trigger), r.sub(s)
	return r.sendKind(KindBan, ClassText)
}

// csfRemoved reads "Incoming IP A" and "Incoming and Outgoing IP A".
func (r *record) csfRemoved(s []byte) bool {
	dir, ip, ok := cut(s, "IP ")
	if !ok || !hasPrefix(dir, "Incoming") && !hasPrefix(dir, "Outgoing") || !r.daemonIP(ip) {
		return false
	}
	r.ev.ClassText, r.ev.Reply = r.ev.Program, r.sub(ip)
	return r.sendKind(KindUnban, ClassText)
}

// csfAlerts are texts behind "(trigger) " that block nobody.
var csfAlerts = [...]note{
	{"Failed ", " in the last ", KindOther, ClassNone},
	{"IP ", " found to have ", KindOther, ClassNone},
	{"", "*Already blocked", KindOther, ClassNone},
}

var csfNotes = [...]note{
	{"daemon started on ", "", KindProcess, ClassStart},
	{"daemon stopped", "", KindProcess, ClassStop},
	{"Main Process: ", "", KindOther, ClassNone},
	{"CSF Tracking", "", KindOther, ClassNone},
	{"LF_APACHE_ERRPORT: ", "", KindOther, ClassNone},
	{"Restricted log file ", "", KindOther, ClassNone},
	{"Global Allow ", "", KindOther, ClassNone},
	{"SSH access ", "", KindOther, ClassNone},
	{"SU login ", "", KindOther, ClassNone},
	{"Watching ", "...", KindOther, ClassNone},
	{"System Exploit Tracking", "", KindOther, ClassNone},
	{"Directory Watching", "", KindOther, ClassNone},
	{"Email Script Tracking", "", KindOther, ClassNone},
	{"Account Tracking", "", KindOther, ClassNone},
	{"Process Tracking", "", KindOther, ClassNone},
	{"Connection Tracking", "", KindOther, ClassNone},
	{"Temp to Perm Block Tracking", "", KindOther, ClassNone},
	{"*Suspicious Process* ", "", KindOther, ClassNone},
	{"*User Processing* ", "", KindOther, ClassNone},
	{"*SSH login* from ", "", KindOther, ClassNone},
	{"*Exim Queue* ", "", KindRateLimit, ClassOther},
	{"*Script Alert* ", "", KindRateLimit, ClassRate},
	{"*LOCALRELAY* ", "", KindRateLimit, ClassRate},
	{"*LOCALHOSTRELAY* ", "", KindRateLimit, ClassRate},
	{"*AUTHRELAY* ", "", KindRateLimit, ClassRate},
	{"*POPRELAY* ", "", KindRateLimit, ClassRate},
	{"*RELAY* ", "", KindRateLimit, ClassRate},
	{"*High 5 minute load average alert* ", "", KindProcess, ClassWarning},
	{"*SYSLOG CHECK* ", "", KindProcess, ClassWarning},
	{"*Lock Error* ", "", KindProcess, ClassError},
	{"*Error* ", "", KindProcess, ClassError},
	{"*WARNING* ", "", KindProcess, ClassWarning},
}
