//go:build e2e

package e2e

import (
	"errors"
	"os"
	"regexp"
	"strconv"
	"strings"
)

// delivered is a message from the host itself to one recipient.
func delivered(to, log string) oddity {
	return oddity{"delivery to " + to, func(l *oddLab) error {
		return l.talk("127.0.0.1", l.SMTP, message("<alice@home.example>", "<"+to+">", "Subject: d\n\nx", 250)...)
	}, []string{log}}
}

// fromShell is a message given to the sendmail command, which asks nobody
// whether the recipient exists.
func fromShell(to, log string) oddity {
	return oddity{"from the shell to " + to, func(l *oddLab) error {
		_, err := l.outputIn(strings.NewReader("Subject: local\n\nx\n"), "sendmail", "-C", l.etc(""), "-f", "root@home.example", to)
		return err
	}, []string{log}}
}

func oddDeliveries() []oddity {
	return []oddity{
		delivered("fwd@local.home.example", "(forwarded as "),
		delivered("piped@local.home.example", "(delivered to command: /bin/cat"),
		delivered("pipebad@local.home.example", "Command died with status 1"),
		delivered("tofile@local.home.example", "(delivered to file: /dev/null)"),
		delivered("list@local.home.example", "to=<bob@home.example>"),
		delivered("nothere@local.home.example", "/nonexistent/list"),
		delivered("team@home.example", "orig_to=<team@home.example>"),
		delivered("loop@home.example", "orig_to=<loop@home.example>"),
		delivered("x@pipe.example", "relay=pipecat"),
		delivered("x@pipefail.example", "temporary failure. Command output: cannot file it"),
		delivered("x@pipeno.example", "relay=pipeno"),
		delivered("x@void.example", "(silently)"),
		fromShell("nouser@local.home.example", "unknown user"),
		fromShell("x@wrong.example", "(this domain was a mistake)"),
		fromShell("x@later.example", "(not today)"),
		delivered("x@soft.example", "status=SOFTBOUNCE"),
		delivered("x@needs-tls.example", "TLS is required, but was not offered"),
		delivered("x@lmtp.example", "relay=127.0.1.5"),
		delivered("x@drop.example", "while receiving the initial server greeting"),
		delivered("x@busy.example", "refused to talk to me: 421 4.7.0"),
		delivered("x@blocked.example", "refused to talk to me: 554 5.7.1"),
		delivered("x@mute.example", "timed out while receiving the initial server greeting"),
		delivered("x@spamfilter.example", "(in reply to end of DATA command)"),
		delivered("x@gone.example", "Connection refused"),
		delivered("x@notransport.example", "nosuch"),
		delivered("nobody@ok.example", "550 5.1.1 User unknown"),
		delivered(`"with blank"@ok.example`, `to=<"with blank"@ok.example>`),
		{"success notification", func(l *oddLab) error {
			return l.talk("127.0.0.1", l.SMTP, message("<alice@home.example> RET=HDRS ENVID=e1", "<bob@home.example> NOTIFY=SUCCESS,DELAY", "Subject: s\n\nx", 250)...)
		}, []string{"sender delivery status notification"}},
		{"bounce of a bounce", func(l *oddLab) error {
			return l.talk("127.0.0.1", l.SMTP, message("<>", "<x@refuse.example>", "Subject: s\n\nx", 250)...)
		}, []string{"postmaster non-delivery notification"}},
		fromShell("bob@home.example", "uid=0 from=<root@home.example>"),
		{"address verified from the shell", func(l *oddLab) error {
			_, err := l.outputIn(strings.NewReader("Subject: v\n\nx\n"), "sendmail", "-C", l.etc(""), "-bv", "-f", "alice@home.example", "bob@home.example")
			return err
		}, []string{"status=deliverable (delivers to maildir)"}},
	}
}

func oddLimits() []oddity {
	hello := []string{"< 220", "> EHLO c.example", "< 250"}
	limited := func(name, src string, do func(*oddLab, string) error, log string) oddity {
		return oddity{name, func(l *oddLab) error { return do(l, src) }, []string{log}}
	}
	mailTwice := []string{"> MAIL FROM:<a@b.example>", "< 250", "> RSET", "< 250", "> MAIL FROM:<a@b.example>", "< 250", "> RSET", "< 250"}
	return []oddity{
		limited("message rate", "127.1.77.1", func(l *oddLab, src string) error {
			return l.talk(src, l.Limited, append(append(append([]string{}, hello...), mailTwice...), "> MAIL FROM:<a@b.example>", "< 450", "hang")...)
		}, "Message delivery request rate limit exceeded: 3 from unknown[127.1.77.1] for service"),
		limited("recipient rate", "127.1.77.2", func(l *oddLab, src string) error {
			steps := append(append([]string{}, hello...), "> MAIL FROM:<a@b.example>", "< 250")
			for _, u := range []string{"alice", "bob", "carol"} {
				steps = append(steps, "> RCPT TO:<"+u+"@home.example>", "< 250")
			}
			return l.talk(src, l.Limited, append(steps, "> RCPT TO:<dave@home.example>", "< 450", "hang")...)
		}, "Recipient address rate limit exceeded: 4 from unknown[127.1.77.2]"),
		limited("login rate", "127.1.77.3", func(l *oddLab, src string) error {
			wrong := "> AUTH PLAIN " + b64("\x00alice@home.example\x00x")
			return l.talk(src, l.Limited, append(append([]string{}, hello...), wrong, "< 535", wrong, "< 535", wrong, "< 450", "hang")...)
		}, "AUTH command rate limit exceeded: 3 from unknown[127.1.77.3]"),
		limited("TLS session rate", "127.1.77.4", func(l *oddLab, src string) error {
			up := append(append([]string{}, hello...), "> STARTTLS", "< 220", "tls", "> QUIT", "eof")
			return errors.Join(l.talk(src, l.Limited, up...), l.talk(src, l.Limited, up...))
		}, "New TLS session rate limit exceeded: 2 from unknown[127.1.77.4]"),
		limited("concurrency", "127.1.77.5", func(l *oddLab, src string) error {
			for i := range 4 {
				c, err := dial(src, l.addr(l.Limited))
				if err == nil {
					defer c.close()
				} else if i < 3 {
					return err
				}
			}
			return nil
		}, "Connection concurrency limit exceeded: 4 from unknown[127.1.77.5]"),
	}
}

