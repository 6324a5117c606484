package detect

import (
	"net/netip"
	"slices"

	"mailtop/monitor/join"
)

// tool says whether a program is at hand. Where nothing is known of the host (the
// analysis of a file) it is assumed: the log's host is another one.
func (d *Detector) tool(name string) bool {
	return len(d.facts.Tools) == 0 || slices.Contains(d.facts.Tools, name)
}

// The table of our own that bans live in: prerouting, so that ports published by
// containers are covered. Made anew with each ban, which leaves the bans in it.
const nftTable = "add table inet mailtop; add set inet mailtop ban4 { type ipv4_addr; flags interval,timeout; }; add set inet mailtop ban6 { type ipv6_addr; flags interval,timeout; }; add chain inet mailtop in { type filter hook prerouting priority -310; }; flush chain inet mailtop in; add rule inet mailtop in ip saddr @ban4 drop; add rule inet mailtop in ip6 saddr @ban6 drop;"

// banAdvice offers to shut a source out, unless that would hit somebody of the
// house: the admin's own session, this host, its networks, users who do get in.
func (d *Detector) banAdvice(s Subject) []Advice {
	p, ok := subjectPrefix(s)
	if !ok {
		return nil
	}
	if why := d.spared(p); why != "" {
		return []Advice{{Text: "No ban is offered: " + why + "."}}
	}
	if !d.tool("nft") {
		return []Advice{{Text: "No nft here: shut " + s.Value + " out with the firewall of this host or its provider."}}
	}
	set, elem := "ban4", addrSlot(p.Addr())
	if p.Addr().Is6() {
		set = "ban6"
	}
	if !p.IsSingleIP() {
		elem = prefixSlot(p)
	}
	return []Advice{{
		Text:    "Shut it out for a day, in a table of our own. All such bans end with: nft delete table inet mailtop",
		Command: command("nft '"+nftTable, "add element inet mailtop", set, "{", elem, "timeout 24h }'"),
		Undo:    command("nft 'delete element inet mailtop", set, "{", elem, "}'"),
	}}
}

func subjectPrefix(s Subject) (netip.Prefix, bool) {
	switch s.Type {
	case SubjectIP:
		if a, err := netip.ParseAddr(s.Value); err == nil && a.Zone() == "" {
			return netip.PrefixFrom(a, a.BitLen()), true
		}
	case SubjectPrefix:
		if p, err := netip.ParsePrefix(s.Value); err == nil {
			return p.Masked(), true
		}
	}
	return netip.Prefix{}, false
}

// spared says why a network must not be banned, empty when it may.
func (d *Detector) spared(p netip.Prefix) string {
	if c := d.facts.SSHClient; c.IsValid() && p.Contains(c.Unmap()) {
		return "your own SSH session comes from there"
	}
	a := p.Addr()
	if d.own(a.As16()) || a.IsPrivate() || a.IsLinkLocalUnicast() || a.IsUnspecified() {
		return "it is an address of an internal network"
	}
	for _, o := range d.facts.Own {
		if p.Contains(o) {
			return "it is an address of this host"
		}
	}
	for _, n := range d.facts.Networks {
		if n.Overlaps(p) {
			return "it is in mynetworks"
		}
	}
	if d.usersIn(p) {
		return "users of this host log in from there"
	}
	return ""
}

// usersIn says whether logins succeeded from a network.
func (d *Detector) usersIn(p netip.Prefix) bool {
	ip := p.Addr().As16()
	for _, h := range append([]join.Host{0}, d.others...) { // whose users they are does not matter
		if d.goods.Get(h.Of(join.SourceKey(ip))) != nil || !p.IsSingleIP() && d.goods.Get(h.Of(netKeyOf(ip))) != nil {
			return true
		}
	}
	return false
}

// lockAdvice is how to stop a login. The password store is not known, so the lock
// itself is words; what ends its sessions is a command where Dovecot runs.
func (d *Detector) lockAdvice(account string) []Advice {
	out := []Advice{{Text: "Change the password where this host keeps it (system account: passwd -l; then look at its cron jobs and SSH keys)."}}
	if u, ok := accountSlot(account); ok && d.dovecot && d.tool("doveadm") {
		out = append(out,
			Advice{Text: "Forget the old password at once.", Command: command("doveadm auth cache flush", u)},
			Advice{Text: "End its open mailbox sessions (says \"no users kicked\" when there is none).", Command: command("doveadm kick", u)})
	}
	if d.postfix && d.tool("postqueue") {
		out = append(out, Advice{Text: "See what still waits in the queue.", Command: "postqueue -p"})
	}
	return out
}

func (d *Detector) relayAdvice() []Advice {
	out := []Advice{}
	if d.postfix && d.tool("postconf") {
		out = append(out, Advice{Text: "See who may relay and why.", Command: "postconf mynetworks smtpd_relay_restrictions smtpd_recipient_restrictions"})
	}
	return append(out, Advice{Text: "mynetworks must hold networks of yours only, and smtpd_relay_restrictions must end in reject_unauth_destination or defer_unauth_destination. Then probe it from another host."})
}

func (d *Detector) anvilAdvice() []Advice {
	if !d.tool("postconf") {
		return nil
	}
	return []Advice{{Text: "See the limits a client has (a rate of 0 is none).", Command: "postconf smtpd_client_connection_rate_limit smtpd_client_connection_count_limit smtpd_client_event_limit_exceptions"}}
}

func (d *Detector) queueAdvice() []Advice {
	var out []Advice
	if d.postfix && d.tool("qshape") {
		out = append(out, Advice{Text: "Waiting mail by destination and age.", Command: "qshape deferred"})
	}
	if d.postfix && d.tool("postqueue") {
		out = append(out, Advice{Text: "The queue with each message's reason.", Command: "postqueue -p"})
	}
	return out
}
