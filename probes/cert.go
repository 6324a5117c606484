package probes

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"fmt"
	"net/netip"
	"slices"
	"time"
)

// The faults of a certificate, in the order of their weight.
const (
	faultExpired    = "expired"
	faultNotYet     = "not_yet_valid"
	faultSelfSigned = "self_signed"
	faultUnknownCA  = "unknown_ca"
	faultIncomplete = "incomplete_chain"
	faultWrongName  = "wrong_name"
	faultNoSAN      = "no_san"
	faultWeakKey    = "weak_key"
	faultWeakSig    = "weak_signature"
)

// certFaults lists all faults of a chain as sent, leaf first. names are those the
// certificate may be for: one that matches is enough. It does no I/O.
func certFaults(chain []*x509.Certificate, names []string, roots *x509.CertPool, now time.Time) []string {
	var out []string
	leaf := chain[0]
	for i, c := range chain {
		if i > 0 && isRoot(c) { // a root that is sent along is judged by the client's store
			continue
		}
		out = append(out, dateFault(c, now)...)
		out = append(out, weakFaults(c)...)
	}
	out = append(out, trustFault(chain, roots, now)...)
	if len(leaf.DNSNames) == 0 && len(leaf.IPAddresses) == 0 {
		out = append(out, faultNoSAN)
	} else if !slices.ContainsFunc(names, func(n string) bool { return leaf.VerifyHostname(n) == nil }) {
		out = append(out, faultWrongName)
	}
	return sortFaults(out)
}

func sortFaults(f []string) []string {
	weight := []string{faultExpired, faultNotYet, faultSelfSigned, faultUnknownCA, faultIncomplete, faultWrongName, faultNoSAN, faultWeakKey, faultWeakSig}
	slices.SortFunc(f, func(a, b string) int { return slices.Index(weight, a) - slices.Index(weight, b) })
	return slices.Compact(f)
}

func dateFault(c *x509.Certificate, now time.Time) []string {
	switch {
	case now.After(c.NotAfter):
		return []string{faultExpired}
	case now.Before(c.NotBefore):
		return []string{faultNotYet}
	}
	return nil
}

func weakFaults(c *x509.Certificate) []string {
	var out []string
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		if k.N.BitLen() < 2048 {
			out = append(out, faultWeakKey)
		}
	case *ecdsa.PublicKey:
		if k.Curve.Params().BitSize < 256 {
			out = append(out, faultWeakKey)
		}
	}
	if c.PublicKeyAlgorithm == x509.DSA {
		out = append(out, faultWeakKey)
	}
	switch c.SignatureAlgorithm {
	case x509.MD2WithRSA, x509.MD5WithRSA, x509.SHA1WithRSA, x509.DSAWithSHA1, x509.ECDSAWithSHA1:
		if !selfIssued(c) { // nobody checks what a certificate says of itself
			out = append(out, faultWeakSig)
		}
	}
	return out
}

func selfIssued(c *x509.Certificate) bool { return bytes.Equal(c.RawIssuer, c.RawSubject) }

func isRoot(c *x509.Certificate) bool { return selfIssued(c) && c.IsCA }

// trustFault checks whom the chain is signed by. Age has its own faults: the dates of
// what was sent are set aside, so that an expired certificate of a known CA is that and no more.
func trustFault(chain []*x509.Certificate, roots *x509.CertPool, now time.Time) []string {
	leaf := chain[0]
	between := x509.NewCertPool()
	for _, c := range chain[1:] {
		between.AddCert(ageless(c, now))
	}
	_, err := ageless(leaf, now).Verify(x509.VerifyOptions{Roots: roots, Intermediates: between, CurrentTime: now, KeyUsages: []x509.ExtKeyUsage{x509.ExtKeyUsageAny}})
	if err == nil {
		return nil
	}
	if selfIssued(leaf) {
		return []string{faultSelfSigned}
	}
	if slices.ContainsFunc(chain, func(c *x509.Certificate) bool { return slices.Contains(weakFaults(c), faultWeakSig) }) {
		return nil // a signature that is not checked any more says nothing of the signer
	}
	if top := lastOf(chain); !selfIssued(top) && len(top.IssuingCertificateURL) > 0 {
		return []string{faultIncomplete}
	}
	return []string{faultUnknownCA}
}

func ageless(c *x509.Certificate, now time.Time) *x509.Certificate {
	d := *c
	d.NotBefore, d.NotAfter = now.Add(-time.Hour), now.Add(time.Hour)
	return &d
}

// lastOf follows the issuers from the leaf as far as they were sent.
func lastOf(chain []*x509.Certificate) *x509.Certificate {
	cur := chain[0]
	for range chain {
		i := slices.IndexFunc(chain, func(c *x509.Certificate) bool {
			return c != cur && bytes.Equal(c.RawSubject, cur.RawIssuer) && cur.CheckSignatureFrom(c) == nil
		})
		if i < 0 || selfIssued(cur) {
			return cur
		}
		cur = chain[i]
	}
	return cur
}

// certValue is a certificate as a value of a finding.
func certValue(c *x509.Certificate) map[string]any {
	return map[string]any{
		"subject": c.Subject.String(), "issuer": c.Issuer.String(),
		"not_before": c.NotBefore, "not_after": c.NotAfter,
		"key": keyText(c), "signature": c.SignatureAlgorithm.String(), "names": certNames(c),
	}
}

func keyText(c *x509.Certificate) string {
	switch k := c.PublicKey.(type) {
	case *rsa.PublicKey:
		return fmt.Sprintf("RSA %d", k.N.BitLen())
	case *ecdsa.PublicKey:
		return "ECDSA " + k.Curve.Params().Name
	}
	return c.PublicKeyAlgorithm.String()
}

func certNames(c *x509.Certificate) []string {
	out := append([]string{}, c.DNSNames...)
	for _, ip := range c.IPAddresses {
		out = append(out, ip.String())
	}
	return out
}

// wantedNames are the names a certificate may be for: the host as named by the
// admin; for a host named by address, or localhost, the address or the server's own name.
func wantedNames(h Host, addr netip.Addr, own string) []string {
	if h.Name != "" && h.Name != localhostName {
		return []string{h.Name}
	}
	out := []string{addr.String()}
	if h.Name != "" {
		out = append(out, h.Name)
	}
	if own != "" {
		out = append(out, own)
	}
	return out
}
