package logparse

// Postfix, 2.11 to 3.11: every daemon's lines, as documented by the manual pages
// of the daemons, POSTSCREEN_README, XFORWARD_README and the release notes.
//
//	[level: ][queueid or NOQUEUE: ]text
//
// Lines are read from the left. The client stands in a fixed place, before any
// text a client chose, and is never searched for. Where attacker text stands
// before the client (a header check quotes the header first) the client is only
// taken when the line can be read in one way.

// parsePostfix is the family of all programs whose name Postfix uses. The daemon
// is the last path part of the program; what stands between it and the instance
// ("postfix/submission/smtpd") is the service.
func parsePostfix(r *record) bool {
	if r.parse != nil {
		r.ev.Service = r.service
	} else {
		r.ev.Service = r.postfixService()
	}
	msg := r.msg()
	if rest, ok := cutPair(msg, "warning:", " "); ok {
		return r.postfixLevel(ClassWarning, rest)
	}
	if len(msg) > 6 && (msg[5] == ':' || msg[6] == ':') {
		for _, l := range postfixLevels {
			if rest, ok := cutPrefix(msg, l.word); ok {
				return r.postfixLevel(l.class, rest)
			}
		}
		msg, _ = cutPrefix(msg, "info: ")
	}
	if id, rest, ok := cutQueueID(msg); ok {
		if len(id) != 7 || string(id) != "NOQUEUE" {
			r.ev.QueueID = r.sub(id)
		}
		return r.postfixQueued(rest)
	}
	return r.postfixPlain(msg)
}

var postfixLevels = [...]struct {
	word  string
	class Class
}{{"error: ", ClassError}, {"fatal: ", ClassFatal}, {"panic: ", ClassPanic}}

// postfixService is the service part of "instance/service/daemon".
func (r *record) postfixService() Span {
	if !r.path {
		return Span{}
	}
	prog := r.ev.Bytes(r.b, r.ev.Program)
	front := prog[:max(0, len(prog)-len(r.name)-1)]
	if i := lastIndexByte(front, '/'); i >= 0 {
		return r.sub(front[i+1:])
	}
	return Span{}
}

// cutQueueID reads "QUEUEID: " or "NOQUEUE: " at the start of s. Short ids are 6
// and more upper-case hex digits; long ones (enable_long_queue_ids) 12 and more
// digits and consonants of both cases.
func cutQueueID(s []byte) (id, rest []byte, ok bool) {
	var class byte
	n := 0
	for _, b := range s[:min(len(s), 32)] {
		c := idClass[b]
		if c == 0 {
			break
		}
		class |= c
		n++
	}
	if n < 5 || n > 30 || len(s) < n+2 || s[n] != ':' || s[n+1] != ' ' {
		return nil, s, false
	}
	switch {
	case class == idHex, class == idHex|idHexConsonant, class == idHexConsonant:
	case class&idOther == 0 && n >= 12:
	case n == 7 && string(s[:7]) == "NOQUEUE":
	default:
		return nil, s, false
	}
	return s[:n], s[n+2:], true
}

const (
	idHex          = 1 << iota // digits, A, E: in short ids only (digits in both)
	idHexConsonant             // B C D F
	idConsonant                // other consonants
	idOther                    // O U, as in NOQUEUE
)

var idClass = func() (t [256]byte) {
	for c := byte('0'); c <= '9'; c++ {
		t[c] = idHex
	}
	for _, c := range []byte("BCDF") {
		t[c] = idHexConsonant
	}
	for _, c := range []byte("GHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz") {
		t[c] = idConsonant
	}
	t['A'], t['E'] = idHex, idHex
	t['O'], t['U'] = idOther, idOther
	return t
}()

// postfixQueued reads what stands behind a queue id or NOQUEUE, by its first word.
func (r *record) postfixQueued(s []byte) bool {
	if len(s) == 0 {
		return false
	}
	switch s[0] {
	case 't', 'o':
		if hasPrefix(s, "to=") || hasPrefix(s, "orig_to=") {
			return r.pfDelivery(s)
		}
		if hasPrefix(s, "timeout after ") || hasPrefix(s, "too many errors ") {
			return r.pfLost(s)
		}
	case 'c', 'C':
		if rest, ok := cutPrefix(s, "client="); ok {
			return r.pfAccept(rest)
		}
		if hasPrefix(s, "Cannot start TLS: ") {
			return r.pfTLSFailed(s)
		}
	case 'f':
		if hasPrefix(s, "from=<") {
			return r.pfQueueActive(s)
		}
	case 'm':
		if id, ok := cutPair(s, "message-", "id="); ok {
			return r.pfMessageID(id)
		}
	case 'r':
		if string(s) == "removed" {
			r.ev.Kind = KindRemoved
			r.send()
			return true
		}
		if id, ok := cutPrefix(s, "resent-message-id="); ok {
			return r.pfMessageID(id)
		}
	case 'u':
		if rest, ok := cutPrefix(s, "uid="); ok {
			return r.pfPickup(rest)
		}
	case 'l':
		if hasPrefix(s, "lost connection after ") {
			return r.pfLost(s)
		}
	case 'h':
		if hasPrefix(s, "host ") {
			return r.pfRemote(s)
		}
	}
	return r.pfAction(s) || r.pfNotification(s) || r.pfQueueState(s) || r.pfRemote(s) || r.pfOther(pfOtherQueued[:], s)
}

