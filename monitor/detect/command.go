package detect

import (
	"net/netip"
	"strings"
)

// A shown command is made of fixed words and typed slots, each quoted by one
// function. What does not fit a slot's alphabet is never inlined: the advice then
// says in words what to do. One line, no trailing newline.
type slot string

// addrSlot is an address.
func addrSlot(a netip.Addr) slot { return slot(a.String()) }

// prefixSlot is a network.
func prefixSlot(p netip.Prefix) slot { return slot(p.String()) }

// pathSlot is an absolute path.
func pathSlot(path string) (slot, bool) {
	if !strings.HasPrefix(path, "/") {
		return "", false
	}
	return accountSlot(path)
}

// accountSlot is an account name, ok when every byte of it is harmless to a shell
// and it cannot be taken for an option.
func accountSlot(name string) (slot, bool) {
	if name == "" || len(name) > 128 || name[0] == '-' || name[0] == '=' {
		return "", false
	}
	for i := 0; i < len(name); i++ {
		if !harmless(name[i]) {
			return "", false
		}
	}
	return slot(name), true
}

const harmlessBytes = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789@._+=:/-"

func harmless(c byte) bool { return strings.IndexByte(harmlessBytes, c) >= 0 }

// command joins fixed words and slots; words that are not slots are ours.
func command(parts ...any) string {
	var b strings.Builder
	for i, p := range parts {
		if i > 0 {
			b.WriteByte(' ')
		}
		switch p := p.(type) {
		case string:
			b.WriteString(p)
		case slot:
			b.WriteString(string(p))
		}
	}
	return b.String()
}
