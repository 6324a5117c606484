package probes

import (
	"net/netip"
	"slices"
	"strings"

	"mailtop/probes/smtpwire"
)

// Socket is a listening TCP socket of this host.
type Socket struct {
	Addr    netip.AddrPort
	Process string // who holds it, "" where that may not be seen
}

// dual says whether the sockets bound to [::] serve IPv4 too; the kernel's table does not tell.
type dual uint8

const (
	dualUnknown dual = iota
	dualYes
	dualNo
)

// runListener looks at this host's own sockets; nothing is sent.
func runListener(j job) {
	const check = "listener"
	start := j.env.Now()
	switch {
	case !isOwn(j.step.Addr.Addr(), j.env.Local):
		j.out(skipped(check, "only the sockets of this host can be seen: run it there"), start)
	case j.env.Listeners == nil:
		j.out(skipped(check, "the table of sockets cannot be read here"), start)
	default:
		j.out(j.listener(check), start)
	}
}

func (j job) listener(check string) *Finding {
	all, err := j.env.Listeners(j.ctx)
	if err != nil {
		return skipped(check, "the table of sockets cannot be read: "+err.Error())
	}
	port := j.step.Addr.Port()
	all = slices.DeleteFunc(slices.Clone(all), func(s Socket) bool { return s.Addr.Port() != port })
	if s := j.session(); len(all) == 0 && s != nil && s.dialErr == nil {
		return skipped(check, "no socket here and yet the port answers: the kernel forwards it, as for a published port of a container")
	}
	f := judgeListener(all, j.env.Local, j.seenDual())
	if s := j.session(); s != nil {
		f = withFix(f, s.mta())
	}
	return f
}

// seenDual asks the sessions of this run: an IPv4 address of this host that answers shows that IPv4 is served.
func (j job) seenDual() dual {
	j.run.mu.Lock()
	defer j.run.mu.Unlock()
	out := dualUnknown
	for ap, s := range j.run.seen {
		if ap.Port() != j.step.Addr.Port() || !ap.Addr().Is4() || !isOwn(ap.Addr(), j.env.Local) {
			continue
		}
		if s.dialErr == nil {
			return dualYes
		}
		if smtpwire.ClassOf(s.dialErr) == smtpwire.ClassRefused {
			out = dualNo
		}
	}
	return out
}

// judgeListener says to which of this host's addresses the sockets of one port are bound.
func judgeListener(sockets []Socket, local []netip.Addr, d dual) *Finding {
	var bound, open []string
	var processes []string
	inside, wild4, wild6 := true, false, false
	for _, s := range sockets {
		a := s.Addr.Addr().Unmap()
		bound = append(bound, s.Addr.String())
		if s.Process != "" && !slices.Contains(processes, s.Process) {
			processes = append(processes, s.Process)
		}
		inside = inside && a.IsLoopback()
		wild4 = wild4 || a == netip.IPv4Unspecified() || a == netip.IPv6Unspecified() && d != dualNo
		wild6 = wild6 || a == netip.IPv6Unspecified()
	}
	byWildcard := true
	for _, a := range outward(local) {
		if a.Is4() && wild4 || a.Is6() && wild6 {
			continue
		}
		byWildcard = false
		if !slices.ContainsFunc(sockets, func(s Socket) bool { return s.Addr.Addr().Unmap() == a }) {
			open = append(open, a.String())
		}
	}
	var f *Finding
	switch {
	case len(sockets) == 0:
		f = finding("listener", "none")
	case inside:
		f = finding("listener", "loopback_only")
	case len(open) > 0:
		f = finding("listener", "some").say("no socket for %s of this host", strings.Join(open, ", "))
	case byWildcard:
		f = finding("listener", "wildcard")
	default:
		f = finding("listener", "all")
	}
	slices.Sort(bound)
	f.set("sockets", bound).set("process", processes).set("not_served", open)
	if len(bound) > 0 {
		f.see("listens on %s%s", strings.Join(bound, ", "), heldBy(processes))
	}
	if d == dualUnknown && wild6 && !slices.ContainsFunc(sockets, func(s Socket) bool { return s.Addr.Addr() == netip.IPv4Unspecified() }) {
		f.see("[::] is taken to serve IPv4 too, which is the kernel's default; no IPv4 address was asked")
	}
	return f
}

// outward are the addresses at which other hosts can ask for service.
func outward(local []netip.Addr) []netip.Addr {
	var out []netip.Addr
	for _, a := range local {
		if a = a.Unmap(); !a.IsLoopback() && !a.IsLinkLocalUnicast() {
			out = append(out, a)
		}
	}
	return out
}

func heldBy(processes []string) string {
	if len(processes) == 0 {
		return "" // only root sees the processes of others
	}
	return " (" + strings.Join(processes, ", ") + ")"
}
