package detect

import (
	"slices"

	"mailtop/monitor/join"
	"mailtop/monitor/sketch"
)

// evidence keeps the first three and the last five records that an incident rests
// on, as references: the text is read again when somebody wants to see it.
type evidence struct {
	first [3]ref
	last  [5]ref
	n     int
}

type ref struct {
	source       uint32
	offset, line int64
}

func (e *evidence) add(f *join.Fact) {
	r := refOf(f)
	if e.n < len(e.first) {
		e.first[e.n] = r
	} else {
		e.last[(e.n-len(e.first))%len(e.last)] = r
	}
	e.n++
}

func refOf(f *join.Fact) ref {
	r := ref{f.SourceID, f.Offset, 0}
	if f.Lines != nil && f.Event != nil {
		r.line = f.Lines.Line(f.Event)
	}
	return r
}

func (e *evidence) list() []Evidence {
	out := make([]Evidence, 0, len(e.first)+len(e.last))
	for _, r := range e.first[:min(e.n, len(e.first))] {
		out = append(out, r.evidence())
	}
	rest := e.n - len(e.first)
	for i := max(0, rest-len(e.last)); i < rest; i++ {
		out = append(out, e.last[i%len(e.last)].evidence())
	}
	return out
}

func (r ref) evidence() Evidence {
	return Evidence{SourceID: r.source, Offset: r.offset, Line: r.line}
}

// actors are those who took part in an incident, at most maxActors of them by
// count; total counts all distinct ones as long as it can tell.
type actors struct {
	kind  string // of the JSON count: "sources", "users", ...
	l     []actor
	total int
}

type actor struct {
	key         sketch.Key
	typ, value  string
	n           int64
	first, last int64
}

const maxActors = 32

// add counts n for an actor; value is called for one that is new.
func (a *actors) add(key sketch.Key, typ string, n int, sec int64, value func() string) {
	for i := range a.l {
		if x := &a.l[i]; x.key == key && x.typ == typ {
			x.n += int64(n)
			x.last = max(x.last, sec)
			return
		}
	}
	a.total++
	x := actor{key, typ, "", int64(n), sec, sec}
	if len(a.l) < maxActors {
		x.value = value()
		a.l = append(a.l, x)
		return
	}
	low := 0
	for i := range a.l {
		if a.l[i].n < a.l[low].n || a.l[i].n == a.l[low].n && a.l[i].last < a.l[low].last {
			low = i
		}
	}
	x.value = value()
	a.l[low] = x
}

func (a *actors) list() []Actor {
	out := make([]Actor, len(a.l))
	for i, x := range a.l {
		out[i] = Actor{x.typ, x.value, x.n, at(x.first), at(x.last)}
	}
	slices.SortStableFunc(out, func(x, y Actor) int { return int(min(1, max(-1, y.Count-x.Count))) })
	return out
}
