package demo

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/netip"
	"slices"
	"strings"
	"time"
)

// stage is one staged attack or trouble. It comes, lasts half a minute to a
// minute, and goes.
type stage struct {
	name string // for Options.Stages
	rule string // the rule that should find it
	play func(*player, context.Context, *rand.Rand, int)
}

// stages in the order in which they come; then they come again, from other
// addresses.
var stages = [...]stage{
	{"guessing", "auth.bruteforce", (*player).guessing},
	{"hijack", "account.compromised", (*player).hijack},
	{"queue", "queue.growth", (*player).deferring},
	{"spray", "auth.spray", (*player).spray},
	{"flood", "dos.flood", (*player).flood},
	{"relay", "relay.probe", (*player).relayProbe},
}

// knownStages says which of the names is no stage.
func knownStages(names []string) error {
	var known []string
	for _, s := range stages {
		known = append(known, s.name)
	}
	for _, n := range names {
		if !slices.Contains(known, n) {
			return fmt.Errorf("demo: no stage %q (there are %s)", n, strings.Join(known, ", "))
		}
	}
	return nil
}

const (
	firstStage = 3 * time.Second
	stagePause = 12 * time.Second // in the first round
	laterPause = 40 * time.Second
)

// staged plays the stages that only names, or all, until ctx ends.
func (p *player) staged(ctx context.Context, only []string) {
	var list []stage
	for _, s := range stages {
		if len(only) == 0 || slices.Contains(only, s.name) {
			list = append(list, s)
		}
	}
	r := p.rng(100)
	ok := p.pause(ctx, firstStage)
	for i := 0; ok && len(list) > 0; i++ {
		s := list[i%len(list)]
		p.stage(s.rule)
		s.play(p, ctx, rand.New(rand.NewPCG(r.Uint64(), 7)), i/len(list))
		p.stage("")
		gap := stagePause
		if i >= len(list)-1 {
			gap = laterPause
		}
		ok = p.pause(ctx, gap)
	}
}

// attacker is an address on the internet, another one each time.
func attacker(r *rand.Rand) netip.Addr {
	return netip.AddrFrom4([4]byte{198, byte(18 + r.IntN(2)), byte(1 + r.IntN(250)), byte(1 + r.IntN(250))})
}

// guess tries one password in a session of its own and hangs up without QUIT,
// as the tools do; it says whether the password was right.
func (p *player) guess(ctx context.Context, from netip.Addr, user, password string) bool {
	s, ok, err := p.login(ctx, from, 587, "LOGIN", "User", user, password)
	if s != nil {
		s.close()
	}
	return err == nil && ok
}

// guessing tries passwords on one account: 18 in about 40 seconds.
func (p *player) guessing(ctx context.Context, r *rand.Rand, round int) {
	from := attacker(r)
	who := p.people.all[(3+round*7)%len(p.people.all)]
	for i := range 18 {
		p.guess(ctx, from, who.user, weakPasswords[i])
		if !p.pause(ctx, jitter(r, 2200*time.Millisecond)) {
			return
		}
	}
}

// jitter is d, more or less a quarter.
func jitter(r *rand.Rand, d time.Duration) time.Duration {
	return d*3/4 + time.Duration(r.Int64N(int64(d)/2))
}

// spray tries one password on many accounts, some of which do not exist.
func (p *player) spray(ctx context.Context, r *rand.Rand, _ int) {
	from := attacker(r)
	for i, n := range r.Perm(len(p.people.all))[:32] {
		user := p.people.all[n].user
		if i%4 == 3 {
			user = firstNames[n%len(firstNames)] + "@" + ourDomain
		}
		p.guess(ctx, from, user, "Winter2026!")
		if !p.pause(ctx, jitter(r, 1300*time.Millisecond)) {
			return
		}
	}
}

// hijack guesses the password of a forgotten account, hands it to bots in other
// networks, and sends spam through it until the admin changes the password.
func (p *player) hijack(ctx context.Context, r *rand.Rand, round int) {
	user := forgotten[round%len(forgotten)] + "@" + ourDomain
	secret := weakPasswords[len(weakPasswords)-1]
	from := attacker(r)
	for _, other := range []string{"admin@", "info@", "sales@"} {
		p.guess(ctx, from, other+ourDomain, weakPasswords[0])
	}
	for _, pw := range weakPasswords {
		if p.guess(ctx, from, user, pw) {
			break
		}
		if !p.pause(ctx, jitter(r, 500*time.Millisecond)) {
			return
		}
	}
	p.burst(ctx, r, append(bots(r), from), user, secret)
	fresh := fmt.Sprintf("%016x", r.Uint64())
	p.people.setPassword(user, fresh)
	defer p.people.setPassword(user, secret) // for the next round
	for range 3 {
		p.guess(ctx, from, user, secret)
		if !p.pause(ctx, jitter(r, 2*time.Second)) {
			return
		}
	}
}

