package logparse

import (
	"math"
	"strconv"
	"time"
	"unicode/utf8"
)

// JSONExtra is what an event's JSON object says beyond the event itself.
type JSONExtra struct {
	Source string // with the offset the identity of the record; empty leaves both out
	Offset int64  // of the record in its uncompressed source
	Line   int64  // line number, 0 when the start of the source was skipped
	Raw    bool   // text on every event
}

// AppendJSON appends the event as one JSON object, without a newline: keys in the
// order of the contract, absent ones omitted, times RFC 3339 with nanoseconds and
// zone, durations in seconds. Secrets are masked. Invalid UTF-8 becomes U+FFFD;
// C0, DEL, C1, bidirectional controls and U+2028/2029 become \uXXXX.
func (e *Event) AppendJSON(dst []byte, b *Block, extra JSONExtra) []byte {
	w := jsonWriter{dst: append(dst, '{'), e: e, b: b}
	w.envelope()
	w.parties()
	w.delivery()
	w.details()
	w.record(&extra)
	return append(w.dst, '}')
}

type jsonWriter struct {
	dst  []byte
	e    *Event
	b    *Block
	some bool // a member was written
}

func (w *jsonWriter) envelope() {
	e := w.e
	if e.Time != 0 {
		w.key("time")
		w.dst = append(w.dst, '"')
		w.dst = appendTime(w.dst, e.Time, e.Zone)
		w.dst = append(w.dst, '"')
	}
	w.span("host", e.Host)
	w.span("program", e.Program)
	w.uint("pid", uint64(e.PID), HasPID)
	w.word("mta", e.MTA.String())
	w.word("kind", e.Kind.String())
	if e.Class == ClassText {
		w.span("class", e.ClassText)
	} else {
		w.word("class", e.Class.String())
	}
	w.span("queue_id", e.QueueID)
	w.span("session", e.Session)
	w.maybeEmpty("message_id", e.MessageID, HasMessageID)
}

func (w *jsonWriter) parties() {
	e := w.e
	w.addr("client_ip", e.ClientIP)
	w.span("client_name", e.ClientName)
	w.port("client_port", e.ClientPort)
	w.span("helo", e.Helo)
	w.span("user", e.User)
	w.span("method", e.Method)
	w.maybeEmpty("from", e.From, HasFrom)
	w.span("to", e.To)
	w.span("orig_to", e.OrigTo)
	if e.Has&HasSize != 0 {
		w.key("size")
		w.dst = strconv.AppendInt(w.dst, e.Size, 10)
	}
	w.uint("nrcpt", uint64(e.Nrcpt), HasNrcpt)
}

func (w *jsonWriter) delivery() {
	e := w.e
	w.span("relay", e.Relay)
	w.addr("relay_ip", e.RelayIP)
	w.port("relay_port", e.RelayPort)
	w.float32("delay", e.Delay, HasDelay)
	if e.Has&HasDelays != 0 {
		w.key("delays")
		for i, d := range e.Delays {
			w.dst = append(w.dst, "[,,,"[i])
			w.dst = appendFloat(w.dst, float64(d), 32)
		}
		w.dst = append(w.dst, ']')
	}
	if e.Has&HasDSN != 0 {
		w.key("dsn")
		w.dst = append(w.dst, '"')
		w.dst = e.DSN.append(w.dst)
		w.dst = append(w.dst, '"')
	}
	w.uint("code", uint64(e.Code), HasCode)
	w.word("status", e.Status.String())
	w.masked("reply", e.Reply)
	w.masked("stage", e.Stage)
	w.span("remote_queue_id", e.RemoteQueueID)
	w.span("child_queue_id", e.ChildQueueID)
	w.span("orig_queue_id", e.OrigQueueID)
	w.span("tls_version", e.TLSVersion)
	w.span("tls_cipher", e.TLSCipher)
}

