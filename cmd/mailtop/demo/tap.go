package demo

import (
	"bytes"
	"strconv"
	"strings"

	"mailtop/monitor/logsim"
)

// tap listens to the plain text of one session, both ways, and keeps what
// smtpd prints at its end: the counters of each command and the last command
// begun. go-smtp hands it every chunk it read and every reply line it wrote
// (Server.Debug), without saying which is which: a chunk is a reply when the
// wire was written to since the last one and it looks like one.
//
// All writes come from the session's own goroutine.
type tap struct {
	wire     *wire
	seen     int64 // writes of the wire at the last chunk
	mode     tapMode
	pending  []string // verbs that wait for their reply
	line     []byte   // a command not yet ended
	tail     []byte   // last bytes of message text, to find its end over chunks
	skip     int      // bytes of a BDAT chunk still to come
	commands logsim.Commands
	last     string // the last command begun; "" is before any
	bytes    int    // of message text since 354
	quit     bool
	tooMany  bool
	tlsError bool
	// onCommand is told of each command line before it is handled.
	onCommand func(verb, line string)
	// onClient is told once that the client spoke after a handshake.
	onClient func()
}

type tapMode int

const (
	modeCommand tapMode = iota
	modeAuth            // the client's next line answers a challenge
	modeData            // message text up to the dot
)

// maxTapLine bounds what is kept of one command line.
const maxTapLine = 2048

func (t *tap) Write(p []byte) (int, error) {
	w := t.wire.writes.Load()
	written := w != t.seen
	t.seen = w
	if written && isReply(p) {
		t.reply(p)
		return len(p), nil
	}
	if t.onClient != nil {
		t.onClient()
	}
	t.client(p)
	return len(p), nil
}

func isReply(p []byte) bool {
	return len(p) >= 5 && p[0] >= '2' && p[0] <= '5' && isDigit(p[1]) && isDigit(p[2]) && (p[3] == ' ' || p[3] == '-') && bytes.HasSuffix(p, []byte("\r\n"))
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// reply settles the oldest command that waits.
func (t *tap) reply(p []byte) {
	if p[3] == '-' {
		return
	}
	code, _ := strconv.Atoi(string(p[:3]))
	switch {
	case code == 334:
		t.mode = modeAuth
	case code == 354:
		t.mode, t.bytes, t.tail = modeData, 0, append(t.tail[:0], "\r\n"...)
	case len(t.pending) == 0:
		t.unasked(p)
	default:
		t.settle(t.pending[0], code)
		t.pending = t.pending[1:]
	}
	if code == 421 {
		t.wire.Close()
	}
}

func (t *tap) settle(verb string, code int) {
	t.commands.Add(verb, code < 400, 1)
	switch {
	case verb == "QUIT":
		t.quit = true
	case verb == "STARTTLS" && code == 220:
		t.line = t.line[:0]
	}
	t.mode = modeCommand
}

// unasked is a reply to no command: the greeting, a farewell, a failed handshake.
func (t *tap) unasked(p []byte) {
	switch {
	case bytes.Contains(p, []byte("Too many errors")):
		t.tooMany = true
	case bytes.Contains(p, []byte("Handshake error")):
		t.tlsError = true
	}
}

// client takes what the client sent.
func (t *tap) client(p []byte) {
	for len(p) > 0 {
		switch {
		case t.skip > 0:
			n := min(t.skip, len(p))
			t.skip -= n
			p = p[n:]
		case t.mode == modeData:
			p = t.data(p)
		default:
			p = t.command(p)
		}
	}
}

// data takes message text and gives back what follows its end.
func (t *tap) data(p []byte) []byte {
	have := len(t.tail)
	t.tail = append(t.tail, p...)
	if i := bytes.Index(t.tail, []byte("\r\n.\r\n")); i >= 0 {
		n := i + 5 - have
		t.bytes += max(n, 0)
		t.mode, t.tail = modeCommand, t.tail[:0]
		return p[max(n, 0):]
	}
	t.bytes += len(p)
	if n := len(t.tail) - 4; n > 0 {
		t.tail = append(t.tail[:0], t.tail[n:]...)
	}
	return nil
}

// command takes bytes up to the end of a line and gives back the rest.
func (t *tap) command(p []byte) []byte {
	i := bytes.IndexByte(p, '\n')
	if i < 0 {
		t.keep(p)
		return nil
	}
	t.keep(p[:i])
	line := strings.TrimRight(string(t.line), "\r")
	t.line = t.line[:0]
	if t.mode == modeAuth {
		t.mode = modeCommand
		return p[i+1:]
	}
	t.begin(line)
	return p[i+1:]
}

func (t *tap) keep(p []byte) {
	t.line = append(t.line, p[:min(len(p), maxTapLine-len(t.line))]...)
}

func (t *tap) begin(line string) {
	verb, rest, _ := strings.Cut(line, " ")
	verb = strings.ToUpper(verb)
	t.last = verb
	t.pending = append(t.pending, verb)
	if verb == "BDAT" {
		size, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
		t.skip, _ = strconv.Atoi(size)
		t.skip = max(t.skip, 0)
	}
	if t.onCommand != nil {
		t.onCommand(verb, line)
	}
}

// stage names the command a session was in, as smtpd does.
func (t *tap) stage() string {
	switch {
	case t.last == "":
		return "CONNECT"
	case t.mode == modeData:
		return "DATA"
	}
	var c logsim.Commands
	c.Add(t.last, true, 1)
	if c.Total("unknown") > 0 {
		return "UNKNOWN"
	}
	return t.last
}
