package screen

import "strings"

// message is a record from its program on: the date and the host in front of it
// say nothing that the screen does not say. A record of another shape stays
// whole.
func message(s string) string {
	rest := s
	if strings.HasPrefix(rest, "<") {
		if i := strings.IndexByte(rest, '>'); i > 1 && i <= 4 {
			rest = rest[i+1:]
		}
	}
	switch {
	case isoDate(rest):
		_, rest, _ = strings.Cut(rest, " ")
	case bsdDate(rest):
		rest = strings.TrimLeft(rest[15:], " ")
	default:
		return s
	}
	_, rest, ok := strings.Cut(rest, " ")
	if !ok || rest == "" {
		return s
	}
	return rest
}

// isoDate: 2026-05-12T...
func isoDate(s string) bool {
	return len(s) > 20 && s[4] == '-' && s[7] == '-' && s[10] == 'T' && s[13] == ':'
}

// bsdDate: May  2 12:04:31
func bsdDate(s string) bool {
	return len(s) > 16 && s[3] == ' ' && s[6] == ' ' && s[9] == ':' && s[12] == ':' && s[15] == ' '
}
