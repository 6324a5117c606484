package probes

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// issue makes a certificate for the faults that a live server of this Go version cannot show.
func issue(t *testing.T, curve elliptic.Curve, parent *x509.Certificate, parentKey *ecdsa.PrivateKey, from, to time.Time) (*x509.Certificate, *ecdsa.PrivateKey) {
	t.Helper()
	key, err := ecdsa.GenerateKey(curve, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "x"}, NotBefore: from, NotAfter: to, DNSNames: []string{"mx.example.org"}}
	if parent == nil {
		tpl.IsCA, tpl.BasicConstraintsValid, tpl.KeyUsage, tpl.Subject.CommonName = true, true, x509.KeyUsageCertSign, "root"
		parent, parentKey = tpl, key
	}
	der, err := x509.CreateCertificate(rand.Reader, tpl, parent, key.Public(), parentKey)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}

func TestCertFaults(t *testing.T) {
	now := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	day := 24 * time.Hour
	root, rootKey := issue(t, elliptic.P256(), nil, nil, now.Add(-day), now.Add(1000*day))
	roots := x509.NewCertPool()
	roots.AddCert(root)
	good, _ := issue(t, elliptic.P256(), root, rootKey, now.Add(-day), now.Add(day))
	// Expired before the root began: the certificate was made from an older root with the same key.
	old, _ := issue(t, elliptic.P256(), root, rootKey, now.Add(-300*day), now.Add(-200*day))
	short, _ := issue(t, elliptic.P224(), root, rootKey, now.Add(-day), now.Add(day))
	sha1 := *good
	sha1.SignatureAlgorithm = x509.ECDSAWithSHA1
	for _, c := range []struct {
		name  string
		chain []*x509.Certificate
		want  []string
		host  string
	}{
		{"good", []*x509.Certificate{good}, nil, "mx.example.org"},
		{"expired, older than its root", []*x509.Certificate{old}, []string{"expired"}, "mx.example.org"},
		{"expired and another name", []*x509.Certificate{old}, []string{"expired", "wrong_name"}, "www.example.org"},
		{"P-224", []*x509.Certificate{short}, []string{"weak_key"}, "mx.example.org"},
		{"SHA-1", []*x509.Certificate{&sha1}, []string{"weak_signature"}, "mx.example.org"},
		{"root sent along", []*x509.Certificate{good, root}, nil, "mx.example.org"},
	} {
		got := certFaults(c.chain, []string{c.host}, roots, now)
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, d)
		}
	}
}

// issueRSA makes a certificate whose key serves every usual suite.
func issueRSA(t *testing.T) (*x509.Certificate, *rsa.PrivateKey) {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	tpl := &x509.Certificate{SerialNumber: big.NewInt(7), Subject: pkix.Name{CommonName: "x"}, NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, tpl, tpl, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	c, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return c, key
}
