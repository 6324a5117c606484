package source

import (
	"bufio"
	"bytes"
	le "encoding/binary"
	"errors"
	"fmt"
	"io"
	"strconv"
	"unicode/utf8"
)

// The journal export format (journalctl -o export, systemd-journal-remote; see
// "Journal Export Formats" of systemd): a line KEY=value for each field, or for a
// value with a newline the line KEY, eight bytes of length (least first), the value
// and a newline; an empty line ends an entry. It is read as if it were compressed:
// what comes out is a line of JSON for each entry, as journalctl -o json writes it,
// with the fields that a record needs. Offsets and line numbers are of those lines.

// exportHeads are what an export begins with; the order of the first fields is fixed.
var exportHeads = []string{"__CURSOR=", "__REALTIME_TIMESTAMP="}

// magicBytes is how many first bytes tell every format.
const magicBytes = 6

func isExport(head []byte) bool {
	for _, h := range exportHeads {
		if len(head) >= magicBytes && bytes.HasPrefix(head, []byte(h[:min(len(h), len(head))])) {
			return true
		}
	}
	return false
}

// exported returns the format of a file whose uncompressed content begins with head,
// packed (nil for plain) what it is compressed with.
func exported(head []byte, packed *format) *format {
	if !isExport(head) {
		return packed
	}
	return &format{open: func(r io.Reader) (io.ReadCloser, error) {
		if packed == nil {
			return newExport(io.NopCloser(r)), nil
		}
		in, err := packed.open(r)
		if err != nil {
			return nil, err
		}
		return newExport(in), nil
	}}
}

// exportFields are the fields that are kept, in the order in which they are written.
var exportFields = [...]string{
	"__CURSOR", "__REALTIME_TIMESTAMP", "_SOURCE_REALTIME_TIMESTAMP", "PRIORITY", "_HOSTNAME",
	"SYSLOG_IDENTIFIER", "_COMM", "SYSLOG_PID", "_PID", "_TRANSPORT", "MESSAGE",
}

const (
	exportName    = 64        // longest name of a field
	exportValue   = 512       // bytes kept of a field other than the message
	exportMessage = 12 << 10  // bytes kept of the message: as JSON it must not be longer than a record
	exportMost    = 768 << 20 // longest value that systemd allows
)

// export turns the export format into lines of JSON.
type export struct {
	in     io.ReadCloser
	r      *bufio.Reader
	fields [len(exportFields)][]byte
	have   [len(exportFields)]bool
	out    []byte
	rest   []byte // of out
	err    error
	bad    int // entries that could not be read
	name   []byte
}

func newExport(in io.ReadCloser) *export {
	return &export{in: in, r: bufio.NewReaderSize(in, 64<<10)}
}

// Close implements io.Closer.
func (x *export) Close() error { return x.in.Close() }

// Read implements io.Reader. An entry that cannot be read is left out; the error at
// the end says how many those were.
func (x *export) Read(p []byte) (int, error) {
	for len(x.rest) == 0 {
		if x.err != nil {
			return 0, x.err
		}
		x.err = x.entry()
		x.rest = x.out
	}
	n := copy(p, x.rest)
	x.rest = x.rest[n:]
	return n, nil
}

var errExport = errors.New("not the journal export format")

// entry reads one entry into out, which stays empty when there is none.
func (x *export) entry() error {
	x.out, x.have = x.out[:0], [len(exportFields)]bool{}
	some := false
	for {
		more, err := x.field()
		if errors.Is(err, errExport) {
			x.bad++
			err = x.skipEntry()
			more, some = false, false
		}
		if err == io.EOF && x.bad > 0 {
			err = fmt.Errorf("%w: %d entries of a journal export cannot be read", io.ErrUnexpectedEOF, x.bad)
		}
		if some = some || more; more && err == nil {
			continue
		}
		if some {
			x.write()
		}
		return err
	}
}

