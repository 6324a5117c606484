package probetest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"net"
	"testing"
	"time"
)

// Day is a day of validity.
const Day = 24 * time.Hour

// CA signs certificates for a test.
type CA struct {
	Cert *x509.Certificate
	key  crypto.Signer
	t    testing.TB
}

// Leaf describes a certificate.
type Leaf struct {
	Names    []string
	IPs      []string
	From, To time.Duration // from now; default 30 days ago to 60 days ahead
	Key      crypto.Signer
	AIA      string // address of the issuer's certificate
}

// NewCA makes a root.
func NewCA(t testing.TB) *CA {
	t.Helper()
	ca := &CA{t: t, key: newKey(t)}
	tpl := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test Root"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-365 * Day), NotAfter: time.Now().Add(5 * 365 * Day), KeyUsage: x509.KeyUsageCertSign}
	ca.Cert = ca.make(tpl, tpl, ca.key, ca.key)
	return ca
}

// Sub makes an intermediate CA.
func (ca *CA) Sub() *CA {
	sub := &CA{t: ca.t, key: newKey(ca.t)}
	tpl := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "Test Intermediate"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-365 * Day), NotAfter: time.Now().Add(5 * 365 * Day), KeyUsage: x509.KeyUsageCertSign}
	sub.Cert = ca.make(tpl, ca.Cert, sub.key, ca.key)
	return sub
}

// Pool holds the root.
func (ca *CA) Pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(ca.Cert)
	return p
}

// Issue makes a server certificate; more are sent behind it.
func (ca *CA) Issue(l Leaf, more ...*x509.Certificate) *tls.Config {
	return ca.issue(l, ca.Cert, ca.key, more)
}

// SelfSigned makes a certificate that is its own issuer.
func SelfSigned(t testing.TB, l Leaf) *tls.Config {
	t.Helper()
	if l.Key == nil {
		l.Key = newKey(t)
	}
	return (&CA{t: t}).issue(l, nil, l.Key, nil)
}

func (ca *CA) issue(l Leaf, parent *x509.Certificate, parentKey crypto.Signer, more []*x509.Certificate) *tls.Config {
	if l.Key == nil {
		l.Key = newKey(ca.t)
	}
	if l.From == 0 {
		l.From = -30 * Day
	}
	if l.To == 0 {
		l.To = 60 * Day
	}
	now := time.Now()
	tpl := &x509.Certificate{SerialNumber: big.NewInt(3), Subject: pkix.Name{CommonName: "mail"}, DNSNames: l.Names, NotBefore: now.Add(l.From), NotAfter: now.Add(l.To),
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}}
	for _, ip := range l.IPs {
		tpl.IPAddresses = append(tpl.IPAddresses, net.ParseIP(ip))
	}
	if l.AIA != "" {
		tpl.IssuingCertificateURL = []string{l.AIA}
	}
	if parent == nil {
		parent = tpl
	}
	c := ca.make(tpl, parent, l.Key, parentKey)
	chain := [][]byte{c.Raw}
	for _, m := range more {
		chain = append(chain, m.Raw)
	}
	return &tls.Config{Certificates: []tls.Certificate{{Certificate: chain, PrivateKey: l.Key, Leaf: c}}, MinVersion: tls.VersionTLS10, SessionTicketsDisabled: true}
}

func (ca *CA) make(tpl, parent *x509.Certificate, key, parentKey crypto.Signer) *x509.Certificate {
	ca.t.Helper()
	der, err := x509.CreateCertificate(rand.Reader, tpl, parent, key.Public(), parentKey)
	if err != nil {
		ca.t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		ca.t.Fatal(err)
	}
	return c
}

func newKey(t testing.TB) crypto.Signer {
	t.Helper()
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// T is the test the CA was made for.
func (ca *CA) T() testing.TB { return ca.t }

// WeakKey is a key that libraries still take and advice no longer does.
func WeakKey(t testing.TB) crypto.Signer {
	t.Helper()
	k, err := rsa.GenerateKey(rand.Reader, 1024)
	if err != nil {
		t.Fatal(err)
	}
	return k
}
