package source

import (
	"testing"
)

// The containers of a stack have host names of their own; their records are of one host.
func TestOneHost(t *testing.T) {
	dir := t.TempDir()
	one, other := dir+"/postfix.log", dir+"/dovecot.log"
	write(t, one, "Nov 22 03:00:00 a1b2c3 postfix/smtpd[1]: connect from unknown[192.0.2.1]\n")
	write(t, other, "Nov 22 03:00:01 d4e5f6 dovecot: imap-login: Login: user=<a>, method=PLAIN, rip=192.0.2.1, lip=192.0.2.2, mpid=7, session=<x>\n")
	set := NewSet(Options{}, OneHost(newSeries(Options{}, one, nil)), OneHost(newSeries(Options{}, other, nil)))
	out := make(chan *Batch, 4)
	done := make(chan error, 1)
	go func() { done <- set.Run(t.Context(), out); close(out) }()
	n := 0
	for b := range out {
		for i := range b.Events {
			e := &b.Events[i]
			if h := e.String(&b.Block, e.Host); h != "" {
				t.Errorf("host %q", h)
			}
			if e.PID == 0 && e.Session.Len == 0 {
				t.Error("the rest of the event is gone, too")
			}
			n++
		}
		b.Release()
	}
	if err := <-done; err != nil || n != 2 {
		t.Errorf("%d events, %v", n, err)
	}
	if st := set.Status(); st[0].Name != one || st[0].Lines != 1 {
		t.Errorf("status %+v", st[0])
	}
}
