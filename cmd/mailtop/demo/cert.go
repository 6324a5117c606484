package demo

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"math/big"
	"net"
	"strings"
	"time"

	"mailtop/monitor/logsim"
)

// throwAway makes a self-signed certificate for name and loopback that lives as
// long as the demo may.
func throwAway(name string, now time.Time) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("demo: key: %w", err)
	}
	t := &x509.Certificate{
		SerialNumber: big.NewInt(now.UnixNano()),
		Subject:      pkix.Name{CommonName: name, Organization: []string{"mailtop demo"}},
		NotBefore:    now.Add(-time.Hour),
		NotAfter:     now.Add(30 * 24 * time.Hour),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		DNSNames:     []string{name, "localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
	}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("demo: certificate: %w", err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, nil
}

// serverTLS is the server's configuration: no tickets, so that each session is
// a handshake of its own in the log.
func serverTLS(cert tls.Certificate) *tls.Config {
	return &tls.Config{
		Certificates:           []tls.Certificate{cert},
		MinVersion:             tls.VersionTLS12,
		CurvePreferences:       []tls.CurveID{tls.X25519, tls.CurveP256},
		SessionTicketsDisabled: true,
	}
}

// tlsSession puts a handshake in the words of OpenSSL.
func tlsSession(cs tls.ConnectionState) logsim.TLSSession {
	s := logsim.TLSSession{
		Version: strings.Replace(tls.VersionName(cs.Version), "TLS ", "TLSv", 1),
		Cipher:  openSSLName(tls.CipherSuiteName(cs.CipherSuite)),
		Bits:    128,
	}
	if strings.Contains(s.Cipher, "256_GCM") || strings.Contains(s.Cipher, "AES256") || strings.Contains(s.Cipher, "CHACHA20") {
		s.Bits = 256
	}
	if cs.Version == tls.VersionTLS13 {
		s.Details = " key-exchange " + cs.CurveID.String() + " server-signature ECDSA (prime256v1) server-digest SHA256"
	}
	return s
}

// openSSLName turns Go's name of a TLS 1.2 suite into OpenSSL's; TLS 1.3 suites
// have one name everywhere.
func openSSLName(name string) string {
	if !strings.Contains(name, "_WITH_") {
		return name
	}
	name = strings.NewReplacer("TLS_", "", "_WITH_", "-", "AES_", "AES").Replace(name)
	name = strings.ReplaceAll(name, "_", "-")
	return strings.TrimSuffix(strings.Replace(name, "CHACHA20-POLY1305-SHA256", "CHACHA20-POLY1305", 1), "-CBC-SHA")
}

// opensslWord is what OpenSSL's error queue holds after a handshake that failed
// like that; empty where it holds nothing.
func opensslWord(err error) string {
	var record tls.RecordHeaderError
	switch text := err.Error(); {
	case errors.As(err, &record):
		return "error:0A00010B:SSL routines::wrong version number:../ssl/record/ssl3_record.c:354:"
	case strings.Contains(text, "remote error") && strings.Contains(text, "unknown certificate authority"):
		return "error:0A000418:SSL routines::tlsv1 alert unknown ca:../ssl/record/rec_layer_s3.c:1586:SSL alert number 48:"
	case strings.Contains(text, "remote error") && strings.Contains(text, "bad certificate"):
		return "error:0A000412:SSL routines::sslv3 alert bad certificate:../ssl/record/rec_layer_s3.c:1586:SSL alert number 42:"
	case strings.Contains(text, "protocol version"):
		return "error:0A000102:SSL routines::unsupported protocol:../ssl/statem/statem_srvr.c:1686:"
	}
	return ""
}
