package probes

import (
	"fmt"
	"slices"
	"strings"
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

	roles []Role    // where it makes sense; empty is everywhere
	run   func(job) // nil: judged from the session that every port gets
}

// checks in the order they run.
func checks() []Check {
	return []Check{
		{Name: "reach", Does: "connect, read the banner, QUIT", Impact: ImpactConnect},
		{Name: "banner", Does: "look at the greeting", Impact: ImpactConnect},
		{Name: "ehlo", Does: "EHLO before and after TLS", Impact: ImpactCommand},
		{Name: "starttls", Does: "STARTTLS and the handshake; on an own host MAIL FROM:<> and RSET before it", Impact: ImpactCommand},
		{Name: "tls", Does: "look at the certificate", Impact: ImpactConnect},
		{Name: "auth", Does: "look at the AUTH mechanisms", Impact: ImpactCommand},
	}
}

// Checks lists all checks in their order.
func Checks() []Check { return checks() }

// selects says whether a name or pattern of --check or --skip means a check: its
// name, "all", or the part before a dot.
func selects(pattern, name string) bool {
	return pattern == name || pattern == "all" || strings.HasPrefix(name, pattern+".")
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
