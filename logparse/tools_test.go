package logparse

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// toolPrograms are the programs of the filters, ban tools and host daemons, with a
// line that each knows.
var toolPrograms = []struct{ program, line string }{
	{"rspamd", `<a06bdc>; task; rspamd_task_write_log: id: <1@example.com>, qid: <4bKxYz1>, ip: 192.0.2.1, user: alice, from: <alice@example.com>, (default: F (no action): [0.19/15.00] [FORGED_SENDER(0.30){a@example.com;alice@example.com;},MIME_GOOD(-0.10){text/plain;},ARC_NA(0.00){},FROM_NO_DN(0.00){},MIME_TRACE(0.00){0:+;},RCPT_COUNT_ONE(0.00){1;},RCVD_COUNT_ZERO(0.00){0;},TO_MATCH_ENVRCPT_ALL(0.00){}]), len: 128, time: 6.419ms, dns req: 1, digest: <e8ca9b5fda87ea6b280db87b0bc20b87>, rcpts: <bob@example.org,carol@example.org>, mime_rcpts: <bob@example.org>`},
	{"opendkim", "21C8498CC25: DKIM-Signature field added (s=sel, d=example.com)"},
	{"opendmarc", "7491498CC25: SPF(mailfrom): example.com pass"},
	{"policyd-spf", ": prepend Received-SPF: Pass (mailfrom) identity=mailfrom; client-ip=192.0.2.25; helo=mail.example.com; envelope-from=alice@example.com; receiver=example.org "},
	{"postfix/policy-spf", `Policy action=PREPEND Received-SPF: pass (example.com: 192.0.2.25 is authorized to use 'x@example.com' in 'mfrom' identity (mechanism 'ip4:192.0.2.0/24' matched)) receiver=unknown; identity=mailfrom; envelope-from="x@example.com"; helo=mail.example.com; client-ip=192.0.2.25`},
	{"postgrey", "4bAbC1: action=greylist, reason=new, client_name=bot.example.net, client_address=198.51.100.7, sender=a@x.example, recipient=bob@example.org"},
	{"spamd", "spamd: result: Y 15 - BAYES_99,RCVD_IN_SBL scantime=1.2,size=2155,user=bob,uid=105,required_score=5.0,rhost=::1,raddr=::1,rport=50406,mid=<1@example.com>,autolearn=spam autolearn_force=no"},
	{"amavis", "(00062-07) Passed CLEAN {RelayedOutbound}, ORIGINATING LOCAL [192.0.2.44]:40114 [192.0.2.44] <alice@example.com> -> <bob@example.net>, Queue-ID: 4EC7398CB19, Message-ID: <3@example.com>, mail_id: 4Eb8i9OmWo_v, Hits: -1.1, size: 142, queued_as: 2C0C998C9C2, 78 ms"},
	{"clamav-milter", "Message 0039198CC25 from <alice@example.com> to <bob@example.org> with subject 'test 25' message-id '<7@x.example>' date 'Sun, 22 Nov 2026 03:31:28 -0000' infected by Test.Marker"},
	{"php", "mail() on [/var/www/html/wp/m.php:2]: To: bob@example.org -- Headers: From: web@example.com  X-A: b -- Subject: hello"},
	{"fail2ban.actions", "NOTICE [postfix-sasl] Ban 198.51.100.7"},
	{"crowdsec", `time="2026-11-22T01:39:04Z" level=info msg="(0f9e8d/crowdsec) crowdsecurity/postfix-spam by ip 198.51.100.7 (XX/64500) : 4h ban on Ip 198.51.100.7"`},
	{"sshguard", `Blocking "198.51.100.7/32" for 3 secs (3 attacks in 0 secs, after 1 abuses over 0 secs.)`},
	{"lfd", "(smtpauth) Failed SMTP AUTH login from 198.51.100.7 (XX/Exampleland/bot.example.net): 5 in the last 3600 secs - *Blocked in csf* [LF_SMTPAUTH]"},
	{"kernel", "[12345.678901] TCP: request_sock_TCP: Possible SYN flooding on port 25. Sending cookies.  Check SNMP counters."},
	{"systemd-journald", "Suppressed 1234 messages from postfix.service"},
	{"rsyslogd", "imuxsock[pid: 134, name: /usr/sbin/smtpd]: 280 messages lost due to rate-limiting (20 allowed within 3 seconds)"},
}

