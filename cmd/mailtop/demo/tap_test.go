package demo

import (
	"strings"
	"testing"
)

// TestTapCounts plays chunks as go-smtp hands them over: "C:" from the client,
// "S:" a reply that was written.
func TestTapCounts(t *testing.T) {
	for _, c := range []struct {
		name, stage, want string
		chunks            []string
	}{
		{"nothing", "CONNECT", " commands=0/0", []string{"S:220 mail ESMTP\r\n"}},
		{"one by one", "QUIT", " ehlo=1 mail=1 rcpt=1/2 data=1 quit=1 commands=5/6", []string{
			"S:220 mail\r\n", "C:EHLO x\r\n", "S:250-mail\r\n", "S:250 SIZE\r\n", "C:MAIL FROM:<>\r\n", "S:250 2.0.0 ok\r\n",
			"C:RCPT TO:<a>\r\n", "S:550 5.1.1 no\r\n", "C:RCPT TO:<b>\r\n", "S:250 ok\r\n", "C:DATA\r\n", "S:354 go\r\n",
			"C:Subject: x\r\n\r\nQUIT\r\nRCPT TO:<c>\r\n.\r\n", "S:250 ok\r\n", "C:QUIT\r\n", "S:221 bye\r\n"}},
		{"pipelined", "QUIT", " ehlo=1 mail=1 rcpt=1/2 quit=1 commands=4/5", []string{
			"C:EHLO x\r\n", "S:250 ok\r\n", "C:MAIL FROM:<>\r\nRCPT TO:<a>\r\nRCPT TO:<b>\r\nQUIT\r\n",
			"S:250 ok\r\n", "S:550 no\r\n", "S:250 ok\r\n", "S:221 bye\r\n"}},
		{"commands cut anywhere", "RCPT", " mail=1 rcpt=1 commands=2", []string{
			"C:MA", "C:IL FROM:<a", "C:>\r", "C:\nRC", "S:250 ok\r\n", "C:PT TO:<b>\r\n", "S:250 ok\r\n"}},
		{"the dot over chunks", "NOOP", " data=1 noop=1 commands=2", []string{
			"C:DATA\r\n", "S:354 go\r\n", "C:a\r", "C:\n.", "C:\r\nNOOP\r\n", "S:250 ok\r\n", "S:250 ok\r\n"}},
		{"an empty message", "NOOP", " data=1 noop=1 commands=2", []string{
			"C:DATA\r\n", "S:354 go\r\n", "C:.\r\nNOOP\r\n", "S:250 ok\r\n", "S:250 ok\r\n"}},
		{"within a message", "DATA", " commands=0/0", []string{"C:DATA\r\n", "S:354 go\r\n", "C:QUIT\r\n"}},
		{"AUTH LOGIN", "AUTH", " auth=0/1 commands=0/1", []string{
			"C:AUTH LOGIN\r\n", "S:334 VXNlcm5hbWU6\r\n", "C:UVVJVA==\r\n", "S:334 UGFzc3dvcmQ6\r\n", "C:QUIT\r\n", "S:535 5.7.8 no\r\n"}},
		{"a chunk", "QUIT", " bdat=1 quit=1 commands=2", []string{
			"C:BDAT 10 LAST\r\nQUIT\r\nQUIT", "S:250 ok\r\n", "C:QUIT\r\n", "S:221 bye\r\n"}},
		{"unknown commands", "UNKNOWN", " unknown=0/2 commands=0/2", []string{
			"C:HELLO\r\n", "S:500 what\r\n", "C:250 ok\r\n", "S:500 what\r\n"}},
		{"a client that talks like a server", "UNKNOWN", " mail=1 unknown=0/1 commands=1/2", []string{
			"C:MAIL FROM:<>\r\n", "S:250 ok\r\n", "C:550 no\r\n", "S:500 what\r\n"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tap := &tap{wire: newWire(nil)}
			for _, chunk := range c.chunks {
				who, text, _ := strings.Cut(chunk, ":")
				if who == "S" {
					tap.wire.writes.Add(1)
				}
				tap.Write([]byte(text))
			}
			if got := tap.commands.String(); got != c.want {
				t.Errorf("counters %q, want %q", got, c.want)
			}
			if got := tap.stage(); got != c.stage {
				t.Errorf("stage %q, want %q", got, c.stage)
			}
		})
	}
}

func FuzzTap(f *testing.F) {
	f.Add([]byte("EHLO x\r\nDATA\r\n"), []byte("354 go\r\n"), []byte("x\r\n.\r\nBDAT 99999999999999999999\r\n"))
	f.Add([]byte("BDAT -5\r\n"), []byte("250 ok\r\n"), []byte("\x00\xff"))
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		tap := &tap{wire: newWire(nil)}
		for i, p := range [][]byte{a, b, c, b, a} {
			if i%2 == 1 {
				tap.wire.writes.Add(1)
				if len(p) > 0 && p[0] == '4' {
					continue // 421 closes the wire, which this one does not have
				}
			}
			if n, err := tap.Write(p); n != len(p) || err != nil {
				t.Fatalf("Write = %d, %v", n, err)
			}
		}
		if len(tap.line) > maxTapLine || len(tap.tail) > len(a)+len(b)+len(c)+8 {
			t.Fatalf("kept %d bytes of a line, %d of text", len(tap.line), len(tap.tail))
		}
		if s := tap.commands.String(); !strings.Contains(s, "commands=") {
			t.Fatalf("counters %q", s)
		}
	})
}
