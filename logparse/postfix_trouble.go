package logparse

import "bytes"

// pfTrouble lists the warnings and errors that the Postfix daemons write about
// themselves and their surroundings; all are kind process. The list comes from
// the manual pages and READMEs; what is not in it is counted as unknown.
var pfTrouble = [...]template{
	// master
	{"process ", " exit status "},
	{"process ", " killed by signal "},
	{"/", ": bad command startup -- throttling"},
	{"master_wakeup_timer_event: ", ""},
	{"ignoring inet_protocols option value", ""},
	{"inet_protocols: ", ""},
	{"bind ", ""},
	{"open lock file ", ""},
	{"unix-domain name too long", ""},
	{"the Postfix mail system is already running", ""},
	{"the Postfix mail system is not running", ""},
	{"Postfix mail system is already running", ""},
	{"daemon initialization failure", ""},
	{"mail system startup failed", ""},
	// services talking to each other
	{"connect to ", ": Connection refused"},
	{"connect to ", ": No such file or directory"},
	{"connect to ", ": Permission denied"},
	{"connect to ", ": Connection timed out"},
	{"connect #", " to subsystem "},
	{"problem talking to service ", ""},
	{"problem talking to server ", ""},
	{"unexpected EOF while reading ", ""},
	{"unexpected end-of-input from ", ""},
	{"timeout on ", " while reading input attribute name"},
	{"read timeout on ", ""},
	{"write timeout on ", ""},
	{"premature end-of-input on ", " while reading "},
	{"private/", " socket: "},
	{"private/", ""},
	{"public/", ""},
	{"mail_queue_", ""},
	{"mail for ", " is using up "},
	{"transport ", " failure -- see a previous warning/fatal/panic logfile record for the problem description"},
	{"unable to look up ", ""},
	{"unknown service: ", ""},
	// milters and filters
	{"connect to Milter service ", ""},
	{"milter ", ": can't read SMFIC_"},
	{"milter ", ": can't read "},
	{"milter ", ": unreasonable packet length"},
	{"milter ", ": unexpected "},
	{"milter ", ": malformed reply"},
	{"milter ", ": error "},
	{"cannot receive milters via service cleanup", ""},
	{"connect to proxy filter ", ""},
	// tables
	{"", " is unavailable. "},
	{"", " lookup error for "},
	{"missing '=' after attribute name", ""},
	{"required alias not found: ", ""},
	{"unknown command in ", " map: "},
	{"dict_", ""},
	{"open database ", ""},
	{"database ", " is older than source file "},
	{"access table ", ""},
	{"unsupported dictionary type: ", ""},
	{"ldap:", ""}, {"mysql:", ""}, {"pgsql:", ""}, {"sqlite:", ""}, {"regexp map ", ""}, {"pcre map ", ""},
	{"connect to mysql server ", ""}, {"connect to pgsql server ", ""},
	{"virtual_", " lookup error"},
	{"virtual alias table ", ""},
	{"", " lookup problem"},
	{"", ": table lookup problem"},
	{"", " map lookup problem"},
	{"", "lookup table error"},
	{"lookup of ", " failed"},
	// configuration
	{"parameter ", " has no value"}, {"parameter ", ": "},
	{"unexpected command-line argument: ", ""}, {"unexpected protocol ", ""},
	{"restriction `", "' ignored: "}, {"restriction `", "' after "},
	{"", " template conversion of parameter "}, {"please reduce time unit ", ""}, {"please increase time unit ", ""},
	{"for instructions see the ", " manual"},
	{"unknown smtpd restriction: ", ""}, {"unknown restriction: ", ""}, {"unknown mail delivery ", ""},
	{"invalid transport name: ", ""}, {"invalid ", " configuration"},
	{"file ", " does not exist"}, {"file size limit ", ""}, {"open /", ""}, {"chdir /", ""},
	{"TLS engine initialization failed", ""}, {"TLS not available", ""}, {"TLS policy table, ", ""},
	{"cannot initialize TLS", ""}, {"can't initialize ", ""}, {"cannot create ", ""}, {"cannot open ", ""},
	{"unable to set ", ""}, {"unable to open ", ""}, {"could not find any active network interfaces", ""},
	{"could not determine ", ""}, {"usage: ", ""},
	{"do not list domain ", " in BOTH "},
	{"/", ": unused parameter: "},
	{"/", ", line "},
	{"/", ": not owned by "},
	{"not owned by ", ""},
	{"group or other writable: ", ""},
	{"group writable: ", ""},
	{"not set-gid ", ""},
	{"symlink leaves directory: ", ""},
	{"undefined parameter: ", ""},
	{"unused parameter: ", ""},
	{"My hostname ", " is not a fully qualified name"},
	{"myhostname ", ""},
	{"My own hostname ", ""},
	{"bad numerical configuration: ", ""},
	{"bad boolean configuration: ", ""},
	{"bad string length ", ""},
	{"open active ", ""},
	{"no SASL authentication mechanisms", ""},
	{"SASL: ", ""},
	{"SASL per-process initialization failed", ""},
	{"SASL per-connection ", ""},
	{"SASL ", " authentication mechanism"},
	{"xsasl_", ""},
	{"unsupported SASL ", ""},
	{"cannot get RSA ", ""}, {"cannot get ", " from file "}, {"cannot load ", ""}, {"cannot set ", ""},
	{"No server certs available. TLS won't be enabled", ""},
	{"disabling TLS support", ""},
	{"Invalid TLS protocol list ", ""},
	{"tls_", ""},
	{"tlsmgr", ""},
	{"run-time library vs. compile-time header version mismatch", ""},
	{"certificate verification ", ""},
	{"server certificate verification failed", ""},
	{"Server certificate not verified", ""},
	{"EC key ", ""},
	{"psc_", ""},
	{"dnsblog reply timeout ", ""},
	{"lookup error for DNS query ", ""},
	{"dnsblog_query: lookup error for DNS query ", ""},
	{"getpeername: ", ""}, {"getsockname: ", ""},
	{"haproxy ", ""},
	{"postscreen_cache", ""},
	// resources
	{"queue file size limit exceeded", ""},
	{"write queue file: ", ""},
	{"queue file write error", ""},
	{"", ": error writing "},
	{"not enough free space in mail queue", ""},
	{"message has been queued for ", ""},
	{"message too large", ""},
	{"close file ", ""},
	{"mail_stream_", ""},
	{"open_queue_file", ""},
	{"corrupted queue file", ""}, {"saving corrupt file ", ""}, {"moving queue file ", ""},
	{"bounce queue ", ""}, {"defer queue ", ""},
	{"", " undeliverable postmaster notification discarded"},
	{"queue directory ", ""},
	{"mail system is down -- accessing queue directly", ""},
	{"Mail system is down -- accessing queue directly", ""},
	{"Cannot flush mail queue - mail system is down", ""},
	{"backward time jump detected", ""}, {"backward time jump recovered", ""},
	// delivery
	{"no MX host for ", " has a valid address record"},
	{"no MX host for ", ""},
	{"numeric domain name in resource data of ", ""},
	{"numeric hostname: ", ""},
	{"malformed domain name in resource data of ", ""},
	{"valid_hostname: ", ""}, {"valid_ipv4_hostaddr: ", ""}, {"valid_ipv6_hostaddr: ", ""}, {"valid_hostaddr: ", ""},
	{"host ", " greeted me with my own hostname "},
	{"host ", " replied to HELO/EHLO with my own hostname "},
	{"host ", " said: "},
	{"mailer loop: ", ""},
	{"relayhost configuration problem", ""},
	{"smtp_connect_", ""}, {"smtp_", ""}, {"smtpd_", ""}, {"lmtp_", ""}, {"qmgr_", ""}, {"cleanup_", ""}, {"pipe_", ""},
	{"bounce_", ""}, {"proxymap_", ""}, {"local_", ""}, {"maildir_", ""}, {"mailbox_", ""}, {"postscreen_", ""},
	{"anvil_", ""}, {"trivial-rewrite", ""}, {"resolve_", ""}, {"match_list_match: ", ""},
	{"bad address pattern: ", ""}, {"bad net/mask pattern: ", ""}, {"non-null host address bits in ", ""},
	{"name_mask", ""}, {"Non-recursive ", ""}, {"DNSSEC ", ""},
	{"header_token", ""},
	{"maildir access problem for ", ""},
	{"dead letter ", ""},
	{"Recipient addresses must be specified on the command line", ""},
	{"non-SMTP response from ", ""}, {"bad command startup", ""},
	{"-f option ", ""}, {"uid=", ""},
	{"bad ETRN ", ""}, {"", ": ETRN "},
	{"using backwards-compatible default setting", ""},
	{"support for ", " will be removed"}, {"", " will be removed from "},
	{"Postfix is using ", ""},
}

