package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/netip"
	"os"

	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"mailtop/probes"
)

// Bounds of reading the kernel's tables.
const (
	maxSockets = 4096
	maxFDs     = 200_000
)

const tcpListen = "0A" // TCP_LISTEN in /proc/net/tcp

// inodeSocket is a listening socket with the inode that the processes' descriptors name.
type inodeSocket struct {
	probes.Socket
	inode string
}

// listeners reads the listening TCP sockets of this host, IPv4 and IPv6, and who holds them where that may be seen.
func listeners(ctx context.Context) ([]probes.Socket, error) { return listenersIn(ctx, "/proc") }

func listenersIn(ctx context.Context, proc string) ([]probes.Socket, error) {
	var all []inodeSocket
	for _, name := range []string{"tcp", "tcp6"} {
		f, err := os.Open(filepath.Join(proc, "net", name))
		if errors.Is(err, fs.ErrNotExist) && name == "tcp6" {
			continue // a kernel without IPv6
		}
		if err != nil {
			return nil, err
		}
		list, err := readSockets(f)
		_ = f.Close()
		if err != nil {
			return nil, fmt.Errorf("%s: %w", f.Name(), err)
		}
		all = append(all, list...)
	}
	holders(ctx, proc, all)
	var out []probes.Socket
	for _, s := range all {
		out = append(out, s.Socket)
	}
	return out, nil
}

// readSockets reads a table in the form of /proc/net/tcp (proc_pid_net(5)): number,
// local address, remote address, state, five columns more, inode.
func readSockets(r io.Reader) ([]inodeSocket, error) {
	var out []inodeSocket
	sc := bufio.NewScanner(r)
	for sc.Scan() && len(out) < maxSockets {
		w := strings.Fields(sc.Text())
		if len(w) < 10 || w[3] != tcpListen {
			continue
		}
		ap, err := procAddr(w[1])
		if err != nil {
			return nil, err
		}
		out = append(out, inodeSocket{probes.Socket{Addr: ap}, w[9]})
	}
	return out, sc.Err()
}

// procAddr reads 0100007F:0019: 32-bit words in the machine's byte order, and the port.
func procAddr(s string) (netip.AddrPort, error) {
	addr, port, _ := strings.Cut(s, ":")
	b, err := hex.DecodeString(addr)
	n, perr := strconv.ParseUint(port, 16, 16)
	if err != nil || perr != nil || len(b) != 4 && len(b) != 16 {
		return netip.AddrPort{}, fmt.Errorf("%q is no address of a socket table", s)
	}
	for i := 0; i < len(b); i += 4 {
		binary.NativeEndian.PutUint32(b[i:], binary.BigEndian.Uint32(b[i:]))
	}
	a, _ := netip.AddrFromSlice(b)
	return netip.AddrPortFrom(a, uint16(n)), nil
}

// holders names the process of each socket, the one with the lowest number: a server
// hands its sockets on to its children.
func holders(ctx context.Context, proc string, all []inodeSocket) {
	dirs, err := os.ReadDir(proc)
	if err != nil {
		return
	}
	var pids []int
	for _, d := range dirs {
		if pid, err := strconv.Atoi(d.Name()); err == nil {
			pids = append(pids, pid)
		}
	}
	slices.Sort(pids)
	seen := 0
	for _, pid := range pids {
		dir := filepath.Join(proc, strconv.Itoa(pid))
		fds, err := os.ReadDir(filepath.Join(dir, "fd"))
		if seen += len(fds); err != nil || seen > maxFDs || ctx.Err() != nil {
			continue
		}
		for _, fd := range fds {
			link, _ := os.Readlink(filepath.Join(dir, "fd", fd.Name()))
			inode, ok := strings.CutPrefix(link, "socket:[")
			if !ok {
				continue
			}
			name(all, strings.TrimSuffix(inode, "]"), dir, pid)
		}
	}
}

func name(all []inodeSocket, inode, dir string, pid int) {
	for i := range all {
		if all[i].inode == inode && all[i].Process == "" {
			comm, err := os.ReadFile(filepath.Join(dir, "comm"))
			if err == nil {
				all[i].Process = fmt.Sprintf("%s[%d]", strings.TrimSpace(string(comm)), pid)
			}
		}
	}
}

// ttlDialer connects with packets that routers drop after so many hops, which an
// ordinary user may do: the router's message comes back as the connection's error.
func ttlDialer(source *net.TCPAddr) func(ctx context.Context, ttl int, address string) error {
	return func(ctx context.Context, ttl int, address string) error {
		d := net.Dialer{FallbackDelay: -1, Control: func(network, _ string, c syscall.RawConn) error {
			level, option := unix.IPPROTO_IP, unix.IP_TTL
			if network == "tcp6" {
				level, option = unix.IPPROTO_IPV6, unix.IPV6_UNICAST_HOPS
			}
			var err error
			if cerr := c.Control(func(fd uintptr) { err = unix.SetsockoptInt(int(fd), level, option, ttl) }); cerr != nil {
				return cerr
			}
			return err
		}}
		if source != nil {
			d.LocalAddr = source
		}
		c, err := d.DialContext(ctx, "tcp", address)
		if err != nil {
			return err
		}
		return c.Close()
	}
}
