package smtpwire

import (
	"slices"
	"strconv"
	"strings"
)

// Caps is what a server told in its EHLO reply (RFC 5321 section 4.1.1.1), in its order, duplicates kept.
type Caps struct {
	Name  string // the server's own name, first word of the first line
	Lines []Cap
}

// Cap is one keyword line.
type Cap struct {
	Keyword string // upper case
	Params  []string
}

// ParseCaps reads the text lines of an EHLO reply.
func ParseCaps(lines []string) *Caps {
	c := &Caps{}
	for i, l := range lines {
		f := strings.Fields(l)
		if i == 0 {
			if len(f) > 0 {
				c.Name = f[0]
			}
			continue
		}
		if len(f) == 0 {
			continue
		}
		word, params := strings.ToUpper(f[0]), f[1:]
		if rest, ok := strings.CutPrefix(word, "AUTH="); ok { // the form of drafts before RFC 4954
			word = "AUTH"
			if rest != "" {
				params = append([]string{rest}, params...)
			}
		}
		c.Lines = append(c.Lines, Cap{word, params})
	}
	return c
}

// Has says whether a keyword was told.
func (c *Caps) Has(keyword string) bool {
	return c != nil && slices.ContainsFunc(c.Lines, func(l Cap) bool { return l.Keyword == strings.ToUpper(keyword) })
}

// Keywords lists the keywords in order.
func (c *Caps) Keywords() []string {
	if c == nil {
		return nil
	}
	var out []string
	for _, l := range c.Lines {
		out = append(out, l.Keyword)
	}
	return out
}

// Auth is the union of all AUTH lines, upper case, in order, each once.
func (c *Caps) Auth() []string {
	out := []string{}
	if c == nil {
		return out
	}
	for _, l := range c.Lines {
		if l.Keyword != "AUTH" {
			continue
		}
		for _, m := range l.Params {
			if m = strings.ToUpper(m); !slices.Contains(out, m) {
				out = append(out, m)
			}
		}
	}
	return out
}

// Size is the SIZE limit (RFC 1870): known when told, 0 for "no fixed limit".
func (c *Caps) Size() (limit int64, told bool) {
	p := c.params("SIZE")
	if p == nil {
		return 0, false
	}
	if len(p) == 0 {
		return 0, true
	}
	n, err := strconv.ParseInt(p[0], 10, 64)
	return n, err == nil
}

// Limits are the LIMITS of RFC 9422: RCPTMAX, MAILMAX, RCPTDOMAINMAX.
func (c *Caps) Limits() map[string]int64 {
	out := map[string]int64{}
	for _, p := range c.params("LIMITS") {
		k, v, ok := strings.Cut(p, "=")
		if n, err := strconv.ParseInt(v, 10, 64); ok && err == nil {
			out[strings.ToUpper(k)] = n
		}
	}
	return out
}

// params is nil when the keyword was not told.
func (c *Caps) params(keyword string) []string {
	if c == nil {
		return nil
	}
	for _, l := range c.Lines {
		if l.Keyword == keyword {
			return append([]string{}, l.Params...)
		}
	}
	return nil
}