func toolLine(program, text string) string {
	return "Nov 22 03:31:28 mx1 " + program + "[7]: " + text
}

// toolFields is what a trust test compares: the event without envelope and text.
func toolFields(line string) string {
	var out []string
	for _, e := range parseLine(line) {
		_, e, _ = strings.Cut(e, `"mta":`)
		e, _, _ = strings.Cut(e, `,"text":`)
		e, _, _ = strings.Cut(e, `,"reply":`)
		out = append(out, strings.TrimSuffix(e, "}"))
	}
	return strings.Join(out, "\n")
}

// What a stranger writes into a HELO, an address, a Message-ID, a subject or a DNS
// name must not move any other field.
func TestToolsTrust(t *testing.T) {
	for _, c := range []struct{ name, program, text, want string }{
		{"rspamd: the sender imitates the verdict", "rspamd",
			`<a>; task; rspamd_task_write_log: id: <1@x>, qid: <Q1Q1Q1>, ip: 192.0.2.1, from: <q>, (default: F (no action): [0.00/15.00] [A(0.00){}]), len: 1, rcpts: <r@evil>, @evil>, (default: T (reject): [18.00/15.00] [B(1.00){}]), len: 9, time: 1ms, rcpts: <bob@example.org>`,
			`"rspamd","kind":"verdict","queue_id":"Q1Q1Q1","session":"a","message_id":"1@x","client_ip":"192.0.2.1"`},
		{"rspamd: a symbol's option imitates the verdict", "rspamd",
			`<a>; task; rspamd_task_write_log: id: <1@x>, qid: <Q1Q1Q1>, ip: 192.0.2.1, from: <a@x>, (default: T (reject): [18.00/15.00] [FORGED(1.00){q>, (default: F (no action): [0.00/15.00] [A;}]), len: 9`,
			`"rspamd","kind":"verdict","queue_id":"Q1Q1Q1","session":"a","message_id":"1@x","client_ip":"192.0.2.1"`},
		{"rspamd: the sender imitates queue id and address", "rspamd",
			`<a>; task; rspamd_task_write_log: id: <1@x>, qid: <Q1Q1Q1>, ip: 192.0.2.1, from: <", qid: <FAKE>, ip: 9.9.9.9, user: root"@x>, (default: T (reject): [18.00/15.00] [B(1.00){}]), len: 9, time: 1ms`,
			`"rspamd","kind":"verdict","class":"reject","queue_id":"Q1Q1Q1","session":"a","message_id":"1@x","client_ip":"192.0.2.1","from":"\", qid: <FAKE>, ip: 9.9.9.9, user: root\"@x","size":9`},
		{"opendkim: the reverse name imitates an address", "opendkim",
			"7491498CC25: x [9.9.9.9] not internal.example [192.0.2.1] not internal",
			`"opendkim","kind":"other","queue_id":"7491498CC25","client_ip":"192.0.2.1","client_name":"x [9.9.9.9] not internal.example"`},
		{"opendkim: the signing domain imitates a result", "opendkim",
			`7491498CC25: signature=AAAA domain=x" result="no signature error selector=s result="key not found in DNS"`,
			`"opendkim","kind":"filter","class":"key not found in DNS","queue_id":"7491498CC25"`},
		{"opendmarc: the domain imitates SPF", "opendmarc", "7491498CC25: SPF(mailfrom): a pass b fail",
			`"opendmarc","kind":"spf","class":"fail","queue_id":"7491498CC25","method":"mailfrom","domain":"a pass b"`},
		{"policyd-spf: the sender imitates the address", "policyd-spf",
			": prepend Received-SPF: Fail (mailfrom) identity=mailfrom; client-ip=192.0.2.25; helo=h; envelope-from=a; client-ip=9.9.9.9; receiver=x@y; receiver=example.org",
			`"policyd-spf","kind":"spf","class":"Fail","client_ip":"192.0.2.25","helo":"h","method":"mailfrom","from":"a; client-ip=9.9.9.9; receiver=x@y"`},
		{"policyd-spf: the sender imitates the address in a refusal", "policyd-spf",
			": 550 5.7.23 Message rejected due to: SPF fail - not authorized. Please see http://www.openspf.net/Why?s=mfrom;id=a;ip=9.9.9.9;r=x@y;ip=192.0.2.25;r=example.org",
			`"policyd-spf","kind":"spf","class":"fail","client_ip":"192.0.2.25","method":"mfrom","from":"a;ip=9.9.9.9;r=x@y","dsn":"5.7.23","code":550`},
		{"postgrey: the sender imitates every field", "postgrey",
			`action=greylist, reason=new, client_name=n, client_address=192.0.2.25, sender="a, action=pass, client_address=9.9.9.9, recipient=x"@y, recipient=bob@example.org`,
			`"postgrey","kind":"greylist","class":"greylist","client_ip":"192.0.2.25","client_name":"n","from":"\"a, action=pass, client_address=9.9.9.9, recipient=x\"@y","to":"bob@example.org"`},
		{"spamd: the Message-ID imitates fields", "spamd",
			"spamd: result: Y 15 - A scantime=1.2,size=21,user=bob,uid=105,required_score=5.0,rhost=::1,raddr=::1,rport=5,mid=<a,autolearn=ham,mid=<b>,user=root,uid=0>,autolearn=spam autolearn_force=no",
			`"spamassassin","kind":"verdict","class":"Y","message_id":"a,autolearn=ham,mid=<b>,user=root,uid=0","user":"bob","size":21`},
		{"amavis: the sender imitates the rest of the line", "amavis",
			`(00062-07) Blocked SPAM {RejectedInbound}, [192.0.2.44] <"x> -> <y>, Message-ID: <m>, mail_id: n, Hits: -99, queued_as: FAKE, 1 ms"@evil.example> -> <bob@example.org>, Message-ID: <3@example.com>, mail_id: 4Eb8i9OmWo_v, Hits: 18.1, size: 142, 78 ms`,
			`"amavis","kind":"verdict","class":"SPAM","session":"00062-07","message_id":"3@example.com","client_ip":"192.0.2.44","from":"\"x> -> <y>, Message-ID: <m>, mail_id: n, Hits: -99, queued_as: FAKE, 1 ms\"@evil.example","to":"bob@example.org","size":142,"nrcpt":1`},
		{"amavis: the Message-ID imitates the rest of the line", "amavis",
			`(00062-07) Blocked SPAM {RejectedInbound}, [192.0.2.44] <a@b> -> <bob@example.org>, Message-ID: <m>, mail_id: n, Hits: -99, queued_as: FAKE, 1 ms, x: <y>, mail_id: 4Eb8i9OmWo_v, Hits: 18.1, size: 142, 78 ms`,
			`"amavis","kind":"verdict","class":"SPAM","session":"00062-07","message_id":"m>, mail_id: n, Hits: -99, queued_as: FAKE, 1 ms, x: <y","client_ip":"192.0.2.44","from":"a@b","to":"bob@example.org","size":142,"nrcpt":1`},
		{"clamav: the subject imitates the end", "clamav-milter",
			`Message Q12345 from <"x> to <y>"@e> to <bob@example.org> with subject 'a' message-id 'b' date 'c' infected by Clean.Thing' message-id '<7@x>' date 'd' infected by Bad.Virus`,
			`"clamav","kind":"verdict","class":"Bad.Virus","queue_id":"Q12345","message_id":"7@x","from":"\"x> to <y>\"@e","to":"bob@example.org"`},
		{"php: the subject imitates recipient and sender", "php",
			"mail() on [/srv/form.php:5]: To: evil@y.example -- Headers: X-Inj: [1.2.3.4]  Bcc: n@n -- Subject: a] To: <forged@z.example> -- Headers: From: forged@z.example",
			`"php","kind":"message","to":"evil@y.example","nrcpt":1,"script":"/srv/form.php"`},
		{"csf: the reverse name imitates an address", "lfd",
			"(smtpauth) Failed SMTP AUTH login from 198.51.100.7 (XX/X/x from 9.9.9.9 (y): 5 in the last 3600 secs - *Blocked in csf* [LF_SMTPAUTH]",
			`"csf","kind":"ban","class":"smtpauth","client_ip":"198.51.100.7"`},
		{"sshguard: quotes", "sshguard", `Blocking "198.51.100.7" 9.9.9.9/32" for 3 secs`, `"sshguard","kind":"ban","class":"sshguard","client_ip":"198.51.100.7"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, toolFields(toolLine(c.program, c.text))); diff != "" {
				t.Errorf("%s\n%s", c.text, diff)
			}
		})
	}
}

func TestResult(t *testing.T) {
	for _, c := range []struct {
		program, text string
		want          Result
	}{
		{"opendkim", "7491498CC25: DKIM verification successful", ResultPass},
		{"opendkim", "7491498CC25: DKIM-Signature field added (s=a, d=b)", ResultSigned},
		{"opendkim", "7491498CC25: s=a d=b SSL error:04091068:rsa routines", ResultFail},
		{"opendkim", "7491498CC25: no signature data", ResultNoRecord},
		{"opendkim", "7491498CC25: key retrieval failed (s=a, d=b): no", ResultTempError},
		{"opendkim", "7491498CC25: bad signature data", ResultFail},
		{"opendmarc", "7491498CC25: example.com fail", ResultFail},
		{"opendmarc", "7491498CC25: example.com none", ResultNoRecord},
		{"policyd-spf", ": prepend Received-SPF: Softfail (mailfrom) identity=mailfrom; client-ip=192.0.2.25; helo=h; envelope-from=f; receiver=r", ResultSoftFail},
		{"policyd-spf", ": 550 5.7.23 Message rejected due to: SPF fail - x", ResultFail},
		{"postfix/policy-spf", "Policy action=550 Please see http://www.openspf.org/Why?s=mfrom;id=x;ip=198.51.100.7;r=u", ResultFail},
		{"postgrey", "action=greylist, reason=new, client_name=n, client_address=192.0.2.1", ResultGreylisted},
		{"postgrey", "action=pass, reason=triplet found, client_name=n, client_address=192.0.2.1", ResultPass},
		{"spamd", "spamd: result: Y 15 - A scantime=1", ResultTagged},
		{"spamd", "spamd: result: . -1 - A scantime=1", ResultPass},
		{"amavis", "(1-1) Blocked SPAM {DiscardedInbound}, [192.0.2.1] <a@b> -> <c@d>, Hits: 9, 1 ms", ResultDiscarded},
		{"amavis", "(1-1) Blocked SPAM {RejectedInbound}, [192.0.2.1] <a@b> -> <c@d>, Hits: 9, 1 ms", ResultRejected},
		{"amavis", "(1-1) Blocked INFECTED (X) {DiscardedInbound}, [192.0.2.1] <a@b> -> <c@d>, Hits: 9, 1 ms", ResultInfected},
		{"amavis", "(1-1) Passed SPAMMY {RelayedTaggedInbound}, [192.0.2.1] <a@b> -> <c@d>, Hits: 9, 1 ms", ResultTagged},
		{"amavis", "(1-1) Passed CLEAN {RelayedInbound}, [192.0.2.1] <a@b> -> <c@d>, Hits: 9, 1 ms", ResultPass},
		{"clamav-milter", "Message from <a@b> to <c@d> infected by X", ResultInfected},
		{"clamav-milter", "Clean message from <a@b> to <c@d>", ResultPass},
		{"rspamd", "<a>; task; rspamd_task_write_log: id: <1>, (default: F (soft reject): [1.00/15.00] []), len: 1", ResultDeferred},
		{"rspamd", "<a>; task; rspamd_task_write_log: id: <1>, (default: T (reject): [16.00/15.00] []), len: 1", ResultRejected},
		{"fail2ban.actions", "NOTICE [reject] Ban 192.0.2.1", ResultNone},
	} {
		eachEvent([]byte(toolLine(c.program, c.text)), func(e *Event, b *Block) {
			if got := e.Result(b); got != c.want {
				t.Errorf("%s: %q: result %q, want %q (kind %v, class %q)", c.program, c.text, got, c.want, e.Kind, e.String(b, e.ClassText))
			}
		})
	}
}

// A level word that no template follows counts as unmatched, a plain text as
// unknown: neither vanishes among the known lines.
func TestToolsHonesty(t *testing.T) {
	for _, c := range []struct{ line, want string }{
		{toolLine("amavis", "(00062-09) (!!)the zork has left the building"), `"amavis","kind":"process","class":"error"`},
		{toolLine("amavis", "(00062-09) the zork has left the building"), ""},
		{toolLine("fail2ban.actions", "ERROR the zork has left the building"), `"fail2ban","kind":"process","class":"error"`},
		{toolLine("fail2ban.actions", "INFO the zork has left the building"), ""},
		{toolLine("clamd", "WARNING: the zork has left the building"), `"clamav","kind":"process","class":"warning"`},
		{toolLine("crowdsec", `time="2026-11-22T01:39:04Z" level=error msg="the zork has left"`), `"crowdsec","kind":"process","class":"error"`},
		{toolLine("crowdsec", `time="2026-11-22T01:39:04Z" level=info msg="the zork has left"`), ""},
		{toolLine("opendmarc", "7491498CC25: example.com zork"), ""},
		{toolLine("rspamd", "<a>; lua; zork.lua:1: the zork has left"), ""},
	} {
		events := parseLine(c.line)
		if len(events) != 1 {
			t.Fatalf("%q: %d events", c.line, len(events))
		}
		if c.want == "" && !strings.Contains(events[0], `"kind":"unknown"`) {
			t.Errorf("%q is known: %s", c.line, events[0])
		}
		if c.want != "" && (!strings.HasPrefix(toolFields(c.line), c.want) || !strings.Contains(events[0], `"unmatched":true`)) {
			t.Errorf("%q: %s, want %s and unmatched", c.line, events[0], c.want)
		}
	}
}

// FuzzTools feeds any text to each of the families: no panic, at least one event,
// every span inside its record.
func FuzzTools(f *testing.F) {
	for i, p := range toolPrograms {
		f.Add(byte(i), []byte(p.line))
	}
	for _, file := range mustGlob(f, "testdata/*/real/*.log") {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		for i, line := range bytes.Split(data, []byte("\n")) {
			if i%7 == 1 {
				f.Add(byte(i), line)
			}
		}
	}
	f.Fuzz(func(t *testing.T, which byte, text []byte) {
		if len(text) > 4096 || bytes.IndexByte(text, '\n') >= 0 {
			return
		}
		line := []byte(toolLine(toolPrograms[int(which)%len(toolPrograms)].program, string(text)))
		n := 0
		eachEvent(line, func(e *Event, b *Block) {
			n++
			e.AppendJSON(nil, b, JSONExtra{Raw: true})
			e.Result(b)
		})
		if n == 0 {
			t.Fatalf("no event for %q", line)
		}
	})
}

// toolNonsense are words that no daemon of these writes.
var toolNonsense = strings.Fields("zork quux frobnicate blorb gnusto rezrov xyzzy plugh 17 nitfol yomin grue lantern 4.2 <> [x] (y) a=b :")

// toolHeads are what families read before a text, which makes no text known.
var toolHeads = []string{"", "4D2B1C0A7F: ", "(00062-01) ", "<a06bdc>; lua; ", "#42(main) <a06bdc>; map; f: ", "spamd: ", "INFO [jail] ", "INFO ",
	"(smtpauth) ", "[12345.678901] ", ": ", "Policy action=", "Net::Server: ", "TCP: ", "imuxsock[pid: 1, name: x]: ", `[origin software="rsyslogd"] `}

// FuzzToolsUnknown puts words without meaning behind each program: none may come
// out as known, since a program's name is never enough.
func FuzzToolsUnknown(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3})
	f.Add([]byte{13, 14, 15, 16, 9, 200})
	f.Fuzz(func(t *testing.T, pick []byte) {
		words := []string{"zork"} // never only numbers and brackets
		for _, b := range pick[:min(len(pick), 40)] {
			words = append(words, toolNonsense[int(b)%len(toolNonsense)])
		}
		text := strings.Join(words, " ")
		for _, p := range toolPrograms {
			for _, head := range toolHeads {
				for _, e := range parseLine(toolLine(p.program, head+text)) {
					if !strings.Contains(e, `"kind":"unknown"`) {
						t.Fatalf("%s knows %q: %s", p.program, head+text, e)
					}
				}
			}
		}
	})
}

// FuzzIndex compares index and lastIndex with those of package strings.
func FuzzIndex(f *testing.F) {
	f.Add([]byte("a, b=c, b=d and some more that makes it long enough, b="), ", b=")
	f.Add([]byte("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), "aa")
	f.Add([]byte("one two three four five six seven eight nine ten q"), " q")
	f.Fuzz(func(t *testing.T, s []byte, sub string) {
		for _, s := range [][]byte{s, append(bytes.Repeat([]byte(" ,x"), 20), s...)} {
			if got, want := index(s, sub), strings.Index(string(s), sub); got != want {
				t.Fatalf("index(%q, %q) = %d, want %d", s, sub, got, want)
			}
			if got, want := lastIndex(s, sub), strings.LastIndex(string(s), sub); got != want {
				t.Fatalf("lastIndex(%q, %q) = %d, want %d", s, sub, got, want)
			}
		}
	})
}

func mustGlob(tb testing.TB, pattern string) []string {
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) == 0 {
		tb.Fatalf("%s: no files (%v)", pattern, err)
	}
	return files
}

func TestToolsAllocateNothing(t *testing.T) {
	p := New(Options{Ref: goldenRef})
	for _, tool := range toolPrograms {
		b := &Block{Buf: []byte(toolLine(tool.program, tool.line))}
		unknown := false
		emit := func(e *Event) { unknown = e.Kind == KindUnknown }
		if n := testing.AllocsPerRun(50, func() { p.Parse(b, 0, len(b.Buf), emit) }); n != 0 || unknown {
			t.Errorf("%s: %v allocations, unknown %v", tool.program, n, unknown)
		}
	}
}

// An address that a rule may act on stands where only the daemon writes.
func TestToolsAddressIsTrusted(t *testing.T) {
	with := 0
	for _, tool := range toolPrograms {
		eachEvent([]byte(toolLine(tool.program, tool.line)), func(e *Event, _ *Block) {
			if e.Client().IsValid() {
				with++
				if e.Has&IsTrusted == 0 {
					t.Errorf("%s: address without IsTrusted", tool.program)
				}
			}
		})
	}
	if with < 8 {
		t.Errorf("only %d of the lines have an address", with)
	}
}
