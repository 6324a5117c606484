package logparse

import (
	"bytes"
	"encoding/binary"
	"math/bits"
)

// tagCache remembers " host program[" of recent records with what the slow path
// read from it, so that a busy log costs one search for '[' and one comparison a
// record. It never changes a result: an entry holds only for equal bytes, and the
// slow path looks at nothing but those.
type tagCache [32]tagEntry

// maxTag is the longest " host program[" that is remembered.
const maxTag = 56

type tagEntry struct {
	text  [maxTag]byte // from the end of the stamp to the '[', both included
	n     uint8        // its length, 0: empty
	host  Span         // relative to the start of text
	prog  Span
	name  Span // last path part of prog
	serv  Span // service of a Postfix program
	path  bool
	mta   MTA
	parse family
}

// slot is where the tag that ends before s[i] lives.
func (c *tagCache) slot(s []byte, i int) *tagEntry {
	k := binary.LittleEndian.Uint64(s[i-8:]) * 0x9E3779B97F4A7C15
	return &c[k>>59]
}

// is compares the text of e with s, which is as long and has 9 bytes and more: up
// to 32 without a branch on its length.
func (e *tagEntry) is(s []byte) bool {
	n := len(s)
	if n > 32 {
		return string(s) == string(e.text[:n])
	}
	t, word := e.text[:n], binary.LittleEndian.Uint64
	m, k := min(8, n-8), max(0, n-16)
	return (word(s)^word(t))|(word(s[m:])^word(t[m:]))|(word(s[k:])^word(t[k:]))|(word(s[n-8:])^word(t[n-8:])) == 0
}

// cachedTag reads the tag at r.at when it is a known one.
func (r *record) cachedTag() bool {
	s := r.msg()
	i := bytes.IndexByte(s[:min(len(s), maxTag)], '[')
	if i < 8 || len(s) < i+9 {
		return false
	}
	e := r.p.tags.slot(s, i)
	if int(e.n) != i+1 || !e.is(s[:i+1]) {
		return false
	}
	t, other := digitRun(s[i+1:])
	w := bits.TrailingZeros64(other) / 8
	rest := s[i+1+w:]
	if w == 0 || len(rest) < 3 || rest[0] != ']' || rest[1] != ':' || rest[2] != ' ' {
		return false
	}
	at := uint16(r.at)
	r.ev.PID, r.ev.Has = uint32(firstDigits(t, w)), r.ev.Has|HasPID
	if e.host.Len > 0 {
		r.ev.Host = Span{at + e.host.Off, e.host.Len}
	}
	r.ev.Program = Span{at + e.prog.Off, e.prog.Len}
	r.name = s[e.name.Off : e.name.Off+e.name.Len]
	r.path, r.mta, r.parse = e.path, e.mta, e.parse
	if r.service = (Span{}); e.serv.Len > 0 {
		r.service = Span{at + e.serv.Off, e.serv.Len}
	}
	r.at += i + 1 + w + 3
	if e.mta == Exim {
		r.afterTag()
	}
	return true
}

// rememberTag stores what the slow path read from the tag that began at start.
func (r *record) rememberTag(start int) {
	s := r.line[start:]
	i := bytes.IndexByte(s[:min(len(s), maxTag)], '[')
	prog := r.ev.Program
	if i < 8 || prog.Len == 0 || int(prog.Off)+int(prog.Len) != start+i || len(r.name) > int(prog.Len) {
		return
	}
	parse, mta := familyOf(r.name, r.path)
	if parse == nil {
		return
	}
	at := uint16(start)
	e := r.p.tags.slot(s, i)
	*e = tagEntry{n: uint8(i + 1), prog: Span{prog.Off - at, prog.Len}, path: r.path, mta: mta, parse: parse}
	copy(e.text[:], s[:i+1])
	n := uint16(len(r.name))
	e.name = Span{prog.Off - at + prog.Len - n, n}
	if v := r.postfixService(); v.Len > 0 {
		e.serv = Span{v.Off - at, v.Len}
	}
	if r.ev.Host.Len > 0 {
		e.host = Span{r.ev.Host.Off - at, r.ev.Host.Len}
	}
}
