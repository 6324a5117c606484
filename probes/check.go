package probes

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// When says who gets a check without asking for it by name.
type When uint8

// The answers. Passive checks send what any client sends by itself.
const (
	Always When = iota // passive: every target
	IfOwn              // a target that is this host or declared owned
	Asked              // only when named by --check
)

// Check is one thing that can be tested.
type Check struct {
	Name   string
	Does   string // what is sent, for the plan
	Impact Impact
	When   When
	Own    bool // refuses a host that is neither this one nor declared owned
	Attack bool // looks like an attack in the log and to a ban tool

	here  bool          // looks at this host: no step for another one unless named
	apart bool          // needs no session with the port
	once  once          // how often a target gets it
	named bool          // not even "all" means it
	limit time.Duration // the longest it may take, where that is more than the usual
	roles []Role        // where it makes sense; empty is everywhere
	run   func(job)     // nil: judged from the session that every port gets
}

// once says how often a check is done for a target.
type once uint8

const (
	eachAddr once = iota // for every address and port
	eachPort             // for every port of a host
	each                 // for the target as a whole
)

// checks in the order they run.
func checks() []Check {
	return []Check{
		{Name: "reach", Does: "connect, read the banner, QUIT", Impact: ImpactConnect},
		{Name: "banner", Does: "look at the greeting", Impact: ImpactConnect},
		{Name: "ehlo", Does: "EHLO before and after TLS", Impact: ImpactCommand},
		{Name: "starttls", Does: "STARTTLS and the handshake; on an own host MAIL FROM:<> and RSET before it", Impact: ImpactCommand},
		{Name: "tls", Does: "look at the certificate", Impact: ImpactConnect},
		{Name: "auth", Does: "look at the AUTH mechanisms", Impact: ImpactCommand},
		{Name: "listener", Does: "read this host's table of listening sockets; nothing is sent", Impact: ImpactLocal, When: IfOwn, here: true, apart: true, once: eachPort, run: runListener},
		{Name: "egress", Does: "connect from here to ports 25, 443 and 587 of an exchanger of each reference domain (--reference), where only 25 answers or nothing also to 443 of the domain; EHLO and STARTTLS on 25; where 25 is blocked, connections of 1, 2, 3 hops to one of them", Impact: ImpactCommand, When: Asked, apart: true, once: each, named: true, limit: egressLimit, run: runEgress},
		{Name: "tls.versions", Does: "one handshake or ClientHello for each version from SSL 3.0 to TLS 1.3, up to 7 connections", Impact: ImpactConnect, When: IfOwn, run: runVersions},
		{Name: "tls.ciphers", Does: "a handshake or ClientHello for each cipher suite before TLS 1.3 that the server takes, up to 64 connections", Impact: ImpactConnect, When: Asked, run: runCiphers},
		{Name: "starttls.injection", Does: "VRFY or EHLO in one segment with STARTTLS, at most 2 connections", Impact: ImpactCommand, When: Asked, Own: true, run: runInjection},
		{Name: "auth.login", Does: "one login with the account given by --user", Impact: ImpactCommand, When: Asked, run: runLogin},
		{Name: "submit", Does: "one message to the recipient named by --to", Impact: ImpactMail, When: Asked, run: runSubmit},
		{Name: "filter", Does: "two messages with harmless filter samples (GTUBE, EICAR) to the recipient named by --to", Impact: ImpactMail, When: Asked, Own: true, Attack: true, run: runFilter},
		{Name: "smuggling", Does: "seven messages with false endings to the recipient named by --to, a connection each", Impact: ImpactMail, When: Asked, Own: true, Attack: true, limit: 3 * time.Minute, run: runSmuggling},
		{Name: "greylist", Does: "RCPT for the recipient named by --to, again each 30 s while the answer is \"later\", up to 7 minutes", Impact: ImpactCommand, When: Asked, Own: true, limit: greylistLimit + time.Minute, run: runGreylist},
		{Name: "rate", Does: "up to 60 connections in a row", Impact: ImpactCommand, When: Asked, Own: true, Attack: true, limit: 5 * time.Minute, run: runRate},
		{Name: "relay", Does: "MAIL and RCPT in 12 forms (--deep: the whole battery), a message only with --prove; at most 8 refusals a connection, 2 s apart", Impact: ImpactCommand, When: Asked, Own: true, Attack: true, limit: relayLimit, run: runRelay},
		{Name: "sender.spoof", Does: "MAIL and RCPT with a sender of a local domain", Impact: ImpactCommand, When: Asked, Own: true, Attack: true, run: runSpoof},
		{Name: "enum.vrfy", Does: "VRFY twice", Impact: ImpactCommand, When: Asked, Own: true, Attack: true, run: runVRFY},
		{Name: "enum.expn", Does: "EXPN twice", Impact: ImpactCommand, When: Asked, Own: true, Attack: true, run: runEXPN},
		{Name: "enum.rcpt", Does: "RCPT for a mailbox that exists and one that does not", Impact: ImpactCommand, When: Asked, Own: true, Attack: true, run: runEnumRCPT},
	}
}

// Checks lists all checks in their order.
func Checks() []Check { return checks() }

// selects says whether a name or pattern of --check or --skip means a check: its
// name, "all" (but what sends messages or asks other hosts), or the part before a dot where no check is named so.
func selects(pattern, name string) bool {
	if pattern == "all" { // a message is sent, or a host not named is asked, only when asked for by name
		c, _ := checkNamed(name)
		return c.Impact < ImpactMail && !c.named
	}
	if pattern == name {
		return true
	}
	return strings.HasPrefix(name, pattern+".") && !slices.Contains(checkNames(), pattern)
}

func checkNamed(name string) (Check, bool) {
	for _, c := range checks() {
		if c.Name == name {
			return c, true
		}
	}
	return Check{}, false
}

// checkPatterns refuses a pattern that means no check.
func checkPatterns(patterns []string) error {
	for _, p := range patterns {
		if !slices.ContainsFunc(checks(), func(c Check) bool { return selects(p, c.Name) }) {
			return fmt.Errorf("no check %q: there are %s, all", p, strings.Join(checkNames(), ", "))
		}
	}
	return nil
}

func checkNames() []string {
	var out []string
	for _, c := range checks() {
		out = append(out, c.Name)
	}
	return out
}
