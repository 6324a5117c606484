package logparse

import "bytes"

// smtpd: sessions, logins, accepted messages, TLS; and postscreen's and
// tlsproxy's lines of the same shape.

// pfClient reads the client that a smtpd line names at the start of s, and what
// follows it.
func (r *record) pfClient(s []byte) (rest []byte, ok bool) {
	name, v4, end := leadHostIPv4(s)
	if end == 0 {
		return r.pfOtherClient(s)
	}
	putMapped(&r.ev.ClientIP, v4)
	r.ev.ClientName = r.sub(s[:name])
	r.ev.Has |= IsTrusted
	if rest = s[end:]; len(rest) > 1 && rest[0] == ':' {
		r.ev.ClientPort, rest = leadPort(rest)
	}
	return rest, true
}

// pfOtherClient is pfClient for IPv6 and "unknown[unknown]".
func (r *record) pfOtherClient(s []byte) (rest []byte, ok bool) {
	var h hostAddr
	rest, ok = h.cut(s)
	if !ok || !r.setClient(&h) && string(h.addr) != "unknown" {
		return s, false
	}
	r.ev.Has |= IsTrusted
	return rest, true
}

func (r *record) pfConnect(s []byte) bool {
	rest, ok := r.pfClient(s)
	if !ok || len(rest) > 0 {
		return false
	}
	r.ev.Kind = KindConnect
	r.send()
	return true
}

// pfDisconnect reads "name[addr] ehlo=1 auth=0/3 commands=1/4"; before 3.0 there
// were no counts.
func (r *record) pfDisconnect(s []byte) bool {
	rest, ok := r.pfClient(s)
	if !ok || len(rest) > 0 && rest[0] != ' ' {
		return false
	}
	r.ev.Commands = r.sub(trimLeft(rest))
	r.ev.Kind = KindDisconnect
	r.send()
	return true
}

var pfLostWords = [...]struct {
	prefix string
	class  Class
}{
	{"lost connection after ", ClassLost},
	{"timeout after ", ClassTimeout},
	{"too many errors after ", ClassTooManyErrors},
}

// pfLost reads "lost connection after STAGE [(N bytes)] from name[addr]".
func (r *record) pfLost(s []byte) bool {
	for _, w := range pfLostWords {
		if rest, ok := cutPrefix(s, w.prefix); ok {
			return r.pfLostAfter(w.class, rest)
		}
	}
	return false
}

func (r *record) pfLostAfter(class Class, s []byte) bool {
	stage, rest := word(s)
	if len(rest) > 0 && rest[0] == '(' {
		n, after, ok := cut(rest[1:], " bytes) ")
		if !ok {
			return false
		}
		n, _ = cutPrefix(n, "approximately ")
		if size, ok := parseUint(n); ok {
			r.setSize(size)
		}
		rest = after
	}
	rest, ok := cutPrefix(rest, "from ")
	if !ok {
		return false
	}
	if rest, ok = r.pfClient(rest); !ok || len(rest) > 0 {
		return false
	}
	r.ev.Kind, r.ev.Class, r.ev.Stage = KindLost, class, r.sub(stage)
	r.send()
	return true
}

// pfAccept reads "name[addr][, sasl_method=M][, sasl_username=U][,
// sasl_sender=S][, orig_queue_id=Q][, orig_client=C]" in this order. The user name
// is what the client logged in as and may hold commas: it ends at the last of the
// keys that can follow it.
func (r *record) pfAccept(s []byte) bool {
	rest, ok := r.pfClient(s)
	if !ok {
		return false
	}
	r.ev.Kind = KindAccept
	if t, ok := cutPair(rest, ", sasl_m", "ethod="); ok {
		var m []byte
		m, rest, _ = cutByte(t, ',')
		r.ev.Method = r.sub(m)
		rest = trimLeft(rest)
	} else {
		rest, _ = cutPrefix(rest, ", ")
	}
	if bytes.IndexByte(rest, ',') >= 0 || hasPrefix(rest, "orig_") {
		rest = r.pfAcceptOrigin(rest)
	}
	if user, ok := cutPair(rest, "sasl_use", "rname="); ok {
		r.ev.User = r.sub(user)
	}
	r.send()
	return true
}

// pfAcceptOrigin takes the keys that can follow the user name off the end of s.
func (r *record) pfAcceptOrigin(s []byte) []byte {
	if head, _, ok := cutLast(s, "orig_client="); ok {
		s = pfTrimComma(head)
	}
	if head, id, ok := cutLast(s, "orig_queue_id="); ok {
		r.ev.OrigQueueID = r.sub(id)
		s = pfTrimComma(head)
	}
	s, _, _ = cutLast(s, ", sasl_sender=")
	return s
}

