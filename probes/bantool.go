package probes

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
)

// BanTool is a program on this host that bans addresses for what logs say of them.
type BanTool struct {
	Name  string    // fail2ban, crowdsec, sshguard or csf
	Jails []string  // fail2ban: those that read mail logs; none when they could not be asked
	Also  []BanTool // the others that run here
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
		fmt.Fprintln(&b, "a ban tool on that host may ban the address you test from; with fail2ban, before: fail2ban-client set JAIL addignoreip ADDRESS, and after: fail2ban-client set JAIL delignoreip ADDRESS; CrowdSec, sshguard and CSF have allow lists too")
	}
	return b.String()
}

// except says how to keep one address out of the bans of this tool and the others.
func (t BanTool) except(b *strings.Builder, a netip.Addr) {
	for _, x := range append([]BanTool{t}, t.Also...) {
		before, after := x.lines(a)
		switch {
		case len(before) > 0:
			fmt.Fprintf(b, "%s runs here and may ban %s; the exception before:\n", x.Name, a)
			say(b, before)
			fmt.Fprintln(b, "and its undo after:")
			say(b, after)
		case x.Name == "fail2ban":
			fmt.Fprintln(b, "fail2ban runs here and its jails could not be read (root may: fail2ban-client status): it may ban", a)
		}
	}
}

func say(b *strings.Builder, lines []string) {
	for _, l := range lines {
		fmt.Fprintf(b, "  %s\n", l)
	}
}

// lines are the commands of the exception and of its undo, as the manuals of the tools have them.
func (t BanTool) lines(a netip.Addr) (before, after []string) {
	ip := a.String()
	switch t.Name {
	case "fail2ban":
		for _, jail := range t.Jails {
			if plainWord(jail) { // else it is no name to put into a command
				before = append(before, "fail2ban-client set "+jail+" addignoreip "+ip)
				after = append(after, "fail2ban-client set "+jail+" delignoreip "+ip)
			}
		}
	case "crowdsec": // an allowlist drops the alert; it came with version 1.6.6
		before = []string{"cscli allowlists create mailtop-probe -d mailtop", "cscli allowlists add mailtop-probe " + ip + " -e 1h"}
		after = []string{"cscli allowlists delete mailtop-probe", "cscli decisions delete --ip " + ip}
	case "sshguard":
		before, after = listed("/etc/sshguard/whitelist", ip, "systemctl restart sshguard")
	case "csf": // the firewall and its daemon have a list each
		before, after = listed("/etc/csf/csf.ignore", ip, "csf --lfd restart")
		before = append([]string{"csf -ta " + ip + " 1h"}, before...)
		after = append([]string{"csf -tr " + ip}, after...)
	}
	return before, after
}

// listed puts an address on a list of addresses, a line each, and takes it off.
func listed(file, ip, reload string) (before, after []string) {
	line := strings.NewReplacer(".", `\.`).Replace(ip)
	return []string{"echo " + ip + " >> " + file, reload}, []string{"sed -i '/^" + line + "$/d' " + file, reload}
}

// plainWord says that a name needs no quotes in a shell and is no flag.
func plainWord(s string) bool {
	return s != "" && s[0] != '-' && strings.Trim(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-") == ""
}
