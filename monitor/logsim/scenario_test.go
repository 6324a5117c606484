package logsim

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var monday = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func write(t *testing.T, sc Scenario) (string, []Truth) {
	t.Helper()
	var out bytes.Buffer
	truth, err := sc.Write(&out)
	if err != nil {
		t.Fatal(err)
	}
	return out.String(), truth
}

// everyAct is a working day with every act in it, an hour apart.
func everyAct(seed uint64) Scenario {
	sc := Scenario{Seed: seed, Start: monday, Length: 24 * time.Hour, Messages: 300}
	for i, a := range Acts() {
		sc.Acts = append(sc.Acts, Act{a.Name, time.Duration(i)*time.Hour + 20*time.Minute})
	}
	return sc
}

// wholeDay is everyAct(1), written once for all tests that only read it.
func wholeDay(t *testing.T) (string, []Truth) {
	t.Helper()
	day.once.Do(func() { day.log, day.truth = write(t, everyAct(1)) })
	return day.log, day.truth
}

var day struct {
	once  sync.Once
	log   string
	truth []Truth
}

func TestSameSeedSameBytes(t *testing.T) {
	a, ta := write(t, everyAct(7))
	b, tb := write(t, everyAct(7))
	if a != b || cmp.Diff(ta, tb) != "" {
		t.Error("the same scenario wrote different logs")
	}
	if c, _ := write(t, everyAct(8)); a == c {
		t.Error("another seed wrote the same log")
	}
}

func TestStampsNeverGoBack(t *testing.T) {
	log, _ := wholeDay(t)
	last := ""
	for line := range strings.Lines(log) {
		stamp, _, _ := strings.Cut(line, " ")
		if stamp < last {
			t.Fatalf("%s after %s", stamp, last)
		}
		last = stamp
	}
}

func TestEveryQueueIDEnds(t *testing.T) {
	log, _ := wholeDay(t)
	open := map[string]bool{}
	for _, m := range regexp.MustCompile(`postfix/\S+: ([0-9A-F]{9,}): (client=|removed|message-id)`).FindAllStringSubmatch(log, -1) {
		if open[m[1]] = true; m[2] == "removed" {
			delete(open, m[1])
		}
	}
	for id := range open {
		t.Errorf("queue id %s was never removed", id)
	}
}

func TestUnknownActIsAnError(t *testing.T) {
	_, err := Scenario{Start: monday, Length: time.Hour, Acts: []Act{{Name: "tsunami"}}}.Write(&bytes.Buffer{})
	if err == nil || !strings.Contains(err.Error(), `"tsunami"`) || !strings.Contains(err.Error(), "bruteforce") {
		t.Errorf("error %v names neither the act nor those there are", err)
	}
}

// lone writes one act without any other traffic and gives its log and truth.
func lone(t *testing.T, name string) (string, Truth) {
	t.Helper()
	if l, ok := loneLogs[name]; ok {
		return l.log, l.truth
	}
	log, truth := write(t, Scenario{Seed: 5, Start: monday.Add(9 * time.Hour), Length: 10 * time.Hour, Acts: []Act{{Name: name}}})
	loneLogs[name] = loneLog{log, truth[0]}
	return log, truth[0]
}

type loneLog struct {
	log   string
	truth Truth
}

// loneLogs saves writing a log again for each number that is counted in it.
var loneLogs = map[string]loneLog{}

func count(log, pattern string) int {
	return len(regexp.MustCompile(`(?m)`+pattern).FindAllString(log, -1))
}

func distinct(log, pattern string) int {
	seen := map[string]bool{}
	for _, m := range regexp.MustCompile(`(?m)`+pattern).FindAllStringSubmatch(log, -1) {
		seen[m[1]] = true
	}
	return len(seen)
}

