package smtpwire

import (
	"bufio"
	"fmt"
	"strings"
	"time"
)

// Bounds of a reply.
const (
	MaxReply    = 64 << 10 // bytes of one reply, all lines
	MaxLine     = 4096     // bytes kept of one line
	maxLines    = 512
	rfcLineSize = 512 // RFC 5321 section 4.5.3.1.5, CRLF included
)

// Anomaly is a set of what was odd about a reply.
type Anomaly uint16

// The anomalies.
const (
	MixedCodes        Anomaly = 1 << iota // lines of one reply with different codes
	BareLF                                // a line ended by LF alone
	BareCR                                // a CR that ends no line
	OverLong                              // a line over 512 bytes
	NonASCII                              // a byte over 127, or NUL
	EarlyData                             // bytes were there before the command was sent
	InjectedPlaintext                     // plain bytes after the 220 to STARTTLS, before the handshake
	MissingText                           // a code and nothing else
	BadSeparator                          // neither space nor hyphen after the code
)

var anomalyNames = [...]string{"mixed_codes", "bare_lf", "bare_cr", "over_long", "non_ascii", "early_data", "injected_plaintext", "missing_text", "bad_separator"}

// Names lists the set.
func (a Anomaly) Names() []string {
	var out []string
	for i, n := range anomalyNames {
		if a&(1<<i) != 0 {
			out = append(out, n)
		}
	}
	return out
}

// Reply is an SMTP reply as it came.
type Reply struct {
	Code      int
	Enhanced  string   // enhanced status code (RFC 3463) of the first line, "" without one
	Lines     []string // text of each line, code and separator removed
	Anomalies Anomaly
	First     time.Time // when the first byte had come
	Size      int       // bytes on the wire
}

// Class is the first digit: 2, 3, 4 or 5.
func (r *Reply) Class() int { return r.Code / 100 }

// Text is all lines, joined by a space.
func (r *Reply) Text() string { return strings.Join(r.Lines, " ") }

// String is the reply as one line: code and text.
func (r *Reply) String() string {
	if t := r.Text(); t != "" {
		return fmt.Sprintf("%03d %s", r.Code, t)
	}
	return fmt.Sprintf("%03d", r.Code)
}

// Read reads one reply in the given phase.
func (c *Conn) Read(p Phase) (*Reply, error) {
	t := c.begin(p)
	r, err := c.read(p)
	return r, c.finish(t, err)
}

func (c *Conn) read(p Phase) (*Reply, error) {
	if c.stream == nil {
		return nil, &Error{p, ClassClosed, fmt.Errorf("connection is closed")}
	}
	c.phase = p
	c.arm(c.limit(p))
	r := &Reply{}
	for {
		line, err := c.line(r)
		if err != nil {
			return r, err
		}
		last, err := r.take(line)
		if err != nil || last {
			return r, err
		}
	}
}

// line reads to the next LF and returns at most MaxLine bytes without the line end.
func (c *Conn) line(r *Reply) ([]byte, error) {
	var line []byte
	size := 0
	for {
		part, err := c.in.ReadSlice('\n')
		if len(part) > 0 && r.First.IsZero() {
			r.First = c.o.Now()
		}
		size += len(part)
		r.Size += len(part)
		line = append(line, part[:min(len(part), MaxLine-len(line))]...)
		if r.Size > MaxReply {
			return line, fmt.Errorf("%w of %d bytes", ErrTooLong, MaxReply)
		}
		if err == nil {
			break
		}
		if err != bufio.ErrBufferFull {
			if len(line) > 0 && !startsLikeReply(line) {
				return line, fmt.Errorf("%w (starts %q): %w", ErrNotReply, head(line), err)
			}
			return line, err
		}
	}
	if size > rfcLineSize {
		r.Anomalies |= OverLong
	}
	return r.trimEnd(line), nil
}

func (r *Reply) trimEnd(line []byte) []byte {
	if n := len(line); n > 0 && line[n-1] == '\n' {
		line = line[:n-1]
		if n = len(line); n > 0 && line[n-1] == '\r' {
			line = line[:n-1]
		} else {
			r.Anomalies |= BareLF
		}
	}
	for _, b := range line {
		if b == '\r' {
			r.Anomalies |= BareCR
		} else if b >= 0x80 || b == 0 {
			r.Anomalies |= NonASCII
		}
	}
	return line
}

// take adds a line; last is true at the end of the reply.
func (r *Reply) take(line []byte) (last bool, err error) {
	code, ok := replyCode(line)
	if !ok {
		return false, fmt.Errorf("%w (line starts %q)", ErrNotReply, head(line))
	}
	if len(r.Lines) == 0 {
		r.Code = code
	} else if code != r.Code {
		r.Anomalies |= MixedCodes
	}
	last = true
	text := line[3:]
	if len(text) > 0 {
		switch text[0] {
		case '-':
			last, text = false, text[1:]
		case ' ':
			text = text[1:]
		default:
			r.Anomalies |= BadSeparator
		}
	} else {
		r.Anomalies |= MissingText
	}
	if len(r.Lines) == 0 {
		r.Enhanced = enhanced(string(text), code)
	}
	if len(r.Lines) >= maxLines {
		return false, fmt.Errorf("%w of %d lines", ErrTooLong, maxLines)
	}
	r.Lines = append(r.Lines, string(text))
	return last, nil
}

func replyCode(line []byte) (int, bool) {
	if len(line) < 3 || line[0] < '2' || line[0] > '5' || !digit(line[1]) || !digit(line[2]) {
		return 0, false
	}
	if len(line) > 3 && digit(line[3]) {
		return 0, false
	}
	return int(line[0]-'0')*100 + int(line[1]-'0')*10 + int(line[2]-'0'), true
}

// startsLikeReply is true as long as what came may still become a reply.
func startsLikeReply(line []byte) bool {
	for i := 0; i < len(line) && i < 3; i++ {
		if !digit(line[i]) {
			return false
		}
	}
	return true
}

func digit(b byte) bool { return b >= '0' && b <= '9' }

func head(line []byte) []byte { return line[:min(len(line), 40)] }

// enhanced reads the status code at the start of a reply text: class.subject.detail, class as in the code.
func enhanced(text string, code int) string {
	word, _, _ := strings.Cut(text, " ")
	parts := strings.Split(word, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || int(parts[0][0]-'0') != code/100 {
		return ""
	}
	for _, p := range parts {
		if len(p) == 0 || len(p) > 3 || strings.Trim(p, "0123456789") != "" {
			return ""
		}
	}
	return word
}