func oddAdmin() []oddity {
	postfix := func(name, log string, tool string, args ...string) oddity {
		return oddity{name, func(l *oddLab) error { return l.run(tool, args...) }, []string{log}}
	}
	queued := func(name, log string, flag string) oddity {
		return oddity{name, func(l *oddLab) error {
			id, err := l.stuckMessage()
			if err != nil {
				return err
			}
			if flag == "-d" || flag == "-h" {
				return l.run("postsuper", flag, id)
			}
			return errors.Join(l.run("postsuper", flag, id), l.run("postqueue", "-f"))
		}, []string{log}}
	}
	return []oddity{
		queued("hold", "placed on hold", "-h"),
		queued("requeue", "requeued", "-r"),
		queued("delete", ": removed", "-d"),
		queued("force expire", "status=force-expired, returned to sender", "-f"),
		{"expire", func(l *oddLab) error {
			id, err := l.stuckMessage()
			if err != nil {
				return err
			}
			return errors.Join(l.run("postsuper", "-e", id), l.run("postqueue", "-f"))
		}, []string{": expired"}},
		postfix("release all", "Released from hold:", "postsuper", "-H", "ALL"),
		postfix("flush", "from=<alice@home.example>", "postqueue", "-f"),
		postfix("long queue ids", "", "postconf", "-e", "enable_long_queue_ids=yes"),
		postfix("reload", "reload -- version", "postfix", "reload"),
		says("message with a long id", "127.1.78.1", message("<a@b.example>", "<alice@home.example>", "Subject: long\n\nx", 250), "client=unknown[127.1.78.1]"),
		postfix("delay warning", "", "postconf", "-e", "delay_warning_time=1s", "maximal_queue_lifetime=1d", "minimal_backoff_time=1s"),
		postfix("reload again", "refreshing the Postfix mail system", "postfix", "reload"),
		{"delay notification", func(l *oddLab) error {
			_, err := l.stuckMessage()
			return err
		}, nil},
		postfix("flush for the warning", "sender delay notification", "postqueue", "-f"),
		postfix("give up by age", "", "postconf", "-e", "maximal_queue_lifetime=1s", "bounce_queue_lifetime=1s"),
		postfix("reload for the age", "", "postfix", "reload"),
		postfix("flush for the age", "status=expired, returned to sender", "postqueue", "-f"),
		{"a server process is killed", func(l *oddLab) error { return l.killServer("127.1.78.2") }, []string{"killed by signal 9"}},
		postfix("status", "the Postfix mail system is running", "postfix", "status"),
		postfix("check", "", "postfix", "check"),
		{"wrong parameters", func(l *oddLab) error {
			return errors.Join(l.run("postconf", "-e", "smtpd_relay_restrictions=permit", "smtpd_recipient_restrictions=permit"), l.run("postfix", "reload"), l.talk("127.1.78.3", l.SMTP, "hang"))
		}, []string{"bad command startup -- throttling"}},
		postfix("parameters mended", "", "postconf", "-e", "smtpd_relay_restrictions=reject_unauth_destination", "smtpd_recipient_restrictions="),
	}
}

// stuckMessage leaves a message in the deferred queue and gives its id.
func (l *oddLab) stuckMessage() (string, error) {
	c, err := dial("127.0.0.1", l.addr(l.SMTP))
	if err != nil {
		return "", err
	}
	defer c.close()
	if err := c.cmd(250, "EHLO host.example"); err != nil {
		return "", err
	}
	id, err := c.send("alice@home.example", []string{"x@slow.example"}, "stuck")
	if err != nil {
		return "", err
	}
	await(l.t, l.logFile(), "deferral of "+id, func(log string) bool { return strings.Contains(log, " "+id+": to=<x@slow.example>") })
	return id, c.quit()
}

// killServer kills the smtpd that serves a session of its own.
func (l *oddLab) killServer(src string) error {
	c, err := dial(src, l.addr(l.SMTP))
	if err != nil {
		return err
	}
	defer c.close()
	connect := regexp.MustCompile(`smtpd\[(\d+)\]: connect from unknown\[` + regexp.QuoteMeta(src) + `\]`)
	log := await(l.t, l.logFile(), "the session of "+src, connect.MatchString)
	pid, err := strconv.Atoi(connect.FindStringSubmatch(log)[1])
	if err != nil {
		return err
	}
	p, err := os.FindProcess(pid)
	if err != nil {
		return err
	}
	return p.Kill()
}
