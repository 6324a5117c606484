package logparse

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// trustCase is a line in which text that a client, a remote server or a resolver
// chose imitates log syntax, and what must come out all the same. A name with the
// value nil must be absent.
type trustCase struct {
	name, line string
	want       want
}

func runTrust(t *testing.T, head string, cases []trustCase) {
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got := fields(t, head+c.line, slices.Collect(maps.Keys(c.want))...)
			expect := want{}
			for k, v := range c.want {
				if v != nil {
					expect[k] = v
				}
			}
			if diff := cmp.Diff(expect, got); diff != "" {
				t.Errorf("%q (-want +got):\n%s", head+c.line, diff)
			}
		})
	}
}

// familyHeads are line beginnings of the families here: whatever program, process
// or session stands there, words behind it are no known text.
var familyHeads = []string{
	"Nov 22 01:39:03 mx1 dovecot: ",
	"Nov 22 01:39:03 mx1 dovecot: imap-login: ",
	"Nov 22 01:39:03 mx1 dovecot: auth: ",
	"Nov 22 01:39:03 mx1 dovecot: auth-worker(12): ",
	"Nov 22 01:39:03 mx1 dovecot: auth-worker(bob,203.0.113.9)<12>: request [3]: ",
	"Nov 22 01:39:03 mx1 dovecot: auth(bob,203.0.113.9): ",
	"Nov 22 01:39:03 mx1 dovecot: imap(bob)<1><AAAABBBBCCCC>: ",
	"Nov 22 01:39:03 mx1 dovecot: lmtp(12): ",
	"Nov 22 01:39:03 mx1 dovecot: master: ",
	"Nov 22 01:39:03 pop3-login: Info: ",
	"Nov 22 01:39:03 mx1 auth: ",
	"Nov 22 01:39:03 mx1 dovecot-auth: ",
	"Nov 22 01:39:03 mx1 saslauthd[9]: ",
	"Nov 22 01:39:03 mx1 exim[12]: ",
	"Nov 22 01:39:03 mx1 exim[12]: 1xUwgV-00001x-0f ",
	"2026-11-22 01:39:03 ",
	"2026-11-22 01:39:03 1xUwgV-00001x-0f ",
	"2026-11-22 01:39:03 SMTP connection Ci=26 from host.example.net [203.0.113.9]:4000 I=[192.0.2.25]:26 ",
	"2026-11-22 01:39:03 H=host.example.net (x) [203.0.113.9] ",
	"Nov 22 01:39:03 mx1 sm-mta[12]: ",
	"Nov 22 01:39:03 mx1 sm-mta[12]: fAM0e1xx000123: ",
	"Nov 22 01:39:03 mx1 sendmail[12]: NOQUEUE: ",
	"Nov 22 01:39:03 mx1 cyrus/imaps[12]: ",
	"Nov 22 01:39:03 mx1 imap[12]: badlogin: ",
	"Nov 22 01:39:03 mx1 cyrus/ctl_cyrusdb[12]: ",
	"Nov 22 01:39:03 mx1 cyrus/lmtp[12]: ",
	"Nov 22 01:39:03 mx1 imapd: ",
	"Nov 22 01:39:03 mx1 courieresmtpd: ",
	"Nov 22 01:39:03 mx1 courierd: ",
	"Nov 22 01:39:03 mx1 courieresmtp: id=0A.0B.0C,from=<a@example.net>,addr=<b@example.org>,status: ",
	"Nov 22 01:39:03 mx1 authdaemond: ",
	"Nov 22 01:39:03 mx1 unix_chkpwd[9]: ",
	"Nov 22 01:39:03 mx1 saslauthd[9]:                 : ",
	"Nov 22 01:39:03 mx1 smtpd[12]: ",
	"Nov 22 01:39:03 mx1 smtpd[12]: 0123456789abcdef smtp ",
	"Nov 22 01:39:03 mx1 smtpd[12]: 0123456789abcdef mta ",
}

