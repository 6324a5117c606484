package logparse

// Kind says what happened; the names are those of the JSON contract.
type Kind uint8

const (
	KindUnknown Kind = iota
	KindOther
	KindConnect
	KindDisconnect
	KindLost
	KindAuthOK
	KindAuthFail
	KindAuthAbort
	KindAuthError
	KindReject
	KindPolicy
	KindAccept
	KindMessage
	KindQueued
	KindRemoved
	KindExpired
	KindDelivery
	KindBounce
	KindTLS
	KindTLSError
	KindRateLimit
	KindPostscreen
	KindProtocol
	KindFCrDNS
	KindAnvil
	KindVerdict
	KindDKIM
	KindDMARC
	KindSPF
	KindGreylist
	KindFilter
	KindBan
	KindUnban
	KindProcess
	KindLogLoss
	NumKinds
)

var kindNames = [NumKinds]string{
	"unknown", "other", "connect", "disconnect", "lost", "auth_ok", "auth_fail", "auth_abort", "auth_error",
	"reject", "policy", "accept", "message", "queued", "removed", "expired", "delivery", "bounce",
	"tls", "tls_error", "rate_limit", "postscreen", "protocol", "fcrdns", "anvil",
	"verdict", "dkim", "dmarc", "spf", "greylist", "filter", "ban", "unban", "process", "log_loss",
}

func (k Kind) String() string { return kindNames[k] }

// Class refines a Kind. ClassText means that the class is free text in
// Event.ClassText (the jail of a ban, the name of a test or limit).
type Class uint8

const (
	ClassNone Class = iota
	ClassText
	// lost
	ClassLost
	ClassTimeout
	ClassTooManyErrors
	// reject
	ClassRelayDenied
	ClassUserUnknown
	ClassAuthRequired
	ClassDNSBL
	ClassHelo
	ClassSender
	ClassRecipient
	ClassSPF
	ClassDMARC
	ClassPolicy
	ClassGreylist
	ClassRate
	ClassSize
	ClassContent
	ClassMilter
	ClassProtocol
	ClassOther
	// policy (what an access map, a header check or a milter did short of a reject)
	ClassWarn
	ClassHold
	ClassDiscard
	ClassRedirect
	ClassFilter
	ClassPrepend
	ClassBCC
	ClassInfo
	ClassDelay
	ClassPermit
	ClassQuarantine
	ClassReplace
	ClassStrip
	// other: what a next hop said or did before its delivery record
	ClassRemoteReply
	ClassRemoteFail
	// process
	ClassStart
	ClassStop
	ClassReload
	ClassWarning
	ClassError
	ClassFatal
	ClassPanic
	NumClasses
)

var classNames = [NumClasses]string{
	"", "", "lost", "timeout", "too_many_errors",
	"relay_denied", "user_unknown", "auth_required", "dnsbl", "helo", "sender", "recipient", "spf", "dmarc",
	"policy", "greylist", "rate", "size", "content", "milter", "protocol", "other",
	"warn", "hold", "discard", "redirect", "filter", "prepend", "bcc", "info", "delay", "permit", "quarantine", "replace", "strip",
	"remote_reply", "remote_fail",
	"start", "stop", "reload", "warning", "error", "fatal", "panic",
}

func (c Class) String() string { return classNames[c] }

// Status is the fate of one recipient in one delivery attempt.
type Status uint8

const (
	StatusNone Status = iota
	StatusSent
	StatusDeferred
	StatusBounced
	StatusExpired
	StatusDeliverable
	StatusUndeliverable
	NumStatuses
)

var statusNames = [NumStatuses]string{"", "sent", "deferred", "bounced", "expired", "deliverable", "undeliverable"}

func (s Status) String() string { return statusNames[s] }

// Cause is why a login failed, where the log tells.
type Cause uint8

const (
	CauseNone Cause = iota
	CausePassword
	CauseUnknownUser
	CauseDisabled
	CauseMechanism
	CauseBackend
	NumCauses
)

var causeNames = [NumCauses]string{"", "password", "unknown_user", "disabled", "mechanism", "backend"}

func (c Cause) String() string { return causeNames[c] }

// MTA is the program family that wrote a record: MTA, filter, ban tool or host.
type MTA uint8

const (
	MTANone MTA = iota
	Postfix
	Exim
	Sendmail
	OpenSMTPD
	Dovecot
	Cyrus
	Courier
	Rspamd
	OpenDKIM
	OpenDMARC
	PolicydSPF
	Postgrey
	SpamAssassin
	Amavis
	ClamAV
	PAM
	Saslauthd
	Fail2ban
	CrowdSec
	CSF
	Sshguard
	Kernel
	Journald
	Rsyslog
	PHP
	NumMTAs
)

var mtaNames = [NumMTAs]string{
	"", "postfix", "exim", "sendmail", "opensmtpd", "dovecot", "cyrus", "courier", "rspamd", "opendkim", "opendmarc",
	"policyd-spf", "postgrey", "spamassassin", "amavis", "clamav", "pam", "saslauthd", "fail2ban", "crowdsec", "csf",
	"sshguard", "kernel", "journald", "rsyslog", "php",
}

func (m MTA) String() string { return mtaNames[m] }