// TestActsHoldTheirNumbers counts in the log what each rule counts. The limits
// are those of the rules: an attack is well above, a twin as it says.
func TestActsHoldTheirNumbers(t *testing.T) {
	const failed = `SASL \S+ authentication failed`
	for _, c := range []struct {
		act     string
		what    string
		got     func(log string, u Truth) int
		atLeast int
		atMost  int
	}{
		{"bruteforce", "failures of the address in all", byActor(failed), 40, 40},
		{"bruteforce", "accounts", accounts, 1, 1},
		{"spray", "accounts tried", accounts, 25, 30},
		{"compromised", "failures on the account", onAccount(failed), 20, 24},
		{"compromised", "other accounts tried", accounts, 3, 4},
		{"compromised", "recipients by the account", sentBy, 101, 200},
		{"compromised_roaming", "networks that logged in", networks, 10, 12},
		{"relay_probe", "denials", byActor("Relay access denied"), 10, 24},
		{"relay_probe", "foreign domains", func(l string, _ Truth) int { return distinct(l, `to=<relaytest@([^>]+)>`) }, 10, 12},
		{"open_relay", "clients", func(l string, _ Truth) int { return distinct(l, `: client=\S*\[([^\]]+)\]$`) }, 3, 3},
		{"open_relay", "foreign recipients", func(l string, _ Truth) int { return count(l, `status=sent`) }, 10, 40},
		{"flood", "connections in the busiest minute", busiestMinute, 60, 400},
		{"flood", "limit lines", byActor("Connection rate limit exceeded"), 60, 1000},
		{"flood", "messages", func(l string, _ Truth) int { return count(l, `: client=`) }, 0, 0},
		{"outbound_burst", "recipients", sentBy, 101, 300},
		{"outbound_burst", "refused, in percent", func(l string, _ Truth) int { return 100 * count(l, `status=bounced`) / count(l, `postfix/smtp\[`) }, 20, 50},
		{"queue_growth", "greatest depth", depth, 201, 400},
		{"mistyped", "failures", byActor(failed), 5, 9},
		{"stale_phone", "failures", byActor(failed), 50, 100},
		{"webmail", "accounts that failed", accounts, 6, 10},
		{"webmail", "failures", byActor(failed), 6, 10},
		{"traveller", "networks", networks, 3, 3},
		{"unauthenticated_user", "denials", byActor("Relay access denied"), 2, 9},
		{"forwarder", "forwarded", func(l string, _ Truth) int { return count(l, `orig_to=<alias@harbour.example>`) }, 10, 20},
		{"monitor", "connections in the busiest minute", busiestMinute, 1, 2},
		{"provider_burst", "connections in the busiest minute", busiestMinute, 60, 200},
		{"provider_burst", "messages", func(l string, _ Truth) int { return count(l, `: client=`) }, 300, 400},
		{"newsletter", "recipients", sentBy, 30, 40},
		{"newsletter", "refused", func(l string, _ Truth) int { return count(l, `status=bounced`) }, 0, 0},
		{"small_deferral", "greatest depth", depth, 30, 100},
		{"small_deferral", "deferred lines", func(l string, _ Truth) int { return count(l, `status=deferred`) }, 60, 300},
	} {
		t.Run(c.act+"/"+strings.ReplaceAll(c.what, " ", "_"), func(t *testing.T) {
			log, u := lone(t, c.act)
			if n := c.got(log, u); n < c.atLeast || n > c.atMost {
				t.Errorf("%s: %d, want %d to %d", c.what, n, c.atLeast, c.atMost)
			}
		})
	}
}

// byActor counts the lines with a pattern that name the act's first address.
func byActor(pattern string) func(string, Truth) int {
	re := regexp.MustCompile(pattern)
	return func(log string, u Truth) (n int) {
		for line := range strings.Lines(log) {
			if strings.Contains(line, "["+u.Actors[0]+"]") && re.MatchString(line) {
				n++
			}
		}
		return n
	}
}

func onAccount(pattern string) func(string, Truth) int {
	return func(log string, u Truth) int {
		return count(log, pattern+`.*sasl_username=`+regexp.QuoteMeta(u.Account)+"$")
	}
}

