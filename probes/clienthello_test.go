package probes

import (
	"crypto/tls"
	"net"
	"slices"
	"testing"
)

// TestClientHello: a TLS server reads the hello made by hand as it was meant, and its answer is read back.
func TestClientHello(t *testing.T) {
	for _, c := range []struct {
		version  uint16
		suites   []uint16
		name     string
		min, max uint16
		refused  bool
	}{
		{tls.VersionTLS10, allSuites(), "mx.example.org", tls.VersionTLS10, tls.VersionTLS13, false},
		{tls.VersionTLS11, allSuites(), "mx.example.org", tls.VersionTLS10, tls.VersionTLS13, false},
		{tls.VersionTLS12, allSuites(), "", tls.VersionTLS10, tls.VersionTLS13, false},
		{tls.VersionTLS13, []uint16{tls.TLS_AES_128_GCM_SHA256}, "mx.example.org", tls.VersionTLS12, tls.VersionTLS13, false},
		{tls.VersionTLS11, allSuites(), "mx.example.org", tls.VersionTLS12, tls.VersionTLS13, true},
		{tls.VersionTLS12, rareSuiteIDs(), "mx.example.org", tls.VersionTLS10, tls.VersionTLS13, true},
	} {
		seen := make(chan *tls.ClientHelloInfo, 1)
		cert := tls.Certificate{}
		leaf, key := issueRSA(t)
		cert.Certificate, cert.PrivateKey = [][]byte{leaf.Raw}, key
		cfg := &tls.Config{MinVersion: c.min, MaxVersion: c.max, CipherSuites: tlsConfig(Host{}).CipherSuites, Certificates: []tls.Certificate{cert}, GetConfigForClient: func(i *tls.ClientHelloInfo) (*tls.Config, error) {
			seen <- i
			return nil, nil
		}}
		ours, theirs := net.Pipe()
		go func() { _ = tls.Server(theirs, cfg).Handshake(); _ = theirs.Close() }()
		if _, err := ours.Write(clientHello(c.version, c.suites, c.name)); err != nil {
			t.Fatal(err)
		}
		head := make([]byte, 5)
		if _, err := ours.Read(head); err != nil {
			t.Fatalf("%s: %v", tls.VersionName(c.version), err)
		}
		n, err := recordLength(head)
		if err != nil {
			t.Fatal(err)
		}
		data := make([]byte, n)
		if _, err := ours.Read(data); err != nil {
			t.Fatal(err)
		}
		_ = ours.Close()
		info := <-seen
		if info.ServerName != c.name || !slices.Contains(info.SupportedVersions, c.version) || !slices.Contains(info.CipherSuites, c.suites[0]) {
			t.Errorf("%s: read as %q %x %x", tls.VersionName(c.version), info.ServerName, info.SupportedVersions, info.CipherSuites)
		}
		a, err := readHello(head[0], data)
		if err != nil || a.refused != c.refused || !c.refused && (a.version != c.version || !slices.Contains(c.suites, a.suite)) {
			t.Errorf("%s: answer %+v, %v", tls.VersionName(c.version), a, err)
		}
	}
}

// FuzzHello: whatever comes in place of a ServerHello is an answer or an error.
func FuzzHello(f *testing.F) {
	f.Add([]byte("\x15\x03\x01\x00\x02\x02\x46"))
	f.Add([]byte("220 mx.example.org ESMTP\r\n"))
	f.Add(append([]byte("\x16\x03\x03\x00\x2c\x02\x00\x00\x28\x03\x03"), make([]byte, 38)...))
	f.Add(append([]byte("\x16\x03\x00\x00\x2a\x02\x00\x00\x26\x03\x00"), make([]byte, 36)...))
	f.Fuzz(func(t *testing.T, b []byte) {
		if len(b) < 5 {
			return
		}
		n, err := recordLength(b[:5])
		if err == nil && (n <= 0 || n > maxRecord+2048) {
			t.Errorf("a record of %d bytes", n)
		}
		if a, err := readHello(b[0], b[5:]); err == nil && !a.refused && len(b) < 5+4+38 {
			t.Errorf("%d bytes are %+v", len(b), a)
		}
	})
}
