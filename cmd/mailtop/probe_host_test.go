package main

import (
	"context"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"mailtop/probes/probetest"
)

const procTCP = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0019 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 11111 1 0000000000000000 100 0 0 10 0
   1: 0100007F:024B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 22222 1 0000000000000000 100 0 0 10 0
   2: 0100007F:0019 0100007F:D431 01 00000000:00000000 00:00000000 00000000     0        0 33333 1 0000000000000000 100 0 0 10 0
`

const procTCP6 = `  sl  local_address                         remote_address                        st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000000000000000000001000000:0019 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 44444 1 0000000000000000 100 0 0 10 0
   1: B80D0120000000000000000001000000:01D1 00000000000000000000000000000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 55555 1 0000000000000000 100 0 0 10 0
`

// procDir makes a /proc with two tables and processes that hold sockets.
func procDir(t *testing.T, tcp6 string) string {
	t.Helper()
	dir := t.TempDir()
	put := func(name, text string) {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	put("net/tcp", procTCP)
	if tcp6 != "" {
		put("net/tcp6", tcp6)
	}
	for pid, comm := range map[string]string{"900": "master", "1200": "smtpd"} {
		put(pid+"/comm", comm+"\n")
		put(pid+"/fd/0", "")
		if err := os.Symlink("socket:[11111]", filepath.Join(dir, pid, "fd", "6")); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func TestListenersTable(t *testing.T) {
	for _, c := range []struct {
		name, tcp6 string
		want       []string
	}{
		{"both families", procTCP6, []string{"0.0.0.0:25 master[900]", "127.0.0.1:587 ", "[::1]:25 ", "[2001:db8::1]:465 "}},
		{"no IPv6", "", []string{"0.0.0.0:25 master[900]", "127.0.0.1:587 "}},
	} {
		list, err := listenersIn(context.Background(), procDir(t, c.tcp6))
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range list {
			got = append(got, s.Addr.String()+" "+s.Process)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s: %s", c.name, d)
		}
	}
	if _, err := listenersIn(context.Background(), procDir(t, strings.Replace(procTCP6, "B80D", "XY0D", 1))); err == nil || !strings.Contains(err.Error(), "no address of a socket table") {
		t.Errorf("a table that cannot be read: %v", err)
	}
	if _, err := listenersIn(context.Background(), t.TempDir()); err == nil {
		t.Error("no table, and no error")
	}
}

// TestListenersReal: the kernel's own table has a socket of this process, and not the one that is closed again.
func TestListenersReal(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	at := l.Addr().(*net.TCPAddr).AddrPort()
	find := func() string {
		list, err := listeners(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range list {
			if s.Addr == at {
				return "process " + s.Process
			}
		}
		return ""
	}
	if got := find(); !strings.HasPrefix(got, "process ") || !strings.Contains(got, "[") {
		t.Errorf("socket %s: %q", at, got)
	}
	_ = l.Close()
	if got := find(); got != "" {
		t.Errorf("closed socket %s: %q", at, got)
	}
}

func TestProbeListener(t *testing.T) {
	s := probetest.Start(t, probetest.Polite{}.Script())
	out, code, err := runProbeCommand(t, "--check", "listener", s.Addr.String()+"/smtp")
	if code != 0 || err != nil || !strings.Contains(out, "warn    listener  listens on loopback only") || !strings.Contains(out, s.Addr.String()) {
		t.Errorf("exit %d, %v:\n%s", code, err, out)
	}
}

// TestTTLDialer: on loopback there is no hop between, so a life of one reaches.
func TestTTLDialer(t *testing.T) {
	for _, addr := range []string{"127.0.0.1:0", "[::1]:0"} {
		l, err := net.Listen("tcp", addr)
		if err != nil {
			if strings.HasPrefix(addr, "[") {
				continue // no IPv6 here
			}
			t.Fatal(err)
		}
		dial := ttlDialer(nil)
		if err := dial(context.Background(), 1, l.Addr().String()); err != nil {
			t.Errorf("%s: %v", addr, err)
		}
		if err := dial(context.Background(), 999, l.Addr().String()); err == nil {
			t.Errorf("%s: a life of 999 hops was set", addr)
		}
		_ = l.Close()
	}
}

func TestJailsOf(t *testing.T) {
	status := "Status\n|- Number of jail:\t4\n`- Jail list:\tdovecot, nginx-http-auth, postfix-sasl, sshd\n"
	if d := cmp.Diff([]string{"dovecot", "postfix-sasl"}, jailsOf(status)); d != "" {
		t.Error(d)
	}
	if got := jailsOf(""); got != nil {
		t.Errorf("no answer gives jails %v", got)
	}
}

// TestBanTools: what runs counts, not what is installed; a name that only begins so is another program.
func TestBanTools(t *testing.T) {
	dir := t.TempDir()
	for pid, comm := range map[string]string{"1": "systemd", "77": "fail2ban-server", "78": "crowdsec", "79": "sshg-blocker", "80": "lfd - sleeping", "81": "lfdx", "82": "crowdsec-firewa"} {
		if err := os.Mkdir(filepath.Join(dir, pid), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, pid, "comm"), []byte(comm+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if d := cmp.Diff([]string{"crowdsec", "csf", "fail2ban", "sshguard"}, banToolsIn(dir)); d != "" {
		t.Error(d)
	}
	if err := os.RemoveAll(filepath.Join(dir, "80")); err != nil {
		t.Fatal(err)
	}
	if got := banToolsIn(dir); len(got) != 3 {
		t.Errorf("without lfd: %v", got)
	}
}

func TestReferenceFlag(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"--reference a.example,b.example localhost", "give at least 5"},
		{"--reference 192.0.2.1 localhost", "give a mail domain"},
		{"--reference mx:25 localhost", "give a mail domain"},
	} {
		if out, code, err := runProbeCommand(t, strings.Fields(c.args)...); code != 2 || err == nil || !strings.Contains(err.Error(), c.want) || out != "" {
			t.Errorf("%q: exit %d, %v", c.args, code, err)
		}
	}
}

func TestProcAddr(t *testing.T) {
	want := netip.MustParseAddrPort("127.0.0.1:25")
	if got, err := procAddr("0100007F:0019"); err != nil || got != want {
		t.Errorf("%s, %v", got, err)
	}
	for _, bad := range []string{"", ":", "0100007F", "0100007F:", "01:0019", "0100007F:FFFFF"} {
		if got, err := procAddr(bad); err == nil {
			t.Errorf("%q is read as %s", bad, got)
		}
	}
}
