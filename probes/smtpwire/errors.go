package smtpwire

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
)

// Class says how a connection failed, down to what the kernel said.
type Class uint8

// The classes. Refused to prohibited are verdicts of connect(2).
const (
	ClassNone        Class = iota
	ClassRefused           // ECONNREFUSED
	ClassTimeout           // nothing came in time
	ClassReset             // ECONNRESET, EPIPE
	ClassUnreachable       // EHOSTUNREACH, ENETUNREACH, EADDRNOTAVAIL, EINVAL of a blackhole route
	ClassProhibited        // EACCES, EPERM: a firewall or route here or near says no
	ClassClosed            // an orderly end where a reply was due
	ClassCanceled          // we were told to stop
	ClassProtocol          // what came is no SMTP reply, or too much of it
	ClassTLS               // the handshake failed
	ClassDNS
	ClassOther
)

var classNames = [...]string{"", "refused", "timeout", "reset", "unreachable", "prohibited", "closed", "canceled",
	"protocol_error", "tls_error", "dns_error", "error"}

// String is the class's word.
func (c Class) String() string {
	if int(c) < len(classNames) {
		return classNames[c]
	}
	return "error"
}

// Error is a failure in a phase.
type Error struct {
	Phase Phase
	Class Class
	Err   error
}

func (e *Error) Error() string { return fmt.Sprintf("%s: %v", e.Phase, e.Err) }

// Unwrap is the cause.
func (e *Error) Unwrap() error { return e.Err }

// What a reply can be wrong with so that reading stops.
var (
	ErrNotReply = errors.New("not an SMTP reply")
	ErrTooLong  = errors.New("reply longer than the limit")
)

// ClassOf is the class of an error of this package; nil has none.
func ClassOf(err error) Class {
	if err == nil {
		return ClassNone
	}
	var e *Error
	if errors.As(err, &e) {
		return e.Class
	}
	return Classify(err)
}

// Classify says what kind of failure an error of dial, read, write or handshake is.
func Classify(err error) Class {
	var dns *net.DNSError
	var ne net.Error
	switch {
	case err == nil:
		return ClassNone
	case errors.Is(err, context.Canceled):
		return ClassCanceled
	case errors.As(err, &dns):
		return ClassDNS
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return ClassTimeout
	case errors.Is(err, ErrNotReply), errors.Is(err, ErrTooLong):
		return ClassProtocol
	}
	if c := classifyErrno(err); c != ClassNone {
		return c
	}
	switch {
	case errors.As(err, &ne) && ne.Timeout():
		return ClassTimeout
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, io.ErrClosedPipe), errors.Is(err, net.ErrClosed):
		return ClassClosed
	case isTLS(err):
		return ClassTLS
	}
	return ClassOther
}

func classifyErrno(err error) Class {
	var no syscall.Errno
	if !errors.As(err, &no) {
		return ClassNone
	}
	switch no {
	case syscall.ECONNREFUSED:
		return ClassRefused
	case syscall.ECONNRESET, syscall.EPIPE, syscall.ECONNABORTED:
		return ClassReset
	case syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.EADDRNOTAVAIL, syscall.EINVAL, syscall.ENETDOWN, syscall.EHOSTDOWN:
		return ClassUnreachable
	case syscall.EACCES, syscall.EPERM:
		return ClassProhibited
	case syscall.ETIMEDOUT:
		return ClassTimeout
	}
	return ClassNone
}

func isTLS(err error) bool {
	var alert tls.AlertError
	var head tls.RecordHeaderError
	var cert *tls.CertificateVerificationError
	var unknown x509.UnknownAuthorityError
	return errors.As(err, &alert) || errors.As(err, &head) || errors.As(err, &cert) || errors.As(err, &unknown)
}
