package source

import (
	"bufio"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// WireHello is the first line of what one mailtop sends to another over ssh: the
// records of its logs as they stand, in the order of time, in frames
//
//	LENGTH FLAGS NAME CURSOR\n, then LENGTH bytes of whole records
//
// NAME is the source and CURSOR where to go on after the frame, both in hex; "-" is
// none. FLAGS are "." and then "A" in the frame with which everything there was has
// been sent, "L" where records may have been lost. The reader parses the records as
// if the file were its own, so nothing is said twice about what a record means.
const WireHello = "mailtop-wire 1"

// maxFrame is more than any batch holds.
const maxFrame = 8 << 20

// WireWriter sends the batches of a set.
type WireWriter struct {
	w       *bufio.Writer
	set     *Set
	live    map[string]bool // sources that have arrived
	arrived bool
}

// NewWireWriter begins with the greeting.
func NewWireWriter(w io.Writer, set *Set) (*WireWriter, error) {
	x := &WireWriter{w: bufio.NewWriterSize(w, 64<<10), set: set, live: make(map[string]bool)}
	_, err := x.w.WriteString(WireHello + "\n")
	return x, err
}

// Write sends one batch, which it does not release.
func (x *WireWriter) Write(b *Batch) error {
	raw := b.share()
	flags := "."
	if b.Mark&Lossy != 0 {
		flags += "L"
	}
	if b.Mark&Arrived != 0 {
		x.live[b.Origin.Source] = true
	}
	if !x.arrived && x.all() {
		x.arrived = true
		flags += "A"
	}
	cursor := "-"
	if text, err := b.Cursor().MarshalText(); err == nil && len(text) > 0 {
		cursor = hex.EncodeToString(text)
	}
	if len(raw) == 0 && flags == "." && cursor == "-" {
		return nil
	}
	if _, err := fmt.Fprintf(x.w, "%d %s %s %s\n", len(raw), flags, hex.EncodeToString([]byte(b.Origin.Source)), cursor); err != nil {
		return err
	}
	if _, err := x.w.Write(raw); err != nil {
		return err
	}
	if n := len(raw); n > 0 && raw[n-1] != '\n' {
		return errors.New("a batch without an end of line") // share sees to it
	}
	if b.Live || b.Mark&Arrived != 0 {
		return x.w.Flush()
	}
	return nil
}

// Flush sends what is still kept.
func (x *WireWriter) Flush() error { return x.w.Flush() }

// all says whether every source has arrived, or has ended and never will.
func (x *WireWriter) all() bool {
	for _, st := range x.set.Status() {
		if !x.live[st.Name] && (!st.Done || st.Live) {
			return false
		}
	}
	return true
}

// share is what a batch adds to the records handed out so far: a view only those
// up to the first event of the next. A last record without its newline gets one.
func (b *Batch) share() []byte {
	whole, from, to := b, 0, b.raw
	if b.parent != nil {
		whole = b.parent
		from = whole.sent
		if next := b.at + len(b.Events); next < len(whole.Events) {
			to = max(from, min(int(whole.Events[next].Pos), whole.raw))
		}
		whole.sent = to
	}
	raw := whole.Buf[from:to]
	if n := len(raw); n > 0 && raw[n-1] != '\n' {
		raw = append(append([]byte(nil), raw...), '\n')
	}
	return raw
}

// farPlace is how far one source of the other side was taken.
type farPlace struct {
	Cursor string `json:"c,omitempty"`
	Taken  int64  `json:"-"` // bytes since the cursor
	skip   int64  // of these, still to be left out after a new start
}

// maxFar bounds the sources of the other side.
const maxFar = 256

// wirePlaces is where to go on, by source.
type wirePlaces map[string]*farPlace

// token is the places as one word for a command line.
func (p wirePlaces) token() string {
	cursors := make(map[string]string, len(p))
	for name, f := range p {
		f.skip = f.Taken
		if f.Cursor != "" {
			cursors[name] = f.Cursor
		}
	}
	text, err := json.Marshal(cursors)
	if err != nil {
		return wireStart
	}
	return base64.RawURLEncoding.EncodeToString(text)
}

// wireStart is the token of a start from the beginning.
const wireStart = "start"

// WireResume reads a token that the other side gave.
func WireResume(token string) (map[string]Cursor, error) {
	if token == wireStart {
		return nil, nil
	}
	bad := errors.New("not a place that mailtop over ssh asks for")
	text, err := base64.RawURLEncoding.DecodeString(token)
	var cursors map[string]string
	if err != nil || json.Unmarshal(text, &cursors) != nil {
		return nil, bad
	}
	resume := make(map[string]Cursor, len(cursors))
	for name, c := range cursors {
		var x Cursor
		if x.UnmarshalText([]byte(c)) != nil {
			return nil, bad
		}
		resume[name] = x
	}
	return resume, nil
}

// wireReader yields the records that frames hold. A frame is taken whole or not at
// all, so that a broken connection never leaves half of one.
type wireReader struct {
	in     *bufio.Reader
	places wirePlaces
	buf    []byte // of the frame; kept
	left   []byte // still to be read
	lost   func()
}

// errArrived says that what comes next is not past any more.
var errArrived = errors.New("arrived")

func (w *wireReader) Read(p []byte) (int, error) {
	for len(w.left) == 0 {
		arrived, err := w.frame()
		if err != nil {
			return 0, err
		}
		if arrived {
			return 0, errArrived
		}
	}
	n := copy(p, w.left)
	w.left = w.left[n:]
	return n, nil
}

var errNoFrame = errors.New("the other side sends something else than mailtop's records")

// frame takes the next frame. Everything arrived when it says so and holds nothing;
// one that holds records as well is handed out first.
func (w *wireReader) frame() (arrived bool, err error) {
	line, err := readLine(w.in, 64<<10)
	if err != nil {
		return false, err
	}
	word := strings.Fields(line)
	if len(word) != 4 || word[1][0] != '.' {
		return false, errNoFrame
	}
	n, err := strconv.Atoi(word[0])
	name, err2 := hex.DecodeString(word[2])
	if err != nil || err2 != nil || n < 0 || n > maxFrame {
		return false, errNoFrame
	}
	if cap(w.buf) < n {
		w.buf = make([]byte, n)
	}
	w.buf = w.buf[:n]
	if _, err := io.ReadFull(w.in, w.buf); err != nil {
		return false, err
	}
	place := w.places[string(name)]
	if place == nil {
		if len(w.places) == maxFar {
			return false, errNoFrame
		}
		place = &farPlace{}
		w.places[string(name)] = place
	}
	if strings.Contains(word[1], "L") {
		w.lost()
	}
	w.left = place.take(w.buf, word[3])
	return strings.Contains(word[1], "A"), nil
}

// take notes a frame of a source and returns what of it is new.
func (f *farPlace) take(p []byte, cursor string) []byte {
	old := min(f.skip, int64(len(p)))
	f.skip -= old
	f.Taken += int64(len(p)) - old
	if text, err := hex.DecodeString(cursor); err == nil && len(text) > 0 {
		f.Cursor, f.Taken, f.skip = string(text), 0, 0
	}
	return p[old:]
}

// readLine reads a line of at most limit bytes, without its newline. An end in the
// middle of one is an error.
func readLine(in *bufio.Reader, limit int) (string, error) {
	var line []byte
	for {
		p, err := in.ReadSlice('\n')
		line = append(line, p...)
		switch {
		case err == nil:
			return strings.TrimRight(string(line), "\r\n"), nil
		case err == bufio.ErrBufferFull && len(line) < limit:
		case err == bufio.ErrBufferFull:
			return "", errNoFrame
		case err == io.EOF && len(line) > 0:
			return "", io.ErrUnexpectedEOF
		default:
			return "", err
		}
	}
}
