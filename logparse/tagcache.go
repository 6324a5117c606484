package logparse

import (
	"encoding/binary"
	"math/bits"
)

// tagCache remembers " host program[" or " host program:" of recent records with what the slow path
// read from it, so that a busy log costs one search for its end and one comparison a
// record. It never changes a result: an entry holds only for equal bytes, and the
// slow path looks at nothing but those.
type tagCache [32]tagEntry

// maxTag is the longest of them that is remembered.
const maxTag = 64

type tagEntry struct {
	head  [4]uint64    // the first 32 bytes of text
	mask  [4]uint64    // of them, those that count
	text  [maxTag]byte // from the end of the stamp to the '[' or ':', both included
	n     uint8        // its length, 0: empty
	host  Span         // relative to the start of text
	prog  Span
	name  Span // last path part of prog
	serv  Span // service of a Postfix program
	path  bool
	mta   MTA
	parse family
}

// tagWindow is where a tag is read from: the tag, its pid and the "]: " behind
// that, up to 8 bytes each. What lies behind the record is not looked at.
type tagWindow [maxTag + 16]byte

func (t *tagWindow) word(i int) uint64 { return binary.LittleEndian.Uint64(t[8*i:]) }

// find is the place of the first c, maxTag without one. It looks at 8 bytes at a
// time: most tags of a log end in the same 8.
func (t *tagWindow) find(c byte) int {
	for i := 0; i < maxTag; i += 8 {
		if m := firstByte(binary.LittleEndian.Uint64(t[i:]), c); m != 0 {
			return i + bits.TrailingZeros64(m)/8
		}
	}
	return maxTag
}

// slot is where the tag that ends before t[i] lives.
func (c *tagCache) slot(t *tagWindow, i int) *tagEntry {
	k := binary.LittleEndian.Uint64(t[(i-8)&(maxTag-1):]) * 0x9E3779B97F4A7C15
	return &c[k>>59]
}

// is compares the text of e, n bytes, with t.
func (e *tagEntry) is(t *tagWindow, n int) bool {
	differ := (t.word(0)^e.head[0])&e.mask[0] | (t.word(1)^e.head[1])&e.mask[1] |
		(t.word(2)^e.head[2])&e.mask[2] | (t.word(3)^e.head[3])&e.mask[3]
	return int(e.n) == n && differ == 0 && (n <= 32 || string(t[32:n]) == string(e.text[32:n]))
}

// set stores the n bytes of a tag.
func (e *tagEntry) set(t *tagWindow, n int) {
	e.n = uint8(n)
	copy(e.text[:], t[:n])
	for i := range e.head {
		e.head[i] = binary.LittleEndian.Uint64(e.text[8*i:])
		e.mask[i] = 1<<(8*uint(max(0, n-8*i))) - 1 // all from 8 bytes on
	}
}

// cachedTag reads the tag at line[at] when it is a known one.
func (r *record) cachedTag(at int) bool {
	s := r.line
	if cap(s)-at < len(tagWindow{}) {
		return false
	}
	t := (*tagWindow)(s[at : at+len(tagWindow{})])
	i := t.find('[')
	if i < 8 || i >= maxTag-1 {
		return r.cachedBare(t, at)
	}
	e := r.p.tags.slot(t, i)
	if !e.is(t, i+1) {
		return r.cachedBare(t, at)
	}
	pid, other := digitRun(t[i+1:])
	w := bits.TrailingZeros64(other) / 8
	const end = ']' | ':'<<8 | ' '<<16
	msg := at + i + 1 + w + 3
	if w == 0 || binary.LittleEndian.Uint32(t[i+1+w:])<<8 != end<<8 || msg > len(s) {
		return false
	}
	r.ev.PID, r.ev.Has = uint32(firstDigits(pid, w)), r.ev.Has|HasPID
	r.take(e, at, msg)
	return true
}

// cachedBare is cachedTag for a tag without a pid.
func (r *record) cachedBare(t *tagWindow, at int) bool {
	i := t.find(':')
	if i < 8 || i >= maxTag-1 || t[i+1] != ' ' || at+i+2 > len(r.line) {
		return false
	}
	e := r.p.tags.slot(t, i)
	if !e.is(t, i+1) {
		return false
	}
	r.take(e, at, at+i+2)
	return true
}

// take sets what e says of the tag at line[at], the message being at msg.
func (r *record) take(e *tagEntry, at, msg int) {
	r.at = msg
	off := uint16(at)
	r.ev.Host, r.ev.Program, r.service = e.host.behind(off), e.prog.behind(off), e.serv.behind(off)
	at += int(e.name.Off)
	r.name = r.line[at : at+int(e.name.Len)] // not of the window: a text keeps the capacity of line
	r.path, r.mta, r.parse = e.path, e.mta, e.parse
	if e.mta == Exim {
		r.afterTag()
	}
}

// rememberTag stores what the slow path read from the tag that began at start.
func (r *record) rememberTag(start int) {
	prog := r.ev.Program
	if cap(r.line)-start < len(tagWindow{}) || prog.Len == 0 || len(r.name) > int(prog.Len) {
		return
	}
	t := (*tagWindow)(r.line[start : start+len(tagWindow{})])
	i := int(prog.Off) + int(prog.Len) - start
	if i < 8 || i >= maxTag-1 || t[i] != '[' && t[i] != ':' || i != t.find(t[i]) {
		return
	}
	if t[i] == ':' && isDovecotProcess(r.ev.Bytes(r.b, prog)) { // dovecotFile looks at what follows
		return
	}
	parse, mta := r.family()
	if parse == nil {
		parse = parseByShape
	}
	at := uint16(start)
	e := r.p.tags.slot(t, i)
	*e = tagEntry{prog: Span{prog.Off - at, prog.Len}, path: r.path, mta: mta, parse: parse}
	e.set(t, i+1)
	n := uint16(len(r.name))
	e.name = Span{prog.Off - at + prog.Len - n, n}
	if v := r.postfixService(); v.Len > 0 {
		e.serv = Span{v.Off - at, v.Len}
	}
	if r.ev.Host.Len > 0 {
		e.host = Span{r.ev.Host.Off - at, r.ev.Host.Len}
	}
}

// behind is s, counted from off on; no text stays none.
func (s Span) behind(off uint16) Span {
	if s.Len == 0 {
		return s
	}
	return Span{off + s.Off, s.Len}
}
