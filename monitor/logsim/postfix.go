// Package logsim writes mail logs in the format of real servers: single lines
// for a server that lives (Postfix), and whole days of traffic with labelled
// attacks in event time, without a network (Scenario).
//
// The format is that of Postfix 3.5 to 3.8 (postlogd(8), smtpd(8), qmgr(8),
// smtp(8), bounce(8), anvil(8)) behind rsyslog's RFC 3339 stamps:
//
//	2026-11-22T01:39:12.222014+00:00 mail postfix/submission/smtpd[605]: 36267110: client=..
//
// Text that came from a client is written as Postfix writes it: a control
// character and each byte of invalid UTF-8 becomes '?', everything else stays,
// and a message ends after 2000 bytes.
package logsim

import (
	"fmt"
	"io"
	"net/netip"
	"sync"
	"time"
	"unicode/utf8"
)

// maxMessage is where Postfix cuts the text of one record.
const maxMessage = 2000

// stampLayout is rsyslog's RFC 3339 stamp.
const stampLayout = "2006-01-02T15:04:05.000000-07:00"

// Postfix writes the log of one Postfix host. Its methods may be called from
// several goroutines; each line is one Write, stamped while the writer is held,
// so that the stamps of a file never go back while Now does not.
type Postfix struct {
	mu    sync.Mutex
	w     io.Writer
	host  string
	now   func() time.Time
	buf   []byte
	lines int64
	err   error
}

// NewPostfix returns a writer of the log of host; now stamps each line.
func NewPostfix(w io.Writer, host string, now func() time.Time) *Postfix {
	return &Postfix{w: w, host: host, now: now}
}

// Lines is how many lines were written, Err the first error of the writer
// below; nothing is written after an error.
func (p *Postfix) Lines() int64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lines
}

// Err is the first error of the writer below.
func (p *Postfix) Err() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.err
}

// Proc is the process that writes a line. Name is the daemon after "postfix/",
// with the service between where there is one: "smtpd", "submission/smtpd".
type Proc struct {
	Name string
	PID  int
}

// Client is the other end of a session. Name is the verified host name; empty
// is written as "unknown".
type Client struct {
	Name string
	IP   netip.Addr
}

func (c Client) String() string {
	if c.Name == "" {
		return "unknown[" + c.IP.String() + "]"
	}
	return c.Name + "[" + c.IP.String() + "]"
}

// linef writes one line.
func (p *Postfix) linef(d Proc, format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.err != nil {
		return
	}
	b := p.now().AppendFormat(p.buf[:0], stampLayout)
	b = fmt.Appendf(b, " %s postfix/%s[%d]: ", p.host, d.Name, d.PID)
	b = appendPrintable(b, fmt.Sprintf(format, args...))
	b = append(b, '\n')
	p.buf = b
	if _, p.err = p.w.Write(b); p.err == nil {
		p.lines++
	}
}

// appendPrintable appends s as Postfix's printable() leaves it: control
// characters and invalid UTF-8 become '?'. Valid UTF-8 stays, C1 controls and
// bidirectional controls included: a reader of the log has to cope with them.
func appendPrintable(dst []byte, s string) []byte {
	if len(s) > maxMessage {
		s = s[:maxMessage]
	}
	for i := 0; i < len(s); {
		c := s[i]
		if c < utf8.RuneSelf {
			if c < ' ' || c == 0x7f {
				c = '?'
			}
			dst = append(dst, c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(s[i:])
		if r == utf8.RuneError && n == 1 {
			dst = append(dst, '?')
		} else {
			dst = append(dst, s[i:i+n]...)
		}
		i += n
	}
	return dst
}

// Started is master's line at start.
func (p *Postfix) Started(d Proc, version string) {
	p.linef(d, "daemon started -- version %s, configuration /etc/postfix", version)
}

// Terminating is master's line at stop.
func (p *Postfix) Terminating(d Proc) { p.linef(d, "terminating on signal 15") }
