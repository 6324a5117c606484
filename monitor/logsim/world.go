package logsim

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
)

// simDomain is the domain the simulated host is responsible for.
const simDomain = "harbour.example"

// account is a user and where the user sits.
type account struct {
	user string
	home Client
}

// sender is a host that brings mail from a domain.
type sender struct {
	host   Client
	domain string
}

// target is a host that takes mail for a domain.
type target struct {
	host   Client
	domain string
}

// world is everybody the host talks to: documentation addresses only.
// 198.51.100/24 and 2001:db8:51xx::/48 are users, 203.0.113/24 sending hosts,
// 192.0.2/24 the hosts we deliver to, 198.18/15 the internet at large.
type world struct {
	accounts []account
	senders  []sender
	provider []sender
	targets  []target
	office   Client
	webmail  Client
}

var simNames = strings.Fields("anna ben carla david elena felix greta hugo ida jonas karin leo mara nils olga paul quinn rosa stefan tina ulla vera wim xenia yara zoe")

func newWorld(r *rand.Rand, messages int) world {
	w := world{
		office:  Client{"gw.harbour.example", netip.MustParseAddr("198.51.100.10")},
		webmail: Client{"webmail.harbour.example", netip.MustParseAddr("198.51.100.11")},
	}
	for i := range min(max(messages/40, 40), 400) {
		a := account{user: fmt.Sprintf("%s%02d@%s", simNames[i%len(simNames)], i/len(simNames), simDomain)}
		switch {
		case i%4 == 0:
			a.home = w.office
		case i%4 == 1 && i < 4*200:
			a.home = Client{fmt.Sprintf("cpe-%d.dsl.isp.example", i), netip.AddrFrom4([4]byte{198, 51, 100, byte(20 + i/4)})}
		default:
			a.home = Client{"", netip.MustParseAddr(fmt.Sprintf("2001:db8:5%03x::%x", i, 2+r.IntN(200)))}
		}
		w.accounts = append(w.accounts, a)
	}
	for i := 1; i <= 40; i++ {
		d := fmt.Sprintf("partner%02d.example", i)
		w.senders = append(w.senders, sender{Client{"mx." + d, netip.AddrFrom4([4]byte{203, 0, 113, byte(10 + i)})}, d})
		w.targets = append(w.targets, target{Client{"mx." + d, netip.AddrFrom4([4]byte{192, 0, 2, byte(10 + i)})}, d})
	}
	for i := 1; i <= 6; i++ {
		w.provider = append(w.provider, sender{Client{fmt.Sprintf("out%d.bigmail.example", i), netip.AddrFrom4([4]byte{203, 0, 113, byte(200 + i)})}, "bigmail.example"})
	}
	w.targets = append(w.targets, target{Client{"mx1.bigmail.example", netip.MustParseAddr("192.0.2.1")}, "bigmail.example"})
	return w
}

// own is the account of an act: never one that ordinary traffic uses, so that
// the truth about it is whole.
func (s *sim) own(name string) account {
	n := s.rng.IntN(1 << 16)
	return account{name + "@" + simDomain, Client{"", netip.MustParseAddr(fmt.Sprintf("2001:db8:6%03x::%x", n&0xfff, 2+n>>12))}}
}

func (s *sim) someone() account { return s.world.accounts[s.rng.IntN(len(s.world.accounts))] }

func (s *sim) somewhere() target { return s.world.targets[s.rng.IntN(len(s.world.targets))] }

// internet is an address of nobody in particular, another one each time.
func (s *sim) internet() Client {
	ip := netip.AddrFrom4([4]byte{198, byte(18 + s.rng.IntN(2)), byte(s.rng.IntN(256)), byte(1 + s.rng.IntN(254))})
	c := Client{IP: ip}
	if s.rng.IntN(3) == 0 {
		b := ip.As4()
		c.Name = fmt.Sprintf("host-%d-%d.vps.example", b[2], b[3])
	}
	return c
}

// network is an address in the n-th of networks far from each other: no two
// share a /16, or a /32 in IPv6 (3fff::/20 is for documentation, too).
func network(n int) Client {
	v4 := []string{"198.18.7.20", "198.19.80.4", "203.0.113.240", "192.0.2.240"}
	if n < len(v4) {
		return Client{"", netip.MustParseAddr(v4[n])}
	}
	return Client{"", netip.MustParseAddr(fmt.Sprintf("3fff:%x::%x", n&0xfff, n+1))}
}

// stranger is an address at a domain that is not ours.
func (s *sim) stranger(domain string) string {
	return fmt.Sprintf("%s.%04x@%s", simNames[s.rng.IntN(len(simNames))], s.rng.IntN(1<<16), domain)
}
