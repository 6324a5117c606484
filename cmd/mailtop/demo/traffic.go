package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"strings"
	"sync"
	"time"
)

// player makes the demo's traffic: every act is a real session on loopback.
type player struct {
	net      *network
	people   *people
	partners []partner
	hops     []*hop
	speed    float64
	seed     uint64
	wg       sync.WaitGroup
	busy     chan struct{} // bounds sessions at once
	stage    func(string)
	queued   func() int
}

// maxPlaying bounds how many sessions the players hold open at once.
const maxPlaying = 24

// rng is a generator of its own for each part of the traffic, so that one part
// does not shift another.
func (p *player) rng(part uint64) *rand.Rand { return rand.New(rand.NewPCG(p.seed, part)) }

// pause waits for d, shortened by the demo's speed; false when ctx ended.
func (p *player) pause(ctx context.Context, d time.Duration) bool {
	t := time.NewTimer(time.Duration(float64(d) / p.speed))
	defer t.Stop()
	select {
	case <-t.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// begin runs one session beside the others, when there is room.
func (p *player) begin(ctx context.Context, f func(context.Context)) {
	select {
	case p.busy <- struct{}{}:
	case <-ctx.Done():
		return
	}
	p.wg.Go(func() {
		defer func() { <-p.busy }()
		f(ctx)
	})
}

// Mean gaps of the normal traffic.
const (
	inboundGap  = 900 * time.Millisecond
	outboundGap = 2500 * time.Millisecond
	typoGap     = 2 * time.Minute
	monitorGap  = 20 * time.Second
	phoneGap    = 150 * time.Second
	loginGap    = 400 * time.Millisecond // the morning's logins, one for each account
)

// normal runs the traffic of an ordinary day until ctx ends.
func (p *player) normal(ctx context.Context) {
	p.poisson(ctx, 1, inboundGap, p.inbound)
	p.poisson(ctx, 2, outboundGap, p.outbound)
	p.poisson(ctx, 3, typoGap, p.typo)
	p.poisson(ctx, 4, monitorGap, p.monitor)
	p.poisson(ctx, 5, phoneGap, p.phone)
	p.wg.Go(func() { p.morning(ctx, p.rng(6)) })
}

// poisson plays an act again and again, with exponential gaps.
func (p *player) poisson(ctx context.Context, part uint64, gap time.Duration, act func(context.Context, *rand.Rand)) {
	r := p.rng(part)
	p.wg.Go(func() {
		for p.pause(ctx, time.Duration(min(r.ExpFloat64(), 4)*float64(gap))) {
			seed := rand.New(rand.NewPCG(r.Uint64(), part))
			p.begin(ctx, func(ctx context.Context) { act(ctx, seed) })
		}
	})
}

// morning logs every account in once, as clients do when people come to work.
func (p *player) morning(ctx context.Context, r *rand.Rand) {
	for _, i := range r.Perm(len(p.people.all)) {
		who := p.people.all[i]
		p.begin(ctx, func(ctx context.Context) {
			if s := p.submit(ctx, who, who.password); s != nil {
				s.quit()
			}
		})
		if !p.pause(ctx, loginGap) {
			return
		}
	}
}

// submit opens an authenticated session for a user; nil when anything failed.
func (p *player) submit(ctx context.Context, who person, password string) *dialog {
	port := uint16(587)
	if who.home.As16()[15]%3 == 0 {
		port = 465
	}
	s, ok, err := p.login(ctx, who.home, port, "PLAIN", helloName(who.home), who.user, password)
	if err != nil || !ok {
		if s != nil {
			s.quit()
		}
		return nil
	}
	return s
}

// login opens a session and tries a password.
func (p *player) login(ctx context.Context, from netip.Addr, port uint16, mech, helo, user, password string) (*dialog, bool, error) {
	s, err := p.net.session(ctx, from, serverFor(from, port))
	if err != nil {
		return nil, false, err
	}
	if port == 465 {
		err = s.secure()
	}
	if err == nil {
		err = s.greet(helo, port != 465)
	}
	if err != nil {
		s.close()
		return nil, false, err
	}
	ok, err := s.auth(mech, user, password)
	return s, ok, err
}

func helloName(a netip.Addr) string {
	if a.Is4() {
		return "[" + a.String() + "]"
	}
	return "[IPv6:" + a.String() + "]"
}

// inbound is a partner's mail host with mail for one to three of us.
func (p *player) inbound(ctx context.Context, r *rand.Rand) {
	from := p.partners[r.IntN(len(p.partners))]
	s, err := p.net.session(ctx, from.ip, serverFor(from.ip, 25))
	if err != nil {
		return
	}
	defer s.quit()
	if err := s.greet(from.host, r.IntN(10) < 8); err != nil {
		return
	}
	var to []string
	for range 1 + r.IntN(3)*r.IntN(2) {
		to = append(to, p.someone(r).user)
	}
	if r.IntN(25) == 0 {
		to = append(to, "former."+p.someone(r).user)
	}
	sender := strings.SplitN(p.someone(r).user, "@", 2)[0] + "@" + from.domain
	s.send(sender, to, letter(r, sender, to[0], "", 600+r.IntN(4000)))
}

func (p *player) someone(r *rand.Rand) person { return p.people.all[r.IntN(len(p.people.all))] }

// outbound is one of us writing to the world, or to a colleague.
func (p *player) outbound(ctx context.Context, r *rand.Rand) {
	who := p.someone(r)
	s := p.submit(ctx, who, who.password)
	if s == nil {
		return
	}
	defer s.quit()
	to := []string{p.someone(r).user}
	if r.IntN(10) < 8 {
		to[0] = p.stranger(r)
	}
	s.send(who.user, to, letter(r, who.user, to[0], "", 500+r.IntN(3000)))
}

// stranger is an address out in the world that nearly always exists.
func (p *player) stranger(r *rand.Rand) string {
	for {
		h := p.hops[1+r.IntN(len(p.hops)-1)]
		a := fmt.Sprintf("%s.%s@%s", firstNames[r.IntN(len(firstNames))], surnames[r.IntN(len(surnames))], h.domain)
		if h.domain != slowDomain && (h.policy == takesAll || exists(a) || r.IntN(12) == 0) {
			return a
		}
	}
}

// typo is one of us mistyping the password, then getting it right.
func (p *player) typo(ctx context.Context, r *rand.Rand) {
	who := p.someone(r)
	if s, _, err := p.login(ctx, who.home, 587, "LOGIN", helloName(who.home), who.user, who.password[1:]); err == nil {
		s.quit()
	}
	if !p.pause(ctx, time.Duration(2+r.IntN(4))*time.Second) {
		return
	}
	if s := p.submit(ctx, who, who.password); s != nil {
		s.quit()
	}
}

// monitor is a check from outside: EHLO and QUIT.
func (p *player) monitor(ctx context.Context, _ *rand.Rand) {
	s, err := p.net.session(ctx, monitorHost, serverFor(monitorHost, 25))
	if err != nil {
		return
	}
	defer s.quit()
	s.greet("probe.watch.example", false)
}

// phone is a phone with last year's password, at the home of somebody whose
// laptop logs in as well.
func (p *player) phone(ctx context.Context, r *rand.Rand) {
	who := p.people.all[len(p.people.all)-2]
	if laptop := p.submit(ctx, who, who.password); laptop != nil {
		laptop.quit()
	}
	for range 1 + r.IntN(3) {
		s, _, err := p.login(ctx, who.home, 587, "PLAIN", helloName(who.home), who.user, "last-year")
		if err == nil {
			s.quit()
		}
		if !p.pause(ctx, 20*time.Second) {
			return
		}
	}
}

// letter makes a message of about size bytes.
func letter(r *rand.Rand, from, to, word string, size int) string {
	var w strings.Builder
	_, domain, _ := strings.Cut(from, "@")
	fmt.Fprintf(&w, "From: <%s>\r\nTo: <%s>\r\nSubject: %s %04x\r\nMessage-ID: <%016X@%s>\r\n\r\n", from, to, subjects[r.IntN(len(subjects))], r.Uint32()&0xffff, r.Uint64(), domain)
	if word != "" {
		fmt.Fprintf(&w, "The best %s of town.\r\n", word)
	}
	for w.Len() < size {
		w.WriteString("It was the best of ports, it was the worst of ports.\r\n")
	}
	return w.String()
}

var subjects = strings.Fields("Invoice Meeting Offer Minutes Lunch Report Order Reminder")
