package reply

import "bytes"

// row is one known wording. text is lower case and starts at a word; and, when
// set, must follow it somewhere. A row without text is found by its DSN alone.
type row struct {
	text, and string
	dsn       DSN
	provider  Provider
	class     Class
	net       Net
	scope     Scope
	w         weight
	list      string // the list's name, when the wording tells it
	why       string // meaning; empty: that of the class
	checks    []string
	ref       string
}

// weight decides between rows that all match. The zero value is an ordinary row.
type weight int8

const (
	wLast  weight = -3 // loses to everything but a bare SMTP code
	wWeak  weight = -2 // one word that says little
	wDSN   weight = -1 // a sure enhanced status code stands here
	wRow   weight = 0
	wNamed weight = 1 // a provider's own wording
	wFirst weight = 2 // wins over what the sentence goes on to say
	wError weight = 3 // a failed list lookup: nothing may turn it into a listing
)

func (r *row) weight() weight {
	if r.w == wRow && r.provider != ProviderNone {
		return wNamed
	}
	return r.w
}

// keyLen is how many bytes of a wording the index is keyed by.
const keyLen = 3

// index finds the rows whose text starts with three given bytes: bucket heads and
// a chain through rows, both by row number plus one.
type index struct {
	rows []row
	head [1 << indexBits]uint16
	next []uint16
}

const indexBits = 11

func buildIndex(tables ...[]row) *index {
	x := &index{}
	for _, t := range tables {
		x.rows = append(x.rows, t...)
	}
	x.next = make([]uint16, len(x.rows))
	for i := len(x.rows) - 1; i >= 0; i-- { // backwards, so that a chain is in table order
		if t := x.rows[i].text; t != "" {
			h := hash3(t[0], t[1], t[2])
			x.next[i], x.head[h] = x.head[h], uint16(i+1)
		}
	}
	return x
}

func hash3(a, b, c byte) uint32 {
	v := uint32(a) | uint32(b)<<8 | uint32(c)<<16
	return v * 2654435761 >> (32 - indexBits)
}

var known = buildIndex(providerRows, generalRows)

// found is the outcome of a search.
type found struct {
	best     *row
	provider Provider
	list     string
}

// search looks at each word of a normalised text.
func (x *index) search(t []byte) found {
	var f found
	word := false
	for i := 0; i+keyLen <= len(t); i++ {
		w := isWord(t[i])
		if w && !word {
			for n := x.head[hash3(t[i], t[i+1], t[i+2])]; n != 0; n = x.next[n-1] {
				if r := &x.rows[n-1]; r.matches(t[i:]) {
					f.take(r)
				}
			}
		}
		word = w
	}
	return f
}

func (r *row) matches(t []byte) bool {
	if len(t) < len(r.text) || string(t[:len(r.text)]) != r.text {
		return false
	}
	return r.and == "" || bytes.Contains(t[len(r.text):], []byte(r.and))
}

func (f *found) take(r *row) {
	if f.provider == ProviderNone {
		f.provider = r.provider
	}
	if f.list == "" || len(r.list) > len(f.list) {
		f.list = r.list
	}
	if r.class == ClassUnknown {
		return
	}
	if f.best == nil || r.weight() > f.best.weight() || r.weight() == f.best.weight() && len(r.text) > len(f.best.text) {
		f.best = r
	}
}

// byDSN finds the provider's row of a private enhanced status code.
func (x *index) byDSN(d DSN) *row {
	for i := range x.rows {
		if r := &x.rows[i]; r.text == "" && r.dsn == d {
			return r
		}
	}
	return nil
}

func isWord(c byte) bool {
	return c-'a' < 26 || c-'0' < 10 || c >= 0x80
}
