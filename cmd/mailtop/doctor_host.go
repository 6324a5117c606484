package main

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"golang.org/x/term"

	"mailtop/monitor/source"
	"mailtop/probes"
)

// mailPorts are those whose owners matter: SMTP, submission, IMAP and POP3.
var mailPorts = []uint16{25, 465, 587, 110, 143, 993, 995, 4190}

// sockets tells which mail ports are open here and who holds them.
func (s *site) sockets(ctx context.Context) finding {
	list, err := listenersIn(ctx, s.host.Root+"/proc")
	if err != nil {
		return finding{Check: "sockets", Verdict: noted, Fact: "the table of listening sockets cannot be read: " + err.Error()}
	}
	return s.owners(list)
}

func (s *site) owners(list []probes.Socket) finding {
	var ports, hidden []string
	for _, port := range mailPorts {
		open, who := false, ""
		for _, l := range list {
			if l.Addr.Port() == port {
				open = true
				who = max(who, l.Process)
			}
		}
		switch {
		case open && who != "":
			ports = append(ports, fmt.Sprintf("%d %s", port, who))
		case open:
			hidden = append(hidden, fmt.Sprint(port))
		}
	}
	f := finding{Check: "sockets", Fact: "no mail port is open here"}
	if len(ports) > 0 {
		f.Fact = "mail ports open here: " + strings.Join(ports, ", ")
	}
	if len(hidden) == 0 {
		return f
	}
	f.Verdict = noted
	f.Fact = fmt.Sprintf("who holds port %s is not shown to you", strings.Join(hidden, ", "))
	if len(ports) > 0 {
		f.Fact += "; seen: " + strings.Join(ports, ", ")
	}
	f.Steps = []source.Step{{Text: "root sees it", Command: "sudo mailtop doctor"}}
	if opt := hidepid(s.host.Contents("/proc/mounts")); opt != "" {
		f.Fact += "; /proc hides the processes of others (" + opt + ")"
		f.Steps = append([]source.Step{{Text: "see how /proc is mounted; gid= there names the group that sees all", Command: "findmnt -no OPTIONS /proc"}}, f.Steps...)
	}
	return f
}

// hidepid is the option of /proc that hides processes, as proc(5) has it; "" when
// they are shown.
func hidepid(mounts string) string {
	for line := range strings.Lines(mounts) {
		w := strings.Fields(line)
		if len(w) < 4 || w[1] != "/proc" {
			continue
		}
		for opt := range strings.SplitSeq(w[3], ",") {
			if v, ok := strings.CutPrefix(opt, "hidepid="); ok && v != "0" && v != "off" {
				return opt
			}
		}
	}
	return ""
}

// bans asks the ban tools that are here: what they banned is part of the answer to
// "why can this user not send".
func (s *site) bans(ctx context.Context) []finding {
	var out []finding
	for _, t := range []struct {
		name string
		argv []string
	}{
		{"fail2ban", []string{"fail2ban-client", "ping"}},
		{"CrowdSec", []string{"cscli", "decisions", "list", "-o", "raw"}},
		{"CSF", []string{"csf", "--status"}},
	} {
		if !s.have(t.argv[0]) {
			continue
		}
		line := strings.Join(t.argv, " ")
		_, err := s.host.Ask(ctx, t.argv[0], t.argv[1:]...)
		f := finding{Check: "bans", Fact: fmt.Sprintf("%s answers (%s)", t.name, line)}
		if err != nil {
			f.Verdict, f.Fact = noted, fmt.Sprintf("%s: %s: %v", t.name, line, err)
			if !s.host.Who().Root() {
				f.Steps = []source.Step{{Text: "root may ask it", Command: "sudo " + line}}
			}
		}
		out = append(out, f)
	}
	if len(out) == 0 {
		out = append(out, finding{Check: "bans", Fact: "no ban tool here (fail2ban, CrowdSec, CSF)"})
	}
	return out
}

func (s *site) tools() finding {
	var have, lack []string
	for _, t := range hostTools {
		if s.have(t) {
			have = append(have, t)
		} else {
			lack = append(lack, t)
		}
	}
	text := "no tool for advice here: commands are not offered for what is not installed"
	if len(have) > 0 {
		text = "advice can use " + strings.Join(have, ", ")
		if len(lack) > 0 {
			text += "; not here: " + strings.Join(lack, ", ")
		}
	}
	return finding{Check: "tools", Fact: text}
}

func (s *site) terminal() finding {
	f, ok := s.out.(*os.File)
	if !ok || !term.IsTerminal(int(f.Fd())) {
		return finding{Check: "terminal", Fact: "the output is no terminal: mailtop prints a report there instead of the UI"}
	}
	width, height, err := term.GetSize(int(f.Fd()))
	text := fmt.Sprintf("TERM=%s, %dx%d, colours: %v", os.Getenv("TERM"), width, height, colorprofile.Detect(f, os.Environ()))
	if os.Getenv("TMUX") != "" {
		text += ", inside tmux"
	}
	if !utf8Locale() {
		text += ", locale is not UTF-8: ASCII is used"
	}
	if err == nil && (width < 40 || height < 10) {
		return finding{"terminal", fault, text, []source.Step{{Text: "below 40x10 only the verdict is shown: enlarge the window"}}}
	}
	return finding{Check: "terminal", Fact: text}
}

func utf8Locale() bool {
	for _, v := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if s := os.Getenv(v); s != "" {
			s = strings.ToUpper(s)
			return strings.Contains(s, "UTF-8") || strings.Contains(s, "UTF8")
		}
	}
	return false
}

// resolvers are the servers of resolv.conf(5).
func (s *site) resolvers() finding {
	var servers []string
	for line := range strings.Lines(s.host.Contents("/etc/resolv.conf")) {
		if w := strings.Fields(line); len(w) >= 2 && w[0] == "nameserver" && !slices.Contains(servers, w[1]) {
			servers = append(servers, w[1])
		}
	}
	if len(servers) == 0 {
		return finding{"dns", fault, "/etc/resolv.conf names no server: probes by name cannot work",
			[]source.Step{{Text: "name one with --resolver ADDRESS"}}}
	}
	return finding{Check: "dns", Fact: "resolvers: " + strings.Join(servers, ", ")}
}
