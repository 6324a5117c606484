package demo

import (
	"regexp"
	"strings"
	"testing"
)

// TestStagesHitTheirRules plays each stage alone and counts in the log what its
// rule counts. The limits are the rules' own for what opens.
func TestStagesHitTheirRules(t *testing.T) {
	t.Parallel()
	type number struct {
		what  string
		want  int
		count func([]string) int
	}
	for stage, numbers := range map[string][]number{
		"guessing": {
			{"failures of one address on one existing account (10 in 10 min)", 10, guessesOfOne},
		},
		"spray": {
			{"accounts that one address failed on (6 in 1 h; high at 25)", 25, func(l []string) int {
				return mostOf(l, `\[(198\.1[89]\.[\d.]+)\]: SASL.*sasl_username=(\S+)`)
			}},
		},
		"hijack": {
			{"failures on the account (20 in 24 h)", 20, func(l []string) int {
				return matching(l, `\[198\.1[89].*SASL.*sasl_username=test@harbour\.example$`)
			}},
			{"other accounts the intruder failed on (2 in 24 h)", 2, func(l []string) int {
				return mostOf(l, `\[(198\.1[89]\.[\d.]+)\]: SASL.*sasl_username=((?:admin|info|sales)@\S+)`)
			}},
			{"networks that logged in (4 /16 or /32 in 1 h)", 4, networksOf},
			{"recipients (100 in 1 h)", 121, hijackedRecipients},
			{"refused as spam or unknown (8)", 8, func(l []string) int { return matching(l, `status=bounced`) }},
		},
		"relay": {
			{"denials (2 in 10 min)", 2, func(l []string) int { return matching(l, `reject: RCPT.*\[198\.1[89].*Relay access denied`) }},
			{"foreign domains (10, for low)", 10, func(l []string) int {
				return mostOf(l, `reject: RCPT from \S*\[(198\.1[89]\.[\d.]+)\]: 554.*to=<relaytest@([^>]+)>`)
			}},
		},
		"flood": {
			{"connections of one address (60 in 1 min)", 60, func(l []string) int { return matching(l, ` connect from unknown\[198\.1[89]\.`) }},
			{"limit lines (1)", 1, func(l []string) int {
				return matching(l, `Connection rate limit exceeded: \d+ from unknown\[198\.1[89]\.`)
			}},
		},
		"queue": {
			{"messages queued at once (200)", 201, depthOf},
		},
	} {
		t.Run(stage, func(t *testing.T) {
			t.Parallel()
			d, w := begin(t, Options{Stages: []string{stage}, Speed: 20, bare: true})
			for _, n := range numbers {
				w.until(t, n.what, func(l []string) bool { return n.count(l) >= n.want })
			}
			w.until(t, "the queue drains", func([]string) bool { return d.Queued() < 10 })
		})
	}
}

// mostOf is how many different second submatches come with one first.
func mostOf(lines []string, pattern string) int {
	re, seen, per, most := regexp.MustCompile(pattern), map[string]bool{}, map[string]int{}, 0
	for _, l := range lines {
		if m := re.FindStringSubmatch(l); len(m) == 3 && !seen[m[1]+" "+m[2]] {
			seen[m[1]+" "+m[2]] = true
			per[m[1]]++
			most = max(most, per[m[1]])
		}
	}
	return most
}

func guessesOfOne(lines []string) int {
	re, per, most := regexp.MustCompile(`\[(198\.1[89]\.[\d.]+)\]: SASL.*sasl_username=(\S+)`), map[string]int{}, 0
	for _, l := range lines {
		if m := re.FindStringSubmatch(l); m != nil {
			per[m[1]+m[2]]++
			most = max(most, per[m[1]+m[2]])
		}
	}
	return most
}

func networksOf(lines []string) int {
	re, seen := regexp.MustCompile(`: client=\S*\[(\d+\.\d+|[0-9a-f]+:[0-9a-f]+)[^]]+\].*sasl_username=test@`), map[string]bool{}
	for _, l := range lines {
		if m := re.FindStringSubmatch(l); m != nil {
			seen[m[1]] = true
		}
	}
	return len(seen)
}

func hijackedRecipients(lines []string) int {
	ids := map[string]bool{}
	re := regexp.MustCompile(`: ([0-9A-F]+): (client=.*sasl_username=test@|to=)`)
	n := 0
	for _, l := range lines {
		switch m := re.FindStringSubmatch(l); {
		case m == nil:
		case strings.HasPrefix(m[2], "client="):
			ids[m[1]] = true
		case ids[m[1]]:
			n++
		}
	}
	return n
}

// depthOf is how many queue ids were open at once, as a monitor counts them
// from the log.
func depthOf(lines []string) int {
	re, open, most := regexp.MustCompile(`: ([0-9A-F]+): (.*queue active|removed)`), map[string]bool{}, 0
	for _, l := range lines {
		switch m := re.FindStringSubmatch(l); {
		case m == nil:
		case m[2] == "removed":
			delete(open, m[1])
		default:
			open[m[1]] = true
			most = max(most, len(open))
		}
	}
	return most
}

// TestInnocentsStayBelow: what normal traffic alone looks like to the rules.
func TestInnocentsStayBelow(t *testing.T) {
	t.Parallel()
	_, w := begin(t, Options{Quiet: true, Speed: 60})
	// More than a minute of the story.
	lines := w.until(t, "a minute of mail", func(l []string) bool { return matching(l, `: client=`) >= 120 })
	for what, n := range map[string]int{
		"limit lines":                  matching(lines, `limit exceeded`),
		"relay denials":                matching(lines, `Relay access denied`),
		"failures from the internet":   matching(lines, `\[198\.1[89].*SASL`),
		"deferred":                     max(matching(lines, `status=deferred`)-8, 0),
		"accounts failing at the gate": max(mostOf(lines, `\[(198\.51\.100\.10)\]: SASL.*sasl_username=(\S+)`)-5, 0),
	} {
		if n != 0 {
			t.Errorf("%s: %d in ordinary traffic", what, n)
		}
	}
}
