package probes

import (
	"net/netip"
	"slices"
)

// Vantage says from where a host is looked at. From a trusted one relaying is often allowed on purpose.
type Vantage string

// The vantages.
const (
	FromLoopback Vantage = "loopback"    // the peer is 127/8 or ::1
	FromOwn      Vantage = "own"         // the peer is an address of this host
	FromSubnet   Vantage = "same_subnet" // the same /24 or /64
	FromPrivate  Vantage = "private"     // we reach it from a private address
	FromOutside  Vantage = "outside"
)

// Trusted says whether servers commonly let clients relay from there.
func (v Vantage) Trusted() bool { return v != FromOutside }

// vantage judges from the peer and, when known, the address we come from.
func vantage(peer, self netip.Addr, own []netip.Addr) Vantage {
	peer, self = peer.Unmap(), self.Unmap()
	switch {
	case peer.IsLoopback():
		return FromLoopback
	case slices.Contains(own, peer):
		return FromOwn
	case self.IsValid() && self.Is4() == peer.Is4() && prefix(self) == prefix(peer):
		return FromSubnet
	case self.IsValid() && self.IsPrivate():
		return FromPrivate
	}
	return FromOutside
}

func prefix(a netip.Addr) netip.Prefix {
	bits := 64
	if a.Is4() {
		bits = 24
	}
	p, _ := a.Prefix(bits)
	return p
}

// isOwn says whether an address belongs to this host.
func isOwn(a netip.Addr, own []netip.Addr) bool {
	a = a.Unmap()
	return a.IsLoopback() || slices.Contains(own, a)
}
