package main

import (
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"mailtop/probes"
)

// mailJails are words in the names of jails that read mail logs.
var mailJails = []string{"postfix", "exim", "sendmail", "dovecot", "smtp", "mail", "sasl", "courier", "cyrus", "recidive"}

// banners are the processes of the tools that ban addresses: how their name in the
// process table begins (the kernel keeps 15 bytes of it).
var banners = []struct{ process, tool string }{
	{"fail2ban-server", "fail2ban"}, {"crowdsec", "crowdsec"}, {"sshg-blocker", "sshguard"}, {"sshguard", "sshguard"}, {"lfd", "csf"},
}

// banTool looks for the ban tools that run on this host and asks fail2ban for its
// jails, which changes nothing.
func banTool(ctx context.Context) probes.BanTool {
	var all []probes.BanTool
	for _, name := range banToolsIn("/proc") {
		t := probes.BanTool{Name: name}
		if name == "fail2ban" {
			t.Jails = jailsOf(output(ctx, "fail2ban-client", "status"))
		}
		all = append(all, t)
	}
	if len(all) == 0 {
		return probes.BanTool{}
	}
	all[0].Also = all[1:]
	return all[0]
}

// banToolsIn reads the process table.
func banToolsIn(proc string) (found []string) {
	names, _ := filepath.Glob(filepath.Join(proc, "[0-9]*", "comm"))
	for _, n := range names {
		comm, _ := os.ReadFile(n) // a process may have ended
		for _, b := range banners {
			word := strings.TrimSpace(string(comm))
			if first, _, _ := strings.Cut(word, " "); first == b.process && !slices.Contains(found, b.tool) {
				found = append(found, b.tool)
			}
		}
	}
	slices.Sort(found)
	return found
}

// jailsOf reads "Jail list:" of fail2ban-client status.
func jailsOf(status string) []string {
	_, list, _ := strings.Cut(status, "Jail list:")
	var out []string
	for _, j := range strings.FieldsFunc(list, func(r rune) bool { return r == ',' || r == ' ' || r == '\t' || r == '\n' }) {
		if slices.ContainsFunc(mailJails, func(w string) bool { return strings.Contains(j, w) }) {
			out = append(out, j)
		}
	}
	return out
}
