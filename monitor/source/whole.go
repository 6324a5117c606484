package source

import "mailtop/logparse"

// piecesReach is how much is read again to find the pieces of a record.
const piecesReach = 128 << 10

// complete returns a record with what other records say of it: its other pieces, or
// the record that it says was repeated.
func (o *Origin) complete(line []byte, off int64) []byte {
	e, b := parsed(logparse.New(logparse.Options{}), line)
	p, piece := pieceOf(&e, e.Bytes(b, e.Text))
	switch {
	case piece && p.n == 1, len(line) > 0 && partial(line):
		more := make([]byte, piecesReach)
		if n, _ := o.readAt(more, off); n > len(line) {
			return wholeRecord(more[:n])
		}
	case e.Has&logparse.IsRepeat != 0:
		before := make([]byte, min(off, repeatReach))
		n, _ := o.readAt(before, off-int64(len(before)))
		opt := Options{}.withDefaults()
		j := newJoiner(&opt)
		j.w = newWorker(&opt)
		if _, _, rec := j.newest(before[:n], off < repeatReach, writerOf(&e, b), repeatLines); rec != nil {
			return append(append(append(rec[:len(rec):len(rec)], " ["...), e.Bytes(b, e.Text)...), ']')
		}
	}
	return line
}

// parsed is the last event of a record; pieces have one.
func parsed(p *logparse.Parser, line []byte) (e logparse.Event, b *logparse.Block) {
	b = &logparse.Block{Buf: line}
	p.Parse(b, 0, len(line), func(x *logparse.Event) { e = *x })
	return e, b
}

// wholeRecord puts the record that p begins with together from its pieces, as far as
// they are there.
func wholeRecord(p []byte) []byte {
	first, rest := cutLine(p)
	if partial(first) {
		return wholePartial(first, rest)
	}
	parser := logparse.New(logparse.Options{})
	e, b := parsed(parser, first)
	head, text := headAndText(&e, b, first)
	x, ok := pieceOf(&e, text)
	if !ok {
		return first
	}
	g := newGroup(&e, b, x, head)
	for more := true; more && len(rest) > 0; {
		var line []byte
		line, rest = cutLine(rest)
		e, b := parsed(parser, line)
		_, text := headAndText(&e, b, line)
		switch x, ok := pieceOf(&e, text); {
		case g.late(&e):
			more = false
		case g.wrote(&e, b):
			if more = ok && g.takes(x); more {
				g.add(x, piecesReach)
				more = !x.last
			}
		}
	}
	return append(g.head, g.text...)
}

// wholePartial does so for the pieces of a container's line.
func wholePartial(first, rest []byte) []byte {
	line := append([]byte(nil), first...)
	for more := true; more && len(rest) > 0; {
		var next []byte
		next, rest = cutLine(rest)
		more = partial(next)
		var ok bool
		if line, ok = continues(line, next); !ok || len(line) > piecesReach {
			break
		}
	}
	return line
}

func cutLine(p []byte) (line, rest []byte) {
	line, whole := firstLine(p)
	if !whole {
		return line, nil
	}
	for i, c := range p[len(line):] {
		if c == '\n' {
			return line, p[len(line)+i+1:]
		}
	}
	return line, nil
}
