package source

import "bytes"

// cutter collects bytes of one file and cuts them into batches at the ends of
// records. How the bytes were divided among reads never shows in its batches'
// records: a half record waits for its newline, a record beyond the limit keeps
// its head and loses the rest up to its newline, counted.
type cutter struct {
	pool   *pool
	record int    // longest record
	b      *Batch // being filled
	off    int64  // offset of the next byte
	skip   bool   // within the rest of an over-long record

	skipped int64 // bytes dropped since last asked
}

func newCutter(p *pool, record int, off int64) *cutter {
	return &cutter{pool: p, record: record, off: off}
}

// room is where the next bytes are to be read to; it is never empty.
func (c *cutter) room() []byte {
	if c.b == nil {
		c.b = c.pool.get()
		c.b.Offset = c.off
	}
	return c.b.Buf[len(c.b.Buf):cap(c.b.Buf)]
}

// add takes over the n bytes that were read into room.
func (c *cutter) add(n int) {
	have := len(c.b.Buf)
	c.b.Buf = c.b.Buf[:have+n]
	c.off += int64(n)
	if c.skip { // have is 0: skipping starts with an empty buffer
		c.drop()
	}
	if c.full() && bytes.IndexByte(c.b.Buf, '\n') < 0 {
		c.dropNUL()
	}
}

func (c *cutter) full() bool { return len(c.b.Buf) == cap(c.b.Buf) }

// drop forgets what belongs to the over-long record.
func (c *cutter) drop() {
	i := bytes.IndexByte(c.b.Buf, '\n')
	c.skip = i < 0
	if c.skip {
		c.skipped += int64(len(c.b.Buf))
		c.shift(len(c.b.Buf))
		return
	}
	c.skipped += int64(i)
	c.shift(i + 1)
}

// dropNUL forgets NUL bytes at the start of a record: a crash or copytruncate
// with a writer that keeps its offset leaves a hole at the head of a file.
func (c *cutter) dropNUL() {
	n := 0
	for n < len(c.b.Buf) && c.b.Buf[n] == 0 {
		n++
	}
	c.skipped += int64(n)
	c.shift(n)
}

func (c *cutter) shift(n int) {
	rest := copy(c.b.Buf, c.b.Buf[n:])
	c.b.Buf = c.b.Buf[:rest]
	c.b.Offset += int64(n)
}

// pending is how many bytes wait for their newline.
func (c *cutter) pending() int {
	if c.b == nil {
		return 0
	}
	return len(c.b.Buf)
}

// mark is the offset up to which everything was cut: where reading resumes.
func (c *cutter) mark() int64 { return c.off - int64(c.pending()) }

// cut hands out the whole records, nil when there are none. atEnd: the file has
// ended, what is left is a record as well.
func (c *cutter) cut(atEnd bool) *Batch {
	if c.pending() == 0 {
		return nil
	}
	b := c.b
	end := bytes.LastIndexByte(b.Buf, '\n') + 1
	switch {
	case atEnd:
		end = len(b.Buf)
	case end > 0 && !c.full():
		if end = holdBack(b.Buf[:end]); end == 0 {
			return nil
		}
	case end > 0:
		if hold := holdBack(b.Buf[:end]); hold > 0 {
			end = hold
		}
	case end == 0 && !c.full():
		return nil
	case end == 0:
		return c.cutLong()
	}
	c.b = nil
	if rest := b.Buf[end:]; len(rest) > 0 {
		room := c.room()
		c.b.Buf = c.b.Buf[:copy(room, rest)]
		c.b.Offset = b.Offset + int64(end)
	}
	b.Buf = b.Buf[:end]
	return b
}

// cutLong hands out the head of a record that fills the whole buffer.
func (c *cutter) cutLong() *Batch {
	b := c.b
	c.skipped += int64(len(b.Buf) - c.record)
	b.Buf = b.Buf[:c.record]
	b.tooLong++
	c.b, c.skip = nil, true
	return b
}

// takeSkipped returns the bytes dropped since it was last called.
func (c *cutter) takeSkipped() int64 {
	n := c.skipped
	c.skipped = 0
	return n
}

// free gives the buffer back.
func (c *cutter) free() {
	if c.b != nil {
		c.b.Release()
		c.b = nil
	}
}
