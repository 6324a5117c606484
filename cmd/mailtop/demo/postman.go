package demo

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"syscall"
	"time"

	"mailtop/monitor/logsim"
)

// postman is the smtp and lmtp client: it takes a message to the next hops of
// its recipients and logs what each hop said.
type postman struct {
	log   *logsim.Postfix
	now   func() time.Time
	net   *network
	procs *logsim.Procs
	hops  map[string]*hop // by domain
}

// attempt tries every recipient that is left, a connection a next hop.
func (p *postman) attempt(ctx context.Context, m *message) {
	began := p.now()
	byDomain := map[string][]*recipient{}
	var order []string
	for i := range m.rcpts {
		if r := &m.rcpts[i]; !r.done {
			d := strings.ToLower(r.addr[strings.LastIndexByte(r.addr, '@')+1:])
			if byDomain[d] == nil {
				order = append(order, d)
			}
			byDomain[d] = append(byDomain[d], r)
		}
	}
	for _, d := range order {
		p.visit(ctx, m, d, byDomain[d], began)
	}
}

// trip is one connection to one next hop.
type trip struct {
	p     *postman
	m     *message
	hop   *hop
	proc  logsim.Proc
	began time.Time // taken up by the deliverer
	conn  time.Time // about to connect
	ready time.Time // EHLO answered
}

func (p *postman) visit(ctx context.Context, m *message, domain string, rcpts []*recipient, began time.Time) {
	h := p.hops[domain]
	daemon := "smtp"
	if h != nil && h.port == lmtpPort {
		daemon = "lmtp"
	}
	t := &trip{p: p, m: m, hop: h, proc: p.procs.Acquire(daemon), began: began, conn: p.now()}
	defer p.procs.Release(t.proc)
	if h == nil {
		t.all(rcpts, "none", "5.4.4", logsim.Bounced, "Host or domain name not found. Name service error for name="+domain+" type=AAAA: Host not found")
		return
	}
	s, err := p.net.session(ctx, serverV4, netip.AddrPortFrom(h.host.IP, h.port))
	if err != nil {
		t.unreachable(rcpts, err)
		return
	}
	defer s.close()
	t.talk(s, rcpts)
}

// talk has the SMTP or LMTP dialogue.
func (t *trip) talk(s *dialog, rcpts []*recipient) {
	hello := "EHLO"
	if t.hop.port == lmtpPort {
		hello = "LHLO"
	}
	if r, err := s.read(); err != nil || !r.ok() {
		t.failed(rcpts, r, err, "")
		return
	}
	if r, err := s.cmd("%s %s", hello, hostName); err != nil || !r.ok() {
		t.failed(rcpts, r, err, hello)
		return
	}
	t.ready = t.p.now()
	if r, err := s.cmd("MAIL FROM:<%s> SIZE=%d", t.m.from, len(t.m.body)); err != nil || !r.ok() {
		t.failed(rcpts, r, err, "MAIL FROM")
		return
	}
	var taken []*recipient
	for _, to := range rcpts {
		if r, err := s.cmd("RCPT TO:<%s>", to.addr); err != nil || !r.ok() {
			t.failed([]*recipient{to}, r, err, "RCPT TO")
			continue
		}
		taken = append(taken, to)
	}
	if len(taken) > 0 {
		t.content(s, taken)
	}
	s.quit()
}

// content sends the message; LMTP answers for each recipient.
func (t *trip) content(s *dialog, taken []*recipient) {
	r, err := s.data(string(t.m.body))
	for i, to := range taken {
		if i > 0 && t.hop.port == lmtpPort && err == nil {
			r, err = s.read()
		}
		if err != nil || !r.ok() {
			t.failed([]*recipient{to}, r, err, "end of DATA")
			continue
		}
		to.done = true
		t.report(to, t.relay(), dsnOf(r), logsim.Sent, fmt.Sprintf("%d %s", r.code, r.text))
	}
}

// failed settles recipients by a reply that was no success, or by a broken
// connection; in is the command it answered, empty for the greeting.
func (t *trip) failed(rcpts []*recipient, r reply, err error, in string) {
	h := t.hop.host.String()
	switch {
	case err != nil && in == "":
		t.all(rcpts, t.relay(), "4.4.2", logsim.Deferred, "lost connection with "+h+" while receiving the initial server greeting")
	case err != nil:
		t.all(rcpts, t.relay(), "4.4.2", logsim.Deferred, "lost connection with "+h+" while sending "+in)
	case in == "":
		t.all(rcpts, t.relay(), dsnOf(r), statusOf(r), fmt.Sprintf("host %s refused to talk to me: %d %s", h, r.code, r.text))
	default:
		t.all(rcpts, t.relay(), dsnOf(r), statusOf(r), fmt.Sprintf("host %s said: %d %s (in reply to %s command)", h, r.code, r.text, in))
	}
}

func (t *trip) unreachable(rcpts []*recipient, err error) {
	why := "Connection timed out"
	var ne net.Error
	switch {
	case errors.Is(err, syscall.ECONNREFUSED):
		why = "Connection refused"
	case errors.As(err, &ne) && !ne.Timeout():
		why = "Network is unreachable"
	}
	t.p.log.ConnectFailed(t.proc, t.hop.host, int(t.hop.port), why)
	t.all(rcpts, "none", "4.4.1", logsim.Deferred, fmt.Sprintf("connect to %s:%d: %s", t.hop.host, t.hop.port, why))
}

// all settles recipients alike.
func (t *trip) all(rcpts []*recipient, relay, dsn, status, text string) {
	for _, to := range rcpts {
		to.why = text
		if status == logsim.Bounced {
			to.done, to.dead = true, true
		}
		t.report(to, relay, dsn, status, text)
	}
}

// report writes the delivery line.
func (t *trip) report(to *recipient, relay, dsn, status, text string) {
	now := t.p.now()
	ready := t.ready
	if ready.IsZero() {
		ready = now
	}
	t.p.log.Deliver(t.proc, t.m.id, logsim.Delivery{
		To: to.addr, Relay: relay, DSN: dsn, Status: status, Text: text,
		Delays: [4]time.Duration{t.before(), max(t.conn.Sub(t.began), 0), ready.Sub(t.conn), now.Sub(ready)},
	})
}

// before is the time until the queue manager took the message up: its arrival,
// or for a retry all the time it lay deferred.
func (t *trip) before() time.Duration {
	if t.m.tries > 1 {
		return t.began.Sub(t.m.arrived)
	}
	return t.m.queued.Sub(t.m.arrived)
}

func (t *trip) relay() string {
	return fmt.Sprintf("%s:%d", t.hop.host, t.hop.port)
}

func statusOf(r reply) string {
	if r.code >= 500 {
		return logsim.Bounced
	}
	return logsim.Deferred
}

// dsnOf is the enhanced status code of a reply, or what its first digit says.
func dsnOf(r reply) string {
	word, _, _ := strings.Cut(r.text, " ")
	var a, b, c int
	if n, _ := fmt.Sscanf(word, "%d.%d.%d", &a, &b, &c); n == 3 && a == r.code/100 {
		return fmt.Sprintf("%d.%d.%d", a, b, c)
	}
	return fmt.Sprintf("%d.0.0", r.code/100)
}
