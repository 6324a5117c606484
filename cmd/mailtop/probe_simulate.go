package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// eximNames are the names under which Exim's daemon is installed.
var eximNames = []string{"exim4", "exim"}

// simulateExim opens a dialogue with "exim -bh CLIENT": Exim answers as it would a
// client from there. It writes nothing, takes no message and asks no other host.
func simulateExim(ctx context.Context, client netip.Addr, server netip.AddrPort) (net.Conn, error) {
	for _, name := range eximNames {
		for _, dir := range []string{"", "/usr/sbin/", "/usr/exim/bin/"} {
			if path, err := exec.LookPath(dir + name); err == nil {
				return startSimulation(ctx, path, "-bh", client.String(), "-oMi", fmt.Sprintf("%s.%d", server.Addr(), server.Port()))
			}
		}
	}
	return nil, errors.New("no exim here")
}

// simulation is a program that talks SMTP on its standard input and output.
type simulation struct {
	net.Conn
	in   *bufio.Reader
	told bool // the remarks before the greeting are over
	end  func()
	once sync.Once
}

// startSimulation gives the program one end of a pair of sockets; it is killed when ctx ends or the connection is closed.
func startSimulation(ctx context.Context, path string, args ...string) (net.Conn, error) {
	fds, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	ours, theirs := os.NewFile(uintptr(fds[0]), "ours"), os.NewFile(uintptr(fds[1]), "theirs")
	defer theirs.Close()
	conn, err := net.FileConn(ours)
	_ = ours.Close()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stdin, cmd.Stdout, cmd.WaitDelay = theirs, theirs, time.Second
	if err := cmd.Start(); err != nil {
		cancel()
		_ = conn.Close()
		return nil, err
	}
	return &simulation{Conn: conn, in: bufio.NewReader(conn), end: func() { cancel(); _ = cmd.Wait() }}, nil
}

const maxRemarks = 20 // lines before the greeting

// Read leaves out what Exim says to a person before the greeting: lines with stars, and empty ones.
func (s *simulation) Read(p []byte) (int, error) {
	for n := 0; !s.told && n < maxRemarks; n++ {
		b, err := s.in.Peek(1)
		if err != nil {
			return 0, err
		}
		if b[0] != '*' && b[0] != '\n' && b[0] != '\r' {
			break
		}
		if _, err := s.in.ReadSlice('\n'); err != nil {
			return 0, err
		}
	}
	s.told = true
	return s.in.Read(p)
}

// Close ends the program as well.
func (s *simulation) Close() error {
	err := s.Conn.Close()
	s.once.Do(s.end)
	return err
}
