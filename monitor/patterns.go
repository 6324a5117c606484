package monitor

import (
	"slices"

	"mailtop/logparse"
	"mailtop/monitor/join"
)

// patterns groups records that no template knows by what they look like without
// their numbers, ids and addresses. At most maxPatterns are told apart; the rest
// is counted as one.
type patterns struct {
	m    map[string]*pattern
	buf  []byte
	rest int64
}

type pattern struct {
	count   int64
	order   int
	example string
}

const (
	maxPatterns = 256
	maxExample  = 300
)

func (p *patterns) init() { p.m = make(map[string]*pattern) }

func (p *patterns) add(f *join.Fact) {
	p.buf = append(p.buf[:0], f.Text(f.Program)...)
	p.buf = append(p.buf, ": "...)
	p.buf = logparse.Pattern(p.buf, f.Text(f.Event.Text))
	if x := p.m[string(p.buf)]; x != nil {
		x.count += int64(f.N())
		return
	}
	if len(p.m) >= maxPatterns {
		p.rest += int64(f.N())
		return
	}
	t := f.Text(f.Event.Text)
	p.m[string(p.buf)] = &pattern{int64(f.N()), len(p.m), string(logparse.Mask(nil, t[:min(len(t), maxExample)]))}
}

// list returns up to n patterns, the most frequent first.
func (p *patterns) list(n int) []Pattern {
	var out []Pattern
	for k, v := range p.m {
		out = append(out, Pattern{k, v.count, v.example})
	}
	slices.SortFunc(out, func(a, b Pattern) int {
		if a.Count != b.Count {
			return int(min(1, max(-1, b.Count-a.Count)))
		}
		return p.m[a.Pattern].order - p.m[b.Pattern].order
	})
	if len(out) > n {
		out = out[:n]
	}
	if p.rest > 0 {
		out = append(out, Pattern{"(other patterns)", p.rest, ""})
	}
	return out
}

func kindName(k uint8) string { return logparse.Kind(k).String() }
