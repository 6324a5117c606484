package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"mailtop/probes"
)

const (
	pfStamp  = "Nov 22 04:18:10 mail "
	pfSent   = pfStamp + "postfix/smtp[7]: %s: to=<%s>, relay=mx.example.net[203.0.113.1]:25, delay=0.1, delays=0.03/0.01/0.03/0.03, dsn=2.0.0, status=sent (250 2.0.0 Ok: queued as 9F00AA)\n"
	pfDefer  = pfStamp + "postfix/smtp[7]: %s: to=<%s>, relay=mx.example.net[203.0.113.1]:25, delay=0.1, delays=0.03/0.01/0.03/0.03, dsn=4.2.0, status=deferred (host mx.example.net[203.0.113.1] said: 450 4.2.0 <%[2]s>: Recipient address rejected: Greylisted (in reply to RCPT TO command))\n"
	pfBounce = pfStamp + "postfix/smtp[7]: %s: to=<%s>, relay=mx.example.net[203.0.113.1]:25, delay=0.1, delays=0.03/0.01/0.03/0.03, dsn=5.1.1, status=bounced (host mx.example.net[203.0.113.1] said: 550 5.1.1 no such user (in reply to RCPT TO command))\n"
	pfNotice = pfStamp + "postfix/bounce[8]: %s: sender non-delivery notification: 4CCCCCCCCC\n"
	pfFilter = pfStamp + "postfix/smtp[7]: %s: to=<me@example.net>, relay=127.0.0.1[127.0.0.1]:10024, delay=0.1, delays=0.03/0.01/0.03/0.03, dsn=2.0.0, status=sent (250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok: queued as 4BBBBBBBBB)\n"
	pfQueued = pfStamp + "postfix/qmgr[9]: %s: from=<a@example.org>, size=500, nrcpt=1 (queue active)\n"
	pfGone   = pfStamp + "postfix/qmgr[9]: %s: removed\n"
)

// TestFollowLog: the life of a message comes from the lines of its own queue id that were written after the start, and ends with it.
func TestFollowLog(t *testing.T) {
	const id, to = "4A1B2C3D4E", "me@example.net"
	f := fmt.Sprintf
	for _, c := range []struct {
		name  string
		lines []string
		until string // the step after which the caller wants no more
		steps string
		want  probes.Fate
	}{
		{"sent", []string{f(pfSent, "4FFFFFFFFF", "other@example.net"), f(pfQueued, id), f(pfSent, id, to), f(pfGone, id)}, "", "queued sent removed",
			probes.Fate{Status: "sent", To: to, Relay: "mx.example.net [203.0.113.1]", RemoteID: "9F00AA"}},
		{"removal is not logged", []string{f(pfSent, id, to)}, "", "sent", probes.Fate{Status: "sent", To: to, Relay: "mx.example.net [203.0.113.1]", RemoteID: "9F00AA"}},
		{"deferred, then taken", []string{f(pfQueued, id), f(pfDefer, id, to), f(pfQueued, id), f(pfSent, id, to), f(pfGone, id)}, "", "queued deferred:greylist queued sent removed",
			probes.Fate{Status: "sent", To: to, Relay: "mx.example.net [203.0.113.1]", RemoteID: "9F00AA"}},
		{"deferred, and that is enough", []string{f(pfQueued, id), f(pfDefer, id, to), f(pfSent, id, to)}, "deferred", "queued deferred:greylist",
			probes.Fate{Status: "deferred", To: to, Relay: "mx.example.net [203.0.113.1]"}},
		{"bounced", []string{f(pfBounce, id, to), f(pfNotice, id), f(pfGone, id)}, "", "bounced bounce removed", probes.Fate{Status: "bounced", To: to, Relay: "mx.example.net [203.0.113.1]"}},
		{"through a filter", []string{f(pfQueued, id), f(pfFilter, id), f(pfGone, id), f(pfQueued, "4BBBBBBBBB"), f(pfSent, "4BBBBBBBBB", to), f(pfGone, "4BBBBBBBBB")}, "", "queued sent removed queued sent removed",
			probes.Fate{Status: "sent", To: to, Relay: "mx.example.net [203.0.113.1]", RemoteID: "9F00AA"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "mail.log")
			if err := os.WriteFile(path, []byte(f(pfBounce, id, "old@example.net")), 0o600); err != nil {
				t.Fatal(err)
			}
			follow, err := followLog(path)
			if err != nil {
				t.Fatal(err)
			}
			appendTo(t, path, strings.Join(c.lines, ""))
			var steps []string
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			defer cancel()
			got, err := follow(ctx, id, func(s probes.LifeStep) bool {
				w := s.What
				if s.Class != "" {
					w += ":" + s.Class
				}
				steps = append(steps, w)
				return c.until == "" || s.What != c.until
			})
			if err != nil || ctx.Err() != nil {
				t.Fatal(err, ctx.Err())
			}
			if d := cmp.Diff(c.steps, strings.Join(steps, " ")); d != "" || len(got.Steps) != len(steps) || len(got.Lines) == 0 {
				t.Errorf("steps (-want +got):\n%s%d, %d lines", d, len(got.Steps), len(got.Lines))
			}
			got.Steps, got.Lines = nil, nil
			if d := cmp.Diff(c.want, got); d != "" {
				t.Errorf("fate (-want +got):\n%s", d)
			}
		})
	}
}

// TestFollowLogStops: with nothing in the log it ends with its time.
func TestFollowLogStops(t *testing.T) {
	path := filepath.Join(t.TempDir(), "mail.log")
	if err := os.WriteFile(path, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	follow, err := followLog(path)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if got, err := follow(ctx, "4A1B2C3D4E", func(probes.LifeStep) bool { return true }); err != nil || got.Status != "" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := followLog(filepath.Join(t.TempDir(), "none.log")); err == nil || !strings.Contains(err.Error(), "none.log") {
		t.Errorf("a log that is not there: %v", err)
	}
}

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		t.Fatal(err)
	}
}
