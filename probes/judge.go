package probes

import "slices"

// judges turn a session into the finding of one check each. They do no I/O.
func judges() []struct {
	check string
	judge func(*session, Step) *Finding
} {
	return []struct {
		check string
		judge func(*session, Step) *Finding
	}{
		{"reach", judgeReach},
		{"banner", judgeBanner},
		{"ehlo", judgeEhlo},
		{"starttls", judgeStartTLS},
		{"tls", nil}, // needs the clock and the roots
		{"auth", judgeAuth},
	}
}

// judge makes the findings that the step asks for; reach comes unasked when it is
// the reason why the others cannot be tested.
func judge(s *session, j job) []*Finding {
	var out []*Finding
	reach := judgeReach(s, j.step)
	for _, x := range judges() {
		asked := slices.Contains(j.step.Checks, x.check)
		switch {
		case x.check == "reach":
			if asked || !s.greeted() {
				out = append(out, reach)
			}
		case !asked:
		case x.check == "tls":
			out = append(out, judgeTLS(s, j))
		default:
			out = append(out, x.judge(s, j.step))
		}
	}
	for i, f := range out {
		out[i] = withFix(f, s.mta())
	}
	return out
}

// skipped is the finding of a check that another result kept from running.
func skipped(check, reason string) *Finding {
	return finding(check, notTested).set("reason", reason).say("not tested: %s", reason)
}
