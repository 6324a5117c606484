// Package logparse turns one log record into Events: one record in, its Events
// out through a callback (a Sendmail to= list is several Events). It keeps no
// state between records that could change a result, so blocks parse in any
// order; it does no I/O, starts no goroutine, reads no clock and holds no map.
//
// # Records
//
// A record is a line, without its newline, in any envelope that mail logs come in,
// mixed freely within one file:
//
//	Nov 22 01:39:03 host prog[pid]: msg         BSD syslog, postlogd (RFC 3164); day padded or not, year and fraction allowed
//	Nov 22 01:39:03 <mail.info> host prog: msg  FreeBSD; the host may be missing
//	2026-11-22T01:39:03.123456+01:00 host ..    RFC 3339, 0 to 9 digits, Z, +01:00, +0100
//	<22>..                                      a PRI before any of these
//	<22>1 STAMP HOST APP PROCID MSGID SD msg    RFC 5424
//	{"MESSAGE":..,"__REALTIME_TIMESTAMP":..}    journald JSON; {"log":..,"time":..} docker json-file
//	2026-11-22T01:39:03Z stdout F msg           CRI; name-1  | msg, docker compose
//	2026-11-22 01:39:03 msg                     files of Exim, rspamd, fail2ban
//	@400000006b0247c1.. msg                     TAI64N (multilog)
//	prog[pid]: msg, or msg                      no stamp at all
//
// A stamp without a year gets the one that puts it nearest to Options.Ref and not
// more than a day after it; without a zone it is of Options.Loc. An Event with Time
// 0 had no stamp, or none that could be dated. "message repeated N times: [MSG]" is
// MSG with Count N; "last message repeated N times" is an Event with IsRepeat.
// Records that had to be decoded (JSON) lie in Block.Arena, all others in Block.Buf.
//
// # Lifetimes
//
// The Event that the callback gets is reused: it is valid during the call, a copy
// of it as long as its Block. Its texts are Spans into the Block; who keeps text
// beyond the Block copies it. Text in an Event is as hostile as the log: JSON keeps
// its bytes escaped, terminals and documents get it through package clean, and both
// only after Mask.
//
// # What unknown means
//
// Text that no template of its program knows is an Event of kind unknown, never an
// error; a warning, error, fatal or panic line of a known daemon that no template
// knows is of kind process with IsUnmatched set, and counts as unknown too. Kind
// other is a listed template of no interest. Pattern groups unknown texts.
//
// # Trust
//
// Lines are read from the left, along their fixed parts; a client's address is
// taken from its fixed place only. Where attacker text stands before that place and
// the line can be read in more than one way, the field is left out.
//
// One file a family: each has a parse function that gets a record whose envelope
// has been read and whose message starts at r.at; dispatch.go says which program's
// lines go to which family.
package logparse

import "time"

// Options fix what a record alone does not say.
type Options struct {
	// Ref is the reference time for stamps without a year: the file's mtime for a
	// rotated file, now for a live one. A stamp gets the year that puts it nearest
	// to Ref and not more than a day after it.
	Ref time.Time
	// Loc is the zone of stamps that carry none; nil is UTC.
	Loc *time.Location
	// MTA helps where a program name is ambiguous; MTANone lets the text decide.
	MTA MTA
}

// Parser parses records. It is for one goroutine; several may run side by side
// on different blocks. It caches the last stamp seen, which never changes a result.
type Parser struct {
	opt    Options
	rec    record
	stamps stampCache
	tags   tagCache
}

// New returns a Parser.
func New(o Options) *Parser {
	if o.Loc == nil {
		o.Loc = time.UTC
	}
	return &Parser{opt: o}
}

// SetRef changes the reference time for year-less stamps, as needed from block to block.
func (p *Parser) SetRef(t time.Time) { p.opt.Ref, p.stamps = t, stampCache{} }

// Parse reads the record b.Buf[start:end] (without its newline) and calls emit
// for each of its Events, at least once for a record that is not blank. The Event
// is reused: it is valid during the call only, its texts as long as b.
func (p *Parser) Parse(b *Block, start, end int, emit func(*Event)) {
	r := &p.rec
	r.p, r.b, r.emit, r.line, r.at = p, b, emit, b.Buf[start:min(end, start+MaxRecord)], 0
	r.missed, r.name, r.path, r.form, r.parse, r.guess, r.mta, r.count = 0, nil, false, formNone, nil, false, MTANone, 0
	r.ev = Event{Pos: uint32(start), base: uint32(start)}
	if !r.recent() && !r.envelope() {
		return
	}
	if r.notice() || r.dispatch() {
		return
	}
	r.clear()
	r.send()
}

// form is the kind of envelope a record came in.
type form uint8

const (
	formNone     form = iota // no stamp: containers, journalctl -o cat
	formBSD                  // Nov 22 01:39:03
	formRFC3339              // 2026-11-22T01:39:03.123456+01:00
	formRFC5424              // <22>1 STAMP HOST APP PROCID MSGID SD
	formJournal              // journald JSON
	formISOBlank             // 2026-11-22 01:39:03, a program's own file
	formCtime                // Sat Nov 22 01:39:03 2026 -> msg
	formBracket              // [22-Nov-2026 01:39:03 UTC] msg
	formLogfmt               // time="..." level=info msg="..."
)

// record is one log record on its way through envelope and family.
type record struct {
	p      *Parser
	b      *Block
	emit   func(*Event)
	line   []byte // the record that spans are relative to, a slice of Buf or Arena with all of its capacity
	at     int    // where the message starts in line
	name   []byte // last path part of the program, empty when the record names none
	missed int    // where recent looked for a tag in vain
	path   bool   // the program had a path: "postfix/smtpd"
	form   form
	parse  family // by the program's name, when the tag was a cached one
	// service of a Postfix program, when the tag was a cached one
	service Span
	// guess: the family was not told by the program's name, so only text that it
	// recognises for sure may be claimed (no "any warning of mine" fallback).
	guess bool
	mta   MTA    // by the program's name, for text that its family does not know
	count uint32 // of "message repeated N times"; 0 is 1
	ev    Event
}

// msg is the message after the envelope.
func (r *record) msg() []byte { return r.line[r.at:] }

// span makes a Span from offsets into line.
func (r *record) span(from, to int) Span { return Span{uint16(from), uint16(to - from)} }

// sub makes a Span of s, which must be a subslice of line.
func (r *record) sub(s []byte) Span {
	if len(s) == 0 {
		return Span{}
	}
	return r.span(cap(r.line)-cap(s), cap(r.line)-cap(s)+len(s))
}

// send hands the event out and resets nothing: a family that emits several
// events from one record changes the fields that differ in between.
func (r *record) send() { r.emit(&r.ev) }

// clear takes back everything a family wrote: only the envelope is left (with the
// MTA when the program's name tells it), and the kind is unknown.
func (r *record) clear() {
	r.guess = false
	e := &r.ev
	t, zone, has, pid, pos, base := e.Time, e.Zone, e.Has&(HasPID|HasZone|HasYear), e.PID, e.Pos, e.base
	host, program, text := e.Host, e.Program, e.Text
	*e = Event{}
	e.Time, e.Zone, e.Has, e.PID, e.Pos, e.base = t, zone, has, pid, pos, base
	e.Host, e.Program, e.Text, e.Count, e.MTA = host, program, text, r.count, r.mta
}