// TestFamiliesUnknown: plain words behind every head, some of which a careless
// template would claim by its first word.
func TestFamiliesUnknown(t *testing.T) {
	for _, head := range familyHeads {
		for _, text := range []string{
			"the quick brown fox jumps over the lazy dog", "connection is fine today", "user bob likes mail", "message was seen",
			"daemon of the house", "recipient of a prize", "removed from the shelf", "discarded shoes", "forward march", "rejecting the offer",
			"login is a word", "rejected by the jury", "IP address book", "from here to there", "queue at the shop", "delivery man",
			"session of parliament", "disconnect the wire", "auth ors", "warning lights", "error prone", "process of elimination",
			"milter", "(", "[", "<", "=", "a=b", "H=", "F=<", ": ", "[1/2", "1xUwgV-00001x-0f", "to=", "from=", "ruleset=", "evpid=",
		} {
			eachEvent([]byte(head+text), func(e *Event, _ *Block) {
				if e.Kind != KindUnknown && e.Has&IsUnmatched == 0 {
					t.Errorf("%q is %s %s of %s", head+text, e.Kind, e.Class, e.MTA)
				}
			})
		}
	}
}

// FuzzFamiliesUnknown: a program name is never enough. Words that no daemon writes
// come out as unknown, or as an unmatched process line where a level word stands.
func FuzzFamiliesUnknown(f *testing.F) {
	for i := range familyHeads {
		f.Add(i, []byte("zebra quilt ember"))
	}
	f.Add(0, []byte("quilt: zebra (ember) <moss>: fern"))
	f.Add(11, []byte("zebra quilt [203.0.113.9] ember"))
	f.Fuzz(func(t *testing.T, n int, seed []byte) {
		if n < 0 {
			n = -(n + 1)
		}
		line := append([]byte(familyHeads[n%len(familyHeads)]), zqWords(seed)...)
		eachEvent(line, func(e *Event, b *Block) {
			if e.Kind != KindUnknown && e.Has&IsUnmatched == 0 {
				t.Errorf("%q is %s %s of %s", line, e.Kind, e.Class, e.MTA)
			}
		})
	})
}

// zqWords makes words of the seed that no template holds: each begins with "zq".
func zqWords(seed []byte) []byte {
	var out []byte
	for len(seed) > 0 {
		n := min(len(seed), 1+int(seed[0]%7))
		out = append(out, "zq"...)
		for _, c := range seed[:n] {
			if c |= 0x20; c >= 'a' && c <= 'z' {
				out = append(out, c)
			} else {
				out = append(out, " .,:;()<>[]=-_'"[c%15])
			}
		}
		out = append(out, ' ')
		seed = seed[n:]
	}
	return append(out, "zq"...)
}

// FuzzFamilies: hostile bytes behind every head: no panic, and every text lies in
// the record.
func FuzzFamilies(f *testing.F) {
	files, _ := filepath.Glob("testdata/*/*/*.log")
	for _, file := range files {
		switch filepath.Base(filepath.Dir(filepath.Dir(file))) {
		case "dovecot", "exim", "sendmail", "opensmtpd", "pam", "cyrus", "courier":
			text, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			for line := range bytes.Lines(text) {
				f.Add(bytes.TrimSuffix(line, []byte("\n")))
			}
		}
	}
	f.Fuzz(func(t *testing.T, line []byte) {
		if len(line) > MaxRecord/2 || bytes.IndexByte(line, '\n') >= 0 {
			return
		}
		for _, m := range []MTA{MTANone, Exim} {
			p := New(Options{Ref: goldenRef, MTA: m})
			b := &Block{Buf: line}
			n := 0
			p.Parse(b, 0, len(line), func(e *Event) {
				n++
				if n > len(line)+2 {
					t.Fatalf("%d events of %d bytes", n, len(line))
				}
				_ = e.AppendJSON(nil, b, JSONExtra{Raw: true}) // reads every span
				if e.Kind >= NumKinds || e.Class >= NumClasses {
					t.Errorf("kind %d class %d", e.Kind, e.Class)
				}
			})
		}
	})
}
