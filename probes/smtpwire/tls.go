package smtpwire

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
)

// StartTLS sends STARTTLS (RFC 3207) and, after a 220, makes the handshake.
// A reply other than 220 is no error: the reply tells it, and the connection stays plain.
func (c *Conn) StartTLS(cfg *tls.Config) (*Reply, error) {
	r, err := c.Cmd(PhaseStartTLS, "STARTTLS")
	if err != nil || r.Code != 220 {
		return r, err
	}
	if n := c.in.Buffered(); n > 0 {
		// Bytes that a man in the middle may have put there (the response form of
		// CVE-2011-0411). A client that keeps them would read them as if they had come inside TLS.
		r.Anomalies |= InjectedPlaintext
		c.Note(PhaseStartTLS, fmt.Sprintf("%d plain bytes before the handshake, thrown away", n))
	}
	return r, c.Handshake(cfg)
}

// Handshake starts TLS on the connection, as after STARTTLS or on an implicit TLS port.
func (c *Conn) Handshake(cfg *tls.Config) error {
	t := c.begin(PhaseHandshake)
	if c.raw == nil || c.stream == nil {
		return c.finish(t, &Error{PhaseHandshake, ClassClosed, fmt.Errorf("connection is closed")})
	}
	c.arm(c.o.Limits.Handshake)
	limited, cancel := context.WithTimeout(c.ctx, c.o.Limits.Handshake)
	defer cancel()
	tc := tls.Client(c.raw, cfg)
	if err := tc.HandshakeContext(limited); err != nil {
		cl := Classify(err)
		if cl == ClassOther {
			cl = ClassTLS
		}
		if cl == ClassTimeout && c.ctx.Err() == context.Canceled {
			cl = ClassCanceled
		}
		c.Note(PhaseHandshake, "TLS handshake failed: "+err.Error())
		return c.finish(t, &Error{PhaseHandshake, cl, err})
	}
	st := tc.ConnectionState()
	c.stream, c.tls = tc, &st
	c.in = bufio.NewReaderSize(tap{c}, readBuffer)
	c.Note(PhaseHandshake, fmt.Sprintf("TLS handshake: %s %s %s", tls.VersionName(st.Version), tls.CipherSuiteName(st.CipherSuite), st.CurveID))
	return c.finish(t, nil)
}