func (w *jsonWriter) details() {
	e := w.e
	w.span("limit", e.Limit)
	if e.Has&HasValue != 0 {
		w.key("value")
		w.dst = appendFloat(w.dst, e.Value, 64)
	}
	w.word("cause", e.Cause.String())
	w.span("service", e.Service)
	w.port("local_port", e.LocalPort)
	w.float32("duration", e.Duration, HasDuration)
	w.commands()
	w.uint("uid", uint64(e.UID), HasUID)
	w.span("script", e.Script)
	w.float32("score", e.Score, HasScore)
	w.span("selector", e.Selector)
	w.span("domain", e.Domain)
	if n := e.N(); n != 1 {
		w.key("count")
		w.dst = strconv.AppendUint(w.dst, uint64(n), 10)
	}
	if e.Has&IsUnmatched != 0 {
		w.key("unmatched")
		w.dst = append(w.dst, "true"...)
	}
}

func (w *jsonWriter) record(x *JSONExtra) {
	if k := w.e.Kind; x.Raw || k == KindUnknown || k == KindProcess || k == KindOther {
		w.masked("text", w.e.Text)
	}
	if x.Source == "" {
		return
	}
	w.key("source")
	w.dst = append(w.dst, '"')
	w.dst = appendJSONEscaped(w.dst, []byte(x.Source))
	w.dst = append(w.dst, '"')
	w.key("offset")
	w.dst = strconv.AppendInt(w.dst, x.Offset, 10)
	if x.Line > 0 {
		w.key("line")
		w.dst = strconv.AppendInt(w.dst, x.Line, 10)
	}
}

func (w *jsonWriter) commands() {
	if w.e.Commands.Len == 0 {
		return
	}
	w.key("commands")
	sep := byte('{')
	EachCommand(w.e.Bytes(w.b, w.e.Commands), func(verb []byte, ok, total uint32) {
		w.dst = append(w.dst, sep, '"')
		w.dst = appendJSONEscaped(w.dst, verb)
		w.dst = append(w.dst, '"', ':', '[')
		w.dst = strconv.AppendUint(w.dst, uint64(ok), 10)
		w.dst = append(w.dst, ',')
		w.dst = strconv.AppendUint(w.dst, uint64(total), 10)
		w.dst = append(w.dst, ']')
		sep = ','
	})
	if sep == '{' {
		w.dst = append(w.dst, '{')
	}
	w.dst = append(w.dst, '}')
}

func (w *jsonWriter) key(k string) {
	if w.some {
		w.dst = append(w.dst, ',')
	}
	w.some = true
	w.dst = append(w.dst, '"')
	w.dst = append(w.dst, k...)
	w.dst = append(w.dst, '"', ':')
}

// word writes a name of our own.
func (w *jsonWriter) word(k, v string) {
	if v != "" {
		w.key(k)
		w.dst = append(w.dst, '"')
		w.dst = append(w.dst, v...)
		w.dst = append(w.dst, '"')
	}
}

func (w *jsonWriter) span(k string, s Span) {
	if s.Len > 0 {
		w.text(k, w.e.Bytes(w.b, s))
	}
}

func (w *jsonWriter) maybeEmpty(k string, s Span, present Has) {
	if w.e.Has&present != 0 {
		w.text(k, w.e.Bytes(w.b, s))
	}
}

func (w *jsonWriter) text(k string, s []byte) {
	w.key(k)
	w.dst = append(w.dst, '"')
	w.dst = appendJSONEscaped(w.dst, s)
	w.dst = append(w.dst, '"')
}

// masked writes text that could hold a secret.
func (w *jsonWriter) masked(k string, sp Span) {
	if sp.Len == 0 {
		return
	}
	w.key(k)
	w.dst = append(w.dst, '"')
	s := w.e.Bytes(w.b, sp)
	for {
		i, j := nextSecret(s)
		if i < 0 {
			break
		}
		w.dst = appendJSONEscaped(w.dst, s[:i])
		w.dst = append(w.dst, mask...)
		s = s[j:]
	}
	w.dst = appendJSONEscaped(w.dst, s)
	w.dst = append(w.dst, '"')
}

