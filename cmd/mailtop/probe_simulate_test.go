package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"mailtop/probes/smtpwire"
)

// TestSimulation: a program on a pair of sockets is a server like any other, its
// remarks before the greeting apart, and is gone when the connection is closed.
func TestSimulation(t *testing.T) {
	dir := t.TempDir()
	script := filepath.Join(dir, "exim4")
	text := `#!/bin/sh
printf '\n**** SMTP testing session as if from host %s\n**** This is not for real!\n\n220 mx.example.org ESMTP Exim 4.96\r\n' "$2"
read line
echo $$ > ` + filepath.Join(dir, "pid") + `
printf '250 mx.example.org Hello\r\n'
exec sleep 600
`
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	conn, err := startSimulation(context.Background(), script, "-bh", "198.51.100.7")
	if err != nil {
		t.Fatal(err)
	}
	c := smtpwire.New(context.Background(), conn, smtpwire.Options{Now: time.Now, Hello: "client.example.net"})
	if r, err := c.Banner(); err != nil || r.Code != 220 {
		t.Errorf("greeting %v, %v", r, err)
	}
	if r, err := c.Ehlo(); err != nil || r.Code != 250 {
		t.Errorf("EHLO %v, %v", r, err)
	}
	for _, r := range c.Record() {
		if strings.Contains(string(r.Bytes), "****") {
			t.Errorf("a remark in the record: %q", r.Bytes)
		}
	}
	c.Close()
	pid, err := os.ReadFile(filepath.Join(dir, "pid"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat("/proc/" + strings.TrimSpace(string(pid))); err == nil {
		t.Error("the program still runs")
	}
	if _, err := startSimulation(context.Background(), filepath.Join(dir, "none")); err == nil {
		t.Error("a program that is not there, and no error")
	}
}
