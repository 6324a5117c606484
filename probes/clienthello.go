package probes

import (
	"crypto/rand"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"fmt"
)

// A ClientHello made by hand asks what crypto/tls cannot: SSL 3.0, and suites that it
// does not have (finite-field Diffie-Hellman, export, anonymous, Camellia ...). The
// server's first answer is in the clear up to TLS 1.2 (RFC 5246 section 7.4) and is
// all that is read: the hello is never followed by a key.

const (
	recordAlert     = 21
	recordHandshake = 22
	helloClient     = 1
	helloServer     = 2

	maxRecord = 1 << 14 // RFC 8446 section 5.1
)

// helloSCSV says that renegotiation is understood (RFC 5746), without which some servers refuse.
const helloSCSV = 0x00ff

// clientHello is the record that offers one version and some suites.
func clientHello(version uint16, suites []uint16, name string) []byte {
	body := binary.BigEndian.AppendUint16(nil, min(version, tls.VersionTLS12))
	body = append(body, random(32)...)
	if version >= tls.VersionTLS13 {
		body = block8(body, random(32)) // a session id, as middleboxes expect it (RFC 8446 appendix D.4)
	} else {
		body = block8(body, nil)
	}
	var list []byte
	for _, s := range append(suites[:len(suites):len(suites)], helloSCSV) {
		list = binary.BigEndian.AppendUint16(list, s)
	}
	body = block16(body, list)
	body = block8(body, []byte{0}) // no compression
	if version > versionSSL3 {
		body = block16(body, helloExtensions(version, name))
	}
	message := append([]byte{helloClient, 0}, block16(nil, body)...) // a length of 24 bits: the hello is short
	record := max(min(version, tls.VersionTLS10), versionSSL3)
	return block16([]byte{recordHandshake, byte(record >> 8), byte(record)}, message)
}

const versionSSL3 = 0x0300

func helloExtensions(version uint16, name string) []byte {
	var out []byte
	add := func(kind uint16, data []byte) {
		out = block16(binary.BigEndian.AppendUint16(out, kind), data)
	}
	if name != "" {
		add(0, block16(nil, block16([]byte{0}, []byte(name))))
	}
	// X25519, P-256, P-384, P-521, and the groups of RFC 7919
	add(10, block16(nil, []byte{0, 29, 0, 23, 0, 24, 0, 25, 1, 0, 1, 1, 1, 2}))
	add(11, block8(nil, []byte{0}))
	if version >= tls.VersionTLS12 { // ECDSA, RSA-PSS, Ed25519, RSA, and SHA-1 for old certificates
		add(13, block16(nil, []byte{4, 3, 5, 3, 6, 3, 8, 4, 8, 5, 8, 6, 8, 7, 4, 1, 5, 1, 6, 1, 2, 3, 2, 1, 2, 2}))
	}
	if version >= tls.VersionTLS13 {
		add(43, block8(nil, []byte{3, 4}))
		add(51, block16(nil, block16([]byte{0, 29}, random(32))))
	}
	return out
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.Read(b) // never fails
	return b
}

func block8(dst, data []byte) []byte { return append(append(dst, byte(len(data))), data...) }

func block16(dst, data []byte) []byte {
	return append(binary.BigEndian.AppendUint16(dst, uint16(len(data))), data...)
}

// helloAnswer is what a server says to a ClientHello.
type helloAnswer struct {
	version, suite uint16 // of a ServerHello
	alert          byte   // of a refusal, with refused
	refused        bool
}

var errNoTLS = errors.New("the answer is no TLS record")

// recordLength reads the header of a record.
func recordLength(head []byte) (int, error) {
	if head[0] < 20 || head[0] > 24 || head[1] != 3 {
		return 0, fmt.Errorf("%w: it begins %q", errNoTLS, head)
	}
	n := int(binary.BigEndian.Uint16(head[3:]))
	if n == 0 || n > maxRecord+2048 {
		return 0, fmt.Errorf("%w: a record of %d bytes", errNoTLS, n)
	}
	return n, nil
}

// readHello reads the first record after a ClientHello.
func readHello(kind byte, data []byte) (helloAnswer, error) {
	switch {
	case kind == recordAlert && len(data) >= 2:
		return helloAnswer{refused: true, alert: data[1]}, nil
	case kind != recordHandshake || len(data) < 4 || data[0] != helloServer:
		return helloAnswer{}, fmt.Errorf("%w: no ServerHello in record %d", errNoTLS, kind)
	}
	data = data[4:]
	// version 2, random 32, session id, suite 2, compression 1, extensions
	if len(data) < 35 || len(data) < 35+int(data[34])+3 {
		return helloAnswer{}, fmt.Errorf("%w: a ServerHello cut short", errNoTLS)
	}
	a := helloAnswer{version: binary.BigEndian.Uint16(data)}
	data = data[35+int(data[34]):]
	a.suite = binary.BigEndian.Uint16(data)
	if v, ok := chosenVersion(data[3:]); ok {
		a.version = v
	}
	return a, nil
}

// chosenVersion finds the extension by which TLS 1.3 names itself (RFC 8446 section 4.2.1).
func chosenVersion(data []byte) (uint16, bool) {
	if len(data) < 2 {
		return 0, false
	}
	for data = data[2:]; len(data) >= 4; {
		kind, n := binary.BigEndian.Uint16(data), int(binary.BigEndian.Uint16(data[2:]))
		if data = data[4:]; len(data) < n {
			return 0, false
		}
		if kind == 43 && n == 2 {
			return binary.BigEndian.Uint16(data), true
		}
		data = data[n:]
	}
	return 0, false
}
