package probes

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// Role is what a port is for.
type Role uint8

// The roles: relay between servers, submission with STARTTLS (RFC 6409), submission with implicit TLS (RFC 8314).
const (
	RoleUnknown Role = iota
	RoleSMTP
	RoleSubmission
	RoleSubmissions
)

var roleWords = [...]string{"", "smtp", "submission", "submissions"}

// String is the service name as in IANA's registry.
func (r Role) String() string { return roleWords[min(int(r), len(roleWords)-1)] }

// roleOf is the role by port number.
func roleOf(port uint16) Role {
	switch port {
	case 25:
		return RoleSMTP
	case 587:
		return RoleSubmission
	case 465:
		return RoleSubmissions
	}
	return RoleUnknown
}

// Target is what the admin named.
type Target struct {
	Text  string     // as typed
	Name  string     // host or domain name, "" for an address
	Addr  netip.Addr // when it is an address
	Port  uint16     // 0 is the default ports
	Role  Role       // of the port, when named
	Hosts []Host     // filled by Locate
	MX    bool       // Name is a mail domain: Hosts are its exchangers
	Found []Finding  // what Locate has to say
}

// Host is one machine of a target.
type Host struct {
	Name  string // "" when the target is an address
	Addrs []netip.Addr
}

const wayOut = "give a host, host:port, [ip]:port, a mail domain or localhost"

// ParseTarget reads "host", "host:port", "ip", "[ip]:port", a mail domain or
// "localhost". "/smtp", "/submission" or "/submissions" behind a port says what an
// unusual port is for.
func ParseTarget(s string) (Target, error) {
	t := Target{Text: s}
	rest, role, named := strings.Cut(s, "/")
	if named {
		if t.Role = roleNamed(role); t.Role == RoleUnknown {
			return t, fmt.Errorf("target %q: no role %q: use /smtp, /submission or /submissions", s, role)
		}
	}
	host, port, err := splitPort(rest)
	if err != nil {
		return t, fmt.Errorf("target %q: %w; %s", s, err, wayOut)
	}
	if t.Port = port; named && port == 0 {
		return t, fmt.Errorf("target %q: a role needs a port: %s:2525/%s", s, rest, role)
	}
	if !named {
		t.Role = roleOf(port)
	}
	if ip, err := netip.ParseAddr(host); err == nil {
		t.Addr = ip.Unmap()
		return t, nil
	}
	if t.Name, err = hostName(host); err != nil {
		return t, fmt.Errorf("target %q: %w; %s", s, err, wayOut)
	}
	return t, nil
}

func roleNamed(s string) Role {
	for i, w := range roleWords {
		if i > 0 && w == s {
			return Role(i)
		}
	}
	return RoleUnknown
}

func splitPort(s string) (host string, port uint16, err error) {
	if s == "" {
		return "", 0, fmt.Errorf("is empty")
	}
	if _, err := netip.ParseAddr(s); err == nil {
		return s, 0, nil
	}
	host, p := s, ""
	if strings.HasPrefix(s, "[") {
		end := strings.IndexByte(s, ']')
		if end < 0 {
			return "", 0, fmt.Errorf("a bracket is not closed")
		}
		host, p = s[1:end], s[end+1:]
		if _, err := netip.ParseAddr(host); err != nil {
			return "", 0, fmt.Errorf("%q in brackets is no address", host)
		}
		if p == "" {
			return host, 0, nil
		}
		if p[0] != ':' {
			return "", 0, fmt.Errorf("%q after the bracket is no port", p)
		}
		p = p[1:]
	} else if i := strings.LastIndexByte(s, ':'); i >= 0 {
		if host, p = s[:i], s[i+1:]; strings.Contains(host, ":") {
			return "", 0, fmt.Errorf("is no address; an IPv6 address with a port goes in brackets, as in [2001:db8::25]:587")
		}
	} else {
		return host, 0, nil
	}
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil || n == 0 {
		return "", 0, fmt.Errorf("%q is no port (1 to 65535)", p)
	}
	return host, uint16(n), nil
}

// hostName checks a name as RFC 1123 has it; an underscore and UTF-8 pass, DNS will judge them.
func hostName(s string) (string, error) {
	name := strings.ToLower(strings.TrimSuffix(s, "."))
	if strings.Contains(name, "@") {
		return "", fmt.Errorf("is a mail address: give its domain, %q", name[strings.LastIndexByte(name, '@')+1:])
	}
	if name == "" || len(name) > 253 {
		return "", fmt.Errorf("is no host name (1 to 253 characters)")
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || len(label) > 63 || label[0] == '-' || label[len(label)-1] == '-' {
			return "", fmt.Errorf("is no host name: label %q", label)
		}
		for _, r := range label {
			if r <= 0x20 || r == 0x7f || r < 0x80 && !strings.ContainsRune("abcdefghijklmnopqrstuvwxyz0123456789-_", r) {
				return "", fmt.Errorf("is no host name: character %q", r)
			}
		}
	}
	return name, nil
}

// SNI is the name to ask a certificate for, "" for an address.
func (h Host) SNI() string {
	if h.Name == "localhost" {
		return ""
	}
	return h.Name
}
