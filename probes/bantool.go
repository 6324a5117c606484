package probes

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// BanTool is the program on this host that bans addresses for what logs say of them.
type BanTool struct {
	Name  string   // fail2ban
	Jails []string // those that read mail logs; none when they could not be asked
}

// provokes says whether a step may lead to a ban: what looks like an attack, or a password that may be wrong.
func (s Step) provokes() bool { return s.Attack || slices.Contains(s.Checks, "auth.login") }

// bans is the part of the plan that keeps the address we test from out of a ban: the
// exception, and its undo.
func (w Work) bans() string {
	var b strings.Builder
	remote := false
	told := map[netip.Addr]bool{}
	for _, s := range w.Steps {
		if !s.provokes() {
			continue
		}
		a := s.Addr.Addr().Unmap().WithZone("")
		if !isOwn(a, w.Options.Local) {
			remote = true
			continue
		}
		if w.Options.Source.IsValid() {
			a = w.Options.Source.Unmap()
		} // else a connection to an address of one's own comes from that address
		if !told[a] {
			told[a] = true
			w.Options.BanTool.except(&b, a)
		}
	}
	if remote {
		fmt.Fprintln(&b, "a ban tool on that host may ban the address you test from; with fail2ban, before: fail2ban-client set JAIL addignoreip ADDRESS, and after: fail2ban-client set JAIL delignoreip ADDRESS")
	}
	return b.String()
}

func (t BanTool) except(b *strings.Builder, a netip.Addr) {
	if t.Name != "fail2ban" {
		return
	}
	if len(t.Jails) == 0 {
		fmt.Fprintln(b, "fail2ban runs here and its jails could not be read (root may: fail2ban-client status): it may ban", a)
		return
	}
	fmt.Fprintf(b, "fail2ban runs here and may ban %s; the exception before:\n", a)
	t.lines(b, "addignoreip", a)
	fmt.Fprintln(b, "and its undo after:")
	t.lines(b, "delignoreip", a)
}

func (t BanTool) lines(b *strings.Builder, verb string, a netip.Addr) {
	for _, jail := range t.Jails {
		if plainWord(jail) { // else it is no name to put into a command
			fmt.Fprintf(b, "  fail2ban-client set %s %s %s\n", jail, verb, a)
		}
	}
}

// plainWord says that a name needs no quotes in a shell and is no flag.
func plainWord(s string) bool {
	return s != "" && s[0] != '-' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}
