// Package smtpwire is the recording SMTP connection (RFC 5321) on which every
// probe runs. It is a measuring instrument, not a mail client: it sends what it is
// told to send, keeps every byte of both directions with its time and phase, and
// says of each reply what was odd about it instead of repairing it.
//
// What it promises whatever the server does (drips, floods, hangs, resets, answers
// binary): no call outlives its phase limit or its context, a reply costs at most
// MaxReply bytes, the record of a connection at most MaxRecord bytes, and a secret
// sent by SendSecret, or registered by Secret, never enters the record, not even
// when the server repeats it.
package smtpwire

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"os"
	"time"
)

// DialFunc opens the connection beneath; net.Dialer.DialContext is one.
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

// Limits are the longest times a phase may take as a whole, so that a byte now and
// then wins a server nothing.
type Limits struct {
	Connect   time.Duration
	Banner    time.Duration
	Command   time.Duration
	Handshake time.Duration
	Dot       time.Duration // from the final dot to its reply
}

// DefaultLimits are for a person who waits. RFC 5321 section 4.5.3.2 asks a
// delivering server for minutes; a banner delayed by a greet wait (6 s) still fits.
var DefaultLimits = Limits{
	Connect:   10 * time.Second,
	Banner:    15 * time.Second,
	Command:   10 * time.Second,
	Handshake: 10 * time.Second,
	Dot:       30 * time.Second,
}

// Options of a connection.
type Options struct {
	Now    func() time.Time // the clock; required
	Hello  string           // name or address literal for EHLO
	Limits Limits           // a zero limit is the default one
}

// Conn is one connection to a mail server. It is for one goroutine.
type Conn struct {
	ctx    context.Context
	o      Options
	raw    net.Conn // the TCP connection
	stream net.Conn // raw, or TLS over it
	in     *bufio.Reader
	rec    recorder
	phase  Phase
	times  []Timing
	stop   func() bool
	tls    *tls.ConnectionState

	// Plain and TLS are the capabilities told before and after the handshake; nil when not asked.
	Plain, Secure *Caps
}

// Dial connects and starts recording; the record survives a failure to connect.
func Dial(ctx context.Context, dial DialFunc, network, address string, o Options) (*Conn, error) {
	c := newConn(ctx, o)
	t := c.begin(PhaseConnect)
	limited, cancel := context.WithTimeout(ctx, c.o.Limits.Connect)
	defer cancel()
	c.rec.note(o.Now(), PhaseConnect, "connect "+network+" "+address)
	nc, err := dial(limited, network, address)
	if err != nil {
		return c, c.finish(t, err)
	}
	c.attach(nc)
	return c, c.finish(t, nil)
}

// New starts recording on a connection that is open already.
func New(ctx context.Context, nc net.Conn, o Options) *Conn {
	c := newConn(ctx, o)
	c.attach(nc)
	return c
}

func newConn(ctx context.Context, o Options) *Conn {
	fill := func(d *time.Duration, def time.Duration) {
		if *d <= 0 {
			*d = def
		}
	}
	fill(&o.Limits.Connect, DefaultLimits.Connect)
	fill(&o.Limits.Banner, DefaultLimits.Banner)
	fill(&o.Limits.Command, DefaultLimits.Command)
	fill(&o.Limits.Handshake, DefaultLimits.Handshake)
	fill(&o.Limits.Dot, DefaultLimits.Dot)
	return &Conn{ctx: ctx, o: o, stop: func() bool { return true }}
}

func (c *Conn) attach(nc net.Conn) {
	c.raw, c.stream = nc, nc
	c.in = bufio.NewReaderSize(tap{c}, readBuffer)
	c.stop = context.AfterFunc(c.ctx, func() { _ = nc.SetDeadline(time.Unix(1, 0)) })
}

// tap hands the bytes of the stream to the reader and to the record.
type tap struct{ c *Conn }

func (t tap) Read(p []byte) (int, error) {
	n, err := t.c.stream.Read(p)
	if n > 0 {
		now := t.c.o.Now()
		t.c.rec.add(now, t.c.phase, FromServer, t.c.tls != nil, p[:n])
		t.c.firstByte(now)
	}
	return n, err
}

// Send writes raw as it is; nothing is checked, nothing added.
func (c *Conn) Send(p Phase, raw []byte) error { return c.send(p, raw, nil) }

// SendSecret writes raw and records shown in its place.
func (c *Conn) SendSecret(p Phase, raw []byte, shown string) error {
	return c.send(p, raw, []byte(shown))
}

func (c *Conn) send(p Phase, raw, shown []byte) error {
	if c.stream == nil {
		return &Error{p, ClassClosed, net.ErrClosed}
	}
	c.phase = p
	c.arm(c.limit(p))
	if shown == nil {
		shown = raw
	}
	c.rec.add(c.o.Now(), p, FromClient, c.tls != nil, shown)
	_, err := c.stream.Write(raw)
	return c.wrap(p, err)
}

// arm sets the deadline of the phase, without undoing a cancellation.
func (c *Conn) arm(limit time.Duration) {
	at := c.o.Now().Add(limit)
	if d, ok := c.ctx.Deadline(); ok && d.Before(at) {
		at = d
	}
	_ = c.raw.SetDeadline(at)
	if c.ctx.Err() != nil {
		_ = c.raw.SetDeadline(time.Unix(1, 0))
	}
}

func (c *Conn) limit(p Phase) time.Duration {
	switch p {
	case PhaseBanner:
		return c.o.Limits.Banner
	case PhaseHandshake:
		return c.o.Limits.Handshake
	case PhaseDot:
		return c.o.Limits.Dot
	}
	return c.o.Limits.Command
}

// wrap turns an error of the transport into an *Error of the phase.
func (c *Conn) wrap(p Phase, err error) error {
	if err == nil {
		return nil
	}
	var done *Error
	if errors.As(err, &done) {
		return err
	}
	cl := Classify(err)
	if cl == ClassTimeout && errors.Is(c.ctx.Err(), context.Canceled) {
		cl, err = ClassCanceled, context.Canceled
	}
	if cl == ClassTimeout {
		err = os.ErrDeadlineExceeded
	}
	return &Error{p, cl, err}
}

// Close ends the connection; it waits for nobody.
func (c *Conn) Close() {
	c.stop()
	if c.raw != nil {
		_ = c.raw.Close()
		c.stream = nil
	}
}

// Transport is the connection as it was dialled, below any TLS.
func (c *Conn) Transport() net.Conn { return c.raw }

// LocalAddr and RemoteAddr are nil before the connection stands.
func (c *Conn) LocalAddr() net.Addr {
	if c.raw == nil {
		return nil
	}
	return c.raw.LocalAddr()
}

// Record is what was recorded so far.
func (c *Conn) Record() []Record { return c.rec.records() }

// Note writes a remark into the record.
func (c *Conn) Note(p Phase, text string) { c.rec.note(c.o.Now(), p, text) }

// Secret keeps s out of the record from now on, should the server repeat it.
func (c *Conn) Secret(s string) { c.rec.secret(s) }

// TLSState is the state of the TLS layer, nil without one.
func (c *Conn) TLSState() *tls.ConnectionState { return c.tls }

// Caps are the capabilities that hold now.
func (c *Conn) Caps() *Caps {
	if c.tls != nil {
		return c.Secure
	}
	return c.Plain
}
