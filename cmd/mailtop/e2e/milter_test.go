//go:build e2e

package e2e

import (
	"bufio"
	"encoding/binary"
	"errors"
	"io"
	"net"
	"strings"
)

// Commands and replies of the Sendmail milter protocol, version 6.
const (
	milterNegotiate = 'O'
	milterMacros    = 'D'
	milterRcpt      = 'R'
	milterEnd       = 'E'
	milterQuit      = 'Q'
	milterAbort     = 'A'

	milterContinue   = 'c'
	milterReject     = 'r'
	milterTempfail   = 't'
	milterDiscard    = 'd'
	milterReply      = 'y'
	milterQuarantine = 'q'
	milterAccept     = 'a'
)

// serveMilter answers one milter client. What it says depends on the local part
// of the last recipient.
func serveMilter(c net.Conn) {
	r := bufio.NewReader(c)
	var rcpt string
	for {
		cmd, body, err := readPacket(r)
		if err != nil || cmd == milterQuit {
			return
		}
		if cmd == milterRcpt {
			rcpt = localPart(body)
		}
		for _, p := range milterAnswer(cmd, rcpt) {
			if _, err := c.Write(p); err != nil {
				return
			}
		}
	}
}

// milterAnswer gives the packets that answer a command.
func milterAnswer(cmd byte, rcpt string) [][]byte {
	switch {
	case cmd == milterNegotiate:
		// version 6, all actions, every step wanted
		return [][]byte{packet(milterNegotiate, string([]byte{0, 0, 0, 6, 0, 0, 1, 0xff, 0, 0, 0, 0}))}
	case cmd == milterMacros || cmd == milterAbort:
		return nil
	case cmd == milterRcpt && rcpt == "milter-rcpt":
		return [][]byte{packet(milterReply, "550 5.7.1 milter says no to this recipient\x00")}
	case cmd == milterRcpt && rcpt == "milter-defer":
		return [][]byte{packet(milterTempfail, "")}
	case cmd != milterEnd:
		return [][]byte{packet(milterContinue, "")}
	}
	switch rcpt {
	case "milter-reject":
		return [][]byte{packet(milterReject, "")}
	case "milter-virus":
		return [][]byte{packet(milterReply, "554 5.7.1 infected by Eicar-Test-Signature\x00")}
	case "milter-discard":
		return [][]byte{packet(milterDiscard, "")}
	case "milter-hold":
		return [][]byte{packet(milterQuarantine, "looks odd\x00"), packet(milterAccept, "")}
	}
	return [][]byte{packet(milterAccept, "")}
}

func localPart(body string) string {
	s := strings.TrimPrefix(body, "<")
	s, _, _ = strings.Cut(s, "@")
	return s
}

func packet(cmd byte, body string) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(1+len(body)))
	return append(append(b, cmd), body...)
}

func readPacket(r io.Reader) (byte, string, error) {
	var head [5]byte
	if _, err := io.ReadFull(r, head[:]); err != nil {
		return 0, "", err
	}
	n := binary.BigEndian.Uint32(head[:4])
	if n == 0 || n > 1<<20 {
		return 0, "", errors.New("milter packet of a wrong size")
	}
	body := make([]byte, n-1)
	_, err := io.ReadFull(r, body)
	return head[4], string(body), err
}
