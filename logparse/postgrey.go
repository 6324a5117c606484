package logparse

// parsePostgrey reads postgrey's lines (postgrey(8)):
//
//	[QID: ]action=A, reason=R[, delay=N], client_name=, client_address=, sender=, recipient=
//
// The order is fixed and an empty value is left out. Sender and recipient come
// last; what a sender writes cannot reach the address before it.
func parsePostgrey(r *record) bool {
	s := r.msg()
	if id, rest, ok := cutJob(s); ok {
		r.ev.QueueID, s = r.sub(id), rest
	}
	if !hasPrefix(s, "action=") {
		return r.templated(s, postgreyProcess[:])
	}
	head, to, _ := cutLast(s, ", recipient=")
	head, from, hasFrom := cut(head, ", sender=")
	r.ev.To = r.sub(to)
	if hasFrom || len(to) > 0 {
		r.setFrom(from) // an empty sender is not logged
	}
	for key, val, rest, ok := nextField(head, ", "); ok; key, val, rest, ok = nextField(rest, ", ") {
		switch string(key) {
		case "action":
			r.ev.ClassText = r.sub(val)
		case "reason":
			r.ev.Reply = r.sub(val)
		case "delay":
			if n, ok := parseUint(val); ok {
				r.setDelay(float64(n))
			}
		case "client_name":
			r.ev.ClientName = r.sub(val)
		case "client_address":
			r.daemonIP(val)
		}
	}
	return r.sendKind(KindGreylist, ClassText)
}

var postgreyProcess = [...]note{
	{"whitelisted: ", "", KindOther, ClassNone},
	{"cleaning up old ", "", KindOther, ClassNone},
	{"cleaning ", " database finished. before: ", KindOther, ClassNone},
	{"rm ", "/log.", KindOther, ClassNone},
	{"correcting date for first seen in the future!", "", KindProcess, ClassWarning},
	{"HUP received: reloading whitelists", "", KindProcess, ClassReload},
	{"Exiting!", "", KindProcess, ClassStop},
	{"unrecognized request type: '", "", KindProcess, ClassWarning},
	{"ignoring garbage: <", "", KindProcess, ClassWarning},
	{"", "postgrey (type Net::Server::Multiplex) starting! pid(", KindProcess, ClassStart},
	{"Process Backgrounded", "", KindOther, ClassNone},
	{"Binding to ", "", KindOther, ClassNone},
	{"Setting gid to \"", "", KindOther, ClassNone},
	{"Setting uid to \"", "", KindOther, ClassNone},
	{"", " Server closing!", KindProcess, ClassStop},
	{"", " CONNECT TCP Peer: \"", KindOther, ClassNone},
	{"", " CONNECT UNIX Socket: \"", KindOther, ClassNone},
}