// bots are hosts in networks far from each other.
func bots(r *rand.Rand) []netip.Addr {
	b := byte(60 + r.IntN(100))
	return []netip.Addr{
		netip.AddrFrom4([4]byte{198, 18, b, 9}), netip.AddrFrom4([4]byte{198, 19, b, 77}),
		netip.AddrFrom4([4]byte{203, 0, 113, 230 + b%16}), netip.AddrFrom4([4]byte{192, 0, 2, 200 + b%32}),
		netip.MustParseAddr(fmt.Sprintf("2001:db8:bad:%x::1", b)),
	}
}

// burst sends spam to 144 recipients through one account, from every bot.
func (p *player) burst(ctx context.Context, r *rand.Rand, from []netip.Addr, user, password string) {
	for i := range 18 {
		s, ok, err := p.login(ctx, from[i%len(from)], 587, "PLAIN", "bulk", user, password)
		if err != nil || !ok {
			if s != nil {
				s.close()
			}
			return
		}
		var to []string
		domain := []string{"bigmail.example", "freemail.example"}[r.IntN(2)]
		for range 8 {
			to = append(to, fmt.Sprintf("%s%d@%s", firstNames[r.IntN(len(firstNames))], r.IntN(1000), domain))
		}
		s.send(user, to, letter(r, user, to[0], spamWord, 1500))
		s.quit()
		if !p.pause(ctx, jitter(r, 1400*time.Millisecond)) {
			return
		}
	}
}

// deferring is a destination that answers 4xx while 75 people write to it: the
// queue grows to 300, then the host recovers and the queue drains.
func (p *player) deferring(ctx context.Context, r *rand.Rand, _ int) {
	h := p.hopOf(slowDomain)
	h.down.Store(true)
	defer h.down.Store(false)
	order := r.Perm(len(p.people.all))
	for _, i := range order[:75] {
		who := p.people.all[i]
		if s := p.submit(ctx, who, who.password); s != nil {
			for range 4 {
				to := fmt.Sprintf("%s@%s", firstNames[r.IntN(len(firstNames))], slowDomain)
				s.send(who.user, []string{to}, letter(r, who.user, to, "", 800))
			}
			s.quit()
		}
		if !p.pause(ctx, jitter(r, 550*time.Millisecond)) {
			return
		}
	}
	if !p.pause(ctx, 8*time.Second) {
		return
	}
	h.down.Store(false)
	for i := 0; i < 25 && p.queued() > 20; i++ {
		if !p.pause(ctx, 2*time.Second) {
			return
		}
	}
}

func (p *player) hopOf(domain string) *hop {
	for _, h := range p.hops {
		if h.domain == domain {
			return h
		}
	}
	return nil
}

// flood opens connection upon connection from one address, two a second and
// more, and never sends mail.
func (p *player) flood(ctx context.Context, r *rand.Rand, _ int) {
	from := attacker(r)
	for range 140 {
		p.begin(ctx, func(ctx context.Context) {
			s, err := p.net.session(ctx, from, serverFor(from, 25))
			if err != nil {
				return
			}
			s.read()
			p.pause(ctx, 300*time.Millisecond)
			s.close()
		})
		if !p.pause(ctx, jitter(r, 360*time.Millisecond)) {
			return
		}
	}
}

// relayProbe asks to relay in all the classic ways.
func (p *player) relayProbe(ctx context.Context, r *rand.Rand, _ int) {
	from := attacker(r)
	for i := range 14 {
		s, err := p.net.session(ctx, from, serverFor(from, 25))
		if err != nil {
			return
		}
		if s.greet("relaytest.vps.example", false) == nil {
			far := fmt.Sprintf("dropbox%02d.example", i)
			for _, to := range relayForms(far) {
				s.cmd("MAIL FROM:<%s>", []string{"test@" + ourDomain, "", "probe@" + far}[r.IntN(3)])
				s.cmd("RCPT TO:<%s>", to)
				s.cmd("RSET")
			}
			s.quit()
		} else {
			s.close()
		}
		if !p.pause(ctx, jitter(r, 2500*time.Millisecond)) {
			return
		}
	}
}

// relayForms are the ways in which a badly set up server was once tricked.
func relayForms(far string) []string {
	return []string{"relaytest@" + far, "relaytest%" + far + "@" + ourDomain}
}
