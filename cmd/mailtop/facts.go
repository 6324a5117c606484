package main

import (
	"context"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"mailtop/monitor/detect"
)

// hostTools are the programs that advice may name.
var hostTools = []string{"nft", "fail2ban-client", "postqueue", "postsuper", "postconf", "doveadm", "qshape", "journalctl", "systemctl", "rsyslogd", "timedatectl"}

// widenPath adds the folders of the admin's commands to PATH: a user's PATH lacks
// them on many systems, and postconf, postqueue and exim are there.
func widenPath() {
	have := filepath.SplitList(os.Getenv("PATH"))
	for _, dir := range []string{"/usr/local/sbin", "/usr/sbin", "/sbin"} {
		if !slices.Contains(have, dir) {
			have = append(have, dir)
		}
	}
	os.Setenv("PATH", strings.Join(have, string(filepath.ListSeparator)))
}

// hostFacts asks this host what a monitor must know of it: its addresses, where
// the admin sits, which tools there are, which domains and networks are its own.
// Nothing here changes the host; every command is bounded.
func hostFacts(ctx context.Context) detect.Facts {
	f := detect.Facts{Own: ownAddresses(), SSHClient: sshClient(os.Getenv("SSH_CONNECTION"), os.Getenv("SSH_CLIENT"))}
	f.Host, _ = os.Hostname()
	for _, t := range hostTools {
		if _, err := exec.LookPath(t); err == nil {
			f.Tools = append(f.Tools, t)
		}
	}
	if len(f.Tools) == 0 {
		f.Tools = []string{"none"}
	}
	postfixFacts(ctx, &f)
	if !f.Known && len(f.LocalDomains) == 0 {
		eximFacts(&f, func(args ...string) string {
			for _, name := range []string{"exim4", "exim"} {
				if out := output(ctx, name, append([]string{"-bP"}, args...)...); out != "" {
					return out
				}
			}
			return ""
		})
	}
	return f
}

func ownAddresses() []netip.Addr {
	return append([]netip.Addr{netip.AddrFrom4([4]byte{127, 0, 0, 1}), netip.IPv6Loopback()}, localAddrs()...)
}

// sshClient is the first field of SSH_CONNECTION: who types here.
func sshClient(vars ...string) netip.Addr {
	for _, v := range vars {
		first, _, _ := strings.Cut(v, " ")
		if a, err := netip.ParseAddr(first); err == nil {
			return a.Unmap().WithZone("")
		}
	}
	return netip.Addr{}
}

const commandTimeout = 5 * time.Second

// output runs a command that only reads; empty when it fails or hangs.
func output(ctx context.Context, name string, args ...string) string {
	ctx, cancel := context.WithTimeout(ctx, commandTimeout)
	defer cancel()
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		return ""
	}
	return string(out)
}

// postfixFacts reads what postconf says. Table lookups (hash:, mysql:) hide
// domains, so the facts count as known only when none is in the way.
func postfixFacts(ctx context.Context, f *detect.Facts) {
	out := output(ctx, "postconf", "-x", "myhostname", "mydomain", "mydestination", "virtual_mailbox_domains", "virtual_alias_domains", "relay_domains", "mynetworks")
	if out == "" {
		return
	}
	complete := true
	for _, line := range strings.Split(out, "\n") {
		name, value, ok := strings.Cut(line, " = ")
		if !ok {
			continue
		}
		words := strings.FieldsFunc(value, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' })
		if name == "mynetworks" {
			for _, w := range words {
				if p, ok := network(w); ok {
					f.Networks = append(f.Networks, p)
				} else {
					complete = false
				}
			}
			continue
		}
		for _, w := range words {
			switch {
			case strings.Contains(w, ":") || strings.HasPrefix(w, "/") || strings.HasPrefix(w, "$"):
				complete = false
			case name != "mydomain":
				f.LocalDomains = append(f.LocalDomains, w)
			}
		}
	}
	f.Known = complete && len(f.LocalDomains) > 0
}

// network reads an element of mynetworks: 192.0.2.0/24, [2001:db8::]/32, an address.
func network(s string) (netip.Prefix, bool) {
	s = strings.NewReplacer("[", "", "]", "").Replace(s)
	if p, err := netip.ParsePrefix(s); err == nil {
		return p.Masked(), true
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return netip.PrefixFrom(a, a.BitLen()), true
	}
	return netip.Prefix{}, false
}

// eximFacts reads the lists that Exim's default configuration has: local_domains,
// relay_to_domains and relay_from_hosts. Lookups, patterns and other lists in them
// hide domains.
func eximFacts(f *detect.Facts, print func(args ...string) string) {
	domains, ok := eximList(print("+local_domains"))
	if !ok {
		return
	}
	more, _ := eximList(print("+relay_to_domains"))
	complete := true
	for _, d := range append(domains, more...) {
		switch {
		case d == "@":
			_, host, _ := strings.Cut(print("primary_hostname"), "=")
			f.LocalDomains = append(f.LocalDomains, strings.TrimSpace(host))
		case d == "@[]":
		case strings.ContainsAny(d, "!*^+;/$ "), d == "":
			complete = false
		default:
			f.LocalDomains = append(f.LocalDomains, d)
		}
	}
	hosts, _ := eximList(print("+relay_from_hosts"))
	for _, h := range hosts {
		if p, ok := network(h); ok {
			f.Networks = append(f.Networks, p)
		} else {
			complete = false
		}
	}
	f.Known = complete && len(f.LocalDomains) > 0
}

// eximList reads "domainlist NAME = a : b": elements between single colons, a doubled
// one stands for itself; "<;" at the start changes the separator.
func eximList(line string) (list []string, ok bool) {
	_, value, ok := strings.Cut(strings.TrimSpace(line), "=")
	if !ok {
		return nil, false
	}
	value, _, _ = strings.Cut(strings.TrimSpace(value), "\n")
	sep := byte(':')
	if rest, found := strings.CutPrefix(value, "<"); found && rest != "" {
		sep, value = rest[0], rest[1:]
	}
	var item []byte
	for i := 0; i <= len(value); i++ {
		switch {
		case i < len(value) && value[i] != sep:
			item = append(item, value[i])
		case i+1 < len(value) && value[i+1] == sep:
			item = append(item, sep)
			i++
		default:
			if s := strings.TrimSpace(string(item)); s != "" {
				list = append(list, s)
			}
			item = item[:0]
		}
	}
	return list, true
}
