package source

import (
	"bytes"

	"mailtop/logparse"
)

// Log daemons write "last message repeated 19 times" in place of equal records: BSD's
// and GNU's without a program (the record before of that host), others behind the
// program's tag. Such a record becomes what it stands for: the events of the record
// before, with its own stamp and place and the count.

const (
	// repeatReach is how far back the repeated record is looked for. A daemon writes
	// the notice right behind it; others may get in between where logs are merged.
	repeatReach = 16 << 10
	repeatLines = 64
)

// repeat hands out the events that a repeat stands for; where the record before is
// not there, at the start of a file, it stays what it is.
func (j *joiner) repeat(b *Batch, pt *part) {
	e := &pt.ev
	before, line, ok := j.lineBefore(b, int(e.Pos), writerOf(e, &b.Block))
	if !ok {
		j.take(b, e)
		return
	}
	from := before
	if from < 0 { // of an earlier batch
		from = len(b.Buf)
		b.Buf = append(b.Buf, line...)
	}
	j.emit(b, from, from+len(line), e, e.Count)
}

// lineBefore finds the newest record before pos that the writer of a repeat may mean.
// at is its place in b.Buf, -1 when it is of an earlier batch.
func (j *joiner) lineBefore(b *Batch, pos int, w writer) (at int, line []byte, ok bool) {
	from := max(0, pos-repeatReach)
	at, left, line := j.newest(b.Buf[from:pos], pos < repeatReach, w, repeatLines)
	if line != nil {
		return from + at, line, true
	}
	if reach := repeatReach - pos; reach > 0 {
		whole := len(j.tail) <= reach && len(j.tail) < repeatReach
		_, _, line = j.newest(j.tail[max(0, len(j.tail)-reach):], whole, w, left)
	}
	return -1, line, line != nil
}

// newest finds the newest record of p that a repeat by w can mean, at most lines
// back. The first record of p may be only half of one, unless it is whole.
func (j *joiner) newest(p []byte, whole bool, w writer, lines int) (at, left int, line []byte) {
	for end := len(p); end > 0 && lines > 0; lines-- {
		s := bytes.TrimSuffix(p[:end], []byte{'\n'})
		end = bytes.LastIndexByte(s, '\n') + 1
		if end == 0 && !whole {
			break
		}
		if line := bytes.TrimRight(s[end:], "\r\x00"); j.repeatable(line, w) {
			return end, lines, line
		}
	}
	return 0, lines, nil
}

// repeatable says whether a repeat by w can mean this record.
func (j *joiner) repeatable(line []byte, w writer) (yes bool) {
	if len(line) == 0 || len(line) > j.opt.record {
		return false
	}
	x := logparse.Block{Buf: line}
	j.w.p.Parse(&x, 0, len(line), func(e *logparse.Event) {
		_, pieces := pieceOf(e, e.Bytes(&x, e.Text))
		host, prog := e.Bytes(&x, e.Host), e.Bytes(&x, e.Program)
		yes = e.Has&logparse.IsRepeat == 0 && !pieces && string(host) == w.host &&
			(w.prog == "" || string(prog) == w.prog && (w.pid == 0 || e.PID == w.pid))
	})
	return yes
}

// remember keeps the end of a batch for a repeat at the start of the next.
func (j *joiner) remember(b *Batch) {
	raw := b.Raw()
	if len(raw) == 0 {
		return
	}
	if len(raw) >= repeatReach {
		j.tail = append(j.tail[:0], raw[len(raw)-repeatReach:]...)
	} else {
		if len(j.tail)+len(raw) > 4*repeatReach {
			j.tail = j.tail[:copy(j.tail, j.tail[len(j.tail)-repeatReach:])]
		}
		j.tail = append(j.tail, raw...)
	}
	if j.tail[len(j.tail)-1] != '\n' {
		j.tail = append(j.tail, '\n')
	}
}
