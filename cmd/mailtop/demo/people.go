package demo

import (
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
)

const (
	hostName  = "mail.harbour.example"
	ourDomain = "harbour.example"
)

// person is an account of the demo's company and where its owner sits.
type person struct {
	user     string // login name, which is the address
	password string
	home     netip.Addr
}

// people are the accounts; the forgotten ones are nobody's.
type people struct {
	mu        sync.Mutex
	all       []person
	passwords map[string]string // by login in lower case
}

var firstNames = strings.Fields("anna ben carla david elena felix greta hugo ida jonas karin leo mara nils olga paul quinn rosa stefan tina ulla vera wim xenia yara zoe amir bea carl dora emil fay gil hana ivan jana kurt lena milan nora otto pia rafa sara tom uwe vito wanda yusuf")

var surnames = strings.Fields("berg costa diaz evans fisher")

// forgotten are accounts that somebody made once; their passwords are weak.
var forgotten = []string{"test", "scan", "guest", "trainee"}

// office is where one of seven people sits, behind one address.
var office = netip.MustParseAddr("198.51.100.10")

func newPeople(r *rand.Rand) *people {
	p := &people{passwords: map[string]string{}}
	for i := range len(firstNames) * len(surnames) {
		user := firstNames[i%len(firstNames)] + "." + surnames[i/len(firstNames)] + "@" + ourDomain
		p.all = append(p.all, person{user, fmt.Sprintf("%016x", r.Uint64()), homeOf(i)})
		p.passwords[user] = p.all[i].password
	}
	for _, n := range forgotten {
		p.passwords[n+"@"+ourDomain] = weakPasswords[len(weakPasswords)-1]
	}
	return p
}

// homeOf is where the i-th person sits: at the office, behind a DSL line, or in
// an IPv6 network of their own.
func homeOf(i int) netip.Addr {
	switch {
	case i%7 == 0:
		return office
	case i%10 == 3:
		return netip.AddrFrom4([4]byte{198, 51, 100, byte(20 + i/2)})
	}
	return netip.MustParseAddr(fmt.Sprintf("2001:db8:%x::2", 0x5000+i))
}

// check says whether a login is right.
func (p *people) check(user, password string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	want, ok := p.passwords[strings.ToLower(user)]
	return ok && want == password
}

// has says whether an address is one of ours.
func (p *people) has(addr string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, ok := p.passwords[strings.ToLower(addr)]
	return ok || strings.EqualFold(addr, "postmaster@"+ourDomain)
}

// setPassword changes a password; the admin of the story does that when an
// account turned out to be in wrong hands.
func (p *people) setPassword(user, password string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.passwords[user] = password
}

// weakPasswords are what guessers try, in their order; the last one fits the
// forgotten accounts.
var weakPasswords = strings.Fields("123456 password 12345678 qwerty 123456789 letmein 1234567 football iloveyou admin welcome monkey login abc123 starwars dragon passw0rd master hello freedom whatever qazwsx trustno1 secret Passw0rd test123")

// partner is a host that sends mail to us.
type partner struct {
	host   string
	ip     netip.Addr
	domain string
}

// newPartners are twenty companies with a mail host each, and a big provider
// with four.
func newPartners() []partner {
	var out []partner
	for i := 1; i <= 20; i++ {
		d := fmt.Sprintf("partner%02d.example", i)
		out = append(out, partner{"mx." + d, netip.AddrFrom4([4]byte{203, 0, 113, byte(10 + i)}), d})
	}
	for i := 1; i <= 4; i++ {
		out = append(out, partner{fmt.Sprintf("out%d.bigmail.example", i), netip.AddrFrom4([4]byte{203, 0, 113, byte(200 + i)}), "bigmail.example"})
	}
	return out
}

// monitorHost looks in every now and then, says EHLO and QUIT.
var monitorHost = netip.MustParseAddr("198.51.100.250")

// clientNames are the verified host names of those who have one.
func clientNames(p *people, partners []partner) map[netip.Addr]string {
	names := map[netip.Addr]string{
		netip.MustParseAddr("127.0.0.1"): "localhost",
		office:                           "gw.harbour.example",
		monitorHost:                      "probe.watch.example",
	}
	for _, h := range partners {
		names[h.ip] = h.host
	}
	for _, a := range p.all {
		if names[a.home] == "" && a.home.Is4() {
			names[a.home] = fmt.Sprintf("cpe-%d.dsl.isp.example", a.home.As4()[3])
		}
	}
	return names
}
