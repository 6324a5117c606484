package demo

import (
	"errors"
	"net"
	"testing"
)

// TestConnectionAcceptedAtTheEnd: a connection that arrives while the demo
// closes is closed at once. It once waited for a lock that the closing held.
func TestConnectionAcceptedAtTheEnd(t *testing.T) {
	l, err := listenLoopback()
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	var o open
	o.closeAll()
	if _, err := (&tracked{l, &o}).Accept(); !errors.Is(err, net.ErrClosed) {
		t.Errorf("Accept after the end: %v, want %v", err, net.ErrClosed)
	}
	if _, err := c.Read(make([]byte, 1)); err == nil {
		t.Error("the connection stayed open")
	}
}
