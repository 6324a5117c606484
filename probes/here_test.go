package probes_test

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"slices"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailtop/probes"
	"mailtop/probes/probetest"
)

// TestListener: one finding a port of this host, from the table that Env reads.
func TestListener(t *testing.T) {
	own := []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}
	table := func(list ...string) func(context.Context) ([]probes.Socket, error) {
		return func(context.Context) ([]probes.Socket, error) {
			var out []probes.Socket
			for _, s := range list {
				out = append(out, probes.Socket{Addr: netip.MustParseAddrPort(s), Process: "master[77]"})
			}
			return out, nil
		}
	}
	answer := map[string]probetest.Host{smtpAddr: probetest.Serve(plain())}
	for _, c := range []struct {
		name, target string
		check        []string
		hosts        map[string]probetest.Host
		read         func(context.Context) ([]probes.Socket, error)
		want         string // results of all listener findings
	}{
		{"IPv4 answers behind [::]", "mx1.example.org:25", []string{"listener"}, answer, table("[::]:25"), "wildcard"},
		{"IPv4 refused behind [::]", "mx1.example.org:25", []string{"listener"}, nil, table("[::]:25"), "some"},
		{"another port's socket", "mx1.example.org:25", []string{"listener"}, nil, table("0.0.0.0:587"), "none"},
		{"forwarded port", "192.0.2.1:25", []string{"listener"}, answer, table(), "not_tested"},
		{"no table", "192.0.2.1:25", []string{"listener"}, answer, nil, "not_tested"},
		{"table not readable", "192.0.2.1:25", []string{"listener"}, answer, func(context.Context) ([]probes.Socket, error) { return nil, errors.New("forbidden") }, "not_tested"},
		{"another host, named", "192.0.2.9:25", []string{"listener"}, nil, table("0.0.0.0:25"), "not_tested"},
		{"another host, not named", "192.0.2.9:25", []string{"all"}, nil, table("0.0.0.0:25"), ""},
		{"own host, not named", "192.0.2.1:25", nil, answer, table("127.0.0.1:25"), "loopback_only"},
		{"each port", "192.0.2.1", []string{"listener"}, answer, table("0.0.0.0:25", "[::]:25", "127.0.0.1:587"), "loopback_only none wildcard"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := &network{Net: probetest.Net{Hosts: c.hosts}, Zone: zone}
				env := n.Env()
				env.Local, env.Listeners, env.Workers = own, c.read, 1
				list := probeWith(t, env, c.target, probes.Options{Check: c.check, Local: own}, nil)
				n.Wait()
				var got []string
				for _, f := range list {
					if f.Check == "listener" {
						got = append(got, f.Result)
					}
				}
				slices.Sort(got) // ports run side by side
				slices.Sort(got) // ports run side by side
				if d := cmp.Diff(c.want, strings.Join(got, " ")); d != "" {
					t.Errorf("%s\n%s", d, probes.Text(list, 100, true))
				}
			})
		})
	}
}

// TestListenerSendsNothing: the check adds no command and no connection.
func TestListenerSendsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		own := []netip.Addr{netip.MustParseAddr("192.0.2.1")}
		n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{smtpAddr: probetest.Serve(plain())}}}
		env := n.Env()
		env.Local = own
		probeWith(t, env, smtpAddr, probes.Options{Check: []string{"listener"}, Local: own}, nil)
		n.Wait()
		if d := cmp.Diff([]string{"QUIT"}, n.Heard(smtpAddr, 0)); d != "" || n.Dials(smtpAddr) != 1 {
			t.Errorf("%d connections: %s", n.Dials(smtpAddr), d)
		}
	})
}

// world is six operators with a mail host each.
func world(mail, other func(i int) probetest.Host) *network {
	n := &network{Net: probetest.Net{Hosts: map[string]probetest.Host{}}, Zone: Zone{A: map[string][]string{}, Mail: map[string][]probes.MX{}}}
	for i := range 6 {
		domain, host, addr := fmt.Sprintf("op%d.example", i), fmt.Sprintf("mx.op%d.example", i), fmt.Sprintf("203.0.113.%d", i+1)
		n.Zone.Mail[domain] = []probes.MX{{Host: host, Pref: 10}}
		n.Zone.A[host] = []string{addr}
		n.Hosts[addr+":25"] = mail(i)
		n.Hosts[addr+":443"], n.Hosts[addr+":587"] = other(i), other(i)
	}
	return n
}

func references() (out []string) {
	for i := range 6 {
		out = append(out, fmt.Sprintf("op%d.example", i))
	}
	return out
}