func accounts(log string, _ Truth) int {
	return distinct(log, `authentication failed.*sasl_username=(\S+)`)
}

// sentBy counts recipients of messages that came with the account's login.
func sentBy(log string, u Truth) int {
	ids, rcpts := map[string]bool{}, map[string]bool{}
	for _, m := range regexp.MustCompile(`: ([0-9A-F]+): (client=.*sasl_username=(\S+)|to=<[^>]+>)`).FindAllStringSubmatch(log, -1) {
		if m[3] == u.Account {
			ids[m[1]] = true
		} else if ids[m[1]] {
			rcpts[m[1]+m[2]] = true
		}
	}
	return len(rcpts)
}

// networks counts the /16 and /32 from which the account sent.
func networks(log string, u Truth) int {
	var seen []string
	for _, m := range regexp.MustCompile(`client=\S*\[([^\]]+)\].*sasl_username=(\S+)`).FindAllStringSubmatch(log, -1) {
		sep := "."
		if strings.Contains(m[1], ":") {
			sep = ":"
		}
		if net := strings.Join(strings.SplitN(m[1], sep, 3)[:2], sep); m[2] == u.Account && !slices.Contains(seen, net) {
			seen = append(seen, net)
		}
	}
	return len(seen)
}

func busiestMinute(log string, u Truth) int {
	per, most := map[string]int{}, 0
	for _, m := range regexp.MustCompile(`(?m)^(\S{16}).* connect from \S*\[([^\]]+)\]`).FindAllStringSubmatch(log, -1) {
		if m[2] == u.Actors[0] {
			per[m[1]]++
			most = max(most, per[m[1]])
		}
	}
	return most
}

// depth is how many queue ids were open at once.
func depth(log string, _ Truth) int {
	now, most := 0, 0
	for _, m := range regexp.MustCompile(`postfix/\S+: [0-9A-F]+: (client=|removed)`).FindAllStringSubmatch(log, -1) {
		if m[1] == "removed" {
			now--
		} else {
			now++
		}
		most = max(most, now)
	}
	return most
}

// TestTruthSpansItsLines: nothing of an act's actor lies outside what the truth says.
func TestTruthSpansItsLines(t *testing.T) {
	for _, a := range Acts() {
		log, u := lone(t, a.Name)
		if len(u.Actors) == 0 {
			continue
		}
		for line := range strings.Lines(log) {
			if !strings.Contains(line, "["+u.Actors[0]+"]") {
				continue
			}
			stamp, _, _ := strings.Cut(line, " ")
			at, err := time.Parse(time.RFC3339Nano, stamp)
			if err != nil || at.Before(u.Start) || at.After(u.End) {
				t.Errorf("%s: line at %s, outside %s to %s", a.Name, stamp, u.Start, u.End)
				break
			}
		}
	}
}

func TestDayHasItsShape(t *testing.T) {
	log, _ := write(t, Scenario{Seed: 2, Start: monday, Length: 24 * time.Hour, Messages: 1500})
	var hour [24]int
	all := 0
	for line := range strings.Lines(log) {
		if strings.Contains(line, ": client=") {
			h, _ := strconv.Atoi(line[11:13])
			hour[h%24]++
			all++
		}
	}
	if all < 1250 || all > 1750 {
		t.Errorf("%d messages, want about 1500", all)
	}
	if night, noon := hour[2]+hour[3]+hour[4], hour[9]+hour[10]+hour[11]; noon < 5*night {
		t.Errorf("%d messages from 02 to 05, %d from 09 to 12: no working day", night, noon)
	}
}

func TestTruthHasNoNull(t *testing.T) {
	_, truth := wholeDay(t)
	b, err := json.Marshal(truth)
	if err != nil || bytes.Contains(b, []byte("null")) {
		t.Errorf("truth as JSON: %s, %v", b, err)
	}
}
