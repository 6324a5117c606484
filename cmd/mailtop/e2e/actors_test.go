//go:build e2e

package e2e

import (
	"errors"
	"fmt"
	"sync"
)

// Source addresses of those who act. mailtop must name the attackers and be
// silent about the innocents.
const (
	bruteforcer = "127.1.61.1"
	sprayer     = "127.1.62.2"
	hijacker    = "127.1.63.3"
	relayProber = "127.1.64.4"
	flooder     = "127.1.65.5"
	imapGuesser = "127.1.66.6" // only ever seen by Dovecot

	alicePhone  = "127.1.0.1" // mistypes twice, then gets in
	bobDesk     = "127.1.0.2"
	carolPhone  = "127.1.10.3" // logs in, then keeps trying an old password
	newsHost    = "127.1.0.4"  // a newsletter, through port 465
	daveDesk    = "127.1.0.5"  // his mail goes to a destination that defers
	monitorHost = "127.1.0.9"  // connects and quits
	peerServer  = "127.1.20.1"
	staleServer = "127.1.20.2" // sends to a user who is gone
	ownHost     = "127.0.0.1"  // webmail on the host itself
)

var innocents = []string{alicePhone, bobDesk, newsHost, daveDesk, monitorHost, peerServer, staleServer}

// truth is what the clients did and what the server answered them.
type truth struct {
	mu          sync.Mutex
	Accepted    []string // queue ids that the server gave out
	Recipients  int      // of the accepted messages
	AuthFail    map[string]int
	AuthOK      map[string]int
	IMAPFail    map[string]int
	IMAPOK      int
	RelayDenied int
	UserUnknown int
	Connects    map[string]int // sessions by source
	RateLimited int            // connections that were turned away with 421
}

func newTruth() *truth {
	return &truth{AuthFail: map[string]int{}, IMAPFail: map[string]int{}, AuthOK: map[string]int{}, Connects: map[string]int{}}
}

// mail is one message of an actor.
type mail struct {
	from string
	to   []string
}

// guessers is how many sessions guess at the same time: Dovecot answers wrong
// passwords only every half second.
const guessers = 6

// guess tries wrong passwords, each in a session of its own as guessers do.
func (l *lab) guess(tr *truth, src string, users ...string) error {
	errs := make([]error, len(users))
	slots := make(chan struct{}, guessers)
	var wg sync.WaitGroup
	for i, u := range users {
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			if err := l.try(tr, src, 535, u, fmt.Sprintf("guess-%d", i)); err != nil {
				errs[i] = fmt.Errorf("%s guesses for %s: %w", src, u, err)
			}
		})
	}
	wg.Wait()
	return errors.Join(errs...)
}

// try makes one login attempt in a submission session that does nothing else.
func (l *lab) try(tr *truth, src string, want int, user, pass string) error {
	c, err := l.submit(src)
	if err != nil {
		return err
	}
	defer c.close()
	if err := c.plain(want, user, pass); err != nil {
		return err
	}
	tr.mu.Lock()
	tr.Connects[src]++
	if want == 535 {
		tr.AuthFail[src]++
	} else {
		tr.AuthOK[src]++
	}
	tr.mu.Unlock()
	return c.quit()
}

// userSends is a user who first gives wrong passwords, then the right one, then sends.
func (l *lab) userSends(tr *truth, src, user string, wrong int, mails ...mail) error {
	c, err := l.submit(src)
	if err != nil {
		return err
	}
	tr.Connects[src]++
	defer c.close()
	for range wrong {
		if err := c.login(535, address(user), "mistyped"); err != nil {
			return err
		}
		tr.AuthFail[src]++
	}
	if err := c.login(235, address(user), password(user)); err != nil {
		return err
	}
	tr.AuthOK[src]++
	return l.sendAll(tr, c, mails)
}

func (l *lab) sendAll(tr *truth, c *client, mails []mail) error {
	for i, m := range mails {
		id, err := c.send(m.from, m.to, fmt.Sprintf("mail %d", i))
		if err != nil {
			return err
		}
		tr.Accepted = append(tr.Accepted, id)
		tr.Recipients += len(m.to)
	}
	return c.quit()
}

// inbound is another mail server that delivers to port 25.
func (l *lab) inbound(tr *truth, src string, mails ...mail) error {
	c, err := dial(src, l.addr(l.SMTP))
	if err != nil {
		return err
	}
	tr.Connects[src]++
	defer c.close()
	if err := c.starttls("mail.peer.example"); err != nil {
		return err
	}
	return l.sendAll(tr, c, mails)
}

// refused asks port 25 for one recipient after the other and wants each refused with code.
func (l *lab) refused(tr *truth, src string, code int, count *int, recipients ...string) error {
	c, err := dial(src, l.addr(l.SMTP))
	if err != nil {
		return err
	}
	tr.Connects[src]++
	defer c.close()
	if err := errors.Join(c.cmd(2, "EHLO probe.example"), c.cmd(2, "MAIL FROM:<someone@else.example>")); err != nil {
		return err
	}
	for _, r := range recipients {
		if err := c.cmd(code, "RCPT TO:<%s>", r); err != nil {
			return err
		}
		*count++
	}
	return c.quit()
}

// knock connects and quits n times, counting those that the server turned away.
func (l *lab) knock(tr *truth, src string, n int) error {
	for range n {
		c, err := dial(src, l.addr(l.SMTP))
		tr.Connects[src]++
		if err != nil {
			tr.RateLimited++
			continue
		}
		if err := c.quit(); err != nil {
			return err
		}
	}
	return nil
}

// readsMail logs in by IMAP, first with wrong passwords, then with the right one
// where there is one.
func (l *lab) readsMail(tr *truth, src, user string, wrong int, right bool) error {
	passwords := repeat("wrong", wrong)
	want := 0
	if right {
		passwords, want = append(passwords, password(user)), 1
	}
	ok, err := l.imapLogin(src, address(user), passwords...)
	if err != nil {
		return err
	}
	if ok != want {
		return fmt.Errorf("%s logged in %d times as %s, want %d", src, ok, user, want)
	}
	tr.IMAPOK += want
	if wrong > 0 {
		tr.IMAPFail[src] += wrong
	}
	return nil
}

func repeat(s string, n int) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = s
	}
	return out
}

// numbered gives n addresses in n domains below base.
func numbered(n int, base string) []string {
	out := make([]string, n)
	for i := range out {
		out[i] = fmt.Sprintf("person%d@d%d.%s", i, i, base)
	}
	return out
}