// TestEgress runs the check on a network in memory.
func TestEgress(t *testing.T) {
	greets := func(i int) probetest.Host {
		name := fmt.Sprintf("mx.op%d.example", i)
		return probetest.Serve(probetest.Polite{Banner: "220 " + name + " ESMTP", Name: name + " Hello [198.51.100.9]"})
	}
	same := func(int) probetest.Host { return probetest.Serve(probetest.Polite{Banner: "220 proxy ESMTP"}) }
	drop := func(int) probetest.Host { return probetest.Host{Drop: true} }
	open := func(int) probetest.Host { return probetest.Same(probetest.Hang) }
	cut := func(int) probetest.Host { return probetest.Same(probetest.Reset) }
	for _, c := range []struct {
		name        string
		mail, other func(int) probetest.Host
		want        string
	}{
		{"open", greets, open, "open"},
		{"dropped", drop, open, "blocked"},
		{"proxy", same, open, "intercepted"},
		{"cut", cut, open, "intercepted"},
		{"nothing", drop, drop, "general_failure"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := world(c.mail, c.other)
				env := n.Env()
				env.References = references()
				start := time.Now()
				list := probeWith(t, env, "127.0.0.1:25", probes.Options{Check: []string{"egress"}}, nil)
				took := time.Since(start)
				n.Wait()
				f := find(t, list, "egress")
				if f.Result != c.want || f.Address != "" || took > time.Minute {
					t.Errorf("%s after %s, want %s\n%s", f.Result, took, c.want, probes.Text(list, 100, true))
				}
				if c.want == "open" && fmt.Sprint(f.Values["public_addresses"]) != "[198.51.100.9]" {
					t.Errorf("public addresses %v", f.Values["public_addresses"])
				}
			})
		})
	}
}

// path is a route of so many hops on which packets to port 25 end behind one of them.
type path struct {
	hops, dropsAt, refusesAt int
	last                     time.Time
	rushed                   int // connections less than a second after the one before
	dials                    int
}

func (p *path) dial(ctx context.Context, ttl int, address string) error {
	if now := time.Now(); !p.last.IsZero() && now.Sub(p.last) < time.Second {
		p.rushed++
	}
	p.last = time.Now()
	p.dials++
	mail := strings.HasSuffix(address, ":25")
	switch {
	case mail && p.refusesAt > 0 && ttl >= p.refusesAt:
		return os.NewSyscallError("connect", syscall.ECONNREFUSED)
	case mail && p.dropsAt != 0 && ttl > p.dropsAt, ttl == 2 && p.dials%2 == 1: // a router that answers every other time
		<-ctx.Done()
		return ctx.Err()
	case ttl < p.hops:
		return os.NewSyscallError("connect", syscall.EHOSTUNREACH)
	}
	return nil
}

func TestEgressHop(t *testing.T) {
	for _, c := range []struct {
		name     string
		path     path
		hop, far any
		says     string
	}{
		{"dropped behind hop 2", path{hops: 6, dropsAt: 2}, 2, 6, "get to hop 2 of 6"},
		{"dropped here", path{hops: 6, dropsAt: -1}, 0, 6, "no router answers"},
		{"open again", path{hops: 6}, nil, 6, "not steady"},
		{"refused at hop 3", path{hops: 6, refusesAt: 3}, 3, 6, "comes from hop 3"},
		{"refused by the host", path{hops: 6, refusesAt: 6}, 6, 6, "as far away as"},
		{"too far", path{hops: 99}, nil, nil, "not reached within 24 hops"},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				n := world(func(int) probetest.Host { return probetest.Host{Drop: true} }, func(int) probetest.Host { return probetest.Same(probetest.Hang) })
				env := n.Env()
				env.References, env.DialTTL = references(), c.path.dial
				list := probeWith(t, env, "127.0.0.1:25", probes.Options{Check: []string{"egress"}}, nil)
				n.Wait()
				f := find(t, list, "egress")
				if f.Values["hop"] != c.hop || f.Values["distance"] != c.far || !strings.Contains(strings.Join(f.Evidence, " "), c.says) {
					t.Errorf("hop %v of %v: %q", f.Values["hop"], f.Values["distance"], f.Evidence)
				}
				if c.path.rushed > 0 {
					t.Errorf("%d of %d connections without a pause", c.path.rushed, c.path.dials)
				}
			})
		})
	}
}

