package probes_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"mailtop/probes"
	"mailtop/probes/probetest"
)

// oldTLS is a server whose TLS library speaks some versions with one suite, as far as
// its ServerHello: what no server in Go can be made to do.
func oldTLS(suite uint16, versions ...uint16) probetest.Action {
	return func(c *probetest.Talk) bool {
		head := make([]byte, 5)
		if _, err := io.ReadFull(c, head); err != nil {
			return false
		}
		body := make([]byte, binary.BigEndian.Uint16(head[3:]))
		if _, err := io.ReadFull(c, body); err != nil || len(body) < 40 {
			return false
		}
		version, rest := binary.BigEndian.Uint16(body[4:]), body[39+int(body[38]):]
		list := rest[:2+int(binary.BigEndian.Uint16(rest))][2:]
		offered := false
		for i := 0; i+1 < len(list); i += 2 {
			offered = offered || binary.BigEndian.Uint16(list[i:]) == suite
		}
		if !offered || !slices.Contains(versions, version) || strings.Contains(string(rest), "\x00\x2b\x00\x03\x02\x03\x04") {
			return probetest.Raw("\x15\x03\x01\x00\x02\x02\x28")(c) // handshake_failure
		}
		hello := binary.BigEndian.AppendUint16([]byte{2, 0, 0, 38}, version)
		hello = append(append(hello, make([]byte, 33)...), byte(suite>>8), byte(suite), 0)
		record := append([]byte{22, byte(version >> 8), byte(version), 0, byte(len(hello))}, hello...)
		return probetest.Raw(string(record))(c)
	}
}

func beforeTLS(then ...probetest.Action) probetest.Host {
	return probetest.Same(append([]probetest.Action{probetest.Send("220 mx.example.org ESMTP"), probetest.Expect("EHLO *"), probetest.Send("250-mx.example.org", "250 STARTTLS"), probetest.Expect("STARTTLS"), probetest.Send("220 go")}, then...)...)
}

// TestOldTLS: which versions a server speaks is told rightly where crypto/tls has no suite in common with it.
func TestOldTLS(t *testing.T) {
	const dheRSA, rc4MD5 = 0x0033, 0x0004
	hears := func(c *probetest.Talk) bool { _, err := c.Read(make([]byte, 4096)); return err == nil }
	hangs := func(c *probetest.Talk) bool { return probetest.Hang(c) }
	for _, c := range []struct {
		name, check   string
		addr          string
		host          probetest.Host
		want, details string
	}{
		{"TLS 1.0, Diffie-Hellman only", "tls.versions", smtpAddr, beforeTLS(oldTLS(dheRSA, 0x0301)), "weak", "[TLS 1.0] [SSLv3 TLS 1.1 TLS 1.2 TLS 1.3]"},
		{"SSL 3.0 only", "tls.versions", smtpAddr, beforeTLS(oldTLS(rc4MD5, 0x0300)), "weak", "[SSLv3] [TLS 1.0 TLS 1.1 TLS 1.2 TLS 1.3]"},
		{"SSL 3.0 to TLS 1.2, Diffie-Hellman only", "tls.versions", smtpAddr, beforeTLS(oldTLS(dheRSA, 0x0300, 0x0301, 0x0302, 0x0303)), "old", "[SSLv3 TLS 1.0 TLS 1.1 TLS 1.2] [TLS 1.3]"},
		{"TLS 1.2, Diffie-Hellman only", "tls.versions", smtpAddr, beforeTLS(oldTLS(dheRSA, 0x0303)), "ok", "[TLS 1.2] [SSLv3 TLS 1.0 TLS 1.1 TLS 1.3]"},
		{"TLS 1.0 on 465", "tls.versions", submsAddr, probetest.Same(oldTLS(dheRSA, 0x0301)), "weak", "[TLS 1.0] [SSLv3 TLS 1.1 TLS 1.2 TLS 1.3]"},
		{"plain text in place of TLS", "tls.versions", smtpAddr, beforeTLS(hears, probetest.Send("220 mx.example.org ESMTP")), "not_tested", "<nil> <nil>"},
		{"garbage in place of TLS", "tls.versions", smtpAddr, beforeTLS(hears, probetest.Raw("\x00\xff\x00\xff\x00\xff\x00")), "not_tested", "<nil> <nil>"},
		{"silence in place of TLS", "tls.versions", smtpAddr, beforeTLS(hangs), "not_tested", "<nil> <nil>"},
		{"hangs up in place of TLS", "tls.versions", smtpAddr, beforeTLS(probetest.Close), "weak", "[] [SSLv3 TLS 1.0 TLS 1.1 TLS 1.2 TLS 1.3]"},
		{"a suite that Go has not", "tls.ciphers", smtpAddr, beforeTLS(oldTLS(dheRSA, 0x0303)), "old", "[TLS_DHE_RSA_WITH_AES_128_CBC_SHA] true"},
		{"RC4 with MD5", "tls.ciphers", smtpAddr, beforeTLS(oldTLS(rc4MD5, 0x0301)), "weak", "[TLS_RSA_WITH_RC4_128_MD5] true"},
		{"anonymous", "tls.ciphers", smtpAddr, beforeTLS(oldTLS(0x00a6, 0x0303)), "old", "[TLS_DH_anon_WITH_AES_128_GCM_SHA256] true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{c.addr: c.host}}}
				start := time.Now()
				list := probeWith(t, n.Env(), c.addr, probes.Options{Check: []string{c.check}, Owned: true}, nil)
				took := time.Since(start)
				n.Wait()
				f := find(t, list, c.check)
				second := f.Values["refused"]
				if c.check == "tls.ciphers" {
					second = f.Values["complete"]
				}
				// Values of what was not tested hold the lists too: nothing was agreed to or refused.
				got := fmt.Sprint(f.Values["accepted"], " ", second)
				if f.Result == "not_tested" {
					got = "<nil> <nil>"
				}
				if f.Result != c.want || got != c.details {
					t.Errorf("%s %s, want %s %s\n%s", f.Result, got, c.want, c.details, probes.Text(list, 100, true))
				}
				if took > 31*time.Second {
					t.Errorf("took %s", took)
				}
			})
		})
	}
}
