//go:build e2e

package e2e

// act is one piece of the night: who does what, and what mailtop must say about it.
type act struct {
	name string
	do   func(*lab, *truth) error
	want []finding
}

// finding is an incident that must open: its rule and its subject or one of its actors.
type finding struct{ rule, who string }

const (
	guesses      = 15
	burst        = 240 // recipients that the hijacked account writes to
	stuck        = 12  // messages to the destination that defers
	floodConns   = 70
	monitorConns = 10
)

// sprayed are the names that the sprayer tries, most of them made up.
var sprayed = []string{"alice", "bob", "carol", "dave", "erin", "frank", "admin", "info", "office", "sales", "scan", "root"}

// night is the standard traffic, innocents first so that they are known before
// the trouble begins.
var night = []act{
	{name: "innocents", do: (*lab).innocentTraffic},
	{name: "guessing", want: []finding{{"auth.bruteforce", bruteforcer}}, do: func(l *lab, tr *truth) error {
		return l.guess(tr, bruteforcer, repeat(address("erin"), guesses)...)
	}},
	{name: "spray", want: []finding{{"auth.spray", sprayer}}, do: func(l *lab, tr *truth) error {
		users := make([]string, len(sprayed))
		for i, u := range sprayed {
			users[i] = address(u)
		}
		return l.guess(tr, sprayer, users...)
	}},
	// A login alone leaves no name in Postfix's log, so the account is known to be
	// lost when it first sends.
	{name: "hijack", want: []finding{{"auth.bruteforce", hijacker}}, do: func(l *lab, tr *truth) error {
		users := append(repeat(address("test"), 20), address("alice"), address("bob"), address("carol"))
		if err := l.guess(tr, hijacker, users...); err != nil {
			return err
		}
		return l.try(tr, hijacker, 235, address("test"), password("test"))
	}},
	{name: "spam from the hijacked account", want: []finding{{"account.compromised", address("test")}, {"spam.outbound_burst", address("test")}}, do: func(l *lab, tr *truth) error {
		var mails []mail
		rcpts := numbered(burst, "far.example")
		for len(rcpts) > 0 {
			mails = append(mails, mail{address("test"), rcpts[:10]})
			rcpts = rcpts[10:]
		}
		return l.userSends(tr, hijacker, "test", 0, mails...)
	}},
	{name: "relay attempts", do: func(l *lab, tr *truth) error {
		return l.refused(tr, relayProber, 554, &tr.RelayDenied, numbered(12, "elsewhere.example")...)
	}},
	{name: "flood", want: []finding{{"dos.flood", flooder}}, do: func(l *lab, tr *truth) error {
		return l.knock(tr, flooder, floodConns)
	}},
	{name: "guessing by IMAP", want: []finding{{"auth.bruteforce", imapGuesser}}, do: func(l *lab, tr *truth) error {
		for range 4 {
			if err := l.readsMail(tr, imapGuesser, "frank", 3, false); err != nil {
				return err
			}
		}
		return nil
	}},
	{name: "own host with an old password", do: func(l *lab, tr *truth) error {
		return l.guess(tr, ownHost, repeat(address("frank"), guesses)...)
	}},
	{name: "known phone with an old password", do: func(l *lab, tr *truth) error {
		return l.guess(tr, carolPhone, repeat(address("carol"), guesses)...)
	}},
}

func (l *lab) innocentTraffic(tr *truth) error {
	steps := []func() error{
		func() error {
			return l.userSends(tr, alicePhone, "alice", 2, mail{address("alice"), []string{"friend@ok.example", address("bob")}})
		},
		func() error {
			return l.userSends(tr, bobDesk, "bob", 0, mail{address("bob"), []string{"x@ok.example"}}, mail{address("bob"), []string{"gone@refuse.example"}})
		},
		func() error {
			return l.userSends(tr, carolPhone, "carol", 0, mail{address("carol"), []string{address("alice")}})
		},
		func() error {
			return l.userSends(tr, newsHost, "news", 0, mail{address("news"), numbered(15, "readers.example")}, mail{address("news"), numbered(15, "readers.example")})
		},
		func() error {
			var mails []mail
			for range stuck {
				mails = append(mails, mail{address("dave"), []string{"x@slow.example"}})
			}
			return l.userSends(tr, daveDesk, "dave", 0, mails...)
		},
		func() error {
			return l.inbound(tr, peerServer, mail{"writer@peer.example", []string{address("alice"), address("bob")}}, mail{"", []string{address("carol")}})
		},
		func() error {
			return l.refused(tr, staleServer, 550, &tr.UserUnknown, "retired@home.example", "left@home.example")
		},
		func() error { return l.knock(tr, monitorHost, monitorConns) },
		func() error { return l.readsMail(tr, bobDesk, "bob", 0, true) },
		func() error { return l.readsMail(tr, alicePhone, "alice", 2, true) },
	}
	for _, s := range steps {
		if err := s(); err != nil {
			return err
		}
	}
	return nil
}