func (r *record) pfMessageID(id []byte) bool {
	r.setMessageID(trim(id))
	r.ev.Kind = KindMessage
	r.send()
	return true
}

// postfixPlain reads text that starts with neither level nor queue id.
func (r *record) postfixPlain(s []byte) bool {
	if len(s) < 4 {
		return false
	}
	switch s[0] {
	case 'c':
		if rest, ok := cutPair(s, "connect ", "from "); ok {
			return r.pfConnect(rest)
		}
		if hasPrefix(s, "connect to ") || hasPrefix(s, "conversation with ") {
			return r.pfRemote(s)
		}
	case 'd':
		if rest, ok := cutPair(s, "disconne", "ct from "); ok {
			return r.pfDisconnect(rest)
		}
	case 'l', 't':
		if r.pfLost(s) {
			return true
		}
	case 's':
		if rest, ok := cutPrefix(s, "statistics: "); ok {
			return r.pfStatistics(rest)
		}
	case 'a':
		if rest, ok := cutPrefix(s, "addr "); ok {
			return r.pfDNSBlog(rest)
		}
	}
	if s[1]-'A' <= 25 && r.pfScreen(s) { // PREGREET, PASS NEW
		return true
	}
	return r.pfTLS(s) || r.pfStress(s) || r.pfProtocol(s) || r.pfAction(s) || r.pfRemote(s) || r.pfProcess(s) || r.pfOther(pfOtherPlain[:], s)
}

// template is one listed text: it starts with prefix and, when has is set, holds
// has behind it.
type template struct{ prefix, has string }

func (t *template) is(s []byte) bool {
	return begins(s, t.prefix) && (t.has == "" || contains(s[len(t.prefix):], t.has))
}

func matchTemplate(list []template, s []byte) bool {
	for i := range list {
		if list[i].is(s) {
			return true
		}
	}
	return false
}

func (r *record) pfOther(list []template, s []byte) bool {
	if !matchTemplate(list, s) {
		return false
	}
	r.ev.Kind = KindOther
	r.send()
	return true
}

// pfOtherPlain are the texts of no interest that start with neither level nor id.
var pfOtherPlain = [...]template{
	{"cache ", " full cleanup: retained="},
	{"close database ", ": No such file or directory (possible Berkeley DB bug)"},
	{"table ", " has changed -- restarting"},
	{"table ", " has changed - finishing in the background"},
	{"setting up TLS connection ", ""},
	{"initializing the server-side TLS engine", ""},
	{"initializing the client-side TLS engine", ""},
	{"SSL_accept:", ""},
	{"SSL_connect:", ""},
	{"SSL3 alert ", ""},
	{"Reusing old session", ""},
	{"Issuing session ticket", ""},
	{"Peer certificate ", ""},
	{"Peer verification: ", ""},
	{"subject=", "issuer="},
	{"certificate verification depth=", ""},
	{"looking for session ", ""},
	{"save session ", ""},
	{"remove session ", ""},
	{"reloaded session ", ""},
	{"Host offered STARTTLS: [", ""},
	{"TLS SNI ", ""},
	{"using backwards-compatible default setting ", ""},
	{"Postfix is running with backwards-compatible default settings", ""},
	{"Postfix is using backwards-compatible default settings", ""},
	{"the Postfix mail system is not running", ""},
	{"See http", "COMPATIBILITY_README"},
	{"To disable backwards compatibility use ", ""},
	{"maximum number of open files", ""},
	{"sacl_check: ", ""},
	{"verify_cache", ""},
	{"set_eugid: ", ""},
	{"name_mask: ", ""},
	{"Using ", "-byte session "},
	{"to avoid this condition, ", ""},
	{"Compiled against ", ""},
	{"Deleted: ", " message"}, {"Requeued: ", " message"}, {"Placed on hold: ", " message"},
	{"Released from hold: ", " message"}, {"Expired: ", " message"}, {"Force-expired: ", " message"}, {"Renamed to match inode number: ", " message"},
	{"relay_domains is ", ""},
	{"unused parameter: ", ""},
	{"overriding earlier entry: ", ""},
	{"mynetworks: ", ""},
	{"haproxy read: ", ""},
	{"xclient read: ", ""},
}

// pfOtherQueued are the texts of no interest behind a queue id.
var pfOtherQueued = [...]template{
	{"skipped, still being delivered", ""},
	{"breaking line > ", " bytes with <CR><LF>SPACE"},
	{"enabling PIX workarounds: ", ""},
	{"passing ", " to transport="},
	{"Discarded", ""},
	{"sender delay notification skipped", ""},
	{"replace: ", ""},
	{"sending non-pass rate", ""},
	{"bare <LF> received", ""},
	{"copied from ", ""},
	{"resubmitted", ""},
}
