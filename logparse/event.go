package logparse

import "net/netip"

// Span is a piece of text: offset and length relative to the record the event
// came from. A record is at most MaxRecord bytes, so both fit 16 bits, and an
// Event with two dozen texts stays within 256 bytes and holds no pointer.
type Span struct{ Off, Len uint16 }

// MaxRecord is the longest record the parser accepts; the source cuts longer
// ones and counts them. Postfix writes up to about 2 KiB, journald 48 KiB.
const MaxRecord = 1<<16 - 1

// Block is the memory that Events point into: the raw bytes as read, and an
// arena for records that had to be rewritten (JSON escapes, joined parts).
// Events of a block are valid for as long as the block is not reused; who keeps
// text longer copies it.
type Block struct {
	Buf   []byte // raw bytes, records separated by newlines
	Arena []byte // rewritten records; grows while the block is parsed
}

// Has says which of the optional numbers of an Event are present, so that an
// absent value and a zero differ.
type Has uint32

const (
	HasSize Has = 1 << iota
	HasNrcpt
	HasDelay
	HasDelays
	HasDSN
	HasCode
	HasValue
	HasDuration
	HasUID
	HasScore
	HasFrom      // an empty From is the null sender
	HasPID       // pid 0 exists only as "not logged"
	HasZone      // the stamp carried a zone
	HasYear      // the stamp carried a year
	HasMessageID // an empty message-id was logged
	IsUnmatched  // kind process: no template knew the text, counted as unknown
	IsRepeat     // "last message repeated Count times": the event before of this host and program, Count times more
	IsTrusted    // the client address comes from the daemon, not from attacker text (always set by the families; clear on free text)
)

// DSN is an enhanced status code (RFC 3463), for example 5.7.1.
type DSN struct {
	Class           uint8
	Subject, Detail uint16
}

// Event is one parsed fact of a log record. It holds every field of the JSON
// contract in at most 256 bytes and no pointer: texts are Spans into the record.
type Event struct {
	Time int64 // UnixNano; 0 when the record had no stamp
	// Pos is the offset of the record's first byte within Block.Buf, the record's
	// identity together with the block's own offset in its source.
	Pos uint32
	// base is where the Spans start: an offset into Block.Buf, or with arenaBit
	// into Block.Arena.
	base uint32

	Size     int64
	ClientIP [16]byte // IPv4-mapped for IPv4; zero when absent
	RelayIP  [16]byte
	Value    float64 // number logged or measured (limits, log_loss, anvil)
	Delays   [4]float32
	Delay    float32 // seconds
	Duration float32 // seconds
	Score    float32
	Has      Has
	PID      uint32
	Count    uint32 // events this record stands for; 0 means 1
	Nrcpt    uint32
	UID      uint32
	DSN      DSN
	Code     uint16 // SMTP reply code
	Zone     int16  // minutes east of UTC

	ClientPort, RelayPort, LocalPort uint16

	Kind   Kind
	Class  Class
	Status Status
	Cause  Cause
	MTA    MTA

	Host, Program         Span
	QueueID, Session      Span
	MessageID             Span
	ClientName, Helo      Span
	User, Method          Span
	From, To, OrigTo      Span
	Relay, Reply, Stage   Span
	RemoteQueueID         Span // queue id the next hop gave ("queued as")
	ChildQueueID          Span // bounce, forward
	OrigQueueID           Span // before re-injection
	TLSVersion, TLSCipher Span
	Limit                 Span // name of a limit, rate or test
	Service               Span
	Commands              Span // "ehlo=1 auth=0/3 commands=1/4"; see EachCommand
	Script, Selector      Span
	Domain                Span
	ClassText             Span // class that is free text (fail2ban jail, postscreen test)
	Text                  Span // the message after the program and pid
}

const arenaBit = 1 << 31

// Bytes returns the text of a span. The slice aliases the block.
func (e *Event) Bytes(b *Block, s Span) []byte {
	if s.Len == 0 {
		return nil
	}
	if e.base&arenaBit != 0 {
		o := int(e.base&^arenaBit) + int(s.Off)
		return b.Arena[o : o+int(s.Len)]
	}
	o := int(e.base) + int(s.Off)
	return b.Buf[o : o+int(s.Len)]
}

// String is Bytes as a string of its own.
func (e *Event) String(b *Block, s Span) string { return string(e.Bytes(b, s)) }

// N is how many events the record stands for.
func (e *Event) N() uint32 {
	if e.Count == 0 {
		return 1
	}
	return e.Count
}

// Client is the client address, invalid when the record names none.
func (e *Event) Client() netip.Addr { return addr16(e.ClientIP) }

// RelayAddr is the next hop's address, invalid when the record names none.
func (e *Event) RelayAddr() netip.Addr { return addr16(e.RelayIP) }

func addr16(a [16]byte) netip.Addr {
	if a == ([16]byte{}) {
		return netip.Addr{}
	}
	return netip.AddrFrom16(a).Unmap()
}