func (w *jsonWriter) uint(k string, v uint64, present Has) {
	if w.e.Has&present != 0 {
		w.key(k)
		w.dst = strconv.AppendUint(w.dst, v, 10)
	}
}

func (w *jsonWriter) port(k string, v uint16) {
	if v != 0 {
		w.key(k)
		w.dst = strconv.AppendUint(w.dst, uint64(v), 10)
	}
}

func (w *jsonWriter) float32(k string, v float32, present Has) {
	if w.e.Has&present != 0 {
		w.key(k)
		w.dst = appendFloat(w.dst, float64(v), 32)
	}
}

func (w *jsonWriter) addr(k string, a [16]byte) {
	if ip := addr16(a); ip.IsValid() {
		w.key(k)
		w.dst = append(w.dst, '"')
		w.dst = ip.AppendTo(w.dst)
		w.dst = append(w.dst, '"')
	}
}

// appendFloat writes a number; JSON has no infinities, they become 0.
func appendFloat(dst []byte, f float64, bits int) []byte {
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(dst, '0')
	}
	return strconv.AppendFloat(dst, f, 'f', -1, bits)
}

// appendTime writes RFC 3339 with as many digits of the fraction as it has.
func appendTime(dst []byte, nano int64, zone int16) []byte {
	t := time.Unix(0, nano).UTC().Add(time.Duration(zone) * time.Minute)
	dst = t.AppendFormat(dst, "2006-01-02T15:04:05.999999999")
	if zone == 0 {
		return append(dst, 'Z')
	}
	sign := byte('+')
	if zone < 0 {
		sign, zone = '-', -zone
	}
	return append(dst, sign, '0'+byte(zone/600), '0'+byte(zone/60%10), ':', '0'+byte(zone%60/10), '0'+byte(zone%10))
}

func (d DSN) append(dst []byte) []byte {
	dst = strconv.AppendUint(dst, uint64(d.Class), 10)
	dst = append(dst, '.')
	dst = strconv.AppendUint(dst, uint64(d.Subject), 10)
	dst = append(dst, '.')
	return strconv.AppendUint(dst, uint64(d.Detail), 10)
}

// String is the code as written, "5.7.1".
func (d DSN) String() string { return string(d.append(nil)) }

const hexDigits = "0123456789abcdef"

// appendJSONEscaped appends s as the inside of a JSON string.
func appendJSONEscaped(dst, s []byte) []byte {
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			switch {
			case c == '"' || c == '\\':
				dst = append(dst, '\\', c)
			case c < 0x20 || c == 0x7f:
				dst = appendU(dst, rune(c))
			default:
				dst = append(dst, c)
			}
			i++
			continue
		}
		v, n := utf8.DecodeRune(s[i:])
		if v == utf8.RuneError && n == 1 || escapedRune(v) {
			dst = appendU(dst, v)
		} else {
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return dst
}

// escapedRune: C1 controls, bidirectional controls, line and paragraph separator.
func escapedRune(v rune) bool {
	return v <= 0x9f || v == 0x61c || v == 0x200e || v == 0x200f || v >= 0x2028 && v <= 0x202e || v >= 0x2066 && v <= 0x2069
}

func appendU(dst []byte, v rune) []byte {
	return append(dst, '\\', 'u', hexDigits[v>>12&15], hexDigits[v>>8&15], hexDigits[v>>4&15], hexDigits[v&15])
}

// EachCommand walks the counters of a session end, "ehlo=1 auth=0/3
// commands=1/4": for each verb how many were good and how many there were.
func EachCommand(commands []byte, f func(verb []byte, ok, total uint32)) {
	for len(commands) > 0 {
		var w []byte
		w, commands = word(commands)
		verb, n, found := cutByte(w, '=')
		if !found || len(verb) == 0 {
			continue
		}
		okText, totalText, both := cutByte(n, '/')
		ok, good := parseUint32(okText)
		total := ok
		if both {
			var g bool
			total, g = parseUint32(totalText)
			good = good && g
		}
		if good {
			f(verb, ok, total)
		}
	}
}