// pfAnywhere are reasons that mean the same in whatever line they stand: the
// system's own errors (errno texts), behind a colon.
var pfAnywhere = [...]string{
	"No space left on device", "Too many open files", "Cannot allocate memory", "Permission denied",
	"Read-only file system", "Disk quota exceeded", "No such file or directory", "Connection refused",
	"Connection reset by peer", "Address already in use", "Cannot assign requested address",
	"Resource temporarily unavailable", "Input/output error", "Broken pipe", "File exists", "Not a directory",
	"Operation not permitted", "No buffer space available", "Host name lookup failure", "Connection timed out",
	"Network is unreachable", "No route to host", "File too large", "No child processes",
}

var pfAnywhereIndex = indexTexts(len(pfAnywhere), func(i int) string { return pfAnywhere[i] })

func knownAnywhere(s []byte) bool {
	for k := 1; k < len(s); k++ {
		n := bytes.IndexByte(s[k:], ':')
		if n < 0 || k+n+2 >= len(s) {
			return false
		}
		k += n
		for _, i := range pfAnywhereIndex.of(s[k+2:]) {
			if hasPrefix(s[k+2:], pfAnywhere[i]) {
				return true
			}
		}
	}
	return false
}

var pfTroubleIndex = indexTexts(len(pfTrouble), func(i int) string { return pfTrouble[i].prefix })

// isTrouble says whether s is a text of pfTrouble.
func isTrouble(s []byte) bool {
	for _, i := range pfTroubleIndex.of(s) {
		if pfTrouble[i].is(s) {
			return true
		}
	}
	return false
}