// TestEgressByNameOnly: nobody's hosts are asked unless the check is named.
func TestEgressByNameOnly(t *testing.T) {
	for _, check := range [][]string{nil, {"all"}} {
		if plan := probes.Plan(locate(t, "example.org"), probes.Options{Check: check, Owned: true}).String(); strings.Contains(plan, "egress") {
			t.Errorf("--check %v plans egress:\n%s", check, plan)
		}
	}
	plan := probes.Plan(locate(t, "example.org"), probes.Options{Check: []string{"egress"}}).String()
	if n := strings.Count(plan, " egress ["); n != 1 {
		t.Errorf("%d steps, want one for the whole target:\n%s", n, plan)
	}
}

// TestEgressNeedsNoServer: whether others can be reached is no question of a mail server here.
func TestEgressNeedsNoServer(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		open := func(i int) probetest.Host {
			return probetest.Serve(probetest.Polite{Banner: fmt.Sprintf("220 mx.op%d.example ESMTP", i)})
		}
		n := world(open, func(int) probetest.Host { return probetest.Same(probetest.Hang) })
		env := n.Env()
		env.References = references()
		list := probeWith(t, env, "127.0.0.1", probes.Options{Check: []string{"egress"}}, nil)
		n.Wait()
		if f := find(t, list, "summary"); len(list) != 2 || f.Result != "ok" || n.Dials("127.0.0.1:25") != 0 {
			t.Errorf("%d connections to this host:\n%s", n.Dials("127.0.0.1:25"), probes.Text(list, 100, true))
		}
	})
}

// TestPlanNamesException: before what a ban tool minds, the plan has the exception and its undo.
func TestPlanNamesException(t *testing.T) {
	own := []netip.Addr{netip.MustParseAddr("192.0.2.9")}
	tool := probes.BanTool{Name: "fail2ban", Jails: []string{"postfix-sasl", "dovecot", "evil;reboot", "-x"}}
	for _, c := range []struct {
		name, target string
		o            probes.Options
		want         []string
		not          string
	}{
		{"relay", "host.example.org:25", probes.Options{Check: []string{"relay"}, BanTool: tool},
			[]string{"  fail2ban-client set postfix-sasl addignoreip 192.0.2.9\n", "  fail2ban-client set dovecot delignoreip 192.0.2.9\n"}, "reboot"},
		{"login", "host.example.org:587", probes.Options{Check: []string{"auth.login"}, BanTool: tool}, []string{"set dovecot addignoreip 192.0.2.9\n"}, " -x "},
		{"another source", "host.example.org:25", probes.Options{Check: []string{"relay"}, BanTool: tool, Source: netip.MustParseAddr("192.0.2.77")}, []string{"addignoreip 192.0.2.77\n"}, "192.0.2.9\n  fail2ban"},
		{"jails not readable", "host.example.org:25", probes.Options{Check: []string{"relay"}, BanTool: probes.BanTool{Name: "fail2ban"}}, []string{"could not be read"}, "addignoreip"},
		{"the other tools", "host.example.org:25", probes.Options{Check: []string{"relay"}, BanTool: probes.BanTool{Name: "crowdsec", Also: []probes.BanTool{{Name: "csf"}, {Name: "sshguard"}}}},
			[]string{"  cscli allowlists add mailtop-probe 192.0.2.9 -e 1h\n", "  cscli allowlists delete mailtop-probe\n", "  csf -ta 192.0.2.9 1h\n", "  csf -tr 192.0.2.9\n", "  echo 192.0.2.9 >> /etc/csf/csf.ignore\n",
				"  echo 192.0.2.9 >> /etc/sshguard/whitelist\n", "  sed -i '/^192\\.0\\.2\\.9$/d' /etc/sshguard/whitelist\n"}, "fail2ban runs"},
		{"no tool", "host.example.org:25", probes.Options{Check: []string{"relay"}}, nil, "fail2ban"},
		{"nothing to mind", "host.example.org:25", probes.Options{BanTool: tool}, nil, "fail2ban"},
		{"another host", "mx1.example.org:25", probes.Options{Check: []string{"relay"}, Owned: true, BanTool: tool}, []string{"on that host", "addignoreip ADDRESS"}, "postfix-sasl"},
	} {
		c.o.Local = own
		plan := probes.Plan(locate(t, c.target), c.o).String()
		for _, w := range c.want {
			if !strings.Contains(plan, w) {
				t.Errorf("%s: no %q in\n%s", c.name, w, plan)
			}
		}
		if strings.Contains(plan, c.not) {
			t.Errorf("%s: %q in\n%s", c.name, c.not, plan)
		}
	}
}