func pfTrimComma(s []byte) []byte {
	s, _ = cutSuffix(s, ", ")
	return s
}

// pfTLS reads the TLS summary lines of smtpd, tlsproxy, smtp and lmtp:
//
//	Anonymous TLS connection established from name[addr][ to SNI]: TLSv1.3 with cipher C (256/256 bits) ...
//	Trusted TLS connection established to name[addr]:port: TLSv1.3 with cipher C ...
func (r *record) pfTLS(s []byte) bool {
	if hasPrefix(s, "SSL_") || hasPrefix(s, "TLS") || begins(s, "certificate verification failed for ") {
		return r.pfTLSError(s)
	}
	trust, rest := word(s)
	if rest, ok := cutPair(rest, "TLS conn", "ection "); ok {
		return r.pfTLSSummary(trust, rest)
	}
	return false
}

func (r *record) pfTLSSummary(trust, s []byte) bool {
	if len(trust) < 7 || trust[0] < 'A' || trust[0] > 'Z' {
		return false
	}
	_, rest := word(s) // established, reused
	dir, rest := word(rest)
	var h hostAddr
	rest, ok := h.cut(rest)
	if !ok {
		return false
	}
	switch string(dir) {
	case "from":
		if r.setClient(&h) {
			r.ev.Has |= IsTrusted
		}
	case "to":
		r.setRelay(&h)
	default:
		return false
	}
	if t, ok := cutPrefix(rest, " to "); ok {
		var sni []byte
		sni, rest, _ = cut(t, ": ")
		r.ev.Domain = r.sub(sni)
	} else if rest, ok = cutPrefix(rest, ": "); !ok {
		return false
	}
	version, rest := word(rest)
	if rest, ok = cutPair(rest, "with cip", "her "); !ok {
		return false
	}
	cipher, _ := word(rest)
	r.ev.Kind, r.ev.Class = KindTLS, ClassText
	r.ev.ClassText, r.ev.TLSVersion, r.ev.TLSCipher = r.sub(trust), r.sub(version), r.sub(cipher)
	r.send()
	return true
}

// pfTLSError reads failed handshakes of either side and TLSRPT results.
func (r *record) pfTLSError(s []byte) bool {
	if rest, ok := cutPrefix(s, "TLSRPT: status="); ok {
		return r.pfTLSReport(rest)
	}
	if rest, ok := cutPrefix(s, "SSL_accept error from "); ok {
		rest, ok = r.pfClient(rest)
		if why, okWhy := cutPrefix(rest, ": "); ok && okWhy {
			return r.pfTLSFailed(why)
		}
		return false
	}
	for _, p := range [...]string{"SSL_connect error to ", "certificate verification failed for "} {
		if rest, ok := cutPrefix(s, p); ok {
			var h hostAddr
			rest, ok := h.cut(rest)
			if why, okWhy := cutPrefix(rest, ": "); ok && okWhy {
				r.setRelay(&h)
				return r.pfTLSFailed(why)
			}
			return false
		}
	}
	if rest, ok := cutPrefix(s, "TLS handshake failed for service="); ok {
		service, peer, ok := cut(rest, " peer=")
		if !ok {
			return false
		}
		var h hostAddr
		if _, ok := h.cut(peer); ok {
			r.setClient(&h)
		}
		r.ev.Service = r.sub(service)
		return r.pfTLSFailed(nil)
	}
	return false
}

func (r *record) pfTLSFailed(why []byte) bool {
	r.ev.Kind, r.ev.Reply = KindTLSError, r.sub(why)
	r.send()
	return true
}

// pfTLSReport reads "success, domain=D, receiving_mx=N[IP][, failure_type=T][,
// failure_reason=..]" (3.10).
func (r *record) pfTLSReport(s []byte) bool {
	status, rest, _ := cut(s, ", ")
	r.ev.Kind = KindTLS
	if string(status) != "success" {
		r.ev.Kind = KindTLSError
	}
	for {
		key, val, after, ok := nextField(rest, ", ")
		if !ok {
			break
		}
		switch string(key) {
		case "domain":
			r.ev.Domain = r.sub(val)
		case "receiving_mx":
			var h hostAddr
			if _, ok := h.cut(val); ok {
				r.setRelay(&h)
			}
		case "failure_type":
			r.ev.Class, r.ev.ClassText = ClassText, r.sub(val)
		case "failure_reason":
			r.ev.Reply = r.sub(rest[len("failure_reason="):])
			after = nil
		}
		rest = after
	}
	r.send()
	return true
}
