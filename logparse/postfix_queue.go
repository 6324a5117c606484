package logparse

// qmgr, pickup, bounce, postsuper, the notices of smtp and lmtp, and the daemons'
// life.

// pfQueueActive reads "from=<S>, size=N, nrcpt=N (queue active)" and "from=<S>,
// status=expired, returned to sender".
func (r *record) pfQueueActive(s []byte) bool {
	addr, rest, ok := cutAddress(s[len("from="):], ", size=", ", status=")
	if !ok {
		return false
	}
	r.setFrom(addr)
	if hasPrefix(rest, ", status=expired") || hasPrefix(rest, ", status=force-expired") {
		r.ev.Kind, r.ev.Status = KindExpired, StatusExpired
		r.send()
		return true
	}
	t, ok := cutPrefix(rest, ", size=")
	if !ok {
		return false
	}
	size, t, ok := leadUint(t)
	if !ok {
		return false
	}
	r.setSize(size)
	if t, ok = cutPrefix(t, ", nrcpt="); !ok {
		return false
	}
	n, _, ok := leadUint(t)
	if !ok || n > 1<<32-1 {
		return false
	}
	r.setNrcpt(uint32(n))
	r.ev.Kind = KindQueued
	r.send()
	return true
}

// pfPickup reads "N from=<user>[ orig_id=ID]": a local submission.
func (r *record) pfPickup(s []byte) bool {
	uid, rest, ok := leadUint(s)
	if !ok || uid > 1<<32-1 {
		return false
	}
	t, ok := cutPrefix(rest, " from=")
	if !ok {
		return false
	}
	addr, rest, ok := cutAddress(t, " orig_id=")
	if !ok && len(addr) == 0 {
		return false
	}
	if id, ok := cutPrefix(rest, " orig_id="); ok {
		r.ev.OrigQueueID = r.sub(id)
	}
	r.setFrom(addr)
	r.ev.UID, r.ev.Has = uint32(uid), r.ev.Has|HasUID
	r.ev.Kind = KindAccept
	r.send()
	return true
}

var pfNotices = [...]string{
	"sender non-delivery notification", "sender delay notification", "sender delivery status notification",
	"postmaster non-delivery notification", "postmaster delay notification", "postmaster delivery status notification",
}

// pfNotification reads bounce's "sender non-delivery notification: ID" and
// "sender notification failed to <a>[: why]" (3.11).
func (r *record) pfNotification(s []byte) bool {
	for _, n := range pfNotices {
		if !hasPrefix(s, n) {
			continue
		}
		t := s[len(n):]
		if id, ok := cutPrefix(t, ": "); ok {
			r.ev.ChildQueueID = r.sub(id)
		} else if len(t) > 0 {
			return false
		}
		return r.pfBounce(s[:len(n)])
	}
	if t, ok := cutPrefix(s, "sender notification failed"); ok {
		r.ev.Reply = r.sub(trimLeft(t))
		return r.pfBounce(s[:len("sender notification failed")])
	}
	return false
}

func (r *record) pfBounce(what []byte) bool {
	r.ev.Kind, r.ev.Class, r.ev.ClassText = KindBounce, ClassText, r.sub(what)
	r.send()
	return true
}

// pfQueueState reads what postsuper did, and how transactions end without mail.
func (r *record) pfQueueState(s []byte) bool {
	switch string(s) {
	case "canceled", "removed (canceled)", "removed (discarded)", "discarded":
		r.ev.Kind, r.ev.Class, r.ev.ClassText = KindRemoved, ClassText, r.sub(s)
	case "placed on hold":
		r.ev.Kind, r.ev.Class = KindPolicy, ClassHold
	case "released from hold", "requeued", "renamed":
		r.ev.Kind, r.ev.Class = KindPolicy, ClassPermit
	case "expired":
		r.ev.Kind, r.ev.Class = KindPolicy, ClassInfo
	default:
		return false
	}
	r.send()
	return true
}

// pfRemote reads what a next hop said or did in the middle of a delivery; the
// delivery record follows, so these are other, with the details set.
func (r *record) pfRemote(s []byte) bool {
	if t, ok := cutPrefix(s, "host "); ok {
		if !r.pfSaid(t) {
			return false
		}
		return r.pfRemoteEvent(ClassRemoteReply)
	}
	if t, ok := cutPrefix(s, "SASL authentication failed; server "); ok {
		if !r.pfSaid(t) {
			return false
		}
		r.ev.Kind, r.ev.Cause = KindAuthError, CauseBackend
		r.send()
		return true
	}
	for _, p := range [...]string{"connect to ", "lost connection with ", "conversation with "} {
		if t, ok := cutPrefix(s, p); ok {
			var h hostAddr
			rest, ok := h.cut(t)
			if !ok || len(rest) == 0 {
				return false
			}
			r.setRelay(&h)
			r.ev.Reply = r.sub(trimLeft(trimPrefix(rest, ":")))
			return r.pfRemoteEvent(ClassRemoteFail)
		}
	}
	return false
}

func (r *record) pfRemoteEvent(c Class) bool {
	r.ev.Kind, r.ev.Class = KindOther, c
	r.send()
	return true
}

var pfLife = [...]struct {
	prefix string
	class  Class
}{
	{"daemon started -- version ", ClassStart},
	{"starting the Postfix mail system", ClassStart},
	{"reload -- version ", ClassReload},
	{"reload configuration ", ClassReload},
	{"refreshing the Postfix mail system", ClassReload},
	{"terminating on signal ", ClassStop},
	{"stopping the Postfix mail system", ClassStop},
	{"aborting the Postfix mail system", ClassStop},
	{"waiting for the Postfix mail system to terminate", ClassStop},
	{"the Postfix mail system is running: PID: ", ClassInfo},
	{"rotating logfile ", ClassInfo},
	{"successfully set up ", ClassInfo},
}

func (r *record) pfProcess(s []byte) bool {
	for i := range pfLife {
		if hasPrefix(s, pfLife[i].prefix) {
			r.ev.Kind, r.ev.Class = KindProcess, pfLife[i].class
			r.send()
			return true
		}
	}
	return false
}