// field reads one field; more is false at the end of an entry.
func (x *export) field() (more bool, err error) {
	x.name = x.name[:0]
	for {
		c, err := x.r.ReadByte()
		if err != nil {
			if err == io.EOF && len(x.name) > 0 {
				err = io.ErrUnexpectedEOF
			}
			return false, err
		}
		switch {
		case c == '=' && len(x.name) > 0:
			return true, x.textValue(fieldOf(x.name))
		case c == '\n' && len(x.name) > 0:
			return true, x.binaryValue(fieldOf(x.name))
		case c == '\n':
			return false, nil
		case len(x.name) == exportName, c != '_' && c-'A' > 25 && c-'0' > 9:
			return false, errExport
		}
		x.name = append(x.name, c)
	}
}

// fieldOf is the place of a field, -1 for one that is not kept.
func fieldOf(name []byte) int {
	for i, f := range exportFields {
		if string(name) == f {
			return i
		}
	}
	return -1
}

// keep adds to the value of a field, up to its limit. Of a field that comes several
// times the first value stays.
func (x *export) keep(i int, p []byte) {
	if i < 0 {
		return
	}
	most := exportValue
	if i == len(exportFields)-1 {
		most = exportMessage
	}
	x.fields[i] = append(x.fields[i], p[:min(len(p), most-min(most, len(x.fields[i])))]...)
}

func (x *export) begin(i int) int {
	if i < 0 || x.have[i] {
		return -1
	}
	x.have[i], x.fields[i] = true, x.fields[i][:0]
	return i
}

func (x *export) textValue(i int) error {
	i = x.begin(i)
	for {
		p, err := x.r.ReadSlice('\n')
		x.keep(i, bytes.TrimSuffix(p, []byte{'\n'}))
		switch err {
		case bufio.ErrBufferFull:
		case io.EOF:
			return io.ErrUnexpectedEOF
		default:
			return err
		}
	}
}

func (x *export) binaryValue(i int) error {
	var size [8]byte
	if _, err := io.ReadFull(x.r, size[:]); err != nil {
		return unexpected(err)
	}
	left := le.LittleEndian.Uint64(size[:])
	if left > exportMost {
		return errExport
	}
	i = x.begin(i)
	for left > 0 {
		p, err := x.r.Peek(int(min(left, 4096)))
		if len(p) == 0 {
			return unexpected(err)
		}
		x.keep(i, p)
		n, _ := x.r.Discard(len(p))
		left -= uint64(n)
	}
	if c, err := x.r.ReadByte(); err != nil {
		return unexpected(err)
	} else if c != '\n' {
		return errExport
	}
	return nil
}

func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// skipEntry goes on behind the next empty line.
func (x *export) skipEntry() error {
	for newline := false; ; {
		c, err := x.r.ReadByte()
		if err != nil {
			return err
		}
		if c == '\n' && newline {
			return nil
		}
		newline = c == '\n'
	}
}

// write puts the entry out as a line of JSON.
func (x *export) write() {
	sep := byte('{')
	for i, name := range exportFields {
		if !x.have[i] {
			continue
		}
		x.out = append(append(append(x.out, sep, '"'), name...), '"', ':')
		x.out = appendJSONValue(x.out, x.fields[i])
		sep = ','
	}
	if sep == ',' {
		x.out = append(x.out, '}', '\n')
	}
}

// appendJSONValue writes a string, or as journalctl does an array of bytes for what
// is not UTF-8.
func appendJSONValue(dst, v []byte) []byte {
	if !utf8.Valid(v) {
		sep := byte('[')
		for _, c := range v {
			dst = strconv.AppendUint(append(dst, sep), uint64(c), 10)
			sep = ','
		}
		return append(dst, ']')
	}
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	for _, c := range v {
		switch {
		case c == '"' || c == '\\':
			dst = append(dst, '\\', c)
		case c == '\n':
			dst = append(dst, '\\', 'n')
		case c < 0x20 || c == 0x7f:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			dst = append(dst, c)
		}
	}
	return append(dst, '"')
}
